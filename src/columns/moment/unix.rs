//! Moments as integers: seconds since 1970, or what so many digits of a second make of them.

use super::{Moment, OUTSIDE, Why};
use crate::columns::cast::integer_of;
use crate::value::Value;
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// The moment of an integer of units since 1970.
pub(super) fn parse(value: &Value, digits: u32) -> Result<Moment, Why> {
    let number = integer_of(value).ok_or("is no integer")?;
    let (unit, rest) = (10_i64.pow(digits), 10_i64.pow(9 - digits));
    let nanosecond = i32::try_from(number.rem_euclid(unit) * rest).map_err(|_| OUTSIDE)?;
    let since = SignedDuration::new(number.div_euclid(unit), nanosecond);
    Moment::at(EPOCH.checked_add(since).map_err(|_| OUTSIDE)?, digits as usize)
}

/// How many units since 1970 a moment is, to the last digit.
pub(super) fn render(at: DateTime, digits: u32) -> Result<i64, Why> {
    let unit = 10_i128.pow(9 - digits);
    match at.duration_since(EPOCH).as_nanos() {
        finer if finer % unit != 0 => Err("has more digits of the second than the unit holds"),
        exact => i64::try_from(exact / unit).map_err(|_| OUTSIDE),
    }
}
