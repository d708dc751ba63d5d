//! What must not be lost while foreign keys are off: children's rows, references, numbers that were issued.

use crate::engine::{Way, Witness};
use crate::error::{Error, Result, codes};
use crate::sql::{normal, quoted};
use crate::sqlite::broken::{self, At};
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::touch::Touches;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Counts what must be the same afterwards. Of tables that are only kept, what is broken is noted: the way back may break
/// it again.
pub fn take(
    connection: &Connection,
    detached: &[String],
    rebuilt: &[String],
    kept: &[String],
) -> rusqlite::Result<Witness> {
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
    witness.watched.extend(kept.iter().cloned());
    witness.watched = once(std::mem::take(&mut witness.watched));
    witness.guarded = detached.is_empty();
    witness.broken = broken::note(connection, &witness.watched, At::Before)?;
    Ok(witness)
}

/// Each name once, whatever its case.
fn once(mut tables: Vec<String>) -> Vec<String> {
    tables.sort_by_key(|table| table.to_lowercase());
    tables.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    tables
}

/// Carries issued numbers over, then says what was lost.
pub fn compare(connection: &Connection, before: &Witness, written: &Touches, way: Way) -> Result<()> {
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
    if !watched.is_empty() && !before.guarded {
        watched.extend(written.creates.tables().map(str::to_owned));
        watched = once(watched);
    }
    let found = broken::note(connection, &watched, At::after(before.broken)).map_err(asked)?;
    if found && !before.guarded {
        refuse_added(connection, before, &watched, &way)?;
    }
    if before.broken && matches!(way, Way::Up(_)) {
        broken::keep_mended(connection, &way.store()).map_err(asked)?;
    }
    if found || before.broken {
        broken::forget(connection).map_err(asked)?;
    }
    match way {
        Way::Up(_) | Way::Part(_) => Ok(()),
        Way::Down(_) => {
            connection.execute_batch(&format!("DROP TABLE IF EXISTS main.{}", quoted(&way.store()))).map_err(asked)
        }
    }
}

/// Refuses references that are broken now and were not before, nor before the step that is taken back.
fn refuse_added(connection: &Connection, before: &Witness, watched: &[String], way: &Way) -> Result<()> {
    let asked = |error: rusqlite::Error| database_error(&error);
    let is_there = |name: &String| shape::table(connection, name).map(|table| table.is_some());
    let store = match way {
        Way::Down(_) | Way::Part(_) => Some(way.store()).filter(|store| is_there(store).unwrap_or(false)),
        Way::Up(_) => None,
    };
    let mut gone = Vec::new();
    for table in &before.watched {
        if !is_there(table).map_err(asked)? {
            gone.push(table.clone());
        }
    }
    for child in watched {
        let was_there = before.watched.iter().any(|table| table.eq_ignore_ascii_case(child));
        let gone = (!was_there && !gone.is_empty()).then_some(gone.as_slice());
        if let Some((parent, rows)) = broken::added(connection, child, gone, store.as_deref()).map_err(asked)? {
            return Err(Error::new(
                codes::ORPHANS,
                format!("{rows} rows of {child} refer to rows of {parent} that are not there any more"),
            ));
        }
    }
    Ok(())
}

/// The rows of a table.
pub fn count(connection: &Connection, table: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("SELECT count(*) FROM main.{}", quoted(table)), [], |row| row.get(0))
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
