//! Rejects: rows that were put aside, each with column, rule and reason, to be looked at, mended and tried again.

use super::cursors::{columns, literals};
use super::{integer, maybe, meta, n, now, set_meta, t, text};
use crate::engine::Database;
use crate::error::Result;
use crate::value::Value;

/// The table. `record` is the row as a JSON object, as [`crate::ledger::record`] has values; `said` a digest of it as it was
/// written, by which it is seen that somebody changed it.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_rejects (n INTEGER PRIMARY KEY, step TEXT NOT NULL, \
     movement INTEGER NOT NULL, run TEXT NOT NULL, tbl TEXT NOT NULL, key TEXT NOT NULL, shown TEXT NOT NULL, \
     col TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL, record TEXT, at TEXT NOT NULL, said BLOB)";

/// A row that was put aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject<'a> {
    /// The step.
    pub step: &'a str,
    /// The Movement's number in it.
    pub movement: usize,
    /// The run.
    pub run: &'a str,
    /// The table it stands in.
    pub table: &'a str,
    /// Its key, as the ledger has keys.
    pub key: String,
    /// Its key, for people.
    pub shown: String,
    /// The column that was refused; empty for a rule over the whole row.
    pub column: String,
    /// The function or rule.
    pub rule: String,
    /// What it says; never the value.
    pub reason: String,
    /// The row as a JSON object.
    pub record: Option<String>,
}

/// Puts a row aside.
pub fn put(database: &dyn Database, reject: &Reject<'_>) -> Result<()> {
    let values = [
        t(reject.step),
        n(reject.movement as u64),
        t(reject.run),
        t(reject.table),
        t(reject.key.clone()),
        t(reject.shown.clone()),
        t(reject.column.clone()),
        t(reject.rule.clone()),
        t(reject.reason.clone()),
        maybe(reject.record.clone()),
        t(now()),
    ];
    let sql = "INSERT INTO evolve_rejects (step, movement, run, tbl, key, shown, col, rule, reason, record, at, said) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, evolve_hash(?10))";
    database.execute(sql, &values)?;
    Ok(())
}

/// A reject to be tried again.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its number in the table.
    pub number: i64,
    /// Its key, for people.
    pub shown: String,
    /// Its key as SQL.
    pub key: Vec<String>,
    /// The columns that the key is of, where these are not the declared ones.
    pub columns: Option<Vec<String>>,
    /// Whether somebody changed its record since it was written.
    pub changed: bool,
}

/// The highest number of a reject.
pub fn last(database: &dyn Database) -> Result<i64> {
    let rows = database.query("SELECT coalesce(max(n), 0) FROM evolve_rejects", &[])?;
    Ok(rows.first().and_then(|row| integer(row, 0)).unwrap_or(0))
}

/// The next rejects of a Movement, at most so many, between two numbers.
pub fn of_movement(
    database: &dyn Database,
    (step, movement): (&str, usize),
    (after, until): (i64, i64),
    most: u64,
) -> Result<Vec<Waiting>> {
    let sql = "SELECT n, shown, key, said IS NOT evolve_hash(record) FROM evolve_rejects WHERE step = ?1 AND movement = ?2 AND n > ?3 AND n <= ?4 \
               ORDER BY n LIMIT ?5";
    let values = [t(step), n(movement as u64), Value::Integer(after), Value::Integer(until), n(most)];
    let read = |row: &Vec<Value>| {
        let key = text(row, 2).unwrap_or_default();
        Ok(Waiting {
            number: integer(row, 0).unwrap_or(0),
            shown: text(row, 1).unwrap_or_default(),
            key: literals(&key)?,
            columns: columns(&key)?,
            changed: integer(row, 3) == Some(1),
        })
    };
    database.query(sql, &values)?.iter().map(read).collect()
}

/// Takes one reject out: it is tried again.
pub fn remove(database: &dyn Database, number: i64) -> Result<()> {
    database.execute("DELETE FROM evolve_rejects WHERE n = ?1", &[Value::Integer(number)])?;
    Ok(())
}

/// Gives a reject the reason of the newest one, which is the same row once more, and goes. Its key and its record stay.
pub fn renew(database: &dyn Database, number: i64) -> Result<()> {
    let newest = last(database)?;
    let sql = "UPDATE evolve_rejects SET (run, col, rule, reason, at) = \
               (SELECT run, col, rule, reason, at FROM evolve_rejects WHERE n = ?2) WHERE n = ?1";
    database.execute(sql, &[Value::Integer(number), Value::Integer(newest)])?;
    if newest == number { Ok(()) } else { remove(database, newest) }
}

/// The record of a reject.
pub fn record(database: &dyn Database, number: i64) -> Result<Option<String>> {
    let rows = database.query("SELECT record FROM evolve_rejects WHERE n = ?1", &[Value::Integer(number)])?;
    Ok(rows.first().and_then(|row| text(row, 0)))
}

/// How many rejects of a Movement there are, and what people call some of them.
pub fn some_of(database: &dyn Database, step: &str, movement: usize, most: u64) -> Result<(u64, Vec<String>)> {
    let values = [t(step), n(movement as u64)];
    let sql = "SELECT count(*) FROM evolve_rejects WHERE step = ?1 AND movement = ?2";
    let count = database.query(sql, &values)?.first().and_then(|row| integer(row, 0)).unwrap_or(0);
    let sql = format!("SELECT shown FROM evolve_rejects WHERE step = ?1 AND movement = ?2 ORDER BY n LIMIT {most}");
    let shown = database.query(&sql, &values)?.iter().filter_map(|row| text(row, 0)).collect();
    Ok((u64::try_from(count).unwrap_or(0), shown))
}

/// Keeps the statement that made a table which a step walks: its rejects may outlive it.
pub fn keep_shape(database: &dyn Database, step: &str, table: &str, sql: &str) -> Result<()> {
    set_meta(database, &shape_key(step, table), sql)
}

/// That statement, where it was kept.
pub fn shape(database: &dyn Database, step: &str, table: &str) -> Result<Option<String>> {
    meta(database, &shape_key(step, table))
}

fn shape_key(step: &str, table: &str) -> String {
    format!("rejects {step}: {}", table.to_lowercase())
}

/// Forgets a step's rejects.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_rejects WHERE step = ?1", &[t(step)])?;
    let sql = "DELETE FROM evolve_meta WHERE substr(key, 1, length(?1)) = ?1";
    database.execute(sql, &[t(shape_key(step, ""))])?;
    Ok(())
}
