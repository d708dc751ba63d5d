//! Running a plan: the only writer.
//!
//! Takes a plan and a session; gives what was done. A step and its record commit together, batch by batch; whatever
//! stops it, the same command continues.

mod ahead;
mod ask;
mod batch;
mod begun;
mod checks;
mod declared;
mod deferred;
mod down;
mod follow;
mod functions;
mod ground;
mod landing;
pub mod lock;
mod migration;
mod outside;
pub mod pace;
mod refinery;
mod resume;
mod stayed;
mod transformation;
mod unmove;
mod up;

pub use ask::nobody;
pub use declared::Declarations;
pub use down::{hides, keys_of, protected};
pub use functions::functions_of;

use crate::catalog::settings::Batch;
use crate::catalog::{Catalog, Settings};
use crate::columns::Registered;
use crate::conflict::Ask;
use crate::engine::{Dialect, Session};
use crate::error::{Error, Result, codes};
use crate::inverse::Changed;
use crate::kinds::Hidden;
use crate::ledger::{self, Run, RunState};
use crate::observe::{Event, Observer, Stop, StopReason};
use crate::plan::Reverses;
use crate::plan::adopt::Flavour;
use crate::report::{Batches, Outcome, RestorePoint, Rows, StepOutcome, StepReport};
use crate::sources::Offers;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// What taking a restore point is, for a run: its name, and what became of it.
pub type TakePoint<'a> = dyn Fn(&str, Option<&str>, Option<&str>) -> Result<RestorePoint> + 'a;

/// Everything a run works with.
pub struct Runner<'a> {
    /// The connection.
    pub session: &'a dyn Session,
    /// The engine's dialect.
    pub dialect: &'a dyn Dialect,
    /// The files.
    pub catalog: &'a Catalog,
    /// The settings.
    pub settings: &'a Settings,
    /// The application's own functions.
    pub functions: &'a Registered,
    /// The application's own sources.
    pub sources: &'a Offers,
    /// How batches are.
    pub batch: Batch,
    /// The flavour of refinery's history.
    pub flavour: Flavour,
    /// Whoever listens.
    pub observer: &'a dyn Observer,
    /// Who is asked about rows whose key is there already, if anybody can be.
    pub person: Option<&'a dyn Ask>,
    /// The stop handle.
    pub stop: &'a Stop,
    /// The run's row in the ledger.
    pub run: Run,
    /// Takes a restore point.
    pub take_point: &'a TakePoint<'a>,
    /// The restore points that this run took before it was interrupted, as they were taken.
    pub taken: Vec<RestorePoint>,
    /// The restore point that an attempt at the same plan took which failed before anything was in, and when.
    pub stands: Option<(RestorePoint, String)>,
    /// Tells the lock which step it is.
    pub tell: &'a dyn Fn(&str),
    /// What sets the pace between batches.
    pub pace: pace::Pace,
    /// Whether other transformations of a stage go on when one fails.
    pub keep_going: bool,
    /// What becomes of rows that a user changed, on the way down.
    pub changed: Changed,
    /// Columns whose values are not preserved in plain.
    pub hidden: Vec<Hidden>,
    /// The down files of a way down, as they were read when it was planned.
    pub reverses: Option<&'a Reverses>,
    /// The stage files of steps that go back, as the ledger has them.
    pub declared: &'a Declarations,
    /// What was done so far.
    pub done: RefCell<Done>,
}

/// What a run has done so far.
#[derive(Debug, Default)]
pub struct Done {
    /// Its steps.
    pub steps: Vec<StepReport>,
    /// Its restore points.
    pub points: Vec<RestorePoint>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// The stage it is in.
    pub stage: Option<String>,
    /// The batches of the step it is in.
    pub batches: Option<Batches>,
}

/// How a run ended: its outcome, and the error where it failed.
#[derive(Debug)]
pub struct Ending {
    /// The outcome.
    pub outcome: Outcome,
    /// The error.
    pub error: Option<Error>,
}

impl Ending {
    /// All that was planned is done.
    pub fn done() -> Self {
        Self { outcome: Outcome::Done, error: None }
    }

