//! `hash`: a keyed code of a value, HMAC-SHA-256: equal where the values are equal, and nobody guesses without the key.

use super::Mark;
use super::hmac::{Subkey, hexadecimal};
use crate::catalog::Key;
use crate::columns::Invalid;
use crate::columns::function::text_of;
use crate::value::Value;

/// Codes values. Numbers count as their shortest text. The column does not go in, so that columns can be compared.
#[derive(Debug, Clone)]
pub(super) struct Hasher {
    key: Subkey,
    id: String,
}

impl Hasher {
    pub fn new(key: &Key) -> Self {
        Self { key: Subkey::of(key, "hash", ""), id: key.id().to_owned() }
    }

    /// How a code of this key is told from one of another.
    pub fn mark(&self) -> Mark {
        Mark { any: "????????:*", own: format!("{}:", self.id), previous: None }
    }

    /// The key's id, a colon, and the code in hexadecimal. What has this form already stays as it is.
    pub fn call(&self, value: &Value) -> Result<Value, Invalid> {
        let code = match value {
            Value::Blob(bytes) => self.key.code(&[b"b", bytes]),
            other => {
                let text = text_of(super::NAME, other)?;
                if self.is_one(&text) {
                    return Ok(other.clone());
                }
                self.key.code(&[b"t", text.as_bytes()])
            }
        };
        Ok(Value::Text(format!("{}:{}", self.id, hexadecimal(&code))))
    }

    fn is_one(&self, text: &str) -> bool {
        let code = text.strip_prefix(self.id.as_str()).and_then(|rest| rest.strip_prefix(':'));
        code.is_some_and(|code| code.len() == 64 && code.bytes().all(|byte| b"0123456789abcdef".contains(&byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(key: u8, value: &Value) -> String {
        let Ok(Value::Text(text)) = Hasher::new(&Key::of(&[key; 32]).unwrap()).call(value) else { panic!() };
        text
    }

    #[test]
    fn a_code_is_of_key_and_value() {
        let text = |text: &str| Value::Text(text.to_owned());
        let code = hash(1, &text("ann"));
        assert_eq!((&code[..9], code.len()), ("72cd6e84:", 9 + 64));
        assert_eq!(hash(1, &text("ann")), code);
        assert_eq!(hash(1, &text(&code)), code);
        assert_ne!(hash(2, &text("ann")), code);
        assert_ne!(hash(1, &Value::Blob(b"ann".to_vec())), code);
        assert_eq!(hash(1, &Value::Integer(7)), hash(1, &text("7")));
    }
}
