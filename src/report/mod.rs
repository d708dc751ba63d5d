//! What commands answer, as values: the very documents that `--json` writes under `result`.
//!
//! Gives plain, serialisable types. Must not know who asks, nor how an answer was found.

mod asked;
mod loss;
mod plan;
mod preserved;
mod run;
mod status;

pub use asked::{
    EdgeReport, GraphReport, HistoryReport, PointsReport, Problem, RunEntry, StepEntry, VerifyReport, WrittenReport,
};
pub use loss::{Loss, Tried};
pub use plan::{Finding, PlanReport, PlannedMovement, PlannedPoint, PlannedStep, Reversible, Said};
pub use preserved::{PreservedReport, PreservedStore};
pub use run::{Batches, Failing, Outcome, Preserved, RestorePoint, Rows, RunReport, StepOutcome, StepReport};
pub use status::{Holder, Interrupted, StatusReport};

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

/// A step by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepName {
    /// What it is called.
    pub id: String,
    /// `migration`, or the kind of the transformation.
    pub kind: String,
    /// The stage that owns it.
    pub stage: String,
    /// What it does, for people, where its file says so and it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What else its file says of it, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The application's own functions that it calls, each with its version: `plate_number 3`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// The sources outside the database that it reads, each with its version: `crm 2`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}
