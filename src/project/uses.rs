//! What of an application's own the steps that are in use, as the ledger has their declarations.

use super::Project;
use crate::catalog::{Stage, Transformation};
use crate::error::{Result, Text};
use crate::ledger::steps;
use crate::sqlite::{Location, connect, survey};
use std::collections::BTreeMap;

/// What one step uses, each with its version: `plate_number 3`.
#[derive(Debug, Clone, Default)]
pub(super) struct Uses {
    pub(super) functions: Vec<String>,
    pub(super) sources: Vec<String>,
}

impl Uses {
    fn of(declared: &Transformation) -> Self {
        Self {
            functions: declared.functions.iter().map(ToString::to_string).collect(),
            sources: declared.sources.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Project {
    /// By step.
    pub(super) fn uses_in(&self, location: &Location) -> Result<BTreeMap<String, Uses>> {
        let mut found = BTreeMap::new();
        let Some((connection, _)) = connect::question(location)? else { return Ok(found) };
        for (path, body, ids) in steps::declared_with(&survey::Asked(&connection), ["function", "source"])? {
            // Whether it can still be read is for `down` to say.
            let Ok(stage) = Stage::parse(&Text::new(path.as_str(), body.as_str())) else { continue };
            for declared in stage.transformations.iter().filter(|declared| ids.contains(&declared.id)) {
                found.insert(declared.id.clone(), Uses::of(declared));
            }
        }
        Ok(found)
    }
}
