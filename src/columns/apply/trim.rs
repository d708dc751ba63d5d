//! `trim`: text without the space around it.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "trim",
    means: "Removes white space, of all of Unicode, from both ends.",
    make: Make::Plain(|| Arc::new(Trim)),
    samples: &[
        Sample::gives(r#"apply = ["trim"]"#, "' a b '", "'a b'"),
        Sample::gives(r#"apply = ["trim"]"#, "'\u{a0}\u{3000}x\n'", "'x'"),
        Sample::gives(r#"apply = ["trim"]"#, "7", "'7'"),
        Sample::refuses(r#"apply = ["trim"]"#, "x'20'"),
    ],
};

#[derive(Debug)]
struct Trim;

impl Function for Trim {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(Value::Text(text_of(self.name(), &input)?.trim().to_owned()))
    }
}
