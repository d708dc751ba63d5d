//! Rows that the target would not take, found by triggers on the table that stands for it.
//!
//! Takes what the target asks of its rows; gives how many rows break each, with some of their keys. A trigger sees a row
//! as it would be stored, its computed columns included, before any constraint is judged: what breaks one is written down
//! and left out, so that the statement goes on with the rest. A row that an upsert has merged is judged as it is then.

use super::limits::{self, Limit, Number};
use super::references::Reference;
use super::{Account, Found, Manner, SHOWN};
use crate::error::Result;
use crate::ledger::cursors::shown;
use crate::movement::{Conflict, Write};
use crate::sql::quoted;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{Range, STAND_IN, joined};
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;

/// The temporary table of what is broken: which condition, by which row, and what the row refers to.
const BROKEN: &str = "evolve_would_break";

/// What becomes of rows that break nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sound {
    /// They are written, so that others run into them.
    Kept,
    /// They are only looked at.
    Dropped,
}

/// What a target asks of the rows of a Movement.
pub(super) struct Sieve {
    pub(super) limits: Vec<Limit>,
    pub(super) references: Vec<Reference>,
}

impl Sieve {
    /// Whether nothing can break.
    pub(super) fn is_open(&self) -> bool {
        self.limits.is_empty() && self.references.is_empty()
    }
}

