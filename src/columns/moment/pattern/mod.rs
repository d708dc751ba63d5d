//! Dates by a pattern: `%d.%m.%Y %H:%M`, the conversions of strftime as the crate jiff has them.

mod numbers;
#[cfg(test)]
mod tests;

use super::{Moment, Reading, Why};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use numbers::has_the_same_numbers;

/// A pattern that can be read or written.
#[derive(Debug, Clone)]
pub(in crate::columns) struct Pattern {
    text: String,
    /// Whether what it reads has a time of day.
    has_time: bool,
    /// Whether what it reads names a moment by itself.
    has_offset: bool,
    digits: Digits,
}

/// The digits of the second that a pattern reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// So many: `%3f`, `%.6f`, `%N`, or none.
    Exactly(usize),
    /// As many as there are, without zeros at the end: `%f`.
    Needed,
}

/// A moment of which no two parts are alike, in the afternoon.
const EXAMPLE: &str = "2001-02-03T16:05:06.007Z";

impl Pattern {
    /// A pattern to write with, or why it is none.
    pub(in crate::columns) fn to_write(text: &str) -> Result<Self, Why> {
        written(text).ok_or("holds a conversion that is not known")?;
        Ok(Self { text: text.to_owned(), has_time: true, has_offset: true, digits: Digits::Needed })
    }

    /// A pattern to read with, or why it is none.
    pub(in crate::columns) fn to_read(text: &str) -> Result<Self, Why> {
        let example = written(text).ok_or("holds a conversion that is not known")?;
        let read = BrokenDownTime::parse(text, &example).map_err(|_| "holds a conversion that can only be written")?;
        let has_offset = read.offset().is_some() || read.timestamp().is_some();
        if read.iana_time_zone().is_some() {
            return Err("holds %Q; name the zone with `zone`");
        }
        if !has_the_same_numbers(&example, &read, text) {
            return Err("holds a conversion that can only be written");
        }
        if read.timestamp().is_none() && read.to_date().is_err() {
            return Err("does not hold a whole date");
        }
        let has_time =
            [read.hour(), read.minute(), read.second()].iter().any(Option::is_some) || read.meridiem().is_some();
        if has_time && read.to_time().ok().map(|time| time.hour()) != Some(16) {
            return Err("does not say which hour of the day is meant");
        }
        Ok(Self { text: text.to_owned(), has_time, has_offset, digits: digits(text) })
    }

    /// Whether it reads a time of day that only a zone makes a moment.
    pub(in crate::columns) fn needs_zone(&self) -> bool {
        self.has_time && !self.has_offset
    }

    /// What a text says.
    pub(in crate::columns) fn read(&self, text: &str) -> Result<Reading, Why> {
        const NONE: Why = "is no date of the pattern";
        let read = BrokenDownTime::parse(&self.text, text).map_err(|_| NONE)?;
        if text.trim() != text || !has_the_same_numbers(text, &read, &self.text) {
            return Err(NONE);
        }
        if let Some(moment) = read.timestamp() {
            let civil = jiff::tz::Offset::UTC.to_datetime(moment);
            let time = (civil.time(), self.count(civil.subsec_nanosecond())?);
            return Ok(Reading { date: civil.date(), time: Some(time), offset: Some(jiff::tz::Offset::UTC) });
        }
        let date = read.to_date().map_err(|_| "is a day that the calendar does not have")?;
        if date.year() < 1000 && !text.contains(&format!("{:04}", date.year())) {
            return Err("is a year of fewer than four digits");
        }
        if !self.has_time {
            return Ok(Reading { date, time: None, offset: None });
        }
        let time = read.to_time().map_err(|_| NONE)?;
        Ok(Reading { date, time: Some((time, self.count(time.subsec_nanosecond())?)), offset: read.offset() })
    }

    /// The text of a moment in a zone; of a day only if the pattern asks for no time.
    pub(in crate::columns) fn write(&self, moment: &Moment, zone: &TimeZone) -> Result<String, Why> {
        let parts = match moment {
            Moment::At(at, _) => BrokenDownTime::from(&at.to_zoned(zone.clone())),
            Moment::Day(day) => BrokenDownTime::from(*day),
        };
        parts.to_string(&self.text).map_err(|_| "is a day without the time that the pattern asks for")
    }

    /// How many digits of the second this many nanoseconds have.
    fn count(&self, nanosecond: i32) -> Result<usize, Why> {
        let text = format!("{nanosecond:09}");
        let needed = text.trim_end_matches('0').len();
        match self.digits {
            Digits::Needed => Ok(needed),
            Digits::Exactly(digits) if needed <= digits => Ok(digits),
            Digits::Exactly(_) => Err("has more digits of the second than the pattern"),
        }
    }
}

/// The example, written by the pattern.
fn written(pattern: &str) -> Option<String> {
    let moment: jiff::Timestamp = EXAMPLE.parse().ok()?;
    BrokenDownTime::from(&moment.to_zoned(TimeZone::UTC)).to_string(pattern).ok()
}

/// The digits of the second that the conversions of a pattern read.
fn digits(pattern: &str) -> Digits {
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
