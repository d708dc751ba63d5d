//! The schema of a database as a value: what is there, and what a Movement must know of it.
//!
//! Engines make it; plans, kinds and `verify` read it. Must not know how it was found out.

use std::collections::BTreeMap;

/// Every object of a database that is the project's, by lower-case name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Tables, with their columns and keys.
    pub tables: BTreeMap<String, Table>,
    /// Indexes, triggers and views.
    pub objects: BTreeMap<String, Object>,
}

impl Schema {
    /// A table by name, without regard to ASCII case.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(&name.to_ascii_lowercase())
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.objects.is_empty()
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name as it was written.
    pub name: String,
    /// The statement that makes it.
    pub sql: String,
    /// Its columns, in order. Hidden ones are left out.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in the key's order; empty without one.
    pub primary_key: Vec<String>,
    /// Every unique key besides: the columns of each.
    pub unique: Vec<Vec<String>>,
    /// Whether rows have a rowid of their own to be found by.
    pub rowid: bool,
    /// Whether it is a virtual table.
    pub is_virtual: bool,
    /// Whether it is a view.
    pub is_view: bool,
}

impl Table {
    /// A column by name, without regard to ASCII case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The primary key and every unique key.
    pub fn keys(&self) -> impl Iterator<Item = &[String]> {
        let primary = (!self.primary_key.is_empty()).then_some(self.primary_key.as_slice());
        primary.into_iter().chain(self.unique.iter().map(Vec::as_slice))
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name as it was written.
    pub name: String,
    /// Its declared type.
    pub declared: String,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// Its default, as SQL.
    pub default: Option<String>,
    /// Whether it is computed, and so cannot be written.
    pub generated: bool,
}

/// An index, trigger or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name as it was written.
    pub name: String,
    /// What it is.
    pub kind: ObjectKind,
    /// The table it is of; for a view its own name.
    pub table: String,
    /// The statement that makes it; `None` for an index that a constraint made.
    pub sql: Option<String>,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A table.
    Table,
    /// An index.
    Index,
    /// A trigger.
    Trigger,
    /// A view.
    View,
}

impl ObjectKind {
    /// The word of SQL for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "TABLE",
            Self::Index => "INDEX",
            Self::Trigger => "TRIGGER",
            Self::View => "VIEW",
        }
    }
}

/// Whatever can tell of one table at a time.
pub trait Tables {
    /// A table or view by name, without regard to ASCII case.
    fn table(&self, name: &str) -> Option<Table>;

    /// The names of all tables and views, in lower case.
    fn names(&self) -> Vec<String>;

    /// Whether a table has triggers.
    fn has_triggers(&self, table: &str) -> bool;
}
