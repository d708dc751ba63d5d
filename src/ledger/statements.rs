//! The journal of statements that cannot stand in a transaction: begun, and done.

use super::{integer, n, t, text};
use crate::engine::Database;
use crate::error::Result;

/// The table.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_statements (step TEXT NOT NULL, statement INTEGER NOT NULL, \
     digest TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (step, statement)) WITHOUT ROWID";

/// A statement that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its number in the file, from 0.
    pub statement: usize,
    /// The digest of its text.
    pub digest: String,
    /// Whether it is known to be done.
    pub done: bool,
}

/// The statements of a step that were begun, in order.
pub fn of_step(database: &dyn Database, step: &str) -> Result<Vec<Begun>> {
    let rows = database.query(
        "SELECT statement, digest, state FROM evolve_statements WHERE step = ?1 ORDER BY statement",
        &[t(step)],
    )?;
    Ok(rows
        .iter()
        .map(|row| Begun {
            statement: integer(row, 0).and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
            digest: text(row, 1).unwrap_or_default(),
            done: text(row, 2).as_deref() == Some("done"),
        })
        .collect())
}

/// Notes a statement's state.
pub fn set(database: &dyn Database, step: &str, statement: usize, digest: &str, done: bool) -> Result<()> {
    let sql = "INSERT INTO evolve_statements (step, statement, digest, state) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (step, statement) DO UPDATE SET state = excluded.state, digest = excluded.digest";
    let state = if done { "done" } else { "begun" };
    database.execute(sql, &[t(step), n(statement as u64), t(digest), t(state)])?;
    Ok(())
}

/// Forgets a step's journal.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_statements WHERE step = ?1", &[t(step)])?;
    Ok(())
}
