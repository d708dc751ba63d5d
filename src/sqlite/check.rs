//! A check, asked of a SQLite database.
//!
//! Takes a question and its right answer; gives whether it holds, and numbers, never rows, where it does not. Answers are
//! stepped through, and no further than it takes to know: memory does not grow with them.

use crate::check::{Check, Expect};
use crate::error::Result;
use crate::sqlite::functions::value;
use crate::sqlite::survey::database_error;
use regex::Regex;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Rows};

/// Whether a check holds; if not, what was found, without showing a row.
pub fn holds(connection: &Connection, check: &Check) -> Result<std::result::Result<(), String>> {
    let sql = check.sql.of("sqlite")?;
    let found = match &check.expect {
        Expect::Empty => empty(connection, sql),
        Expect::Equals(other) => equal(connection, sql, other.of("sqlite")?),
        Expect::Is(text) => single(connection, sql).map(|found| match found {
            Some(found) if found == *text => Ok(()),
            found => Err(format!("it is {}, not {text}", found.unwrap_or_else(|| "no single value".to_owned()))),
        }),
        Expect::Matches(pattern) => matches(connection, sql, pattern),
    };
    found.map_err(|error| database_error(&error))
}

type Found = rusqlite::Result<std::result::Result<(), String>>;

fn empty(connection: &Connection, sql: &str) -> Found {
    let mut statement = connection.prepare_cached(sql)?;
    let any = statement.query([])?.next()?.is_some();
    Ok(if any { Err("1 or more rows were found where there should be none".to_owned()) } else { Ok(()) })
}

fn matches(connection: &Connection, sql: &str, pattern: &Regex) -> Found {
    let found = single(connection, sql)?;
    let written = pattern.as_str().trim_start_matches(r"\A(?:").trim_end_matches(r")\z");
    Ok(if found.is_some_and(|found| pattern.is_match(&found)) {
        Ok(())
    } else {
        Err(format!("it does not match {}", written))
    })
}

/// Both answers side by side, up to the first row that is not in both.
fn equal(connection: &Connection, sql: &str, other: &str) -> Found {
    let (mut left, mut right) = (connection.prepare_cached(sql)?, connection.prepare_cached(other)?);
    let widths = (left.column_count(), right.column_count());
    let (mut found, mut expected) = (left.query([])?, right.query([])?);
    let mut number: u64 = 1;
    loop {
        let numbers = match (found.next()?, expected.next()?) {
            (None, None) => return Ok(Ok(())),
            (Some(_), None) => return Ok(Err(shorter("`equals`", number - 1, "`sql`"))),
            (None, Some(_)) => return Ok(Err(shorter("`sql`", number - 1, "`equals`"))),
            (Some(a), Some(b)) if widths.0 == widths.1 && same(a, b, widths.0)? => None,
            (Some(a), Some(b)) => Some(if widths == (1, 1) { integer(a)?.zip(integer(b)?) } else { None }),
        };
        match numbers {
            None => number += 1,
            Some(Some((a, b))) if number == 1 && ended(&mut found)? && ended(&mut expected)? => {
                return Ok(Err(format!("it is {a}, and should be {b}")));
            }
            Some(_) => return Ok(Err(format!("the two answers differ at row {number}"))),
        }
    }
}

/// What is said where one answer has rows that the other has not.
fn shorter(short: &str, rows: u64, long: &str) -> String {
    format!("the two answers differ: {short} gives {rows} rows, and {long} more")
}

fn ended(rows: &mut Rows<'_>) -> rusqlite::Result<bool> {
    Ok(rows.next()?.is_none())
}

/// Whether two rows are the same, class by class and value by value.
fn same(a: &Row<'_>, b: &Row<'_>, width: usize) -> rusqlite::Result<bool> {
    for at in 0..width {
        if a.get_ref(at)? != b.get_ref(at)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn integer(row: &Row<'_>) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(0)? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    })
}

/// A single value as text, where the answer is one; a second row is enough to know that it is not.
fn single(connection: &Connection, sql: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(sql)?;
    if statement.column_count() != 1 {
        return Ok(None);
    }
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let first = value(row.get_ref(0)?).to_string();
    Ok(if ended(&mut rows)? { Some(first) } else { None })
}
