//! `is = "ulid"`: a ULID.

use super::Shape;
use crate::columns::{Make, Sample, WordRow};
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "ulid",
    means: "A ULID: 26 digits of Crockford's base 32, the first at most 7.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no ULID", holds })),
    samples: &[
        Sample::gives(r#"is = "ulid""#, "'01ARZ3NDEKTSV4RRFFQ69G5FAV'", "'01ARZ3NDEKTSV4RRFFQ69G5FAV'"),
        Sample::refuses(r#"is = "ulid""#, "'81ARZ3NDEKTSV4RRFFQ69G5FAV'"),
        Sample::refuses(r#"is = "ulid""#, "'01ARZ3NDEKTSV4RRFFQ69G5FAI'"),
    ],
};

fn holds(text: &str) -> bool {
    let digit = |byte: u8| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte.to_ascii_uppercase());
    text.len() == 26 && text.bytes().all(digit) && matches!(text.as_bytes()[0], b'0'..=b'7')
}
