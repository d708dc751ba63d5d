//! `concat`: text with something before and after it.

use crate::columns::function::text_of;
use crate::columns::scalar::pair;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "concat",
    means: "Puts one text before the value and one after it.",
    make: Make::With(|node| {
        let (before, after) = pair(node, "the text before and the text after")?;
        Ok(Arc::new(Concat { before: before.text()?, after: after.text()? }))
    }),
    samples: &[
        Sample::gives(r#"apply = [{ concat = ["KB-", ""] }]"#, "17", "'KB-17'"),
        Sample::gives(r#"apply = [{ concat = ["(", ")"] }]"#, "''", "'()'"),
        Sample::refuses(r#"apply = [{ concat = ["(", ")"] }]"#, "x''"),
    ],
};

#[derive(Debug)]
struct Concat {
    before: String,
    after: String,
}

impl Function for Concat {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        Ok(Value::Text(format!("{}{}{}", self.before, text_of(self.name(), &input)?, self.after)))
    }
}
