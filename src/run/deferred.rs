//! Indexes that stand in the way of a load: away while it runs, back in the transaction that ends it.

use super::Runner;
use crate::engine::Mover;
use crate::error::Result;
use crate::ledger::{self, deferred};
use crate::movement::{Movement, Write};
use crate::sql::quoted;

/// The ledger's note of the step that first had statistics gathered.
const STATISTICS: &str = "statistics";

/// The fewest rows for which it is worth it.
const FEWEST: u64 = 20_000;

/// How many times the target's rows must come for its indexes to be made anew rather than kept up.
const TIMES: u64 = 4;

impl Runner<'_> {
    /// Takes the target's plain indexes away where many rows come into few. In the transaction of the first batch.
    pub(super) fn defer_indexes(
        &self,
        step: &str,
        movement: &Movement,
        mover: &dyn Mover,
        coming: Option<u64>,
    ) -> Result<()> {
        let Some(coming) = coming.filter(|rows| *rows >= FEWEST) else { return Ok(()) };
        if !matches!(movement.write, Write::Insert(_)) || mover.rows_there(coming / TIMES)? > coming / TIMES {
            return Ok(());
        }
        for index in self.session.plain_indexes(&movement.into)? {
            deferred::put(self.session, step, &index)?;
            self.session.execute(&format!("DROP INDEX {}", quoted(&index.name)), &[])?;
        }
        Ok(())
    }

    /// Brings a step's indexes back, and has the database look at the table again. In the transaction that ends the load.
    pub(super) fn restore_indexes(&self, step: &str) -> Result<()> {
        let away = deferred::of_step(self.session, step)?;
        for index in &away {
            self.session.execute(&index.statement, &[])?;
        }
        if let Some(index) = away.first() {
            if self.session.look_over(&index.table)? {
                ledger::set_meta(self.session, STATISTICS, step)?;
            }
            deferred::clear(self.session, step)?;
        }
        Ok(())
    }

    /// Once the step is gone that first had the database gather statistics, they go too: there were none before.
    pub(super) fn forget_statistics(&self, step: &str) -> Result<()> {
        if ledger::meta(self.session, STATISTICS)?.as_deref() == Some(step) {
            self.session.look_away()?;
            ledger::remove_meta(self.session, STATISTICS)?;
        }
        Ok(())
    }
}
