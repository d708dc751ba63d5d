//! What holds for every function: its samples, its SQL, its file.

mod column;
mod files;
mod regex;
mod samples;

use super::Column;
use crate::catalog::Document;
use crate::error::{Result, Text};
use crate::value::Value;
use rusqlite::types::ValueRef;

/// The column that the inside of a table in TOML declares, `apply = ["trim"]`.
pub(super) fn column(toml: &str) -> Result<Column> {
    declared(&format!("x = {{ {toml} }}"))
}

/// The column that a whole line declares.
fn declared(line: &str) -> Result<Column> {
    let text = Text::new("plans/test.toml", line);
    let document = Document::parse(&text)?;
    Column::parse("x", &document.fields().required("x")?)
}

/// What SQLite makes of an expression.
pub(super) fn evaluate(sql: &str) -> Value {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    query(&database, &format!("SELECT {sql}"))
}

fn query(database: &rusqlite::Connection, sql: &str) -> Value {
    let read = |row: &rusqlite::Row<'_>| Ok(value(row.get_ref_unwrap(0)));
    database.query_row(sql, [], read).unwrap()
}

/// Text that is no UTF-8 travels as a blob.
fn value(stored: ValueRef<'_>) -> Value {
    match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => match String::from_utf8(bytes.to_vec()) {
            Ok(text) => Value::Text(text),
            Err(error) => Value::Blob(error.into_bytes()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}
