//! The way up: step after step, stage after stage.

use super::{Ending, Runner, fail_point};
use crate::check::When;
use crate::error::{Result, codes};
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
                Ending {
                    outcome: ending.unwrap_or(Ending::of(crate::error::Error::new(error.code(), "")).outcome),
                    error: Some(error),
                }
            }
        }
    }

    fn climb(
        &self,
        graph: &Graph,
        steps: &[UpStep],
        points: &[PlannedPoint],
        before: &[Applied],
    ) -> Result<(), (crate::error::Error, Option<Outcome>)> {
        let plain = |error| (error, None);
        let entered: BTreeSet<&str> = before.iter().map(|step| step.stage.as_str()).collect();
        let mut failed: Vec<(usize, crate::error::Error)> = Vec::new();
        if let Some(stage) = self.stage_to_end(before).map_err(plain)? {
            self.end_stage(stage)?;
        }
        for (at, up) in steps.iter().enumerate() {
            let step = &graph.steps[up.index];
            match left_out(graph, up.index, &failed) {
                Some(LeftOut::Step) => continue,
                Some(LeftOut::Rest) => break,
                None => {}
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
        match failed.into_iter().next() {
            None => Ok(()),
            Some((_, error)) => Err(plain(error)),
        }
    }

    /// The stage of this run's last step, where it died before: what holds after the stage may not have been asked.
    fn stage_to_end(&self, before: &[Applied]) -> Result<Option<usize>> {
        let Some(last) = before.last() else { return Ok(None) };
        let done = ledger::events::of_run(self.session, &self.run.id)?;
        let own = done.iter().any(|(step, ..)| *step == last.id);
        Ok(self.catalog.stages.iter().position(|stage| own && stage.name == last.stage))
    }

    /// Asks what holds after a stage, where all of it is in; if it does not, what this run did of it goes back.
    fn end_stage(&self, stage: usize) -> Result<(), (crate::error::Error, Option<Outcome>)> {
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
    fn may_go_on(&self, step: &Step, error: &crate::error::Error) -> bool {
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

/// What of the plan is left out because something failed before.
enum LeftOut {
    /// This step: it waits for one that failed.
    Step,
    /// All that is left: the stage after the one in which something failed is never entered, and a migration always stops.
    Rest,
}

fn left_out(graph: &Graph, index: usize, failed: &[(usize, crate::error::Error)]) -> Option<LeftOut> {
    let (first, _) = failed.first()?;
    let step = &graph.steps[index];
    if step.stage != graph.steps[*first].stage || matches!(step.body, Body::Migration(_)) {
        return Some(LeftOut::Rest);
    }
    let before = ancestors(graph, index);
    failed.iter().any(|(other, _)| before.contains(other)).then_some(LeftOut::Step)
}
