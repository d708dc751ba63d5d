//! A project opened: each command is one function here, and its typed result is what `--json` writes.
//!
//! Takes what was asked; gives answers. It puts catalog, survey, plan and run together, and decides nothing that they
//! decide. Must not print.

mod adopt;
mod again;
mod answer;
mod asked;
mod consent;
mod decide;
mod dry;
mod execute;
mod functions;
mod history;
mod keys;
mod loss;
mod pace;
mod place;
mod preserved;
mod rejects;
mod replays;
mod restore;
mod rotate;
mod runs;
mod sources;
mod status;
mod trial;
mod tried;
mod turn;
mod uses;
mod verify;

pub use pace::ControlRequest;
pub use preserved::PreservedRequest;
pub use rotate::{OldPoints, RotateRequest};

pub use answer::{Answer, Closing, Consent, Question, Unattended};

use crate::catalog::{Catalog, Env, Files, Flags as SettingsFlags, Origin, Secret, Settings, SumState};
use crate::columns::Registered;
use crate::engine::Dialect as _;
use crate::error::{Error, Result, codes};
use crate::graph::Graph;
use crate::graph::picture;
use crate::inverse::{Changed, Inverse};
use crate::plan::{self, Checkpoint, Choice, DownTo, Measure, Plan, Sources, Unmeasured, Wanted};
use crate::points::Points;
use crate::report::{GraphReport, PlanReport, WrittenReport};
use crate::scaffold::NewFile;
use crate::sources::Offers;
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Location, Sqlite, SqliteCopies, connect};
use crate::survey::Survey;
use std::path::{Path, PathBuf};

/// What the command line, or an application, says about everything.
#[derive(Debug, Clone)]
pub struct Flags {
    /// The folder of `evolve.toml`.
    pub project: PathBuf,
    /// A database URL that wins over all others.
    pub database: Option<String>,
    /// The environment that wins over `EVOLVE_ENV`.
    pub environment: Option<String>,
    /// Parameters by name; for later.
    pub set: Vec<(String, String)>,
    /// How long to wait for another run: `10m`.
    pub lock_wait: Option<String>,
    /// What a step that does not say it does with a row whose key is there; wins over `[policy] on_conflict`.
    pub on_conflict: Option<String>,
    /// What a step that does not say it does with a row that is not valid; wins over `[policy] on_invalid`.
    pub on_invalid: Option<String>,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            project: PathBuf::from("."),
            database: None,
            environment: None,
            set: Vec::new(),
            lock_wait: None,
            on_conflict: None,
            on_invalid: None,
        }
    }
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphFormat {
    /// As a page of text.
    #[default]
    Text,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
}

/// What is asked of `plan`.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// The target; `latest` without one.
    pub target: Option<String>,
    /// How far down, where the way down is asked for.
    pub down: Option<DownTo>,
    /// Codes that are allowed by name.
    pub allow: Vec<String>,
    /// How many restore points.
    pub checkpoint: Checkpoint,
}

/// What is asked of `up`.
#[derive(Debug, Clone, Default)]
pub struct UpRequest {
    /// The target; `latest` without one.
    pub target: Option<String>,
    /// How many restore points.
    pub checkpoint: Checkpoint,
    /// Codes that are allowed by name.
    pub allow: Vec<String>,
    /// Whether only the plan is made.
    pub dry_run: bool,
    /// Rows a batch; it stays so.
    pub batch_rows: Option<u64>,
    /// Which of the steps are wanted.
    pub choice: Choice,
    /// Whether other transformations of a stage go on when one fails.
    pub keep_going: bool,
    /// Whether rows that were put aside are tried again, instead of steps.
    pub retry_rejects: bool,
    /// A condition that narrows the one chosen transformation for a trial, which is taken back whatever it gives.
    pub trial: Option<String>,
    /// Rows a second at most.
    pub max_rows_per_second: Option<u64>,
}

/// What is asked of `down`.
#[derive(Debug, Clone)]
pub struct DownRequest {
    /// How far.
    pub to: DownTo,
    /// What becomes of rows that evolve did not write, where they are in the way.
    pub changed: Changed,
    /// How many restore points.
    pub checkpoint: Checkpoint,
    /// Codes that are allowed by name.
    pub allow: Vec<String>,
    /// Whether only the plan is made.
    pub dry_run: bool,
}

