//! `up` and `down`: plan, ask, lock, look again, run, report; and the continuing of a run that was interrupted.

use super::pace::CONTROL;
use super::place::Place;
use super::{Answer, Closing, Consent, DownRequest, Project, UpRequest, consent, dialect};
use crate::engine::Session;
use crate::error::{Error, Result, codes};
use crate::ledger::{self, Applied, Run, events, steps};
use crate::observe::{Event, Observer, Stop};
use crate::plan::adopt::{self, Flavour};
use crate::plan::{self, DownTo, Plan, Wanted, Work};
use crate::points::Manifest;
use crate::report::{Holder, Outcome, PlanReport, RunReport, StepOutcome};
use crate::run::lock::Lock;
use crate::run::pace::Pace;
use crate::run::{Done, Ending, Runner, host, new_run, step_report};
use crate::sqlite::{Location, Manners, SqliteSession};
use crate::survey::Survey;
use std::cell::RefCell;
use std::time::Duration;

/// The suffix of the lock file beside a database.
pub const LOCK: &str = ".evolve-lock";

/// What is to be run.
#[derive(Clone, Copy)]
enum Command<'a> {
    Up(&'a UpRequest),
    Down(&'a DownRequest),
}

impl Command<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::Up(_) => "up",
            Self::Down(_) => "down",
        }
    }

    fn target(self) -> String {
        match self {
            Self::Up(request) => request.target.clone().unwrap_or_else(|| "latest".to_owned()),
            Self::Down(request) => request.to.word(),
        }
    }

    /// The target with what else says which steps are meant: by this a run is recognised again.
    fn meant(self) -> String {
        match self {
            Self::Up(request) => self.target() + &request.choice.words(),
            Self::Down(_) => self.target(),
        }
    }

    fn rows_per_second(self) -> Option<u64> {
        match self {
            Self::Up(request) => request.max_rows_per_second,
            Self::Down(_) => None,
        }
    }

    fn dry_run(self) -> bool {
        match self {
            Self::Up(request) => request.dry_run,
            Self::Down(request) => request.dry_run,
        }
    }
}

/// Who listens, who is asked, and what stops it.
#[derive(Clone, Copy)]
struct Company<'a> {
    consent: &'a dyn Consent,
    observer: &'a dyn Observer,
    stop: &'a Stop,
}

/// The goal of an open run of this command, if there is one.
pub(super) fn goal(survey: &Survey, command: &str, target: &str) -> Option<Vec<String>> {
    let run = survey.standing.open.as_ref()?;
    (run.command == command && run.target == target).then(|| run.goal.clone())
}

