//! What commands answer, as values: the very documents that `--json` writes under `result`.
//!
//! Gives plain, serialisable types. Must not know who asks, nor how an answer was found.

use crate::risk::Risk;
use serde::Serialize;

/// Where a database stands, in words of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standpoint {
    /// The last complete stage; `None` before the first.
    pub stage: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The last step that is in.
    pub head: Option<String>,
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Steps are applied.
    Up,
    /// Steps are undone.
    Down,
}

/// How a step can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reversible {
    /// By a down file a person wrote.
    File,
    /// By statements derived from its own.
    Derived,
    /// By the inverse of a transformation.
    Inverse,
    /// By giving back what was kept of what it destroys.
    Kept,
    /// Only by a restore point.
    RestorePoint,
    /// Not at all.
    No,
}

/// A plan as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct PlanReport {
    /// Up or down.
    pub direction: Direction,
    /// Where the database stands.
    pub from: Standpoint,
    /// Where it will stand.
    pub to: Standpoint,
    /// The highest risk of its steps.
    pub risk: Risk,
    /// Whether the application of the stage before must be away meanwhile.
    pub downtime: bool,
    /// SHA-256 over format, engine, target, ledger head, schema and steps.
    pub digest: String,
    /// What it will cost; null until evolve can say.
    pub estimate: Option<()>,
    /// The restore points that the run will take: before which step, and why.
    pub restore_points: Vec<PlannedPoint>,
    /// The steps, in the order they run.
    pub steps: Vec<PlannedStep>,
    /// What the steps give reason to say, and the project as a whole.
    pub findings: Vec<Finding>,
    /// What a reader should know and nothing is wrong with: holes, moved steps, replaced down files.
    pub notes: Vec<String>,
    /// The run that this plan continues.
    pub continues: Option<String>,
    /// The command that takes it all back.
    pub way_back: Option<String>,
}

/// A restore point that a run will take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedPoint {
    /// The step before which it is taken.
    pub before: String,
    /// The stage that begins there, where one does.
    pub stage: Option<String>,
    /// Why it is taken.
    pub why: String,
}

/// A step of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedStep {
    /// What it is called.
    pub id: String,
    /// `migration`, or the kind of the transformation.
    pub kind: String,
    /// The stage that owns it.
    pub stage: String,
    /// What it does, for people.
    pub title: String,
    /// What it reads: `table.column` or `table.*`.
    pub reads: Vec<String>,
    /// What it writes, creates and destroys.
    pub writes: Vec<String>,
    /// How many rows it will move; null until evolve can say.
    pub rows: Option<u64>,
    /// How it can be taken back.
    pub reversible: Reversible,
    /// The risk of its changes.
    pub risk: Risk,
    /// Why the risk is what it is.
    pub reasons: Vec<String>,
    /// What it will cost; null until evolve can say.
    pub estimate: Option<()>,
    /// The codes of its findings.
    pub findings: Vec<String>,
    /// A half-done step that is continued.
    pub resumes: bool,
    /// For a transformation: how it is undone, and what it does on conflict.
    pub movement: Option<PlannedMovement>,
}

/// How a transformation's rows are written and found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedMovement {
    /// The rule for a key that is there already.
    pub on_conflict: String,
    /// The rule for a row that is not valid.
    pub on_invalid: String,
    /// `derive`, `journal`, `sql` or `none`.
    pub undo: String,
}

/// What a rule says about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `R` and three digits.
    pub code: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
    /// The step.
    pub step: Option<String>,
    /// What it is, and why it matters.
    pub message: String,
    /// What to do instead.
    pub hint: Option<String>,
    /// The file, relative to the project.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<usize>,
}

/// A step by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepName {
    /// What it is called.
    pub id: String,
    /// `migration`, or the kind of the transformation.
    pub kind: String,
    /// The stage that owns it.
    pub stage: String,
}

/// Where a database stands.
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// The environment that was chosen.
    pub environment: Option<String>,
    /// The last complete stage.
    pub stage: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The stage that is started and not complete.
    pub partial: Option<String>,
    /// Steps that are in, in the order they came.
    pub applied: Vec<StepName>,
    /// Steps that are not, in the order they will come.
    pub pending: Vec<StepName>,
    /// The run that was interrupted.
    pub interrupted: Option<Interrupted>,
    /// Who holds the database now.
    pub holder: Option<Holder>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// A run that was begun and not finished.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interrupted {
    /// The run.
    pub run: String,
    /// `up` or `down`, with its target.
    pub command: String,
    /// The stage it is in.
    pub stage: Option<String>,
    /// The step it is in.
    pub step: Option<String>,
    /// The table whose rows it was moving.
    pub table: Option<String>,
    /// Rows that are through.
    pub processed: Option<u64>,
    /// Rows there were in all, where they were counted.
    pub total: Option<u64>,
    /// `processed` of `total`, 0 to 100.
    pub percent: Option<f64>,
    /// The key of the last row.
    pub last_key: Option<String>,
    /// When it was begun, RFC 3339.
    pub started: String,
    /// When it was last heard of, RFC 3339.
    pub updated: String,
    /// The host it ran on.
    pub host: String,
    /// The command that continues it.
    pub next_command: String,
}

