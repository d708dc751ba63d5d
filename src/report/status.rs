//! What `status` answers.

use super::StepName;
use serde::Serialize;

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
