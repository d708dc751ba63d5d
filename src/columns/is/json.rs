//! `is = "json"`: JSON, left as it is written.

use super::Shape;
use crate::columns::json::Json;
use crate::columns::{Make, Sample, WordRow};
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "json",
    means: "JSON, as strictly as `apply` takes it.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no JSON", holds })),
    samples: &[Sample::gives(r#"is = "json""#, "'{ }'", "'{ }'"), Sample::refuses(r#"is = "json""#, "'{ '")],
};

fn holds(text: &str) -> bool {
    Json::parse(text).is_ok()
}
