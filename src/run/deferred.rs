//! Indexes and triggers that are away while a load runs, and back in the transaction that ends it.

use super::Runner;
use crate::catalog::{Transformation, Triggers};
use crate::engine::Mover;
use crate::error::{Error, Result, codes};
use crate::ledger::deferred::Deferred;
use crate::ledger::{self, deferred};
use crate::movement::{Movement, Write};
use crate::sql::{self, quoted};

/// The ledger's note of the step that first had statistics gathered.
const STATISTICS: &str = "statistics";

/// The fewest rows for which indexes are made anew rather than kept up.
const FEWEST: u64 = 20_000;

/// How many times the target's rows must come for that.
const TIMES: u64 = 4;

impl Runner<'_> {
    /// Takes away what is not wanted during the load. In the transaction of the first batch.
    pub(super) fn send_away(
        &self,
        declared: &Transformation,
        movement: &Movement,
        mover: &dyn Mover,
        coming: Option<u64>,
    ) -> Result<()> {
        let mut away = self.triggers_to_hold(declared, movement)?;
        if let Some(coming) = coming.filter(|rows| *rows >= FEWEST) {
            let inserts = matches!(movement.write, Write::Insert(_));
            if inserts && mover.rows_there(coming / TIMES)? <= coming / TIMES {
                away.extend(self.session.plain_indexes(&movement.into)?);
            }
        }
        for object in away {
            deferred::put(self.session, &declared.id, &object)?;
            self.session.execute(&format!("DROP {} {}", object.kind, quoted(&object.name)), &[])?;
        }
        Ok(())
    }

    /// Takes triggers away that would write rows again which the way back has just written: those for updates, where the
    /// journal shows that some row was written more than once. In the transaction of the first batch back.
    pub(super) fn hold_rewriters(&self, step: &str, movement: &Movement, mover: &dyn Mover) -> Result<()> {
        if !mover.wrote_again()? {
            return Ok(());
        }
        for trigger in self.session.triggers(&movement.into)?.into_iter().filter(is_for_updates) {
            deferred::put(self.session, step, &trigger)?;
            self.session.execute(&format!("DROP TRIGGER {}", quoted(&trigger.name)), &[])?;
        }
        Ok(())
    }

    /// The target's triggers, where the step holds them; an error where it forbids them.
    fn triggers_to_hold(&self, declared: &Transformation, movement: &Movement) -> Result<Vec<Deferred>> {
        let wanted = declared.triggers.unwrap_or(Triggers::Fire);
        if wanted == Triggers::Fire {
            return Ok(Vec::new());
        }
        let triggers = self.session.triggers(&movement.into)?;
        match (wanted, triggers.first()) {
            (Triggers::Forbid, Some(trigger)) => {
                let message =
                    format!("{} has the trigger {}, and the step forbids triggers", movement.into, trigger.name);
                Err(Error::new(codes::STEP_FAILED, message).hint("triggers = \"fire\" or \"hold\""))
            }
            _ => Ok(triggers),
        }
    }

    /// Brings back what was away, and has the database look at the table again. In the transaction that ends the load.
    pub(super) fn bring_back(&self, step: &str) -> Result<()> {
        let away = deferred::of_step(self.session, step)?;
        for object in &away {
            // Somebody may have made it again meanwhile.
            let there = match object.kind.as_str() {
                "index" => self.session.plain_indexes(&object.table)?,
                _ => self.session.triggers(&object.table)?,
            };
            if !there.iter().any(|other| other.name.eq_ignore_ascii_case(&object.name)) {
                self.session.execute(&object.statement, &[])?;
            }
        }
        if let Some(index) = away.iter().find(|object| object.kind == "index")
            && self.session.look_over(&index.table)?
        {
            ledger::set_meta(self.session, STATISTICS, step)?;
        }
        if away.is_empty() { Ok(()) } else { deferred::clear(self.session, step) }
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

/// Whether a trigger fires for updates: its event stands before the first `on`.
fn is_for_updates(trigger: &Deferred) -> bool {
    let statement = sql::normal(&trigger.statement);
    let head = statement.split(" on ").next().unwrap_or_default();
    head.ends_with(" update") || head.contains(" update of ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_of_a_trigger_is_read() {
        let is = |statement: &str| {
            let word = String::new;
            is_for_updates(&Deferred { name: word(), kind: word(), table: word(), statement: statement.to_owned() })
        };
        assert!(is("CREATE TRIGGER t AFTER UPDATE ON b BEGIN SELECT 1; END"));
        assert!(is("create trigger \"x y\" before update of v, w on b begin select 1; end"));
        assert!(!is("CREATE TRIGGER t AFTER INSERT ON b BEGIN UPDATE b SET v = 1; END"));
        assert!(!is("CREATE TRIGGER updates DELETE ON b BEGIN SELECT 1; END"));
    }
}
