//! `[function.NAME]`: functions of an application that a stage file uses.
//!
//! Takes the declarations of a stage file; gives names and versions, and which of them a transformation uses. Must not
//! know the functions themselves: an application registers them, and only a run needs them.

use std::collections::BTreeMap;
use std::fmt;
use toml::de::DeValue;

use super::fields::{Fields, check_identifier};
use crate::error::Result;

/// A function of an application: its name and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionId {
    /// What it is called in `apply`.
    pub name: String,
    /// Which of its versions: another one may give other values.
    pub version: u32,
}

impl FunctionId {
    /// As it is said in a sentence.
    pub fn words(&self) -> String {
        format!("the function {}, version {},", self.name, self.version)
    }
}

impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// Reads the declarations, versions by name. None may have the name of a function of evolve's own.
pub(super) fn read(root: &Fields<'_>, own: &[&str]) -> Result<BTreeMap<String, u32>> {
    let Some(node) = root.peek("function") else { return Ok(BTreeMap::new()) };
    let mut sections = node.fields()?;
    let read = sections.entries().into_iter().map(|(name, node)| {
        check_identifier(&name).map_err(|error| error.at(sections.place_of(&name)))?;
        if own.contains(&name.as_str()) {
            return Err(node.bad("has the name of a function that evolve has itself").hint("give it another name"));
        }
        let mut fields = node.fields()?;
        let missing = fields.missing("version").hint("version = 1: the one that the application registers");
        let version = fields.integer("version", 0..=i64::from(u32::MAX))?.ok_or(missing)?;
        fields.finish()?;
        Ok((name, u32::try_from(version).unwrap_or_default()))
    });
    read.collect()
}

/// The functions that a declared transformation calls: the names that stand in a list under `apply`, alone or before arguments.
pub(super) fn used(value: &DeValue<'_>, declared: &BTreeMap<String, u32>) -> Vec<FunctionId> {
    let mut names = Vec::new();
    if !declared.is_empty() {
        find(value, &mut names);
    }
    let known = names.into_iter().filter_map(|name| Some(FunctionId { version: *declared.get(&name)?, name }));
    let mut used: Vec<FunctionId> = known.collect();
    used.sort();
    used.dedup();
    used
}

fn find(value: &DeValue<'_>, names: &mut Vec<String>) {
    match value {
        DeValue::Array(values) => values.iter().for_each(|value| find(value.get_ref(), names)),
        DeValue::Table(table) => {
            for (key, value) in table {
                match value.get_ref() {
                    DeValue::Array(words) if key.get_ref() == "apply" => {
                        names.extend(words.iter().flat_map(|word| called(word.get_ref())));
                    }
                    other => find(other, names),
                }
            }
        }
        _ => {}
    }
}

/// The names that an item of `apply` may call: its word, or the key before its arguments.
fn called(item: &DeValue<'_>) -> Vec<String> {
    match item {
        DeValue::Table(table) => table.iter().map(|(key, _)| key.get_ref().to_string()).collect(),
        other => other.as_str().map(str::to_owned).into_iter().collect(),
    }
}
