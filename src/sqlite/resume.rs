//! What a half-done Movement stands on: its source as it was, and what it wrote still there.
//!
//! Cheap by design: shapes are compared, and rows counted no further than needed; their values are looked at by checks.

use crate::engine::Mover as _;
use crate::error::Result;
use crate::movement::{Undo, Write};
use crate::report::Rows;
use crate::sql::quoted;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::survey::digest;

impl SqliteMover<'_> {
    /// The digest of the source's statement and the key by which it is walked.
    pub(super) fn source_digest(&self) -> String {
        let key = self.movement.from.key.iter().map(|column| column.to_lowercase());
        digest(&[self.source.sql.clone()].into_iter().chain(key).collect::<Vec<_>>())
    }

    /// What is missing of what was written: rows of the target, or of the journal.
    pub(super) fn missing_of(&self, account: Rows) -> Result<Option<String>> {
        if matches!(self.movement.write, Write::Insert(_)) && self.rows_there(account.inserted)? < account.inserted {
            let into = &self.target.name;
            return Ok(Some(format!("{into} has fewer rows than the {} that were inserted", account.inserted)));
        }
        if self.movement.undo != Undo::Journal || account.inserted + account.updated == 0 {
            return Ok(None);
        }
        let there = "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = ?1";
        let is_there = self.number(there, &[crate::value::Value::Text(self.store.clone())])? > 0;
        let entries = if is_there { self.number(&self.entries(account), &[])? } else { 0 };
        Ok((entries < account.inserted + account.updated).then(|| "its journal is not whole".to_owned()))
    }

    /// How many entries the journal has, counted no further than needed.
    fn entries(&self, account: Rows) -> String {
        let most = account.inserted + account.updated;
        format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {most})", quoted(&self.store))
    }
}
