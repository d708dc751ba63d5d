//! `length`: how long a text may be, in characters.

use super::function::text_of;
use super::scalar::{bad, pair};
use super::{Function, FunctionRow, Invalid, Sample};
use crate::catalog::Node;
use crate::error::Result;
use crate::value::Value;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// `length = [1, 80]`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "length",
    means: "Refuses text with fewer characters than the first number or more than the second (of a blob: bytes). NULL passes.",
    parse: |fields| match fields.take("length") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Length(read(&node)?))]),
    },
    samples: &[
        Sample::gives("length = [1, 3]", "'äöü'", "'äöü'"),
        Sample::gives("length = [2, 2]", "x'00ff'", "x'00ff'"),
        Sample::refuses("length = [1, 3]", "''"),
        Sample::refuses("length = [1, 3]", "1234"),
    ],
};

fn read(node: &Node<'_>) -> Result<RangeInclusive<i64>> {
    let (least, most) = pair(node, "the least and the greatest number of characters")?;
    let (from, to) = (least.integer_in(0..=i64::MAX)?, most.integer_in(0..=i64::MAX)?);
    if from <= to { Ok(from..=to) } else { Err(bad(node, "begins after it ends")) }
}

#[derive(Debug)]
struct Length(RangeInclusive<i64>);

impl Function for Length {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let length = match &input {
            Value::Blob(bytes) => bytes.len(),
            other => text_of(self.name(), other)?.chars().count(),
        };
        match i64::try_from(length).unwrap_or(i64::MAX) {
            short if short < *self.0.start() => Err(Invalid::new(self.name(), "is too short")),
            long if long > *self.0.end() => Err(Invalid::new(self.name(), "is too long")),
            _ => Ok(input),
        }
    }
}
