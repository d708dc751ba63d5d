//! What must not be lost while foreign keys are off: children's rows, references, numbers that were issued.

use crate::engine::Witness;
use crate::error::{Error, Result, codes};
use crate::sql::{normal, quoted};
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::touch::Touches;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Counts what must be the same afterwards.
pub fn take(connection: &Connection, detached: &[String], rebuilt: &[String]) -> rusqlite::Result<Witness> {
    let mut witness = Witness::default();
    for table in detached {
        for child in shape::referring(connection, table)? {
            if !witness.children.iter().any(|(known, _)| *known == child) {
                witness.children.push((child.clone(), count(connection, &child)?));
            }
        }
    }
    for table in rebuilt {
        if let Some(number) = issued(connection, table)? {
            witness.issued.push((table.clone(), number));
        }
    }
    witness.watched = detached.to_vec();
    witness.watched.extend(witness.children.iter().map(|(child, _)| child.clone()));
    witness.watched.sort();
    witness.watched.dedup();
    witness.broken = broken(connection, &witness.watched)?;
    Ok(witness)
}

/// Carries issued numbers over, then says what was lost.
pub fn compare(connection: &Connection, before: &Witness, written: &Touches) -> Result<()> {
    let asked = |error: rusqlite::Error| database_error(&error);
    for (table, number) in &before.issued {
        // Even where the new shape issues none: the way back asks for it.
        mark(connection, table, *number).map_err(asked)?;
    }
    for (child, rows) in &before.children {
        let meant = written.writes.has_table(child) || written.destroys.has_table(child);
        if meant || shape::table(connection, child).map_err(asked)?.is_none() {
            continue;
        }
        let now = count(connection, child).map_err(asked)?;
        if now != *rows {
            return Err(Error::new(codes::CHILDREN_LOST, format!("{child} had {rows} rows and has {now}"))
                .hint("the step does not delete from it: rows were lost on the way"));
        }
    }
    let mut watched = before.watched.clone();
    if !watched.is_empty() {
        watched.extend(written.creates.tables().map(str::to_owned));
        watched.sort_by_key(|table| table.to_lowercase());
        watched.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    }
    for (child, parent, now) in broken(connection, &watched).map_err(asked)? {
        let was = before.broken.iter().find(|(a, b, _)| *a == child && *b == parent).map_or(0, |(_, _, count)| *count);
        if now > was {
            return Err(Error::new(
                codes::ORPHANS,
                format!("{} rows of {child} refer to rows of {parent} that are not there any more", now - was),
            ));
        }
    }
    Ok(())
}

fn count(connection: &Connection, table: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("SELECT count(*) FROM {}", quoted(table)), [], |row| row.get(0))
}

/// Broken references of these tables: (child, parent, how many). A table that is gone has none.
fn broken(connection: &Connection, tables: &[String]) -> rusqlite::Result<Vec<(String, String, i64)>> {
    let mut found = Vec::new();
    for table in tables {
        if shape::table(connection, table)?.is_none() {
            continue;
        }
        let mut statement = connection.prepare_cached(
            "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check(?1) GROUP BY 1, 2 ORDER BY 1, 2",
        )?;
        let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// The highest number AUTOINCREMENT issued for a table.
pub fn issued(connection: &Connection, table: &str) -> rusqlite::Result<Option<i64>> {
    let has: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence')",
        [],
        |row| row.get(0),
    )?;
    if !has {
        return Ok(None);
    }
    connection
        .query_row("SELECT seq FROM main.sqlite_sequence WHERE name = ?1 COLLATE NOCASE", [table], |row| row.get(0))
        .optional()
}

/// Sees to it that a number is not issued twice.
pub fn carry(connection: &Connection, table: &str, number: i64) -> rusqlite::Result<()> {
    let Some(shape) = shape::table(connection, table)? else { return Ok(()) };
    if !normal(&shape.sql).contains("autoincrement") {
        return Ok(());
    }
    mark(connection, &shape.name, number)
}

fn mark(connection: &Connection, table: &str, number: i64) -> rusqlite::Result<()> {
    let changed = connection
        .execute("UPDATE main.sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", params![table, number])?;
    if changed == 0 {
        connection.execute("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, number])?;
    }
    Ok(())
}
