//! Rows that come when their turn is over: what the other parts of a step have made meanwhile of what they go into.
//!
//! Takes the Movements of a step, and what one of them did to rows of an earlier one. A row goes in only where the result is
//! what the whole step would have given with it; else it stays aside, and the report says what to do.

use super::rejects::Retry;
use super::tried::{SHOWN, Tried};
use crate::engine::Database as _;
use crate::error::Result;
use crate::ledger::rejects::{self, Waiting};
use crate::movement::{Formula, Movement};
use crate::report::Rows;
use crate::sql::names;

impl Retry<'_, '_> {
    /// The rejects of a Movement into a table that a later one has read: these rows would never come to it.
    pub(super) fn held_back(&self, number: usize) -> Result<Option<Tried>> {
        let into = self.movements[number].into.to_lowercase();
        let Some(reader) = self.movements[number + 1..].iter().find(|later| reads(later, &into)) else {
            return Ok(None);
        };
        let (count, shown) = rejects::some_of(self.session, &self.step.id, number, SHOWN as u64)?;
        let why = format!(
            "they go into {into}, which a later part of the step, into {}, has read ({})",
            reader.into,
            self.advice()
        );
        Ok((count > 0).then(|| Tried::refused(&why, count, shown)))
    }

    /// Does something to rows of a Movement; takes it back, and gives nothing, where a later part of the step writes the same
    /// table and these rows do more than come to it as new ones: they would win, or lose, out of turn.
    pub(super) fn attempt(&self, number: usize, work: impl FnOnce() -> Result<Rows>) -> Result<Option<Rows>> {
        let act = |sql: &str| self.session.execute(sql, &[]).map(drop);
        act("SAVEPOINT evolve_retry")?;
        let moved = self.given_keys().and_then(|before| {
            let rows = work()?;
            let is_new = rows.inserted + rows.rejected == rows.read && self.given_keys()? == before;
            Ok((is_new || !self.is_written_later(number)).then_some(rows))
        });
        if !matches!(moved, Ok(Some(_))) {
            act("ROLLBACK TO evolve_retry")?;
        }
        act("RELEASE evolve_retry")?;
        moved
    }

    /// A reject that would come out of turn.
    pub(super) fn out_of_turn(&self, number: usize, one: &Waiting) -> Tried {
        let into = &self.movements[number].into;
        let why =
            format!("they meet rows of {into}, and a later part of the step has its turn there ({})", self.advice());
        Tried::refused(&why, 1, vec![one.shown.clone()])
    }

    fn is_written_later(&self, number: usize) -> bool {
        let into = &self.movements[number].into;
        self.movements[number + 1..].iter().any(|later| later.into.eq_ignore_ascii_case(into))
    }

    /// How many rows of the step got another key because their own was taken.
    fn given_keys(&self) -> Result<Option<i64>> {
        let step = crate::value::Value::Text(self.step.id.clone());
        let rows = self.session.query("SELECT count(*) FROM evolve_ids WHERE step = ?1", &[step])?;
        Ok(rows.first().and_then(|row| crate::ledger::integer(row, 0)))
    }

    fn advice(&self) -> String {
        format!("take {} back, mend the rows, then `evolve up`", self.step.id)
    }
}

/// Whether a Movement reads a table, named in lower case.
fn reads(movement: &Movement, table: &str) -> bool {
    let lookup = movement.lookup.as_ref();
    let whole = [Some(&movement.from.table), lookup.map(|lookup| &lookup.table)];
    if whole.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(table)) {
        return true;
    }
    let texts = movement.from.filter.iter().chain(lookup.map(|lookup| &lookup.on));
    let texts = texts.chain(lookup.and_then(|lookup| lookup.first_by.as_ref()));
    let texts = texts.chain(movement.rules.iter().map(|rule| &rule.sql));
    let texts = texts.chain(movement.columns.iter().filter_map(|assign| sql(&assign.value)));
    texts.flat_map(|text| names(text)).any(|name| name == table)
}

/// The SQL that a person wrote for a value.
fn sql(value: &Formula) -> Option<&String> {
    match value {
        Formula::Sql(text) => Some(text),
        Formula::Call(_, inner) => sql(inner),
        Formula::Column(_) | Formula::Constant(_) | Formula::New(..) => None,
    }
}
