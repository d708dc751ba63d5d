//! Functions of an application: registered by the library, called in `apply` as evolve's own are.
//!
//! A stage file declares name and version, so that it can be read anywhere; the function itself is bound to a Movement
//! when that is about to run. Must not know how a function is called by an engine.

mod call;

pub(super) use call::read;

use crate::catalog::FunctionId;
use crate::error::{Error, Result, codes};
use crate::movement::{Formula, Movement};
use crate::value::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What an application registers: a value and the declared arguments in, a value out, or the rest of a sentence about the
/// value that it refuses.
type Call = Arc<dyn Fn(Value, &[Value]) -> std::result::Result<Value, String> + Send + Sync>;

/// What a function takes besides the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// The arguments that stand in the stage file.
    Arguments,
}

/// The functions that an application has registered, by name and version.
#[derive(Clone, Default)]
pub struct Registered(BTreeMap<FunctionId, (Takes, Call)>);

impl Registered {
    /// Registers one; an earlier one of the same name and version is forgotten.
    pub fn add(
        &mut self,
        id: FunctionId,
        takes: Takes,
        call: impl Fn(Value, &[Value]) -> std::result::Result<Value, String> + Send + Sync + 'static,
    ) {
        self.0.insert(id, (takes, Arc::new(call)));
    }

    /// Whether this one is there, in this version.
    pub fn has(&self, id: &FunctionId) -> bool {
        self.0.contains_key(id)
    }

    /// Refuses what needs a function that is not there, or is there in another version only.
    pub fn require(&self, step: &str, id: &FunctionId) -> Result<()> {
        if self.has(id) {
            return Ok(());
        }
        let others = self.0.keys().filter(|other| other.name == id.name).map(|other| other.version.to_string());
        let others: Vec<String> = others.collect();
        let error =
            Error::new(codes::MISSING_FUNCTION, format!("{step} needs {} which is not registered here", id.words()));
        Err(match others.as_slice() {
            [] => {
                error.hint("it is a function of an application's own: run this step from the application that has it")
            }
            versions => error.hint(format!("registered here: version {}", versions.join(", "))),
        })
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys().map(ToString::to_string)).finish()
    }
}

/// The application's functions that a Movement calls.
pub fn used(movement: &Movement) -> Vec<FunctionId> {
    let mut used = Vec::new();
    for assign in &movement.columns {
        let mut formula = &assign.value;
        while let Formula::Call(function, inner) = formula {
            used.extend(function.foreign().map(|(id, _)| id.clone()));
            formula = inner;
        }
    }
    used
}

/// Refuses a Movement that gives arguments to a function that takes none.
pub fn refuse_arguments(movement: &Movement, registered: &Registered) -> Result<()> {
    for assign in &movement.columns {
        let mut formula = &assign.value;
        while let Formula::Call(function, inner) = formula {
            let given = function.foreign().filter(|(_, arguments)| *arguments > 0).map(|(id, _)| id);
            if let Some(id) = given.filter(|id| registered.0.get(id).is_some_and(|(takes, _)| *takes == Takes::Nothing))
            {
                let message = format!("{}.{} gives arguments to {}", movement.into, assign.column, id.words());
                return Err(Error::new(
                    codes::BAD_COLUMN,
                    format!("{message} which is registered as one that takes none"),
                )
                .hint("register it with `Project::function_with`")
                .at(assign.place.clone()));
            }
            formula = inner;
        }
    }
    Ok(())
}

/// Gives a Movement the functions that are registered.
pub fn bind(movement: &mut Movement, registered: &Registered) {
    for assign in &mut movement.columns {
        let mut formula = &mut assign.value;
        while let Formula::Call(function, inner) = formula {
            if let Some(bound) = function.registered(registered) {
                *function = bound;
            }
            formula = inner;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(version: u32) -> FunctionId {
        FunctionId { name: "plate".to_owned(), version }
    }

    #[test]
    fn a_function_of_another_version_is_another_function() {
        let mut registered = Registered::default();
        registered.add(id(2), Takes::Nothing, |value, _| Ok(value));
        assert!(registered.has(&id(2)) && !registered.has(&id(3)));
        let error = registered.require("moved", &id(3)).unwrap_err();
        assert_eq!(error.message(), "moved needs the function plate, version 3, which is not registered here");
        assert_eq!(error.hint_text(), Some("registered here: version 2"));
    }
}
