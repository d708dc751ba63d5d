//! `cast = "blob"`: the bytes of a text.

use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "blob",
    means: "Bytes: of text its UTF-8. A number has none.",
    make: Make::Plain(|| Arc::new(ToBlob)),
    samples: &[
        Sample::gives(r#"cast = "blob""#, "'é'", "x'c3a9'"),
        Sample::gives(r#"cast = "blob""#, "x'00ff'", "x'00ff'"),
        Sample::refuses(r#"cast = "blob""#, "7"),
    ],
};

#[derive(Debug)]
struct ToBlob;

impl Function for ToBlob {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        match input {
            Value::Blob(bytes) => Ok(Value::Blob(bytes)),
            Value::Text(text) => Ok(Value::Blob(text.into_bytes())),
            _ => Err(Invalid::new(self.name(), "is neither text nor a blob")),
        }
    }
}
