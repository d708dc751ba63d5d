//! `json_get`: the part of a JSON text that a JSON Pointer leads to.

use crate::columns::function::text_of;
use crate::columns::json::{Json, pointer};
use crate::columns::scalar::bad;
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "json_get",
    means: "Takes what a JSON Pointer leads to; nothing there is NULL, an array or object its minified text, a number \
            with a point or an exponent text with all its digits.",
    make: Make::With(|node| match pointer(&node.text()?) {
        Some(path) => Ok(json_get(path)),
        None => Err(bad(node, "takes a JSON Pointer").hint("such as \"/owner/name\"; ~0 is ~ and ~1 is /")),
    }),
    samples: &[
        Sample::gives(r#"apply = [{ json_get = "/owner/name" }]"#, r#"'{"owner":{"name":"Ann"}}'"#, "'Ann'"),
        Sample::gives(r#"apply = [{ json_get = "/1" }]"#, "'[1,true]'", "1"),
        Sample::gives(r#"apply = [{ json_get = "/0" }]"#, "'[1.10]'", "'1.10'"),
        Sample::gives(r#"apply = [{ json_get = "/0" }], cast = "real""#, "'[0.00001]'", "1e-5"),
        Sample::gives(r#"apply = [{ json_get = "/x" }]"#, "'{}'", "NULL"),
        Sample::refuses(r#"apply = [{ json_get = "/x" }]"#, "'{'"),
    ],
};

/// Takes what this path leads to.
pub fn json_get(path: Vec<String>) -> Arc<dyn Function> {
    Arc::new(JsonGet(path))
}

#[derive(Debug)]
struct JsonGet(Vec<String>);

impl Function for JsonGet {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        let json = Json::parse(&text).map_err(|reason| Invalid::new(self.name(), reason))?;
        Ok(json.get(&self.0).map_or(Value::Null, Json::value))
    }
}
