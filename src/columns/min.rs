//! `min`: a bound from below.

use super::bound::Bound;
use super::{Function, FunctionRow, Invalid, Sample};
use crate::value::Value;
use std::cmp::Ordering;
use std::sync::Arc;

/// `min = 1`, `min = "2024-01-01"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "min",
    means: "Refuses what is less than this: numbers and their texts as numbers, text byte by byte. NULL passes.",
    parse: |fields| match fields.take("min") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Min(Bound::read(&node)?))]),
    },
    samples: &[
        Sample::gives("min = 1", "1", "1"),
        Sample::gives("min = 0.3", "'0.30'", "'0.30'"),
        Sample::gives(r#"min = "2024-01-01""#, "'2024-01-01'", "'2024-01-01'"),
        Sample::refuses("min = 1", "0.99"),
        Sample::refuses("min = 1", "'many'"),
        Sample::refuses(r#"min = "a""#, "7"),
    ],
};

#[derive(Debug)]
struct Min(Bound);

impl Function for Min {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        match self.0.compare(&input) {
            None => Err(Invalid::new(self.name(), self.0.expects())),
            Some(Ordering::Less) => Err(Invalid::new(self.name(), "is too small")),
            Some(_) => Ok(input),
        }
    }
}
