//! What a transformation stands on, kept beside it when it begins: what held where it said nothing, and how the tables were
//! made whose rows it may put aside.
//!
//! Takes a step and its Movements; gives nothing. Must not know who reads it again.

use super::Runner;
use crate::catalog::Transformation;
use crate::error::Result;
use crate::ledger::{defaults, rejects};
use crate::movement::{Invalid, Movement};

impl Runner<'_> {
    /// Keeps it, in the transaction that records the step.
    pub(super) fn keep_ground(&self, step: &str, declared: &Transformation, movements: &[Movement]) -> Result<()> {
        defaults::keep(self.session, step, &declared.defaults)?;
        if !movements.iter().any(|movement| movement.invalid == Invalid::Quarantine) {
            return Ok(());
        }
        // Of all of them: the step is lowered again as a whole, when one may be gone.
        for movement in movements.iter().filter(|movement| movement.from.source.is_none()) {
            if let Some(table) = self.session.table(&movement.from.table) {
                rejects::keep_shape(self.session, step, &table.name, &table.sql)?;
            }
        }
        Ok(())
    }
}
