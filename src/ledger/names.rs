//! What steps renamed, in the order it happened: what was done to a column is found again under its name of now.

use super::{t, text};
use crate::engine::Database;
use crate::error::{Error, Result, codes};
use crate::naming::{Names, Renaming};

/// The table.
pub const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS evolve_names (n INTEGER PRIMARY KEY, step TEXT NOT NULL, renaming TEXT NOT NULL)";

/// Writes down what a step renamed.
pub fn record(database: &dyn Database, step: &str, renamings: &[Renaming]) -> Result<()> {
    renamings.iter().try_for_each(|renaming| {
        let json = serde_json::to_string(renaming).unwrap_or_default();
        database.execute("INSERT INTO evolve_names (step, renaming) VALUES (?1, ?2)", &[t(step), t(json)]).map(|_| ())
    })
}

/// What the steps that are in have renamed.
pub fn all(database: &dyn Database) -> Result<Names> {
    let there = "SELECT 1 FROM main.sqlite_schema WHERE name = 'evolve_names'";
    if database.query(there, &[])?.is_empty() {
        return Ok(Names::default());
    }
    let sql =
        "SELECT s.seq, x.renaming FROM evolve_names AS x JOIN evolve_steps AS s ON s.id = x.step ORDER BY s.seq, x.n";
    let rows = database.query(sql, &[])?;
    let one = |row: &Vec<_>| {
        let renaming = text(row, 1).and_then(|json| serde_json::from_str(&json).ok());
        super::integer(row, 0)
            .zip(renaming)
            .ok_or_else(|| Error::new(codes::BAD_LEDGER, "what the ledger says was renamed cannot be read"))
    };
    rows.iter().map(one).collect::<Result<_>>().map(Names)
}

/// Forgets what a step renamed.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_names WHERE step = ?1", &[t(step)])?;
    Ok(())
}