impl SqliteMover<'_> {
    /// What the target asks of the rows of this Movement.
    pub(super) fn sieve(&self, number: Number, manner: &Manner<'_>) -> Result<Sieve> {
        let references = if manner.foreign_keys { self.references()? } else { Vec::new() };
        Ok(Sieve { limits: limits::of(&self.target, number), references })
    }

    /// Has the table that stands for the target judge what is written from now on.
    pub(super) fn lay(&self, sieve: &Sieve, sound: Sound) -> Result<()> {
        let held = sieve.references.iter().map(|reference| reference.held.len()).max().unwrap_or(0);
        let keys = (0..self.key_width()).map(|at| format!("evolve_k{at}"));
        let columns: Vec<String> = keys.chain((0..held).map(|at| format!("v{at}"))).collect();
        let make = format!(
            "DROP TABLE IF EXISTS temp.{BROKEN}; CREATE TEMP TABLE {BROKEN} (which, {});{}{}",
            columns.join(", "),
            self.judging("INSERT", sieve, None, sound),
            self.judging("UPDATE", sieve, Some(&self.set_columns()), sound)
        );
        self.connection.execute_batch(&make).map_err(|error| database_error(&error))
    }

    /// The triggers that judge rows when this happens to them: all that is asked, or what a change of some columns may break.
    fn judging(&self, event: &str, sieve: &Sieve, set: Option<&[&str]>, sound: Sound) -> String {
        let width = self.key_width();
        let limits = sieve.limits.iter().enumerate();
        let limits = limits.filter(|(_, limit)| set.is_none_or(|set| limit.may_break(set, &self.target)));
        let (judged, broken): (Vec<String>, Vec<String>) =
            limits.map(|(at, it)| (note(at, width, &[], &it.broken), format!("coalesce({}, 0)", it.broken))).unzip();
        let references = sieve.references.iter().enumerate();
        let references = references.filter(|(_, reference)| set.is_none_or(|set| reference.may_break(set)));
        let referred: Vec<String> =
            references.map(|(at, it)| note(sieve.limits.len() + at, width, &it.held, &it.broken)).collect();
        // A computed column is made of what a trigger on a change looks at, and of nothing else.
        let stored = shape::stored(&self.target);
        let looks = stored.iter().map(|column| format!("NEW.{}", quoted(column))).collect::<Vec<_>>().join(", ");
        let judged = if broken.is_empty() { judged } else { [vec![format!("SELECT {looks}")], judged].concat() };
        let (before, after) = match sound {
            Sound::Dropped => ([judged, referred, vec!["SELECT RAISE(IGNORE)".to_owned()]].concat(), Vec::new()),
            Sound::Kept if broken.is_empty() => (Vec::new(), referred),
            Sound::Kept => {
                let leave_out = format!("SELECT RAISE(IGNORE) WHERE {}", joined(&broken, " OR "));
                ([judged, vec![leave_out]].concat(), referred)
            }
        };
        let trigger = |(when, body): (&str, Vec<String>)| {
            let name = format!("evolve_sieve_{when}_{event}");
            let make =
                format!("\nCREATE TEMP TRIGGER {name} {when} {event} ON {STAND_IN} BEGIN {}; END;", body.join("; "));
            format!("\nDROP TRIGGER IF EXISTS temp.{name};{}", if body.is_empty() { "" } else { &make })
        };
        [("BEFORE", before), ("AFTER", after)].map(trigger).concat()
    }

    /// Looks at all rows that would be inserted, and keeps none.
    pub(super) fn sift(&self, sieve: &Sieve, refused: bool) -> Result<()> {
        self.make_stand_in(self.key_width(), &sieve.limits)?;
        self.lay(sieve, Sound::Dropped)?;
        let onto = self.onto_stand_in();
        let rendering = onto.rendering().with_keys_beside();
        onto.write(&rendering.write_as(Range::All, refused, &Conflict::Fail), &[]).map(|_| ())
    }

    /// What a Movement sets of rows that are there.
    pub(super) fn set_columns(&self) -> Vec<&str> {
        if let Write::Insert(Conflict::Fill(columns)) = &self.movement.write {
            return columns.iter().map(String::as_str).collect();
        }
        self.movement.columns.iter().map(|assign| assign.column.as_str()).collect()
    }

    /// Says what was found broken; how many rows were left out for it.
    pub(super) fn tell_limits(&self, sieve: &Sieve, account: &mut Account) -> Result<u64> {
        for (which, limit) in sieve.limits.iter().enumerate() {
            let found = self.broken_by(which)?;
            if found.count > 0 {
                account.fails(&self.movement, &found, &format!("breaking {}", limit.words), Some(&limit.words));
            }
        }
        let (first, keys) = (sieve.limits.len(), self.key_names());
        let rows = format!("SELECT DISTINCT {keys} FROM temp.{BROKEN} WHERE which BETWEEN 0 AND {first} - 1");
        self.number(&format!("SELECT count(*) FROM ({rows})"), &[])
    }

    /// Rows that break one condition.
    pub(super) fn broken_by(&self, which: usize) -> Result<Found> {
        let keys = self.key_names();
        let count = self.number(&format!("SELECT count(*) FROM temp.{BROKEN} WHERE which = {which}"), &[])?;
        let some = format!("SELECT {keys} FROM temp.{BROKEN} WHERE which = {which} ORDER BY rowid LIMIT {SHOWN}");
        Ok(Found { count, keys: self.ask(&some, &[])?.iter().map(|key| shown(key)).collect() })
    }

    /// Forgives what a question gives: rows that refer to one that the step itself writes. They are marked, because SQLite
    /// keeps in memory what it is about to delete.
    pub(super) fn forgive(&self, which: usize, values: usize, question: &str) -> Result<u64> {
        let values = (0..values).map(|at| format!("v{at}")).collect::<Vec<_>>().join(", ");
        let sql = format!("UPDATE temp.{BROKEN} SET which = -1 WHERE which = {which} AND ({values}) IN ({question})");
        self.write(&sql, &[])
    }

    /// Forgives what refers to a row of the same walk that comes before it, or is it.
    pub(super) fn forgive_earlier(&self, which: usize, referred: &[String], refused: bool) -> Result<()> {
        let width = self.key_width();
        let tuple = |of: &str| (0..width).map(|at| format!("{of}.evolve_k{at}")).collect::<Vec<_>>().join(", ");
        let Some(joined) = self.rendering().earlier(referred, refused) else { return Ok(()) };
        let (row, other) = (tuple("evolve_b"), tuple("evolve_v"));
        let sql = format!(
            "UPDATE temp.{BROKEN} SET which = -1 WHERE rowid IN (SELECT evolve_b.rowid FROM temp.{BROKEN} AS evolve_b \
             JOIN {joined} AND evolve_b.which = {which} AND ({other}) <= ({row}))"
        );
        self.write(&sql, &[]).map(|_| ())
    }

    /// So many columns hold the key of a row that comes.
    pub(super) fn key_width(&self) -> usize {
        self.rendering().stand_in_keys().len()
    }

    /// The columns of what is broken that hold the row's key.
    fn key_names(&self) -> String {
        self.rendering().stand_in_keys().iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ")
    }
}

/// Writes down a row that breaks a condition.
fn note(which: usize, width: usize, held: &[String], broken: &str) -> String {
    let keys = (0..width).map(|at| (format!("evolve_k{at}"), format!("NEW.evolve_k{at}")));
    let held = held.iter().enumerate().map(|(at, column)| (format!("v{at}"), format!("NEW.{}", quoted(column))));
    let (names, values): (Vec<String>, Vec<String>) = keys.chain(held).unzip();
    format!("INSERT INTO {BROKEN} (which, {}) SELECT {which}, {} WHERE {broken}", names.join(", "), values.join(", "))
}
