//! Every table that a stage sees, with every column it has at any time.
//!
//! Takes tables as they come; answers as [`Tables`]. A transformation's place in the order is not known yet when it asks
//! what its names are.

use crate::schema::{Table, Tables};
use std::collections::BTreeMap;

/// The union of the tables of a stage.
#[derive(Debug, Default)]
pub struct Known {
    tables: BTreeMap<String, Table>,
}

impl Known {
    /// Takes tables in; columns that a known table did not have are added to it.
    pub fn see(&mut self, tables: Vec<Table>) {
        for table in tables {
            match self.tables.get_mut(&table.name.to_ascii_lowercase()) {
                Some(known) => {
                    let new: Vec<_> =
                        table.columns.into_iter().filter(|column| known.column(&column.name).is_none()).collect();
                    known.columns.extend(new);
                }
                None => {
                    self.tables.insert(table.name.to_ascii_lowercase(), table);
                }
            }
        }
    }
}

impl Tables for Known {
    fn table(&self, name: &str) -> Option<Table> {
        self.tables.get(&name.to_ascii_lowercase()).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    /// Nobody knows yet, and what is touched does not depend on it.
    fn has_triggers(&self, _: &str) -> bool {
        false
    }
}
