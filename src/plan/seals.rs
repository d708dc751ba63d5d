//! Which columns a migration's stores must not hold in plain: those that a transformation before it protects elsewhere.
//!
//! Takes the transformations that are in or come earlier in the plan, and what migrations keep; gives what is encrypted.

use super::{Sources, UpStep};
use crate::error::Result;
use crate::graph::{Body, Graph, ReadMigration};
use crate::inverse::Seal;
use crate::kinds::{Elsewhere, Hidden, Hides};
use crate::ledger::Applied;
use crate::movement::Movement;
use crate::naming::Renaming;
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
            let own = sources.survey.standing.names.0.iter().filter(|(seq, _)| *seq == step.seq);
            own.for_each(|(_, renaming)| plain.follow(renaming));
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
                let renamings = Renaming::all(&migration.reading.changes);
                let seals = self.under_each_name(&renamings).seals(migration);
                renamings.iter().for_each(|renaming| self.follow(renaming));
                seals
            }
        }
    }

    /// What a transformation meets that others protect, before it or behind it.
    pub fn elsewhere(&self, graph: &Graph, index: usize, coming: &Coming) -> Elsewhere {
        match &graph.steps[index].body {
            Body::Transformation(_, movements) => {
                let all = self.0.iter().cloned().chain(coming.behind(index)).collect();
                Elsewhere::met(movements, all)
            }
            Body::Migration(_) => Elsewhere::default(),
        }
    }

    fn add(&mut self, hides: Hides) {
        self.0.extend(hides.open);
        let is_shut = |hidden: &Hidden| hides.shut.iter().any(|(t, c)| *t == hidden.table && *c == hidden.column);
        self.0.retain(|hidden| !is_shut(hidden));
    }

    /// A column is called by its new name.
    fn follow(&mut self, renaming: &Renaming) {
        for hidden in &mut self.0 {
            if let Some(name) = renaming.after(&hidden.table, &hidden.column) {
                *hidden = called(hidden, name);
            }
        }
    }

    /// The columns under each name that they have within a file.
    fn under_each_name(&self, renamings: &[Renaming]) -> Self {
        let mut all = self.0.clone();
        for renaming in renamings {
            let after = |hidden: &Hidden| Some(called(hidden, renaming.after(&hidden.table, &hidden.column)?));
            let new: Vec<Hidden> = all.iter().filter_map(after).filter(|new| !all.contains(new)).collect();
            all.extend(new);
        }
        Self(all)
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

/// The columns that steps to come will protect with a key, under each name that pending migrations give them.
#[derive(Debug, Default)]
pub(super) struct Coming(Vec<(usize, Vec<Hidden>)>);

impl Coming {
    /// Of these steps.
    pub fn of(sources: Sources<'_>, graph: &Graph) -> Self {
        let hides = graph.steps.iter().enumerate().filter_map(|(index, step)| {
            let declared = step.declared(sources.catalog).filter(|it| !it.declared.keys(it).is_empty())?;
            let open = declared.declared.hides(&declared, sources.dialect.name()).open;
            (!open.is_empty()).then_some((index, open))
        });
        let mut coming: Vec<(usize, Vec<Hidden>)> = hides.collect();
        if !coming.is_empty() {
            let renamings = renamings(graph);
            coming.iter_mut().for_each(|(_, open)| at_any_time(open, &renamings));
        }
        Self(coming)
    }

    fn behind(&self, index: usize) -> impl Iterator<Item = Hidden> {
        self.0.iter().filter(move |(step, _)| *step > index).flat_map(|(_, open)| open.clone())
    }
}

/// What the migrations of a graph rename.
fn renamings(graph: &Graph) -> Vec<Renaming> {
    let changes = graph.steps.iter().filter_map(|step| match &step.body {
        Body::Migration(migration) => Some(&migration.reading.changes),
        Body::Transformation(..) => None,
    });
    Renaming::all(changes.flatten())
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
    at_any_time(&mut all, &renamings(&graph));
    Ok(all)
}

/// Adds every name that these columns have before or after a renaming.
fn at_any_time(all: &mut Vec<Hidden>, renamings: &[Renaming]) {
    // A name that one gives may be changed by another: until nothing new is found.
    let mut known = 0;
    while known < all.len() {
        known = all.len();
        for renaming in renamings {
            let names = |hidden: &Hidden| {
                let after = renaming.after(&hidden.table, &hidden.column);
                let named = after.into_iter().chain(renaming.before(&hidden.table, &hidden.column));
                named.map(|name| called(hidden, name)).collect::<Vec<_>>()
            };
            for new in all.iter().flat_map(names).collect::<Vec<_>>() {
                if !all.contains(&new) {
                    all.push(new);
                }
            }
        }
    }
}

/// A column under another name.
fn called(hidden: &Hidden, (table, column): (&str, &str)) -> Hidden {
    Hidden { table: table.to_lowercase(), column: column.to_lowercase(), key: hidden.key.clone() }
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
    let journal = |up: &UpStep| {
        let Body::Transformation(_, movements) = &graph.steps[up.index].body else { return Vec::new() };
        let journals = movements.iter().filter_map(|movement| Some((movement, up.hidden.journalled(movement)?)));
        let note = |(movement, (columns, key)): (&Movement, (Vec<String>, String))| {
            let named: Vec<String> = columns.iter().map(|column| format!("{}.{column}", movement.into)).collect();
            format!(
                "the journal of {} holds {} encrypted with the key {key}: protected elsewhere, and the undo needs that key",
                graph.steps[up.index].id,
                named.join(", ")
            )
        };
        journals.map(note).collect::<Vec<_>>()
    };
    let walked = |up: &UpStep| {
        let Body::Transformation(_, movements) = &graph.steps[up.index].body else { return Vec::new() };
        let is_hidden = |movement: &Movement, name: &str| {
            up.hidden.of(&movement.from.table).any(|hidden| hidden.column.eq_ignore_ascii_case(name))
        };
        let names = |movement: &Movement| {
            let walked: Vec<&str> =
                movement.from.key.iter().map(String::as_str).filter(|name| is_hidden(movement, name)).collect();
            (!walked.is_empty()).then(|| {
                format!(
                    "{} walks {} by {}, protected elsewhere: cursor, rejects and messages name rows by it, in plain",
                    graph.steps[up.index].id,
                    movement.from.table,
                    walked.join(", ")
                )
            })
        };
        movements.iter().filter_map(names).collect::<Vec<_>>()
    };
    let kept = steps.iter().flat_map(|up| up.seals.iter().map(move |seal| note(up, seal)));
    kept.chain(steps.iter().flat_map(journal)).chain(steps.iter().flat_map(walked)).collect()
}

/// The columns of a store that are encrypted, for people.
pub fn columns(seal: &Seal) -> String {
    let named = seal.columns.iter().map(|column| format!("{}.{column}", seal.table));
    named.collect::<Vec<_>>().join(", ")
}
