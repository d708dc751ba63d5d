//! `apply`: a list of functions, called one after the other, first of all.
//!
//! Functions of text take numbers as their shortest text, and refuse blobs.

use super::{FunctionRow, Sample, WordRow, foreign, word};

mod concat;
mod digits;
mod fold;
mod hash;
mod json;
mod json_get;
mod lower;
mod nullif;
mod pad_left;
mod replace;
mod round;
mod slug;
mod split_part;
mod trim;
mod upper;

pub(super) use json::MustBeJson;
pub(super) use json_get::json_get;

/// `apply = ["trim", { split_part = [" ", 1] }]`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "apply",
    means: "Calls functions of the list, one after the other.",
    parse: |fields| match fields.take("apply") {
        None => Ok(Vec::new()),
        Some(node) => {
            let function = |item| foreign::read(item)?.map_or_else(|| word::read(APPLY, "apply", item), Ok);
            node.list()?.iter().map(function).collect()
        }
    },
    samples: &[
        Sample::gives(r#"apply = ["trim", "upper"]"#, "' a '", "'A'"),
        Sample::gives("apply = []", "' a '", "' a '"),
        Sample::gives(r#"apply = ["trim"]"#, "NULL", "NULL"),
    ],
};

/// Every word of `apply`.
pub const APPLY: &[WordRow] = &[
    trim::ROW,
    upper::ROW,
    lower::ROW,
    fold::ROW,
    digits::ROW,
    slug::ROW,
    json::ROW,
    json_get::ROW,
    split_part::ROW,
    concat::ROW,
    replace::ROW,
    round::ROW,
    hash::ROW,
    nullif::ROW,
    pad_left::ROW,
];
