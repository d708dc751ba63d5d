//! `is = "uuid"`: a UUID.

use super::Shape;
use crate::columns::{Make, Sample, WordRow};
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "uuid",
    means: "A UUID: 32 hexadecimal digits with dashes, 8-4-4-4-12.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no UUID", holds })),
    samples: &[
        Sample::gives(
            r#"is = "uuid""#,
            "'0190B5A0-0000-7000-8000-00000000000f'",
            "'0190B5A0-0000-7000-8000-00000000000f'",
        ),
        Sample::refuses(r#"is = "uuid""#, "'{0190b5a0-0000-7000-8000-00000000000f}'"),
        Sample::refuses(r#"is = "uuid""#, "'0190b5a0000070008000000000000000'"),
    ],
};

fn holds(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hexadecimal = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(hexadecimal)
}
