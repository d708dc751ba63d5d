//! Cursors: how far each Movement of a half-done step has got, typed, with its counters.

use super::{integer, maybe, n, t, text};
use crate::columns::literal;
use crate::engine::Database;
use crate::error::{Error, Result, codes};
use crate::report::Rows;
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// The table.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_cursors (step TEXT NOT NULL, movement INTEGER NOT NULL, \
     phase TEXT NOT NULL, tbl TEXT NOT NULL, key TEXT, shown TEXT, account TEXT NOT NULL, total INTEGER, \
     until TEXT, source TEXT, PRIMARY KEY (step, movement)) WITHOUT ROWID";

/// How far a Movement has got.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The step.
    pub step: String,
    /// The Movement's number in it.
    pub movement: usize,
    /// `up`, `down`, or `done` once nothing is left of it.
    pub phase: String,
    /// The table that is walked.
    pub table: String,
    /// The key of the last row that is through.
    pub key: Option<Vec<Value>>,
    /// The key of the last row that is wanted, where the walk would else meet what it writes itself.
    pub until: Option<Vec<Value>>,
    /// Its rows so far.
    pub account: Rows,
    /// How many rows there are, where they were counted.
    pub total: Option<u64>,
    /// The digest of what is walked: the source's shape and the key.
    pub source: String,
}

/// A value as it stands in the cursor: its class is kept.
#[derive(Serialize, Deserialize)]
enum Typed {
    #[serde(rename = "n")]
    Null,
    #[serde(rename = "i")]
    Integer(i64),
    #[serde(rename = "r")]
    Real(u64),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "b")]
    Blob(Vec<u8>),
    /// Text that is no UTF-8.
    #[serde(rename = "u")]
    Unclear(Vec<u8>),
    /// No value: the columns that those before it are of, where they are not those that the Movement is declared to walk.
    #[serde(rename = "by")]
    By(Vec<String>),
}

/// All cursors of a step.
pub fn of_step(database: &dyn Database, step: &str) -> Result<Vec<Cursor>> {
    let sql = "SELECT movement, phase, tbl, key, account, total, until, source FROM evolve_cursors WHERE step = ?1 ORDER BY movement";
    database.query(sql, &[t(step)])?.iter().map(|row| read(step, row)).collect()
}

/// Writes a cursor down, over what was there.
pub fn set(database: &dyn Database, cursor: &Cursor) -> Result<()> {
    let key = cursor.key.as_ref().map(|key| encode(key));
    let shown = cursor.key.as_ref().map(|key| shown(key));
    let values = [
        t(&cursor.step),
        n(cursor.movement as u64),
        t(&cursor.phase),
        t(&cursor.table),
        maybe(key),
        maybe(shown),
        t(serde_json::to_string(&cursor.account).unwrap_or_default()),
        cursor.total.map_or(Value::Null, n),
        maybe(cursor.until.as_ref().map(|key| encode(key))),
        t(&cursor.source),
    ];
    let sql = "INSERT INTO evolve_cursors (step, movement, phase, tbl, key, shown, account, total, until, source) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (step, movement) DO UPDATE SET \
               phase = excluded.phase, key = excluded.key, shown = excluded.shown, account = excluded.account, total = excluded.total, until = excluded.until, source = excluded.source";
    database.execute(sql, &values)?;
    Ok(())
}

/// Forgets a step's cursors.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_cursors WHERE step = ?1", &[t(step)])?;
    Ok(())
}

/// A key as a person reads it.
pub fn shown(key: &[Value]) -> String {
    key.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A key as it stands in the ledger: typed.
pub fn encode(key: &[Value]) -> String {
    let typed: Vec<Typed> = key.iter().map(typed).collect();
    serde_json::to_string(&typed).unwrap_or_default()
}

/// A key as the ledger has it.
pub fn decode(text: &str) -> Result<Vec<Value>> {
    let typed: Vec<Typed> = serde_json::from_str(text).map_err(|_| unreadable())?;
    let value = |typed| match typed {
        Typed::Null => Some(Value::Null),
        Typed::Integer(value) => Some(Value::Integer(value)),
        Typed::Real(bits) => Some(Value::Real(f64::from_bits(bits))),
        Typed::Text(value) => Some(Value::Text(value)),
        Typed::Blob(value) => Some(Value::Blob(value)),
        Typed::Unclear(value) => Some(Value::Unclear(value)),
        Typed::By(_) => None,
    };
    Ok(typed.into_iter().filter_map(value).collect())
}

/// A key of which some blobs are text that is no UTF-8, as it stands in the ledger; with the columns it is of, where these
/// are not the declared ones.
pub fn encode_with(key: &[Value], is_text: &[bool], by: &[String]) -> String {
    let typed = key.iter().zip(is_text).map(|(value, is_text)| match value {
        Value::Blob(bytes) if *is_text => Typed::Unclear(bytes.clone()),
        value => typed(value),
    });
    let by = (!by.is_empty()).then(|| Typed::By(by.to_vec()));
    serde_json::to_string(&typed.chain(by).collect::<Vec<_>>()).unwrap_or_default()
}

/// The columns that a key is of, where it says so.
pub fn columns(text: &str) -> Result<Option<Vec<String>>> {
    let typed: Vec<Typed> = serde_json::from_str(text).map_err(|_| unreadable())?;
    Ok(typed.into_iter().find_map(|value| match value {
        Typed::By(columns) => Some(columns),
        _ => None,
    }))
}

/// A key as the ledger has it, as SQL.
pub fn literals(text: &str) -> Result<Vec<String>> {
    Ok(decode(text)?.iter().map(literal).collect())
}

fn unreadable() -> Error {
    Error::new(codes::BAD_LEDGER, "a cursor of the ledger cannot be read")
}

fn typed(value: &Value) -> Typed {
    match value {
        Value::Null => Typed::Null,
        Value::Integer(value) => Typed::Integer(*value),
        Value::Real(value) => Typed::Real(value.to_bits()),
        Value::Text(value) => Typed::Text(value.clone()),
        Value::Blob(value) => Typed::Blob(value.clone()),
        Value::Unclear(value) => Typed::Unclear(value.clone()),
    }
}

fn read(step: &str, row: &[Value]) -> Result<Cursor> {
    let number = |at: usize| integer(row, at).and_then(|number| u64::try_from(number).ok());
    Ok(Cursor {
        step: step.to_owned(),
        movement: number(0).and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
        phase: text(row, 1).unwrap_or_default(),
        table: text(row, 2).unwrap_or_default(),
        key: text(row, 3).map(|key| decode(&key)).transpose()?,
        until: text(row, 6).map(|key| decode(&key)).transpose()?,
        account: text(row, 4).and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        total: number(5),
        source: text(row, 7).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f125_a_key_keeps_its_class_and_its_bits() {
        let key = vec![
            Value::Integer(i64::MIN),
            Value::Real(-0.0),
            Value::Real(0.1 + 0.2),
            Value::Text("10".into()),
            Value::Blob(vec![0, 255]),
            Value::Unclear(vec![255, 65]),
            Value::Null,
        ];
        let back = decode(&encode(&key)).unwrap();
        assert_eq!(format!("{back:?}"), format!("{key:?}"));
    }
}
