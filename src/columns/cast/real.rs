//! `cast = "real"`: a 64-bit float that keeps every digit.

use crate::columns::decimal::Decimal;
use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::cmp::Ordering;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "real",
    means: "A 64-bit float: of a number or its text, where it holds all the digits (round before it, if it does not).",
    make: Make::Plain(|| Arc::new(ToReal)),
    samples: &[
        Sample::gives(r#"cast = "real""#, "'0.10'", "0.1"),
        Sample::gives(r#"cast = "real""#, "7", "7.0"),
        Sample::refuses(r#"cast = "real""#, "9e999"),
        Sample::refuses(r#"cast = "real""#, "'1,5'"),
        Sample::refuses(r#"cast = "real""#, "'123456789.123456789123'"),
        Sample::refuses(r#"cast = "real""#, "9007199254740993"),
    ],
};

#[derive(Debug)]
struct ToReal;

impl Function for ToReal {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        match input {
            Value::Real(number) if number.is_finite() => return Ok(input),
            Value::Real(_) => return Err(Invalid::new(self.name(), "is not a finite number")),
            _ => {}
        }
        let exact = Decimal::of(&input).ok_or_else(|| Invalid::new(self.name(), "is no number"))?;
        let real = Value::Real(text_of(self.name(), &input)?.parse().unwrap_or(f64::NAN));
        match Decimal::of(&real).map(|read| read.compare(&exact)) {
            Some(Ordering::Equal) => Ok(real),
            _ => Err(Invalid::new(self.name(), "has more digits than a real holds")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b49_b50_b52_f149_digits_are_kept_or_refused() {
        let cast = |text: &str| ToReal.call(Value::Text(text.into()));
        assert_eq!(cast("9007199254740991.0"), Ok(Value::Real(9_007_199_254_740_991.0)));
        assert_eq!(cast("1E2"), Ok(Value::Real(100.0)));
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(ToReal.call(Value::Real(number)).is_err());
        }
        assert!(matches!(cast("-0"), Ok(Value::Real(zero)) if zero == 0.0 && zero.is_sign_negative()));
        for text in ["9007199254740993", "1e400", "1e-400", "NaN", "inf", "Infinity", "12abc", " 1", "0x1F", "１"] {
            assert!(cast(text).is_err(), "{text}");
        }
    }
}
