//! `cast = "boolean"`: true and false as 1 and 0.

use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "boolean",
    means: "1 or 0: of true, t, yes, 1 and false, f, no, 0, in capitals too.",
    make: Make::Plain(|| Arc::new(ToBoolean)),
    samples: &[
        Sample::gives(r#"cast = "boolean""#, "'Yes'", "1"),
        Sample::gives(r#"cast = "boolean""#, "'false'", "0"),
        Sample::gives(r#"cast = "boolean""#, "0", "0"),
        Sample::refuses(r#"cast = "boolean""#, "2"),
        Sample::refuses(r#"cast = "boolean""#, "'on '"),
        Sample::refuses(r#"cast = "boolean""#, "''"),
    ],
};

const WORDS: [(&str, i64); 8] =
    [("true", 1), ("t", 1), ("yes", 1), ("1", 1), ("false", 0), ("f", 0), ("no", 0), ("0", 0)];

#[derive(Debug)]
struct ToBoolean;

impl Function for ToBoolean {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let found = match &input {
            Value::Integer(number @ (0 | 1)) => Some(*number),
            Value::Text(text) => WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, bit)| *bit),
            _ => None,
        };
        found.map(Value::Integer).ok_or_else(|| Invalid::new(self.name(), "is neither true nor false"))
    }
}