    /// It ended with this error: stopped, or with its step undone.
    pub fn of(error: Error) -> Self {
        let stopped = [codes::INTERRUPTED.id, codes::TERMINATED.id].contains(&error.code().id);
        let outcome = if stopped { Outcome::Interrupted } else { Outcome::StepUndone };
        Self { outcome, error: Some(error) }
    }
}

impl Runner<'_> {
    /// What became of a run that ended with this error. A step that is half done, and goes neither on nor back, waits for
    /// a person.
    fn outcome_of(&self, error: &Error) -> Outcome {
        let stuck = [codes::ROWS_IN_THE_WAY.id, codes::CHANGED_HALF_STEP.id].contains(&error.code().id);
        let is_half = |steps: Vec<ledger::Applied>| steps.iter().any(|step| step.state != ledger::StepState::Done);
        if stuck && ledger::steps::all(self.session).is_ok_and(is_half) {
            return Outcome::NeedsPerson;
        }
        Ending::of(Error::new(error.code(), "")).outcome
    }
}

/// A new run's row.
pub fn new_run(command: &str, target: &str, goal: Vec<String>, plan: &str, origin: &str) -> Run {
    let now = ledger::now();
    Run {
        id: uuid::Uuid::now_v7().to_string(),
        command: command.to_owned(),
        target: target.to_owned(),
        goal,
        plan: plan.to_owned(),
        state: RunState::Open,
        who: user(),
        host: host(),
        pid: i64::from(std::process::id()),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        started: now.clone(),
        updated: now,
        ended: None,
        step: None,
        origin: origin.to_owned(),
    }
}

/// Who runs evolve, as the environment says.
fn user() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| rustix::process::getuid().as_raw().to_string())
}

/// The host's name.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The error of a run that was asked to stop.
pub fn stopped(stop: &Stop) -> Error {
    let code = match stop.requested() {
        Some(StopReason::Terminate) => codes::TERMINATED,
        _ => codes::INTERRUPTED,
    };
    Error::new(code, "stopped; what was done stands, and the same command continues")
}

