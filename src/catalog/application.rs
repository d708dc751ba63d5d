//! What of an application's own a stage file declares: functions and sources.
//!
//! Takes the stage file's table; gives [`Application`], and what of it a transformation uses.

use std::collections::BTreeMap;
use std::sync::Arc;
use toml::de::DeValue;

use super::fields::Fields;
use super::{FunctionId, Source, functions, sources};
use crate::error::Result;

/// What a stage file declares of an application's own.
#[derive(Debug, Default)]
pub struct Application {
    /// Its functions, versions by name.
    pub functions: BTreeMap<String, u32>,
    /// Its sources, by name.
    pub sources: BTreeMap<String, Arc<Source>>,
}

/// What of it a transformation uses.
#[derive(Debug, Clone, Default)]
pub struct Used {
    /// The functions that it calls.
    pub functions: Vec<FunctionId>,
    /// The sources that it reads.
    pub sources: Vec<Arc<Source>>,
}

impl Application {
    /// Reads what is declared, and takes it. No function may have the name of one of evolve's own.
    pub(super) fn read(root: &Fields<'_>, own: &[&str]) -> Result<Self> {
        Ok(Self { functions: functions::read(root, own)?, sources: sources::read(root)? })
    }

    /// What a declared transformation uses.
    pub(super) fn used(&self, value: &DeValue<'_>) -> Used {
        Used { functions: functions::used(value, &self.functions), sources: sources::used(value, &self.sources) }
    }
}

impl Used {
    /// What of it is part of the step's digest.
    pub(super) fn canonical(&self) -> Vec<String> {
        let functions = self.functions.iter().map(ToString::to_string);
        functions.chain(self.sources.iter().map(|source| source.canonical())).collect()
    }
}
