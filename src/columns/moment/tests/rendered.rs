//! What `render` writes in a zone, at the ends of the years and under the clocks of old.

use super::super::iso::read;
use super::super::{Choice, Moment};
use crate::value::Value;
use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

/// What `render` makes of a moment.
fn rendered(toml: &str, moment: &str) -> Result<String, String> {
    let column = crate::columns::tests::column(&format!("render = {toml}")).unwrap();
    let value = column.call(Value::Text(moment.to_owned())).map_err(|invalid| invalid.reason)?;
    Ok(value.to_string())
}

#[test]
fn f148_a_zone_at_the_ends_of_the_years_shows_a_year_or_is_refused() {
    let (new_york, kiritimati) = ("America/New_York", "Pacific/Kiritimati");
    let iso = |zone: &str, moment: &str| rendered(&format!("{{ as = \"iso8601\", zone = \"{zone}\" }}"), moment);
    let by_pattern = |zone: &str, moment: &str| {
        rendered(&format!("{{ as = \"%Y-%m-%d %H:%M:%S%.f %z\", zone = \"{zone}\" }}"), moment)
    };
    let last = "9999-12-31T23:59:59.5Z";
    assert_eq!(iso(new_york, last).unwrap(), "9999-12-31T18:59:59.5-05:00");
    assert_eq!(by_pattern(new_york, last).unwrap(), "9999-12-31 18:59:59.5 -0500");
    assert!(iso(kiritimati, last).unwrap_err().contains("outside"));
    assert!(by_pattern(kiritimati, last).unwrap_err().contains("outside"));
    for render in [iso, by_pattern] {
        assert!(render(new_york, "0001-01-01T00:00:00Z").unwrap_err().contains("outside"));
    }
    // Beyond 9999-12-30T22:00:00Z a pattern has no number of seconds; `unix_s` has.
    assert_eq!(rendered("\"%s\"", "9999-12-30T22:00:00Z").unwrap(), "253402207200");
    assert!(rendered("\"%s\"", "9999-12-30T22:00:01Z").is_err());
    assert_eq!(rendered("\"unix_s\"", "9999-12-31T23:59:59Z").unwrap(), "253402300799");
}

#[test]
fn f145_a_clock_that_was_not_whole_minutes_from_utc_is_not_written_as_if_it_were() {
    for (zone, moment) in [("America/New_York", "1880-01-01T00:00:00Z"), ("Africa/Monrovia", "1971-06-01T00:00:00Z")] {
        let refused = rendered(&format!("{{ as = \"iso8601\", zone = \"{zone}\" }}"), moment).unwrap_err();
        assert!(refused.contains("whole minutes"), "{refused}");
    }
    let pattern = "{ as = \"%Y-%m-%dT%H:%M:%S%z\", zone = \"America/New_York\" }";
    assert_eq!(rendered(pattern, "1880-01-01T00:00:00Z").unwrap(), "1879-12-31T19:03:58-045602");
}

proptest! {
    #[test]
    fn what_is_rendered_in_a_zone_is_read_back_as_the_same_moment(
        second in -62_135_596_800_i64..253_402_300_800,
        zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Africa/Monrovia", "Pacific/Apia", "UTC"]),
    ) {
        let at = date(1970, 1, 1).at(0, 0, 0, 0).checked_add(SignedDuration::from_secs(second)).unwrap();
        let text = Moment::at(at, 0).unwrap().text();
        if let Ok(shown) = rendered(&format!("{{ as = \"iso8601\", zone = \"{zone}\" }}"), &text) {
            prop_assert_eq!(read(&shown).unwrap().resolve(None, Choice::Fail).unwrap().text(), text);
        }
    }
}
