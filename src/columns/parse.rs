//! `parse`: a date, of a stated format.

use super::moment::format::{Declared, Way};
use super::{Function, FunctionRow, Invalid, Sample};
use crate::value::Value;
use std::sync::Arc;

/// `parse = "unix_ms"`, `parse = { as = "%d.%m.%Y %H:%M", zone = "Europe/Berlin", gap = "later", fold = "earlier" }`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "parse",
    means: "Reads a date of iso8601, unix_s, unix_ms, unix_us or a pattern, and makes it ISO 8601 in UTC. A day without \
            a time stays one. A time without an offset needs a zone; where its clock changes, gap and fold decide: \
            fail, earlier, later.",
    parse: |fields| match fields.take("parse") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Parse(Declared::read(&node, Way::Read)?))]),
    },
    samples: &[
        Sample::gives(r#"parse = "iso8601""#, "'2024-05-01T10:00:00.50+02:00'", "'2024-05-01T08:00:00.50Z'"),
        Sample::gives(r#"parse = "iso8601""#, "'2024-05-01'", "'2024-05-01'"),
        Sample::gives(r#"parse = "unix_s""#, "1700000000", "'2023-11-14T22:13:20Z'"),
        Sample::gives(r#"parse = "unix_ms""#, "'1700000000007'", "'2023-11-14T22:13:20.007Z'"),
        Sample::gives(r#"parse = "unix_us""#, "-1", "'1969-12-31T23:59:59.999999Z'"),
        Sample::gives(r#"parse = "%d.%m.%Y""#, "'24.12.2023'", "'2023-12-24'"),
        Sample::gives(
            r#"parse = { as = "%d.%m.%Y %H:%M", zone = "Europe/Berlin" }"#,
            "'24.12.2023 18:00'",
            "'2023-12-24T17:00:00Z'",
        ),
        Sample::refuses(r#"parse = "iso8601""#, "'2024-05-01T10:00:00'"),
        Sample::refuses(r#"parse = "iso8601""#, "'2023-02-30'"),
        Sample::refuses(r#"parse = "iso8601""#, "'2016-12-31T23:59:60Z'"),
        Sample::refuses(r#"parse = "unix_s""#, "1700000000007"),
        Sample::refuses(
            r#"parse = { as = "iso8601", zone = "Europe/Berlin", fold = "earlier" }"#,
            "'2024-03-31 02:30:00'",
        ),
    ],
};

#[derive(Debug)]
struct Parse(Declared);

impl Function for Parse {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let moment = self.0.parse(input).map_err(|reason| Invalid::new(self.name(), reason))?;
        Ok(Value::Text(moment.text()))
    }
}
