//! `render`: a date, in the format of the target.

use super::function::text_of;
use super::moment::format::{Declared, Way};
use super::moment::{Choice, iso};
use super::{Function, FunctionRow, Invalid, Sample};
use crate::value::Value;
use std::sync::Arc;

/// `render = "unix_ms"`, `render = { as = "%d.%m.%Y", zone = "Europe/Berlin" }`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "render",
    means: "Writes a date of ISO 8601, as parse makes it, as iso8601, unix_s, unix_ms, unix_us or by a pattern, in UTC \
            or a zone. Digits of the second that would be lost are refused; a pattern without a second writes none. So is a \
            moment that would not be read back: a zone's clock that was not whole minutes from UTC, or another year's.",
    parse: |fields| match fields.take("render") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Render(Declared::read(&node, Way::Write)?))]),
    },
    samples: &[
        Sample::gives(r#"render = "iso8601""#, "'2024-05-01T10:00:00.5+02:00'", "'2024-05-01T08:00:00.5Z'"),
        Sample::gives(r#"render = "unix_s""#, "'2023-11-14T22:13:20.000Z'", "1700000000"),
        Sample::gives(r#"render = "unix_us""#, "'1969-12-31T23:59:59.999999Z'", "(-1)"),
        Sample::gives(r#"render = "%d.%m.%Y""#, "'2023-12-24'", "'24.12.2023'"),
        Sample::gives(
            r#"render = { as = "iso8601", zone = "Europe/Berlin" }"#,
            "'2024-07-01T00:00:00Z'",
            "'2024-07-01T02:00:00+02:00'",
        ),
        Sample::gives(r#"render = "%H:%M:%S%.3f""#, "'2024-05-01T10:00:00.120Z'", "'10:00:00.120'"),
        Sample::gives(r#"render = "%d.%m.%Y""#, "'2023-12-24T10:00:00.5Z'", "'24.12.2023'"),
        Sample::refuses(r#"render = "%Y-%m-%d %H:%M:%S""#, "'2024-05-01T10:00:00.5Z'"),
        Sample::refuses(r#"render = "%H:%M:%S%.3f""#, "'2024-05-01T10:00:00.1239Z'"),
        Sample::refuses(r#"render = "%s""#, "'2024-05-01T10:00:00.5Z'"),
        Sample::refuses(r#"render = { as = "iso8601", zone = "America/New_York" }"#, "'1880-01-01T00:00:00Z'"),
        Sample::refuses(r#"render = "unix_s""#, "'2023-11-14T22:13:20.007Z'"),
        Sample::refuses(r#"render = "unix_s""#, "'2023-12-24'"),
        Sample::refuses(r#"render = "%H:%M""#, "'2023-12-24'"),
        Sample::refuses(r#"render = "iso8601""#, "'yesterday'"),
    ],
};

#[derive(Debug)]
struct Render(Declared);

impl Function for Render {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        let moment = iso::read(&text).and_then(|reading| reading.resolve(None, Choice::Fail));
        moment.and_then(|moment| self.0.render(&moment)).map_err(|reason| Invalid::new(self.name(), reason))
    }
}
