//! `cast = "integer"`: a 64-bit integer, exactly.

use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "integer",
    means: "A 64-bit integer: of text that is its digits and nothing else, of a real without a fraction.",
    make: Make::Plain(|| Arc::new(ToInteger)),
    samples: &[
        Sample::gives(r#"cast = "integer""#, "'-9223372036854775808'", "(-9223372036854775808)"),
        Sample::gives(r#"cast = "integer""#, "3.0", "3"),
        Sample::refuses(r#"cast = "integer""#, "3.5"),
        Sample::refuses(r#"cast = "integer""#, "'007'"),
        Sample::refuses(r#"cast = "integer""#, "'9999999999999999999'"),
        Sample::refuses(r#"cast = "integer""#, "1e30"),
        Sample::refuses(r#"cast = "integer""#, "x'31'"),
    ],
};

#[derive(Debug)]
struct ToInteger;

impl Function for ToInteger {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        integer_of(&input).map(Value::Integer).ok_or_else(|| Invalid::new(self.name(), "is no integer of 64 bits"))
    }
}

/// The integer that a value is, if it is one.
pub(in crate::columns) fn integer_of(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Real(number) => exactly(*number),
        Value::Text(text) => text.parse().ok().filter(|number: &i64| number.to_string() == *text),
        Value::Null | Value::Blob(_) | Value::Unclear(_) => None,
    }
}

/// Both bounds are powers of two, so that the comparison is exact: i64::MAX itself is no real.
fn exactly(number: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "in range and without a fraction")]
    (number.fract() == 0.0 && (-END..END).contains(&number)).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f52_b61_nothing_is_guessed() {
        for text in "12abc| 12 |12 |１２|9999999999999999999|0x1F|+1|-0|1e3|5.0|1_000|abc|".split('|') {
            assert_eq!(integer_of(&Value::Text(text.into())), None, "{text:?}");
        }
        for number in [1e30, 9_223_372_036_854_775_808.0, f64::NAN, f64::INFINITY, 0.5, -9.3e18] {
            assert_eq!(integer_of(&Value::Real(number)), None, "{number}");
        }
        assert_eq!(integer_of(&Value::Real(-9_223_372_036_854_775_808.0)), Some(i64::MIN));
    }
}
