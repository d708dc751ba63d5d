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

impl SqliteMover<'_> {
    /// How many of so many rows a batch may have.
    pub(super) fn within_bytes(&self, range: Range, ends: &[Value], rows: u64) -> Result<u64> {
        if rows <= 1 || rows >= ALL || self.bytes == u64::MAX {
            return Ok(rows);
        }
        let rendering = self.rendering();
        let Some(largest) = rendering.largest(range) else { return Ok(rows) };
        let with = |more: &[i64]| -> Vec<Value> {
            ends.iter().cloned().chain(more.iter().map(|number| Value::Integer(*number))).collect()
        };
        let largest = self.number(&largest, &with(&[LOOKED_AT]))?;
        if largest.saturating_mul(rows) <= self.bytes {
            return Ok(rows);
        }
        let Some(fitting) = rendering.fitting(range) else { return Ok(rows) };
        let counted = rows.min(COUNTED);
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let fits = self.number(&fitting, &with(&[number(counted), number(self.bytes)]))?;
        Ok(fits.max(1))
    }
}
