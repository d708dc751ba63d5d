//! The standing: which steps are in a database, in which order they came, and what is half done.

use super::{Applied, Run, StepState, check_format, defaults, meta, names, rotations, runs, steps};
use crate::catalog::Defaults;
use crate::engine::Database;
use crate::error::Result;
use crate::naming::Names;
use std::collections::BTreeMap;

/// What the ledger says, as a value.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The format of the ledger; `None` where there is none.
    pub format: Option<String>,
    /// The project whose ledger it is.
    pub project: Option<String>,
    /// The steps, in the order they came; the last may be half done.
    pub applied: Vec<Applied>,
    /// The run whose end was not reported.
    pub open: Option<Run>,
    /// What holds for the half-done step where its declaration says nothing.
    pub half_under: Defaults,
    /// What was renamed, where transformations are in: what they did to columns is found again by it.
    pub names: Names,
    /// How far the last rotation of each key is, where transformations are in.
    pub rotations: BTreeMap<String, rotations::State>,
}

impl Standing {
    /// Reads a ledger that is there.
    pub fn read(database: &dyn Database) -> Result<Self> {
        let format = meta(database, "format")?;
        check_format(format.as_deref().unwrap_or("?"))?;
        let mut standing = Self {
            project: meta(database, "project")?,
            applied: steps::all(database)?,
            open: runs::open(database)?,
            format,
            half_under: Defaults::default(),
            names: Names::default(),
            rotations: BTreeMap::new(),
        };
        if standing.applied.iter().any(|step| step.kind != "migration") {
            standing.names = names::all(database)?;
            standing.rotations = rotations::all(database)?;
        }
        if let Some(half) = standing.half() {
            standing.half_under = defaults::of_step(database, &half.id)?;
        }
        Ok(standing)
    }

    /// A step that is in, or half in.
    pub fn step(&self, id: &str) -> Option<&Applied> {
        self.applied.iter().find(|step| step.id == id)
    }

    /// The step that is half done, if there is one.
    pub fn half(&self) -> Option<&Applied> {
        self.applied.iter().find(|step| step.state != StepState::Done)
    }

    /// What holds for a step that is half done where its declaration says nothing.
    pub fn begun_under(&self, id: &str) -> Option<&Defaults> {
        self.half().filter(|half| half.id == id).map(|_| &self.half_under)
    }

    /// The id of the last step that is in as a whole.
    pub fn head(&self) -> Option<&str> {
        self.applied.iter().rev().find(|step| step.state == StepState::Done).map(|step| step.id.as_str())
    }
}
