//! `cast = "text"`: a value as text.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "text",
    means: "Text: of a number the shortest that reads back as the same, of a blob its UTF-8. Text that holds a NUL is \
            refused, wherever it comes from.",
    make: Make::Plain(|| Arc::new(ToText)),
    samples: &[
        Sample::gives(r#"cast = "text""#, "7", "'7'"),
        Sample::gives(r#"cast = "text""#, "0.1", "'0.1'"),
        Sample::gives(r#"cast = "text""#, "x'c3a9'", "'é'"),
        Sample::refuses(r#"cast = "text""#, "x'ff41'"),
        Sample::refuses(r#"cast = "text""#, "x'6100'"),
        Sample::refuses(r#"cast = "text""#, "'a' || char(0) || 'b'"),
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
            Value::Blob(bytes) => match String::from_utf8(bytes) {
                Ok(text) => self.whole(text),
                Err(_) => Err(Invalid::new(self.name(), "is no UTF-8 text")),
            },
            Value::Text(text) => self.whole(text),
            number => text_of(self.name(), &number).map(|text| Value::Text(text.into_owned())),
        }
    }
}

impl ToText {
    /// Text without a NUL, behind which other programs would see nothing.
    fn whole(&self, text: String) -> Result<Value, Invalid> {
        if text.contains('\0') { Err(Invalid::new(self.name(), "holds a NUL")) } else { Ok(Value::Text(text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f151_b56_bytes_that_are_no_text_are_refused() {
        for bytes in [vec![0xff, 0x41], vec![0xed, 0xa0, 0x80], vec![b'a', 0]] {
            assert!(ToText.call(Value::Blob(bytes)).is_err());
        }
        for text in ["\0", "a\0", "\0a", "a\0b"] {
            let refused = ToText.call(Value::Text(text.into()));
            assert_eq!(refused, ToText.call(Value::Blob(text.into())), "text and its bytes are judged alike");
            assert!(refused.unwrap_err().reason.contains("NUL"));
        }
    }
}
