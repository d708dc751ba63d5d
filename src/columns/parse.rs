//! `parse`: a date, of a stated format.

use super::moment::format::{Declared, Way};
use super::{Function, FunctionRow, Invalid, Sample};
use crate::value::Value;
use std::sync::Arc;

/// `parse = "unix_ms"`, `parse = { as = "%d.%m.%Y %H:%M", zone = "Europe/Berlin", gap = "later", fold = "earlier" }`,
/// `parse = { as = "iso8601", leap = "later" }`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "parse",
    means: "Reads a date of iso8601, unix_s, unix_ms, unix_us or a pattern, and makes it ISO 8601 in UTC. A day without \
            a time stays one. A time without an offset needs a zone; where its clock changes, gap and fold decide, and \
            leap what the second 23:59:60 of UTC becomes: fail, earlier, later.",
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
        Sample::gives(r#"parse = "iso8601""#, "'9999-12-31T23:59:59Z'", "'9999-12-31T23:59:59Z'"),
        Sample::gives(
            r#"parse = { as = "iso8601", zone = "America/New_York", gap = "later" }"#,
            "'2024-03-10 02:30:00'",
            "'2024-03-10T07:30:00Z'",
        ),
        Sample::gives(
            r#"parse = { as = "%d.%m.%Y %H:%M", zone = "Europe/Berlin", fold = "earlier" }"#,
            "'27.10.2024 02:30'",
            "'2024-10-27T00:30:00Z'",
        ),
        Sample::gives(
            r#"parse = { as = "iso8601", leap = "earlier" }"#,
            "'2016-12-31T23:59:60.5Z'",
            "'2016-12-31T23:59:59.5Z'",
        ),
        Sample::gives(
            r#"parse = { as = "%Y%m%d%H%M%S %z", leap = "later" }"#,
            "'20170101005960 +0100'",
            "'2017-01-01T00:00:00Z'",
        ),
        Sample::refuses(r#"parse = { as = "iso8601", leap = "later" }"#, "'2016-12-30T23:59:60Z'"),
        Sample::refuses(r#"parse = "%Y-%m-%d %H:%M %z""#, "'2024-01-01 10:00 +2500'"),
        Sample::refuses(r#"parse = "%d.%m.%Y""#, "'1.2. 2024'"),
        Sample::refuses(r#"parse = "iso8601""#, "'2024-05-01T10:00:00 CET'"),
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
