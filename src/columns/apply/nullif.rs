//! `nullif`: NULL instead of a value that stands for nothing.

use crate::columns::function::text_of;
use crate::columns::scalar::scalar_text;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "nullif",
    means: "Makes NULL of this value, compared as text and byte by byte; any other stays as it is.",
    make: Make::With(|node| Ok(Arc::new(NullIf(scalar_text(node)?)))),
    samples: &[
        Sample::gives(r#"apply = [{ nullif = "n/a" }]"#, "'n/a'", "NULL"),
        Sample::gives(r#"apply = [{ nullif = "n/a" }]"#, "'N/A'", "'N/A'"),
        Sample::gives("apply = [{ nullif = -1 }]", "-1", "NULL"),
        Sample::gives("apply = [{ nullif = \"\" }]", "x''", "x''"),
    ],
};

#[derive(Debug)]
struct NullIf(String);

impl Function for NullIf {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let same = text_of(self.name(), &input).is_ok_and(|text| text == self.0);
        Ok(if same { Value::Null } else { input })
    }
}
