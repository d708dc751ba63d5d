//! Dates and moments: what `parse` makes of a value and `render` makes a value of.
//!
//! Between the two a moment is text: RFC 3339 in UTC with `Z` and as many digits of the second as its source had; a day
//! without a time stays a day, `2024-05-01`. Years are 1 to 9999, to their last second: a moment is held as the civil time
//! of UTC, because the crate's own moments end a day before. No reason holds the value.

pub(super) mod format;
pub(super) mod iso;
mod leap;
mod pattern;
mod reading;
#[cfg(test)]
mod tests;
mod unix;
mod zone;

pub(super) use reading::Reading;
pub(super) use zone::{Choice, Zone};

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

/// A reason, the rest of a sentence about the value.
pub(super) type Why = &'static str;

/// What a text or number meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// A day, nowhere in particular.
    Day(Date),
    /// A moment, as UTC's clock shows it, with the number of digits of its second.
    At(DateTime, usize),
}

impl Moment {
    /// A moment, if its year has four digits in UTC.
    pub(super) fn at(time: DateTime, digits: usize) -> Result<Self, Why> {
        in_range(time.date())?;
        Ok(Self::At(time, digits))
    }

    /// Its canonical text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Day(date) => day_text(*date),
            Self::At(time, digits) => format!("{}Z", civil_text(*time, *digits)),
        }
    }
}

/// The date, if its year is 1 to 9999.
fn in_range(date: Date) -> Result<Date, Why> {
    if (1..=9999).contains(&date.year()) { Ok(date) } else { Err(OUTSIDE) }
}

const OUTSIDE: Why = "is a date outside of the years 1 to 9999";

/// So many seconds later, or earlier, on the same clock.
fn moved(time: DateTime, seconds: i64) -> Result<DateTime, Why> {
    time.checked_add(SignedDuration::from_secs(seconds)).map_err(|_| OUTSIDE)
}

fn day_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Date and time with this many digits of the second.
fn civil_text(time: DateTime, digits: usize) -> String {
    let fraction = format!("{:09}", time.subsec_nanosecond());
    let point = if digits > 0 { "." } else { "" };
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{}T{hour:02}:{minute:02}:{second:02}{point}{}", day_text(time.date()), &fraction[..digits.min(9)])
}
