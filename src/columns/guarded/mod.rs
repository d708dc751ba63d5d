//! A function whose value goes into a column that makes numbers of text by itself.
//!
//! Such a column keeps 15 to 17 digits of a number and drops the others without a word, and the zeros and spaces around
//! one. The guard makes the number itself where it is the same, and refuses the value where it is not.

#[cfg(test)]
mod tests;

use super::cast::integer_of;
use super::decimal::{Decimal, Rounding};
use super::{Function, Invalid, Protection};
use crate::catalog::FunctionId;
use crate::value::Value;
use std::cmp::Ordering;
use std::sync::Arc;

/// Which numbers a column holds that makes numbers of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Integers of 64 bits, and floats.
    Any,
    /// Floats only.
    Real,
}

/// The function, refusing values that a column of such numbers would store as others.
pub fn guarded(function: &Arc<dyn Function>, numbers: Numbers) -> Arc<dyn Function> {
    Arc::new(Guarded { function: Arc::clone(function), numbers })
}

/// The value that a column of such numbers holds of this one, where that is the same.
pub fn kept(value: Value, numbers: Numbers) -> Result<Value, Invalid> {
    match value {
        Value::Text(text) if is_taken_for_a_number(&text) => number(&text, numbers),
        Value::Integer(number) if numbers == Numbers::Real && !is_real(number) => Err(too_long()),
        Value::Real(real) if numbers == Numbers::Any && becomes_another(real) => Err(too_long()),
        other => Ok(other),
    }
}

/// The rule by which a value is refused that its column would change.
const RULE: &str = "stored";

#[derive(Debug)]
struct Guarded {
    function: Arc<dyn Function>,
    numbers: Numbers,
}

impl Function for Guarded {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        kept(self.function.call(input)?, self.numbers)
    }

    fn takes_null(&self) -> bool {
        self.function.takes_null()
    }

    fn foreign(&self) -> Option<(&FunctionId, usize)> {
        self.function.foreign()
    }

    fn protection(&self) -> Option<&Protection> {
        self.function.protection()
    }
}

fn too_long() -> Invalid {
    Invalid::new(RULE, "has more digits than its column holds (TEXT holds all)")
}

/// The number of a text, where it is written as one and is the same to the last digit.
fn number(text: &str, numbers: Numbers) -> Result<Value, Invalid> {
    let Some(exact) = Decimal::parse(text) else {
        return Err(Invalid::new(
            RULE,
            "would become a number in its column, and be written otherwise (TEXT keeps it)",
        ));
    };
    if let (Numbers::Any, Ok(number)) = (numbers, text.parse()) {
        return Ok(Value::Integer(number));
    }
    let real = Value::Real(text.parse().unwrap_or(f64::NAN));
    // A float holds every number of so few digits.
    if text.len() <= 15 && !text.contains(['e', 'E']) {
        return Ok(real);
    }
    // A large float with no fraction would become an integer of more digits than were written.
    let whole = exact.clone().round(0, Rounding::Down);
    if let (Numbers::Any, Ordering::Equal, Ok(number)) = (numbers, whole.compare(&exact), whole.to_string().parse()) {
        return Ok(Value::Integer(number));
    }
    match Decimal::of(&real).map(|read| read.compare(&exact)) {
        Some(Ordering::Equal) => Ok(real),
        _ => Err(too_long()),
    }
}

/// Whether a column that makes numbers of text makes one of this: spaces around it, a plus, a point at either end.
fn is_taken_for_a_number(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let has_digits = number.bytes().any(|byte| byte.is_ascii_digit()) && !exponent.is_empty();
    has_digits && digits(whole) && digits(fraction) && digits(exponent)
}

/// Whether a float without a fraction becomes an integer of other digits than its own.
fn becomes_another(real: f64) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if real.abs() < EXACT {
        return false;
    }
    let real = Value::Real(real);
    let Some(integer) = integer_of(&real) else { return false };
    let digits = (Decimal::of(&real), Decimal::of(&Value::Integer(integer)));
    matches!(digits, (Some(written), Some(stored)) if written.compare(&stored) != Ordering::Equal)
}

/// Whether a float is this integer.
fn is_real(number: i64) -> bool {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "that is what is looked at")]
    let back = number as f64 as i128;
    back == i128::from(number)
}
