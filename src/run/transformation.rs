//! A transformation applied: Movement after Movement, batch after batch; rows, counters and cursor commit together.

use super::ask::Portion;
use super::batch::Size;
use super::landing::Landed;
use super::{Runner, fail_point, ms};
use crate::catalog::{Limit, Transformation};
use crate::check::When;
use crate::engine::{MoveContext, Mover};
use crate::error::{Error, Result, codes};
use crate::graph::Step;
use crate::ledger::cursors::{self, Cursor};
use crate::ledger::steps::{self, Record};
use crate::ledger::{self, Applied, StepState, hidden};
use crate::movement::Movement;
use crate::observe::{Event, Progress, memory};
use crate::plan::UpStep;
use crate::report::{Batches, Rows, StepOutcome};
use sha2::{Digest as _, Sha256};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// A transformation on its way up.
pub(super) struct Moving<'a> {
    pub(super) step: &'a Step,
    declared: &'a Transformation,
    pub(super) movements: &'a [Movement],
    up: &'a UpStep,
    pub(super) seq: i64,
    pub(super) resumed: bool,
    pub(super) landed: Landed,
    /// Whether others have written while it was under way, as far as they were followed.
    pub(super) written: Cell<bool>,
    /// The Movement before whose batches those before it were followed.
    pub(super) followed: Cell<Option<usize>>,
    since: Instant,
}

