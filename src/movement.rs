//! A Movement: one walk over one keyed relation into one target. The unit of batches, cursor and journal.
//!
//! The closed vocabulary between kinds, which lower to it, and engines, which render and run it. Takes nothing; gives
//! values. Must not know how any kind is written down, nor any SQL beyond the expressions a person wrote.

use crate::catalog::{Keys, Source};
use crate::columns::{ColumnRule, DEFAULT_KEY, Function, New, Protection};
use crate::error::{Place, Result};
use crate::sql;
use crate::value::Value;
use std::sync::Arc;

/// One walk over a relation, in the order of its key, into one target.
#[derive(Debug, Clone)]
pub struct Movement {
    /// What it is called inside its step: the target's table.
    pub name: String,
    /// The relation that is walked.
    pub from: Relation,
    /// What is looked up for each row, where the kind looks something up.
    pub lookup: Option<Lookup>,
    /// The table that is written.
    pub into: String,
    /// What each written column gets.
    pub columns: Vec<Assign>,
    /// How rows are written.
    pub write: Write,
    /// How what was written is found again to be taken back.
    pub undo: Undo,
    /// What each row must satisfy as a whole before it is written.
    pub rules: Vec<Rule>,
    /// What becomes of a row that does not, or whose columns do not convert.
    pub invalid: Invalid,
    /// Columns of the source that feed a protected column: what is put aside of a row is without them.
    pub hidden: Vec<String>,
}

impl Movement {
    /// Itself, its protecting functions with their keys.
    pub fn with_keys(&self, keys: &Keys) -> Result<Self> {
        let mut ready = self.clone();
        for assign in &mut ready.columns {
            let label = format!("{}.{}", self.into, assign.column).to_lowercase();
            assign.value = assign.value.with_keys(keys, &label)?;
        }
        Ok(ready)
    }

    /// The columns whose old values a journal must not hold in plain, and the key with which it holds them.
    pub fn sealed(&self) -> Option<(Vec<String>, String)> {
        let overwrites = match &self.write {
            Write::Update => true,
            Write::Insert(conflict) => conflict.overwrites(),
            Write::Statement(_) => false,
        };
        if self.undo != Undo::Journal || !overwrites {
            return None;
        }
        let same = self.into.eq_ignore_ascii_case(&self.from.table);
        let is_hidden = |column: &str| same && self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(column));
        let has_key = |assign: &Assign| assign.protection().is_some_and(|protection| !protection.keys.is_empty());
        let sealed = self.columns.iter().filter(|assign| is_hidden(&assign.column) || has_key(assign));
        let columns: Vec<String> = sealed.map(|assign| assign.column.clone()).collect();
        let mut keys = self.columns.iter().filter_map(Assign::protection).flat_map(|protection| &protection.keys);
        let key = keys.next().map_or(DEFAULT_KEY, String::as_str);
        (!columns.is_empty()).then(|| (columns, key.to_owned()))
    }
}

/// A condition over a row that must hold before it is written. Names are of the source's row; one that only the target
/// has, and any behind `new.`, is what the column would get, before it is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What holds, as a person would say it.
    pub name: String,
    /// The SQL condition; NULL counts as holding, as in a CHECK.
    pub sql: String,
    /// Where it is declared.
    pub place: Place,
}

/// What becomes of a row that is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Invalid {
    /// The step fails and names it.
    #[default]
    Fail,
    /// It is left out, and counted.
    Skip,
    /// It is left out, counted, and put aside with the reason.
    Quarantine,
}

/// The rows of a table, or of a source, that a condition selects, walked by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The table; the name of the source, where it is one.
    pub table: String,
    /// The source outside the database whose rows these are: they lie in a table of this name while the step runs.
    pub source: Option<Arc<Source>>,
    /// What it is called in the expressions, where that is not its own name.
    pub alias: Option<String>,
    /// An SQL condition over its row.
    pub filter: Option<String>,
    /// The columns of the key, which is unique over the rows; empty where rows are walked by the engine's own number.
    pub key: Vec<String>,
}

/// One written column.
#[derive(Debug, Clone)]
pub struct Assign {
    /// The column of the target.
    pub column: String,
    /// Its value, over the row of the source.
    pub value: Formula,
    /// What the database judges besides the value's own functions.
    pub rules: Vec<ColumnRule>,
    /// Where it is declared.
    pub place: Place,
}

