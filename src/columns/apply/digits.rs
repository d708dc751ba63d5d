//! `digits`: the digits of a text, nothing else.

use crate::columns::function::text_of;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "digits",
    means: "Keeps the digits 0 to 9 only; digits of other scripts are refused, not dropped.",
    make: Make::Plain(|| Arc::new(Digits)),
    samples: &[
        Sample::gives(r#"apply = ["digits"]"#, "'+49 (30) 12-34'", "'49301234'"),
        Sample::gives(r#"apply = ["digits"]"#, "'none'", "''"),
        Sample::refuses(r#"apply = ["digits"]"#, "'１２'"),
    ],
};

#[derive(Debug)]
struct Digits;

impl Function for Digits {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        if text.chars().any(|letter| letter.is_numeric() && !letter.is_ascii()) {
            return Err(Invalid::new(self.name(), "holds digits other than 0 to 9"));
        }
        Ok(Value::Text(text.chars().filter(char::is_ascii_digit).collect()))
    }
}
