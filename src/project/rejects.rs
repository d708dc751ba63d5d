//! `up --retry-rejects`: rows that were put aside, tried again after somebody mended them.

use super::decide::Asked;
use super::runs::LOCK;
use super::{Consent, Project, dialect};
use crate::conflict::Decision;
use crate::engine::{Database as _, MoveContext, Mover, Session};
use crate::error::{Error, Result, codes};
use crate::ledger::rejects::Waiting;
use crate::ledger::{Applied, Run, StepState, cursors, defaults, rejects, steps};
use crate::movement::{Conflict, Movement, Write};
use crate::observe::{Observer, Stop};
use crate::report::{Outcome, Rows, RunReport, StepOutcome, StepReport};
use crate::run::lock::Lock;
use crate::run::{fail_point, new_run, step_report};
use crate::sql::quoted;
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Manners, SqliteSession, connect};
use std::time::Instant;

/// More rows than are tried at once.
const ALL: u64 = 1_000_000;

/// How many rejects are tried at once.
const PAGE: u64 = 500;

/// How many keys of rows that are gone are shown.
const SHOWN: usize = 20;

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
        if steps::way_back(session, &step.id)?.account.rejected == 0 {
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
        let movements = &declared.lower(super::engine_name(), session)?;
        let run = new_run("up", "--retry-rejects", Vec::new(), "", "");
        let retry = Retry { project: self, session, step, movements, run: &run, stop };
        let asks = |movement: &Movement| matches!(movement.write, Write::Insert(Conflict::Ask(_)));
        self.land_for(&step.id, session)?;
        let tried = if movements.iter().any(asks) { retry.one_by_one(consent) } else { retry.together() }?;
        declared.sources.iter().try_for_each(|source| session.leave(source))?;
        let Tried { rows, gone, shown } = tried;
        if rows.read + gone == 0 {
            return Ok(None);
        }
        let mut report = step_report(&step.id, StepOutcome::Resumed, since.elapsed(), rows);
        if gone > 0 {
            let (keys, more) = (shown.join("; "), if gone > shown.len() as u64 { "; …" } else { "" });
            report.warnings.push(format!(
                "{gone} rejected rows are gone, or the step selects them no more; their rejects are closed: {keys}{more}"
            ));
        }
        Ok(Some(report))
    }
}

/// What came of rejects that were tried again.
#[derive(Default)]
struct Tried {
    /// The rows that are there still.
    rows: Rows,
    /// How many are not.
    gone: u64,
    /// The keys of some of these.
    shown: Vec<String>,
}

impl Tried {
    fn add(&mut self, other: Self) {
        self.rows.add(other.rows);
        self.gone += other.gone;
        self.shown.extend(other.shown);
        self.shown.truncate(SHOWN);
    }
}

/// The columns by which a reject is found.
fn columns(movement: &Movement, one: &Waiting) -> Vec<String> {
    match (&one.columns, movement.from.key.as_slice()) {
        (Some(columns), _) => columns.clone(),
        (None, []) => vec!["rowid".to_owned()],
        (None, named) => named.to_vec(),
    }
}

/// The condition that a row is one of these, which are found by the same columns.
fn is_one_of(movement: &Movement, some: &[Waiting]) -> String {
    // By the table's own name: what is looked up may have columns of the same names.
    let table = quoted(movement.from.alias.as_ref().unwrap_or(&movement.from.table));
    let names = columns(movement, &some[0]);
    let names: Vec<String> = names.iter().map(|column| format!("{table}.{}", quoted(column))).collect();
    let keys: Vec<String> = some.iter().map(|one| format!("({})", one.key.join(", "))).collect();
    let filter = movement.from.filter.as_ref().map(|filter| format!("({filter}\n) AND ")).unwrap_or_default();
    format!("{filter}({}) IN (VALUES {})", names.join(", "), keys.join(", "))
}

/// A Movement over these rows alone.
fn narrowed(movement: &Movement, some: &[Waiting]) -> Movement {
    let mut narrow = movement.clone();
    narrow.from.filter = Some(is_one_of(movement, some));
    narrow
}

/// One step, of which rejects are tried again.
struct Retry<'a, 's> {
    project: &'a Project,
    session: &'a SqliteSession<'s>,
    step: &'a Applied,
    movements: &'a [Movement],
    run: &'a Run,
    stop: &'a Stop,
}

impl Retry<'_, '_> {
    /// All of them, in one transaction.
    fn together(&self) -> Result<Tried> {
        self.transaction(|| {
            let (mut all, until) = (Tried::default(), rejects::last(self.session)?);
            for number in 0..self.movements.len() {
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

    fn mover<'m>(&'m self, number: usize, movement: &Movement) -> Result<Box<dyn Mover + 'm>> {
        let context = MoveContext {
            step: &self.step.id,
            movement: number,
            seq: self.step.seq,
            run: &self.run.id,
            began: &self.run.started,
            keys: &self.project.settings.keys,
            functions: &self.project.functions,
            bytes: u64::MAX,
        };
        self.session.mover(movement, &context)
    }

    /// What becomes of a row whose key is there by now, where its step asks; `rest` is the answer for all that follow.
    fn decide(
        &self,
        number: usize,
        one: &[Waiting],
        consent: &dyn Consent,
        rest: &mut Option<Decision>,
    ) -> Result<Option<Decision>> {
        let movement = narrowed(&self.movements[number], one);
        let Write::Insert(Conflict::Ask(new_key)) = &movement.write else { return Ok(None) };
        let Some(found) = self.mover(number, &movement)?.collision(None, None, ALL)? else { return Ok(None) };
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

    /// Some rejects of a Movement, all found by the same columns; the accounts with them.
    fn again(&self, number: usize, some: &[Waiting], decision: Option<Decision>) -> Result<Tried> {
        some.iter().try_for_each(|one| rejects::remove(self.session, one.number))?;
        let mut tried = Tried { shown: self.missing(number, some)?, ..Tried::default() };
        let mover = self.mover(number, &narrowed(&self.movements[number], some))?;
        mover.watch(true)?;
        let moved = mover.forward_as(None, None, ALL, decision);
        mover.watch(false)?;
        tried.rows = moved?.rows;
        tried.gone = (some.len() as u64).saturating_sub(tried.rows.read);
        let account = |mut account: Rows| {
            let off = Rows { read: some.len() as u64, rejected: some.len() as u64, ..Rows::default() };
            account.take_off(off);
            account.add(tried.rows);
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
        tried.shown.truncate(SHOWN);
        Ok(tried)
    }

    /// The keys of those that are not there any more, or that are not selected.
    fn missing(&self, number: usize, some: &[Waiting]) -> Result<Vec<String>> {
        let movement = &self.movements[number];
        let from = match &movement.from.alias {
            Some(alias) => format!("{} AS {}", quoted(&movement.from.table), quoted(alias)),
            None => quoted(&movement.from.table),
        };
        let mut missing = Vec::new();
        for one in some {
            let condition = is_one_of(movement, std::slice::from_ref(one));
            let found = self.session.query(&format!("SELECT 1 FROM {from} WHERE {condition} LIMIT 1"), &[])?;
            if found.is_empty() {
                missing.push(one.shown.clone());
            }
        }
        Ok(missing)
    }
}
