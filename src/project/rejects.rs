//! `up --retry-rejects`: rows that were put aside, tried again after somebody mended them, where they stand or in their record.
//!
//! Takes the steps that are in; gives what became of their rejects. One goes only when its row went in.

use super::decide::Asked;
use super::replays::{Ground, narrowed};
use super::runs::LOCK;
use super::tried::Tried;
use super::{Consent, Project, dialect};
use crate::conflict::Decision;
use crate::engine::{MoveContext, Mover, Session};
use crate::error::{Error, Result, codes};
use crate::ledger::rejects::Waiting;
use crate::ledger::{Applied, Run, StepState, cursors, defaults, rejects, steps};
use crate::movement::{Conflict, Movement, Write};
use crate::observe::{Observer, Stop};
use crate::report::{Outcome, Rows, RunReport, StepReport};
use crate::run::lock::Lock;
use crate::run::{fail_point, new_run};
use crate::schema::{Table, Tables};
use crate::sqlite::replay::{self, Former};
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Manners, SqliteSession, connect};
use std::time::Instant;

/// More rows than are tried at once.
const ALL: u64 = 1_000_000;

/// How many rejects are tried at once.
const PAGE: u64 = 500;

impl Project {
    /// Tries every reject of the steps that are in again. Rows that are valid now go in; the others stay aside.
    pub(super) fn retry_rejects(
        &self,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Result<RunReport> {
        let location = self.location()?;
        let _lock = Lock::take(&location.beside(LOCK), self.settings.policy.wait, observer, stop)?;
        let survey = survey::survey(&location, Depth::Schema, &self.history_table)?;
        if let Some(open) = &survey.standing.open {
            return Err(Error::new(codes::OPEN_RUN, format!("`{} {}` is unfinished", open.command, open.target)));
        }
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: dialect(&survey).double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        let session = SqliteSession::new(Handle::Own(Box::new(connect::writer(&location)?)), manners, stop)?;
        let (mut lines, mut notes, mut refused) = (Vec::new(), Vec::new(), false);
        for step in
            survey.standing.applied.iter().filter(|step| step.state == StepState::Done && step.kind != "migration")
        {
            let Some((line, tried)) = self.retry_step(&session, step, consent, stop)? else { continue };
            notes.extend(tried.note(&step.id));
            refused |= tried.refused;
            lines.push(line);
        }
        let standing = crate::plan::standpoint(&self.catalog, &survey.standing.applied);
        Ok(RunReport {
            run: None,
            outcome: match lines.is_empty() {
                true => Outcome::NothingToDo,
                false if refused => Outcome::NeedsPerson,
                false => Outcome::Done,
            },
            from: standing.clone(),
            to: standing,
            restore_points: Vec::new(),
            steps: lines,
            preserved: Vec::new(),
            notes,
        })
    }

    /// All rejects of one step, in one transaction with the step's account. Where somebody is asked, each is one of its own:
    /// asked about before it begins.
    fn retry_step(
        &self,
        session: &SqliteSession<'_>,
        step: &Applied,
        consent: &dyn Consent,
        stop: &Stop,
    ) -> Result<Option<(StepReport, Tried)>> {
        let since = Instant::now();
        let Some(declared) = self.catalog.transformation(&step.id) else { return Ok(None) };
        let declared = &declared.under(&defaults::of_step(session, &step.id)?);
        let rejected = steps::way_back(session, &step.id)?.account.rejected;
        if rejected == 0 {
            return Ok(None);
        }
        declared.functions.iter().try_for_each(|id| self.functions.require(&step.id, id))?;
        for source in &declared.sources {
            self.sources.require(&step.id, source)?;
            if source.key.is_empty() {
                let message = format!("{}: nothing tells the rows of the source {} apart", step.id, source.name);
                return Err(Error::new(codes::NO_KEY, message)
                    .hint("rejects are found again by a key: [source.NAME] takes `key` before the step is applied"));
            }
        }
        let known = Remembered { session, step: &step.id };
        let movements = match declared.lower(super::engine_name(), &known) {
            Ok(movements) => movements,
            Err(error) => {
                let tried = Tried::refused(error.message(), rejected, Vec::new());
                return Ok(Some((tried.report(&step.id, since), tried)));
            }
        };
        let former = |movement: &Movement| -> Result<Option<Former>> {
            let kept = rejects::shape(session, &step.id, &movement.from.table)?;
            Ok(session.former(movement, kept.as_deref()))
        };
        let formers = movements.iter().map(former).collect::<Result<_>>()?;
        let run = new_run("up", "--retry-rejects", Vec::new(), "", "");
        let retry = Retry { project: self, session, step, movements: &movements, formers, run: &run, stop };
        let asks = |movement: &Movement| matches!(movement.write, Write::Insert(Conflict::Ask(_)));
        self.land_for(&step.id, session)?;
        let tried = if movements.iter().any(asks) { retry.one_by_one(consent) } else { retry.together() }?;
        session.leave_record()?;
        declared.sources.iter().try_for_each(|source| session.leave(source))?;
        Ok((!tried.is_nothing()).then(|| (tried.report(&step.id, since), tried)))
    }
}

/// The tables of a session, and those that a step walked and that are gone, as they were then.
struct Remembered<'a, 's> {
    session: &'a SqliteSession<'s>,
    step: &'a str,
}

impl Tables for Remembered<'_, '_> {
    fn table(&self, name: &str) -> Option<Table> {
        let kept = || rejects::shape(self.session, self.step, name).ok().flatten();
        self.session.table(name).or_else(|| replay::remembered(&kept()?))
    }