impl Runner<'_> {
    /// Runs `work` in a transaction with the record that it writes. Where a commit reports an error, the nonce is looked
    /// up before anything else is believed.
    fn transaction<T>(&self, detached: bool, nonce: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.session.begin(detached)?;
        let value = match work() {
            Ok(value) => value,
            Err(error) => {
                self.session.rollback();
                return Err(error);
            }
        };
        if let Err(error) = self.session.commit() {
            self.session.rollback();
            if !ledger::steps::committed(self.session, nonce).unwrap_or(false) {
                return Err(error);
            }
        }
        fail_point("after_commit");
        Ok(value)
    }

    /// Stops here if somebody asked for it.
    fn check_stop(&self) -> Result<()> {
        if self.stop.requested().is_some() { Err(stopped(self.stop)) } else { Ok(()) }
    }

    fn nonce() -> String {
        uuid::Uuid::new_v4().to_string()
    }

    fn begin_step(&self, id: &str, title: &str, index: usize, count: usize) {
        self.observer.event(Event::StepBegins { step: id, index: index + 1, count, title });
        (self.tell)(id);
    }

    fn end_step(&self, id: &str, outcome: StepOutcome, since: Instant, rows: Rows) {
        let elapsed = since.elapsed();
        self.observer.event(Event::StepEnds { step: id, outcome, elapsed, rows });
        let mut done = self.done.borrow_mut();
        let batches = done.batches.take();
        done.steps.push(StepReport { batches, ..step_report(id, outcome, elapsed, rows) });
    }

    /// The rows that a half-done step has moved so far, up or down; `None` where nothing of it is there.
    fn half_done(&self, id: &str) -> Result<Option<Rows>> {
        let half = ledger::steps::one(self.session, id)?.filter(|step| step.state != ledger::StepState::Done);
        if half.is_none() {
            return Ok(None);
        }
        let mut rows = Rows::default();
        ledger::cursors::of_step(self.session, id)?.iter().for_each(|cursor| rows.add(cursor.account));
        Ok(Some(rows))
    }

    /// Notes that a step is left out, and why.
    fn leave_out(&self, id: &str, why: String) {
        let step = step_report(id, StepOutcome::NotStarted, Duration::ZERO, Rows::default());
        self.done.borrow_mut().steps.push(StepReport { warnings: vec![why], ..step });
    }

    /// Steps that were never begun, behind the one that failed.
    fn not_started(&self, ids: impl Iterator<Item = String>) {
        let mut done = self.done.borrow_mut();
        for id in ids {
            if !done.steps.iter().any(|step| step.id == id) {
                done.steps.push(step_report(&id, StepOutcome::NotStarted, Duration::ZERO, Rows::default()));
            }
        }
    }

    /// Takes the restore point that is planned before a step.
    fn point(&self, before: &str, planned: &[crate::report::PlannedPoint]) -> Result<()> {
        let Some(point) = planned.iter().find(|point| point.before == before) else { return Ok(()) };
        let applied = ledger::steps::all(self.session)?;
        let label = point.stage.clone().unwrap_or_else(|| before.to_owned());
        let standing = crate::plan::standpoint(self.catalog, &applied);
        let id = format!("{}-before-{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ"), label);
        if let Some(taken) = self.taken_before(point, &label) {
            self.done.borrow_mut().points.push(taken.clone());
            return Ok(());
        }
        if let (None, Some((stands, when))) = (&point.stage, &self.stands) {
            let mut done = self.done.borrow_mut();
            done.notes.push(format!(
                "the restore point {} of {when} stands: nothing was applied since it was taken, and what others wrote since is \
                 not in it (--checkpoint takes another)",
                stands.id
            ));
            done.points.push(stands.clone());
            return Ok(());
        }
        self.observer.event(Event::RestorePointBegins { id: &id });
        let since = Instant::now();
        self.session.durable()?;
        let taken = (self.take_point)(&id, standing.stage.as_deref(), standing.head.as_deref())?;
        self.observer.event(Event::RestorePointTaken { id: &id, bytes: taken.bytes, elapsed: since.elapsed() });
        self.done.borrow_mut().points.push(taken);
        Ok(())
    }
}

impl Runner<'_> {
    /// The restore point of this run that stands for the same place: of those before each stage the stage's own; where
    /// there is one for the whole run, that one.
    fn taken_before(&self, point: &crate::report::PlannedPoint, label: &str) -> Option<&RestorePoint> {
        let place = format!("-before-{label}");
        self.taken.iter().find(|taken| point.stage.is_none() || taken.id.ends_with(&place))
    }
}

/// A step's line in the report.
pub fn step_report(id: &str, outcome: StepOutcome, elapsed: Duration, rows: Rows) -> StepReport {
    let duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    StepReport {
        id: id.to_owned(),
        title: None,
        description: None,
        outcome,
        duration_ms,
        estimated_ms: None,
        rows,
        unknown: None,
        batches: None,
        warnings: Vec::new(),
        would_fail: Vec::new(),
    }
}

/// Milliseconds since then.
fn ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A named place at which a test makes evolve die: `EVOLVE_FAIL=name:N` kills the process the Nth time it is passed.
/// Only with the feature `failpoints`.
#[cfg(feature = "failpoints")]
pub fn fail_point(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("EVOLVE_FAIL") else { return };
    let (place, nth) = wanted.split_once(':').unwrap_or((wanted.as_str(), "1"));
    if place == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == nth.parse().unwrap_or(1) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// A named place at which a test makes evolve die. Nothing without the feature `failpoints`.
#[cfg(not(feature = "failpoints"))]
pub fn fail_point(_: &str) {}

/// The names of all fail points, so that a test finds each of them tried.
pub const FAIL_POINTS: &[&str] = &[
    "run_opened",
    "after_commit",
    "before_record",
    "between_statements",
    "outside_begun",
    "outside_done",
    "after_batch_before_cursor",
    "between_batches",
    "between_rejects",
    "between_steps",
    "before_undo_record",
    "before_put_back",
    "after_put_back",
    "before_report",
    "before_closing",
];
