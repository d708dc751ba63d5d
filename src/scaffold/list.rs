//! One more id in `migrations = […]` of a stage file, with every other byte as it was.
//!
//! Takes the file's text; gives it with the id in the list, or nothing where that cannot be done for certain: then a
//! person does it. Comments, line ends and the way the list is laid out stay.

use crate::catalog::{Stage, canonical};
use crate::error::Text;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text with this id at the end of the list.
pub fn with(text: &str, id: &str) -> Option<String> {
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (mark, body) = text.split_at(bom);
    let edited = format!("{mark}{}", edit(body, id)?);
    let mut expected = ids(text)?;
    expected.push(id.to_owned());
    // The proof of the edit: the file reads as before, with the id in the list.
    (ids(&edited)? == expected).then_some(edited)
}

fn ids(text: &str) -> Option<Vec<String>> {
    let text = canonical(text.as_bytes()).ok()?;
    Some(Stage::parse(&Text::new("stage.toml", text)).ok()?.migrations)
}

fn edit(text: &str, id: &str) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    let DeValue::Table(stage) = table.get_ref().get("stage")?.get_ref() else { return None };
    match stage.get("migrations") {
        None => Some(with_key(text, id, stage.values().map(|value| value.span().end).max()?)),
        Some(list) => {
            let DeValue::Array(elements) = list.get_ref() else { return None };
            let last = elements.iter().map(Spanned::span).next_back();
            Some(match last {
                Some(last) => after(text, id, &last, list.span().end),
                None => spliced(text, list.span().start + 1, &format!("\"{id}\"")),
            })
        }
    }
}

/// The whole key, on the line after the last value of `[stage]`.
fn with_key(text: &str, id: &str, last: usize) -> String {
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
    let line_end = if text[..end].ends_with('\n') { "" } else { "\n" };
    spliced(text, end, &format!("{line_end}migrations = [\"{id}\"]{}", line_feed(text)))
}

/// Behind the last element: on its line, or on a line of its own where the elements stand so.
fn after(text: &str, id: &str, last: &Range<usize>, end: usize) -> String {
    let line = text[..last.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line..last.start];
    let comma = text[last.end..end].lines().any(|line| line.split('#').next().unwrap_or_default().contains(','));
    let rest = text[last.end..end].find('\n').map(|at| last.end + at);
    let (Some(rest), true) = (rest, indent.trim().is_empty()) else {
        return spliced(text, last.end, &format!(", \"{id}\""));
    };
    let new = format!("{indent}\"{id}\"{}{}", if comma { "," } else { "" }, line_feed(text));
    let text = spliced(text, rest + 1, &new);
    if comma { text } else { spliced(&text, last.end, ",") }
}

fn spliced(text: &str, at: usize, new: &str) -> String {
    format!("{}{new}{}", &text[..at], &text[at..])
}

fn line_feed(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(list: &str) -> String {
        format!(
            "# one\n[stage]\nname = \"a\" # the name\nversion = \"1.0.0\"\n{list}\n\n[[copy]]\nid = \"x\"\nfrom = \"a\"\ninto = \"b\"\n"
        )
    }

    #[test]
    fn the_id_comes_last_and_every_other_byte_stays() {
        for (before, after) in [
            ("migrations = [\"V1\", \"V2\"] # two", "migrations = [\"V1\", \"V2\", \"V3\"] # two"),
            ("migrations = []", "migrations = [\"V3\"]"),
            ("migrations = [ 'V1', ]", "migrations = [ 'V1', \"V3\", ]"),
            (
                "migrations = [\n  \"V1\",\n  \"V2\", # two\n]",
                "migrations = [\n  \"V1\",\n  \"V2\", # two\n  \"V3\",\n]",
            ),
            ("migrations = [\n  \"V1\"  # a, b\n]", "migrations = [\n  \"V1\",  # a, b\n  \"V3\"\n]"),
            ("migrations = [\n  \"V1\", \"V2\"\n]", "migrations = [\n  \"V1\", \"V2\", \"V3\"\n]"),
            ("migrations = [\n]", "migrations = [\"V3\"\n]"),
        ] {
            assert_eq!(with(&stage(before), "V3").unwrap(), stage(after), "{before}");
            let crlf = |text: &str| format!("\u{feff}{}", stage(text).replace('\n', "\r\n"));
            assert_eq!(with(&crlf(before), "V3").unwrap(), crlf(after), "{before}");
        }
    }

    #[test]
    fn a_file_without_a_list_gets_one() {
        let text = with("[stage]\nname = \"a\"\nversion = \"1.0.0\" # one", "V1").unwrap();
        assert_eq!(text, "[stage]\nname = \"a\"\nversion = \"1.0.0\" # one\nmigrations = [\"V1\"]\n");
    }

    #[test]
    fn what_cannot_be_edited_for_certain_is_left_to_a_person() {
        for text in [
            "stage = { name = \"a\", version = \"1.0.0\" }\n",
            "stage.name = \"a\"\nstage.version = \"1.0.0\"\n",
            "broken",
        ] {
            assert_eq!(with(text, "V1"), None, "{text}");
        }
    }
}
