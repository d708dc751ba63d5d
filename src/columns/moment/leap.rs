//! The leap second, 23:59:60 of UTC at the end of a month, which no engine holds.

use super::{Choice, Why, moved};
use jiff::civil::DateTime;

/// The moment that stands for a leap second, by the second before it, as UTC's clock shows that.
pub(super) fn second(before: DateTime, choice: Choice) -> Result<DateTime, Why> {
    let is_last = (before.hour(), before.minute(), before.second()) == (23, 59, 59)
        && before.date() == before.date().last_of_month();
    match choice {
        _ if !is_last => Err("is a 60th second where no clock has one"),
        Choice::Fail => Err("is a leap second, which no engine holds (`leap` says what it becomes)"),
        Choice::Earlier => Ok(before),
        Choice::Later => moved(before, 1),
    }
}
