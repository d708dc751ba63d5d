//! What statements of SQL do: the closed vocabulary between readers of SQL and whoever asks about it.
//!
//! A Change is knowledge: the file's own text is what runs. Readers of SQL give it, risk rules and inverses read it.
//! Must not know a dialect.

use crate::schema::ObjectKind;
use std::ops::Range;

/// What a statement, or a run of statements, does, and where in the file it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it does.
    pub what: What,
    /// The bytes of the file's canonical text that do it.
    pub at: Range<usize>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A table, index, trigger or view is made.
    Create {
        /// What kind of object.
        kind: ObjectKind,
        /// Its name.
        name: String,
        /// The table it is of; its own name for tables and views.
        table: String,
        /// Whether rows that are there may refuse it (a unique index).
        unique: bool,
        /// Whether nothing happens if it is there already (`IF NOT EXISTS`).
        tolerant: bool,
    },
    /// An object is dropped.
    Drop {
        /// What kind of object.
        kind: ObjectKind,
        /// Its name.
        name: String,
        /// The table it is of; its own name for tables and views.
        table: String,
        /// Whether nothing happens if it is not there (`IF EXISTS`).
        tolerant: bool,
    },
    /// A table is renamed.
    RenameTable {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// A column is renamed.
    RenameColumn {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// A column is added.
    AddColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Whether it refuses NULL.
        not_null: bool,
        /// Whether it has a default that is not NULL.
        default: bool,
    },
    /// A column is dropped.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A constraint on a table is added, or a column's NULL refused, over the rows that are there.
    AddConstraint {
        /// The table.
        table: String,
    },
    /// A constraint is dropped, or NULL allowed.
    DropConstraint {
        /// The table.
        table: String,
    },
    /// A table is replaced by one of the same name with its rows carried over: create, insert from, drop, rename.
    Rebuild(Rebuild),
    /// Rows are inserted.
    Insert {
        /// The table.
        table: String,
        /// Whether rows that are there may be replaced (`OR REPLACE`, an upsert).
        replaces: bool,
    },
    /// Rows are updated.
    Update {
        /// The table.
        table: String,
        /// The columns that are set.
        columns: Vec<String>,
        /// Whether a condition selects the rows.
        filtered: bool,
    },
    /// Rows are deleted.
    Delete {
        /// The table.
        table: String,
        /// Whether a condition selects the rows.
        filtered: bool,
    },
    /// A setting of the database or connection.
    Setting {
        /// Its name.
        name: String,
    },
    /// A question, or housekeeping that changes no row: SELECT, ANALYZE, REINDEX.
    Nothing,
    /// Something that evolve cannot look into: it may read and write everything.
    Opaque,
}

/// A table that is replaced with its rows carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuild {
    /// The table.
    pub table: String,
    /// The name the new table was made under.
    pub under: String,
    /// Columns that are there afterwards and take their value straight from a column of before: (new, old).
    pub carried: Vec<(String, String)>,
    /// Columns of before that are carried nowhere.
    pub lost: Vec<String>,
    /// Columns that are there afterwards and get a computed value.
    pub computed: Vec<String>,
    /// Whether rows may be left out on the way (a WHERE, a join, a grouping).
    pub filtered: bool,
}
