//! SHA-256 as text.

use sha2::{Digest, Sha256};

/// The digest of these parts, each of which ends where the next begins, in 64 small hexadecimal digits.
pub(super) fn hex(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part.as_bytes()));
    hash.finalize()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

/// A step's digest: `sha256:` and the digits, over parts with a NUL between them, which no canonical text holds.
pub(super) fn of_step(parts: &[&str]) -> String {
    format!("sha256:{}", hex(&[&parts.join("\0")]))
}
