//! `cast = "text"`: a value as text.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "text",
    means: "Text: of a number the shortest that reads back as the same, of a blob its UTF-8.",
    make: Make::Plain(|| Arc::new(ToText)),
    samples: &[
        Sample::gives(r#"cast = "text""#, "7", "'7'"),
        Sample::gives(r#"cast = "text""#, "0.1", "'0.1'"),
        Sample::gives(r#"cast = "text""#, "x'c3a9'", "'é'"),
        Sample::refuses(r#"cast = "text""#, "x'ff41'"),
        Sample::refuses(r#"cast = "text""#, "9e999"),
    ],
};

#[derive(Debug)]
struct ToText;

impl Function for ToText {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        match input {
            Value::Blob(bytes) => of_bytes(bytes).ok_or_else(|| Invalid::new(self.name(), "is no UTF-8 text")),
            Value::Text(text) => Ok(Value::Text(text)),
            number => text_of(self.name(), &number).map(|text| Value::Text(text.into_owned())),
        }
    }
}

/// UTF-8 without NUL, behind which other programs would see nothing.
fn of_bytes(bytes: Vec<u8>) -> Option<Value> {
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).map(Value::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f151_b56_bytes_that_are_no_text_are_refused() {
        for bytes in [vec![0xff, 0x41], vec![0xed, 0xa0, 0x80], vec![b'a', 0]] {
            assert!(ToText.call(Value::Blob(bytes)).is_err());
        }
    }
}
