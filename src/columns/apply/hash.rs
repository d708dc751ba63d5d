//! `hash`: the SHA-256 of a value.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "hash",
    means: "Takes the SHA-256 of the value's bytes, in hexadecimal; it is no protection for what can be guessed.",
    make: Make::Plain(|| Arc::new(Hash)),
    samples: &[
        Sample::gives(
            r#"apply = ["hash"]"#,
            "'abc'",
            "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'",
        ),
        Sample::gives(
            r#"apply = ["hash"]"#,
            "x'616263'",
            "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'",
        ),
    ],
};

#[derive(Debug)]
struct Hash;

impl Function for Hash {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = |value| text_of(self.name(), value);
        let digest = match &input {
            Value::Blob(bytes) => Sha256::digest(bytes),
            other => Sha256::digest(text(other)?.as_bytes()),
        };
        let mut hex = String::with_capacity(64);
        for byte in digest {
            let _ = write!(hex, "{byte:02x}");
        }
        Ok(Value::Text(hex))
    }
}
