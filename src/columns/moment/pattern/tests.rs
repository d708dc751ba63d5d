//! What patterns read and refuse.

use super::super::Choice;
use super::{Pattern, Why};

fn read(pattern: &str, text: &str) -> Result<String, Why> {
    Ok(Pattern::to_read(pattern).unwrap().read(text)?.resolve(None, Choice::Fail)?.text())
}

#[test]
fn each_pattern_reads_its_date() {
    for (pattern, text, moment) in [
        ("%d.%m.%Y", "24.12.2023", "2023-12-24"),
        ("%d/%m/%y", "01/02/03", "2003-02-01"),
        ("%Y-%m-%d %H:%M:%S %z", "2024-05-01 10:00:59 +0200", "2024-05-01T08:00:59Z"),
        ("%Y%m%dT%H%M%S%.3f%:z", "20240501T100000.5+00:00", "2024-05-01T10:00:00.500Z"),
        ("%Y%m%dT%H%M%S%.f%:z", "20240501T100000.250+00:00", "2024-05-01T10:00:00.25Z"),
        ("%Y-%m-%d %I:%M %p %z", "2024-05-01 09:30 pm -0000", "2024-05-01T21:30:00Z"),
        ("%G-W%V-%u", "2024-W01-1", "2024-01-01"),
        ("%Y-%j", "2024-060", "2024-02-29"),
        ("%s", "1700000000", "2023-11-14T22:13:20Z"),
        ("%d %b %Y", "5 May 2024", "2024-05-05"),
        ("%Y年%m月%d日", "2024年05月01日", "2024-05-01"),
    ] {
        assert_eq!(read(pattern, text).as_deref(), Ok(moment), "{pattern}");
    }
}

#[test]
fn b62_f146_f148_what_is_none_is_refused() {
    for (pattern, text) in [
        ("%d.%m.%Y", "30.02.2023"),
        ("%d.%m.%Y", "24.12.2023 "),
        ("%d.%m.%Y", "24.12.2023x"),
        ("%d.%m.%Y", "01.01.0000"),
        ("%d.%m.%Y", "２４.12.2023"),
        ("%Y-%m-%d %H:%M:%S %z", "2023-01-01 24:00:00 +0000"),
        ("%Y-%m-%d %H:%M:%S %z", "2016-12-31 23:59:60 +0000"),
        ("%Y-%m-%dT%H:%M:%S%.3f%z", "2023-01-01T10:00:00.1234+0000"),
        ("%A %d.%m.%Y", "Monday 24.12.2023"),
        ("%Y-%m-%d %H:%M %z", "2024-01-01 10:00 +2400"),
        ("%Y-%m-%d %H:%M %z", "2024-01-01 10:00 +2559"),
    ] {
        assert!(read(pattern, text).is_err(), "{pattern} {text}");
    }
}

#[test]
fn f146_a_leap_second_is_not_taken_for_another_60() {
    let pattern = "%Y-%m-%d %H:%M:%S%.f %z";
    assert!(read(pattern, "1960-12-31 23:59:60.60 +0000").is_err());
    assert!(read(pattern, "1960-12-31 23:59:59.60 +0000").is_ok());
}

#[test]
fn b62_digits_are_not_shared_out_by_guess() {
    assert!(read("%Y%m%d", "2024111").is_err() && read("%d%m%Y", "1112023").is_err());
    assert!(read("%d.%m.%Y", "1.2.24").is_err() && read("%d.%m.%Y", "1.2.2024").is_ok());
    assert_eq!(read("%d.%m.%Y", "01.10.2020").as_deref(), Ok("2020-10-01"));
}

#[test]
fn a_pattern_that_cannot_read_a_date_is_refused() {
    for pattern in
        ["%", "%!", "%Z %Y-%m-%d", "%H:%M", "%Y-%m", "%Y-%m-%d %Q", "%Y-%m-%d %I:%M", "%Y-%m-%d %p", "%Y-%m-%d :%M"]
    {
        assert!(Pattern::to_read(pattern).is_err(), "{pattern}");
    }
    assert!(Pattern::to_read("%Y-%m-%d %H:%M").unwrap().needs_zone());
    assert!(!Pattern::to_read("%Y-%m-%d").unwrap().needs_zone());
}

#[test]
fn b62_spaces_are_those_of_the_pattern() {
    for text in ["1.2. 2024", "1. 2.2024", "1.2.\t2024"] {
        assert!(read("%d.%m.%Y", text).is_err(), "{text:?}");
    }
    let pattern = "%d %b %Y";
    assert!(read(pattern, "5 May 2024").is_ok());
    for text in ["5\tMay 2024", "5  May 2024", "5 May\u{a0}2024", "5May 2024"] {
        assert!(read(pattern, text).is_err(), "{text:?}");
    }
    for text in ["May 5 2024", "May  5 2024", "May 15 2024"] {
        assert!(read("%b %e %Y", text).is_ok(), "{text:?}");
    }
    assert!(read("%b %e %Y", "May   5 2024").is_err());
}

#[test]
fn f146_a_pattern_knows_a_leap_second_by_its_second_only() {
    let later = |pattern: &str, text: &str| {
        Ok::<_, Why>(Pattern::to_read(pattern).unwrap().read(text)?.resolve(None, Choice::Later)?.text())
    };
    for (pattern, text) in [
        ("%Y-%m-%d %H:%M:%S %z", "2016-12-31 23:59:60 +0000"),
        ("%d.%m.%Y %H.%M.%S %z", "31.12.2016 23.59.60 +0000"),
        ("%Y%m%d%H%M%S%z", "20161231235960+0000"),
    ] {
        assert_eq!(later(pattern, text).as_deref(), Ok("2017-01-01T00:00:00Z"), "{text}");
    }
    assert!(later("%Y-%m-%d %H:%M:%S %z", "2016-12-31 23:60:00 +0000").is_err());
}
