//! A time zone, and what is done where its clock was put forward or back.

use super::{Why, in_range, moved};
use crate::catalog::Node;
use crate::columns::scalar::{bad, unknown};
use crate::error::Result;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

/// A zone with its policy.
#[derive(Debug, Clone)]
pub(in crate::columns) struct Zone {
    /// The zone.
    pub(in crate::columns) zone: TimeZone,
    /// For times that the clock left out.
    pub(in crate::columns) gap: Choice,
    /// For times that the clock showed twice.
    pub(in crate::columns) fold: Choice,
}

/// Which of two moments stands for a time that is none, or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::columns) enum Choice {
    /// Neither: the value is refused.
    #[default]
    Fail,
    /// The earlier one.
    Earlier,
    /// The later one.
    Later,
}

/// The words for it.
pub(in crate::columns) const CHOICES: [(&str, Choice); 3] =
    [("fail", Choice::Fail), ("earlier", Choice::Earlier), ("later", Choice::Later)];

impl Zone {
    /// How far the clock of the zone was ahead of UTC when it showed this.
    pub(super) fn offset(&self, local: DateTime) -> std::result::Result<Offset, Why> {
        let (choice, earlier, later, why) = match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => return Ok(offset),
            // The clock that was further ahead makes the earlier moment of the same time.
            AmbiguousOffset::Gap { before, after } => {
                (self.gap, after, before, "is a time that the zone's clock left out")
            }
            AmbiguousOffset::Fold { before, after } => {
                (self.fold, before, after, "is a time that the zone's clock showed twice")
            }
        };
        match choice {
            Choice::Fail => Err(why),
            Choice::Earlier => Ok(earlier),
            Choice::Later => Ok(later),
        }
    }
}

/// What the clock of a zone shows at a moment of UTC, and how far it is ahead.
pub(super) fn shown(at: DateTime, zone: &TimeZone) -> std::result::Result<(DateTime, Offset), Why> {
    // The crate's moments end a day before the year 9999 does; no clock is changed in that day.
    let offset = zone.to_offset(Offset::UTC.to_timestamp(at).unwrap_or(Timestamp::MAX));
    let local = moved(at, offset.seconds().into())?;
    in_range(local.date())?;
    Ok((local, offset))
}

/// The zone of this name: of the database compiled in (jiff's `tzdb-bundle-always`), which is the same on every machine;
/// the machine's own only where there is none or it does not know the name.
pub(in crate::columns) fn named(node: &Node<'_>) -> Result<TimeZone> {
    let name = node.text()?;
    let databases = [&TimeZoneDatabase::bundled(), jiff::tz::db()];
    if let Some(zone) = databases.iter().find_map(|database| database.get(&name).ok()) {
        return Ok(zone);
    }
    let names: Vec<String> =
        databases.iter().flat_map(|database| database.available()).map(|name| name.to_string()).collect();
    match crate::error::nearest(&name, names.iter().map(String::as_str)) {
        Some(near) => Err(unknown(node, "zone", &name, [near])),
        None => Err(bad(node, "takes the name of a time zone").hint("such as \"Europe/Berlin\" or \"UTC\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(gap: Choice, fold: Choice, local: &str) -> std::result::Result<String, Why> {
        let zone =
            jiff::tz::db().get("America/New_York").or_else(|_| TimeZoneDatabase::bundled().get("America/New_York"));
        let local: DateTime = local.parse().unwrap();
        let offset = Zone { zone: zone.unwrap(), gap, fold }.offset(local)?;
        Ok(moved(local, -i64::from(offset.seconds()))?.to_string())
    }

    #[test]
    fn f145_gap_and_fold_are_as_declared() {
        use Choice::{Earlier, Fail, Later};
        let (gap, fold, plain) = ("2024-03-10T02:30", "2024-11-03T01:30", "2024-07-01T12:00");
        assert!(resolve(Fail, Later, gap).is_err() && resolve(Later, Fail, fold).is_err());
        assert_eq!(resolve(Earlier, Fail, gap).unwrap(), "2024-03-10T06:30:00");
        assert_eq!(resolve(Later, Fail, gap).unwrap(), "2024-03-10T07:30:00");
        assert_eq!(resolve(Fail, Earlier, fold).unwrap(), "2024-11-03T05:30:00");
        assert_eq!(resolve(Fail, Later, fold).unwrap(), "2024-11-03T06:30:00");
        assert_eq!(resolve(Fail, Fail, plain).unwrap(), "2024-07-01T16:00:00");
    }
}