impl Assign {
    /// How the column is protected, where it is.
    pub fn protection(&self) -> Option<&Protection> {
        self.value.protection()
    }
}

/// A value over the row of the source.
#[derive(Debug, Clone)]
pub enum Formula {
    /// A column as it is.
    Column(String),
    /// A constant.
    Constant(Value),
    /// An SQL expression a person wrote.
    Sql(String),
    /// A value made for each row: of step, run, the row's key and this label, so that the same row gets the same again.
    New(New, String),
    /// A column function over another formula.
    Call(Arc<dyn Function>, Box<Formula>),
}

impl Formula {
    /// Itself, its protecting functions with their keys, for the column of this label.
    fn with_keys(&self, keys: &Keys, label: &str) -> Result<Self> {
        let Self::Call(function, inner) = self else { return Ok(self.clone()) };
        let function = function.with_keys(keys, label)?.unwrap_or_else(|| Arc::clone(function));
        Ok(Self::Call(function, Box::new(inner.with_keys(keys, label)?)))
    }

    /// How it protects, where it does.
    pub fn protection(&self) -> Option<&Protection> {
        match self {
            Self::Call(function, inner) => function.protection().or_else(|| inner.protection()),
            _ => None,
        }
    }

    /// The names that stand in it, in lower case.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Column(name) => vec![name.to_lowercase()],
            Self::Sql(text) => sql::names(text).into_iter().collect(),
            Self::Call(_, inner) => inner.names(),
            Self::Constant(_) | Self::New(..) => Vec::new(),
        }
    }

    /// The value before it is protected.
    pub fn plain(&self) -> &Self {
        match self {
            Self::Call(function, inner) if function.protection().is_some() => inner.plain(),
            other => other,
        }
    }
}

/// A table in which each row of the source finds its match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The table.
    pub table: String,
    /// The SQL condition that joins it.
    pub on: String,
    /// Which of several matches is taken: SQL for ORDER BY. Without it several are an error.
    pub first_by: Option<String>,
    /// What happens to a row without a match.
    pub missing: Missing,
}

/// What happens to a row that finds no match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It keeps its values.
    Keep,
    /// The step fails.
    Fail,
    /// Its columns get NULL, or the column's `default`.
    Default,
}

/// How rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// New rows; on a key that is there already, the rule decides.
    Insert(Conflict),
    /// Columns of the very rows that are walked; only those that change.
    Update,
    /// Whatever this one statement does: nothing is walked, and there are no batches.
    Statement(String),
}

/// What happens where a row of the target has the key already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The step fails and names the keys.
    Fail,
    /// The row that is there stays.
    Skip,
    /// The incoming values win; the old ones are journalled.
    Overwrite,
    /// Only columns that are NULL are filled, of those named.
    Fill(Vec<String>),
    /// The row with the greater value in this column wins; on a tie the one that is there.
    Newest(String),
    /// Both are kept: the incoming row gets a new value of its key.
    NewKey(NewKey),
    /// Whoever can be asked says it for each row; with the key a row may get anew, where the target has one.
    Ask(Option<NewKey>),
}

/// A key of which rows get a new value where their own is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its column, which is a key by itself.
    pub column: String,
    /// How values are made.
    pub made: Made,
}

/// How values of a key are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The next integer that is free, beyond those of the target and of the source.
    Number,
    /// A ULID, of step, run and the row's key in the source.
    Ulid,
}

impl Conflict {
    /// Whether values that are there may be overwritten.
    pub fn overwrites(&self) -> bool {
        matches!(self, Self::Overwrite | Self::Fill(_) | Self::Newest(_) | Self::Ask(_))
    }
}

/// How what a Movement wrote is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// The target's key follows from the source's row: these columns of the target are compared.
    Derive {
        /// The key of the target by which a written row is found.
        key: Vec<String>,
    },
    /// The keys that were created and the values that were overwritten are written down.
    Journal,
    /// SQL that a person gave.
    Sql(String),
    /// There is no way back.
    None,
}

impl Undo {
    /// The word for it in plans and ledgers.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Derive { .. } => "derive",
            Self::Journal => "journal",
            Self::Sql(_) => "sql",
            Self::None => "none",
        }
    }
}
