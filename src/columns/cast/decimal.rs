//! `cast = "decimal"`: a decimal number of any length, as text.

use crate::columns::decimal::Decimal;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "decimal",
    means: "A decimal number as text, with all its digits and without an exponent.",
    make: Make::Plain(|| Arc::new(ToDecimal)),
    samples: &[
        Sample::gives(r#"cast = "decimal""#, "'123456789.123456789120'", "'123456789.123456789120'"),
        Sample::gives(r#"cast = "decimal""#, "'1E2'", "'100'"),
        Sample::gives(r#"cast = "decimal""#, "0.1", "'0.1'"),
        Sample::refuses(r#"cast = "decimal""#, "'1,5'"),
        Sample::refuses(r#"cast = "decimal""#, "' 12 '"),
    ],
};

#[derive(Debug)]
struct ToDecimal;

impl Function for ToDecimal {
    fn name(&self) -> &'static str {
        "cast"
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        match Decimal::of(&input) {
            Some(number) => Ok(Value::Text(number.to_string())),
            None => Err(Invalid::new(self.name(), "is no decimal number")),
        }
    }
}
