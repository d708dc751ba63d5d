//! `up` and `down`: plan, ask, lock, look again; what is agreed to is executed.

use super::asked::{Command, Company, command_line, goal};
use super::place::Place;
use super::{Answer, Consent, DownRequest, Project, UpRequest, consent, dialect, way_back};
use crate::error::{Error, Result, codes};
use crate::ledger::Applied;
use crate::observe::{Event, Observer, Stop};
use crate::plan::{self, DownTo, Plan, Wanted};
use crate::report::{Outcome, PlanReport, RunReport, StepOutcome};
use crate::run::lock::Lock;
use crate::run::step_report;
use crate::sqlite::Location;
use crate::survey::Survey;
use std::time::Duration;

/// Rejects are tried again instead of steps: what else is said of steps would be passed over.
fn alone(request: &UpRequest) -> Result<()> {
    let others = [
        (request.dry_run, "--dry-run"),
        (request.trial.is_some(), "--where"),
        (!request.choice.only.is_empty(), "--only"),
        (!request.choice.except.is_empty(), "--except"),
        (request.target.is_some(), "--target"),
        (request.keep_going, "--keep-going"),
    ];
    match others.into_iter().find(|(said, _)| *said) {
        None => Ok(()),
        Some((_, flag)) => Err(Error::new(codes::BAD_VALUE, format!("--retry-rejects and {flag} do not go together"))
            .hint("it tries the rows of all steps that are in; leave one of the two out")),
    }
}

/// The suffix of the lock file beside a database.
pub const LOCK: &str = ".evolve-lock";

