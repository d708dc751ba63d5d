//! `split_part`: one of the parts that a separator makes of a text.

use crate::columns::function::text_of;
use crate::columns::scalar::{bad, pair};
use crate::columns::{Function, Invalid, Make, Sample, WordRow};
use crate::value::Value;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "split_part",
    means: "Takes one part of the text between separators: 1 is the first, -1 the last; one that is not there is NULL.",
    make: Make::With(|node| {
        let (separator, part) = pair(node, "a separator and a number from 1, or from -1 at the end")?;
        let (text, number) = (separator.text()?, part.integer()?);
        match (text.is_empty(), number) {
            (true, _) => Err(bad(&separator, "takes no empty separator")),
            (_, 0) => Err(bad(&part, "counts parts from 1, or from -1 at the end")),
            (false, part) => Ok(Arc::new(SplitPart { separator: text, part })),
        }
    }),
    samples: &[
        Sample::gives(r#"apply = [{ split_part = [" ", 1] }]"#, "'Ann Lee Roe'", "'Ann'"),
        Sample::gives(r#"apply = [{ split_part = [" ", -1] }]"#, "'Ann Lee Roe'", "'Roe'"),
        Sample::gives(r#"apply = [{ split_part = [" ", 2] }]"#, "'Ann'", "NULL"),
        Sample::gives(r#"apply = [{ split_part = [",", 2] }]"#, "'a,,b'", "''"),
        Sample::refuses(r#"apply = [{ split_part = [" ", 1] }]"#, "x'20'"),
    ],
};

#[derive(Debug)]
struct SplitPart {
    separator: String,
    part: i64,
}

impl Function for SplitPart {
    fn name(&self) -> &'static str {
        ROW.key
    }

    fn call(&self, input: Value) -> Result<Value, Invalid> {
        let text = text_of(self.name(), &input)?;
        let parts: Vec<&str> = text.split(self.separator.as_str()).collect();
        let skipped = usize::try_from(self.part.unsigned_abs() - 1).unwrap_or(usize::MAX);
        let part = if self.part > 0 { parts.get(skipped) } else { parts.iter().rev().nth(skipped) };
        Ok(part.map_or(Value::Null, |part| Value::Text((*part).to_owned())))
    }
}
