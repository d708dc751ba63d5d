//! Broken references that a transformation repairs: they are kept, because its way back breaks them again.
//!
//! Takes the Movements of a step and the name of its store. All that is broken is noted in the transaction of its first
//! batch, and what still is at its end is taken out again; so a step that was interrupted, or is taken back half done, has
//! what it needs. Where nothing is broken, which is the rule, one look is all it costs.

use crate::movement::{Conflict, Movement, Undo, Write};
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::broken::{self, At, Foreign, NOTED};
use crate::sqlite::{dialect, shape};
use rusqlite::Connection;

/// Notes what is broken where these Movements may repair it.
pub fn note(connection: &Connection, store: &str, movements: &[Movement]) -> rusqlite::Result<()> {
    if noted(connection, movements)? {
        broken::keep_mended(connection, store)?;
        broken::forget(connection)?;
    }
    Ok(())
}

/// Keeps of what was noted what is broken no more.
pub fn settle(connection: &Connection, store: &str, movements: &[Movement]) -> rusqlite::Result<()> {
    if shape::table(connection, store)?.is_none() {
        return Ok(());
    }
    let store = quoted(store);
    if noted(connection, movements)? {
        connection.execute_batch(&format!(
            "CREATE INDEX temp.evolve_broken_by ON {NOTED} (child, held); \
             DELETE FROM main.{store} WHERE EXISTS (SELECT 1 FROM temp.{NOTED} AS a WHERE a.child = {store}.child \
             AND a.fk = {store}.fk AND a.named = {store}.named AND a.who = {store}.who AND a.held = {store}.held)"
        ))?;
        broken::forget(connection)?;
    }
    let any: bool =
        connection.query_row(&format!("SELECT EXISTS (SELECT 1 FROM main.{store})"), [], |row| row.get(0))?;
    if any { Ok(()) } else { connection.execute_batch(&format!("DROP TABLE main.{store}")) }
}

fn noted(connection: &Connection, movements: &[Movement]) -> rusqlite::Result<bool> {
    match broken::note(connection, &watched(connection, movements)?, At::Before) {
        // A key that refers to no key cannot be judged, by nobody.
        Err(error) if dialect::message(&error).contains("foreign key mismatch") => Ok(false),
        found => found,
    }
}

/// The tables whose references these Movements may repair.
fn watched(connection: &Connection, movements: &[Movement]) -> rusqlite::Result<Vec<String>> {
    let mut tables: Vec<String> = Vec::new();
    // What has no way back needs nothing for it.
    for movement in movements.iter().filter(|movement| !matches!(movement.undo, Undo::None)) {
        let Some(target) = shape::table(connection, &movement.into)? else { continue };
        let foreign = broken::foreign_keys(connection, &target.name)?;
        if repoints(movement, &foreign) || (makes_keys(movement, &target) && refers_to_itself(&target, &foreign)) {
            tables.push(target.name.clone());
        }
        if makes_keys(movement, &target) {
            tables.extend(shape::referring(connection, &target.name)?);
        }
    }
    tables.sort();
    tables.dedup();
    Ok(tables)
}

/// Whether rows that are there may refer to something else afterwards. What is protected is noted nowhere in plain.
fn repoints(movement: &Movement, foreign: &[Foreign]) -> bool {
    let over = match &movement.write {
        Write::Update | Write::Statement(_) => true,
        Write::Insert(rule) => !matches!(rule, Conflict::Fail | Conflict::Skip | Conflict::NewKey(_)),
    };
    let is_in = |names: &[String], column: &str| names.iter().any(|name| name.eq_ignore_ascii_case(column));
    let written = written(movement);
    let mut columns = foreign.iter().flat_map(Foreign::held);
    let writes = columns.clone().any(|column| written.as_ref().is_none_or(|written| is_in(written, column)));
    over && writes && !columns.any(|column| is_in(&movement.hidden, column))
}

/// Whether there may be keys afterwards that were not there.
fn makes_keys(movement: &Movement, target: &Table) -> bool {
    match &movement.write {
        Write::Insert(_) | Write::Statement(_) => true,
        Write::Update => {
            let written = written(movement).unwrap_or_default();
            target.keys().flatten().any(|key| written.iter().any(|name| name.eq_ignore_ascii_case(key)))
        }
    }
}

fn refers_to_itself(target: &Table, foreign: &[Foreign]) -> bool {
    foreign.iter().any(|foreign| foreign.parent.eq_ignore_ascii_case(&target.name))
}

/// The columns that are written; nothing where only the statement knows.
fn written(movement: &Movement) -> Option<Vec<String>> {
    match &movement.write {
        Write::Statement(_) => None,
        Write::Insert(_) | Write::Update => Some(movement.columns.iter().map(|assign| assign.column.clone()).collect()),
    }
}
