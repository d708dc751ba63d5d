//! `lower`: text in small letters.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "lower",
    means: "Makes letters small, of all of Unicode; never depends on a locale.",
    make: Make::Plain(|| Arc::new(Lower)),
    samples: &[
        Sample::gives(r#"apply = ["lower"]"#, "'ÉSS ΟΔΟΣ'", "'éss οδος'"),
        Sample::refuses(r#"apply = ["lower"]"#, "x'41'"),
    ],
};

#[derive(Debug)]
struct Lower;

impl Function for Lower {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(Value::Text(text_of(self.name(), &input)?.to_lowercase()))
    }
}
