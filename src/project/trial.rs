//! A trial: what a run would do to some rows, done and taken back.

use super::asked::Company;
use super::decide::Asked;
use super::place::Place;
use super::{Project, dialect};
use crate::catalog::Keys;
use crate::columns::Registered;
use crate::conflict::Decision;
use crate::engine::{Collision, MoveContext, Session as _};
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Step};
use crate::movement::{Conflict, Movement, Undo, Write};
use crate::observe::Stop;
use crate::plan::{Plan, Work};
use crate::report::{Outcome, Rows, RunReport, StepOutcome};
use crate::run::step_report;
use crate::sqlite::{Manners, SqliteSession};
use crate::survey::Survey;
use crate::value::Value;
use std::time::{Duration, Instant};

/// More rows than a trial has.
const ALL: u64 = u64::MAX / 4;

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
    ///
    /// Where its step asks, nothing is open while somebody thinks: what was done so far is taken back, and done again with
    /// the answer.
    pub(super) fn try_out(
        &self,
        place: Place<'_>,
        plan: &Plan,
        survey: &Survey,
        (condition, company): (&str, Company<'_>),
    ) -> Result<RunReport> {
        let Some((step, movements)) = narrowed(plan, condition)? else { return Ok(self.nothing_done(plan)) };
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: dialect(survey).double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        let session = SqliteSession::new(place.handle()?, manners, &Stop::new())?;
        let since = Instant::now();
        let Work::Up(_, chosen) = &plan.work else { return Ok(self.nothing_done(plan)) };
        let hidden = &chosen[0].hidden;
        let trial = Trial {
            session: &session,
            step,
            movements: &movements,
            keys: &self.settings.keys,
            functions: &self.functions,
        };
        self.land_for(&step.id, &session)?;
        let (mut answers, mut rest) = (Vec::new(), None);
        let rows = loop {
            session.begin(false)?;
            let tried = crate::ledger::create(&session, &self.settings.project)
                .and_then(|()| crate::ledger::hidden::keep(&session, &step.id, hidden))
                .and_then(|()| trial.run(&answers, rest));
            session.rollback();
            match tried? {
                Tried::All(rows) => break rows,
                Tried::Until(number, found) => {
                    let movement = &movements[number];
                    let new_key = match &movement.write {
                        Write::Insert(Conflict::Ask(new_key)) => new_key.as_ref(),
                        _ => None,
                    };
                    let asked = Asked { step: &step.id, into: &movement.into, new_key, stop: company.stop };
                    let decision = asked.decide(&found, company.consent.asks(), &mut rest)?;
                    answers.push(decision);
                }
            }
        };
        let mut report = self.nothing_done(plan);
        report.steps = vec![step_report(&step.id, StepOutcome::Skipped, since.elapsed(), rows)];
        report.notes.push(format!("a trial of {}: all was taken back, and the step still counts as pending", step.id));
        Ok(report)
    }
}

/// The one transformation of a plan, its Movements over the rows that a condition selects; `None` for a plan down.
pub(super) fn narrowed<'a>(plan: &'a Plan, condition: &str) -> Result<Option<(&'a Step, Vec<Movement>)>> {
    let Work::Up(graph, steps) = &plan.work else { return Ok(None) };
    let [up] = steps.as_slice() else {
        return Err(Error::new(codes::BAD_VALUE, "a trial is of one transformation").hint("name it: --only ID"));
    };
    let step = &graph.steps[up.index];
    let Body::Transformation(_, movements) = &step.body else {
        return Err(Error::new(codes::BAD_VALUE, format!("{} is a migration, and has no rows to be tried", step.id)));
    };
    if !crate::sqlite::parse::is_expression(condition) {
        return Err(Error::new(codes::BAD_EXPRESSION, "the condition of the trial is not one SQL expression"));
    }
    let mut narrowed = movements.clone();
    for movement in &mut narrowed {
        if let Write::Statement(_) = movement.write {
            let message = format!("{} runs as one statement, which no condition narrows", step.id);
            return Err(Error::new(codes::BAD_VALUE, message).hint("up --dry-run shows what it reads and writes"));
        }
        movement.from.filter = Some(match &movement.from.filter {
            None => condition.to_owned(),
            Some(filter) => format!("({filter}\n) AND ({condition}\n)"),
        });
    }
    Ok(Some((step, narrowed)))
}

/// How far a trial came.
enum Tried {
    /// To the end: what it did.
    All(Rows),
    /// To a row of a Movement, of this number, about which nobody was asked yet.
    Until(usize, Collision),
}

/// One transformation over some rows.
struct Trial<'a, 's> {
    session: &'a SqliteSession<'s>,
    step: &'a Step,
    movements: &'a [Movement],
    keys: &'a Keys,
    functions: &'a Registered,
}

impl Trial<'_, '_> {
    /// Does it, as far as it is known what becomes of rows whose key is there.
    fn run(&self, answers: &[Decision], rest: Option<Decision>) -> Result<Tried> {
        let mut rows = Rows::default();
        // The same rows come in the same order each time.
        let mut said = answers.iter();
        for (number, movement) in self.movements.iter().enumerate() {
            let narrowed = without_journal(movement);
            let context = MoveContext {
                step: &self.step.id,
                movement: number,
                seq: 0,
                run: "trial",
                began: BEGAN,
                keys: self.keys,
                functions: self.functions,
                bytes: u64::MAX,
            };
            let mover = self.session.mover(&narrowed, &context)?;
            mover.watch(true)?;
            let Write::Insert(Conflict::Ask(new_key)) = &narrowed.write else {
                rows.add(mover.forward(None, None, ALL)?.rows);
                continue;
            };
            let rest = rest.filter(|decision| *decision != Decision::NewKey || new_key.is_some());
            let mut after: Option<Vec<Value>> = None;
            loop {
                // The answer for all the rest is for those behind the row at which it was given.
                let all = rest.filter(|_| said.len() == 0);
                let found = if all.is_some() { None } else { mover.collision(after.as_deref(), None, ALL)? };
                let (portion, decision) = match found {
                    None => (ALL, all),
                    Some(found) if found.before > 0 => (found.before, None),
                    Some(found) => match said.next() {
                        Some(decision) => (1, Some(*decision)),
                        None => return Ok(Tried::Until(number, found)),
                    },
                };
                let batch = mover.forward_as(after.as_deref(), None, portion, decision)?;
                rows.add(batch.rows);
                after = batch.last.or(after);
                if batch.end {
                    break;
                }
            }
        }
        Ok(Tried::All(rows))
    }
}

/// A Movement with nothing kept for a way back.
fn without_journal(movement: &Movement) -> Movement {
    let mut plain = movement.clone();
    if plain.undo == Undo::Journal {
        plain.undo = Undo::None;
    }
    plain
}
