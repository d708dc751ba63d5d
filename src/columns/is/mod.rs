//! `is`: text that must have a known shape. The value itself stays as it is.

use super::function::text_of;
use super::{Function, FunctionRow, Invalid, Sample, WordRow, word};
use crate::value::Value;

mod date;
mod datetime;
mod email;
mod ipv4;
mod ipv6;
mod json;
mod ulid;
mod url;
mod uuid;

/// `is = "email"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "is",
    means: "Refuses text that does not have the shape of its word; NULL passes.",
    parse: |fields| match fields.take("is") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![word::read(IS, "is", &node)?]),
    },
    samples: &[
        Sample::gives(r#"is = "email""#, "'ann@example.org'", "'ann@example.org'"),
        Sample::gives(r#"is = "email""#, "NULL", "NULL"),
        Sample::refuses(r#"is = "email""#, "'ann'"),
    ],
};

/// Every word of `is`.
pub const IS: &[WordRow] =
    &[email::ROW, uuid::ROW, ulid::ROW, url::ROW, date::ROW, datetime::ROW, ipv4::ROW, ipv6::ROW, json::ROW];

/// A rule that looks at the text only.
#[derive(Debug)]
struct Shape {
    /// Why a text is refused: "is no e-mail address".
    reason: &'static str,
    /// Whether a text has the shape.
    holds: fn(&str) -> bool,
}

impl Function for Shape {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        if (self.holds)(&text) { Ok(input) } else { Err(Invalid::new(self.name(), self.reason)) }
    }
}
