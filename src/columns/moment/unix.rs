//! Moments as integers: seconds since 1970, or what so many digits of a second make of them.

use super::{Moment, Why};
use crate::columns::cast::integer_of;
use crate::value::Value;
use jiff::Timestamp;

/// The moment of an integer of units since 1970.
pub(super) fn parse(value: &Value, digits: u32) -> Result<Moment, Why> {
    let number = integer_of(value).ok_or("is no integer")?;
    let nanoseconds = i128::from(number) * 10_i128.pow(9 - digits);
    let at = Timestamp::from_nanosecond(nanoseconds).map_err(|_| "is a date outside of the years 1 to 9999")?;
    Moment::at(at, digits as usize)
}

/// How many units since 1970 a moment is, to the last digit.
pub(super) fn render(at: Timestamp, digits: u32) -> Result<i64, Why> {
    let unit = 10_i128.pow(9 - digits);
    match at.as_nanosecond() {
        finer if finer % unit != 0 => Err("has more digits of the second than the unit holds"),
        exact => i64::try_from(exact / unit).map_err(|_| "is a date outside of the years 1 to 9999"),
    }
}
