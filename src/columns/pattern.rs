//! `pattern`: a regular expression that the whole text must match.

use super::function::text_of;
use super::scalar::bad;
use super::{Function, FunctionRow, Invalid, Sample};
use crate::catalog::Node;
use crate::error::Result;
use crate::value::Value;
use regex::{Regex, RegexBuilder};
use std::sync::Arc;

/// `pattern = "[A-Z]{2}-\\d+"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "pattern",
    means: "Refuses text that the regular expression does not match as a whole; linear in time. NULL passes.",
    parse: |fields| match fields.take("pattern") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Pattern(whole(&node)?))]),
    },
    samples: &[
        Sample::gives(r#"pattern = "[A-Z]{2}-[0-9]+""#, "'AB-12'", "'AB-12'"),
        Sample::gives(r#"pattern = "a|ab""#, "'ab'", "'ab'"),
        Sample::gives(r#"pattern = "[0-9]{2}""#, "12", "12"),
        Sample::refuses(r#"pattern = "[A-Z]{2}-[0-9]+""#, "'xAB-12'"),
        Sample::refuses(r#"pattern = "[0-9]+""#, "'12\n'"),
    ],
};

/// What one compiled expression may take of memory.
const SIZE: usize = 1 << 20;

/// A regular expression, or an error at its place.
pub(super) fn compile(node: &Node<'_>, expression: &str) -> Result<Regex> {
    RegexBuilder::new(expression).size_limit(SIZE).build().map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "is too large a regular expression".to_owned(),
            other => format!("is no regular expression: {}", other.to_string().lines().last().unwrap_or_default()),
        };
        bad(node, why).hint("look-around and back-references are not known: every expression runs in linear time")
    })
}

/// A regular expression of a stage file that is to match a whole text. It alone must be one, so that no parenthesis of it
/// closes ours.
pub fn whole(node: &Node<'_>) -> Result<Regex> {
    let expression = node.filled_text()?;
    compile(node, &expression)?;
    compile(node, &format!(r"\A(?:{expression})\z"))
}

#[derive(Debug)]
struct Pattern(Regex);

impl Function for Pattern {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        if self.0.is_match(&text) { Ok(input) } else { Err(Invalid::new(self.name(), "does not match the pattern")) }
    }
}
