//! `round`: a decimal number to a number of digits, in a stated mode, by its own digits.

use crate::columns::decimal::{Decimal, Rounding};
use crate::columns::scalar::{bad, pair, unknown};
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "round",
    means: "Rounds to digits after the point (before it if negative): half_even, half_up (away from zero), down, up.",
    make: Make::With(|node| {
        let (digits, mode) = pair(node, "a number of digits and a mode")?;
        let (places, word) = (digits.integer()?, mode.text()?);
        let Some(places) = i32::try_from(places).ok().filter(|places| (-18..=18).contains(places)) else {
            return Err(bad(&digits, "takes a number of digits from -18 to 18"));
        };
        match MODES.iter().find(|(name, _)| *name == word) {
            Some((_, rounding)) => Ok(Arc::new(Round { places, rounding: *rounding })),
            None => Err(unknown(&mode, "round", &word, MODES.iter().map(|(name, _)| *name))),
        }
    }),
    samples: &[
        Sample::gives(r#"apply = [{ round = [2, "half_even"] }]"#, "0.285", "0.28"),
        Sample::gives(r#"apply = [{ round = [2, "half_up"] }]"#, "0.285", "0.29"),
        Sample::gives(r#"apply = [{ round = [2, "down"] }]"#, "'-1.239'", "'-1.23'"),
        Sample::gives(r#"apply = [{ round = [1, "up"] }]"#, "'7'", "'7.0'"),
        Sample::gives(r#"apply = [{ round = [-2, "half_even"] }]"#, "1250", "1200"),
        Sample::refuses(r#"apply = [{ round = [2, "half_even"] }]"#, "'1,5'"),
    ],
};

const MODES: [(&str, Rounding); 4] =
    [("half_even", Rounding::HalfEven), ("half_up", Rounding::HalfUp), ("down", Rounding::Down), ("up", Rounding::Up)];

#[derive(Debug)]
struct Round {
    places: i32,
    rounding: Rounding,
}

/// A number stays in its class; text gets exactly as many digits as were asked for.
impl Function for Round {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let number = Decimal::of(&input).ok_or_else(|| Invalid::new(self.name(), "is no decimal number"))?;
        let rounded = number.round(self.places, self.rounding).to_string();
        let value = match input {
            Value::Integer(_) if self.places >= 0 => Some(input),
            Value::Integer(_) => rounded.parse().ok().map(Value::Integer),
            Value::Real(_) => rounded.parse().ok().filter(|real: &f64| real.is_finite()).map(Value::Real),
            _ => Some(Value::Text(rounded)),
        };
        value.ok_or_else(|| Invalid::new(self.name(), "is too large once rounded"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f143_reals_round_by_their_shortest_digits_and_integers_stay_integers() {
        let round = |places, value| Round { places, rounding: Rounding::HalfEven }.call(value);
        assert_eq!(round(0, Value::Real(2.5)), Ok(Value::Real(2.0)));
        assert_eq!(round(2, Value::Real(1.005)), Ok(Value::Real(1.0)));
        assert_eq!(round(2, Value::Integer(i64::MAX)), Ok(Value::Integer(i64::MAX)));
        assert!(round(-18, Value::Integer(i64::MAX)).is_ok());
        assert!(Round { places: -18, rounding: Rounding::Up }.call(Value::Integer(i64::MAX)).is_err());
        assert!(round(2, Value::Real(f64::INFINITY)).is_err() && round(2, Value::Blob(vec![])).is_err());
    }
}
