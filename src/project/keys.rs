//! The keys that a run will need, read before it touches anything.

use super::Project;
use crate::catalog::Transformation;
use crate::error::{Error, Result};
use crate::inverse::Seal;
use crate::ledger::{Applied, defaults, hidden, steps};
use crate::plan::{Plan, UpStep, Work, sealed_columns};
use crate::run::Declarations;
use crate::sqlite::SqliteSession;

impl Project {
    /// Whether some transformation protects something: what it writes over is to be gone then.
    pub(super) fn protects(&self) -> bool {
        let declared = self.catalog.stages.iter().flat_map(|stage| &stage.transformations);
        declared
            .map(|declared| declared.declared.hides(declared, super::engine_name()))
            .any(|hides| !hides.open.is_empty() || !hides.protected.is_empty())
    }

    /// Reads every key that a plan up needs.
    pub(super) fn keys_of_plan(&self, plan: &Plan) -> Result<()> {
        let Work::Up(graph, steps) = &plan.work else { return Ok(()) };
        for up in steps {
            for seal in &up.seals {
                self.settings.keys.read(&seal.key).map_err(|error| unkept(error, &graph.steps[up.index].id, seal))?;
            }
            let Some(declared) = graph.steps[up.index].declared(&self.catalog) else { continue };
            for name in &up.hidden.keys {
                self.settings.keys.read(name).map_err(|error| unjournalled(error, up, &declared))?;
            }
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
            for name in hidden::of_step(session, &step.id)?.keys {
                self.settings.keys.read(&name)?;
            }
            for name in crate::run::keys_of(step, &way, &defaults::of_step(session, &step.id)?, read)? {
                self.settings.keys.read(&name)?;
            }
        }
        Ok(())
    }
}

/// The error for a key that a journal of a transformation is to be encrypted with.
fn unjournalled(error: Error, up: &UpStep, declared: &Transformation) -> Error {
    let named: Vec<String> =
        up.hidden.columns.iter().map(|hidden| format!("{}.{}", hidden.table, hidden.column)).collect();
    let why = format!(
        "the journal of {} may hold {}, protected elsewhere, and must not hold it in plain; without it say undo = \"none\"",
        declared.id,
        named.join(", ")
    );
    let hint = error.hint_text().map_or(why.clone(), |other| format!("{other}; {why}"));
    Error::new(error.code(), error.message()).hint(hint).at(declared.place.clone())
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