    fn names(&self) -> Vec<String> {
        self.session.names()
    }

    fn has_triggers(&self, table: &str) -> bool {
        self.session.has_triggers(table)
    }
}

/// One step, of which rejects are tried again.
pub(super) struct Retry<'a, 's> {
    pub(super) project: &'a Project,
    pub(super) session: &'a SqliteSession<'s>,
    pub(super) step: &'a Applied,
    pub(super) movements: &'a [Movement],
    /// What each of them walks, as far as that is known.
    pub(super) formers: Vec<Option<Former>>,
    pub(super) run: &'a Run,
    pub(super) stop: &'a Stop,
}

impl Retry<'_, '_> {
    /// All of them, in one transaction.
    fn together(&self) -> Result<Tried> {
        self.transaction(|| {
            let (mut all, until) = (Tried::default(), rejects::last(self.session)?);
            for number in 0..self.movements.len() {
                if let Some(held) = self.held_back(number)? {
                    all.add(held);
                    continue;
                }
                let mut after = 0;
                while let Some(some) = self.page(number, (after, until), PAGE)? {
                    after = some.last().map_or(until, |one| one.number);
                    for alike in some.chunk_by(|one, other| one.columns == other.columns) {
                        all.add(self.again(number, alike, None)?);
                        fail_point("between_rejects");
                    }
                }
            }
            Ok(all)
        })
    }

    /// Each in a transaction of its own, asked about before.
    fn one_by_one(&self, consent: &dyn Consent) -> Result<Tried> {
        let (mut all, mut rest, until) = (Tried::default(), None, rejects::last(self.session)?);
        for number in 0..self.movements.len() {
            if let Some(held) = self.held_back(number)? {
                all.add(held);
                continue;
            }
            let mut after = 0;
            while let Some(one) = self.page(number, (after, until), 1)? {
                after = one[0].number;
                let decision = self.decide(number, &one, consent, &mut rest)?;
                all.add(self.transaction(|| self.again(number, &one, decision))?);
            }
        }
        Ok(all)
    }

    fn page(&self, number: usize, between: (i64, i64), most: u64) -> Result<Option<Vec<Waiting>>> {
        let some = rejects::of_movement(self.session, (&self.step.id, number), between, most)?;
        Ok((!some.is_empty()).then_some(some))
    }

    pub(super) fn context(&self, number: usize) -> MoveContext<'_> {
        MoveContext {
            step: &self.step.id,
            movement: number,
            seq: self.step.seq,
            run: &self.run.id,
            began: &self.run.started,
            keys: &self.project.settings.keys,
            functions: &self.project.functions,
            bytes: u64::MAX,
        }
    }

