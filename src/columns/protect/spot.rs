//! Where in a value a ciphertext stands, and how long it is.
//!
//! Takes bytes; gives places. Whether it is one is for a key to say.

use super::cipher::HEAD;

/// How long a key's id is.
pub(super) const ID: usize = 8;

/// Where the next ciphertext may begin.
pub(super) fn position(bytes: &[u8], from: usize) -> Option<usize> {
    let head = HEAD.as_bytes();
    let mut at = from;
    while let Some(next) = bytes.get(at..)?.iter().position(|byte| *byte == head[0]) {
        at += next;
        if bytes[at..].starts_with(head) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// How long what begins like a ciphertext may be: as far as its letters go; or, in a document of a binary form, where
/// other letters follow it at once, as the length before it says.
pub(super) fn lengths(bytes: &[u8], at: usize) -> Vec<usize> {
    let rest = &bytes[at + HEAD.len()..];
    let id = rest.iter().take(ID).take_while(|byte| byte.is_ascii_hexdigit()).count();
    if id < ID || rest.get(ID) != Some(&b':') {
        return Vec::new();
    }
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_');
    let longest = HEAD.len() + ID + 1 + rest[ID + 1..].iter().take_while(letter).count();
    let said = [1, 2, 4].into_iter().filter_map(|width: usize| {
        let number = bytes.get(at.checked_sub(width)?..at)?;
        Some(number.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte)))
    });
    let shorter = said.filter(|said| (HEAD.len() + ID + 1..longest).contains(said));
    std::iter::once(longest).chain(shorter).collect()
}
