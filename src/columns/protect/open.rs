//! Protected values in the clear, for who asks for them: whole values, and those within JSON.

use super::Cipher;
use super::cipher::HEAD;
use super::spot::{lengths, position};
use crate::value::Value;

/// Opens what any of these encrypted.
#[derive(Debug, Default)]
pub struct Opener(Vec<Cipher>);

impl Opener {
    /// What these encrypted.
    pub fn new(ciphers: Vec<Cipher>) -> Self {
        Self(ciphers)
    }

    /// The value in the clear, as far as it can be read; the number of ciphertexts that it still holds.
    pub fn open(&self, value: Value) -> (Value, u64) {
        let Value::Text(text) = value else { return (value, 0) };
        if !text.contains(HEAD) {
            return (Value::Text(text), 0);
        }
        match self.one(&text) {
            Some(plain) => self.open(plain),
            None => {
                let (text, left) = self.within(&text);
                (Value::Text(text), left)
            }
        }
    }

    fn one(&self, text: &str) -> Option<Value> {
        let sealed = Value::Text(text.to_owned());
        self.0.iter().find_map(|cipher| cipher.open(&sealed))
    }

    /// A document whose strings are opened: each becomes the value that it was.
    fn within(&self, text: &str) -> (String, u64) {
        let bytes = text.as_bytes();
        let (mut written, mut done, mut from, mut left) = (String::new(), 0, 0, 0);
        while let Some(at) = position(bytes, from) {
            from = at + HEAD.len();
            let Some(length) = lengths(bytes, at).first().copied() else { continue };
            from = at + length;
            let is_string = at > 0 && bytes[at - 1] == b'"' && bytes.get(from) == Some(&b'"');
            match self.one(&text[at..from]).filter(|_| is_string).map(|plain| self.open(plain)) {
                Some((plain, inner)) => {
                    left += inner;
                    written.push_str(&text[done..at - 1]);
                    written.push_str(&json(&plain));
                    done = from + 1;
                }
                None => left += 1,
            }
        }
        written.push_str(&text[done..]);
        (written, left)
    }
}

/// A value as JSON; bytes are an object that says so.
pub fn json(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_finite() => format!("{number:?}"),
        Value::Real(number) => format!("{{\"real\":\"{number}\"}}"),
        Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Blob(bytes) | Value::Unclear(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{{\"hex\":\"{hex}\"}}")
        }
    }
}
