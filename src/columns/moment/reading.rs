//! What a text said about a moment, before it is known which moment that was.

use super::{Choice, Moment, Why, Zone, in_range, leap, moved};
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// Date, time and offset as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::columns) struct Reading {
    /// The date.
    pub(in crate::columns) date: Date,
    /// The time of day, and the digits of its second.
    pub(in crate::columns) time: Option<(Time, usize)>,
    /// How far the clock was ahead of UTC.
    pub(in crate::columns) offset: Option<Offset>,
    /// Whether the second was the 60th; the time has the 59th then.
    pub(in crate::columns) leap: bool,
}

impl Reading {
    /// The moment that was meant. An offset in the text wins over the zone; a day needs neither.
    pub(in crate::columns) fn resolve(&self, zone: Option<&Zone>, leap: Choice) -> Result<Moment, Why> {
        let date = in_range(self.date)?;
        let Some((time, digits)) = self.time else { return Ok(Moment::Day(date)) };
        let local = date.to_datetime(time);
        let offset = match (self.offset, zone) {
            (Some(offset), _) => offset,
            (None, Some(zone)) => zone.offset(local)?,
            (None, None) => return Err("is a time without an offset, and no `zone` is declared"),
        };
        let at = moved(local, -i64::from(offset.seconds()))?;
        Moment::at(if self.leap { leap::second(at, leap)? } else { at }, digits)
    }
}
