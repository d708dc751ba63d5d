//! `--json`: one document on standard output, whatever happens.

use super::usage::without_credentials;
use evolve::error::Error;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Document<'a> {
    evolve: &'static str,
    command: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

#[derive(Serialize)]
struct Failure {
    code: &'static str,
    message: String,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    hint: Option<String>,
    exit: u8,
}

/// The document of a command that ended: what it answered, what went wrong, or both where a run began and failed.
pub fn document(command: &str, result: Option<&Value>, error: Option<&Error>) -> String {
    let error = error.map(|error| Failure {
        code: error.code().id,
        message: without_credentials(error.message()),
        file: error.place().map(|place| without_credentials(&place.file)),
        line: error.place().map(|place| place.line),
        column: error.place().map(|place| place.column),
        hint: error.hint_text().map(without_credentials),
        exit: error.exit() as u8,
    });
    let document = Document { evolve: env!("CARGO_PKG_VERSION"), command, result, error };
    let text = serde_json::to_string(&document).expect("texts, numbers and a value are always JSON");
    escaped(&text) + "\n"
}

/// JSON lets DEL, the C1 controls and what turns letters around stand as they are; a terminal may obey them (S36).
fn escaped(json: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_control() || turns(c) { text += &format!("\\u{:04x}", c as u32) } else { text.push(c) }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use evolve::error::{Text, codes};
    use insta::assert_snapshot;
    use serde_json::json;

    #[test]
    fn an_answer() {
        assert_snapshot!(document("seal", Some(&json!({"files": ["evolve.sum"]})), None), @r#"{"evolve":"0.1.0","command":"seal","result":{"files":["evolve.sum"]}}"#);
    }

    #[test]
    fn a_failure_with_its_place() {
        let text = Text::new("plans/mvp2.toml", "[stage]\nnaem = \"mvp2\"\n");
        let error = Error::new(codes::UNKNOWN_KEY, "`naem` is no key of a stage").hint("`name`").at(text.place(8..12));
        assert_snapshot!(document("plan", None, Some(&error)), @r#"{"evolve":"0.1.0","command":"plan","error":{"code":"E0004","message":"`naem` is no key of a stage","file":"plans/mvp2.toml","line":2,"column":1,"hint":"`name`","exit":2}}"#);
    }

    #[test]
    fn a_run_that_began_and_failed_has_both() {
        let error = Error::new(codes::STEP_FAILED, "V4 failed");
        let text = document("up", Some(&json!({"outcome": "step_undone"})), Some(&error));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["result"]["outcome"], "step_undone");
        assert_eq!(document["error"]["exit"], 1);
        assert!(document["error"]["file"].is_null());
    }

    #[test]
    fn s36_no_control_character_leaves_as_it_is() {
        let text = document("status", Some(&json!({"stage": "a\u{1b}[2J\u{7f}\u{9b}2J\nb"})), None);
        assert!(!text.trim_end().chars().any(char::is_control));
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["result"]["stage"], "a\u{1b}[2J\u{7f}\u{9b}2J\nb");
    }
}
