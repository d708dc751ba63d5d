//! A transformation on its way back: its Movements, the last first, in batches that are resumed as on the way up.
//!
//! Takes what the ledger keeps of the step: its declaration, lowered again over the schema as it is, and how far each
//! Movement read. Must not know an engine.

use super::ahead::{Left, tables};
use super::batch::Size;
use super::declared::find;
use super::down::in_the_way;
use super::{Runner, fail_point, ms};
use crate::catalog::Transformation;
use crate::engine::{Batch, Mover, References};
use crate::error::Result;
use crate::ledger::cursors::{self, Cursor};
use crate::ledger::steps::{self, WayBack};
use crate::ledger::{Applied, StepState, defaults};
use crate::movement::Undo;
use crate::observe::Event;
use crate::report::Rows;
use std::time::Instant;

impl Runner<'_> {
    /// Takes a transformation back, whole or half.
    pub(super) fn unmove(&self, step: &Applied, way: &WayBack) -> Result<Rows> {
        let since = Instant::now();
        let stage = self.declared.stage(step, way)?;
        let declared = &find(&stage, &step.id)?.under(&defaults::of_step(self.session, &step.id)?);
        let movements = declared.lower(self.dialect.name(), &Seen { session: self.session, seq: step.seq })?;
        let cursors = cursors::of_step(self.session, &step.id)?;
        let mut total = Rows::default();
        let mut left: Vec<Left<'_>> = Vec::new();
        for (number, movement) in movements.iter().enumerate() {
            let cursor = cursors.iter().find(|cursor| cursor.movement == number);
            match cursor.map(|cursor| cursor.phase.as_str()) {
                Some("gone") => cursor.into_iter().for_each(|gone| total.add(taken_back(gone))),
                // It was never begun.
                None if step.state != StepState::Done && number > 0 => {}
                _ => left.push(Left {
                    number,
                    movement,
                    until: cursor
                        .and_then(|cursor| if is_going(cursor) { cursor.until.clone() } else { cursor.key.clone() }),
                    did: cursor.filter(|cursor| !is_going(cursor)).map(|cursor| cursor.account),
                }),
            }
        }
        // Those of Movements that are gone too: at the end all of the step is looked at.
        let references = self.session.references(step.seq, &tables(movements.iter()));
        while let Some(next) = left.last() {
            let number = next.number;
            let cursor = cursors.iter().find(|cursor| cursor.movement == number);
            let mover = self.session.mover(next.movement, &self.context(&step.id, number, step.seq))?;
            let derived = matches!(next.movement.undo, Undo::Derive { .. });
            let followed = match (stage.downtime, step.state) {
                (Some(false), state) if state != StepState::Done && !derived => {
                    cursor.map(|cursor| self.settle_half(&*mover, cursor))
                }
                _ => None,
            };
            let cursor = followed.as_ref().or(cursor);
            // On the way down `read` counts the rows that were taken back.
            let going = cursor.filter(|cursor| is_going(cursor));
            let begins = || Rows { read: 0, ..cursor.map_or(way.account, |cursor| cursor.account) };
            let account = going.map_or_else(begins, |cursor| cursor.account);
            let place = Cursor {
                step: step.id.clone(),
                movement: number,
                phase: "down".to_owned(),
                table: next.movement.into.clone(),
                key: going.and_then(|cursor| cursor.key.clone()),
                until: next.until.clone(),
                account,
                total: Some(account.inserted + account.updated),
                source: cursor.map_or_else(String::new, |cursor| cursor.source.clone()),
            };
            let back = Back {
                declared,
                shared: stage.downtime == Some(false),
                left: &left,
                next,
                references: &*references,
                before: total,
            };
            total.add(self.unmove_one(step, back, &*mover, place, since)?);
            left.pop();
        }
        self.say_what_stayed(&step.id, &movements)?;
        Ok(total)
    }

    fn unmove_one(
        &self,
        step: &Applied,
        what: Back<'_>,
        mover: &dyn Mover,
        mut place: Cursor,
        since: Instant,
    ) -> Result<Rows> {
        let mut size = Size::of(self.batch, what.declared.batch.as_ref(), what.shared);
        let mut first = true;
        let others = self.others(&step.id);
        self.observer.event(Event::LooksAtRows { step: &step.id });
        loop {
            let begun = Instant::now();
            let nonce = Self::nonce();
            let end = self.transaction(true, &nonce, || {
                if first {
                    place.account.read += self.begin_back(step, what, mover, place.key.as_deref())?;
                }
                // What others do between two batches, too.
                place.account.read += mover.settle_back(place.key.as_deref(), place.until.as_deref(), &others)?;
                let children = what.references.count(what.next.movement)?;
                let batch = match what.next.is_nothing() {
                    true => Batch { end: true, ..Batch::default() },
                    false => mover.back(place.key.as_deref(), place.until.as_deref(), size.rows(), &others)?,
                };
                fail_point("after_batch_before_cursor");
                place.account.read += batch.rows.read;
                place.key = batch.last.or(place.key.take());
                what.references.refuse_lost(&children)?;
                if batch.end {
                    mover.unlisten()?;
                    mover.forget()?;
                    place.phase = "gone".to_owned();
                }
                if batch.end && what.left.len() == 1 {
                    self.end_back(step, what, &place, &nonce, since)?;
                } else {
                    cursors::set(self.session, &place)?;
                }
                Ok(batch.end)
            })?;
            first = false;
            self.note_batch(size.rows());
            self.progress(&step.stage, &place, since);
            if end {
                return Ok(taken_back(&place));
            }
            fail_point("between_batches");
            self.check_stop()?;
            size.learn(begun.elapsed());
        }
    }

    /// What stands in the same transaction as the first batch of a Movement; how many rows it took back.
    fn begin_back(
        &self,
        step: &Applied,
        what: Back<'_>,
        mover: &dyn Mover,
        after: Option<&[crate::value::Value]>,
    ) -> Result<u64> {
        self.send_away(what.declared, what.next.movement, mover, None)?;
        self.hold_rewriters(&step.id, what.next.movement, mover)?;
        // By now, not as it was when the run began: this may be the second Movement of it.
        let begins = steps::one(self.session, &step.id)?.is_some_and(|step| step.state != StepState::Undoing);
        if begins {
            what.references.note()?;
        }
        let rows = self.settle_before(step, what.left, mover, after)?;
        self.look_ahead(step, what.left, mover)?;
        if begins {
            steps::set_state(self.session, &step.id, StepState::Undoing, None)?;
        }
        Ok(rows)
    }

    /// What stands in the same transaction as the last batch of all.
    fn end_back(&self, step: &Applied, what: Back<'_>, place: &Cursor, nonce: &str, since: Instant) -> Result<()> {
        what.references.compare().map_err(in_the_way)?;
        self.bring_back(&step.id)?;
        self.forget_statistics(&step.id)?;
        cursors::clear(self.session, &step.id)?;
        fail_point("before_undo_record");
        steps::remove(self.session, &step.id)?;
        let mut all = what.before;
        all.add(taken_back(place));
        self.event(&step.id, step.seq, "down", ms(since), all, nonce)
    }
}

