//! What the other questions answer: `verify`, `history`, `graph`, and commands that write files of the project.

use super::{RestorePoint, Rows, StepName};
use serde::Serialize;

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
