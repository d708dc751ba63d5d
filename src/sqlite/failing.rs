//! Which row of a batch it is that the database refuses: its own words name a constraint, or what a trigger says, and no row.
//!
//! Takes a batch that failed; gives the error with the row's key. Halves of the batch are written once more, in the
//! transaction that is about to be rolled back: about as much as the batch again.

use crate::error::{Error, Result};
use crate::ledger::cursors::shown;
use crate::sqlite::batch::Next;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::survey::database_error;
use crate::value::Value;

impl SqliteMover<'_> {
    /// The error with the key of the row it is about, where that can be found.
    pub(super) fn named_row(&self, batch: &Next, error: Error) -> Error {
        // A trigger may have rolled everything back: then nothing can be tried any more.
        let found = if self.connection.is_autocommit() { None } else { self.failing_row(batch).ok().flatten() };
        let Some(key) = found else { return error };
        let message = format!("row {} of {}: {}", shown(&key), self.movement.from.table, error.message());
        let hint = "leave it out with `where`, or mend it";
        Error::new(error.code(), message).hint(error.hint_text().unwrap_or(hint))
    }

    /// The key of the first row that cannot be written after those before it.
    fn failing_row(&self, batch: &Next) -> Result<Option<Vec<Value>>> {
        let half = batch.values.len() / 2;
        let mut after = (batch.range == Range::Between).then(|| batch.values[..half].to_vec());
        let mut left = self.number(&self.rendering().count(batch.range), &batch.values)?;
        loop {
            let Some(some) = self.next(after.as_deref(), Some(&batch.last), left.div_ceil(2))? else {
                return Ok(None);
            };
            let rows = self.number(&self.rendering().count(some.range), &some.values)?;
            match self.can_write(&some)? {
                false if rows <= 1 => return Ok(Some(some.last)),
                false => left = rows,
                true if some.end => return Ok(None),
                true => {
                    left -= rows.min(left - 1);
                    after = Some(some.last);
                }
            }
        }
    }

    /// Whether these rows can be written; if not, none of them is.
    fn can_write(&self, some: &Next) -> Result<bool> {
        let refused = self.rendering().leaves_out();
        let run = |sql: &str| self.connection.execute_batch(sql).map_err(|error| database_error(&error));
        run("SAVEPOINT evolve_half")?;
        let written = self.write(&self.rendering().write(some.range, refused), &some.values).is_ok();
        if !written {
            run("ROLLBACK TO evolve_half")?;
        }
        run("RELEASE evolve_half")?;
        Ok(written)
    }
}
