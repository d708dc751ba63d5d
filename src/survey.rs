//! What the left side needs of a database, taken once, as a value.
//!
//! Engines take it; planning reads it. Must not know how it was taken.

use crate::ledger::Standing;
use crate::ledger::cursors::Cursor;

/// A database, looked at.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Whether there is a database at all.
    pub exists: bool,
    /// What its ledger says.
    pub standing: Standing,
    /// How far the half-done step has got.
    pub cursors: Vec<Cursor>,
    /// Indexes that are away while a load is half done.
    pub away: Vec<String>,
    /// What refinery's history says, by version.
    pub history: Vec<HistoryRow>,
    /// The statements that make its schema, evolve's and refinery's own left out.
    pub schema: Vec<String>,
    /// A digest of the schema.
    pub digest: String,
    /// The names of its objects, in lower case.
    pub objects: Vec<String>,
    /// Whether text in double quotes means text in its schema.
    pub double_quoted_text: bool,
    /// The names of the objects because of which it does.
    pub quoted_text: Vec<String>,
    /// The size of the database in bytes.
    pub bytes: u64,
    /// What a reader should know of how it was opened.
    pub notes: Vec<String>,
}

/// A row of refinery's history. Odd rows are read as far as they can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The version.
    pub version: i64,
    /// The name.
    pub name: String,
    /// The checksum, as it stands there.
    pub checksum: String,
}
