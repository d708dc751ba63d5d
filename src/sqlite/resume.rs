//! What a half-done Movement stands on: its source as it was, and what it wrote still there.
//!
//! Cheap by design: shapes are compared, and rows counted no further than needed; their values are looked at by checks.

use crate::engine::Mover as _;
use crate::error::Result;
use crate::movement::{Undo, Write};
use crate::report::Rows;
use crate::sql::quoted;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::shape;
use crate::sqlite::survey::digest;
use crate::value::Value;
use std::cmp::Ordering;

impl SqliteMover<'_> {
    /// The digest of the source's statement and the key by which it is walked.
    pub(super) fn source_digest(&self) -> String {
        let key = self.movement.from.key.iter().map(|column| column.to_lowercase());
        digest(&[self.source.sql.clone()].into_iter().chain(key).collect::<Vec<_>>())
    }

    /// What tells that the rows up to a key are not those that were read: so many as there were.
    ///
    /// Fewer are gone, or others. More are no harm, they are found at the end; but of rows that have only the number that
    /// the database gave them it means that they were numbered anew.
    pub(super) fn unlike_read(&self, read: u64, key: &[Value], shared: bool) -> Result<Option<String>> {
        // What is written may change what a condition selects.
        let looks = |filter: &str| crate::sql::names(filter).iter().any(|name| name == "select");
        let is_steady = match self.movement.write {
            Write::Insert(_) => !self.is_own_source() && !self.movement.from.filter.as_deref().is_some_and(looks),
            Write::Update => self.movement.from.filter.is_none(),
            Write::Statement(_) => false,
        };
        if !is_steady {
            return Ok(None);
        }
        let there = self.number(&self.rendering().count(Range::First), key)?;
        let is_numbered = self.movement.from.key.is_empty() && shape::rowid_alias(&self.source).is_none();
        let source = &self.source.name;
        Ok(match there.cmp(&read) {
            Ordering::Less if !shared => {
                Some(format!("{source} has {there} rows up to the last one, and {read} were read"))
            }
            Ordering::Greater if is_numbered => Some(format!(
                "{source} has {there} rows up to the last one, and {read} were read: its rows have no key, and were numbered anew"
            )),
            _ => None,
        })
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
        let entries = if self.has_store()? { self.number(&self.entries(account), &[])? } else { 0 };
        Ok((entries < account.inserted + account.updated).then(|| "its journal is not whole".to_owned()))
    }

    /// How many entries the journal has, counted no further than needed.
    fn entries(&self, account: Rows) -> String {
        let most = account.inserted + account.updated;
        format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {most})", quoted(&self.store))
    }
}
