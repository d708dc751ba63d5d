//! `is = "date"`: a day of the calendar.

use super::Shape;
use crate::columns::moment::iso;
use crate::columns::{Make, Sample, WordRow};
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "date",
    means: "A day that the calendar has, YYYY-MM-DD, of the years 1 to 9999.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no date", holds })),
    samples: &[
        Sample::gives(r#"is = "date""#, "'2024-02-29'", "'2024-02-29'"),
        Sample::refuses(r#"is = "date""#, "'2023-02-30'"),
        Sample::refuses(r#"is = "date""#, "'01/02/03'"),
    ],
};

fn holds(text: &str) -> bool {
    matches!(iso::read(text), Ok(reading) if reading.time.is_none())
}
