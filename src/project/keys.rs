//! The keys that a run will need, read before it touches anything.

use super::Project;
use crate::error::{Error, Result};
use crate::inverse::Seal;
use crate::ledger::{Applied, defaults, steps};
use crate::plan::{Plan, Work, sealed_columns};
use crate::run::Declarations;
use crate::sqlite::SqliteSession;

impl Project {
    /// Reads every key that a plan up needs.
    pub(super) fn keys_of_plan(&self, plan: &Plan) -> Result<()> {
        let Work::Up(graph, steps) = &plan.work else { return Ok(()) };
        for up in steps {
            for seal in &up.seals {
                self.settings.keys.read(&seal.key).map_err(|error| unkept(error, &graph.steps[up.index].id, seal))?;
            }
            let Some(declared) = graph.steps[up.index].declared(&self.catalog) else { continue };
            for name in declared.declared.keys(&declared) {
                self.settings.keys.read(&name).map_err(|error| error.at(declared.place.clone()))?;
            }
        }
        Ok(())
    }

    /// Reads every key that taking these steps back needs, as the ledger has their declarations. A step whose down file
    /// replaces the ledger's way back needs none.
    pub(super) fn keys_of_ledger(
        &self,
        session: &SqliteSession<'_>,
        undone: &[Applied],
        plan: &Plan,
        read: &Declarations,
    ) -> Result<()> {
        let by_file = |step: &&Applied| plan.new_downs.iter().any(|(id, _)| *id == step.id);
        for step in undone.iter().filter(|step| !by_file(step)) {
            let way = steps::way_back(session, &step.id)?;
            for name in crate::run::keys_of(step, &way, &defaults::of_step(session, &step.id)?, read)? {
                self.settings.keys.read(&name)?;
            }
        }
        Ok(())
    }
}

/// The error for a key that rows which a migration keeps are to be encrypted with.
fn unkept(error: Error, step: &str, seal: &Seal) -> Error {
    let why = format!(
        "{step} keeps {}, protected elsewhere, and it must not be kept in plain; [policy] keep = \"never\" keeps nothing, \
         and there is no way back then",
        sealed_columns(seal)
    );
    match error.hint_text() {
        Some(other) => Error::new(error.code(), error.message()).hint(format!("{other}; {why}")),
        None => Error::new(error.code(), error.message()).hint(why),
    }
}
