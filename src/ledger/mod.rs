//! What the database says has happened: evolve's own tables, in the database itself.
//!
//! Takes a [`Database`]; reads and writes runs, steps, cursors and journals. One file a table. Must not open a
//! transaction: whoever does a step and whoever records it are in the same one.

pub mod answers;
pub mod cursors;
pub mod defaults;
pub mod deferred;
pub mod events;
pub mod hidden;
pub mod ids;
pub mod names;
pub mod preserved;
pub mod record;
pub mod rejects;
pub mod rotations;
pub mod runs;
pub mod standing;
pub mod statements;
pub mod steps;

use crate::engine::Database;
use crate::error::{Error, Result, codes};
use crate::value::Value;

pub use runs::{Run, RunState};
pub use standing::Standing;
pub use steps::{Applied, StepState};

/// The format this evolve writes: major.minor.
pub const FORMAT: (u32, u32) = (1, 0);

/// The statements that make the tables, each harmless where the table is there.
pub const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS evolve_meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    runs::TABLE,
    steps::TABLE,
    steps::TEXTS,
    events::TABLE,
    cursors::TABLE,
    statements::TABLE,
    rejects::TABLE,
    deferred::TABLE,
    ids::TABLE,
    names::TABLE,
    answers::TABLE,
    "CREATE TABLE IF NOT EXISTS evolve_written (step TEXT NOT NULL, tbl TEXT NOT NULL, hash BLOB NOT NULL, \
     PRIMARY KEY (step, tbl, hash)) WITHOUT ROWID",
];

/// Makes the ledger where it is not there. In a transaction of the caller's.
pub fn create(database: &dyn Database, project: &str) -> Result<()> {
    for table in TABLES {
        database.execute(table, &[])?;
    }
    let format = format!("{}.{}", FORMAT.0, FORMAT.1);
    for (key, value) in [("format", format.as_str()), ("project", project)] {
        let values = [Value::Text(key.to_owned()), Value::Text(value.to_owned())];
        database.execute("INSERT INTO evolve_meta (key, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING", &values)?;
    }
    Ok(())
}

/// One entry of the ledger's own facts.
pub fn meta(database: &dyn Database, key: &str) -> Result<Option<String>> {
    let rows = database.query("SELECT value FROM evolve_meta WHERE key = ?1", &[Value::Text(key.to_owned())])?;
    Ok(rows.into_iter().next().and_then(|row| text(&row, 0)))
}

/// Sets one entry of the ledger's own facts.
pub fn set_meta(database: &dyn Database, key: &str, value: &str) -> Result<()> {
    let sql =
        "INSERT INTO evolve_meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    database.execute(sql, &[t(key), t(value)])?;
    Ok(())
}

/// Takes one entry out.
pub fn remove_meta(database: &dyn Database, key: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_meta WHERE key = ?1", &[t(key)])?;
    Ok(())
}

/// Refuses to write a ledger of a newer major format.
pub fn check_format(found: &str) -> Result<()> {
    let major = found.split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major <= FORMAT.0 => Ok(()),
        Some(_) => Err(Error::new(
            codes::NEWER_LEDGER,
            format!("the ledger has format {found}, this evolve writes {}.{}", FORMAT.0, FORMAT.1),
        )
        .hint("use the evolve that wrote it, or a newer one")),
        None => Err(Error::new(codes::BAD_LEDGER, "the ledger says no format that can be read")),
    }
}

/// The text in a row's column, where it is text.
pub(crate) fn text(row: &[Value], at: usize) -> Option<String> {
    match row.get(at) {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Integer(number)) => Some(number.to_string()),
        _ => None,
    }
}

/// The same, taken out of the row.
pub(crate) fn taken(row: &mut [Value], at: usize) -> Option<String> {
    match row.get_mut(at).map(|value| std::mem::replace(value, Value::Null)) {
        Some(Value::Text(text)) => Some(text),
        Some(Value::Integer(number)) => Some(number.to_string()),
        _ => None,
    }
}

/// The integer in a row's column, where it is one.
pub(crate) fn integer(row: &[Value], at: usize) -> Option<i64> {
    match row.get(at) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    }
}

/// Text as a value.
pub(crate) fn t(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// Text as a value, or NULL.
pub(crate) fn maybe(text: Option<impl Into<String>>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.into()))
}

/// An unsigned number as a value.
pub(crate) fn n(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The time now, RFC 3339 in UTC, milliseconds.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
