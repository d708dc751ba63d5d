//! `default`: a value where there is none.

use super::scalar::scalar;
use super::{Function, FunctionRow, Invalid, Sample, literal};
use crate::value::Value;
use std::sync::Arc;

/// `default = "unknown"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "default",
    means: "Gives this value where the value is NULL, or was not there.",
    parse: |fields| match fields.take("default") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Default(scalar(&node)?))]),
    },
    samples: &[
        Sample::gives(r#"default = "it's unknown""#, "NULL", "'it''s unknown'"),
        Sample::gives(r#"default = "unknown""#, "''", "''"),
        Sample::gives("default = true", "NULL", "1"),
        Sample::gives("default = -0.5", "NULL", "(-0.5)"),
    ],
};

#[derive(Debug)]
struct Default(Value);

impl Function for Default {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(if input == Value::Null { self.0.clone() } else { input })
    }

    fn sql(&self, input: &str) -> Option<String> {
        Some(format!("coalesce({input}, {})", literal(&self.0)))
    }

    fn takes_null(&self) -> bool {
        true
    }
}
