//! A table as JSON Lines: one row an object, written as it is read.
//!
//! Takes a table's name and what opens values; gives lines. Memory does not grow with the rows.

use crate::columns::{Opener, in_json};
use crate::error::{Error, Result, codes};
use crate::sql::quoted;
use crate::sqlite::functions::value;
use crate::sqlite::survey::database_error;
use crate::value::Value;
use rusqlite::Connection;
use std::io::Write;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Values that could not be opened.
    pub shut: u64,
}

/// Writes a table's rows, in the order of their numbers. Values stay as they are where nothing is to open them.
pub fn write(connection: &Connection, table: &str, opener: Option<&Opener>, out: &mut dyn Write) -> Result<Written> {
    let sql = format!("SELECT * FROM main.{} ORDER BY rowid", quoted(table));
    let mut statement = connection.prepare(&sql).map_err(|error| database_error(&error))?;
    let names: Vec<String> = statement.column_names().map(|name| in_json(&Value::Text(name.to_owned()))).collect();
    let mut rows = statement.query([]).map_err(|error| database_error(&error))?;
    let mut written = Written::default();
    while let Some(row) = rows.next().map_err(|error| database_error(&error))? {
        let mut fields = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            let held = value(row.get_ref(at).map_err(|error| database_error(&error))?);
            let (shown, shut) = opener.map_or((held.clone(), 0), |opener| opener.open(held));
            written.shut += shut;
            fields.push(format!("{name}:{}", in_json(&shown)));
        }
        writeln!(out, "{{{}}}", fields.join(",")).map_err(unwritable)?;
        written.rows += 1;
    }
    out.flush().map_err(unwritable)?;
    Ok(written)
}

fn unwritable(error: std::io::Error) -> Error {
    Error::new(codes::NOT_WRITABLE, format!("the rows cannot be written: {error}"))
}
