//! Movements of a step that are through while others of it are under way: what an application does meanwhile to the rows
//! that they moved is followed until the step ends, so that all of it shows one moment.
//!
//! What came is moved in the order of the Movements, what is gone is taken back in the opposite one: a row is never without
//! the row that it refers to.

use super::Runner;
use super::ahead::Left;
use super::transformation::Moving;
use crate::engine::{Mover, Settled};
use crate::error::Result;
use crate::ledger::Applied;
use crate::ledger::cursors::{self, Cursor};
use crate::report::Rows;
use crate::value::Value;

impl Runner<'_> {
    /// Before a batch of a Movement: those before it. Gives their account, which is `before` unless somebody wrote. In the
    /// batch's transaction.
    pub(super) fn follow(
        &self,
        moving: &Moving<'_>,
        mover: &dyn Mover,
        place: &mut Cursor,
        before: Rows,
    ) -> Result<Rows> {
        if !self.is_shared(moving) || self.is_at_once(moving) {
            return Ok(before);
        }
        let when = if moving.movements.len() > 1 { Settled::Now } else { Settled::InTime };
        place.account.take_off(mover.settle(place.key.as_deref(), when)?);
        let disturbed = mover.disturbed()?;
        moving.written.set(moving.written.get() || moving.resumed || disturbed);
        // What others did before this process looked is not seen as a disturbance.
        let first = moving.followed.replace(Some(place.movement)) != Some(place.movement);
        if place.movement == 0 || !(disturbed || first) {
            return Ok(before);
        }
        let before = self.as_those_before(moving, mover, place.movement, |other, cursor| {
            cursor.account.add(other.take_in()?);
            Ok(())
        })?;
        place.account.take_off(mover.settle(place.key.as_deref(), when)?);
        Ok(before)
    }

    /// At the end of the last Movement: those before it, looked at as a whole where somebody wrote.
    pub(super) fn follow_to_the_end(
        &self,
        moving: &Moving<'_>,
        mover: &dyn Mover,
        number: usize,
        before: Rows,
    ) -> Result<Rows> {
        if number == 0 || number + 1 < moving.movements.len() || !moving.written.get() {
            return Ok(before);
        }
        self.as_those_before(moving, mover, number, |other, cursor| {
            cursor.account = other.converge(cursor.key.as_deref(), cursor.account, true)?;
            Ok(())
        })
    }

    /// Lets the Movements before one take back what is gone, the last first, and do something, the first first; their account.
    fn as_those_before(
        &self,
        moving: &Moving<'_>,
        mover: &dyn Mover,
        number: usize,
        work: impl Fn(&dyn Mover, &mut Cursor) -> Result<()>,
    ) -> Result<Rows> {
        // Two Movements may write one table: each journals its own.
        mover.watch(false)?;
        let mut through = cursors::of_step(self.session, &moving.step.id)?;
        through.retain(|cursor| cursor.movement < number);
        for cursor in through.iter_mut().rev() {
            self.as_another(moving, cursor, |other, cursor| {
                cursor.account.take_off(other.settle(cursor.key.as_deref(), Settled::Now)?);
                Ok(())
            })?;
        }
        let mut account = Rows::default();
        for cursor in &mut through {
            let was = cursor.account;
            self.as_another(moving, cursor, |other, cursor| {
                // One may read what another before it wrote.
                cursor.account.take_off(other.settle(cursor.key.as_deref(), Settled::Now)?);
                work(other, cursor)?;
                // A row that was moved may be the last now, and the account the same.
                if other.is_listening() || cursor.account != was {
                    cursor.key = other.last()?.or(cursor.key.take());
                }
                Ok(())
            })?;
            cursors::set(self.session, cursor)?;
            account.add(cursor.account);
        }
        mover.make_ready()?;
        mover.watch(true)?;
        Ok(account)
    }

    fn another<'m>(&'m self, moving: &Moving<'_>, number: usize) -> Result<Box<dyn Mover + 'm>> {
        self.session.mover(&moving.movements[number], &self.context(&moving.step.id, number, moving.seq))
    }

    /// Does something as another Movement of the step, which listens.
    fn as_another(
        &self,
        moving: &Moving<'_>,
        cursor: &mut Cursor,
        work: impl FnOnce(&dyn Mover, &mut Cursor) -> Result<()>,
    ) -> Result<()> {
        let other = self.another(moving, cursor.movement)?;
        other.listen()?;
        other.watch(true)?;
        work(&*other, cursor)?;
        other.watch(false)
    }

    /// Of a Movement that is about to be taken back half done, and not by its source: what was heard of rows that it moved, so
    /// that what it made of them can be told. Where that cannot be, the way back finds what there is to say.
    pub(super) fn settle_half(&self, mover: &dyn Mover, cursor: &Cursor) -> Cursor {
        let mut followed = cursor.clone();
        if cursor.phase == "down" || cursor.phase == "gone" {
            return followed;
        }
        let settled = self.transaction(false, "", || {
            mover.listen()?;
            mover.watch(true)?;
            followed.account.take_off(mover.settle(cursor.key.as_deref(), Settled::Now)?);
            mover.watch(false)?;
            cursors::set(self.session, &followed)
        });
        if settled.is_ok() { followed } else { cursor.clone() }
    }

    /// Of all Movements of a step that are left, the last first: takes back what they made of rows that are no more as they
    /// were, so that what is left can be told by the source. `mover` is the last one's, whose rows went back up to `after`;
    /// how many of its rows that were.
    pub(super) fn settle_before(
        &self,
        step: &Applied,
        left: &[Left<'_>],
        mover: &dyn Mover,
        after: Option<&[Value]>,
    ) -> Result<u64> {
        let Some((last, others)) = left.split_last() else { return Ok(0) };
        let rule = self.others(&step.id);
        let rows = mover.settle_back(after, last.until.as_deref(), &rule)?;
        for part in others.iter().rev() {
            let other = self.session.mover(part.movement, &self.context(&step.id, part.number, step.seq))?;
            other.settle_back(None, part.until.as_deref(), &rule)?;
        }
        mover.ready().map(|()| rows)
    }

    /// Ends all listening of a step whose last Movement is through.
    pub(super) fn stop_listening(&self, moving: &Moving<'_>, mover: &dyn Mover) -> Result<()> {
        mover.unlisten()?;
        if moving.movements.len() > 1 && self.is_shared(moving) && !self.is_at_once(moving) {
            for number in 0..moving.movements.len() {
                self.another(moving, number)?.unlisten()?;
            }
        }
        Ok(())
    }
}
