//! A plan executed: the run written down, walked, and reported.

use super::asked::{Command, Company};
use super::pace::CONTROL;
use super::place::Place;
use super::{Answer, Closing, Project, UpRequest, dialect};
use crate::catalog::settings::Said;
use crate::engine::Session;
use crate::error::{Error, Result, codes};
use crate::inverse::Changed;
use crate::ledger::{self, Run, events, steps};
use crate::plan::adopt::{self, Flavour};
use crate::plan::{self, Plan, Work};
use crate::points::Manifest;
use crate::report::{Holder, Outcome, PlanReport, RestorePoint, RunReport, StepOutcome, StepReport};
use crate::run::lock::Lock;
use crate::run::pace::Pace;
use crate::run::{Declarations, Done, Ending, Runner, fail_point, host, new_run, step_report};
use crate::sqlite::{Location, Manners, SqliteCopies, SqliteSession};
use crate::survey::Survey;
use std::cell::RefCell;
use std::time::Duration;

impl Project {
    /// Runs a plan that was agreed to, under the lock.
    pub(super) fn execute(
        &self,
        place: Place<'_>,
        command: Command<'_>,
        company: Company<'_>,
        lock: &mut Option<Lock>,
        plan: Plan,
        survey: &Survey,
    ) -> Result<Answer<RunReport>> {
        self.keys_of_plan(&plan)?;
        self.functions_of_plan(&plan)?;
        self.sources_of_plan(&plan)?;
        let location = place.location()?;
        if let Some(location) = &location {
            self.forget_control(location);
        }
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: survey.double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        let session = SqliteSession::new(place.handle()?, manners, company.stop)?;
        if self.protects() {
            session.leave_nothing()?;
        }
        let read = Declarations::default();
        if let Work::Down(undone, _) = &plan.work {
            self.keys_of_ledger(&session, undone, &plan, &read)?;
            self.functions_of_ledger(&session, undone, &read)?;
        }
        let run = self.open_run(&session, command, &plan, survey)?;
        let ending = self.walk(&session, command, company, lock, &plan, survey, run.clone(), location.as_ref(), &read);
        let (ending, done) = ending?;
        self.answer(&session, location, &run, ending, done, &plan.report)
    }

