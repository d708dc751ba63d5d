//! Dates by a pattern: `%d.%m.%Y %H:%M`, the conversions of strftime as the crate jiff has them.

mod as_written;
mod digits;
#[cfg(test)]
mod tests;

use super::{Moment, Reading, Why, zone};
use as_written::{Read, judge};
use digits::{Digits, digits, shown, written};
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};

/// A pattern that can be read or written.
#[derive(Debug, Clone)]
pub(in crate::columns) struct Pattern {
    text: String,
    /// Whether what it reads has a time of day.
    has_time: bool,
    /// Whether what it reads names a moment by itself.
    has_offset: bool,
    digits: Digits,
    /// The digits of the second that it writes; nothing where it writes no second.
    shown: Option<u32>,
}

impl Pattern {
    /// A pattern to write with, or why it is none.
    pub(in crate::columns) fn to_write(text: &str) -> Result<Self, Why> {
        written(text).ok_or("holds a conversion that is not known")?;
        Ok(Self { text: text.to_owned(), has_time: true, has_offset: true, digits: Digits::Needed, shown: shown(text) })
    }

    /// A pattern to read with, or why it is none.
    pub(in crate::columns) fn to_read(text: &str) -> Result<Self, Why> {
        let example = written(text).ok_or("holds a conversion that is not known")?;
        let read = BrokenDownTime::parse(text, &example).map_err(|_| "holds a conversion that can only be written")?;
        let has_offset = read.offset().is_some() || read.timestamp().is_some();
        if read.iana_time_zone().is_some() {
            return Err("holds %Q; name the zone with `zone`");
        }
        if judge(&example, &read, text) != Read::AsItStands {
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
        Ok(Self { text: text.to_owned(), has_time, has_offset, digits: digits(text), shown: shown(text) })
    }

    /// Whether it reads a time of day that only a zone makes a moment.
    pub(in crate::columns) fn needs_zone(&self) -> bool {
        self.has_time && !self.has_offset
    }

    /// What a text says.
    pub(in crate::columns) fn read(&self, text: &str) -> Result<Reading, Why> {
        const NONE: Why = "is no date of the pattern";
        let read = BrokenDownTime::parse(&self.text, text).map_err(|_| NONE)?;
        let leap = match judge(text, &read, &self.text) {
            Read::AsItStands => false,
            Read::LeapSecond => true,
            Read::Otherwise => return Err(NONE),
        };
        if read.offset().is_some_and(|offset| offset.seconds().abs() >= 24 * 3600) {
            return Err("has an offset that no clock has");
        }
        if let Some(moment) = read.timestamp() {
            let civil = Offset::UTC.to_datetime(moment);
            let time = (civil.time(), self.count(civil.subsec_nanosecond())?);
            return Ok(Reading { date: civil.date(), time: Some(time), offset: Some(Offset::UTC), leap });
        }
        let date = read.to_date().map_err(|_| "is a day that the calendar does not have")?;
        if date.year() < 1000 && !text.contains(&format!("{:04}", date.year())) {
            return Err("is a year of fewer than four digits");
        }
        if !self.has_time {
            return Ok(Reading { date, time: None, offset: None, leap });
        }
        let time = read.to_time().map_err(|_| NONE)?;
        let time = (time, self.count(time.subsec_nanosecond())?);
        Ok(Reading { date, time: Some(time), offset: read.offset(), leap })
    }

    /// The text of a moment in a zone; of a day only if the pattern asks for no time.
    pub(in crate::columns) fn write(&self, moment: &Moment, zone: &TimeZone) -> Result<String, Why> {
        match moment {
            Moment::At(at, _) => {
                if self.shown.is_some_and(|digits| at.subsec_nanosecond() % 10_i32.pow(9 - digits) != 0) {
                    return Err("has more digits of the second than the pattern writes");
                }
                parts(*at, zone)?.to_string(&self.text).map_err(|_| "is a moment that the pattern cannot write")
            }
            Moment::Day(day) => BrokenDownTime::from(*day)
                .to_string(&self.text)
                .map_err(|_| "is a day without the time that the pattern asks for"),
        }
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

/// A moment in a zone. In the last day of the year 9999, behind the crate's own moments, it has no number of seconds since 1970 and
/// no abbreviation of its zone.
fn parts(at: DateTime, zone: &TimeZone) -> Result<BrokenDownTime, Why> {
    let (local, offset) = zone::shown(at, zone)?;
    if let Ok(at) = Offset::UTC.to_timestamp(at) {
        return Ok(BrokenDownTime::from(&at.to_zoned(zone.clone())));
    }
    let mut parts = BrokenDownTime::from(local);
    parts.set_offset(Some(offset));
    Ok(parts)
}
