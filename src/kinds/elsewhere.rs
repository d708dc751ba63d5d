//! Columns that a step meets and other steps protect: its journal and its rejects must not hold them in plain either.
//!
//! Takes columns and Movements; gives names. The ledger keeps it beside the step, so that the way back reads what was
//! written. Must not know an engine.

use super::Hidden;
use crate::movement::{Movement, Undo, Write};
use serde::{Deserialize, Serialize};

/// What a step meets that others protect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The columns.
    pub columns: Vec<Hidden>,
    /// The names of the keys with which its journals hold some of them.
    pub keys: Vec<String>,
}

impl Elsewhere {
    /// Of these columns what these Movements meet.
    pub fn met(movements: &[Movement], mut columns: Vec<Hidden>) -> Self {
        let is_met = |table: &str| {
            let names = |movement: &Movement| [movement.from.table.clone(), movement.into.clone()];
            movements.iter().flat_map(names).any(|name| name.eq_ignore_ascii_case(table))
        };
        columns.retain(|hidden| is_met(&hidden.table));
        columns.sort_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
        columns.dedup_by(|a, b| a.table == b.table && a.column == b.column);
        let mut all = Self { columns, keys: Vec::new() };
        all.keys = movements.iter().filter_map(|movement| all.journalled(movement)).map(|(_, key)| key).collect();
        all.keys.sort();
        all.keys.dedup();
        all
    }

    /// The columns of a table.
    pub fn of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Hidden> {
        self.columns.iter().filter(move |hidden| hidden.table.eq_ignore_ascii_case(table))
    }

    /// The columns that a Movement's journal must not hold in plain, and the key with which it holds them.
    pub fn journalled(&self, movement: &Movement) -> Option<(Vec<String>, String)> {
        let kept = |hidden: &&Hidden| match &movement.write {
            // Old values of what is set.
            Write::Update => movement.columns.iter().any(|it| it.column.eq_ignore_ascii_case(&hidden.column)),
            // Whole rows.
            Write::Insert(conflict) => conflict.overwrites(),
            Write::Statement(_) => true,
        };
        if movement.undo != Undo::Journal {
            return None;
        }
        let found: Vec<&Hidden> = self.of(&movement.into).filter(kept).collect();
        let key = found.first()?.key.clone();
        Some((found.iter().map(|hidden| hidden.column.clone()).collect(), key))
    }
}
