//! How tables and columns are called before and after a step: what a migration renamed, as a value.
//!
//! Takes Changes; gives names. The ledger keeps what each step renamed, so that a column which something was done to is
//! found again under the name that it has by now. Must not know a dialect.

use crate::change::{Change, What};
use serde::{Deserialize, Serialize};

/// One renaming: a table, some of its columns, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renaming {
    /// What the table was called.
    pub from: String,
    /// What it is called afterwards.
    pub to: String,
    /// Columns that have another name afterwards: (old, new).
    pub columns: Vec<(String, String)>,
}

impl Renaming {
    /// What a change renames, where it does.
    pub fn of(change: &Change) -> Option<Self> {
        let (from, to, columns) = match &change.what {
            What::RenameTable { from, to } => (from, to, Vec::new()),
            What::RenameColumn { table, from, to } => (table, table, vec![(from.clone(), to.clone())]),
            What::Rebuild(rebuild) => {
                let carried = rebuild.carried.iter().filter(|(new, old)| !new.eq_ignore_ascii_case(old));
                let columns: Vec<_> = carried.map(|(new, old)| (old.clone(), new.clone())).collect();
                if columns.is_empty() {
                    return None;
                }
                (&rebuild.table, &rebuild.table, columns)
            }
            _ => return None,
        };
        Some(Self { from: from.clone(), to: to.clone(), columns })
    }

    /// What all these changes rename, in their order.
    pub fn all<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Self> {
        changes.into_iter().filter_map(Self::of).collect()
    }

    /// The name that it gives a column; nothing where it leaves it.
    pub fn after<'a>(&'a self, table: &str, column: &'a str) -> Option<(&'a str, &'a str)> {
        if !self.from.eq_ignore_ascii_case(table) {
            return None;
        }
        let renamed = self.columns.iter().find(|(old, _)| old.eq_ignore_ascii_case(column));
        match renamed {
            Some((_, new)) => Some((&self.to, new)),
            None if self.from.eq_ignore_ascii_case(&self.to) => None,
            None => Some((&self.to, column)),
        }
    }

    /// The name that a column had before it; nothing where it left it.
    pub fn before<'a>(&'a self, table: &str, column: &'a str) -> Option<(&'a str, &'a str)> {
        if !self.to.eq_ignore_ascii_case(table) {
            return None;
        }
        let renamed = self.columns.iter().find(|(_, new)| new.eq_ignore_ascii_case(column));
        match renamed {
            Some((old, _)) => Some((&self.from, old)),
            None if self.from.eq_ignore_ascii_case(&self.to) => None,
            None => Some((&self.from, column)),
        }
    }
}

/// What the steps that are in have renamed, in the order they came: each with the step's number.
#[derive(Debug, Clone, Default)]
pub struct Names(pub Vec<(i64, Renaming)>);

impl Names {
    /// How a column is called by now, in lower case, that had this name when the step of this number was done. Where that
    /// step itself renamed it, nobody knows whether it is meant as it was or as it became: both.
    pub fn now(&self, seq: i64, table: &str, column: &str) -> Vec<(String, String)> {
        let mut all = vec![self.behind(seq, false, table, column), self.behind(seq, true, table, column)];
        all.dedup();
        all
    }

    /// How a table is called by now, in lower case, in the same way.
    pub fn table_now(&self, seq: i64, table: &str) -> Vec<String> {
        self.now(seq, table, "").into_iter().map(|(table, _)| table).collect()
    }

    fn behind(&self, seq: i64, itself: bool, table: &str, column: &str) -> (String, String) {
        let later = self.0.iter().filter(|(step, _)| *step > seq || (itself && *step == seq));
        let mut name = (table.to_lowercase(), column.to_lowercase());
        for (_, renaming) in later {
            if let Some((table, column)) = renaming.after(&name.0, &name.1) {
                name = (table.to_lowercase(), column.to_lowercase());
            }
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renaming(from: &str, to: &str, columns: &[(&str, &str)]) -> Renaming {
        let columns = columns.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
        Renaming { from: from.to_owned(), to: to.to_owned(), columns }
    }

    #[test]
    fn a_name_is_followed_through_all_that_came_behind() {
        let names = Names(vec![
            (2, renaming("People", "people", &[("email", "mail")])),
            (3, renaming("people", "persons", &[])),
            (5, renaming("persons", "persons", &[("mail", "address"), ("address", "mail")])),
        ]);
        let now = |seq, table: &str, column: &str| names.now(seq, table, column);
        let one = |table: &str, column: &str| vec![(table.to_owned(), column.to_owned())];
        assert_eq!(now(1, "PEOPLE", "Email"), one("persons", "address"));
        assert_eq!(now(1, "people", "id"), one("persons", "id"));
        assert_eq!(now(4, "persons", "address"), one("persons", "mail"), "two columns change places");
        assert_eq!(now(5, "persons", "mail").len(), 2, "as it was, or as it became");
        assert_eq!(now(6, "people", "email"), one("people", "email"));
        assert_eq!(names.table_now(1, "people"), ["persons"]);
    }

    #[test]
    fn before_is_the_way_back_of_after() {
        let renaming = renaming("a", "b", &[("x", "y")]);
        assert_eq!(renaming.after("A", "X"), Some(("b", "y")));
        assert_eq!(renaming.after("a", "z"), Some(("b", "z")));
        assert_eq!(renaming.before("b", "y"), Some(("a", "x")));
        assert_eq!(renaming.before("b", "z"), Some(("a", "z")));
        assert_eq!((renaming.after("b", "x"), renaming.before("a", "y")), (None, None));
    }
}