impl Runner<'_> {
    /// Applies a transformation, or continues it.
    pub(super) fn transform(
        &self,
        step: &Step,
        declared: &Transformation,
        movements: &[Movement],
        up: &UpStep,
    ) -> Result<()> {
        let since = Instant::now();
        let mut known = steps::one(self.session, &step.id)?;
        // It failed, and died while it was taken back: that comes first.
        if let Some(undoing) = known.take_if(|step| step.state == StepState::Undoing) {
            self.uncounted(|| self.take_back(&undoing))?;
        }
        let seq = match &known {
            Some(applied) => applied.seq,
            None => self.transaction(false, "", || {
                hidden::keep(self.session, &step.id, &up.hidden)?;
                steps::next_seq(self.session)
            })?,
        };
        let landed = self.land(declared)?;
        let moving = Moving {
            step,
            declared,
            movements,
            up,
            seq,
            resumed: known.is_some(),
            landed,
            written: Cell::new(false),
            followed: Cell::new(None),
            since,
        };
        self.refuse_other_ground(&moving)?;
        let moved = if self.is_at_once(&moving) { self.move_at_once(&moving) } else { self.move_all(&moving) };
        self.leave(declared);
        match moved {
            Ok(account) => {
                let outcome = if moving.resumed { StepOutcome::Resumed } else { StepOutcome::Done };
                self.end_step(&step.id, outcome, since, account);
                Ok(())
            }
            Err(error) => self.failed(&moving, error),
        }
    }

    /// A stop leaves the step half done; anything else takes it back.
    fn failed(&self, moving: &Moving<'_>, error: Error) -> Result<()> {
        let id = &moving.step.id;
        if self.stop.requested().is_some() {
            if let Some(rows) = self.half_done(id)? {
                self.end_step(id, StepOutcome::Interrupted, moving.since, rows);
            }
            return Err(super::stopped(self.stop));
        }
        let half = steps::all(self.session)?.into_iter().find(|applied| applied.id == *id);
        if let Some(half) = half {
            self.uncounted(|| self.take_back(&half)).map_err(|stuck| stuck.after(&error))?;
        }
        self.end_step(id, StepOutcome::Undone, moving.since, Rows::default());
        Err(error.at(moving.declared.place.clone()))
    }

    fn move_all(&self, moving: &Moving<'_>) -> Result<Rows> {
        let cursors = cursors::of_step(self.session, &moving.step.id)?;
        let mut account = Rows::default();
        for (number, movement) in moving.movements.iter().enumerate() {
            let cursor = cursors.iter().find(|cursor| cursor.movement == number);
            if let Some(done) = cursor.filter(|cursor| cursor.phase == "done") {
                account.add(done.account);
                continue;
            }
            let mover = self.session.mover(movement, &self.context(&moving.step.id, number, moving.seq))?;
            let moved = self.move_one(moving, number, &*mover, cursor, account);
            let _ = mover.watch(false);
            moved?;
            // Those before it may have followed what others wrote.
            account = Rows::default();
            let through = cursors::of_step(self.session, &moving.step.id)?;
            through.iter().filter(|it| it.movement <= number).for_each(|cursor| account.add(cursor.account));
        }
        Ok(account)
    }

    /// Whether the application stays up meanwhile, as the stage says.
    pub(super) fn is_shared(&self, moving: &Moving<'_>) -> bool {
        self.catalog.stages[moving.step.stage].downtime == Some(false)
    }

    /// Counts a batch, up or down.
    pub(super) fn note_batch(&self, rows: u64) {
        let mut done = self.done.borrow_mut();
        done.batches = Some(Batches::add(done.batches, rows));
    }

    /// Does what is not to be counted among the step's batches.
    fn uncounted<T>(&self, work: impl FnOnce() -> T) -> T {
        let batches = self.done.borrow().batches;
        let done = work();
        self.done.borrow_mut().batches = batches;
        done
    }

    /// What a Movement must know of this run.
    pub(super) fn context<'b>(&'b self, step: &'b str, movement: usize, seq: i64) -> MoveContext<'b> {
        let (run, began, keys) = (&self.run.id, &self.run.started, &self.settings.keys);
        MoveContext { step, movement, seq, run, began, keys, functions: self.functions, bytes: self.batch.bytes }
    }

    /// Refuses a Movement that rejected more than its step allows. A share is judged at the end.
    fn refuse_rejects(&self, moving: &Moving<'_>, account: Rows, end: bool) -> Result<()> {
        let is_judged = |limit: &Limit| end || matches!(limit, Limit::Rows(_));
        if !moving
            .declared
            .limit()
            .filter(is_judged)
            .is_some_and(|limit| limit.is_passed(account.rejected, account.read))
        {
            return Ok(());
        }
        let message = format!(
            "{}: {} of {} rows were rejected, more than the step allows",
            moving.step.id, account.rejected, account.read
        );
        Err(Error::new(codes::REJECTED, message).hint("mend the rows, or raise max_rejects"))
    }

    /// Moves all rows of one Movement. `before` is the account of the Movements before it.
    fn move_one(
        &self,
        moving: &Moving<'_>,
        number: usize,
        mover: &dyn Mover,
        cursor: Option<&Cursor>,
        before: Rows,
    ) -> Result<Rows> {
        let mut place = cursor.cloned().unwrap_or_else(|| begun(moving, number, mover));
        let mut size = self.size(moving);
        let (mut first, mut behind) = (true, place.account.read);
        // Where a row came between the question and the batch: once more, row by row.
        let (mut alone, movement) = (0, &moving.movements[number]);
        loop {
            let begun = Instant::now();
            let nonce = Self::nonce();
            let portion = self.portion(movement, mover, &place, if alone > 0 { 1 } else { size.rows() })?;
            let moved = self.transaction(false, &nonce, || {
                if first {
                    self.open(moving, number, mover, &nonce)?;
                    if cursor.is_none() {
                        place.until = mover.until()?;
                        self.send_away(moving.declared, movement, mover, place.total)?;
                    }
                }
                self.batch(moving, mover, &mut place, portion, before, &nonce)
            });
            let end = match moved {
                Err(error) if alone < 2 && portion.may_ask_again(movement, &error) => {
                    alone += 1;
                    continue;
                }
                moved => moved?,
            };
            (first, alone) = (false, 0);
            self.note_batch(portion.rows);
            self.progress(&self.catalog.stages[moving.step.stage].name, &place, moving.since);
            if end {
                return Ok(place.account);
            }
            fail_point("between_batches");
            self.check_stop()?;
            let took = begun.elapsed();
            if portion.rows == size.rows() {
                size.learn(took);
            }
            let pause = moving.declared.batch.as_ref().and_then(|batch| batch.pause);
            let shared = self.is_shared(moving);
            if let Some(rows) = self.rest(pause, shared, took, place.account.read.saturating_sub(behind))? {
                size.fix(rows);
            }
            behind = place.account.read;
        }
    }

    /// What stands in the same transaction as the first batch.
    fn open(&self, moving: &Moving<'_>, number: usize, mover: &dyn Mover, nonce: &str) -> Result<()> {
        if number == 0 && !moving.resumed {
            self.ask(&moving.step.id, &moving.declared.checks, When::Before)?;
            self.record_moving(moving, nonce)?;
            self.session.note_broken(moving.seq, moving.movements)?;
        }
        if self.is_shared(moving) && !self.is_at_once(moving) {
            mover.listen()?;
        }
        mover.watch(true)
    }

    /// One batch with its cursor; whether it was the last. The last one of all closes the step.
    fn batch(
        &self,
        moving: &Moving<'_>,
        mover: &dyn Mover,
        place: &mut Cursor,
        portion: Portion,
        before: Rows,
        nonce: &str,
    ) -> Result<bool> {
        let several = place.key.is_some();
        let before = self.follow(moving, mover, place, before)?;
        let batch = mover.forward_as(place.key.as_deref(), place.until.as_deref(), portion.rows, portion.decision)?;
        place.account.add(batch.rows);
        if !place.account.balance() {
            let message = format!("{}: of {} rows read not all are accounted for", moving.step.id, place.account.read);
            return Err(Error::new(codes::MISCOUNTED, message));
        }
        place.key = batch.last.or(place.key.take());
        let mut all = before;
        all.add(place.account);
        self.refuse_rejects(moving, all, batch.end && place.movement + 1 == moving.movements.len())?;
        fail_point("after_batch_before_cursor");
        if !batch.end {
            cursors::set(self.session, place)?;
            ledger::runs::at(self.session, &self.run.id, &place.step)?;
            return Ok(false);
        }
        let before = self.follow_to_the_end(moving, mover, place.movement, before)?;
        if several {
            let account = mover.converge(place.key.as_deref(), place.account, moving.resumed)?;
            if account != place.account {
                place.account = account;
                let mut all = before;
                all.add(account);
                self.refuse_rejects(moving, all, place.movement + 1 == moving.movements.len())?;
                place.key = mover.last()?.or(place.key.take());
            }
        }
        if place.movement + 1 == moving.movements.len() {
            self.stop_listening(moving, mover)?;
        }
        place.phase = "done".to_owned();
        self.bring_back(&moving.step.id)?;
        if place.movement + 1 < moving.movements.len() {
            cursors::set(self.session, place)?;
            return Ok(true);
        }
        let mut account = before;
        account.add(place.account);
        self.ask(&moving.step.id, &moving.declared.checks, When::After)?;
        let by_nature = moving.declared.declared.checks(moving.declared, self.dialect.name())?;
        self.ask(&moving.step.id, &by_nature, When::After)?;
        self.session.keep_mended(moving.seq, moving.movements)?;
        steps::set_state(self.session, &moving.step.id, StepState::Done, Some((ms(moving.since), account)))?;
        // What each Movement did, and how far it read, is what its way back goes by.
        cursors::set(self.session, place)?;
        self.event(&moving.step.id, moving.seq, "up", ms(moving.since), account, nonce)?;
        Ok(true)
    }

    /// Whether the step must be one transaction: nothing of it could be taken back, and something may end it.
    pub(super) fn is_at_once(&self, moving: &Moving<'_>) -> bool {
        crate::plan::is_at_once(moving.declared, moving.movements)
    }

    /// All Movements in one transaction.
    fn move_at_once(&self, moving: &Moving<'_>) -> Result<Rows> {
        let nonce = Self::nonce();
        self.transaction(false, &nonce, || {
            let mut account = Rows::default();
            for (number, movement) in moving.movements.iter().enumerate() {
                let mover = self.session.mover(movement, &self.context(&moving.step.id, number, moving.seq))?;
                self.open(moving, number, &*mover, &nonce)?;
                let mut place = begun(moving, number, &*mover);
                self.send_away(moving.declared, movement, &*mover, place.total)?;
                place.until = mover.until()?;
                self.batch(moving, &*mover, &mut place, Portion::of(Size::all().rows()), account, &nonce)?;
                mover.watch(false)?;
                self.note_batch(place.account.read);
                self.progress(&self.catalog.stages[moving.step.stage].name, &place, moving.since);
                account.add(place.account);
            }
            Ok(account)
        })
    }

    /// How large batches are: all at once where nothing could be taken back batch by batch.
    fn size(&self, moving: &Moving<'_>) -> Size {
        if self.is_at_once(moving) {
            return Size::all();
        }
        Size::of(self.batch, moving.declared.batch.as_ref(), self.is_shared(moving))
    }

    /// Tells how far a Movement is, up or down.
    pub(super) fn progress(&self, stage: &str, place: &Cursor, since: Instant) {
        let elapsed = since.elapsed();
        #[allow(clippy::cast_precision_loss)]
        let (current, rate) = (place.account.read, place.account.read as f64 / elapsed.as_secs_f64().max(1e-6));
        #[allow(clippy::cast_precision_loss)]
        let percentage =
            place.total.filter(|total| *total > 0).map(|total| (current as f64 * 100.0 / total as f64).min(100.0));
        #[allow(clippy::cast_precision_loss)]
        let eta = place
            .total
            .filter(|_| rate > 0.0)
            .map(|total| Duration::from_secs_f64(total.saturating_sub(current) as f64 / rate));
        self.observer.event(Event::Progress(Progress {
            stage,
            step: &place.step,
            current,
            total: place.total,
            percentage,
            rate,
            eta,
            elapsed,
            memory: memory(),
        }));
    }

    /// Writes the step down as half done, with the stage file it was declared in.
    fn record_moving(&self, moving: &Moving<'_>, nonce: &str) -> Result<()> {
        let step = moving.step;
        let stage = &self.catalog.stages[step.stage];
        let text = &moving.declared.text;
        let digest: String = Sha256::digest(text.text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        steps::keep_text(self.session, &digest, &text.name, &text.text)?;
        self.keep_ground(&step.id, moving.declared, moving.movements)?;
        let spots = |spots: &crate::touch::Spots| spots.iter().map(|spot| spot.to_string()).collect::<Vec<_>>();
        steps::record(
            self.session,
            &Record {
                applied: Applied {
                    seq: moving.seq,
                    id: step.id.clone(),
                    kind: moving.declared.kind.key.to_owned(),
                    stage: stage.name.clone(),
                    stage_version: stage.version.to_string(),
                    title: step.title.clone(),
                    digest: step.digest.clone(),
                    state: StepState::Half,
                    reversible: crate::plan::written(moving.up.reversible).to_owned(),
                    undo: moving.movements.first().map_or("none", |movement| movement.undo.word()).to_owned(),
                    applied_at: ledger::now(),
                },
                run: self.run.id.clone(),
                nonce: nonce.to_owned(),
                duration_ms: 0,
                account: Rows::default(),
                inverse: None,
                down: None,
                declared: Some(digest),
                needs: moving.declared.needs.clone(),
                reads: spots(&step.touches.reads),
                writes: spots(&step.touches.writes),
            },
        )
    }
}

/// A Movement's place before its first row.
fn begun(moving: &Moving<'_>, number: usize, mover: &dyn Mover) -> Cursor {
    let movement = &moving.movements[number];
    Cursor {
        step: moving.step.id.clone(),
        movement: number,
        phase: "up".to_owned(),
        table: movement.from.table.clone(),
        key: None,
        until: None,
        account: Rows::default(),
        total: mover.count(None).ok(),
        source: moving.landed.of(movement, mover),
    }
}
