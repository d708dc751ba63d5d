//! Indexes and triggers that are away during a load: dropped before it and made again after it; their statements are
//! here first.

use super::{t, text};
use crate::engine::Database;
use crate::error::Result;

/// The table.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_deferred (name TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, \
     step TEXT NOT NULL, tbl TEXT NOT NULL, statement TEXT NOT NULL) WITHOUT ROWID";

/// An object that is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deferred {
    /// Its name.
    pub name: String,
    /// `index` or `trigger`.
    pub kind: String,
    /// Its table.
    pub table: String,
    /// The statement that makes it.
    pub statement: String,
}

/// Writes down that an object goes away for a step.
pub fn put(database: &dyn Database, step: &str, away: &Deferred) -> Result<()> {
    let sql = "INSERT INTO evolve_deferred (name, kind, step, tbl, statement) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    database.execute(sql, &[t(&away.name), t(&away.kind), t(step), t(&away.table), t(&away.statement)])?;
    Ok(())
}

/// What is away for a step: indexes first.
pub fn of_step(database: &dyn Database, step: &str) -> Result<Vec<Deferred>> {
    let sql = "SELECT name, kind, tbl, statement FROM evolve_deferred WHERE step = ?1 ORDER BY kind, name";
    let rows = database.query(sql, &[t(step)])?;
    let word = |row: &[crate::value::Value], at: usize| text(row, at).unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| Deferred { name: word(row, 0), kind: word(row, 1), table: word(row, 2), statement: word(row, 3) })
        .collect())
}

/// Forgets what was away for a step: it is back.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_deferred WHERE step = ?1", &[t(step)])?;
    Ok(())
}
