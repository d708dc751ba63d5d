//! What `plan` answers.

use super::{Direction, Standpoint, Tried};
use crate::risk::Risk;
use serde::Serialize;

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
    /// What else its file says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
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
    /// For a transformation: whether what it does comes back, as far as a sample tells.
    #[serde(flatten)]
    pub tried: Tried,
}

/// Where a rule of a step is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// By the step itself.
    Step,
    /// By `[policy]`, its variable or its flag, when the step was begun.
    Policy,
    /// By nobody: it is what evolve does by itself.
    Default,
}

/// How a transformation's rows are written and found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedMovement {
    /// The rule for a key that is there already.
    pub on_conflict: String,
    /// Where that is said.
    pub on_conflict_from: Said,
    /// The rule for a row that is not valid.
    pub on_invalid: String,
    /// Where that is said.
    pub on_invalid_from: Said,
    /// How many rows may be rejected, as a number or a share; `None` where any number may.
    pub max_rejects: Option<String>,
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
