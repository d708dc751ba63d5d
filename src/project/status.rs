//! `status`: where the database stands, what is pending, what was interrupted.

use super::uses::Uses;
use super::{Project, asked, dialect, runs};
use crate::catalog::Stage;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::ledger::cursors::shown;
use crate::ledger::{Applied, Run, Standing, StepState};
use crate::plan::{self, adopt};
use crate::report::{Interrupted, StatusReport, StepName};
use crate::run::{host, lock};
use crate::sqlite::survey;
use crate::survey::Survey;
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};

impl Project {
    /// Where the database stands. Applied files are not read.
    pub fn status(&self) -> Result<StatusReport> {
        let location = self.location()?;
        // What is pending is put in order over the schema; where nothing is, that is not read.
        let known = Cell::new(None);
        let pending = |standing: &Standing| {
            known.set(Some(self.has_pending(&standing.applied)));
            known.get() == Some(true)
        };
        let mut survey = survey::survey_where(&location, &pending, &self.history_table)?;
        if has_unseen(&survey) {
            let adopted = adopt::unseen(self.sources(&survey, &dialect(&survey), &plan::Unmeasured))?;
            survey.standing.applied.extend(adopted);
            known.set(None);
        }
        let (pending, unread) = self.pending(&survey, known.get())?;
        let applied = &survey.standing.applied;
        let standing = plan::standpoint(&self.catalog, applied);
        let uses = match applied.iter().any(|step| step.kind != "migration") {
            true => self.uses_in(&location)?,
            false => BTreeMap::new(),
        };
        let done = applied.iter().filter(|step| step.state == StepState::Done);
        Ok(StatusReport {
            environment: self.settings.environment.clone(),
            stage: standing.stage,
            version: standing.version,
            partial: plan::partial(&self.catalog, applied),
            applied: done.map(|step| name(step, &uses)).collect(),
            pending,
            interrupted: survey.standing.open.as_ref().map(|run| interrupted(&survey, run)),
            holder: lock::holder(&location.beside(runs::LOCK)),
            notes: survey
                .notes
                .iter()
                .cloned()
                .chain(unread)
                .chain(away(&survey))
                .chain(self.rotations(&survey))
                .chain(self.ignored())
                .collect(),
        })
    }

    /// Files in the project's folders that are none of evolve's: somebody may have meant one of them.
    fn ignored(&self) -> Option<String> {
        let ignored = self.catalog.ignored();
        (!ignored.is_empty())
            .then(|| format!("ignored, because their names are none of evolve's: {}", ignored.join(", ")))
    }

    /// Whether a step of the project is not done.
    fn has_pending(&self, applied: &[Applied]) -> bool {
        let done = done(applied);
        let transformations = |stage: &Stage| stage.transformations.iter().any(|it| !done.contains(it.id.as_str()));
        let is_open =
            |stage: &Stage| stage.migrations.iter().any(|id| !done.contains(id.as_str())) || transformations(stage);
        self.catalog.stages.iter().any(is_open)
    }

    /// What is pending, and what kept it from being put in order; `known` is whether anything is, where that was asked.
    fn pending(&self, survey: &Survey, known: Option<bool>) -> Result<(Vec<StepName>, Option<String>)> {
        let applied = &survey.standing.applied;
        if !known.unwrap_or_else(|| self.has_pending(applied)) {
            return Ok((Vec::new(), None));
        }
        let done = done(applied);
        let dialect = dialect(survey);
        let over = |schema: &[String]| Graph::build(&self.catalog, &dialect, schema, &|id| !done.contains(id));
        // What is in the way of a database without a ledger is `plan`'s to say.
        let graph =
            over(&survey.schema).or_else(|error| if survey.standing.format.is_none() { over(&[]) } else { Err(error) });
        let graph = match graph {
            Ok(graph) => graph,
            // Names and ledger are enough: a file that cannot be read keeps nobody from knowing where he stands.
            Err(error) => {
                let named = self.catalog.stages.iter().flat_map(|stage| by_name(stage, &done));
                return Ok((named.collect(), Some(unread(&error))));
            }
        };
        let pending = graph.steps.iter().map(|step| StepName {
            id: step.id.clone(),
            kind: step.kind(&self.catalog).to_owned(),
            stage: self.catalog.stages[step.stage].name.clone(),
            title: None,
            description: None,
            functions: step.functions(&self.catalog),
            sources: step.sources(&self.catalog),
        });
        Ok((pending.collect(), None))
    }
}

