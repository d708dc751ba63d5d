//! Deferred indexes: dropped before a load and made again after it; their statements are here first.

use super::{t, text};
use crate::engine::Database;
use crate::error::Result;

/// The table.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_deferred (name TEXT PRIMARY KEY NOT NULL, step TEXT NOT NULL, \
     tbl TEXT NOT NULL, statement TEXT NOT NULL) WITHOUT ROWID";

/// An index that is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deferred {
    /// Its name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// The statement that makes it.
    pub statement: String,
}

/// Writes down that an index goes away for a step.
pub fn put(database: &dyn Database, step: &str, index: &Deferred) -> Result<()> {
    let sql = "INSERT INTO evolve_deferred (name, step, tbl, statement) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    database.execute(sql, &[t(&index.name), t(step), t(&index.table), t(&index.statement)])?;
    Ok(())
}

/// The indexes that are away for a step.
pub fn of_step(database: &dyn Database, step: &str) -> Result<Vec<Deferred>> {
    let rows =
        database.query("SELECT name, tbl, statement FROM evolve_deferred WHERE step = ?1 ORDER BY name", &[t(step)])?;
    let word = |row: &[crate::value::Value], at: usize| text(row, at).unwrap_or_default();
    Ok(rows.iter().map(|row| Deferred { name: word(row, 0), table: word(row, 1), statement: word(row, 2) }).collect())
}

/// Forgets a step's indexes: they are back.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_deferred WHERE step = ?1", &[t(step)])?;
    Ok(())
}
