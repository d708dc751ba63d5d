//! `upper`: text in capitals.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "upper",
    means: "Makes letters capitals, of all of Unicode; never depends on a locale.",
    make: Make::Plain(|| Arc::new(Upper)),
    samples: &[
        Sample::gives(r#"apply = ["upper"]"#, "'straße é'", "'STRASSE É'"),
        Sample::refuses(r#"apply = ["upper"]"#, "x'61'"),
    ],
};

#[derive(Debug)]
struct Upper;

impl Function for Upper {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(Value::Text(text_of(self.name(), &input)?.to_uppercase()))
    }
}
