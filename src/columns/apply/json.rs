//! `json`: text that must be JSON, minified.

use crate::columns::function::text_of;
use crate::columns::json::Json;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "json",
    means: "Takes text that is JSON, and minifies it; numbers keep their digits, a key that stands twice is refused.",
    make: Make::Plain(|| Arc::new(MustBeJson { name: "json" })),
    samples: &[
        Sample::gives(r#"apply = ["json"]"#, r#"'{ "a": [1.50, 1E2] }'"#, r#"'{"a":[1.50,1E2]}'"#),
        Sample::refuses(r#"apply = ["json"]"#, r#"'{"a":1,"a":2}'"#),
        Sample::refuses(r#"apply = ["json"]"#, "'plain text'"),
    ],
};

/// Text that must be JSON; also what `cast = "json"` is.
#[derive(Debug)]
pub(in crate::columns) struct MustBeJson {
    /// The name it goes by.
    pub(in crate::columns) name: &'static str,
}

impl Function for MustBeJson {
    fn name(&self) -> &'static str {
        self.name
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        let json = Json::parse(&text).map_err(|reason| Invalid::new(self.name(), reason))?;
        Ok(Value::Text(json.to_string()))
    }
}
