//! Which columns of which tables hold in plain what a transformation protects.
//!
//! Takes declared columns; gives names. What keeps rows of such a table encrypts these columns. Must not know an engine.

use super::step;
use crate::columns::{Column, DEFAULT_KEY, Function};
use crate::movement::Formula;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a transformation hides.
#[derive(Debug, Clone, Default)]
pub struct Hides {
    /// Columns that feed a protected one.
    pub open: Vec<Hidden>,
    /// Columns that hold no plain value afterwards: table and column, in lower case.
    pub shut: Vec<(String, String)>,
    /// The protected columns themselves.
    pub protected: Vec<Protected>,
}

/// A protected column.
#[derive(Debug, Clone)]
pub struct Protected {
    /// The table that is written, in lower case.
    pub table: String,
    /// The column, in lower case.
    pub column: String,
    /// What protects it; without its keys.
    pub function: Arc<dyn Function>,
}

impl Protected {
    /// What its values are bound to.
    pub fn label(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }
}

/// A column that feeds a protected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// The table, in lower case.
    pub table: String,
    /// The column, in lower case.
    pub column: String,
    /// The key that may hold its value elsewhere.
    pub key: String,
}

impl Hides {
    /// What these columns of a table, made of rows of another, hide of that. The key is the first that one of them has.
    pub fn of<'a>(
        table: &str,
        into: &str,
        columns: impl Iterator<Item = &'a (String, Column)> + Clone,
        formula: impl Fn(&str, &Column) -> Option<Formula>,
    ) -> Self {
        let all = columns.clone();
        let named = columns.clone().filter_map(|(_, column)| column.protection());
        let key = named.flat_map(|protection| &protection.keys).next().map_or(DEFAULT_KEY, String::as_str);
        let formulas = columns.filter_map(|(name, column)| Some((column, formula(name, column)?)));
        let hidden = step::hidden(formulas).into_iter();
        let open = hidden.map(|column| Hidden { table: table.to_lowercase(), column, key: key.to_owned() });
        let protected = all.flat_map(|(name, column)| {
            let functions = column.functions.iter().filter(|function| function.protection().is_some());
            functions.map(|function| Protected {
                table: into.to_lowercase(),
                column: name.to_lowercase(),
                function: Arc::clone(function),
            })
        });
        Self { open: open.collect(), shut: Vec::new(), protected: protected.collect() }
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Self) {
        self.open.extend(other.open);
        self.shut.extend(other.shut);
        self.protected.extend(other.protected);
    }
}
