//! `max`: a bound from above.

use super::bound::Bound;
use super::{Function, FunctionRow, Invalid, Sample};
use crate::value::Value;
use std::cmp::Ordering;
use std::sync::Arc;

/// `max = 1`, `max = "2024-01-01"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "max",
    means: "Refuses what is more than this: numbers and their texts as numbers, text byte by byte. NULL passes.",
    parse: |fields| match fields.take("max") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Max(Bound::read(&node)?))]),
    },
    samples: &[
        Sample::gives("max = 10", "9", "9"),
        Sample::gives("max = 9007199254740993", "9007199254740993", "9007199254740993"),
        Sample::refuses("max = 9007199254740992", "9007199254740993"),
        Sample::refuses("max = 10", "'10.01'"),
        Sample::refuses(r#"max = "b""#, "'bb'"),
        Sample::refuses("max = 10", "x'31'"),
    ],
};

#[derive(Debug)]
struct Max(Bound);

impl Function for Max {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        match self.0.compare(&input) {
            None => Err(Invalid::new(self.name(), self.0.expects())),
            Some(Ordering::Greater) => Err(Invalid::new(self.name(), "is too large")),
            Some(_) => Ok(input),
        }
    }
}
