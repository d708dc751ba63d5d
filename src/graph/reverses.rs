//! Down files, read before anything is done: each over what undoing the steps behind it leaves.
//!
//! Takes the steps in their order and a reader as they leave it; goes back through them as the way down will, once. Where
//! some step has no way back, what stood there is read anew.

use super::{Body, ReadMigration, Step};
use crate::catalog::{Catalog, Script};
use crate::change::What;
use crate::engine::{Dialect, Reader};
use crate::error::Result;

/// Where steps are read.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The files.
    pub catalog: &'a Catalog,
    /// The engine.
    pub dialect: &'a dyn Dialect,
    /// The schema before the first step.
    pub schema: &'a [String],
}

/// Refuses down files that cannot run.
pub(super) fn check(ground: Ground<'_>, reader: Box<dyn Reader>, steps: &[Step]) -> Result<()> {
    let name = ground.dialect.name();
    let has_file = |step: &Step| ground.catalog.migration(&step.id).is_some_and(|file| file.has_down(name));
    let Some(lowest) = steps.iter().position(has_file) else { return Ok(()) };
    // `None` where what is there is not known any more.
    let mut reader = Some(reader);
    for at in (lowest..steps.len()).rev() {
        let Body::Migration(migration) = &steps[at].body else { continue };
        let file = ground.catalog.migration(&steps[at].id).map(|file| file.down(name)).transpose()?.flatten();
        reader = match file {
            None => reader.and_then(|reader| unwound(reader, migration)),
            Some(text) => {
                let outside = migration.script.directives.transaction_none;
                read(ground, reader, &steps[..=at], &Script::of_down(text)?, outside)?
            }
        };
    }
    Ok(())
}

/// A reader after a step was undone by what was derived, if that says all.
fn unwound(mut reader: Box<dyn Reader>, migration: &ReadMigration) -> Option<Box<dyn Reader>> {
    let rows_only = |what: &What| {
        matches!(
            what,
            What::Insert { .. } | What::Update { .. } | What::Delete { .. } | What::Setting { .. } | What::Nothing
        )
    };
    let reading = &migration.reading;
    if reading.no_inverse.is_some() && !reading.changes.iter().all(|change| rows_only(&change.what)) {
        return None;
    }
    reader.unwind(&reading.inverse).ok().map(|()| reader)
}

/// A reader after a down file, which must compile over what its own migration leaves behind.
fn read(
    ground: Ground<'_>,
    reader: Option<Box<dyn Reader>>,
    steps: &[Step],
    script: &Script,
    outside: bool,
) -> Result<Option<Box<dyn Reader>>> {
    if let Some(mut reader) = reader
        && reader.read(script).is_ok()
    {
        return Ok(Some(reader));
    }
    let mut own = replayed(ground, steps)?;
    match own.read(script) {
        Ok(_) => Ok(Some(own)),
        // A file outside of transactions may be half in: what its reverse finds is known only then.
        Err(_) if outside => Ok(None),
        Err(error) => Err(error),
    }
}

/// A reader as these steps leave it.
fn replayed(ground: Ground<'_>, steps: &[Step]) -> Result<Box<dyn Reader>> {
    let mut reader = ground.dialect.reader(ground.schema)?;
    for step in steps {
        if let Body::Migration(migration) = &step.body {
            reader.read(&migration.script)?;
        }
    }
    Ok(reader)
}