/// What is asked of `restore`.
#[derive(Debug, Clone, Default)]
pub struct RestoreRequest {
    /// The restore point; the newest without one.
    pub id: Option<String>,
    /// A new file beside the database, instead of the database itself.
    pub to: Option<PathBuf>,
}

/// An opened project.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
    catalog: Catalog,
    settings: Settings,
    history_table: String,
    functions: Registered,
    sources: Offers,
}

impl Project {
    /// Opens the project of a folder. Settings come from its files, from `EVOLVE_…` variables, and from the flags.
    pub fn open(flags: &Flags) -> Result<Self> {
        Self::of(Files::read(&flags.project)?, flags)
    }

    /// Opens a project that an application holds in its binary, as `evolve::build::embed` wrote it.
    pub fn embedded(files: &'static [(&'static str, &'static str)], flags: &Flags) -> Result<Self> {
        Self::of(Files::embedded(files)?, flags)
    }

    fn of(files: Files, flags: &Flags) -> Result<Self> {
        let root = files.root().map_or_else(|| flags.project.clone(), Path::to_owned);
        let mut catalog = Catalog::read(files)?;
        let given = SettingsFlags {
            database: flags.database.clone().map(Secret::new),
            env: flags.environment.clone(),
            wait: flags.lock_wait.clone(),
            on_conflict: flags.on_conflict.clone(),
            on_invalid: flags.on_invalid.clone(),
        };
        let mut settings = Settings::resolve(&catalog.config, &Env::of_process(), &given)?;
        settings.keys.beneath(&root);
        catalog.settle(&settings.policy.defaults);
        let history_table = settings.history_table.clone();
        Ok(Self {
            root,
            catalog,
            settings,
            history_table,
            functions: Registered::default(),
            sources: Offers::default(),
        })
    }

    /// The files, as values.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The settings, as they were resolved.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The graph of all steps, from the files alone.
    pub fn graph(&self, format: GraphFormat) -> Result<GraphReport> {
        let graph = Graph::build(&self.catalog, &Sqlite::default(), &[], &|_| true)?;
        let key = match format {
            GraphFormat::Text => "text",
            GraphFormat::Dot => "dot",
            GraphFormat::Mermaid => "mermaid",
        };
        let row =
            picture::format(key).ok_or_else(|| Error::new(codes::BAD_VALUE, format!("there is no format {key}")))?;
        Ok(picture::report(row, &graph, &self.catalog))
    }

    /// The way to a target, and what it risks.
    pub fn plan(&self, request: &PlanRequest) -> Result<PlanReport> {
        let location = self.location()?;
        let surveyed = || survey::survey(&location, Depth::Schema, &self.history_table);
        let (notes, survey) = self.sealed_beside(surveyed)?;
        let mut plan = match &request.down {
            Some(to) => self.plan_down(&survey, to, request.checkpoint)?,
            None => {
                let target = request.target.as_deref().unwrap_or("latest");
                let goal = asked::goal(&survey, "up", target);
                let asked = Wanted {
                    target,
                    goal: goal.as_deref(),
                    checkpoint: request.checkpoint,
                    allow: &request.allow,
                    choice: &Choice::default(),
                };
                match self.plan_up(&survey, asked) {
                    // The direction follows from the target.
                    Err(error) if error.code().id == codes::WRONG_DIRECTION.id => {
                        let to = DownTo::Target(target.to_owned());
                        self.plan_down(&survey, &to, request.checkpoint)?
                    }
                    plan => plan?,
                }
            }
        };
        self.try_losses(&mut plan, &survey);
        plan.report.notes.splice(0..0, notes);
        plan.report.notes.extend(self.function_notes(&plan.report.steps));
        plan.report.notes.extend(self.source_notes(&plan.report.steps));
        plan.report.continues = survey.standing.open.as_ref().map(|run| run.id.clone());
        Ok(plan.report)
    }

    fn plan_up(&self, survey: &Survey, asked: Wanted<'_>) -> Result<Plan> {
        let dialect = Sqlite { double_quoted_text: survey.double_quoted_text };
        let place = place::Place::File(self.location()?);
        plan::up(self.sources(survey, &dialect, &place), asked)
    }

