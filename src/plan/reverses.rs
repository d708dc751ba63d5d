//! The down files of a way down, read before anything is undone.
//!
//! Takes the steps in the order they go, and the schema as it is; gives what each file was read to be, over what undoing
//! the steps before it leaves. What is read here is what runs.

use crate::catalog::Script;
use crate::engine::{Dialect, Reader};
use crate::error::{Result, Text};
use crate::inverse::Inverse;
use crate::ledger::{Applied, StepState};
use crate::reading::Reading;
use std::collections::BTreeMap;

/// A down file, read.
#[derive(Debug, Clone)]
pub struct Reverse {
    /// Its text.
    pub script: Script,
    /// What it does.
    pub reading: Reading,
}

/// Down files by the step they undo.
pub type Reverses = BTreeMap<String, Reverse>;

/// A step that is about to be undone, with its down file, or else with the acts that the ledger keeps for it.
pub(super) struct Undoing<'a> {
    /// The step.
    pub step: &'a Applied,
    /// Its down file.
    pub file: Option<Text>,
    /// The derived acts.
    pub acts: Vec<Inverse>,
}

/// Reads the down files.
pub(super) fn read(dialect: &dyn Dialect, schema: &[String], steps: &[Undoing<'_>]) -> Result<Reverses> {
    let mut reverses = Reverses::new();
    let Some(last) = steps.iter().rposition(|undoing| undoing.file.is_some()) else { return Ok(reverses) };
    // `None` where a derived act cannot be followed: what is there is known only when it has run.
    let mut reader: Option<Box<dyn Reader>> = Some(dialect.reader(schema)?);
    for undoing in &steps[..=last] {
        let Some(text) = &undoing.file else {
            reader = reader.and_then(|mut reader| reader.unwind(&undoing.acts).ok().map(|()| reader));
            continue;
        };
        let script = Script::of_down(text)?;
        // What is half in stands in no schema: its file is read when its turn comes.
        if undoing.step.state != StepState::Done {
            continue;
        }
        if let Some(reader) = &mut reader {
            let reading = reader.read(&script)?;
            reverses.insert(undoing.step.id.clone(), Reverse { script, reading });
        }
    }
    Ok(reverses)
}
