//! Rows that appeared or changed behind the cursor while others wrote.
//!
//! Where the target tells which rows of the source it holds, one last look at all of them finds what is missing or stale,
//! in the transaction that ends the Movement. Elsewhere triggers in the database write down who came while the walk went
//! on: an application that stays up is heard, whatever it writes with.

use crate::error::{Error, Result, codes};
use crate::ledger::cursors::shown;
use crate::movement::{Undo, Write};
use crate::report::Rows;
use crate::sqlite::mover::{Next, SqliteMover};
use crate::sqlite::render::{Heard, Range, Rendering};
use crate::sqlite::survey::database_error;

impl SqliteMover<'_> {
    /// Begins to write down what others do to the source, where one last look could not tell.
    pub(super) fn listen(&self) -> Result<()> {
        // A source that was read does not change.
        let is_table = !self.source.is_view && !self.source.is_virtual && self.movement.from.source.is_none();
        let may_miss = match self.movement.write {
            Write::Insert(_) => !self.tells() && !self.is_own_source(),
            Write::Update => self.rendering().reads_itself(),
            Write::Statement(_) => false,
        };
        if !may_miss || !is_table {
            return Ok(());
        }
        self.listens.set(true);
        self.batch_of(&self.rendering().capture(&self.meanwhile()))
    }

    /// Ends it; whether it ever began does not matter.
    pub(super) fn unlisten(&self) -> Result<()> {
        self.listens.set(false);
        self.batch_of(&Rendering::release(&self.meanwhile()))
    }

    /// Forgets what was heard of the rows of a batch that was just moved.
    pub(super) fn pass(&self, next: &Next) -> Result<()> {
        match self.listens.get() {
            true => self.write(&self.rendering().pass(&self.meanwhile(), next.range), &next.values).map(drop),
            false => Ok(()),
        }
    }

    /// Whether another connection has written since the Movement was made ready.
    pub(super) fn is_disturbed(&self) -> Result<bool> {
        Ok(self.version()? != self.began_at)
    }

    /// Brings the target up to what the source holds now; what that took. `read` is how many rows were walked.
    pub(super) fn catch_up(&self, read: u64) -> Result<Rows> {
        let rendering = self.rendering();
        match (&self.movement.write, &self.movement.undo) {
            // Not a second time where that would give something else.
            (Write::Update, _) if !rendering.reads_itself() => {
                let refused = self.judge_all()?;
                let updated = self.write(&rendering.write(Range::All, refused), &[])?;
                Ok(Rows { read: updated, updated, ..Rows::default() })
            }
            (Write::Insert(_), Undo::Derive { key }) => {
                self.judge_all()?;
                let updated = self.write(&rendering.stale(key), &[])?;
                let inserted = self.write(&rendering.missing(key), &[])?;
                Ok(Rows { read: updated + inserted, updated, inserted, ..Rows::default() })
            }
            (Write::Statement(_), _) => Ok(Rows::default()),
            _ if self.listens.get() => self.heard(),
            _ => self.refuse_more(read).map(|()| Rows::default()),
        }
    }

    /// Whether the target tells which rows of the source it holds: by a key that follows from them.
    fn tells(&self) -> bool {
        matches!(self.movement.undo, Undo::Derive { .. })
    }

    /// Moves what was heard of.
    fn heard(&self) -> Result<Rows> {
        let (rendering, store) = (self.rendering(), self.meanwhile());
        let next = Next { range: Range::Meanwhile, values: Vec::new(), last: Vec::new(), end: true };
        self.batch_of(&rendering.gather(&store, Heard::Changed))?;
        let changed = self.ask(&rendering.looked_upon(), &[])?;
        if !changed.is_empty() {
            let keys: Vec<String> = changed.iter().map(|key| shown(key)).collect();
            return Err(self.moved_on("changed after they were moved", &keys.join("; ")));
        }
        self.batch_of(&rendering.gather(&store, Heard::Appeared))?;
        self.move_batch(&next, None).map_err(|error| match error.code().id == codes::CONFLICT.id {
            true => self.moved_on("came in while others were moved", error.message()),
            false => error,
        })
    }

    /// Nothing was heard, because nobody listened: that no row came in is seen by their number.
    fn refuse_more(&self, read: u64) -> Result<()> {
        match self.number(&self.rendering().count(Range::All), &[])? {
            now if now > read && (self.movement.write == Write::Update || !self.is_own_source()) => {
                Err(self.moved_on("came in while others were moved", &format!("{} more", now - read)))
            }
            _ => Ok(()),
        }
    }

    fn moved_on(&self, what: &str, which: &str) -> Error {
        let message = format!("rows of {} {what}: {which}", self.movement.from.table);
        Error::new(codes::STEP_FAILED, message).hint(
            "run it again while nobody writes; a stage that says downtime = false finds rows that come in meanwhile, and one \
             whose target has a key that follows from the source finds changed ones too",
        )
    }

    pub(super) fn is_own_source(&self) -> bool {
        self.movement.from.table.eq_ignore_ascii_case(&self.movement.into)
    }

    fn meanwhile(&self) -> String {
        self.store.replace("_kept_", "_meanwhile_")
    }

    fn batch_of(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|error| database_error(&error))
    }
}
