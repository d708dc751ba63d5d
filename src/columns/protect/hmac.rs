//! HMAC-SHA-256 (RFC 2104), and the keys that are made of one key by it.

use crate::catalog::Key;
use sha2::{Digest as _, Sha256};

/// A key for one purpose. It is shown to nobody, and overwritten when it is dropped.
#[derive(Clone)]
pub(super) struct Subkey([u8; 32]);

impl Subkey {
    /// The key for this purpose and this column: different ones for different purposes and columns.
    pub fn of(key: &Key, purpose: &str, label: &str) -> Self {
        Self(hmac(key.expose(), &[b"evolve protect 1 ", purpose.as_bytes(), b"\0", label.as_bytes()]))
    }

    /// The code of these parts, one after another.
    pub fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        hmac(&self.0, parts)
    }

    /// The key itself.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Subkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Subkey {
    fn drop(&mut self) {
        self.0.fill(0);
        std::hint::black_box(&self.0);
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, of_key)| *byte ^= of_key);
        block
    };
    let mut inner = Sha256::new();
    inner.update(pad(0x36));
    parts.iter().for_each(|part| inner.update(part));
    let mut outer = Sha256::new();
    outer.update(pad(0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// Bytes in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test cases 1 and 2 of RFC 4231; a shorter key is filled up with zeros.
    #[test]
    fn s15_the_code_is_that_of_the_standard() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            hexadecimal(&hmac(&key, &[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            hexadecimal(&hmac(&key, &[b"what do ya want for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn s02_each_purpose_and_column_has_its_own_key_and_none_is_shown() {
        let key = Key::of(&[7; 32]).unwrap();
        let made =
            [("a", "b"), ("b", "a"), ("ab", ""), ("a", "c")].map(|(purpose, label)| Subkey::of(&key, purpose, label));
        for (at, one) in made.iter().enumerate() {
            assert!(made[at + 1..].iter().all(|other| other.expose() != one.expose()));
            assert_eq!(format!("{one:?}"), "***");
        }
    }
}