/// Who holds a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Holder {
    /// The run.
    pub run: String,
    /// Its command.
    pub command: String,
    /// The step it is in.
    pub step: Option<String>,
    /// The host it runs on.
    pub host: String,
    /// Its process there; for a person to look at, nothing is decided by it.
    pub pid: u32,
    /// When it was begun, RFC 3339.
    pub since: String,
}

/// What a run did.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The run; `None` where nothing was to be done.
    pub run: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Where the database stood.
    pub from: Standpoint,
    /// Where it stands.
    pub to: Standpoint,
    /// Restore points that were taken, or the one that was restored.
    pub restore_points: Vec<RestorePoint>,
    /// Its steps, in order.
    pub steps: Vec<StepReport>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was planned is done.
    Done,
    /// There was nothing to do.
    NothingToDo,
    /// It waits for a person.
    Waiting,
    /// It was stopped, or died; the same command continues.
    Interrupted,
    /// A step failed and was taken back; what came before it stands.
    StepUndone,
    /// All that the run did was taken back.
    RolledBack,
    /// A restore point was brought back.
    Restored,
    /// Neither forward nor back is possible without a person.
    NeedsPerson,
}

/// A restore point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestorePoint {
    /// What it is called.
    pub id: String,
    /// The stage the database stood at.
    pub stage: Option<String>,
    /// The size of its file.
    pub bytes: u64,
    /// Whether a test restore gave the same bytes, and they were sound.
    pub verified: bool,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Done from its beginning.
    Done,
    /// Continued, and done.
    Resumed,
    /// Left out.
    Skipped,
    /// Undone.
    Undone,
    /// Failed, and taken back.
    Failed,
    /// Never begun.
    NotStarted,
}

/// A step of a run.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// What it is called.
    pub id: String,
    /// What became of it.
    pub outcome: StepOutcome,
    /// How long it took.
    pub duration_ms: u64,
    /// How long it was thought to take; null until evolve can say.
    pub estimated_ms: Option<u64>,
    /// Its rows.
    #[serde(flatten)]
    pub rows: Rows,
    /// What it gives reason to say.
    pub warnings: Vec<String>,
}

/// Rows accounted for: read = inserted + updated + unchanged + skipped + rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Rows {
    /// Rows that were selected.
    pub read: u64,
    /// Rows that are new.
    pub inserted: u64,
    /// Rows that changed.
    pub updated: u64,
    /// Rows that were so already.
    pub unchanged: u64,
    /// Rows that were left as they are by a rule.
    pub skipped: u64,
    /// Rows that were refused.
    pub rejected: u64,
}

impl Rows {
    /// Adds another account.
    pub fn add(&mut self, other: Self) {
        self.read += other.read;
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.rejected += other.rejected;
    }

    /// Whether every row that was read is accounted for.
    pub fn balance(self) -> bool {
        self.read == self.inserted + self.updated + self.unchanged + self.skipped + self.rejected
    }
}

/// Whether files, sum, ledger and live schema agree.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    /// Whether there is no problem.
    pub ok: bool,
    /// What disagrees.
    pub problems: Vec<Problem>,
    /// What a reader should know and nothing is wrong with.
    pub notes: Vec<String>,
}

/// Something that disagrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The error code it stands for.
    pub code: String,
    /// What disagrees.
    pub message: String,
    /// The file, where it is one.
    pub file: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

/// The ledger's runs, the newest last.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryReport {
    /// The runs.
    pub runs: Vec<RunEntry>,
}

/// A run in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunEntry {
    /// What it is called.
    pub id: String,
    /// `up`, `down` or `restore`.
    pub command: String,
    /// Where it was to go.
    pub target: String,
    /// `open`, or its outcome.
    pub state: String,
    /// Who began it.
    pub who: String,
    /// On which host.
    pub host: String,
    /// By which version of evolve.
    pub tool: String,
    /// The digest of its plan.
    pub plan: String,
    /// When it was begun, RFC 3339.
    pub started: String,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
    /// What it did, in order: the step, `up` or `down`, and its account.
    pub steps: Vec<StepEntry>,
}

/// What a run did to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepEntry {
    /// The step.
    pub id: String,
    /// `up` or `down`.
    pub direction: String,
    /// When it was done, RFC 3339.
    pub at: String,
    /// How long it took.
    pub duration_ms: u64,
    /// Its rows.
    #[serde(flatten)]
    pub rows: Rows,
}

/// Files that were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenReport {
    /// Their paths, relative to the project.
    pub files: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Restore points that there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PointsReport {
    /// The points, the newest last.
    pub points: Vec<RestorePoint>,
}

/// A picture of the graph as text of some format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphReport {
    /// `text`, `dot` or `mermaid`.
    pub format: String,
    /// The picture.
    pub picture: String,
    /// The steps in the one total order.
    pub order: Vec<StepName>,
    /// What comes before what, and why.
    pub edges: Vec<EdgeReport>,
}

/// An edge of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeReport {
    /// The earlier step.
    pub from: String,
    /// The later step.
    pub to: String,
    /// Why.
    pub why: String,
}
