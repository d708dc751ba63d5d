//! Refinery's Runner over evolve's own connection: its verification and its row, in evolve's transaction.
//!
//! The Runner is handed exactly one migration and an empty history (the ledger has verified the rest); what it wants
//! executed is the migration, which evolve runs statement by statement, and its own row, whose checksum is written in the
//! flavour that the history has.

use crate::engine::Session;
use crate::error::{Error, Result, codes};
use crate::plan::adopt::{Flavour, checksum};
use refinery_core::traits::sync::{Migrate, Query, Transaction};
use refinery_core::{Migration, Runner, Target};

/// What one migration needs to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The history table.
    pub table: &'a str,
    /// `V4__incidents`.
    pub file_name: &'a str,
    /// The name.
    pub name: &'a str,
    /// The version.
    pub version: i64,
    /// The plain file's canonical text.
    pub text: &'a str,
    /// The flavour of the history.
    pub flavour: Flavour,
}

/// Applies a migration by `apply` and records it in refinery's history, both in the caller's transaction.
pub fn apply(session: &dyn Session, recorded: Recorded<'_>, apply: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    let migration = Migration::unapplied(recorded.file_name, recorded.text).map_err(|error| {
        Error::new(codes::BAD_FILE_NAME, format!("refinery does not take {}: {error}", recorded.file_name))
    })?;
    let version = migration.version();
    let mut runner = Runner::new(&[migration]).set_grouped(true).set_target(Target::Version(version));
    runner.set_migration_table_name(recorded.table);
    let mut adapter = Adapter { session, recorded, apply };
    runner.run(&mut adapter).map(|_| ()).map_err(ours)
}

/// The error that came out of evolve's own part, as it went in.
fn ours(error: refinery_core::Error) -> Error {
    use std::error::Error as _;
    let words = error.to_string();
    let found = error
        .source()
        .and_then(|source| source.downcast_ref::<Carried>())
        .and_then(|carried| carried.0.lock().ok()?.take());
    found.unwrap_or_else(|| Error::new(codes::STEP_FAILED, words))
}

/// An error of evolve's on its way through refinery.
#[derive(Debug)]
struct Carried(std::sync::Mutex<Option<Error>>);

impl std::fmt::Display for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the step failed")
    }
}

impl std::error::Error for Carried {}

struct Adapter<'a, 'b> {
    session: &'a dyn Session,
    recorded: Recorded<'a>,
    apply: &'b mut dyn FnMut() -> Result<()>,
}

impl Adapter<'_, '_> {
    fn run(&mut self, query: &str) -> Result<()> {
        let recorded = self.recorded;
        if query == recorded.text {
            return (self.apply)();
        }
        if query.trim_start().starts_with("CREATE TABLE IF NOT EXISTS") {
            let query = if recorded.flavour.wide { query.to_owned() } else { query.replace("int8", "int4") };
            return self.session.statement(&query);
        }
        self.session.statement(&self.insert(query)?)
    }

    /// Refinery's own INSERT with the checksum of the history's flavour.
    fn insert(&self, query: &str) -> Result<String> {
        let recorded = self.recorded;
        let theirs =
            Migration::unapplied(recorded.file_name, recorded.text).map(|migration| migration.checksum().to_string());
        let ours = checksum(recorded.name, recorded.version, recorded.text, recorded.flavour).or_else(|| {
            checksum(recorded.name, recorded.version, recorded.text, Flavour { wide: true, ..recorded.flavour })
        });
        match (theirs, ours) {
            (Ok(theirs), Some(ours)) => Ok(query.replace(&format!("'{theirs}'"), &format!("'{ours}'"))),
            _ => Err(Error::new(codes::STEP_FAILED, "refinery's checksum could not be worked out")),
        }
    }
}

impl Transaction for Adapter<'_, '_> {
    type Error = Carried;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> std::result::Result<usize, Carried> {
        let mut count = 0;
        for query in queries {
            self.run(query).map_err(|error| Carried(std::sync::Mutex::new(Some(error))))?;
            count += 1;
        }
        Ok(count)
    }
}

impl Query<Vec<Migration>> for Adapter<'_, '_> {
    fn query(&mut self, _: &str) -> std::result::Result<Vec<Migration>, Carried> {
        Ok(Vec::new())
    }
}

impl Migrate for Adapter<'_, '_> {}
