//! `required`: a value that must be there.

use super::{Function, FunctionRow, Invalid, Sample};
use crate::value::Value;
use std::sync::Arc;

/// `required = true`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "required",
    means: "Refuses NULL; an empty text is a value.",
    parse: |fields| match fields.boolean("required")? {
        Some(true) => Ok(vec![Arc::new(Required)]),
        Some(false) | None => Ok(Vec::new()),
    },
    samples: &[
        Sample::gives("required = true", "''", "''"),
        Sample::gives("required = false", "NULL", "NULL"),
        Sample::refuses("required = true", "NULL"),
    ],
};

#[derive(Debug)]
struct Required;

impl Function for Required {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        if input == Value::Null { Err(Invalid::new(self.name(), "is missing")) } else { Ok(input) }
    }

    fn takes_null(&self) -> bool {
        true
    }
}
