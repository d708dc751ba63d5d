//! A trial: what a run would do to some rows, done and taken back.

use super::place::Place;
use super::{Project, dialect};
use crate::catalog::Keys;
use crate::columns::Registered;
use crate::engine::{MoveContext, Session as _};
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Step};
use crate::movement::{Movement, Undo, Write};
use crate::observe::Stop;
use crate::plan::{Plan, Work};
use crate::report::{Outcome, Rows, RunReport, StepOutcome};
use crate::run::step_report;
use crate::sqlite::{Manners, SqliteSession};
use crate::survey::Survey;
use std::time::{Duration, Instant};

/// When a run begins that is none.
pub(super) const BEGAN: &str = "1970-01-01T00:00:00Z";

impl Project {
    /// The report of a run that does nothing.
    pub(super) fn nothing_done(&self, plan: &Plan) -> RunReport {
        let line = |id: &String| step_report(id, StepOutcome::NotStarted, Duration::ZERO, Rows::default());
        RunReport {
            run: None,
            outcome: Outcome::NothingToDo,
            from: plan.report.from.clone(),
            to: plan.report.from.clone(),
            restore_points: Vec::new(),
            steps: self.entitled(plan.ids().iter().map(line).collect()),
            preserved: Vec::new(),
            notes: plan.report.notes.clone(),
        }
    }

    /// Runs one transformation over the rows that a condition selects, and takes it back: a trial never counts as done.
    pub(super) fn try_out(&self, place: Place<'_>, plan: &Plan, survey: &Survey, condition: &str) -> Result<RunReport> {
        let Work::Up(graph, steps) = &plan.work else { return Ok(self.nothing_done(plan)) };
        let [up] = steps.as_slice() else {
            return Err(Error::new(codes::BAD_VALUE, "a trial is of one transformation").hint("name it: --only ID"));
        };
        let step = &graph.steps[up.index];
        let Body::Transformation(_, movements) = &step.body else {
            return Err(Error::new(
                codes::BAD_VALUE,
                format!("{} is a migration, and has no rows to be tried", step.id),
            ));
        };
        if !crate::sqlite::parse::is_expression(condition) {
            return Err(Error::new(codes::BAD_EXPRESSION, "the condition of the trial is not one SQL expression"));
        }
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: dialect(survey).double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        let session = SqliteSession::new(place.handle()?, manners, &Stop::new())?;
        let since = Instant::now();
        session.begin(false)?;
        let rows = crate::ledger::create(&session, &self.settings.project)
            .and_then(|()| crate::ledger::hidden::keep(&session, &step.id, &up.hidden))
            .and_then(|()| tried(&session, step, movements, condition, (&self.settings.keys, &self.functions)));
        session.rollback();
        let mut report = self.nothing_done(plan);
        report.steps = vec![step_report(&step.id, StepOutcome::Skipped, since.elapsed(), rows?)];
        report.notes.push(format!("a trial of {}: all was taken back, and the step still counts as pending", step.id));
        Ok(report)
    }
}

fn tried(
    session: &SqliteSession<'_>,
    step: &Step,
    movements: &[Movement],
    condition: &str,
    (keys, functions): (&Keys, &Registered),
) -> Result<Rows> {
    let mut rows = Rows::default();
    for (number, movement) in movements.iter().enumerate() {
        if let Write::Statement(_) = movement.write {
            let message = format!("{} runs as one statement, which no condition narrows", step.id);
            return Err(Error::new(codes::BAD_VALUE, message).hint("up --dry-run shows what it reads and writes"));
        }
        let mut narrowed = movement.clone();
        narrowed.from.filter = Some(match &movement.from.filter {
            None => condition.to_owned(),
            Some(filter) => format!("({filter}\n) AND ({condition}\n)"),
        });
        if narrowed.undo == Undo::Journal {
            narrowed.undo = Undo::None;
        }
        let context = MoveContext {
            step: &step.id,
            movement: number,
            seq: 0,
            run: "trial",
            began: BEGAN,
            keys,
            functions,
            bytes: u64::MAX,
        };
        let mover = session.mover(&narrowed, &context)?;
        mover.watch(true)?;
        rows.add(mover.forward(None, None, u64::MAX / 4)?.rows);
    }
    Ok(rows)
}
