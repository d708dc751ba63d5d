//! Which columns a migration's stores must not hold in plain: those that a transformation before it protects elsewhere.
//!
//! Takes the transformations that are in or come earlier in the plan, and what migrations keep; gives what is encrypted.

use super::{Sources, UpStep};
use crate::change::{Change, What};
use crate::error::Result;
use crate::graph::{Body, Graph, ReadMigration};
use crate::inverse::Seal;
use crate::kinds::{Hidden, Hides};
use crate::ledger::Applied;
use crate::reading::{How, Keep};

/// The columns that hold protected values in plain, as steps come.
#[derive(Debug, Default)]
pub(super) struct InPlain(Vec<Hidden>);

impl InPlain {
    /// After these steps.
    pub fn after(sources: Sources<'_>, applied: &[Applied]) -> Self {
        let mut plain = Self::default();
        for step in applied {
            if let Some(declared) = sources.catalog.transformation(&step.id) {
                plain.add(declared.declared.hides(declared, sources.dialect.name()));
            }
        }
        plain
    }

    /// A step comes: what of its stores is encrypted.
    pub fn pass(&mut self, sources: Sources<'_>, graph: &Graph, index: usize) -> Vec<Seal> {
        let step = &graph.steps[index];
        match &step.body {
            Body::Transformation(at, _) => {
                let declared = &sources.catalog.stages[step.stage].transformations[*at];
                self.add(declared.declared.hides(declared, sources.dialect.name()));
                Vec::new()
            }
            Body::Migration(_) if self.0.is_empty() => Vec::new(),
            Body::Migration(migration) => {
                self.rename(&migration.reading.changes);
                self.seals(migration)
            }
        }
    }

    fn add(&mut self, hides: Hides) {
        self.0.extend(hides.open);
        let is_shut = |hidden: &Hidden| hides.shut.iter().any(|(t, c)| *t == hidden.table && *c == hidden.column);
        self.0.retain(|hidden| !is_shut(hidden));
    }

    /// A column is known by its new name too; the old one stays, for what the same file did before.
    fn rename(&mut self, changes: &[Change]) {
        for change in changes {
            let renamed = |hidden: &Hidden| {
                let (table, column) = renamed(&change.what, &hidden.table, &hidden.column)?;
                Some(Hidden { table: table.to_lowercase(), column: column.to_lowercase(), key: hidden.key.clone() })
            };
            let new: Vec<Hidden> = self.0.iter().filter_map(renamed).filter(|new| !self.0.contains(new)).collect();
            self.0.extend(new);
        }
    }

    fn seals(&self, migration: &ReadMigration) -> Vec<Seal> {
        let keeps = migration.reading.keeps.iter().filter(|keep| keep.how != How::Nothing);
        keeps.filter_map(|keep| self.seal(keep)).collect()
    }

    fn seal(&self, keep: &Keep) -> Option<Seal> {
        let own = || self.0.iter().filter(|hidden| keep.table.eq_ignore_ascii_case(&hidden.table));
        let is_hidden = |name: &&String| own().any(|hidden| name.eq_ignore_ascii_case(&hidden.column));
        let mut columns: Vec<String> = keep.columns.iter().chain(&keep.key).filter(is_hidden).cloned().collect();
        columns.sort();
        columns.dedup();
        let first = own().find(|hidden| columns.iter().any(|name| name.eq_ignore_ascii_case(&hidden.column)))?;
        Some(Seal { kept: keep.kept, table: keep.table.clone(), columns, key: first.key.clone() })
    }
}

