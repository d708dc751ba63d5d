//! Rules over a column that no single value can answer: the database judges them by looking at other rows.

use super::Sample;
use crate::catalog::Fields;

mod references;
#[cfg(test)]
mod tests;
mod unique;

/// Every rule.
pub const RULES: &[RuleRow] = &[references::ROW, unique::ROW];

/// A rule that an engine judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnRule {
    /// The value, before it is protected, stands in this column of this table, byte by byte.
    References {
        /// The table.
        table: String,
        /// Its column.
        column: String,
    },
    /// No row of the target, and no earlier row of the selection, has the value as it is written.
    Unique,
}

impl ColumnRule {
    /// Its key in a stage file, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::References { .. } => references::ROW.key,
            Self::Unique => unique::ROW.key,
        }
    }

    /// What is wrong with a value that does not satisfy it, as the rest of a sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::References { table, column } => format!("is not in {table}.{column}"),
            Self::Unique => "is there already".to_owned(),
        }
    }
}

/// One rule of a column table: its key, what it demands, how it is read.
#[derive(Debug)]
pub struct RuleRow {
    /// The key under which it stands, `references`.
    pub key: &'static str,
    /// What it demands, in one sentence.
    pub means: &'static str,
    /// Takes its own key of the table; nothing where it is not there.
    pub parse: fn(&mut Fields<'_>) -> crate::error::Result<Option<ColumnRule>>,
    /// An example of its declaration, and the reason that is given.
    pub sample: Sample,
}
