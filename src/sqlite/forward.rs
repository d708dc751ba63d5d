//! One batch forward: what each way of writing does, and what it counts.
//!
//! Takes a batch of a ready Movement; gives its account. Whatever depends on rows is asked in the same transaction.

use crate::conflict::Decision;
use crate::error::{Error, Result, codes};
use crate::ledger::cursors::shown;
use crate::movement::{Conflict, Missing, Write};
use crate::report::Rows;
use crate::sqlite::batch::Next;
use crate::sqlite::mover::SqliteMover;
use crate::value::Value;

impl SqliteMover<'_> {
    /// Moves a batch.
    pub(super) fn move_batch(&self, next: &Next, decision: Option<Decision>) -> Result<Rows> {
        match &self.movement.write {
            Write::Insert(Conflict::Ask(key)) => self.insert(next, &self.ruled(decision, key.as_ref())),
            Write::Insert(conflict) => self.insert(next, conflict),
            Write::Update => self.update(next),
            // It is no walk: it has run as a whole.
            Write::Statement(_) => Ok(Rows::default()),
        }
    }

    fn insert(&self, next: &Next, conflict: &Conflict) -> Result<Rows> {
        if let Conflict::NewKey(key) = conflict {
            return self.insert_rekeyed(next, key);
        }
        let rendering = self.rendering();
        let rejected = self.reject(next)?;
        let read = match conflict {
            // A trigger of the target's may leave rows out.
            Conflict::Fail if !self.has_triggers()? => None,
            _ => Some(self.number(&rendering.count(next.range), &next.values)? - rejected),
        };
        let before = self.journalled()?;
        let existing = match (conflict, before) {
            (Conflict::Fail | Conflict::Skip, _) | (_, Some(_)) => 0,
            _ => self.number(&rendering.existing(next.range, rejected > 0), &next.values)?,
        };
        let changed = self.write_by(next, &rendering.write_as(next.range, rejected > 0, conflict))?;
        let Some(read) = read else {
            return Ok(Rows { read: changed + rejected, inserted: changed, rejected, ..Rows::default() });
        };
        if *conflict == Conflict::Fail {
            return Ok(Rows { read: read + rejected, inserted: changed, rejected, ..Rows::default() });
        }
        if *conflict == Conflict::Skip {
            let skipped = read - changed;
            return Ok(Rows { read: read + rejected, inserted: changed, skipped, rejected, ..Rows::default() });
        }
        let (inserted, updated) = match before {
            Some(before) => {
                let counted = self.since(before)?;
                self.forget_counted()?;
                counted
            }
            None => {
                let inserted = read.saturating_sub(existing);
                (inserted, changed.saturating_sub(inserted))
            }
        };
        let rest = read.saturating_sub(inserted + updated);
        let rows = Rows { read: read + rejected, inserted, updated, rejected, ..Rows::default() };
        Ok(match conflict {
            Conflict::Overwrite => Rows { unchanged: rest, ..rows },
            _ => Rows { skipped: rest, ..rows },
        })
    }

    fn update(&self, next: &Next) -> Result<Rows> {
        let rendering = self.rendering();
        let rejected = self.reject(next)?;
        let read = self.number(&rendering.count(next.range), &next.values)?;
        let mut skipped = 0;
        if let (Some(lookup), Some((count, many))) =
            (&self.movement.lookup, rendering.matches(next.range, rejected > 0))
        {
            if lookup.first_by.is_none() {
                self.refuse_found(
                    &self.ask(&many, &next.values)?,
                    "find several matches",
                    "on_many = \"first\" takes one of them",
                )?;
            }
            if let (Missing::Fail, Some(unmatched)) = (lookup.missing, rendering.unmatched(next.range, rejected > 0)) {
                self.refuse_found(
                    &self.ask(&unmatched, &next.values)?,
                    "find no match",
                    "on_missing = \"keep\" leaves them as they are",
                )?;
            }
            if lookup.missing == Missing::Keep {
                skipped = read - rejected - self.number(&count, &next.values)?;
            }
        }
        let updated = self.write_by(next, &rendering.write(next.range, rejected > 0))?;
        let unchanged = read.saturating_sub(updated + skipped + rejected);
        Ok(Rows { read, updated, skipped, unchanged, rejected, ..Rows::default() })
    }

    fn refuse_found(&self, found: &[Vec<Value>], what: &str, hint: &str) -> Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = found.iter().map(|key| shown(key)).collect();
        let message = format!("rows of {} {what}: {}", self.movement.from.table, keys.join("; "));
        Err(Error::new(codes::STEP_FAILED, message).hint(hint))
    }
}
