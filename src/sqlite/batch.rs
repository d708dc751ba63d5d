//! The next batch of a ready Movement: which rows it is about, and what the database's refusal of one means.

use crate::error::{Error, Result, codes};
use crate::sqlite::functions;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::survey::SAME_KEY;
use crate::value::Value;

/// The next batch.
pub(super) struct Next {
    pub(super) range: Range,
    pub(super) values: Vec<Value>,
    pub(super) last: Vec<Value>,
    pub(super) end: bool,
}

impl SqliteMover<'_> {
    /// A constraint that refuses a row is the step's failure, not the database's.
    pub(super) fn explain(&self, error: Error) -> Error {
        let words = error.message().to_owned();
        if words.contains(functions::NO_KEY) {
            let message = format!(
                "{}: {} for a row, which could not be found again to be taken back",
                self.movement.name,
                functions::NO_KEY
            );
            return Error::new(codes::STEP_FAILED, message)
                .hint("give it a value, leave these rows out with `where`, or say undo = \"journal\"");
        }
        if words.starts_with(SAME_KEY) {
            return Error::new(
                codes::CONFLICT,
                format!("{}: a row with this key is there already ({words})", self.movement.name),
            )
            .hint("say what happens then: on_conflict = \"skip\", \"overwrite\", …");
        }
        error
    }

    /// What the next batch is about: its range, its parameters, its last key.
    pub(super) fn next(&self, after: Option<&[Value]>, until: Option<&[Value]>, rows: u64) -> Result<Option<Next>> {
        let rendering = self.rendering();
        let left = match (after, until) {
            (None, None) => Range::All,
            (None, Some(_)) => Range::First,
            (Some(_), None) => Range::After,
            (Some(_), Some(_)) => Range::Between,
        };
        let ends = after.into_iter().chain(until).flatten().cloned();
        let mut values: Vec<Value> = ends.collect();
        let rows = self.within_bytes(left, &values, rows)?;
        values.push(Value::Integer(i64::try_from(rows.max(1) - 1).unwrap_or(i64::MAX)));
        let boundary = self.ask(&rendering.boundary(left), &values)?;
        values.pop();
        let (last, end) = match boundary.into_iter().next() {
            Some(last) => (last, false),
            None => match self.ask(&rendering.last(left), &values)?.into_iter().next() {
                Some(last) => (last, true),
                None => return Ok(None),
            },
        };
        let range = if after.is_some() { Range::Between } else { Range::First };
        let values = after.into_iter().flatten().cloned().chain(last.iter().cloned()).collect();
        Ok(Some(Next { range, values, last, end }))
    }
}
