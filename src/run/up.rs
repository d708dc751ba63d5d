//! The way up: step after step, stage after stage.

use super::{Ending, Runner, fail_point};
use crate::check::When;
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Graph, Step, ancestors};
use crate::ledger::{self, Applied, StepState};
use crate::observe::Event;
use crate::plan::UpStep;
use crate::report::{Outcome, PlannedPoint};
use std::collections::BTreeSet;

impl Runner<'_> {
    /// Applies the steps of a plan. `before` is what was in when it began.
    pub fn up(&self, graph: &Graph, steps: &[UpStep], points: &[PlannedPoint], before: &[Applied]) -> Ending {
        match self.climb(graph, steps, points, before) {
            Ok(()) => Ending::done(),
            Err((error, ending)) => {
                self.not_started(steps.iter().map(|step| graph.steps[step.index].id.clone()));
                let outcome = ending.unwrap_or_else(|| self.outcome_of(&error));
                Ending { outcome, error: Some(error) }
            }
        }
    }

    fn climb(
        &self,
        graph: &Graph,
        steps: &[UpStep],
        points: &[PlannedPoint],
        before: &[Applied],
    ) -> Result<(), (Error, Option<Outcome>)> {
        let plain = |error| (error, None);
        let entered: BTreeSet<&str> = before.iter().map(|step| step.stage.as_str()).collect();
        let mut failed: Vec<(usize, Error)> = Vec::new();
        if let Some(stage) = self.stage_to_end(before).map_err(plain)? {
            self.end_stage(stage)?;
        }
        for (at, up) in steps.iter().enumerate() {
            let step = &graph.steps[up.index];
            if let Some(why) = left_out(graph, steps, up.index, &failed) {
                self.leave_out(&step.id, why);
                continue;
            }
            let stage = &self.catalog.stages[step.stage];
            self.check_stop().map_err(plain)?;
            self.point(&step.id, points).map_err(plain)?;
            if self.enters(&stage.name) && !entered.contains(stage.name.as_str()) {
                self.ask(&stage.name, &stage.checks, When::Before).map_err(plain)?;
            }
            let last = steps.get(at + 1).is_none_or(|next| graph.steps[next.index].stage != step.stage);
            match self.apply(step, up, at, steps.len()) {
                Err(error) if self.may_go_on(step, &error) => {
                    failed.push((up.index, error));
                    continue;
                }
                result => result.map_err(plain)?,
            }
            fail_point("between_steps");
            if last {
                self.end_stage(step.stage)?;
            }
        }
        self.session.durable().map_err(plain)?;
        all_failures(graph, failed).map_err(plain)
    }

    /// The stage of this run's last step, where it died before: what holds after the stage may not have been asked.
    fn stage_to_end(&self, before: &[Applied]) -> Result<Option<usize>> {
        let Some(last) = before.last() else { return Ok(None) };
        let done = ledger::events::of_run(self.session, &self.run.id)?;
        let own = done.iter().any(|(step, ..)| *step == last.id);
        Ok(self.catalog.stages.iter().position(|stage| own && stage.name == last.stage))
    }

    /// Asks what holds after a stage, where all of it is in; if it does not, what this run did of it goes back.
    fn end_stage(&self, stage: usize) -> Result<(), (Error, Option<Outcome>)> {
        let plain = |error| (error, None);
        if !self.is_complete(stage).map_err(plain)? {
            return Ok(());
        }
        let stage = &self.catalog.stages[stage];
        if let Err(error) = self.ask(&stage.name, &stage.checks, When::After) {
            self.take_stage_back(&stage.name).map_err(plain)?;
            return Err((error, Some(Outcome::RolledBack)));
        }
        self.session.durable().map_err(plain)
    }

    /// Whether a failure leaves the other transformations of its stage to go on.
    fn may_go_on(&self, step: &Step, error: &Error) -> bool {
        let stopped = [codes::INTERRUPTED.id, codes::TERMINATED.id].contains(&error.code().id);
        self.keep_going && !stopped && matches!(step.body, Body::Transformation(..))
    }

    /// Notes that a stage begins; whether it is another than before.
    fn enters(&self, stage: &str) -> bool {
        let mut done = self.done.borrow_mut();
        let new = done.stage.as_deref() != Some(stage);
        if new {
            done.stage = Some(stage.to_owned());
            drop(done);
            self.observer.event(Event::StageBegins { stage });
        }
        new
    }

    /// Whether all steps of a stage are in.
    fn is_complete(&self, stage: usize) -> Result<bool> {
        let applied = ledger::steps::all(self.session)?;
        let is_in = |id: &str| applied.iter().any(|step| step.id == id && step.state == StepState::Done);
        let stage = &self.catalog.stages[stage];
        Ok(stage.migrations.iter().all(|id| is_in(id)) && stage.transformations.iter().all(|it| is_in(&it.id)))
    }

    fn apply(&self, step: &Step, up: &UpStep, index: usize, count: usize) -> Result<()> {
        self.begin_step(&step.id, &step.title, index, count);
        match &step.body {
            Body::Migration(migration) => self.migrate(step, migration, up),
            Body::Transformation(at, movements) => {
                let declared = &self.catalog.stages[step.stage].transformations[*at];
                self.transform(step, step.declared(self.catalog).as_ref().unwrap_or(declared), movements, up)
            }
        }
    }

    /// A stage check failed: what this run did of the stage goes back, in whichever process it did it.
    fn take_stage_back(&self, stage: &str) -> Result<()> {
        let done = ledger::events::of_run(self.session, &self.run.id)?;
        let own: BTreeSet<&str> = done.iter().map(|(step, ..)| step.as_str()).collect();
        let applied = ledger::steps::all(self.session)?;
        let undone: Vec<Applied> =
            applied.into_iter().rev().filter(|step| step.stage == stage && own.contains(step.id.as_str())).collect();
        for step in &undone {
            self.undo(step)?;
        }
        Ok(())
    }
}

