//! `one_of`: the values there may be.

use super::function::text_of;
use super::scalar::{bad, scalar_text};
use super::{Function, FunctionRow, Invalid, Sample};
use crate::catalog::Node;
use crate::error::Result;
use crate::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// `one_of = ["low", "medium", "high"]`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "one_of",
    means: "Refuses what is none of the list, compared as text and byte by byte. NULL passes.",
    parse: |fields| match fields.take("one_of") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(OneOf(read(&node)?))]),
    },
    samples: &[
        Sample::gives(r#"one_of = ["low", "high"]"#, "'low'", "'low'"),
        Sample::gives("one_of = [1, 2]", "'2'", "'2'"),
        Sample::refuses(r#"one_of = ["low", "high"]"#, "'Low'"),
        Sample::refuses(r#"one_of = ["low"]"#, "x'6c6f77'"),
    ],
};

fn read(node: &Node<'_>) -> Result<BTreeSet<String>> {
    let values: BTreeSet<String> = node.list()?.iter().map(scalar_text).collect::<Result<_>>()?;
    if values.is_empty() { Err(bad(node, "takes at least one value")) } else { Ok(values) }
}

#[derive(Debug)]
struct OneOf(BTreeSet<String>);

impl Function for OneOf {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let known = self.0.contains(&*text_of(self.name(), &input)?);
        if known { Ok(input) } else { Err(Invalid::new(self.name(), "is none of the list")) }
    }
}