/// Whether a Movement is on its way down.
fn is_going(cursor: &Cursor) -> bool {
    cursor.phase == "down"
}

/// The account of a Movement on its way down.
fn taken_back(place: &Cursor) -> Rows {
    Rows { read: place.account.read, updated: place.account.read, ..Rows::default() }
}

/// What goes back.
#[derive(Clone, Copy)]
struct Back<'a> {
    declared: &'a Transformation,
    /// Whether the application stays up meanwhile, as its stage says.
    shared: bool,
    /// What is left of the step.
    left: &'a [Left<'a>],
    /// The last of it, which goes now.
    next: &'a Left<'a>,
    /// What refers to the tables of the step.
    references: &'a dyn References,
    /// What the Movements behind it did on their way back.
    before: Rows,
}

/// A session, seen as its tables only, for a step that goes back.
pub(super) struct Seen<'a> {
    pub(super) session: &'a dyn crate::engine::Session,
    /// The step's number in the ledger.
    pub(super) seq: i64,
}

impl crate::schema::Tables for Seen<'_> {
    fn table(&self, name: &str) -> Option<crate::schema::Table> {
        self.session.table(name)
    }

    fn names(&self) -> Vec<String> {
        self.session.names()
    }

    /// Triggers decide whether a journal is kept. Where the step kept none, they have come since.
    fn has_triggers(&self, table: &str) -> bool {
        let stores = crate::engine::stores(self.seq);
        self.session.has_triggers(table) && self.session.names().iter().any(|name| name.starts_with(&stores))
    }
}