/// Why a step is left out because something failed before: it waits for one that failed; or all that is left is, because
/// the stage after the one in which something failed is never entered, and a migration always stops.
fn left_out(graph: &Graph, steps: &[UpStep], index: usize, failed: &[(usize, Error)]) -> Option<String> {
    let (first, _) = failed.first()?;
    let (step, first) = (&graph.steps[index], &graph.steps[*first]);
    if step.stage != first.stage {
        return Some(format!("left out: no later stage is entered after {} failed", first.id));
    }
    let before = ancestors(graph, index);
    if let Some((other, _)) = failed.iter().find(|(other, _)| before.contains(other)) {
        return Some(format!("left out: it comes after {}, which failed", graph.steps[*other].id));
    }
    let behind = steps.iter().map(|up| up.index).take_while(|at| *at != index).chain([index]);
    let mut behind = behind.skip_while(|at| *at != failed[0].0);
    let is_migration = |at: usize| matches!(graph.steps[at].body, Body::Migration(_));
    behind
        .any(is_migration)
        .then(|| format!("left out: no migration runs after {} failed, and nothing behind one", first.id))
}

/// What failed, as the error of the run: one as it is; where the run went on, by one code.
fn all_failures(graph: &Graph, failed: Vec<(usize, Error)>) -> Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    let words =
        failed.iter().map(|(at, error)| format!("{}: {} ({})", graph.steps[*at].id, error.message(), error.code().id));
    let error = Error::new(codes::STEP_FAILED, words.collect::<Vec<_>>().join("; "));
    let first = failed.into_iter().next().map(|(_, error)| error);
    let error = match first.as_ref().and_then(Error::hint_text) {
        Some(hint) => error.hint(hint),
        None => error,
    };
    Err(match first.and_then(|error| error.place().cloned()) {
        Some(place) => error.at(place),
        None => error,
    })
}
