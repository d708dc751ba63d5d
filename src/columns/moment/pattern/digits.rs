//! How many digits of the second a pattern reads and writes.

use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The digits of the second that a pattern reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// So many: `%3f`, `%.6f`, `%N`, or none.
    Exactly(usize),
    /// As many as there are, without zeros at the end: `%f`.
    Needed,
}

/// A moment of which no two parts are alike, in the afternoon.
const EXAMPLE: &str = "2001-02-03T16:05:06.007Z";

/// The example, written by the pattern.
pub(super) fn written(pattern: &str) -> Option<String> {
    write(pattern, EXAMPLE.parse().ok()?)
}

/// How many digits of the second a pattern writes; nothing where it writes no second.
pub(super) fn shown(pattern: &str) -> Option<u32> {
    let example: Timestamp = EXAMPLE.parse().ok()?;
    let text = write(pattern, example)?;
    let differs = |digits: &u32| {
        let later = example + SignedDuration::from_nanos(10_i64.pow(9 - digits));
        write(pattern, later).is_some_and(|other| other != text)
    };
    (0..=9).rev().find(differs)
}

fn write(pattern: &str, at: Timestamp) -> Option<String> {
    BrokenDownTime::from(&at.to_zoned(TimeZone::UTC)).to_string(pattern).ok()
}

/// The digits of the second that the conversions of a pattern read.
pub(super) fn digits(pattern: &str) -> Digits {
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        let inner = rest.trim_start_matches(['_', '-', '0', '^', '#', '.', ':']);
        let after = inner.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let width = inner[..inner.len() - after.len()].parse().ok();
        match after.chars().next() {
            Some('f') => return width.map_or(Digits::Needed, |width: usize| Digits::Exactly(width.min(9))),
            Some('N') => return Digits::Exactly(width.unwrap_or(9).min(9)),
            _ => rest = after.get(1..).unwrap_or_default(),
        }
    }
    Digits::Exactly(0)
}
