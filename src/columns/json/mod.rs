//! JSON read strictly: whole, once, by its own text.
//!
//! Numbers keep their digits. Refused, with line and column: duplicate keys, lone surrogates, `\u0000`, nesting beyond
//! [`DEPTH`], comments, trailing commas, single quotes, anything after the document.

mod reader;
#[cfg(test)]
mod tests;

use crate::value::Value;
use std::fmt;

/// How deep arrays and objects may lie in each other, as in `serde_json`.
pub(super) const DEPTH: usize = 127;

/// One JSON value over the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    /// `null`, `true`, `false`, or a number, as it stands.
    Plain(&'a str),
    /// A string, as it stands (quotes included) and what it means.
    Text(&'a str, String),
    /// An array.
    List(Vec<Json<'a>>),
    /// An object: each key as it stands, what it means, and its value.
    Object(Vec<(&'a str, String, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads a whole document; the reason says where it is none, without showing it.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        reader::document(text)
    }

    /// What a JSON Pointer leads to; `path` is its parts, unescaped.
    pub(super) fn get(&self, path: &[String]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match self {
            Self::Object(entries) => entries.iter().find(|(_, key, _)| key == first)?.2.get(rest),
            Self::List(items) => items.get(index(first)?)?.get(rest),
            Self::Plain(_) | Self::Text(..) => None,
        }
    }

    /// The value that a database holds for it: true and false are 1 and 0, arrays and objects their minified text.
    ///
    /// A number is an integer where it is written as one and has 64 bits. Every other is text with its digits as they
    /// stand, so that 1.10, 0.00001 and 0.1 are of one class and none loses a digit; a column of numbers makes the number
    /// of it, and `cast` does elsewhere.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Plain("null") => Value::Null,
            Self::Plain("true") => Value::Integer(1),
            Self::Plain("false") => Value::Integer(0),
            Self::Plain(number) => number_value(number),
            Self::Text(_, text) => Value::Text(text.clone()),
            Self::List(_) | Self::Object(_) => Value::Text(self.to_string()),
        }
    }
}

fn number_value(text: &str) -> Value {
    match text.parse::<i64>().ok().filter(|number| number.to_string() == text) {
        Some(number) => Value::Integer(number),
        None => Value::Text(text.to_owned()),
    }
}

/// An array's index as a JSON Pointer writes it: no leading zero.
fn index(part: &str) -> Option<usize> {
    part.parse().ok().filter(|index: &usize| index.to_string() == part)
}

/// Minified: the text without the space between its parts.
impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(raw) | Self::Text(raw, _) => f.write_str(raw),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(entries) => {
                f.write_str("{")?;
                for (at, (key, _, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}:{value}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The parts of a JSON Pointer, unescaped; none where it is no pointer.
pub(super) fn pointer(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.strip_prefix('/')?.split('/').map(unescape).collect()
}

fn unescape(part: &str) -> Option<String> {
    let well_formed = part.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    well_formed.then(|| part.replace("~1", "/").replace("~0", "~"))
}
