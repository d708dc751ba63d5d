//! Where the rows of a source lie while a step runs: a temporary table of the source's name.
//!
//! It belongs to the connection, and never stands in the database: what a column protects is not written there in plain.
//! Takes a source and its rows; must not know where they come from.

use crate::catalog::Source;
use crate::error::{Error, Result, codes};
use crate::sql::quoted;
use crate::sqlite::functions::bound;
use crate::sqlite::survey::database_error;
use crate::value::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};

/// Makes the table of a source anew, and lays these rows into it: all or none.
pub fn land(
    connection: &Connection,
    source: &Source,
    rows: &mut dyn Iterator<Item = Result<Vec<Value>>>,
) -> Result<()> {
    let run = |sql: &str| connection.execute_batch(sql).map_err(|error| database_error(&error));
    leave(connection, source)?;
    // Alone it is a transaction that locks nothing but what is temporary; within another it is a part of that.
    run("SAVEPOINT evolve_landing")?;
    let laid = run(&made(source)).and_then(|()| lay(connection, source, rows));
    if laid.is_err() {
        run("ROLLBACK TO evolve_landing")?;
    }
    run("RELEASE evolve_landing")?;
    laid
}

/// Takes the table of a source away, if it is there.
pub fn leave(connection: &Connection, source: &Source) -> Result<()> {
    let sql = format!("DROP TABLE IF EXISTS temp.{}", quoted(&source.name));
    connection.execute_batch(&sql).map_err(|error| database_error(&error))
}

/// The statement that makes its table. No column has a type: values are what they are.
fn made(source: &Source) -> String {
    let names = |columns: &[String]| columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let of_key = |name: &String| if source.key.contains(name) { " NOT NULL" } else { "" };
    let columns: Vec<String> = source.columns.iter().map(|name| quoted(name) + of_key(name)).collect();
    let key = if source.key.is_empty() { String::new() } else { format!(", PRIMARY KEY ({})", names(&source.key)) };
    format!("CREATE TEMP TABLE {} ({}{key})", quoted(&source.name), columns.join(", "))
}

fn lay(connection: &Connection, source: &Source, rows: &mut dyn Iterator<Item = Result<Vec<Value>>>) -> Result<()> {
    let marks = vec!["?"; source.columns.len()].join(", ");
    let sql = format!("INSERT INTO temp.{} VALUES ({marks})", quoted(&source.name));
    let mut insert = connection.prepare(&sql).map_err(|error| database_error(&error))?;
    for (at, row) in rows.enumerate() {
        let row = row?;
        let laid = insert.execute(params_from_iter(row.iter().map(bound)));
        laid.map_err(|error| refused(source, at + 1, &row, &error))?;
    }
    Ok(())
}

/// A row without a key, or with the key of another, is the source's fault.
fn refused(source: &Source, number: usize, row: &[Value], error: &rusqlite::Error) -> Error {
    if error.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
        return database_error(error);
    }
    let value =
        |name: &String| source.columns.iter().zip(row).find(|(column, _)| *column == name).map(|(_, value)| value);
    let what = match source.key.iter().find(|name| value(name).is_none_or(|value| *value == Value::Null)) {
        Some(name) => format!("without {name}, which is of its key"),
        None => format!("with the same {} as an earlier one", source.key.join(", ")),
    };
    Error::new(codes::STEP_FAILED, format!("{} gave row {number} {what}", source.words()))
        .hint("the application that offers it must tell its rows apart by the key; or leave `key` out")
        .at(source.place.clone())
}
