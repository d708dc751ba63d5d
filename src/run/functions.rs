//! The application's own functions that taking a step back calls.

use super::declared::{Declarations, find};
use super::unmove::Seen;
use crate::catalog::FunctionId;
use crate::columns::foreign;
use crate::engine::Session;
use crate::error::Result;
use crate::ledger::Applied;
use crate::ledger::defaults;
use crate::ledger::steps::WayBack;
use crate::movement::{Movement, Undo};

/// The functions that taking a transformation back calls: those of Movements whose rows are found by what would be
/// written again. What later steps did to the tables may keep the Movements from being made yet: then the ledger's word
/// for the step decides.
pub fn functions_of(
    step: &Applied,
    way: &WayBack,
    dialect: &str,
    session: &dyn Session,
    read: &Declarations,
) -> Result<Vec<FunctionId>> {
    let stage = read.stage(step, way)?;
    let declared = &find(&stage, &step.id)?.under(&defaults::of_step(session, &step.id)?);
    if declared.functions.is_empty() {
        return Ok(Vec::new());
    }
    let derived = |movement: &&Movement| matches!(movement.undo, Undo::Derive { .. });
    match declared.lower(dialect, &Seen { session, seq: step.seq }) {
        Ok(movements) => Ok(movements.iter().filter(derived).flat_map(foreign::used).collect()),
        Err(_) if step.undo == "derive" => Ok(declared.functions.clone()),
        Err(_) => Ok(Vec::new()),
    }
}
