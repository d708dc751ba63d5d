//! The last look at a source that others wrote to meanwhile: rows that appeared or changed behind the cursor.
//!
//! In the transaction that ends the Movement, so that nobody writes between the look and the end.

use crate::error::Result;
use crate::movement::{Invalid, Undo, Write};
use crate::report::Rows;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;

impl SqliteMover<'_> {
    /// Brings the target up to what the source holds now; what that took.
    pub(super) fn catch_up(&self) -> Result<Rows> {
        let rendering = self.rendering();
        match (&self.movement.write, &self.movement.undo) {
            (Write::Update, _) => {
                let refused = self.judge_all()?;
                let updated = self.write(&rendering.write(Range::All, refused), &[])?;
                Ok(Rows { read: updated, updated, ..Rows::default() })
            }
            // Rows that are refused stay refused; without a key that follows from the source nothing can be told.
            (Write::Insert(_), Undo::Derive { key })
                if self.movement.invalid == Invalid::Fail || !rendering.may_refuse() =>
            {
                self.judge_all()?;
                let updated = self.write(&rendering.stale(key), &[])?;
                let inserted = self.write(&rendering.missing(key), &[])?;
                Ok(Rows { read: updated + inserted, updated, inserted, ..Rows::default() })
            }
            (Write::Insert(_) | Write::Statement(_), _) => Ok(Rows::default()),
        }
    }
}
