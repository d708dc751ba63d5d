//! What a Movement would do, by questions alone: every row classified, nothing written.

use crate::error::Result;
use crate::ledger::cursors::shown;
use crate::movement::{Conflict, Invalid, Missing, Write};
use crate::report::Rows;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::statement;

impl SqliteMover<'_> {
    /// The account of all rows, and what a reader should know of it: conflicts and rejects with some of their keys.
    pub fn account(&self) -> Result<(Rows, Vec<String>)> {
        if statement::of(&self.movement).is_some() {
            let note = format!("{} is written by one statement, whose rows are not counted before", self.movement.into);
            return Ok((Rows::default(), vec![note]));
        }
        let rendering = self.rendering();
        let mut notes = Vec::new();
        let read = self.number(&rendering.count(Range::All), &[])?;
        let refused = match rendering.may_refuse() {
            true => self.ask(&format!("{} LIMIT 1000000", rendering.refused(Range::All)), &[])?,
            false => Vec::new(),
        };
        let rejected = refused.len() as u64;
        if rejected > 0 {
            let keys: Vec<String> = refused.iter().take(5).map(|row| shown(&row[..row.len() - 1])).collect();
            let word = if self.movement.invalid == Invalid::Fail { "would fail the step" } else { "would be rejected" };
            notes.push(format!("{rejected} rows of {} {word}: {}", self.movement.from.table, keys.join("; ")));
        }
        if !rendering.unique().is_empty() {
            notes.push("`unique` is judged when the step runs, and not counted here".to_owned());
        }
        let rows = match &self.movement.write {
            Write::Insert(conflict) => self.insert_account(read, rejected, conflict, &mut notes)?,
            Write::Update => self.update_account(read, rejected)?,
            Write::Statement(_) => Rows::default(),
        };
        Ok((rows, notes))
    }

    fn insert_account(&self, read: u64, rejected: u64, conflict: &Conflict, notes: &mut Vec<String>) -> Result<Rows> {
        let rendering = self.rendering();
        if let Conflict::NewKey(key) = conflict {
            let taken = self.number(&rendering.existing_by(Range::All, Some(&key.column)), &[])?;
            let taken = taken + self.number(&rendering.repeated(key), &[])?;
            if taken > 0 {
                let (from, column) = (&self.movement.from.table, &key.column);
                notes.push(format!(
                    "{taken} rows of {from} have a key that is there already, and would get a new {column}"
                ));
            }
            return Ok(Rows { read, inserted: read.saturating_sub(rejected), rejected, ..Rows::default() });
        }
        let existing = self.number(&rendering.existing(Range::All), &[])?;
        if existing > 0 {
            let word =
                if *conflict == Conflict::Fail { "would fail the step" } else { "have a key that is there already" };
            notes.push(format!("{existing} rows of {} {word}", self.movement.from.table));
        }
        let inserted = read.saturating_sub(existing + rejected);
        if existing > 0 && matches!(conflict, Conflict::Ask(_)) {
            notes.push("somebody is asked about each; here they count as skipped".to_owned());
        }
        let rows = Rows { read, inserted, rejected, ..Rows::default() };
        Ok(match conflict {
            Conflict::Overwrite => {
                let same = rendering.same(Range::All).map(|sql| self.number(&sql, &[])).transpose()?.unwrap_or(0);
                Rows { unchanged: same, updated: existing.saturating_sub(same), ..rows }
            }
            _ => Rows { skipped: existing, ..rows },
        })
    }

    fn update_account(&self, read: u64, rejected: u64) -> Result<Rows> {
        let rendering = self.rendering();
        let updated = self.number(&rendering.differing(), &[])?;
        let keeps = self.movement.lookup.as_ref().is_some_and(|lookup| lookup.missing == Missing::Keep);
        let skipped = match (keeps, rendering.matches(Range::All, false)) {
            (true, Some((count, _))) => read.saturating_sub(self.number(&count, &[])?),
            _ => 0,
        };
        let unchanged = read.saturating_sub(updated + skipped + rejected);
        Ok(Rows { read, updated, unchanged, skipped, rejected, ..Rows::default() })
    }
}
