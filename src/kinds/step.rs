//! What every kind makes of a step in the same way: its tables, its key, its rules.
//!
//! Takes what is declared and the tables there are; gives parts of a Movement. Must not know an engine, nor any kind.

use crate::catalog::{OnInvalid, RuleDeclared, Transformation};
use crate::error::{Error, Place, Result, codes, nearest};
use crate::movement::{Invalid, Movement, Rule, Undo};
use crate::schema::{Table, Tables};

/// A table, or an error that names the nearest one.
pub fn table(tables: &dyn Tables, name: &str, place: &Place) -> Result<Table> {
    tables.table(name).ok_or_else(|| {
        let names = tables.names();
        let error =
            Error::new(codes::UNKNOWN_TABLE, format!("there is no table {name} when this step runs")).at(place.clone());
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("was {near} meant?")),
            None => error,
        }
    })
}

/// The error for a column that a table does not have, or that cannot be written.
pub fn unknown_column(table: &Table, name: &str) -> Error {
    if table.column(name).is_some_and(|column| column.generated) {
        return Error::new(
            codes::BAD_COLUMN,
            format!("{}.{name} is computed by the database and cannot be written", table.name),
        );
    }
    let error = Error::new(codes::UNKNOWN_TABLE, format!("{} has no column {name}", table.name));
    match nearest(name, table.columns.iter().map(|column| column.name.as_str())) {
        Some(near) => error.hint(format!("was {near} meant?")),
        None => error,
    }
}

/// Columns of a table, as the table writes them.
pub fn named(names: &[String], table: &Table, place: &Place) -> Result<Vec<String>> {
    let known = |name: &String| {
        let column = table.column(name).map(|column| column.name.clone());
        column.ok_or_else(|| unknown_column(table, name).at(place.clone()))
    };
    names.iter().map(known).collect()
}

/// The key that is walked: as it is said, else the primary key; empty where rows have a number of their own.
pub fn key(said: Option<&[String]>, source: &Table, place: &Place) -> Result<Vec<String>> {
    if let Some(key) = said {
        return named(key, source, place);
    }
    if source.primary_key.is_empty() && !source.rowid {
        let message = format!("{} has no key that could be walked", source.name);
        return Err(Error::new(codes::NO_KEY, message).hint("name one: key = [\"column\"]").at(place.clone()));
    }
    Ok(source.primary_key.clone())
}

/// The rules over whole rows.
pub fn rules(step: &Transformation, dialect: &str) -> Result<Vec<Rule>> {
    let rule =
        |declared: &RuleDeclared| Ok(Rule { name: declared.name.clone(), sql: declared.sql.of(dialect)?.to_owned() });
    step.rules.iter().map(rule).collect()
}

/// What becomes of rows that are not valid.
pub fn invalid(step: &Transformation) -> Invalid {
    match step.on_invalid {
        OnInvalid::Fail => Invalid::Fail,
        OnInvalid::Skip => Invalid::Skip,
        OnInvalid::Quarantine => Invalid::Quarantine,
    }
}

/// SQL that takes a step back runs once, however many Movements it has: with the first, which is taken back last.
pub fn undo_once(movements: &mut [Movement]) {
    for movement in movements.iter_mut().skip(1) {
        if let Undo::Sql(text) = &mut movement.undo {
            text.clear();
        }
    }
}
