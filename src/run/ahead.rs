//! What must hold of all that is left of a step before the next of its Movements goes back: so that what stands in the way of
//! one of them is found before another is gone.
//!
//! Takes the Movements that are left, the next one last. What a Movement wrote cannot be told while a later one has written
//! what it goes by, itself or through triggers: then nothing is said of it until its turn comes. Must not know an engine.

use super::Runner;
use super::down::in_the_way;
use crate::engine::{Mover, store};
use crate::error::Result;
use crate::ledger::Applied;
use crate::movement::{Movement, Undo};
use crate::report::Rows;
use crate::sql;
use crate::value::Value;

/// A Movement that is left.
#[derive(Debug)]
pub(super) struct Left<'a> {
    /// Its number in the step.
    pub(super) number: usize,
    pub(super) movement: &'a Movement,
    /// The last key that it read.
    pub(super) until: Option<Vec<Value>>,
    /// What it did, where nothing of it went back yet and that is known.
    pub(super) did: Option<Rows>,
}

impl Left<'_> {
    /// Whether there is nothing to be taken back.
    pub(super) fn is_nothing(&self) -> bool {
        self.did.is_some_and(|did| did.inserted + did.updated == 0) && !matches!(self.movement.undo, Undo::Sql(_))
    }
}

impl Runner<'_> {
    /// Refuses what is in the way of what is left. `mover` is the next one's, ready afterwards.
    pub(super) fn look_ahead(&self, step: &Applied, left: &[Left<'_>], mover: &dyn Mover) -> Result<()> {
        let Some((next, others)) = left.split_last() else { return Ok(()) };
        let references = self.session.references(step.seq, &tables(movements(left)));
        let referred = references.any()?;
        let reached = self.reached(left)?;
        let mut unclear: Vec<String> = if referred { reached.clone() } else { Vec::new() };
        for (at, part) in others.iter().enumerate() {
            let later = &left[at + 1..];
            if !can_be_told(part, later, &reached) {
                unclear.push(part.movement.into.clone());
                continue;
            }
            let journals: Vec<String> = later
                .iter()
                .filter(|later| is_beside(part, later))
                .map(|later| store(step.seq, later.number))
                .collect();
            let mover = self.session.mover(part.movement, &self.context(&step.id, part.number, step.seq))?;
            mover.check_back(part.until.as_deref(), part.did, &self.others(&step.id), &journals)?;
            if referred && !part.is_nothing() {
                mover.going(part.until.as_deref())?;
            }
        }
        if !others.is_empty() {
            mover.ready()?;
        }
        mover.check_back(next.until.as_deref(), next.did, &self.others(&step.id), &[])?;
        if referred {
            if matches!(next.movement.undo, Undo::Sql(_) | Undo::None) {
                unclear.push(next.movement.into.clone());
            } else if !next.is_nothing() {
                mover.going(next.until.as_deref())?;
            }
            references.refuse(&unclear).map_err(in_the_way)?;
        }
        Ok(())
    }

    /// The names in triggers that fire while these go back, and in those that they fire.
    fn reached(&self, left: &[Left<'_>]) -> Result<Vec<String>> {
        let mut reached: Vec<String> = Vec::new();
        let mut open: Vec<String> = tables(movements(left));
        while let Some(table) = open.pop() {
            for trigger in self.session.triggers(&table)? {
                for name in sql::names(body(&trigger.statement)) {
                    if !reached.contains(&name) && self.session.table(&name).is_some() {
                        reached.push(name.clone());
                        open.push(name);
                    }
                }
            }
        }
        Ok(reached)
    }
}

fn movements<'a>(left: &'a [Left<'_>]) -> impl Iterator<Item = &'a Movement> {
    left.iter().map(|left| left.movement)
}

/// The tables that Movements write, each once.
pub(super) fn tables<'a>(movements: impl Iterator<Item = &'a Movement>) -> Vec<String> {
    let mut tables: Vec<String> = movements.map(|movement| movement.into.to_ascii_lowercase()).collect();
    tables.sort();
    tables.dedup();
    tables
}

/// What a trigger does: all behind the first BEGIN.
fn body(statement: &str) -> &str {
    statement.to_ascii_uppercase().find("BEGIN").map_or(statement, |at| &statement[at..])
}

/// Whether a later Movement's journal tells which rows of the same table are its business.
fn is_beside(part: &Left<'_>, later: &Left<'_>) -> bool {
    later.movement.undo == Undo::Journal
        && !later.is_nothing()
        && later.movement.into.eq_ignore_ascii_case(&part.movement.into)
}

/// Whether what a Movement wrote can be told while later ones are not gone yet.
fn can_be_told(part: &Left<'_>, later: &[Left<'_>], reached: &[String]) -> bool {
    let movement = part.movement;
    let is_reached = |name: &String| reached.iter().any(|table| table.eq_ignore_ascii_case(name));
    match &movement.undo {
        Undo::Journal => !is_reached(&movement.into),
        Undo::Derive { .. } => {
            let read = read(movement);
            let is_written = |name: &String| later.iter().any(|later| later.movement.into.eq_ignore_ascii_case(name));
            !is_reached(&movement.into) && !read.iter().any(|name| is_reached(name) || is_written(name))
        }
        Undo::Sql(_) | Undo::None => false,
    }
}

/// The names of what a Movement reads; more than those of tables.
fn read(movement: &Movement) -> Vec<String> {
    let from = &movement.from;
    let lookup = movement.lookup.as_ref();
    let mut names = vec![from.table.to_ascii_lowercase()];
    names.extend(lookup.map(|lookup| lookup.table.to_ascii_lowercase()));
    let texts =
        from.filter.iter().chain(lookup.map(|lookup| &lookup.on)).chain(lookup.and_then(|it| it.first_by.as_ref()));
    names.extend(texts.flat_map(|text| sql::names(text)));
    names.extend(movement.columns.iter().flat_map(|assign| assign.value.names()));
    names
}
