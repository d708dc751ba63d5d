//! How a step is taken back: the statements and gifts that undo it, as a value that the ledger keeps as text.
//!
//! Readers of SQL derive it, the executor runs it from the last to the first. Must not know how it is rendered.

use serde::{Deserialize, Serialize};

/// One act of taking back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inverse {
    /// A statement.
    Sql(String),
    /// A table that the step made is dropped, unless it holds rows that evolve did not write.
    DropTable {
        /// The table.
        table: String,
    },
    /// A column that the step added is dropped, unless it holds values that evolve did not write.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its default, as SQL; what differs from it is somebody's value.
        default: Option<String>,
    },
    /// A table that the step dropped is made again, with its rows.
    MakeTable(MakeTable),
    /// A table that the step rebuilt, or dropped a column of, is made again as it was.
    RemakeTable(RemakeTable),
    /// Rows that the step inserted, updated or deleted go back to what they were.
    Rewind {
        /// The table.
        table: String,
        /// The store with what was captured.
        kept: Kept,
        /// The columns that were captured.
        columns: Vec<String>,
        /// The columns rows are found by; empty where it is the rowid.
        key: Vec<String>,
    },
    /// Another act, whose store holds some columns encrypted.
    Sealed {
        /// Which, and with what.
        seal: Seal,
        /// The act.
        act: Box<Inverse>,
    },
}

/// What of a store is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The store.
    pub kept: Kept,
    /// The table whose rows it keeps.
    pub table: String,
    /// The columns.
    pub columns: Vec<String>,
    /// The name of the key.
    pub key: String,
}

impl Seal {
    /// Whether a column is encrypted.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|sealed| sealed.eq_ignore_ascii_case(column))
    }
}

/// The place of a step's kept rows: its number in the step. The ledger's name for the step makes a table name of it.
pub type Kept = usize;

/// A dropped table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeTable {
    /// The table.
    pub table: String,
    /// What makes it, and its indexes and triggers afterwards.
    pub statements: Vec<String>,
    /// Its columns that hold values.
    pub columns: Vec<String>,
    /// Whether rowids are kept too.
    pub rowid: bool,
    /// Its rows; `None` where they were not kept.
    pub kept: Option<Kept>,
}

/// A table that has another shape now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemakeTable {
    /// The table.
    pub table: String,
    /// What made it, and its indexes and triggers afterwards.
    pub statements: Vec<String>,
    /// All its columns that hold values, in order.
    pub columns: Vec<String>,
    /// Columns that are there in both shapes with one value: (old, new).
    pub carried: Vec<(String, String)>,
    /// Columns of the new shape that did not come from the old one, with their defaults as SQL.
    pub added: Vec<(String, Option<String>)>,
    /// The key by which rows are found in both shapes: (old, new). Empty where it is the rowid.
    pub key: Vec<(String, String)>,
    /// Its rows as they were; `None` where nothing of them was lost, or they were not kept.
    pub kept: Option<Kept>,
    /// Whether the step may have left rows out, which come back.
    pub filtered: bool,
}

/// What becomes of rows that a user changed or added since, where taking a step back would destroy them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Changed {
    /// They are named, and the step stays.
    #[default]
    Refuse,
    /// They are copied to tables of their own first.
    Preserve,
    /// They are given up.
    Discard,
}

impl Inverse {
    /// Whether this drops the table of that name.
    pub fn drops(&self, name: &str) -> bool {
        matches!(self, Self::DropTable { table } if table.eq_ignore_ascii_case(name))
    }

    /// The store this act gives back from, if it has one.
    pub fn kept(&self) -> Option<Kept> {
        match self {
            Self::Sql(_) | Self::DropTable { .. } | Self::DropColumn { .. } => None,
            Self::MakeTable(make) => make.kept,
            Self::RemakeTable(remake) => remake.kept,
            Self::Rewind { kept, .. } => Some(*kept),
            Self::Sealed { act, .. } => act.kept(),
        }
    }

    /// The act itself, however its store is kept.
    pub fn bare(&self) -> &Self {
        match self {
            Self::Sealed { act, .. } => act.bare(),
            other => other,
        }
    }

    /// What of its store is encrypted.
    pub fn seal(&self) -> Option<&Seal> {
        match self {
            Self::Sealed { seal, .. } => Some(seal),
            _ => None,
        }
    }

    /// Itself, with what of its store is encrypted.
    pub fn sealed(self, seals: &[Seal]) -> Self {
        match seals.iter().find(|seal| self.kept() == Some(seal.kept)) {
            Some(seal) => Self::Sealed { seal: seal.clone(), act: Box::new(self) },
            None => self,
        }
    }
}
