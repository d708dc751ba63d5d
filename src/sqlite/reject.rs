//! Rows that are refused before the database sees them: counted, put aside, or the end of the step.
//!
//! Takes a batch of a Movement; gives how many of its rows are refused. The reasons never hold a value.

use crate::error::{Error, Result, codes};
use crate::ledger::cursors::shown;
use crate::ledger::rejects::{self, Reject};
use crate::movement::{Conflict, Invalid, Write};
use crate::sqlite::batch::Next;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::survey::{Asked, TOO_BIG, database_error};
use crate::value::Value;

impl SqliteMover<'_> {
    /// How many rows of a batch are refused; they stand in the table of refused rows afterwards. Where the Movement
    /// fails on them, nothing is looked at beforehand: the database itself stops at the first.
    pub(super) fn reject(&self, next: &Next) -> Result<u64> {
        let rendering = self.rendering();
        if !rendering.is_looked_at() {
            return Ok(0);
        }
        if !self.follows.get() {
            self.follow(next)?;
        }
        let found = self.judge(next.range, &next.values)?;
        if found.is_empty() {
            return Ok(0);
        }
        if self.movement.invalid == Invalid::Fail {
            return Err(self.refusal(&found));
        }
        if self.movement.invalid == Invalid::Quarantine {
            let numbers = format!("SELECT rowid FROM temp.{} ORDER BY rowid", rendering.refused_table());
            let numbers = self.ask(&numbers, &[])?;
            found.iter().zip(&numbers).try_for_each(|(row, number)| self.quarantine(row, number))?;
        }
        Ok(found.len() as u64)
    }

    /// Puts the rows of a batch that will be refused where they are left out; whether there are any. For looking at the
    /// others only.
    pub(super) fn put_refused_aside(&self, next: &Next) -> Result<bool> {
        let rendering = self.rendering();
        if !rendering.leaves_out() {
            return Ok(false);
        }
        self.empty_table()?;
        let table = rendering.refused_table();
        let refused = format!("INSERT INTO temp.{table} {}", rendering.refused(next.range));
        Ok(self.write(&refused, &next.values)? > 0)
    }

    /// The refused rows of a range, which then stand in the table of refused rows: by what they hold, and by what is
    /// taken already.
    fn judge(&self, range: Range, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        self.put_refused(range, values)?;
        self.ask(&format!("SELECT * FROM temp.{} ORDER BY rowid", self.rendering().refused_table()), &[])
    }

    /// Puts the refused rows of a range into the table of refused rows.
    pub(super) fn put_refused(&self, range: Range, values: &[Value]) -> Result<()> {
        let rendering = self.rendering();
        // From the database into the database: a key that is no text in UTF-8 would come back as another value.
        self.empty_table()?;
        let table = rendering.refused_table();
        self.write(&format!("INSERT INTO temp.{table} {}", rendering.refused(range)), values)?;
        for at in rendering.unique() {
            let last = self.ask(&rendering.last_taken(at), &[])?.pop().unwrap_or_default();
            self.write(&rendering.take(at, range), values)?;
            self.write(&format!("INSERT INTO temp.{table} {}", rendering.doubles(at)), &last)?;
        }
        Ok(())
    }

    /// Judges all rows once more; whether some are refused, which then stand in the table of refused rows. Where the
    /// Movement fails on them, this is its failure.
    pub(super) fn judge_all(&self) -> Result<bool> {
        let rendering = self.rendering();
        if !rendering.is_looked_at() {
            return Ok(false);
        }
        for at in rendering.unique() {
            self.connection.execute_batch(&rendering.make_taken(at)).map_err(|error| database_error(&error))?;
        }
        let found = self.judge(Range::All, &[])?;
        match self.movement.invalid {
            Invalid::Fail if !found.is_empty() => Err(self.refusal(&found)),
            _ => Ok(!found.is_empty()),
        }
    }

    /// Begins to follow which values are taken; what lies before the cursor is looked at once.
    fn follow(&self, next: &Next) -> Result<()> {
        let rendering = self.rendering();
        for at in rendering.unique() {
            self.connection.execute_batch(&rendering.make_taken(at)).map_err(|error| database_error(&error))?;
        }
        self.follows.set(true);
        if next.range == Range::Between && !rendering.unique().is_empty() {
            let (before, _) = next.values.split_at(next.values.len() / 2);
            self.judge(Range::First, before)?;
        }
        Ok(())
    }

    /// Writes a batch by this statement. Where a column function refuses a value, the rows it refuses are named.
    pub(super) fn write_by(&self, next: &Next, sql: &str) -> Result<u64> {
        let rendering = self.rendering();
        match self.write(sql, &next.values) {
            Err(error) if error.message() == TOO_BIG || error.code().id == codes::CONSTRAINT.id => {
                Err(self.named_row(next, error))
            }
            Err(error) if rendering.may_refuse() && error.code().id != codes::CONFLICT.id => {
                let found = self.ask(&rendering.refused(next.range), &next.values).unwrap_or_default();
                Err(if found.is_empty() { error } else { self.refusal(&found) })
            }
            Err(error) if error.code().id == codes::CONFLICT.id => Err(self.conflict(next, error)),
            result => result,
        }
    }

    /// A conflict with the keys of the rows that run into others.
    fn conflict(&self, next: &Next, error: Error) -> Error {
        let rendering = self.rendering();
        if let Write::Insert(Conflict::NewKey(key)) = &self.movement.write {
            return error.hint(format!("`new_key` gives rows another {}, and nothing else", key.column));
        }
        let refused = rendering.leaves_out();
        let mut found = self.ask(&rendering.conflicts(next.range, refused), &next.values).unwrap_or_default();
        if found.is_empty() {
            let twins = rendering.twins(next.range, refused).into_iter();
            found = twins.flat_map(|sql| self.ask(&sql, &next.values).unwrap_or_default()).collect();
        }
        if found.is_empty() {
            return error;
        }
        let keys: Vec<String> = found.iter().take(20).map(|key| shown(key)).collect();
        let message = format!(
            "rows of {} run into rows of {} with the same key: {}",
            self.movement.from.table,
            self.movement.name,
            keys.join("; ")
        );
        Error::new(codes::CONFLICT, message).hint(error.hint_text().unwrap_or_default())
    }

    /// The error that names refused rows by key, with column and reason, never with a value.
    fn refusal(&self, found: &[Vec<Value>]) -> Error {
        let words: Vec<String> = found.iter().take(20).map(|row| self.refused_words(row)).collect();
        let more =
            if found.len() > 20 { format!(", and {} more of this batch", found.len() - 20) } else { String::new() };
        let message = format!("rows of {} are not valid: {}{more}", self.movement.from.table, words.join("; "));
        Error::new(codes::REJECTED, message).hint("mend them, or say on_invalid = \"skip\" or \"quarantine\"")
    }

    /// A row of refusals: its key, and why.
    pub(super) fn refused_words(&self, row: &[Value]) -> String {
        let (key, why) = self.parted(row);
        match why.0.as_str() {
            "" => format!("{} (“{}” {})", shown(&key), why.1, why.2),
            column => format!("{} ({column}: the value {})", shown(&key), why.2),
        }
    }

    /// A row of refusals in its parts: the key, and column, rule and reason.
    fn parted(&self, row: &[Value]) -> (Vec<Value>, (String, String, String)) {
        let (key, why) = row.split_at(row.len() - 1);
        let why = match &why[0] {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        };
        let mut parts = why.splitn(3, '\u{1f}').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        (key.to_vec(), (part(), part(), part()))
    }

    /// The table of refused rows, with none in it.
    pub(super) fn empty_table(&self) -> Result<()> {
        let rendering = self.rendering();
        let (table, columns) = (rendering.refused_table(), rendering.refused_columns().join(", "));
        let sql = format!(
            "CREATE TEMP TABLE IF NOT EXISTS {table} ({columns}, evolve_why); \
             CREATE INDEX IF NOT EXISTS temp.{table}_by_key ON {table} ({columns}); DELETE FROM temp.{table}"
        );
        self.connection.execute_batch(&sql).map_err(|error| database_error(&error))
    }

    /// Puts a refused row aside, which has this number in the table of refused ones.
    fn quarantine(&self, row: &[Value], number: &[Value]) -> Result<()> {
        let (_, (column, rule, reason)) = self.parted(row);
        let found = self.ask(&self.rendering().record(), number)?.pop().unwrap_or_default();
        let text = |at: usize| crate::ledger::text(&found, at);
        rejects::put(
            &Asked(self.connection),
            &Reject {
                step: &self.step,
                movement: self.number,
                run: &self.run,
                table: &self.movement.from.table,
                key: text(1).unwrap_or_default(),
                shown: text(2).unwrap_or_default(),
                column,
                rule,
                reason,
                record: text(0),
            },
        )
    }
}
