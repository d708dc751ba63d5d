//! Decimal numbers by their digits: read strictly, compared and rounded exactly.

mod round;
#[cfg(test)]
mod tests;

pub(super) use round::Rounding;

use super::function::shortest;
use crate::value::Value;
use std::cmp::Ordering;
use std::fmt;

/// A decimal number of any length: `digits` × 10^−`scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// 0 to 9 each, the most significant first, without leading zeros.
    digits: Vec<u8>,
    scale: i32,
}

/// Exponents beyond this are nobody's number, and would be as many zeros.
const EXPONENT: i32 = 1000;

impl Decimal {
    /// Strictly what JSON calls a number: no plus, no leading zero, no space, ASCII digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (number, exponent) = match rest.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, parse_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) => (whole, all_digits(fraction)?),
            None => (number, ""),
        };
        if all_digits(whole)?.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let digits = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').skip_while(|digit| *digit == 0);
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        Some(Self { negative, digits: digits.collect(), scale })
    }

    /// The number that a value is, text included; none for blobs, NULL and what is not finite.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Self::parse(&number.to_string()),
            Value::Real(number) => Self::parse(&shortest(*number)),
            Value::Text(text) => Self::parse(text),
            Value::Null | Value::Blob(_) | Value::Unclear(_) => None,
        }
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The magnitudes: first by where the first digit stands, then digit by digit.
    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let top = |number: &Self| i64::try_from(number.digits.len()).unwrap_or(i64::MAX) - i64::from(number.scale);
        let significant = |number: &Self| {
            let zeros = number.digits.iter().rev().take_while(|digit| **digit == 0).count();
            number.digits[..number.digits.len() - zeros].to_vec()
        };
        match (self.is_zero(), other.is_zero()) {
            (false, false) => top(self).cmp(&top(other)).then_with(|| significant(self).cmp(&significant(other))),
            (mine, others) => others.cmp(&mine),
        }
    }

    /// The numbers in their order, exactly: 1.0 equals 1.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| if number.is_zero() { 0 } else { 1 - 2 * i32::from(number.negative) };
        match (sign(self), sign(other)) {
            (-1, -1) => other.compare_magnitude(self),
            (1, 1) => self.compare_magnitude(other),
            (mine, others) => mine.cmp(&others),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits: String = self.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        if !self.is_zero() {
            digits.extend(std::iter::repeat_n('0', usize::try_from(-self.scale).unwrap_or(0)));
        }
        let scale = usize::try_from(self.scale).unwrap_or(0);
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let minus = if self.negative && !self.is_zero() { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{minus}{whole}{point}{fraction}")
    }
}

fn all_digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn parse_exponent(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let exponent: i32 = all_digits(digits)?.parse().ok()?;
    (exponent <= EXPONENT).then_some(sign * exponent)
}
