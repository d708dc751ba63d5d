//! What a Movement does to the rows of its target, watched: for its way back, or only to be counted.

use crate::error::Result;
use crate::movement::{Conflict, Undo, Write};
use crate::sql::quoted;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::rewind::Rewind;
use crate::sqlite::shape;
use crate::value::Value;

impl SqliteMover<'_> {
    /// Whether what happens to the target's rows is watched: for the way back, or only to be counted.
    pub(super) fn is_watched(&self) -> bool {
        let counted = matches!(&self.movement.write, Write::Insert(rule) if !matches!(rule, Conflict::Fail | Conflict::Skip | Conflict::NewKey(_)));
        self.movement.undo == Undo::Journal || counted
    }

    /// Forgets what was watched only to be counted.
    pub(super) fn forget_counted(&self) -> Result<()> {
        if self.movement.undo == Undo::Journal {
            return Ok(());
        }
        self.write(&format!("DELETE FROM {}", quoted(&self.store)), &[]).map(|_| ())
    }

    /// The journal's last number, where there is a journal.
    pub(super) fn journalled(&self) -> Result<Option<i64>> {
        if !self.is_watched() {
            return Ok(None);
        }
        let rows = self.ask(&format!("SELECT coalesce(max(evolve_n), 0) FROM {}", quoted(&self.store)), &[])?;
        Ok(rows.first().and_then(|row| crate::ledger::integer(row, 0)))
    }

    /// What the journal says happened since: rows inserted, rows updated that were there before.
    pub(super) fn since(&self, number: i64) -> Result<(u64, u64)> {
        let mut done = format!("SELECT evolve_op FROM {} WHERE evolve_n > ?1", quoted(&self.store));
        if self.has_triggers()? {
            // A trigger of the target's may touch a row again: what came first is what the step did to it.
            done = done.replacen("evolve_op", "evolve_op, min(evolve_n)", 1) + " GROUP BY " + &self.store_keys();
        }
        let sql = format!("SELECT coalesce(sum(evolve_op = 'i'), 0), coalesce(sum(evolve_op = 'u'), 0) FROM ({done})");
        let rows = self.ask(&sql, &[Value::Integer(number)])?;
        let at = |column: usize| rows.first().and_then(|row| crate::ledger::integer(row, column)).unwrap_or(0);
        Ok((u64::try_from(at(0)).unwrap_or(0), u64::try_from(at(1)).unwrap_or(0)))
    }

    /// Whether some row has several entries in the journal of a way back.
    pub(super) fn has_rewritten(&self) -> Result<bool> {
        if self.movement.undo != Undo::Journal || !self.has_triggers()? || !self.has_store()? {
            return Ok(false);
        }
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} GROUP BY {} HAVING count(*) > 1)",
            quoted(&self.store),
            self.store_keys()
        );
        Ok(self.number(&sql, &[])? > 0)
    }

    /// The names of the key's columns in the journal.
    fn store_keys(&self) -> String {
        let keys: Vec<String> = (0..self.watched().1.len().max(1)).map(|at| format!("evolve_key_{at}")).collect();
        keys.join(", ")
    }

    pub(super) fn has_store(&self) -> Result<bool> {
        let sql = "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = ?1";
        Ok(self.number(sql, &[Value::Text(self.store.clone())])? > 0)
    }

    pub(super) fn rewind<'r>(&'r self, columns: &'r [String], key: &'r [String]) -> Rewind<'r> {
        let (sealing, brings_back) = (self.sealing.as_ref(), matches!(self.movement.write, Write::Insert(_)));
        Rewind { table: &self.target.name, store: &self.store, columns, key, sealing, brings_back }
    }

    pub(super) fn watched(&self) -> (Vec<String>, Vec<String>) {
        let columns = match self.movement.write {
            Write::Update => self.movement.columns.iter().map(|assign| assign.column.clone()).collect(),
            Write::Insert(_) | Write::Statement(_) => shape::stored(&self.target),
        };
        let key = if shape::rowid_name(&self.target).is_some() { Vec::new() } else { self.target.primary_key.clone() };
        (columns, key)
    }
}
