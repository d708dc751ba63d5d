//! How a rewind gets past a row that is somebody's: it is copied to the preserved rows, then taken back all the same.
//!
//! Takes the entry that met it. Copies the row that the entry is about where it is not as the step left it, and rows that
//! hold a unique key of what comes back: the database itself says which, by the deletes that its REPLACE makes.

use super::{Acts, Entry, Rewind};
use crate::engine::Others;
use crate::error::{Error, Result};
use crate::report::Rows;
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::preserve::Store;
use crate::sqlite::{keep, shape};
use rusqlite::{Connection, ErrorCode, ffi, params_from_iter};
use std::cell::OnceCell;

/// What stops a rewind.
pub(super) enum Stop {
    /// The database.
    Database(rusqlite::Error),
    /// An error that says all.
    Said(Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Said(error)
    }
}

/// Past what stands in the way.
pub(super) struct Past<'a> {
    rewind: &'a Rewind<'a>,
    connection: &'a Connection,
    others: &'a Others<'a>,
    shape: Table,
    /// What takes a row back as it is, and what takes its unique keys from others too.
    forced: (Acts, Acts),
    store: OnceCell<Store<'a>>,
}

impl<'a> Past<'a> {
    pub fn new(rewind: &'a Rewind<'a>, connection: &'a Connection, others: &'a Others<'a>) -> rusqlite::Result<Self> {
        let shape = shape::table(connection, rewind.table)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let forced = (rewind.acts(connection, Force::Row)?, rewind.acts(connection, Force::Keys)?);
        Ok(Self { rewind, connection, others, shape, forced, store: OnceCell::new() })
    }

    /// Whether an error says that somebody's row is in the way.
    pub fn can(error: &rusqlite::Error) -> bool {
        matches!(error, rusqlite::Error::QueryReturnedNoRows) || is_taken(error)
    }

    /// Copies what is in the way of an entry, and takes it back.
    pub fn entry(&self, op: &str, entry: &Entry, done: &mut Rows) -> std::result::Result<(), Stop> {
        if op != "d" {
            self.keep_changed(entry)?;
        }
        match self.rewind.entry(self.connection, &self.forced.0, op, entry.clone(), done) {
            Err(error) if is_taken(&error) => self.take_keys(op, entry, done),
            went => Ok(went?),
        }
    }

    fn store(&self) -> Result<&Store<'a>> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let store = Store::open(self.connection, self.others, &self.shape, self.rewind.table)?;
        Ok(self.store.get_or_init(|| store))
    }

    /// The row itself, where it is not as the step left it.
    fn keep_changed(&self, entry: &Entry) -> std::result::Result<(), Stop> {
        let keys = self.rewind.keys(self.connection)?;
        let same: Vec<String> =
            keys.iter().enumerate().map(|(at, key)| format!("evolve_t.{key} = ?{}", at + 1)).collect();
        let sql = format!(
            "{} FROM {} AS evolve_t WHERE {} AND {} IS NOT ?{}",
            self.store()?.copy("evolve_t"),
            quoted(self.rewind.table),
            same.join(" AND "),
            keep::hash("evolve_t.", self.rewind.columns),
            keys.len() + 1
        );
        let values = entry.key.iter().chain([&entry.new]);
        let rows = self.connection.prepare(&sql)?.execute(params_from_iter(values))?;
        Ok(self.store()?.grew(rows as u64)?)
    }

    /// Rows that hold a unique key of the one that comes back go, each copied as the database deletes it.
    fn take_keys(&self, op: &str, entry: &Entry, done: &mut Rows) -> std::result::Result<(), Stop> {
        let store = self.store()?;
        let before = store.last()?;
        // Without it REPLACE deletes and fires nothing.
        let recursive: bool = self.connection.query_row("PRAGMA recursive_triggers", [], |row| row.get(0))?;
        self.connection.execute_batch(&format!(
            "PRAGMA recursive_triggers = ON; CREATE TEMP TRIGGER evolve_past BEFORE DELETE ON main.{} BEGIN {}; END;",
            quoted(self.rewind.table),
            store.copy("OLD")
        ))?;
        let went = self.rewind.entry(self.connection, &self.forced.1, op, entry.clone(), done);
        self.connection.execute_batch("DROP TRIGGER temp.evolve_past")?;
        if !recursive {
            self.connection.execute_batch("PRAGMA recursive_triggers = OFF")?;
        }
        went?;
        let rows = u64::try_from(store.last()? - before).unwrap_or(0);
        Ok(store.grew(rows)?)
    }
}

/// How much an act takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    /// Only what is as the step left it.
    Nothing,
    /// The row, as it is.
    Row,
    /// The row as it is, and its unique keys from whoever has them.
    Keys,
}

/// Whether a unique key is taken.
fn is_taken(error: &rusqlite::Error) -> bool {
    let codes = [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY, ffi::SQLITE_CONSTRAINT_ROWID];
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
        && error.sqlite_error().is_some_and(|error| codes.contains(&error.extended_code))
}
