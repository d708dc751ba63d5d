//! What `preserved` answers: rows that stood in an undo's way, and a file that they were written to.

use serde::Serialize;

/// The tables of preserved rows.
#[derive(Debug, Clone, Serialize)]
pub struct PreservedReport {
    /// The tables, in the order they were made.
    pub stores: Vec<PreservedStore>,
    /// The file that one of them was written to, where that was asked for.
    pub file: Option<String>,
    /// How many rows were written.
    pub written: Option<u64>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// A table of preserved rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreservedStore {
    /// Its name.
    pub store: String,
    /// The table its rows are of.
    pub table: String,
    /// The step that was taken back.
    pub step: String,
    /// The run that took it back.
    pub run: String,
    /// When, RFC 3339.
    pub at: String,
    /// How many rows there are.
    pub rows: u64,
}
