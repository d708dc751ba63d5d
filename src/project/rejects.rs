//! `up --retry-rejects`: rows that were put aside, tried again after somebody mended them.

use super::runs::LOCK;
use super::{Consent, Project, dialect};
use crate::conflict::{Conflicting, Decision};
use crate::engine::{MoveContext, Mover, Session};
use crate::error::{Error, Result, codes};
use crate::ledger::{Applied, Run, StepState, defaults, rejects, steps};
use crate::movement::{Conflict, Movement, Write};
use crate::observe::{Observer, Stop};
use crate::report::{Outcome, Rows, RunReport, StepOutcome, StepReport};
use crate::run::lock::Lock;
use crate::run::{new_run, nobody, step_report, stopped};
use crate::sql::quoted;
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Manners, SqliteSession, connect};
use std::time::Instant;

/// More rows than one key has.
const ALL: u64 = 1_000;

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
        let mut lines = Vec::new();
        for step in
            survey.standing.applied.iter().filter(|step| step.state == StepState::Done && step.kind != "migration")
        {
            lines.extend(self.retry_step(&session, step, consent, stop)?);
        }
        let standing = crate::plan::standpoint(&self.catalog, &survey.standing.applied);
        Ok(RunReport {
            run: None,
            outcome: if lines.is_empty() { Outcome::NothingToDo } else { Outcome::Done },
            from: standing.clone(),
            to: standing,
            restore_points: Vec::new(),
            steps: lines,
            preserved: Vec::new(),
            notes: Vec::new(),
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
    ) -> Result<Option<StepReport>> {
        let since = Instant::now();
        let Some(declared) = self.catalog.transformation(&step.id) else { return Ok(None) };
        let declared = &declared.under(&defaults::of_step(session, &step.id)?);
        let mut account = steps::way_back(session, &step.id)?.account;
        if account.rejected == 0 {
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
        let movements = declared.lower(super::engine_name(), session)?;
        let mut waiting = Vec::new();
        for (number, movement) in movements.iter().enumerate() {
            for (reject, key) in rejects::of_movement(session, &step.id, number)? {
                waiting.push(Waiting { number, reject, movement: narrowed(movement, &key) });
            }
        }
        let asks = |movement: &Movement| matches!(movement.write, Write::Insert(Conflict::Ask(_)));
        let together = if movements.iter().any(asks) { 1 } else { waiting.len().max(1) };
        let (mut tried, mut rest) = (Rows::default(), None);
        let run = new_run("up", "--retry-rejects", Vec::new(), "", "");
        let retry = Retry { project: self, session, step, run: &run, stop };
        self.land_for(&step.id, session)?;
        for some in waiting.chunks(together) {
            let decision = retry.decide(&some[0], consent, &mut rest)?;
            tried.add(retry.transaction(some, decision, &mut account)?);
        }
        declared.sources.iter().try_for_each(|source| session.leave(source))?;
        Ok((tried.read > 0).then(|| step_report(&step.id, StepOutcome::Resumed, since.elapsed(), tried)))
    }
}

/// A reject that is tried again.
struct Waiting {
    /// The Movement's number in its step.
    number: usize,
    /// The reject's number.
    reject: i64,
    /// The Movement, over this row alone.
    movement: Movement,
}

/// A Movement over the one row of this key.
fn narrowed(movement: &Movement, key: &[String]) -> Movement {
    let columns = match movement.from.key.as_slice() {
        [] => vec!["rowid".to_owned()],
        named => named.iter().map(|column| quoted(column)).collect(),
    };
    // By the table's own name: what is looked up may have columns of the same names.
    let table = quoted(movement.from.alias.as_ref().unwrap_or(&movement.from.table));
    let this: Vec<String> =
        columns.iter().zip(key).map(|(column, value)| format!("{table}.{column} IS {value}")).collect();
    let filter = movement.from.filter.as_ref().map(|filter| format!("({filter}\n) AND ")).unwrap_or_default();
    let mut one = movement.clone();
    one.from.filter = Some(format!("{filter}{}", this.join(" AND ")));
    one
}

/// One step, of which rejects are tried again.
struct Retry<'a, 's> {
    project: &'a Project,
    session: &'a SqliteSession<'s>,
    step: &'a Applied,
    run: &'a Run,
    stop: &'a Stop,
}

impl Retry<'_, '_> {
    fn mover<'m>(&'m self, one: &Waiting) -> Result<Box<dyn Mover + 'm>> {
        let context = MoveContext {
            step: &self.step.id,
            movement: one.number,
            seq: self.step.seq,
            run: &self.run.id,
            began: &self.run.started,
            keys: &self.project.settings.keys,
            functions: &self.project.functions,
            bytes: u64::MAX,
        };
        self.session.mover(&one.movement, &context)
    }

    /// What becomes of a row whose key is there by now, where its step asks; `rest` is the answer for all that follow.
    fn decide(&self, one: &Waiting, consent: &dyn Consent, rest: &mut Option<Decision>) -> Result<Option<Decision>> {
        let Write::Insert(Conflict::Ask(new_key)) = &one.movement.write else { return Ok(None) };
        let Some(found) = self.mover(one)?.collision(None, None, ALL)? else { return Ok(None) };
        let fits = |decision: &Decision| *decision != Decision::NewKey || new_key.is_some();
        if let Some(decision) = rest.filter(fits) {
            return Ok(Some(decision));
        }
        let conflicting = Conflicting {
            step: &self.step.id,
            table: &one.movement.into,
            key: &found.key,
            fields: &found.fields,
            new_key: new_key.as_ref().map(|key| key.column.as_str()),
        };
        let person = consent.asks().ok_or_else(|| nobody(&self.step.id))?;
        let decided = person.decide(&conflicting).ok_or_else(|| stopped(self.stop))?;
        if !fits(&decided.decision) {
            let message = format!("{}: rows of {} cannot get a new key", self.step.id, one.movement.into);
            return Err(Error::new(codes::BAD_VALUE, message));
        }
        if decided.rest {
            *rest = Some(decided.decision);
        }
        Ok(Some(decided.decision))
    }

    /// Some rejects, and the account of the step with them, in one transaction.
    fn transaction(&self, some: &[Waiting], decision: Option<Decision>, account: &mut Rows) -> Result<Rows> {
        let mut tried = Rows::default();
        let mut after = *account;
        self.session.begin(false)?;
        let mut work = || -> Result<()> {
            crate::ledger::create(self.session, &self.project.settings.project)?;
            for one in some {
                tried.add(self.again(one, decision)?);
            }
            after.inserted += tried.inserted;
            after.updated += tried.updated;
            after.unchanged += tried.unchanged;
            after.skipped += tried.skipped;
            after.rejected -= (tried.read - tried.rejected).min(after.rejected);
            steps::set_state(self.session, &self.step.id, StepState::Done, Some((0, after)))
        };
        if let Err(error) = work() {
            self.session.rollback();
            return Err(error);
        }
        self.session.commit()?;
        *account = after;
        Ok(tried)
    }

    fn again(&self, one: &Waiting, decision: Option<Decision>) -> Result<Rows> {
        rejects::remove(self.session, one.reject)?;
        let mover = self.mover(one)?;
        mover.watch(true)?;
        let moved = mover.forward_as(None, None, ALL, decision);
        mover.watch(false)?;
        Ok(moved?.rows)
    }
}
