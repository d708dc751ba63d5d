//! A transformation on its way back: its Movements, the last first, in batches that are resumed as on the way up.
//!
//! Takes what the ledger keeps of the step: its declaration, lowered again over the schema as it is, and how far each
//! Movement read. Must not know an engine.

use super::batch::Size;
use super::declared::find;
use super::down::in_the_way;
use super::{Runner, fail_point, ms};
use crate::catalog::Transformation;
use crate::engine::{Batch, Mover, Way};
use crate::error::Result;
use crate::ledger::cursors::{self, Cursor};
use crate::ledger::steps::{self, WayBack};
use crate::ledger::{Applied, StepState, defaults};
use crate::movement::{Movement, Undo};
use crate::observe::Event;
use crate::report::Rows;
use crate::touch::Touches;
use std::time::Instant;

impl Runner<'_> {
    /// Takes a transformation back, whole or half.
    pub(super) fn unmove(&self, step: &Applied, way: &WayBack) -> Result<Rows> {
        let since = Instant::now();
        let stage = self.declared.stage(step, way)?;
        let declared = &find(&stage, &step.id)?.under(&defaults::of_step(self.session, &step.id)?);
        let movements = declared.declared.lower(declared, self.dialect.name(), &Seen(self.session))?;
        let cursors = cursors::of_step(self.session, &step.id)?;
        let mut total = Rows::default();
        for number in (0..movements.len()).rev() {
            let cursor = cursors.iter().find(|cursor| cursor.movement == number);
            if step.state != StepState::Done && cursor.is_none() && number > 0 {
                // It was never begun.
                continue;
            }
            if let Some(gone) = cursor.filter(|cursor| cursor.phase == "gone") {
                total.add(taken_back(gone));
                continue;
            }
            let mover = self.session.mover(&movements[number], &self.context(&step.id, number, step.seq))?;
            let followed = match (stage.downtime, step.state) {
                (Some(false), state) if state != StepState::Done => {
                    cursor.map(|cursor| self.settle_half(&*mover, cursor))
                }
                _ => None,
            };
            let cursor = followed.as_ref().or(cursor);
            // On the way down `read` counts the rows that were taken back.
            let going = cursor.filter(|cursor| cursor.phase == "down");
            let begins = || Rows { read: 0, ..cursor.map_or(way.account, |cursor| cursor.account) };
            let account = going.map_or_else(begins, |cursor| cursor.account);
            let place = Cursor {
                step: step.id.clone(),
                movement: number,
                phase: "down".to_owned(),
                table: movements[number].into.clone(),
                key: going.and_then(|cursor| cursor.key.clone()),
                until: match going {
                    Some(cursor) => cursor.until.clone(),
                    None => cursor.and_then(|cursor| cursor.key.clone()),
                },
                account,
                total: Some(account.inserted + account.updated),
                source: cursor.map_or_else(String::new, |cursor| cursor.source.clone()),
            };
            total.add(self.unmove_one(
                step,
                Back {
                    declared,
                    shared: stage.downtime == Some(false),
                    movement: &movements[number],
                    did: cursor.filter(|_| going.is_none()).map(|cursor| cursor.account),
                    before: total,
                },
                &*mover,
                place,
                number == 0,
                since,
            )?);
        }
        Ok(total)
    }

    fn unmove_one(
        &self,
        step: &Applied,
        what: Back<'_>,
        mover: &dyn Mover,
        mut place: Cursor,
        last: bool,
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
                    self.send_away(what.declared, what.movement, mover, None)?;
                    mover.check_back(place.until.as_deref(), what.did, &others)?;
                    steps::set_state(self.session, &step.id, StepState::Undoing, None)?;
                }
                let witness = if first || last {
                    Some(self.session.witness(std::slice::from_ref(&place.table), &[], &[])?)
                } else {
                    None
                };
                let batch = match what.did {
                    Some(did) if did.inserted + did.updated == 0 && !matches!(what.movement.undo, Undo::Sql(_)) => {
                        Batch { end: true, ..Batch::default() }
                    }
                    _ => mover.back(place.key.as_deref(), place.until.as_deref(), size.rows(), &others)?,
                };
                fail_point("after_batch_before_cursor");
                place.account.read += batch.rows.read;
                place.key = batch.last.or(place.key.take());
                if let Some(witness) = witness {
                    let way = if batch.end && last { Way::Down(step.seq) } else { Way::Part(step.seq) };
                    self.session.compare(&witness, &Touches::default(), way).map_err(in_the_way)?;
                }
                if batch.end {
                    mover.unlisten()?;
                    mover.forget()?;
                    place.phase = "gone".to_owned();
                }
                if batch.end && last {
                    self.bring_back(&step.id)?;
                    self.forget_statistics(&step.id)?;
                    cursors::clear(self.session, &step.id)?;
                    fail_point("before_undo_record");
                    steps::remove(self.session, &step.id)?;
                    let mut all = what.before;
                    all.add(taken_back(&place));
                    self.event(&step.id, step.seq, "down", ms(since), all, &nonce)?;
                } else {
                    cursors::set(self.session, &place)?;
                }
                Ok(batch.end)
            })?;
            first = false;
            self.progress(&step.stage, &place, since);
            if end {
                return Ok(taken_back(&place));
            }
            fail_point("between_batches");
            self.check_stop()?;
            size.learn(begun.elapsed());
        }
    }
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
    movement: &'a Movement,
    /// What the Movement did, where nothing of it went back yet and that is known.
    did: Option<Rows>,
    /// What the Movements behind it did on their way back.
    before: Rows,
}

/// A session, seen as its tables only.
pub(super) struct Seen<'a>(pub(super) &'a dyn crate::engine::Session);

impl crate::schema::Tables for Seen<'_> {
    fn table(&self, name: &str) -> Option<crate::schema::Table> {
        self.0.table(name)
    }

    fn names(&self) -> Vec<String> {
        self.0.names()
    }
}
