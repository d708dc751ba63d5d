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

/// Keeps the schema as it is before a step whose statements commit one by one: while it is half done, it is planned and
/// read over this one.
pub fn keep_schema(database: &dyn Database, step: &str, schema: &[String]) -> Result<()> {
    super::steps::keep_text(database, &before(step), step, &serde_json::to_string(schema).unwrap_or_default())
}

/// The schema before a step that is half done.
pub fn schema_before(database: &dyn Database, step: &str) -> Result<Option<Vec<String>>> {
    let rows = database.query("SELECT body FROM evolve_texts WHERE digest = ?1", &[t(before(step))])?;
    Ok(rows.first().and_then(|row| serde_json::from_str(&text(row, 0)?).ok()))
}

fn before(step: &str) -> String {
    format!("schema before {step}")
}

/// Forgets a step's journal.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_statements WHERE step = ?1", &[t(step)])?;
    database.execute("DELETE FROM evolve_texts WHERE digest = ?1", &[t(before(step))])?;
    Ok(())
}