impl Project {
    /// Applies what is pending up to a target. An interrupted run of the same command is continued.
    pub fn up(
        &self,
        request: &UpRequest,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Answer<RunReport> {
        if request.retry_rejects {
            if let Err(error) = alone(request) {
                return Answer::refused(error);
            }
            return self.retry_rejects(consent, observer, stop).map_or_else(Answer::refused, Answer::of);
        }
        self.file_run(Command::Up(request), Company { consent, observer, stop })
    }

    /// Takes back what is in. An interrupted run of the same command is continued.
    pub fn down(
        &self,
        request: &DownRequest,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Answer<RunReport> {
        self.file_run(Command::Down(request), Company { consent, observer, stop })
    }

    /// As [`Project::up`], on an application's own connection, which must not be in a transaction. Its settings are put
    /// back. A database in memory has neither run lock nor restore points.
    pub fn up_on(
        &self,
        connection: &mut crate::sqlite::Connection,
        request: &UpRequest,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Answer<RunReport> {
        self.lent_run(connection, Command::Up(request), Company { consent, observer, stop })
    }

    /// As [`Project::down`], on an application's own connection.
    pub fn down_on(
        &self,
        connection: &mut crate::sqlite::Connection,
        request: &DownRequest,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Answer<RunReport> {
        self.lent_run(connection, Command::Down(request), Company { consent, observer, stop })
    }

    fn file_run(&self, command: Command<'_>, company: Company<'_>) -> Answer<RunReport> {
        match self.location().and_then(|location| self.run(Place::File(location), command, company)) {
            Ok(answer) => answer,
            Err(error) => Answer::refused(error),
        }
    }

    fn lent_run(
        &self,
        connection: &mut crate::sqlite::Connection,
        command: Command<'_>,
        company: Company<'_>,
    ) -> Answer<RunReport> {
        match self.run(Place::Lent(connection), command, company) {
            Ok(answer) => answer,
            Err(error) => Answer::refused(error),
        }
    }

    fn run(&self, place: Place<'_>, command: Command<'_>, company: Company<'_>) -> Result<Answer<RunReport>> {
        let notes = self.sealed()?;
        if self.settings.restore_points.encrypt {
            return Err(Error::new(
                codes::NO_ENCRYPTION,
                "the project asks for encrypted restore points, and this version has none",
            )
            .hint("take [restore_points] encrypt out, or wait for the version that has it"));
        }
        let survey = place.survey(&self.history_table)?;
        self.refuse_stranger(&survey)?;
        self.refuse_other_run(&survey, command)?;
        let mut plan = self.make_plan(&place, &survey, command)?;
        plan.report.notes.splice(0..0, notes);
        plan.refuse_risk(self.settings.policy.max_risk, &plan.reasons())?;
        plan.refuse_too_large()?;
        company.observer.event(Event::Planned(&plan.report));
        let continues = survey
            .standing
            .open
            .as_ref()
            .is_some_and(|run| run.command == command.word() && run.target == command.meant());
        if let (Command::Up(request), true) = (command, command.dry_run()) {
            return Ok(Answer::of(self.account(&place, &plan, &survey, request)?));
        }
        if let Command::Up(UpRequest { trial: Some(condition), .. }) = command {
            consent::someone(&plan, company.consent)?;
            let _lock = self.lock(&place, company)?;
            return Ok(Answer::of(self.try_out(place, &plan, &survey, (condition, company))?));
        }
        // With nothing to do the run that is open ends all the same: otherwise no command would lead out of it.
        let nothing = plan.is_empty() && survey.standing.open.is_none() && plan.adopted.is_empty();
        if command.dry_run() || nothing {
            return Ok(Answer::of(idle(&plan.report)));
        }
        consent::someone(&plan, company.consent)?;
        if !continues {
            consent::ask(&plan.report, company.consent)?;
        }
        let mut lock = self.lock(&place, company)?;
        let now = place.survey(&self.history_table)?;
        let mut answer = match moved_on(&survey, &now) {
            true => self.look_again(place, command, company, &mut lock, &plan, &now)?,
            false => self.execute(place, command, company, &mut lock, plan, &survey)?,
        };
        answer.closing.lock = lock;
        Ok(answer)
    }

    /// Something happened between the plan and the lock: what is left of the plan runs, anything else is refused.
    fn look_again(
        &self,
        place: Place<'_>,
        command: Command<'_>,
        company: Company<'_>,
        lock: &mut Option<Lock>,
        shown: &Plan,
        now: &Survey,
    ) -> Result<Answer<RunReport>> {
        self.refuse_other_run(now, command)?;
        let plan = self.make_plan(&place, now, command)?;
        let known = shown.ids();
        if plan.is_empty() && now.standing.open.is_none() {
            return Ok(Answer::of(idle(&plan.report)));
        }
        if !plan.ids().iter().all(|id| known.contains(id)) {
            return Err(Error::new(codes::MOVED_ON, "the database moved on while the plan was looked at")
                .hint("run the command again: it plans anew"));
        }
        self.execute(place, command, company, lock, plan, now)
    }

    fn make_plan(&self, place: &Place<'_>, survey: &Survey, command: Command<'_>) -> Result<Plan> {
        let target = command.target();
        let goal = goal(survey, command.word(), &command.meant());
        let dialect = dialect(survey);
        match command {
            Command::Up(request) => {
                let sources = self.sources(survey, &dialect, place);
                let asked = Wanted {
                    target: &target,
                    goal: goal.as_deref(),
                    checkpoint: request.checkpoint,
                    allow: &request.allow,
                    choice: &request.choice,
                };
                let mut plan = plan::up(sources, asked)?;
                place.without_points(&mut plan.report);
                Ok(plan)
            }
            Command::Down(request) => {
                let to = match &goal {
                    // What is left of the goal: down to below its last step.
                    Some(goal) => remaining(survey, goal),
                    None => request.to.clone(),
                };
                let sources = self.sources(survey, &dialect, &plan::Unmeasured);
                let mut plan = place.ask(|connection| {
                    let way = |id: &str| match connection {
                        Some(connection) => way_back(connection, id),
                        None => Ok((Vec::new(), None)),
                    };
                    let plan = plan::down(sources, &to, request.checkpoint, request.changed, &way);
                    plan.map_err(|error| self.naming_a_point(error))
                })?;
                plan.allowed.extend(request.allow.iter().cloned());
                place.without_points(&mut plan.report);
                Ok(plan)
            }
        }
    }

    /// Another command's run is open: `down` takes its half step back first, any other command is refused.
    fn refuse_other_run(&self, survey: &Survey, command: Command<'_>) -> Result<()> {
        let Some(run) = &survey.standing.open else { return Ok(()) };
        let same = run.command == command.word() && run.target == command.meant();
        if same || matches!(command, Command::Down(_)) {
            return Ok(());
        }
        let message = format!("`{} {}` is unfinished, begun {}", run.command, run.target, run.started);
        let back = if run.command == "up" { "; evolve down takes back what it did" } else { "" };
        let hint = format!("{} continues it{back}", command_line(run));
        Err(Error::new(codes::OPEN_RUN, message).hint(hint))
    }

    fn lock(&self, place: &Place<'_>, company: Company<'_>) -> Result<Option<Lock>> {
        let path = match place {
            Place::File(location) => location.beside(LOCK),
            Place::Lent(connection) => match connection.path().filter(|path| !path.is_empty()) {
                Some(path) => Location::of(std::path::Path::new(path))?.beside(LOCK),
                None => return Ok(None),
            },
        };
        Lock::take(&path, self.settings.policy.wait, company.observer, company.stop).map(Some)
    }
}

/// Whether something happened between two looks.
fn moved_on(before: &Survey, now: &Survey) -> bool {
    before.standing.applied != now.standing.applied
        || before.digest != now.digest
        || before.standing.open.as_ref().map(|run| &run.id) != now.standing.open.as_ref().map(|run| &run.id)
        || before.history != now.history
}

/// What is left of an open `down`: everything behind the last step that is not its goal.
fn remaining(survey: &Survey, goal: &[String]) -> DownTo {
    let applied: &[Applied] = &survey.standing.applied;
    let left = applied.iter().rposition(|step| !goal.contains(&step.id));
    DownTo::Target(left.map_or_else(|| "start".to_owned(), |at| applied[at].id.clone()))
}

/// The report where nothing is done: nothing is pending, or only a dry run was asked for.
fn idle(plan: &PlanReport) -> RunReport {
    let report = |step: &crate::report::PlannedStep| {
        step_report(&step.id, StepOutcome::NotStarted, Duration::ZERO, crate::report::Rows::default())
    };
    RunReport {
        run: None,
        outcome: Outcome::NothingToDo,
        from: plan.from.clone(),
        to: plan.from.clone(),
        restore_points: Vec::new(),
        steps: plan.steps.iter().map(report).collect(),
        preserved: Vec::new(),
        notes: plan.notes.clone(),
    }
}
