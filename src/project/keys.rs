//! The keys that a run will need, read before it touches anything.

use super::Project;
use crate::error::Result;
use crate::ledger::{Applied, defaults, steps};
use crate::plan::{Plan, Work};
use crate::sqlite::SqliteSession;

impl Project {
    /// Reads every key that a plan up needs.
    pub(super) fn keys_of_plan(&self, plan: &Plan) -> Result<()> {
        let Work::Up(graph, steps) = &plan.work else { return Ok(()) };
        for up in steps {
            let Some(declared) = graph.steps[up.index].declared(&self.catalog) else { continue };
            for name in declared.declared.keys(&declared) {
                self.settings.keys.read(&name).map_err(|error| error.at(declared.place.clone()))?;
            }
        }
        Ok(())
    }

    /// Reads every key that taking these steps back needs, as the ledger has their declarations.
    pub(super) fn keys_of_ledger(&self, session: &SqliteSession<'_>, undone: &[Applied]) -> Result<()> {
        for step in undone.iter().filter(|step| step.kind != "migration") {
            let way = steps::way_back(session, &step.id)?;
            for name in crate::run::keys_of(step, &way, &defaults::of_step(session, &step.id)?)? {
                self.settings.keys.read(&name)?;
            }
        }
        Ok(())
    }
}
