//! `preserved`: rows that `down --preserve-data` kept, listed, and written to a file as JSON Lines.
//!
//! Protected values are written as they stand, encrypted, unless they are asked for in the clear.

use super::{Project, engine_name};
use crate::columns::{Cipher, Opener};
use crate::error::{Error, Result, codes, nearest};
use crate::ledger::{preserved, steps};
use crate::report::{PreservedReport, PreservedStore};
use crate::run::Declarations;
use crate::sqlite::survey::Asked;
use crate::sqlite::{Connection, connect, lines};
use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What is asked of `preserved`.
#[derive(Debug, Clone, Default)]
pub struct PreservedRequest {
    /// One table, by its name; all where none is named.
    pub store: Option<String>,
    /// The file that its rows are written to; it must not be there.
    pub to: Option<PathBuf>,
    /// Whether protected values are written in the clear.
    pub show_values: bool,
}

impl Project {
    /// The tables of preserved rows; one of them written to a file, where that is asked for.
    pub fn preserved(&self, request: &PreservedRequest) -> Result<PreservedReport> {
        let mut report = PreservedReport { stores: Vec::new(), file: None, written: None, notes: Vec::new() };
        let opened = connect::question(&self.location()?)?;
        if let Some((connection, _)) = &opened {
            report.stores = preserved::all(&Asked(connection))?;
        }
        if let Some(name) = &request.store {
            report.stores = vec![named(&report.stores, name)?];
        }
        match (&request.to, opened, report.stores.as_slice()) {
            (None, _, _) if request.show_values => {
                Err(Error::new(codes::BAD_VALUE, "values in the clear go into a file").hint("--to FILE names it"))
            }
            (None, _, _) => Ok(report),
            (Some(path), Some((connection, _)), [store]) => {
                let opener = request.show_values.then(|| self.opener(&connection, &store.store)).transpose()?;
                let written = to_file(path, |file| {
                    lines::write(&connection, &store.store, opener.as_ref(), &mut BufWriter::new(file))
                })?;
                report.file = Some(path.display().to_string());
                report.written = Some(written.rows);
                report.notes.extend((written.shut > 0).then(|| {
                    format!(
                        "{} values could not be read with the keys of evolve.toml, and are written as they stand",
                        written.shut
                    )
                }));
                Ok(report)
            }
            (Some(_), _, []) => Err(Error::new(codes::BAD_VALUE, "there are no preserved rows")),
            (Some(_), _, several) => {
                let names: Vec<&str> = several.iter().map(|store| store.store.as_str()).collect();
                Err(Error::new(codes::BAD_VALUE, "one table goes into a file")
                    .hint(format!("name one of {}", names.join(", "))))
            }
        }
    }

    /// What opens the values of a table of preserved rows: encrypted when they were preserved, or before.
    fn opener(&self, connection: &Connection, store: &str) -> Result<Opener> {
        let keys = &self.settings.keys;
        let mut ciphers: Vec<Cipher> = keys.names().filter_map(|name| Cipher::of(keys, name, store).ok()).collect();
        let (database, read) = (Asked(connection), Declarations::default());
        let mut hides = Vec::new();
        for step in steps::all(&database)?.iter().filter(|step| step.kind != "migration") {
            hides.push(crate::run::hides(step, &steps::way_back(&database, &step.id)?, engine_name(), &read)?);
        }
        let declared = self.catalog.stages.iter().flat_map(|stage| &stage.transformations);
        hides.extend(declared.map(|declared| declared.declared.hides(declared, engine_name())));
        for protected in hides.iter().flat_map(|hides| &hides.protected) {
            ciphers.extend(protected.function.ciphers(keys, &protected.label()));
        }
        Ok(Opener::new(ciphers))
    }
}

fn named(stores: &[PreservedStore], name: &str) -> Result<PreservedStore> {
    let found = stores.iter().find(|store| store.store.eq_ignore_ascii_case(name)).cloned();
    found.ok_or_else(|| {
        let error = Error::new(codes::BAD_VALUE, format!("there is no table of preserved rows {name}"));
        match nearest(name, stores.iter().map(|store| store.store.as_str())) {
            Some(nearest) => error.hint(format!("was {nearest} meant?")),
            None => error.hint("evolve preserved lists them"),
        }
    })
}

/// Writes a new file that only its owner can read; what was begun and failed is not left behind.
fn to_file<T>(path: &Path, write: impl FnOnce(File) -> Result<T>) -> Result<T> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::new(codes::EXISTS, format!("{} is there already", path.display())).hint("name a new file")
        }
        _ => Error::new(codes::NOT_WRITABLE, format!("{} cannot be written: {error}", path.display())),
    })?;
    write(file).inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })
}
