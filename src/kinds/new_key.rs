//! `on_conflict = { new_key = "id" }`: the column that gets a new value where its own is taken, seen to be one that can.
//!
//! Takes the target and what the step gives it; gives a [`NewKey`]. Must not know an engine.

use super::insert::gives;
use super::reads::is_volatile;
use super::step::named;
use crate::error::{Error, Place, Result, codes};
use crate::movement::{Assign, Conflict, Formula, Made, Movement, NewKey, Write};
use crate::schema::Table;

/// The key that a rule names.
pub fn of(name: &str, target: &Table, columns: &[Assign], place: &Place) -> Result<NewKey> {
    let name = named(&[name.to_owned()], target, place)?.remove(0);
    let label = format!("`new_key` names {}.{name}", target.name);
    let refuse = |why: &str, hint: &str| {
        Err(Error::new(codes::BAD_COLUMN, format!("{label}, {why}")).hint(hint).at(place.clone()))
    };
    if !target.keys().any(|key| key == [name.clone()]) {
        return refuse("which is no key by itself", "name the column of a primary key or a unique index of one column");
    }
    if !gives(columns, &name) {
        return refuse("which gets no value here", &format!("add {name} to the columns"));
    }
    match made(&name, target, columns) {
        Some(made) => Ok(NewKey { column: name, made }),
        None => refuse(
            "whose values cannot be made anew",
            "an integer gets the next free one, a text a ULID; the column's own value must follow from the source's row and be in plain",
        ),
    }
}

/// The key that rows may get anew where nobody names it: the first that can.
pub fn any(target: &Table, columns: &[Assign]) -> Option<NewKey> {
    target.keys().find_map(|key| match key {
        [name] if gives(columns, name) => Some(NewKey { column: name.clone(), made: made(name, target, columns)? }),
        _ => None,
    })
}

/// How values of a column are made anew, where they can be.
fn made(name: &str, target: &Table, columns: &[Assign]) -> Option<Made> {
    let assign = columns.iter().find(|assign| assign.column.eq_ignore_ascii_case(name))?;
    let is_made = matches!(assign.value, Formula::New(..));
    if assign.protection().is_some() || (is_volatile(&assign.value) && !is_made) {
        return None;
    }
    let declared = target.column(name)?.declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    match () {
        () if has(&["INT"]) => Some(Made::Number),
        () if has(&["TEXT", "CHAR", "CLOB"]) => Some(Made::Ulid),
        () => None,
    }
}

/// Where rows are the same by a key, whoever is asked may give only that key anew.
pub fn only_by(movement: &mut Movement, key: &[String]) {
    if let Write::Insert(Conflict::Ask(new_key)) = &mut movement.write {
        *new_key = new_key.take().filter(|new_key| *key == [new_key.column.clone()]);
    }
}