/// Whether refinery's history has a step that the ledger has not.
fn has_unseen(survey: &Survey) -> bool {
    let version = |step: &Applied| step.id.strip_prefix(['V', 'U'])?.parse::<i64>().ok();
    let seen: HashSet<i64> = survey.standing.applied.iter().filter_map(version).collect();
    survey.history.iter().any(|row| !seen.contains(&row.version))
}

/// The ids of the steps that are in.
fn done(applied: &[Applied]) -> HashSet<&str> {
    applied.iter().filter(|step| step.state == StepState::Done).map(|step| step.id.as_str()).collect()
}

/// What keeps the pending files from being read.
fn unread(error: &Error) -> String {
    let place = error.place().map_or(String::new(), |place| format!("{place}: "));
    format!("what is pending cannot be put in order, and is listed by stage: {place}{}", error.message())
}

/// The steps of a stage that are not in, as its file lists them.
fn by_name(stage: &Stage, done: &HashSet<&str>) -> Vec<StepName> {
    let name = |id: &str, kind: &str| StepName {
        id: id.to_owned(),
        kind: kind.to_owned(),
        stage: stage.name.clone(),
        title: None,
        description: None,
        functions: Vec::new(),
        sources: Vec::new(),
    };
    let migrations = stage.migrations.iter().map(|id| name(id, "migration"));
    let transformations = stage.transformations.iter().map(|it| name(&it.id, it.kind.key));
    migrations.chain(transformations).filter(|step| !done.contains(step.id.as_str())).collect()
}

/// Indexes and triggers that are away while a load is half done.
fn away(survey: &Survey) -> Option<String> {
    (!survey.away.is_empty()).then(|| format!("away until the load is done or taken back: {}", survey.away.join(", ")))
}

fn name(step: &Applied, uses: &BTreeMap<String, Uses>) -> StepName {
    let uses = uses.get(&step.id).cloned().unwrap_or_default();
    StepName {
        id: step.id.clone(),
        kind: step.kind.clone(),
        stage: step.stage.clone(),
        title: None,
        description: None,
        functions: uses.functions,
        sources: uses.sources,
    }
}

/// A run whose end was not reported.
fn interrupted(survey: &Survey, run: &Run) -> Interrupted {
    let half = survey.standing.half();
    let cursor = survey.cursors.iter().find(|cursor| cursor.phase == "up" || cursor.phase == "down");
    let processed = cursor.map(|cursor| cursor.account.read);
    let total = cursor.and_then(|cursor| cursor.total);
    #[allow(clippy::cast_precision_loss)]
    let percent = processed
        .zip(total)
        .filter(|(_, total)| *total > 0)
        .map(|(done, total)| (done as f64 * 1000.0 / total as f64).round() / 10.0);
    Interrupted {
        run: run.id.clone(),
        command: format!("{} {}", run.command, run.target),
        stage: half.map(|step| step.stage.clone()),
        step: half.map(|step| step.id.clone()).or_else(|| run.step.clone()),
        table: cursor.map(|cursor| cursor.table.clone()),
        processed,
        total,
        percent,
        last_key: cursor.and_then(|cursor| cursor.key.as_ref()).map(|key| shown(key)),
        started: run.started.clone(),
        updated: run.updated.clone(),
        host: if run.host.is_empty() { host() } else { run.host.clone() },
        next_command: asked::command_line(run),
    }
}