    /// What becomes of a row whose key is there by now, where its step asks; `rest` is the answer for all that follow.
    fn decide(
        &self,
        number: usize,
        one: &[Waiting],
        consent: &dyn Consent,
        rest: &mut Option<Decision>,
    ) -> Result<Option<Decision>> {
        let movement = &self.movements[number];
        let Write::Insert(Conflict::Ask(new_key)) = &movement.write else { return Ok(None) };
        let Some(mover) = self.ready(number, &one[0])? else { return Ok(None) };
        let Some(found) = mover.collision(None, None, ALL)? else { return Ok(None) };
        let person = consent.asks();
        let asked = Asked { step: &self.step.id, into: &movement.into, new_key: new_key.as_ref(), stop: self.stop };
        asked.decide(&found, person, rest).map(Some)
    }

    /// Something, in one transaction.
    fn transaction(&self, work: impl FnOnce() -> Result<Tried>) -> Result<Tried> {
        self.session.begin(false)?;
        let tried = crate::ledger::create(self.session, &self.project.settings.project).and_then(|()| work());
        if tried.is_err() {
            self.session.rollback();
            return tried;
        }
        self.session.commit()?;
        tried
    }

    /// Some rejects of a Movement, all found by the same columns; the accounts with them. In their order.
    fn again(&self, number: usize, some: &[Waiting], decision: Option<Decision>) -> Result<Tried> {
        let (mut tried, mut there) = (Tried::default(), Vec::new());
        for one in some {
            match self.ground(number, one)? {
                Ground::Source => there.push(one.clone()),
                Ground::Unselected => tried.stays("the step selects them no more", &one.shown),
                Ground::Record => {
                    tried.add(self.walk(number, &std::mem::take(&mut there), decision)?);
                    tried.add(self.replay(number, one, decision)?);
                    fail_point("between_rejects");
                }
            }
        }
        tried.add(self.walk(number, &there, decision)?);
        Ok(tried)
    }

    /// Rejects whose rows stand in the source.
    fn walk(&self, number: usize, some: &[Waiting], decision: Option<Decision>) -> Result<Tried> {
        if some.is_empty() {
            return Ok(Tried::default());
        }
        let moved = self.attempt(number, || {
            some.iter().try_for_each(|one| rejects::remove(self.session, one.number))?;
            let movement = narrowed(&self.movements[number], some);
            forward(&*self.session.mover(&movement, &self.context(number))?, decision)
        })?;
        match moved {
            Some(rows) if rows.read == some.len() as u64 => self.counted(number, rows),
            Some(rows) => {
                let message = format!("{}: {} rejects were {} rows", self.step.id, some.len(), rows.read);
                Err(Error::new(codes::MISCOUNTED, message))
            }
            None if some.len() == 1 => Ok(self.out_of_turn(number, &some[0])),
            None => some.chunks(1).try_fold(Tried::default(), |mut all, one| {
                all.add(self.walk(number, one, decision)?);
                Ok(all)
            }),
        }
    }

    /// The accounts of the step and of the Movement, of which rejects became these rows.
    pub(super) fn counted(&self, number: usize, rows: Rows) -> Result<Tried> {
        let account = |mut account: Rows| {
            account.take_off(Rows { read: rows.read, rejected: rows.read, ..Rows::default() });
            account.add(rows);
            account
        };
        let whole = steps::way_back(self.session, &self.step.id)?.account;
        steps::set_account(self.session, &self.step.id, account(whole))?;
        for mut cursor in cursors::of_step(self.session, &self.step.id)? {
            if cursor.movement == number {
                // The way back goes by it.
                cursor.account = account(cursor.account);
                cursors::set(self.session, &cursor)?;
            }
        }
        Ok(Tried::of(rows))
    }
}

/// Moves all that a mover walks, watched.
pub(super) fn forward(mover: &dyn Mover, decision: Option<Decision>) -> Result<Rows> {
    mover.watch(true)?;
    let moved = mover.forward_as(None, None, ALL, decision);
    mover.watch(false)?;
    moved.map(|batch| batch.rows)
}
