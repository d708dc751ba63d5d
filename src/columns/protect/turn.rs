//! What a key leaves when another takes its place: what it encrypted, brought to the new key wherever it stands.
//!
//! A ciphertext says by itself of which key it is, and for which column it was made is authenticated: so it is known
//! wherever it went, as a whole value, within JSON, within another ciphertext, in a table that was renamed or copied. What
//! takes its place is as long as it was. All else stays byte for byte.

use super::Cipher;
use super::cipher::HEAD;
use super::spot::{ID, lengths, position};
use super::way::Way;
use crate::catalog::Keys;
use crate::value::Value;
use std::sync::Arc;

impl Way {
    /// What encrypts here, for the column of this label, as far as the keys can be read.
    pub fn ciphers(&self, keys: &Keys, label: &str) -> Vec<Cipher> {
        match self {
            Self::Encrypt { key, .. } => Cipher::of(keys, key, label).into_iter().collect(),
            Self::Within(paths) => {
                paths.iter().flat_map(|(path, way)| way.ciphers(keys, &below(label, path))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether it encrypts with this key.
    pub fn encrypts_with(&self, name: &str) -> bool {
        match self {
            Self::Encrypt { key, .. } => key == name,
            Self::Within(paths) => paths.iter().any(|(_, way)| way.encrypts_with(name)),
            _ => false,
        }
    }

    /// Whether it makes codes with this key, which nothing brings to another.
    pub fn hashes_with(&self, name: &str) -> bool {
        match self {
            Self::Hash { key, .. } => key == name,
            Self::Within(paths) => paths.iter().any(|(_, way)| way.hashes_with(name)),
            _ => false,
        }
    }
}

/// The label of what lies within a document.
pub(super) fn below(label: &str, path: &[String]) -> String {
    format!("{label}/{}", path.join("/"))
}

/// Brings what was encrypted with the key before to the key of now.
#[derive(Debug, Clone)]
pub struct Turner {
    /// The id of the key of now.
    now: String,
    /// Whatever may have encrypted something, with that key or another one: within a ciphertext may stand another.
    ciphers: Arc<[Cipher]>,
}

/// What became of one ciphertext.
enum Turned {
    /// None of these encrypted it.
    Strange,
    /// Nothing in it is of the key before.
    Same,
    Other(String),
}

impl Turner {
    /// To the key of this id, over what any of these encrypted.
    pub fn new(now: &str, mut ciphers: Vec<Cipher>) -> Self {
        ciphers.sort_by(|a, b| a.made_for().cmp(&b.made_for()));
        ciphers.dedup_by(|a, b| a.made_for() == b.made_for());
        Self { now: now.to_owned(), ciphers: ciphers.into() }
    }

    /// The value with all that is of the key before brought over.
    pub fn turn(&self, value: Value) -> Value {
        match value {
            Value::Text(text) => match self.turned(text.as_bytes()).map(String::from_utf8) {
                Some(Ok(turned)) => Value::Text(turned),
                _ => Value::Text(text),
            },
            // A document in a binary form says how long its texts are: they stay so long.
            Value::Blob(bytes) => match self.turned(&bytes).filter(|turned| turned.len() == bytes.len()) {
                Some(turned) => Value::Blob(turned),
                None => Value::Blob(bytes),
            },
            other => other,
        }
    }

    fn turned(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (mut written, mut done, mut from) = (Vec::new(), 0, 0);
        while let Some(at) = position(bytes, from) {
            from = at + HEAD.len();
            for length in lengths(bytes, at) {
                let Ok(text) = std::str::from_utf8(&bytes[at..at + length]) else { continue };
                let turned = self.one(text);
                if let Turned::Other(other) = &turned {
                    written.extend_from_slice(&bytes[done..at]);
                    written.extend_from_slice(other.as_bytes());
                    done = at + length;
                }
                if !matches!(turned, Turned::Strange) {
                    from = at + length;
                    break;
                }
            }
        }
        (done > 0).then(|| {
            written.extend_from_slice(&bytes[done..]);
            written
        })
    }

    fn one(&self, text: &str) -> Turned {
        let Some(id) = text.get(HEAD.len()..HEAD.len() + ID) else { return Turned::Strange };
        let sealed = Value::Text(text.to_owned());
        let all =
            self.ciphers.iter().flat_map(|cipher| [Some((cipher, cipher)), cipher.before().map(|it| (it, cipher))]);
        for (cipher, of) in all.flatten().filter(|(cipher, _)| cipher.id() == id) {
            let Some(plain) = cipher.open_own(&sealed) else { continue };
            // Another key is not the one that is turned, even where one was before it.
            let to = if of.id() == self.now { of } else { cipher };
            let inner = self.turn(plain.clone());
            if to.id() == cipher.id() && inner == plain {
                return Turned::Same;
            }
            return match to.seal_anew(&inner) {
                Value::Text(text) => Turned::Other(text),
                _ => Turned::Same,
            };
        }
        Turned::Strange
    }
}

#[cfg(test)]
mod tests;
