//! ISO 8601 as it is read, and every format there and back.

mod rendered;

use super::format::{Declared, Format};
use super::iso::read;
use super::{Choice, Moment, Why};
use crate::value::Value;
use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

fn text(given: &str) -> Result<String, Why> {
    read(given)?.resolve(None, Choice::Fail).map(|moment| moment.text())
}

#[test]
fn each_form_is_one_moment() {
    for (given, moment) in [
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T10:00Z", "2024-05-01T10:00:00Z"),
        ("2024-05-01 10:00:00.50z", "2024-05-01T10:00:00.50Z"),
        ("2024-05-01T00:30:00,123456789+02:00", "2024-04-30T22:30:00.123456789Z"),
        ("2024-05-01T10:00:00-0530", "2024-05-01T15:30:00Z"),
        ("2024-05-01T10:00:00+02", "2024-05-01T08:00:00Z"),
        ("1960-01-01T00:00:00.5Z", "1960-01-01T00:00:00.5Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-30T22:00:00.999999999Z", "9999-12-30T22:00:00.999999999Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
        ("9999-12-31T23:59:59+23:59", "9999-12-31T00:00:59Z"),
    ] {
        assert_eq!(text(given).as_deref(), Ok(moment), "{given}");
    }
}

#[test]
fn b62_f146_f148_what_no_calendar_or_clock_has_is_refused() {
    let days = "2023-02-30|2023-02-29|2023-13-01|2023-00-10|2023-01-00|0000-01-01|10000-01-01|-001-01-01";
    let times = "24:00:00Z|23:60:00Z|23:59:60Z|10:00:00+24:00|10:00:00.1234567890Z";
    let times = times.split('|').map(|time| format!("2023-01-01T{time}"));
    let ends = ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-01:00"].map(str::to_owned);
    for given in days.split('|').map(str::to_owned).chain(times).chain(ends) {
        assert!(text(&given).is_err(), "{given}");
    }
    assert!(text("2016-12-31T23:59:60Z").unwrap_err().contains("leap second"));
}

#[test]
fn b62_what_is_written_otherwise_is_refused() {
    let days = "|01/02/03|2023-1-1|20230101|2023-W01-1|2023-001| 2023-01-01|2023-01-01 |1700000000|２０２３-01-01";
    let times = "T|T10Z|T10:00:00.Z|T10:00:00 Z|T10:00:00+2|T10:00:00+01:00[Europe/Berlin]|X10:00Z|T10:00:00";
    let times = times.split('|').map(|time| format!("2023-01-01{time}"));
    for given in days.split('|').map(str::to_owned).chain(times) {
        assert!(text(&given).is_err(), "{given}");
    }
}

fn declared(format: Format) -> Declared {
    Declared { format, zone: None, leap: Choice::Fail }
}

proptest! {
    #[test]
    fn a_moment_comes_back_from_its_text(second in -62_135_596_800_i64..253_402_300_800, nanosecond in 0..1_000_000_000_i32) {
        let at = date(1970, 1, 1).at(0, 0, 0, 0).checked_add(SignedDuration::new(second, nanosecond)).unwrap();
        let moment = Moment::at(at, 9).unwrap();
        prop_assert_eq!(read(&moment.text()).unwrap().resolve(None, Choice::Fail).unwrap(), moment);
    }

    #[test]
    fn b62_an_epoch_comes_back_from_its_moment(number in -62_135_596_800_i64..253_402_300_800, digits in prop::sample::select(vec![0, 3, 6])) {
        let declared = declared(Format::Unix(digits));
        let value = Value::Integer(number * 10_i64.pow(digits));
        let moment = declared.parse(value.clone()).unwrap();
        prop_assert_eq!(declared.render(&moment).unwrap(), value);
    }

    #[test]
    fn no_text_makes_it_panic(text in r"\PC{0,30}|[0-9TZ:.,+ -]{0,30}") {
        let _ = read(&text).map(|reading| reading.resolve(None, Choice::Later));
    }
}

#[test]
fn b62_an_epoch_outside_of_the_years_is_refused() {
    for (digits, number) in
        [(0, 253_402_300_800), (0, -62_135_596_801), (0, i64::MAX), (6, i64::MIN), (0, 1_700_000_000_000)]
    {
        assert!(declared(Format::Unix(digits)).parse(Value::Integer(number)).is_err(), "{number}");
    }
}

#[test]
fn f148_the_first_and_last_moments_of_the_years_are_whole() {
    for (digits, number, text) in [
        (0, 253_402_300_799, "9999-12-31T23:59:59Z"),
        (0, 253_402_207_200, "9999-12-30T22:00:00Z"),
        (3, 253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (0, -62_135_596_800, "0001-01-01T00:00:00Z"),
    ] {
        let declared = declared(Format::Unix(digits));
        let moment = declared.parse(Value::Integer(number)).unwrap();
        assert_eq!(moment.text(), text);
        assert_eq!(declared.render(&moment), Ok(Value::Integer(number)));
    }
}

#[test]
fn f146_a_leap_second_becomes_what_is_declared_and_no_other_60th_second_is_one() {
    let leap = |text: &str, choice| read(text)?.resolve(None, choice).map(|moment| moment.text());
    let given = "2015-07-01T05:29:60.25+05:30";
    assert_eq!(leap(given, Choice::Earlier).as_deref(), Ok("2015-06-30T23:59:59.25Z"));
    assert_eq!(leap(given, Choice::Later).as_deref(), Ok("2015-07-01T00:00:00.25Z"));
    assert!(leap(given, Choice::Fail).unwrap_err().contains("leap second"));
    for none in ["2015-06-29T23:59:60Z", "2015-06-30T22:59:60Z", "2015-06-30T23:58:60Z", "2015-06-30T23:59:61Z"] {
        assert!(leap(none, Choice::Later).is_err(), "{none}");
    }
    assert!(leap("9999-12-31T23:59:60Z", Choice::Later).unwrap_err().contains("outside"));
}
