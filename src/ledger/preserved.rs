//! Preserved rows: which tables hold what stood in an undo's way, of which step, and how many rows there are.
//!
//! Made with the first row that is preserved; neither it nor what it names is ever dropped by evolve.

use super::{integer, n, now, t, text};
use crate::engine::Database;
use crate::error::Result;
use crate::report::{Preserved, PreservedStore};

/// The table.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_preserved (n INTEGER PRIMARY KEY, store TEXT NOT NULL UNIQUE, \
     run TEXT NOT NULL, step TEXT NOT NULL, tbl TEXT NOT NULL, columns TEXT NOT NULL, at TEXT NOT NULL, \
     rows INTEGER NOT NULL)";

/// Of which rows a table is.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// The run that preserves them.
    pub run: &'a str,
    /// The step that is taken back.
    pub step: &'a str,
    /// The table they are rows of.
    pub table: &'a str,
    /// Its columns, as SQL.
    pub columns: &'a str,
}

/// The table that holds such rows already.
pub fn find(database: &dyn Database, of: Of<'_>) -> Result<Option<String>> {
    if !is_there(database)? {
        return Ok(None);
    }
    let sql = "SELECT store FROM evolve_preserved WHERE run = ?1 AND step = ?2 AND tbl = ?3 AND columns = ?4";
    let rows = database.query(sql, &[t(of.run), t(of.step), t(of.table), t(of.columns)])?;
    Ok(rows.first().and_then(|row| text(row, 0)))
}

/// Writes down that there will be one more, and gives its name.
pub fn add(database: &dyn Database, of: Of<'_>) -> Result<String> {
    database.execute(TABLE, &[])?;
    let next = database.query("SELECT coalesce(max(n), 0) + 1 FROM evolve_preserved", &[])?;
    let next = next.first().and_then(|row| integer(row, 0)).unwrap_or(1);
    let store = format!("evolve_preserved_{next}_{}", of.table);
    let values = [t(&store), t(of.run), t(of.step), t(of.table), t(of.columns), t(now())];
    let sql =
        "INSERT INTO evolve_preserved (store, run, step, tbl, columns, at, rows) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";
    database.execute(sql, &values)?;
    Ok(store)
}

/// It has so many rows more.
pub fn grew(database: &dyn Database, store: &str, rows: u64) -> Result<()> {
    database.execute("UPDATE evolve_preserved SET rows = rows + ?2 WHERE store = ?1", &[t(store), n(rows)])?;
    Ok(())
}

/// What a run preserved.
pub fn of_run(database: &dyn Database, run: &str) -> Result<Vec<Preserved>> {
    if !is_there(database)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT store, step, tbl, rows FROM evolve_preserved WHERE run = ?1 ORDER BY n";
    let rows = database.query(sql, &[t(run)])?;
    let word = |row: &[_], at| text(row, at).unwrap_or_default();
    let one = |row: &Vec<_>| Preserved {
        table: word(row, 2),
        step: word(row, 1),
        store: word(row, 0),
        rows: integer(row, 3).and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0),
    };
    Ok(rows.iter().map(one).collect())
}

/// The tables of preserved rows, each with the one its rows are of.
pub fn stores(database: &dyn Database) -> Result<Vec<(String, String)>> {
    if !is_there(database)? {
        return Ok(Vec::new());
    }
    let rows = database.query("SELECT store, tbl FROM evolve_preserved ORDER BY n", &[])?;
    Ok(rows.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?))).collect())
}

/// All of them, with what is known of each.
pub fn all(database: &dyn Database) -> Result<Vec<PreservedStore>> {
    if !is_there(database)? {
        return Ok(Vec::new());
    }
    let rows = database.query("SELECT store, tbl, step, run, at, rows FROM evolve_preserved ORDER BY n", &[])?;
    let word = |row: &[_], at| text(row, at).unwrap_or_default();
    let one = |row: &Vec<_>| PreservedStore {
        store: word(row, 0),
        table: word(row, 1),
        step: word(row, 2),
        run: word(row, 3),
        at: word(row, 4),
        rows: integer(row, 5).and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0),
    };
    Ok(rows.iter().map(one).collect())
}

fn is_there(database: &dyn Database) -> Result<bool> {
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE name = 'evolve_preserved'";
    Ok(!database.query(sql, &[])?.is_empty())
}
