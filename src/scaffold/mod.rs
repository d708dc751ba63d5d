//! New files of a project: a project to begin with, and migrations, stages and transformations ready to fill in.
//!
//! Takes a folder or a catalog, and a name; writes files whole or not at all, over nothing that a person wrote, and
//! gives their paths. Must not know a database, nor what a transformation does.

mod init;
mod list;
mod migration;
mod names;
pub(crate) mod put;
mod stage;
mod templates;
mod transformation;

pub use init::init;
pub use templates::{TEMPLATES, TemplateRow};

use crate::catalog::{Catalog, Stage};
use crate::error::{Error, Result, codes, nearest};
use crate::report::WrittenReport;

/// What `evolve new` can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewFile {
    /// A migration with the next free version.
    Migration,
    /// A stage file with the next major version.
    Stage,
    /// A transformation of this kind, in a stage file.
    Kind(&'static str),
}

/// Writes what is asked for. `stage` names the stage it belongs to; the last one where none is named.
pub fn new_file(catalog: &Catalog, what: NewFile, name: &str, stage: Option<&str>) -> Result<WrittenReport> {
    let Some(root) = catalog.files.root() else { return Err(embedded()) };
    let mut report = match what {
        NewFile::Migration => migration::write(catalog, root, name, owner(catalog, stage)?),
        NewFile::Stage => stage::write(catalog, root, name, stage),
        NewFile::Kind(kind) => transformation::write(catalog, root, kind, name, owner(catalog, stage)?),
    }?;
    if catalog.files.sum().is_some() {
        report
            .notes
            .push("evolve.sum does not vouch for this yet: `evolve seal`, when it is as it should be".to_owned());
    }
    Ok(report)
}

/// The stage that is named, or the last one.
fn owner<'a>(catalog: &'a Catalog, named: Option<&str>) -> Result<&'a Stage> {
    let found = match named {
        Some(name) => catalog.stage(name),
        None => catalog.stages.last(),
    };
    found.ok_or_else(|| {
        let name = named.unwrap_or_default();
        let error = Error::new(codes::UNKNOWN_STEP, format!("there is no stage {}", name.escape_debug()));
        match nearest(name, catalog.stages.iter().map(|stage| stage.name.as_str())) {
            Some(near) => error.hint(format!("was {near} meant?")),
            None => error.hint(format!("`evolve new stage {}` writes one", name.escape_debug())),
        }
    })
}

/// What an application carries inside itself has no folder to write to.
pub(crate) fn embedded() -> Error {
    Error::new(codes::NO_PROJECT, "the project is embedded in an application: there is no folder to write to")
}

#[cfg(test)]
mod tests;
