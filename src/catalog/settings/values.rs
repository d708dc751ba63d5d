//! What settings are written as: durations, switches, counts, ranges of versions.
//!
//! Takes text; gives the value, or words that say what is expected and never hold what was given.

use crate::catalog::Limit;
use std::ops::RangeInclusive;
use std::time::Duration;

/// `500ms`, `60s`, `10m`, `2h`, `30d`, `0`; ten years at most.
pub fn duration(given: &str) -> Result<Duration, String> {
    let expected = || "takes a duration such as 500ms, 60s, 10m, 2h, 30d or 0".to_owned();
    let digits_end = given.find(|c: char| !c.is_ascii_digit()).unwrap_or(given.len());
    let (digits, unit) = given.split_at(digits_end);
    let number: u64 = digits.parse().map_err(|_| expected())?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" if number == 0 => 0,
        _ => return Err(expected()),
    };
    match number.checked_mul(milliseconds) {
        Some(total) if total <= 3650 * 86_400_000 => Ok(Duration::from_millis(total)),
        _ => Err("takes a duration of ten years at most".to_owned()),
    }
}

/// A duration as it would be written.
pub fn written(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
    match units.into_iter().find(|(length, _)| milliseconds > 0 && milliseconds.is_multiple_of(*length)) {
        _ if milliseconds == 0 => "0".to_owned(),
        Some((length, unit)) => format!("{}{unit}", milliseconds / length),
        None => format!("{milliseconds}ms"),
    }
}

/// `true`, `false`; a variable may also say `1` and `0`.
pub fn switch(given: &str) -> Result<bool, String> {
    match given {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("takes true or false".to_owned()),
    }
}

/// An integer in a range.
pub fn count(given: &str, range: &RangeInclusive<i64>) -> Result<u64, String> {
    let expected = || format!("takes an integer from {} to {}", range.start(), range.end());
    let number: i64 = given.parse().map_err(|_| expected())?;
    if range.contains(&number) { u64::try_from(number).map_err(|_| expected()) } else { Err(expected()) }
}

/// A number of rows, or a share of them: `100`, `10%`.
pub fn limit(given: &str) -> Result<Limit, String> {
    let expected = || "takes a number of rows, or a share such as \"10%\"".to_owned();
    let Some(percent) = given.strip_suffix('%') else {
        return given.parse().map(Limit::Rows).map_err(|_| expected());
    };
    let digits = percent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match percent.parse::<f64>() {
        Ok(share) if digits && (0.0..=100.0).contains(&share) => Ok(Limit::Percent(share)),
        _ => Err(expected()),
    }
}

/// A range of versions, `>=1.0, <6.0`.
pub fn versions(given: &str) -> Result<semver::VersionReq, String> {
    given.parse().map_err(|_| "takes a range of versions such as \">=1.0, <6.0\"".to_owned())
}

/// A table's name that refinery splices into SQL as it is.
pub(super) fn table(given: &str) -> Result<(), String> {
    let first = given.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = given.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let taken = ["sqlite_", "evolve_"].iter().any(|own| given.to_ascii_lowercase().starts_with(own));
    if first && plain && !taken && given.len() <= 63 {
        return Ok(());
    }
    Err("takes a plain name of letters, digits and `_`, which does not begin with `sqlite_` or `evolve_`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, milliseconds) in [("0", 0), ("500ms", 500), ("60s", 60_000), ("10m", 600_000), ("2h", 7_200_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(
            ["0", "500ms", "60s", "30d"].map(|text| written(duration(text).unwrap())),
            ["0", "500ms", "1m", "30d"]
        );
    }

    #[test]
    fn b11_a_duration_out_of_range_is_refused() {
        for text in ["", "5", "-1s", "1.5s", "1 s", "5y", "99999999999999999999d", "9000000000000000000ms", "s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn b11_a_count_out_of_range_names_the_range() {
        for text in ["0", "-1", "9000000000000000000", "99999999999999999999", "x"] {
            assert_eq!(count(text, &(1..=100)), Err("takes an integer from 1 to 100".to_owned()), "{text}");
        }
    }
}
