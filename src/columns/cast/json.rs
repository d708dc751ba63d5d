//! `cast = "json"`: JSON as minified text, the same as `apply = ["json"]`, after a `map`.

use crate::columns::apply::MustBeJson;
use crate::columns::{Make, Sample, WordRow};
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "json",
    means: "JSON as minified text: of text that is JSON, and of numbers.",
    make: Make::Plain(|| Arc::new(MustBeJson { name: "cast" })),
    samples: &[
        Sample::gives(r#"cast = "json""#, "'[1, 2 ]'", "'[1,2]'"),
        Sample::gives(r#"cast = "json""#, "1.5", "'1.5'"),
        Sample::refuses(r#"cast = "json""#, "'[1, 2'"),
    ],
};