/// Every column that holds protected values in plain, or whose values a key protects, at any time: under each name that it
/// has before or after the project's migrations.
pub(super) fn ever(sources: Sources<'_>) -> Result<Vec<Hidden>> {
    let (catalog, dialect) = (sources.catalog, sources.dialect);
    let mut all = Vec::new();
    for declared in catalog.stages.iter().flat_map(|stage| &stage.transformations) {
        let hides = declared.declared.hides(declared, dialect.name());
        all.extend(hides.open);
        all.extend(hides.protected.iter().filter_map(|protected| {
            let protection = protected.function.protection()?;
            let key = protection.keys.first()?.clone();
            Some(Hidden { table: protected.table.clone(), column: protected.column.clone(), key })
        }));
    }
    if all.is_empty() {
        return Ok(all);
    }
    let graph = Graph::build(catalog, dialect, &[], &|_| true)?;
    let changes = graph.steps.iter().filter_map(|step| match &step.body {
        Body::Migration(migration) => Some(&migration.reading.changes),
        Body::Transformation(..) => None,
    });
    let changes: Vec<&Change> = changes.flatten().collect();
    // A name that a change gives may be changed by another: until nothing new is found.
    let mut known = 0;
    while known < all.len() {
        known = all.len();
        for change in &changes {
            let names = |hidden: &Hidden| {
                let after = renamed(&change.what, &hidden.table, &hidden.column);
                let before = before(&change.what, &hidden.table, &hidden.column);
                let named = after.into_iter().chain(before);
                let named = named.map(|(table, column)| (table.to_lowercase(), column.to_lowercase()));
                named.map(|(table, column)| Hidden { table, column, key: hidden.key.clone() }).collect::<Vec<_>>()
            };
            for new in all.iter().flat_map(names).collect::<Vec<_>>() {
                if !all.contains(&new) {
                    all.push(new);
                }
            }
        }
    }
    Ok(all)
}

/// The name that a column had before a change.
fn before<'a>(what: &'a What, table: &'a str, column: &'a str) -> Option<(&'a str, &'a str)> {
    match what {
        What::RenameTable { from, to } if to.eq_ignore_ascii_case(table) => Some((from, column)),
        What::RenameColumn { table: of, from, to }
            if of.eq_ignore_ascii_case(table) && to.eq_ignore_ascii_case(column) =>
        {
            Some((table, from))
        }
        What::Rebuild(rebuild) if rebuild.table.eq_ignore_ascii_case(table) => {
            let carried = rebuild.carried.iter().find(|(new, _)| new.eq_ignore_ascii_case(column));
            carried.map(|(_, old)| (table, old.as_str()))
        }
        _ => None,
    }
}

/// The name that a change gives a column.
fn renamed<'a>(what: &'a What, table: &'a str, column: &'a str) -> Option<(&'a str, &'a str)> {
    match what {
        What::RenameTable { from, to } if from.eq_ignore_ascii_case(table) => Some((to, column)),
        What::RenameColumn { table: of, from, to }
            if of.eq_ignore_ascii_case(table) && from.eq_ignore_ascii_case(column) =>
        {
            Some((table, to))
        }
        What::Rebuild(rebuild) if rebuild.table.eq_ignore_ascii_case(table) => {
            let carried = rebuild.carried.iter().find(|(_, old)| old.eq_ignore_ascii_case(column));
            carried.map(|(new, _)| (table, new.as_str()))
        }
        _ => None,
    }
}

/// What a reader should know of stores that are encrypted.
pub(super) fn notes(graph: &Graph, steps: &[UpStep]) -> Vec<String> {
    let note = |up: &UpStep, seal: &Seal| {
        format!(
            "{} keeps {} encrypted with the key {}: {} elsewhere, and the undo needs that key",
            graph.steps[up.index].id,
            columns(seal),
            seal.key,
            if seal.columns.len() == 1 { "it is protected" } else { "they are protected" },
        )
    };
    steps.iter().flat_map(|up| up.seals.iter().map(move |seal| note(up, seal))).collect()
}

/// The columns of a store that are encrypted, for people.
pub fn columns(seal: &Seal) -> String {
    let named = seal.columns.iter().map(|column| format!("{}.{column}", seal.table));
    named.collect::<Vec<_>>().join(", ")
}
