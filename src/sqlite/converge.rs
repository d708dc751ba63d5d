//! Rows that came, changed or went behind the cursor while others wrote.
//!
//! Where the stage says that the application stays up, triggers in the database write down who did, whatever it writes with:
//! what was made of a row that is no more as it was is taken back, and the row is moved as it is now. Elsewhere one last
//! look at all rows finds what is missing, stale or left over, where the target's key follows from the source. What cannot
//! be mended so is named, and fails the step.

use crate::engine::Settled;
use crate::error::{Error, Result, codes};
use crate::ledger::cursors::shown;
use crate::movement::{Undo, Write};
use crate::report::Rows;
use crate::sqlite::batch::Next;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{self, Ears, Key, Range, Rendering};
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::value::Value;

impl SqliteMover<'_> {
    /// Begins to write down what others do to the source.
    pub(super) fn listen(&self) -> Result<()> {
        // A source that was read does not change.
        let is_table = !self.source.is_view && !self.source.is_virtual && self.movement.from.source.is_none();
        let is_known = !render::target_identity(&self.source).is_empty();
        let may_miss = match self.movement.write {
            Write::Insert(_) => !self.is_own_source(),
            Write::Update => self.rendering().reads_itself(),
            Write::Statement(_) => false,
        };
        if !(may_miss && is_table && is_known) {
            return Ok(());
        }
        self.listens.set(true);
        let (collations, unique) = (self.collations()?, self.replacing_keys()?);
        let store = self.meanwhile();
        let ears = Ears { store: &store, collations: &collations, unique: &unique, hidden: &self.movement.hidden };
        self.batch_of(&self.rendering().capture(&ears))
    }

    /// Ends it; whether it ever began does not matter.
    pub(super) fn unlisten(&self) -> Result<()> {
        self.listens.set(false);
        self.batch_of(&Rendering::release(&self.meanwhile()))
    }

    /// Looks at what was heard since the last batch, up to which rows were moved: `after`.
    pub(super) fn hear(&self, after: Option<&[Value]>) -> Result<()> {
        if !self.listens.get() || !self.has_heard()? {
            return Ok(());
        }
        let (rendering, store) = (self.rendering(), self.meanwhile());
        let (walked, values) = (after.is_some(), after.unwrap_or_default());
        for table in [render::may(&store), render::gone(&store)] {
            self.write(&rendering.settle(&table, walked), values)?;
        }
        self.batch_of(&rendering.promote(&store))
    }

    /// Forgets what was heard of the rows of a batch that was just moved.
    pub(super) fn pass(&self, next: &Next, after: Option<&[Value]>) -> Result<()> {
        if !self.listens.get() || !self.has_heard()? {
            return Ok(());
        }
        let (rendering, store) = (self.rendering(), self.meanwhile());
        // What the batch itself wrote to them is no news.
        for table in [render::may(&store), render::gone(&store)] {
            self.write(&rendering.settle(&table, after.is_some()), after.unwrap_or_default())?;
        }
        self.write(&rendering.pass(&store, next.range), &next.values).map(drop)
    }

    /// Whether others may have written since the Movement was made ready.
    pub(super) fn is_disturbed(&self) -> Result<bool> {
        Ok(self.version()? != self.began_at || (self.listens.get() && self.has_heard()?))
    }

    /// Brings the target up to what the source holds now; the account as it is then. `after` is how far rows were walked.
    pub(super) fn catch_up(&self, after: Option<&[Value]>, mut account: Rows) -> Result<Rows> {
        if self.listens.get() {
            self.hear(after)?;
            account.take_off(self.let_go(after, Settled::Now)?);
            account.add(self.take_in_heard()?);
            self.forget_unmade()?;
        }
        let rendering = self.rendering();
        match (&self.movement.write, &self.movement.undo) {
            // Not a second time where that would give something else.
            (Write::Update, _) if !rendering.reads_itself() => {
                let refused = self.judge_all()?;
                let updated = self.write(&rendering.write(Range::All, refused), &[])?;
                account.add(Rows { read: updated, updated, ..Rows::default() });
                return Ok(account);
            }
            (Write::Insert(_), Undo::Derive { key }) => {
                self.judge_all()?;
                account.take_off(self.let_strangers_go(key, account)?);
                // Where it was heard what others did to the source, what differs besides was done to the target.
                if !self.listens.get() {
                    self.write(&rendering.stale(key), &[])?;
                }
                let inserted = self.write(&rendering.missing(key), &[])?;
                account.add(Rows { read: inserted, inserted, ..Rows::default() });
            }
            (Write::Statement(_), _) => return Ok(account),
            // What others wrote since can be told by the journal, and cannot be done again.
            (Write::Update, Undo::Journal) => self.refuse_rewritten()?,
            _ => {}
        }
        self.refuse_other_number(account.read).map(|()| account)
    }

    /// Moves rows that came.
    pub(super) fn take_in_heard(&self) -> Result<Rows> {
        let (rendering, store) = (self.rendering(), self.meanwhile());
        self.batch_of(&rendering.gather(&store))?;
        let next = Next { range: Range::Meanwhile, values: Vec::new(), last: Vec::new(), end: true };
        self.refuse_late(&next)?;
        let rows = self.move_batch(&next, None).map_err(|error| match error.code().id == codes::CONFLICT.id {
            true => self.moved_on("came in while others were moved", error.message()),
            false => error,
        })?;
        self.batch_of(&format!(
            "DELETE FROM {}; DELETE FROM {}; DELETE FROM {}",
            render::came(&store),
            render::gone(&store),
            render::may(&store)
        ))?;
        Ok(rows)
    }

    /// Refuses where a row that was moved is not as it was written.
    fn refuse_rewritten(&self) -> Result<()> {
        let (columns, key) = self.watched();
        let changed =
            self.rewind(&columns, &key).changed(self.connection, &[]).map_err(|error| database_error(&error))?;
        let keys: Vec<String> = changed.iter().map(|key| shown(key)).collect();
        match keys.is_empty() {
            true => Ok(()),
            false => Err(self.moved_on("changed after they were moved", &keys.join("; "))),
        }
    }

    /// What no trigger heard, and no look at the target shows, is seen by the number of rows.
    fn refuse_other_number(&self, read: u64) -> Result<()> {
        let rendering = self.rendering();
        let is_update = self.movement.write == Write::Update;
        if !is_update && self.is_own_source() {
            return Ok(());
        }
        let now = self.number(&rendering.count(Range::All), &[])?;
        if now > read {
            return Err(self.moved_on("came in while others were moved", &format!("{} more", now - read)));
        }
        // A row that a trigger of the target's takes away is none that others did, and an updated one is its own target.
        if now < read && !is_update && rendering.is_steady() && !self.has_triggers()? {
            return Err(self.moved_on("went after they were moved", &format!("{} fewer", read - now)));
        }
        Ok(())
    }

    pub(super) fn moved_on(&self, what: &str, which: &str) -> Error {
        let message = format!("rows of {} {what}: {which}", self.movement.from.table);
        Error::new(codes::STEP_FAILED, message).hint(
            "run it again while nobody writes; where the stage says downtime = false, evolve hears of rows that come, \
             change or go meanwhile, and follows them where it can tell what was made of them",
        )
    }

    /// Whether anything was written down.
    pub(super) fn has_heard(&self) -> Result<bool> {
        let store = self.meanwhile();
        let any = [render::came(&store), render::gone(&store), render::held(&store), render::may(&store)];
        let any: Vec<String> = any.iter().map(|table| format!("EXISTS (SELECT 1 FROM {table})")).collect();
        Ok(self.number(&format!("SELECT {}", any.join(" OR ")), &[])? > 0)
    }

    pub(super) fn is_own_source(&self) -> bool {
        self.movement.from.table.eq_ignore_ascii_case(&self.movement.into)
    }

    pub(super) fn meanwhile(&self) -> String {
        self.store.replace("_kept_", "_meanwhile_")
    }

    pub(super) fn batch_of(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|error| database_error(&error))
    }

    /// The collation of each column of the source.
    fn collations(&self) -> Result<Vec<String>> {
        let of = |name: &str| -> rusqlite::Result<String> {
            let (_, collation, ..) = self.connection.column_metadata(Some("main"), self.source.name.as_str(), name)?;
            Ok(collation.map_or("BINARY".to_owned(), |name| name.to_string_lossy().into_owned()))
        };
        let columns = self.source.columns.iter().map(|column| of(&column.name));
        columns.collect::<rusqlite::Result<_>>().map_err(|error| database_error(&error))
    }

    /// The unique keys of the source by which a row may replace another, columns with collations. Of one over an expression
    /// nothing is known, and one that holds for some rows counts for all: what may be is looked at again.
    fn replacing_keys(&self) -> Result<Vec<Key>> {
        let sql = "SELECT i.name, c.name, c.coll FROM pragma_index_list(?1, 'main') AS i, \
                   pragma_index_xinfo(i.name, 'main') AS c WHERE i.\"unique\" AND c.\"key\" ORDER BY i.seq, c.seqno";
        let mut keys: Vec<(String, Option<Key>)> = Vec::new();
        for row in self.ask(sql, &[Value::Text(self.source.name.clone())])? {
            let text = |at: usize| crate::ledger::text(&row, at);
            let (index, part) = (text(0).unwrap_or_default(), text(1).zip(text(2)));
            match keys.last_mut() {
                Some((last, key)) if *last == index => {
                    *key = key.take().zip(part).map(|(mut key, part)| {
                        key.push(part);
                        key
                    });
                }
                _ => keys.push((index, part.map(|part| vec![part]))),
            }
        }
        let alias = shape::rowid_alias(&self.source);
        let is_number = |key: &Key| matches!(key.as_slice(), [(name, _)] if Some(name.as_str()) == alias);
        Ok(keys.into_iter().filter_map(|(_, key)| key).filter(|key| !is_number(key)).collect())
    }
}
