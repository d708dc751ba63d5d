//! `is = "datetime"`: a moment.

use super::Shape;
use crate::columns::moment::{Choice, iso};
use crate::columns::{Make, Sample, WordRow};
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "datetime",
    means: "A date and time of ISO 8601, with Z or an offset.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no date and time with an offset", holds })),
    samples: &[
        Sample::gives(r#"is = "datetime""#, "'2024-05-01T10:00:00+02:00'", "'2024-05-01T10:00:00+02:00'"),
        Sample::gives(r#"is = "datetime""#, "'9999-12-31T23:59:59Z'", "'9999-12-31T23:59:59Z'"),
        Sample::refuses(r#"is = "datetime""#, "'9999-12-31T23:59:59-01:00'"),
        Sample::refuses(r#"is = "datetime""#, "'2016-12-31T23:59:60Z'"),
        Sample::refuses(r#"is = "datetime""#, "'2024-05-01T10:00:00'"),
        Sample::refuses(r#"is = "datetime""#, "'2024-05-01T24:00:00Z'"),
    ],
};

fn holds(text: &str) -> bool {
    iso::read(text).is_ok_and(|reading| reading.resolve(None, Choice::Fail).is_ok() && reading.time.is_some())
}
