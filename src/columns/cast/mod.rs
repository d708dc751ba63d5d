//! `cast`: a value as another class, without guessing: a value that is none is refused.

use super::{FunctionRow, Sample, WordRow, word};

mod blob;
mod boolean;
mod decimal;
mod integer;
mod json;
mod real;
mod text;

pub(super) use integer::integer_of;

/// `cast = "integer"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "cast",
    means: "Makes a value of another class of the value, where it is one to the last digit.",
    parse: |fields| match fields.take("cast") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![word::read(CAST, "cast", &node)?]),
    },
    samples: &[
        Sample::gives(r#"cast = "integer""#, "'42'", "42"),
        Sample::gives(r#"cast = "integer""#, "NULL", "NULL"),
        Sample::refuses(r#"cast = "integer""#, "'12abc'"),
    ],
};

/// Every word of `cast`.
pub const CAST: &[WordRow] = &[integer::ROW, real::ROW, decimal::ROW, boolean::ROW, text::ROW, blob::ROW, json::ROW];
