//! An act of taking back whose store holds some columns encrypted.
//!
//! Takes the act and what of its store is encrypted; runs it once the key was seen to be the one that wrote it.

use crate::engine::UndoContext;
use crate::error::{Error, Result, codes};
use crate::inverse::{Inverse, RemakeTable, Seal};
use crate::schema::{Table, Tables as _};
use crate::sqlite::sealing::Sealing;
use crate::sqlite::session::SqliteSession;
use crate::sqlite::survey::database_error;
use crate::sqlite::undo;

/// Runs it.
pub fn act(session: &SqliteSession<'_>, act: &Inverse, seal: &Seal, context: &UndoContext<'_>) -> Result<()> {
    let store = context.store(seal.kept);
    let sealing = Sealing::of_store(seal, &store, context.keys)?;
    sealing.refuse_other_key(&session.connection, &seal.table, &store, &encrypted(session, act, seal, &store))?;
    sealing.register(&session.connection).map_err(|error| database_error(&error))?;
    let result = undo::plain(session, act, context, Some(&sealing));
    sealing.forget(&session.connection);
    result
}

/// The columns of the store that are encrypted.
fn encrypted(session: &SqliteSession<'_>, act: &Inverse, seal: &Seal, store: &str) -> Vec<String> {
    let shape = session.table(store);
    let there = |name: &&String| shape.as_ref().is_some_and(|shape| shape.column(name).is_some());
    let keys: Vec<&String> = match act {
        Inverse::RemakeTable(remake) => remake.key.iter().map(|(old, _)| old).collect(),
        Inverse::Rewind { key, .. } => key.iter().collect(),
        _ => Vec::new(),
    };
    let keys = keys.iter().enumerate().filter(|(_, key)| seal.has(key)).map(|(at, _)| format!("evolve_key_{at}"));
    seal.columns.iter().filter(there).cloned().chain(keys).collect()
}

/// A table to be made again in its old shape.
#[derive(Debug)]
pub struct Remaking<'a> {
    /// The act.
    pub remake: &'a RemakeTable,
    /// What its store is encrypted by.
    pub sealing: Option<&'a Sealing>,
}

impl std::ops::Deref for Remaking<'_> {
    type Target = RemakeTable;

    fn deref(&self) -> &RemakeTable {
        self.remake
    }
}

/// A row is found by its encrypted key only where the column still holds values of the same class.
pub fn refuse_other_class(remake: &RemakeTable, was: &Table, now: &Table, sealing: Option<&Sealing>) -> Result<()> {
    let class = |table: &Table, name: &str| table.column(name).map(|column| column.declared.to_uppercase());
    let other = |(old, new): &&(String, String)| {
        sealing.is_some_and(|sealing| sealing.has_key(old)) && class(was, old) != class(now, new)
    };
    match remake.key.iter().find(other) {
        None => Ok(()),
        Some((old, _)) => {
            let message = format!("rows of {} were kept by {old}, encrypted, and its type has changed", remake.table);
            Err(Error::new(codes::NO_WAY_BACK, message))
        }
    }
}
