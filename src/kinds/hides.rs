//! Which columns of which tables hold in plain what a transformation protects.
//!
//! Takes declared columns; gives names. What keeps rows of such a table encrypts these columns. Must not know an engine.

use super::step;
use crate::columns::{Column, DEFAULT_KEY};
use crate::movement::Formula;

/// What a transformation hides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hides {
    /// Columns that feed a protected one.
    pub open: Vec<Hidden>,
    /// Columns that hold no plain value afterwards: table and column, in lower case.
    pub shut: Vec<(String, String)>,
}

/// A column that feeds a protected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The table, in lower case.
    pub table: String,
    /// The column, in lower case.
    pub column: String,
    /// The key that may hold its value elsewhere.
    pub key: String,
}

impl Hides {
    /// What these columns, made of rows of a table, hide of it. The key is the first that one of them has.
    pub fn of<'a>(
        table: &str,
        columns: impl Iterator<Item = &'a (String, Column)> + Clone,
        formula: impl Fn(&str, &Column) -> Option<Formula>,
    ) -> Self {
        let named = columns.clone().filter_map(|(_, column)| column.protection());
        let key = named.flat_map(|protection| &protection.keys).next().map_or(DEFAULT_KEY, String::as_str);
        let formulas = columns.filter_map(|(name, column)| Some((column, formula(name, column)?)));
        let hidden = step::hidden(formulas).into_iter();
        let open = hidden.map(|column| Hidden { table: table.to_lowercase(), column, key: key.to_owned() });
        Self { open: open.collect(), shut: Vec::new() }
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Self) {
        self.open.extend(other.open);
        self.shut.extend(other.shut);
    }
}
