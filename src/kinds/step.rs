//! What every kind makes of a step in the same way: its tables, its key, its rules.
//!
//! Takes what is declared and the tables there are; gives parts of a Movement. Must not know an engine, nor any kind.

use crate::catalog::{OnConflict, OnInvalid, RuleDeclared, Transformation, UndoDeclared};
use crate::columns::{Column, ColumnRule, DEFAULT_KEY};
use crate::error::{Error, Place, Result, codes, nearest};
use crate::movement::{Formula, Invalid, Movement, Rule, Undo};
use crate::schema::{Table, Tables};
use crate::touch::{Spot, Touches};
use std::collections::BTreeSet;

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
    let rule = |declared: &RuleDeclared| {
        let (name, sql, place) =
            (declared.name.clone(), declared.sql.of(dialect)?.to_owned(), declared.sql.place.clone());
        Ok(Rule { name, sql, place })
    };
    step.rules.iter().map(rule).collect()
}

/// What becomes of rows that are not valid.
pub fn invalid(step: &Transformation) -> Invalid {
    match step.invalid() {
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

/// The columns of the source that protected columns are made of; what a row leaves behind elsewhere is without them.
pub fn hidden<'a>(columns: impl Iterator<Item = (&'a Column, Formula)>) -> Vec<String> {
    let mut hidden: Vec<String> = Vec::new();
    for (_, formula) in columns.filter(|(column, _)| column.protection().is_some()) {
        hidden.extend(formula.names());
    }
    hidden.sort();
    hidden.dedup();
    hidden
}

/// Every Movement over one table hides what any of them hides.
pub fn share_hidden(movements: &mut [Movement]) {
    let all: Vec<(String, Vec<String>)> =
        movements.iter().map(|movement| (movement.from.table.to_lowercase(), movement.hidden.clone())).collect();
    for movement in movements {
        let same = all.iter().filter(|(table, _)| movement.from.table.eq_ignore_ascii_case(table));
        movement.hidden = same.flat_map(|(_, hidden)| hidden.clone()).collect();
        movement.hidden.sort();
        movement.hidden.dedup();
    }
}

/// Refuses a walk by a column that is hidden: the key of a row stands in the ledger and in messages as it is.
pub fn refuse_hidden_key(key: &[String], hidden: &[String], place: &Place) -> Result<()> {
    match key.iter().find(|name| hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))) {
        None => Ok(()),
        Some(name) => {
            let message = format!("{name} is protected, and the key that is walked stands in the ledger in plain");
            Err(Error::new(codes::NO_KEY, message)
                .hint("walk by another unique key: key = [\"column\"]")
                .at(place.clone()))
        }
    }
}

/// The names of the keys that these columns need, and what they overwrite.
pub fn keys<'a>(
    step: &Transformation,
    columns: impl Iterator<Item = (&'a String, &'a Column)> + Clone,
    overwrites: bool,
) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for (_, column) in columns.clone() {
        keys.extend(column.protection().into_iter().flat_map(|protection| protection.keys.clone()));
    }
    let journal = matches!(step.undo, None | Some(UndoDeclared::Journal)) && overwrites;
    if keys.is_empty() && journal {
        let formula = |(name, column): (&'a String, &'a Column)| Some((column, column.formula(name, "sqlite").ok()?));
        let hidden = hidden(columns.clone().filter_map(formula));
        if columns.clone().any(|(name, _)| hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))) {
            keys.insert(DEFAULT_KEY.to_owned());
        }
    }
    keys
}

/// Whether a step may write over values that are there.
pub fn overwrites(step: &Transformation) -> bool {
    matches!(step.conflict(), OnConflict::Overwrite | OnConflict::Fill(_) | OnConflict::Newest(_) | OnConflict::Ask)
}

/// Whether what a step writes may be another value than it computes, or come to where another was.
pub fn may_change(step: &Transformation) -> bool {
    overwrites(step) || matches!(step.conflict(), OnConflict::NewKey(_))
}

/// What the rules of columns look at.
pub fn rules_touch<'a>(columns: impl Iterator<Item = &'a Column>, touches: &mut Touches) {
    for rule in columns.flat_map(|column| &column.rules) {
        if let ColumnRule::References { table, column } = rule {
            touches.reads.add(&Spot::column(table, column));
        }
    }
}

/// The rules of a column, each seen to be one that can be judged batch by batch.
pub fn column_rules(column: &Column, into: &str, may_change: bool, tables: &dyn Tables) -> Result<Vec<ColumnRule>> {
    for rule in &column.rules {
        match rule {
            ColumnRule::References { table: name, .. } if name.eq_ignore_ascii_case(into) => {
                let message = format!("`references` looks at {name}, which this walk writes");
                return Err(Error::new(codes::BAD_VALUE, message)
                    .hint("whether a row is there would depend on the batch: declare a foreign key, or add a check")
                    .at(column.place.clone()));
            }
            ColumnRule::References { table: name, column: referred } => {
                let found = table(tables, name, &column.place)?;
                if found.column(referred).is_none() {
                    return Err(unknown_column(&found, referred).at(column.place.clone()));
                }
            }
            ColumnRule::Unique if may_change => {
                let message = "`unique` cannot be told where rows that are there are overwritten, or keys given anew";
                return Err(Error::new(codes::BAD_VALUE, message)
                    .hint("make a unique index of the target, or say on_conflict = \"fail\" or \"skip\"")
                    .at(column.place.clone()));
            }
            ColumnRule::Unique => {}
        }
    }
    Ok(column.rules.clone())
}
