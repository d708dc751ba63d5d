//! A time zone, and what is done where its clock was put forward or back.

use super::Why;
use crate::catalog::Node;
use crate::columns::scalar::{bad, unknown};
use crate::error::Result;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

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

/// Which of two moments a local time means.
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
    /// The moment at which the clock of the zone showed this.
    pub(super) fn resolve(&self, local: DateTime) -> std::result::Result<Timestamp, Why> {
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let (choice, why) = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => (Choice::Earlier, ""),
            AmbiguousOffset::Gap { .. } => (self.gap, "is a time that the zone's clock left out"),
            AmbiguousOffset::Fold { .. } => (self.fold, "is a time that the zone's clock showed twice"),
        };
        let moment = match choice {
            Choice::Fail => return Err(why),
            Choice::Earlier => ambiguous.earlier(),
            Choice::Later => ambiguous.later(),
        };
        moment.map_err(|_| "is a date outside of the years 1 to 9999")
    }
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
        Zone { zone: zone.unwrap(), gap, fold }.resolve(local.parse().unwrap()).map(|moment| moment.to_string())
    }

    #[test]
    fn f145_gap_and_fold_are_as_declared() {
        use Choice::{Earlier, Fail, Later};
        let (gap, fold, plain) = ("2024-03-10T02:30", "2024-11-03T01:30", "2024-07-01T12:00");
        assert!(resolve(Fail, Later, gap).is_err() && resolve(Later, Fail, fold).is_err());
        assert_eq!(resolve(Earlier, Fail, gap).unwrap(), "2024-03-10T06:30:00Z");
        assert_eq!(resolve(Later, Fail, gap).unwrap(), "2024-03-10T07:30:00Z");
        assert_eq!(resolve(Fail, Earlier, fold).unwrap(), "2024-11-03T05:30:00Z");
        assert_eq!(resolve(Fail, Later, fold).unwrap(), "2024-11-03T06:30:00Z");
        assert_eq!(resolve(Fail, Fail, plain).unwrap(), "2024-07-01T16:00:00Z");
    }
}