    fn plan_down(&self, survey: &Survey, to: &DownTo, checkpoint: Checkpoint) -> Result<Plan> {
        let dialect = Sqlite { double_quoted_text: survey.double_quoted_text };
        let sources = self.sources(survey, &dialect, &Unmeasured);
        let connection = connect::question(&self.location()?)?;
        let plan = plan::down(sources, to, checkpoint, Changed::Refuse, &|id| match &connection {
            Some((connection, _)) => way_back(connection, id),
            None => Ok((Vec::new(), None)),
        });
        plan.map_err(|error| self.naming_a_point(error))
    }

    /// Where nothing goes back by itself, the restore point that would do is named.
    fn naming_a_point(&self, error: Error) -> Error {
        match self.points().list().unwrap_or_default().last() {
            Some(point) if error.code().id == codes::NO_WAY_BACK.id => {
                Error::new(codes::NO_WAY_BACK, error.message()).hint(format!("evolve restore {}", point.id))
            }
            _ => error,
        }
    }

    fn sources<'a>(&'a self, survey: &'a Survey, dialect: &'a Sqlite, measure: &'a dyn Measure) -> Sources<'a> {
        Sources { catalog: &self.catalog, settings: &self.settings, survey, dialect, measure }
    }

    /// Writes `evolve.sum`.
    pub fn seal(&self) -> Result<WrittenReport> {
        crate::seal::seal(&self.catalog.files)
    }

    /// Writes a new file of the project, ready to be filled in.
    pub fn new_file(&self, what: NewFile, name: &str, stage: Option<&str>) -> Result<WrittenReport> {
        crate::scaffold::new_file(&self.catalog, what, name, stage)
    }

    /// Where the database is.
    fn location(&self) -> Result<Location> {
        Location::parse(self.settings.database_url()?.expose(), &self.root)
    }

    fn points(&self) -> Points {
        Points::new(self.root.join(&self.settings.restore_points.dir), SqliteCopies::ENDING)
    }

    /// Refuses files that are not as they were sealed; notes where nothing is sealed, and what else a reader should know.
    fn sealed(&self) -> Result<Vec<String>> {
        Ok(self.notes_on(self.catalog.verify_sum()?))
    }

    /// The same while something else is asked: files and database are read side by side.
    fn sealed_beside<T>(&self, other: impl FnOnce() -> Result<T>) -> Result<(Vec<String>, T)> {
        let (sum, answer) = std::thread::scope(|scope| {
            let sum = scope.spawn(|| self.catalog.verify_sum());
            let answer = other();
            (sum.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), answer)
        });
        Ok((self.notes_on(sum?), answer?))
    }

    fn notes_on(&self, sum: SumState) -> Vec<String> {
        let mut notes: Vec<String> =
            self.catalog.warnings().iter().map(|warning| format!("{}: {}", warning.path, warning.message)).collect();
        if sum == SumState::Absent {
            notes.push(
                "there is no evolve.sum: a changed file is noticed only once it was applied (evolve seal writes it)"
                    .to_owned(),
            );
        }
        notes
    }

    /// A command that writes takes the last-resort URL only where the ledger there is this project's.
    fn refuse_stranger(&self, survey: &Survey) -> Result<()> {
        if self.settings.database_origin() != Origin::LastResort
            || survey.standing.project.as_deref() == Some(&self.settings.project)
        {
            return Ok(());
        }
        Err(Error::new(
            codes::BAD_URL,
            "DATABASE_URL names a database whose ledger is not this project's, and nothing else names one",
        )
        .hint("set EVOLVE_DATABASE_URL, or [database] url in evolve.toml"))
    }
}

/// The derived acts of a step, and the down file's text that the ledger keeps for it.
fn way_back(connection: &crate::sqlite::Connection, id: &str) -> Result<(Vec<Inverse>, Option<String>)> {
    let way = crate::ledger::steps::way_back(&survey::Asked(connection), id)?;
    Ok((way.inverse, way.down))
}

/// The dialect a survey calls for.
fn dialect(survey: &Survey) -> Sqlite {
    Sqlite { double_quoted_text: survey.double_quoted_text }
}

/// The name of the engine, for error texts.
pub fn engine_name() -> &'static str {
    Sqlite::default().name()
}
