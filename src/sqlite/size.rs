//! Batches that are bounded by bytes too: ten thousand rows of five megabytes are not one transaction.
//!
//! Rows are looked at before a batch is cut: the first few of it tell whether all would fit. Only where they would not is
//! each one's length asked for, so that rows of a usual size cost nothing that can be measured. Large rows that begin in
//! the middle of a batch are seen by the next one.

use crate::error::Result;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::value::Value;

/// How many rows of a batch are looked at.
const LOOKED_AT: i64 = 16;

/// The most rows whose lengths are asked for at once.
const COUNTED: u64 = 10_000;

/// From here on a number of rows means all there are, in one transaction.
const ALL: u64 = u64::MAX / 4;

/// What is asked about the rows of a batch.
#[derive(Debug, Clone, Copy)]
pub enum Question {
    /// The size of the largest of so many rows.
    Largest,
    /// How many of so many rows are together no larger than so many bytes.
    Fitting,
}

/// Whether so many rows, together no larger than so many bytes, must be asked about at all.
pub fn is_bounded(rows: u64, bytes: u64) -> bool {
    rows > 1 && rows < ALL && bytes != u64::MAX
}

/// How many of so many rows a batch may have that is no larger than so many bytes: at least one.
pub fn fit<E>(
    rows: u64,
    bytes: u64,
    ask: impl Fn(Question, &[i64]) -> std::result::Result<u64, E>,
) -> std::result::Result<u64, E> {
    if !is_bounded(rows, bytes) {
        return Ok(rows);
    }
    if ask(Question::Largest, &[LOOKED_AT])?.saturating_mul(rows) <= bytes {
        return Ok(rows);
    }
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let fits = ask(Question::Fitting, &[number(rows.min(COUNTED)), number(bytes)])?;
    Ok(fits.max(1))
}

impl SqliteMover<'_> {
    /// How many of so many rows a batch may have.
    pub(super) fn within_bytes(&self, range: Range, ends: &[Value], rows: u64) -> Result<u64> {
        if !is_bounded(rows, self.bytes) {
            return Ok(rows);
        }
        let rendering = self.rendering();
        let Some(largest) = rendering.largest(range) else { return Ok(rows) };
        let with = |more: &[i64]| -> Vec<Value> {
            ends.iter().cloned().chain(more.iter().map(|number| Value::Integer(*number))).collect()
        };
        let Some(fitting) = rendering.fitting(range) else { return Ok(rows) };
        fit(rows, self.bytes, |question, limits| match question {
            Question::Largest => self.number(&largest, &with(limits)),
            Question::Fitting => self.number(&fitting, &with(limits)),
        })
    }
}
