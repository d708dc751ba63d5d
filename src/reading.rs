//! What a migration was read to be: its statements, what they do and touch, how they are taken back, and what must be
//! kept while they run.
//!
//! Readers of SQL give it; graph, plan and executor take it. Must not know a dialect.

use crate::change::Change;
use crate::inverse::{Inverse, Kept};
use crate::touch::Touches;
use std::ops::Range;

/// A migration, read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The bytes of each statement, in order.
    pub statements: Vec<Range<usize>>,
    /// What they do.
    pub changes: Vec<Change>,
    /// What they touch.
    pub touches: Touches,
    /// How they are taken back, in the order of the statements; run from the last to the first.
    pub inverse: Vec<Inverse>,
    /// Why no inverse can be derived, where none can.
    pub no_inverse: Option<String>,
    /// What is kept, around which statements.
    pub keeps: Vec<Keep>,
    /// Tables that it makes and fills: the rows that are evolve's own when the table is to go again.
    pub filled: Vec<String>,
    /// Tables whose rows it carries through a rebuild, or drops while others refer to them: foreign keys are off
    /// meanwhile, and children are counted.
    pub detached: Vec<String>,
    /// Statements that cannot stand in a transaction, by index, and why.
    pub outside: Vec<(usize, String)>,
    /// Own transactions of a `transaction = none` file: from the statement after BEGIN to the one before COMMIT.
    pub blocks: Vec<Range<usize>>,
    /// What a person should hear of.
    pub remarks: Vec<(&'static str, String, Range<usize>)>,
}

impl Reading {
    /// The tables whose references nothing guards while it runs, because foreign keys are off: all that it writes.
    pub fn unguarded(&self) -> Vec<String> {
        let mut tables = self.detached.clone();
        if !tables.is_empty() {
            let known = |name: &str| self.detached.iter().any(|table| table.eq_ignore_ascii_case(name));
            tables.extend(self.touches.writes.tables().filter(|name| !known(name)).map(str::to_owned));
        }
        tables
    }
}

/// Something that is kept while statements run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// The number of its store in the step.
    pub kept: Kept,
    /// The first and the last statement it is about.
    pub statements: (usize, usize),
    /// The table.
    pub table: String,
    /// The columns that hold values.
    pub columns: Vec<String>,
    /// The columns rows are found by; empty where it is the rowid.
    pub key: Vec<String>,
    /// Whether the rowid is kept too.
    pub rowid: bool,
    /// How it is kept.
    pub how: How,
}

/// How something is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// All rows, before the first statement.
    Whole,
    /// All rows, before the first statement; after the last, each row's new values are marked, so that it is seen
    /// whether somebody changed them. The columns are those of the new shape; the key maps old to new.
    Replaced {
        /// Columns of the new shape that did not come from the old one.
        added: Vec<String>,
        /// The key of the new shape, in the order of the old one's.
        new_key: Vec<String>,
    },
    /// Nothing of it is lost: nothing is kept.
    Nothing,
    /// Each row that is inserted, updated or deleted, as it happens.
    Captured,
}