    /// Writes the run down before anything is done; what refinery applied is adopted with it.
    fn open_run(&self, session: &SqliteSession<'_>, command: Command<'_>, plan: &Plan, survey: &Survey) -> Result<Run> {
        let target = command.meant();
        let open = survey.standing.open.clone();
        session.begin(false)?;
        let written = || -> Result<Run> {
            ledger::create(session, &self.settings.project)?;
            self.record_adopted(session, &plan.adopted, survey)?;
            for (id, text) in &plan.new_downs {
                steps::set_down(session, id, text)?;
            }
            if let Some(open) = &open {
                if open.command == command.word() && open.target == target {
                    return Ok(open.clone());
                }
                ledger::runs::end(session, &open.id, "superseded")?;
            }
            let origin = plan.report.from.head.clone().unwrap_or_default();
            let run = new_run(command.word(), &target, plan.ids(), &plan.report.digest, &origin);
            ledger::runs::begin(session, &run)?;
            Ok(run)
        };
        match written() {
            Ok(run) => {
                session.commit()?;
                fail_point("run_opened");
                Ok(run)
            }
            Err(error) => {
                session.rollback();
                Err(error)
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn walk(
        &self,
        session: &SqliteSession<'_>,
        command: Command<'_>,
        company: Company<'_>,
        lock: &mut Option<Lock>,
        plan: &Plan,
        survey: &Survey,
        run: Run,
        location: Option<&Location>,
        read: &Declarations,
    ) -> Result<(Ending, Done)> {
        let dialect = dialect(survey);
        let mut batch = self.settings.policy.batch;
        if let Command::Up(UpRequest { batch_rows: Some(rows), .. }) = command {
            (batch.rows, batch.said) = (*rows, Said::ForTheRun);
        }
        let take = |id: &str, stage: Option<&str>, head: Option<&str>| {
            let location = location
                .ok_or_else(|| Error::new(codes::NO_RESTORE_POINT, "a database in memory has no restore points"))?;
            let about = self.about(id, stage, head, &run.id, location);
            Ok((&self.points().take(&SqliteCopies::of(location), about)?).into())
        };
        let teller = RefCell::new(lock.as_mut());
        let tell = |step: &str| {
            if let Some(lock) = teller.borrow_mut().as_mut() {
                lock.tell(&holder(&run, Some(step)));
            }
        };
        let runner = Runner {
            session,
            dialect: &dialect,
            catalog: &self.catalog,
            settings: &self.settings,
            functions: &self.functions,
            sources: &self.sources,
            batch,
            flavour: self.flavour(survey),
            observer: company.observer,
            person: company.consent.asks(),
            stop: company.stop,
            run: run.clone(),
            take_point: &take,
            taken: self.taken_by(&run.id),
            stands: self.point_of_failed(session, &run, plan, location)?.map(|point| ((&point).into(), point.taken)),
            tell: &tell,
            pace: Pace {
                control: location.map(|location| location.beside(CONTROL)),
                rows_per_second: command.rows_per_second(),
            },
            keep_going: matches!(command, Command::Up(UpRequest { keep_going: true, .. })),
            changed: match command {
                Command::Down(request) => request.changed,
                Command::Up(_) => Changed::Refuse,
            },
            hidden: plan.hidden.clone(),
            reverses: match &plan.work {
                Work::Down(_, reverses) => Some(reverses),
                Work::Up(..) => None,
            },
            declared: read,
            done: RefCell::default(),
        };
        let ending = match &plan.work {
            Work::Up(graph, steps) => runner.up(graph, steps, &plan.report.restore_points, &survey.standing.applied),
            Work::Down(steps, _) => runner.down(steps, &plan.report.restore_points),
        };
        Ok((ending, runner.done.into_inner()))
    }

    /// The restore points that a run took before it was interrupted, as far as they are as they were taken.
    fn taken_by(&self, run: &str) -> Vec<RestorePoint> {
        let points = self.points();
        let own = points.list().unwrap_or_default().into_iter().filter(|point| point.run == run);
        own.filter(|point| points.verify(point).is_ok()).map(|point| (&point).into()).collect()
    }

    /// The report of a run that is over, or was stopped; its row is closed once this was reported.
    fn answer(
        &self,
        session: &SqliteSession<'_>,
        location: Option<Location>,
        run: &Run,
        ending: Ending,
        done: Done,
        plan: &PlanReport,
    ) -> Result<Answer<RunReport>> {
        fail_point("before_report");
        let applied = steps::all(session)?;
        let mut reports = Vec::new();
        // What this run did in an earlier process comes first.
        for (step, direction, duration, rows) in events::of_run(session, &run.id)? {
            if !done.steps.iter().any(|report| report.id == step) {
                let outcome = if direction == "up" { StepOutcome::Done } else { StepOutcome::Undone };
                reports.push(step_report(&step, outcome, Duration::from_millis(duration), rows));
            }
        }
        reports.extend(done.steps);
        let stays_open = ending.outcome == Outcome::Interrupted;
        let mut notes = plan.notes.clone();
        notes.extend(done.notes);
        let report = RunReport {
            run: Some(run.id.clone()),
            outcome: ending.outcome,
            from: plan.from.clone(),
            to: plan::standpoint(&self.catalog, &applied),
            restore_points: done.points,
            steps: self.entitled(reports),
            preserved: ledger::preserved::of_run(session, &run.id)?,
            notes,
        };
        let word = outcome_word(ending.outcome);
        let closing = match location {
            _ if stays_open => Closing::default(),
            Some(location) => Closing::of(location, &run.id, word),
            None => {
                ledger::runs::end(session, &run.id, word)?;
                Closing::default()
            }
        };
        Ok(Answer { result: Some(report), error: ending.error, closing })
    }

    /// Steps with what their files say of them.
    pub(super) fn entitled(&self, mut steps: Vec<StepReport>) -> Vec<StepReport> {
        for step in &mut steps {
            if let Some(declared) = self.catalog.transformation(&step.id) {
                (step.title, step.description) = (declared.title.clone(), declared.description.clone());
            }
        }
        steps
    }

    fn flavour(&self, survey: &Survey) -> Flavour {
        adopt::flavour(&survey.history, &self.catalog.migrations, super::engine_name())
    }

    pub(super) fn about(
        &self,
        id: &str,
        stage: Option<&str>,
        head: Option<&str>,
        run: &str,
        location: &Location,
    ) -> Manifest {
        Manifest {
            format: 1,
            id: id.to_owned(),
            taken: ledger::now(),
            project: self.settings.project.clone(),
            database: location.path.clone(),
            stage: stage.map(str::to_owned),
            head: head.map(str::to_owned),
            run: run.to_owned(),
            bytes: 0,
            sha256: String::new(),
        }
    }
}

/// Who holds the database, for people.
pub(super) fn holder(run: &Run, step: Option<&str>) -> Holder {
    Holder {
        run: run.id.clone(),
        command: format!("{} {}", run.command, run.target),
        step: step.map(str::to_owned),
        host: host(),
        pid: std::process::id(),
        since: run.started.clone(),
    }
}

pub(super) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::NothingToDo => "nothing_to_do",
        Outcome::Waiting => "waiting",
        Outcome::Interrupted => "open",
        Outcome::StepUndone => "step_undone",
        Outcome::RolledBack => "rolled_back",
        Outcome::Restored => "restored",
        Outcome::NeedsPerson => "needs_person",
    }
}
