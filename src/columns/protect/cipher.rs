//! `encrypt`: AES-256-GCM, the same text for the same value, key and column.
//!
//! The nonce is the HMAC of the value under a key of its own, cut to 96 bits, as in SIV: a batch that is done again
//! gives the same rows, and two values have one nonce only where their codes meet by chance (2^-33 among 2^32 values of one
//! column). Who reads the column sees which rows are equal, and how long a value is; nothing else. Each column has keys of
//! its own, made of the key and the column's label; label and key's id are authenticated, so that a text cannot be moved to
//! another column.

use super::Mark;
use super::class::{bytes_of, value_of};
use super::hmac::Subkey;
use crate::catalog::settings::base64;
use crate::catalog::{Key, Keys};
use crate::error::Result;
use crate::value::Value;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use std::sync::Arc;

/// How every encrypted value begins; the key's id comes next.
pub(super) const HEAD: &str = "evolve:1:";

/// Encrypts and decrypts the values of one column.
#[derive(Clone)]
pub struct Cipher {
    aes: Aes256Gcm,
    nonces: Subkey,
    label: String,
    key: Arc<Key>,
    /// The cipher of the key before, whose values are read, and not written.
    previous: Option<Box<Cipher>>,
}

impl Cipher {
    /// With this key, for the column of this label.
    pub fn new(key: &Arc<Key>, label: &str) -> Self {
        let sealing = Subkey::of(key, "encrypt", label);
        let aes = Aes256Gcm::new(sealing.expose().into());
        Self {
            aes,
            nonces: Subkey::of(key, "nonce", label),
            label: label.to_owned(),
            key: Arc::clone(key),
            previous: None,
        }
    }

    /// With the key of this name, and the one before it.
    pub fn of(keys: &Keys, name: &str, label: &str) -> Result<Self> {
        let previous = keys.previous(name)?.map(|key| Box::new(Self::new(&key, label)));
        Ok(Self { previous, ..Self::new(&keys.read(name)?, label) })
    }

    /// How a text of this key is told from one of another.
    pub fn mark(&self) -> Mark {
        let previous = self.previous.as_ref().map(|previous| previous.head());
        Mark { any: "evolve:1:????????:*", own: self.head(), previous }
    }

    /// How whatever was encrypted begins, with whichever key.
    pub fn head_of_any(&self) -> &'static str {
        HEAD
    }

    fn head(&self) -> String {
        format!("{HEAD}{}:", self.key.id())
    }

    /// The encrypted text of a value; NULL stays NULL, and what this key encrypted for this column stays as it is.
    pub fn seal(&self, value: Value) -> Value {
        if value == Value::Null || self.open_own(&value).is_some() {
            return value;
        }
        self.seal_anew(&self.previous.as_ref().and_then(|previous| previous.open(&value)).unwrap_or(value))
    }

    /// The same, whatever the value is.
    pub(super) fn seal_anew(&self, value: &Value) -> Value {
        let plain = bytes_of(value);
        let code = self.nonces.code(&[&plain]);
        let nonce = Nonce::from_slice(&code[..12]);
        let bound = self.bound();
        let payload = Payload { msg: &plain, aad: bound.as_bytes() };
        // Only a text of 64 GiB is refused, which no database holds.
        let sealed = self.aes.encrypt(nonce, payload).unwrap_or_default();
        Value::Text(format!("{HEAD}{}:{}", self.key.id(), base64::encode(&[&code[..12], &sealed].concat())))
    }

    /// The value of a text that [`Cipher::seal`] gave; nothing where it is none of this key, or the one before, and column.
    pub fn open(&self, value: &Value) -> Option<Value> {
        self.open_own(value).or_else(|| self.previous.as_ref()?.open(value))
    }

    /// The cipher of the key before.
    pub(super) fn before(&self) -> Option<&Self> {
        self.previous.as_deref()
    }

    /// Its key's id.
    pub(super) fn id(&self) -> &str {
        self.key.id()
    }

    /// With which keys, and for which column.
    pub(super) fn made_for(&self) -> (&str, &str, Option<&str>) {
        (self.key.id(), &self.label, self.previous.as_ref().map(|previous| previous.key.id()))
    }

    pub(super) fn open_own(&self, value: &Value) -> Option<Value> {
        let Value::Text(text) = value else { return None };
        let (id, body) = text.strip_prefix(HEAD)?.split_once(':')?;
        if id != self.key.id() {
            return None;
        }
        let bytes = base64::decode(body)?;
        let (nonce, sealed) = bytes.split_at_checked(12)?;
        let bound = self.bound();
        let payload = Payload { msg: sealed, aad: bound.as_bytes() };
        let plain = self.aes.decrypt(Nonce::from_slice(nonce), payload).ok()?;
        value_of(&plain)
    }

    /// What is authenticated besides the value.
    fn bound(&self) -> String {
        format!("{}\0{}", self.label, self.key.id())
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cipher({}, {})", self.label, self.key.id())
    }
}

#[cfg(test)]
mod tests;
