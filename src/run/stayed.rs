//! Rows of a target that are none of the step's: counted when it begins, and said when it has gone back.
//!
//! Takes the tables that a step writes; gives a note. Rows that were added since stay where they are; nobody should have to
//! look for them.

use super::Runner;
use super::ahead::tables;
use crate::error::Result;
use crate::ledger;
use crate::movement::{Movement, Write};
use crate::sql::quoted;
use std::cmp::Ordering;

/// Larger tables are not counted.
const MOST: u64 = 1_000_000;

/// How many rows each target had.
pub(super) type Counted = Vec<(String, u64)>;

impl Runner<'_> {
    /// The rows of the targets into which a step inserts, of those that are not too large. Outside of its transactions.
    pub(super) fn count_targets(&self, movements: &[Movement]) -> Result<Counted> {
        let inserts = movements.iter().filter(|movement| matches!(movement.write, Write::Insert(_)));
        let counted = tables(inserts).into_iter().map(|table| Ok((self.rows(&table)?, table)));
        let counted: Vec<(Option<u64>, String)> = counted.collect::<Result<_>>()?;
        Ok(counted.into_iter().filter_map(|(rows, table)| Some((table, rows?))).collect())
    }

    /// Writes them down. In the transaction of the first batch.
    pub(super) fn keep_counts(&self, step: &str, counted: &Counted) -> Result<()> {
        counted
            .iter()
            .try_for_each(|(table, rows)| ledger::set_meta(self.session, &key(step, table), &rows.to_string()))
    }

    /// Says of each target whether it has other rows now, and forgets its count.
    pub(super) fn say_what_stayed(&self, step: &str, movements: &[Movement]) -> Result<()> {
        for table in tables(movements.iter()) {
            let Some(before) = ledger::meta(self.session, &key(step, &table))? else { continue };
            ledger::remove_meta(self.session, &key(step, &table))?;
            let (Ok(before), Some(now)) = (before.parse::<u64>(), self.rows(&table)?) else { continue };
            let words = match now.cmp(&before) {
                Ordering::Equal => continue,
                Ordering::Greater => {
                    format!("{} more than before {step}: they were added since, and stay", now - before)
                }
                Ordering::Less => format!("{} fewer than before {step}: they were deleted since", before - now),
            };
            if self.run.command == "down" {
                self.done.borrow_mut().notes.push(format!("rows of {table}: {words}"));
            }
        }
        Ok(())
    }

    fn rows(&self, table: &str) -> Result<Option<u64>> {
        if self.session.table(table).is_none_or(|table| table.is_view || table.is_virtual) {
            return Ok(None);
        }
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {})", quoted(table), MOST + 1);
        let found = self.session.query(&sql, &[])?;
        let rows = found.first().and_then(|row| ledger::integer(row, 0)).and_then(|rows| u64::try_from(rows).ok());
        Ok(rows.filter(|rows| *rows <= MOST))
    }
}

/// Where the ledger has the count.
fn key(step: &str, table: &str) -> String {
    format!("rows of {table} before {step}")
}