/// The command that continues a run.
pub(super) fn command_line(run: &Run) -> String {
    match (run.command.as_str(), run.target.as_str()) {
        ("up", "latest") => "evolve up".to_owned(),
        ("up", target) if target.starts_with("latest --") => {
            format!("evolve up{}", target.trim_start_matches("latest"))
        }
        (command, target) if target.starts_with("--") => format!("evolve {command} {target}"),
        ("restore", target) => format!("evolve restore {target}"),
        (command, target) => format!("evolve {command} --target {target}"),
    }
}

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
            return self.retry_rejects(observer, stop).map_or_else(Answer::refused, Answer::of);
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
        connection: &mut rusqlite::Connection,
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
        connection: &mut rusqlite::Connection,
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
        connection: &mut rusqlite::Connection,
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
        if let Some(answer) = self.other_open_run(&place, &survey, command, company)? {
            return Ok(answer);
        }
        let mut plan = self.make_plan(&place, &survey, command)?;
        plan.report.notes.splice(0..0, notes);
        plan.refuse_risk(self.settings.policy.max_risk, &plan.reasons())?;
        company.observer.event(Event::Planned(&plan.report));
        let continues = survey.standing.open.is_some();
        if let (Command::Up(request), true) = (command, command.dry_run()) {
            return Ok(Answer::of(self.account(&place, &plan, &survey, request)?));
        }
        if let Command::Up(UpRequest { trial: Some(condition), .. }) = command {
            let _lock = self.lock(&place, company)?;
            return Ok(Answer::of(self.try_out(place, &plan, &survey, condition)?));
        }
        if command.dry_run() || (plan.is_empty() && !continues && plan.adopted.is_empty()) {
            return Ok(Answer::of(idle(&plan.report)));
        }
        if !continues {
            consent::ask(&plan.report, company.consent)?;
        }
        let mut lock = self.lock(&place, company)?;
        let now = place.survey(&self.history_table)?;
        if moved_on(&survey, &now) {
            return self.look_again(place, command, company, lock, &plan, &now);
        }
        self.execute(place, command, company, &mut lock, plan, &survey)
    }

    /// Something happened between the plan and the lock: what is left of the plan runs, anything else is refused.
    fn look_again(
        &self,
        place: Place<'_>,
        command: Command<'_>,
        company: Company<'_>,
        mut lock: Option<Lock>,
        shown: &Plan,
        now: &Survey,
    ) -> Result<Answer<RunReport>> {
        let plan = self.make_plan(&place, now, command)?;
        let known = shown.ids();
        if plan.is_empty() && now.standing.open.is_none() {
            return Ok(Answer::of(idle(&plan.report)));
        }
        if !plan.ids().iter().all(|id| known.contains(id)) {
            return Err(Error::new(codes::MOVED_ON, "the database moved on while the plan was looked at")
                .hint("run the command again: it plans anew"));
        }
        self.execute(place, command, company, &mut lock, plan, now)
    }

    fn make_plan(&self, place: &Place<'_>, survey: &Survey, command: Command<'_>) -> Result<Plan> {
        let target = command.target();
        let goal = goal(survey, command.word(), &command.meant());
        let dialect = dialect(survey);
        match command {
            Command::Up(request) => {
                let sizes = |tables: &[String]| place.sizes(tables);
                let sources = self.sources(survey, &dialect, &sizes);
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
                let no_sizes = |_: &[String]| Ok(Vec::new());
                let sources = self.sources(survey, &dialect, &no_sizes);
                let way = |id: &str| place.way_back(id);
                let mut plan = plan::down(sources, &to, request.checkpoint, request.discard_changed, &way)?;
                plan.allowed.extend(request.allow.iter().cloned());
                place.without_points(&mut plan.report);
                Ok(plan)
            }
        }
    }

    /// Another command's run is open: `down` takes its half step back first, any other is refused.
    fn other_open_run(
        &self,
        place: &Place<'_>,
        survey: &Survey,
        command: Command<'_>,
        _company: Company<'_>,
    ) -> Result<Option<Answer<RunReport>>> {
        let Some(run) = &survey.standing.open else { return Ok(None) };
        let same = run.command == command.word() && run.target == command.meant();
        let _ = place;
        if same || matches!(command, Command::Down(_)) {
            return Ok(None);
        }
        Err(Error::new(
            codes::OPEN_RUN,
            format!("`{} {}` is unfinished, begun {}", run.command, run.target, run.started),
        )
        .hint(format!("{} continues it; evolve down takes it back", command_line(run))))
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

    fn execute(
        &self,
        place: Place<'_>,
        command: Command<'_>,
        company: Company<'_>,
        lock: &mut Option<Lock>,
        plan: Plan,
        survey: &Survey,
    ) -> Result<Answer<RunReport>> {
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
        let run = self.open_run(&session, command, &plan, survey)?;
        let ending = self.walk(&session, command, company, lock, &plan, survey, run.clone(), location.as_ref());
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
    ) -> Result<(Ending, Done)> {
        let dialect = dialect(survey);
        let mut batch = self.settings.policy.batch;
        if let Command::Up(UpRequest { batch_rows: Some(rows), .. }) = command {
            (batch.rows, batch.rows_given) = (*rows, true);
        }
        let take = |id: &str, stage: Option<&str>, head: Option<&str>| {
            let location = location
                .ok_or_else(|| Error::new(codes::NO_RESTORE_POINT, "a database in memory has no restore points"))?;
            let about = self.about(id, stage, head, &run.id, location);
            Ok((&self.points().take(&location.path, about)?).into())
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
            batch,
            flavour: self.flavour(survey),
            observer: company.observer,
            stop: company.stop,
            run: run.clone(),
            take_point: &take,
            tell: &tell,
            pace: Pace {
                control: location.map(|location| location.beside(CONTROL)),
                rows_per_second: command.rows_per_second(),
            },
            keep_going: matches!(command, Command::Up(UpRequest { keep_going: true, .. })),
            discard_changed: matches!(command, Command::Down(DownRequest { discard_changed: true, .. })),
            done: RefCell::default(),
        };
        let ending = match &plan.work {
            Work::Up(graph, steps) => runner.up(graph, steps, &plan.report.restore_points, &survey.standing.applied),
            Work::Down(steps) => runner.down(steps, &plan.report.restore_points),
        };
        Ok((ending, runner.done.into_inner()))
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
            steps: reports,
            notes,
        };
        let word = outcome_word(ending.outcome);
        let closing = match location {
            _ if stays_open => Closing::default(),
            Some(location) => Closing(Some((location, run.id.clone(), word.to_owned()))),
            None => {
                ledger::runs::end(session, &run.id, word)?;
                Closing::default()
            }
        };
        Ok(Answer { result: Some(report), error: ending.error, closing })
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
        notes: plan.notes.clone(),
    }
}

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
