//! Where something stands in a file a person wrote: file, line, column, and the line itself without secrets.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text with the name it is shown under. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Text {
    /// The path relative to the project's folder, with `/`.
    pub name: Arc<str>,
    /// The text itself, in canonical form.
    pub text: Arc<str>,
}

impl Text {
    /// A named text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The place of a byte range in this text.
    pub fn place(&self, range: Range<usize>) -> Place {
        let start = floor(&self.text, range.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = floor(&self.text, range.end.clamp(start, line_end));
        Place {
            file: self.name.to_string(),
            line: self.text[..start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            length: self.text[start..end].chars().count().max(1),
            excerpt: without_secrets(&self.text[line_start..line_end]),
        }
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the project's folder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub length: usize,
    /// The line, with whatever may be a secret masked. As long as the line itself up to the first secret.
    pub excerpt: String,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<String>) -> Self {
        Self { file: name.into(), line: 1, column: 1, length: 1, excerpt: String::new() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Keys whose values are never shown.
const SECRET_KEYS: [&str; 9] =
    ["url", "webhook", "password", "passphrase", "secret", "token", "key_file", "encrypt", "smtp"];

/// The line with quoted values of secret keys, and whatever looks like credentials in a URL, masked.
fn without_secrets(line: &str) -> String {
    let key = line.split('=').next().unwrap_or_default().trim().trim_matches(['"', '\'', '{', ' ']).to_lowercase();
    let lower = line.to_lowercase();
    let mentions = line.contains("://") && line.contains('@');
    let secret =
        SECRET_KEYS.iter().any(|name| key == *name || key.ends_with(&format!(".{name}")) || key.contains("password"))
            || SECRET_KEYS.iter().any(|name| {
                let mut ends = lower.match_indices(name).map(|(at, _)| &lower[at + name.len()..]);
                ends.any(|rest| rest.starts_with('=') || rest.starts_with(" ="))
            });
    match line.find('=') {
        Some(at) if secret || mentions => format!("{}= ***", &line[..at]),
        None if mentions => "***".to_owned(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters() {
        let text = Text::new("a.toml", "x = 1\nä = bad\n");
        let at = text.text.find("bad").unwrap();
        let place = text.place(at..at + 3);
        assert_eq!((place.line, place.column, place.length), (2, 5, 3));
        assert_eq!(place.excerpt, "ä = bad");
    }

    #[test]
    fn s01_an_excerpt_shows_no_secret() {
        for line in ["url = \"postgres://u:pw@h/db\"", "x = { url = \"postgres://u:pw@h\" }", "webhook=\"https://pw\""]
        {
            assert!(!Text::new("evolve.toml", line).place(0..1).excerpt.contains("pw"), "{line}");
        }
    }
}
