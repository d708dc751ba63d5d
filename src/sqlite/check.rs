//! A check, asked of a SQLite database.
//!
//! Takes a question and its right answer; gives whether it holds, and numbers, never rows, where it does not.

use crate::check::{Check, Expect};
use crate::engine::Database;
use crate::error::Result;
use crate::value::Value;

/// Whether a check holds; if not, what was found, without showing a row.
pub fn holds(database: &dyn Database, check: &Check) -> Result<std::result::Result<(), String>> {
    let found = database.query(check.sql.of("sqlite")?, &[])?;
    Ok(match &check.expect {
        Expect::Empty if found.is_empty() => Ok(()),
        Expect::Empty => Err(format!("{} or more rows were found where there should be none", found.len())),
        Expect::Equals(other) => {
            let expected = database.query(other.of("sqlite")?, &[])?;
            if found == expected { Ok(()) } else { Err(differ(&found, &expected)) }
        }
        Expect::Is(text) => match single(&found) {
            Some(value) if value == *text => Ok(()),
            other => Err(format!("it is {}, not {text}", other.unwrap_or_else(|| "no single value".to_owned()))),
        },
        Expect::Matches(pattern) => {
            let like = database.query(
                "SELECT ?1 LIKE ?2",
                &[single(&found).map_or(Value::Null, Value::Text), Value::Text(pattern.clone())],
            )?;
            match like.first().and_then(|row| crate::ledger::integer(row, 0)) {
                Some(1) => Ok(()),
                _ => Err(format!("it does not match {pattern}")),
            }
        }
    })
}

/// A single value as text.
fn single(rows: &[Vec<Value>]) -> Option<String> {
    match rows {
        [row] => match row.as_slice() {
            [value] => Some(value.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// How two answers differ, without showing a row: numbers only where both are single numbers.
fn differ(found: &[Vec<Value>], expected: &[Vec<Value>]) -> String {
    match (found, expected) {
        ([a], [b]) => match (a.as_slice(), b.as_slice()) {
            ([Value::Integer(a)], [Value::Integer(b)]) => format!("it is {a}, and should be {b}"),
            _ => "the two answers differ".to_owned(),
        },
        _ => format!("the two answers differ ({} and {} rows)", found.len(), expected.len()),
    }
}
