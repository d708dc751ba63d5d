//! Rows of a batch that get a new key because theirs is taken: found, given one, and written into the id map.
//!
//! Takes a batch; the result is the same whatever the batches, because rows are judged in the order of the walk and new
//! numbers lie behind all that source and target have.

use crate::error::{Error, Result, codes};
use crate::movement::{Made, NewKey};
use crate::report::Rows;
use crate::sqlite::batch::Next;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::survey::database_error;
use crate::sqlite::{shape, witness};
use crate::value::Value;

impl SqliteMover<'_> {
    /// Writes a batch in which a row whose key is taken gets a new one.
    pub(super) fn insert_rekeyed(&self, next: &Next, key: &NewKey) -> Result<Rows> {
        let rejected = self.reject(next)?;
        let read = self.number(&self.rendering().count(next.range), &next.values)?;
        let inserted = match self.rekey(next, key, rejected > 0)? {
            0 => self.write_by(
                next,
                &self.rendering().write_as(next.range, rejected > 0, &crate::movement::Conflict::Fail),
            )?,
            _ => self.write_by(next, &self.rendering().write_rekeyed(key, next.range, rejected > 0))?,
        };
        Ok(Rows { read, inserted, rejected, ..Rows::default() })
    }

    /// How many rows of all would get a new key, and some of their keys; with `refused`, those set aside left out.
    pub(super) fn would_rekey(&self, key: &NewKey, refused: bool) -> Result<(u64, Vec<String>)> {
        let rendering = self.rendering();
        let make = rendering.make_arrivals(key, &self.collation(key)?);
        self.connection.execute_batch(&make).map_err(|error| database_error(&error))?;
        self.write(&rendering.arrive(key, Range::All, refused), &[])?;
        let numbered = shape::rowid_alias(&self.target).is_some_and(|alias| alias.eq_ignore_ascii_case(&key.column));
        self.write(&rendering.mark_taken(key, numbered), &[])?;
        let [count, keys] = rendering.taken();
        let (taken, found) = (self.number(&count, &[])?, self.ask(&keys, &[])?);
        Ok((taken, found.iter().map(|key| crate::ledger::cursors::shown(key)).collect()))
    }

    /// Gives new keys; how many.
    fn rekey(&self, next: &Next, key: &NewKey, refused: bool) -> Result<u64> {
        let rendering = self.rendering();
        let make = rendering.make_arrivals(key, &self.collation(key)?);
        self.connection.execute_batch(&make).map_err(|error| database_error(&error))?;
        self.write(&rendering.arrive(key, next.range, refused), &next.values)?;
        let numbered = shape::rowid_alias(&self.target).is_some_and(|alias| alias.eq_ignore_ascii_case(&key.column));
        let taken = self.write(&rendering.mark_taken(key, numbered), &[])?;
        if taken == 0 {
            return Ok(0);
        }
        self.write(&rendering.leave_taken(), &[])?;
        let label = format!("new_key {}.{}", self.number, key.column);
        let behind = match key.made {
            Made::Number => vec![Value::Integer(self.highest(key, taken)?)],
            Made::Ulid => Vec::new(),
        };
        self.write(&rendering.give_keys(key, &label), &behind)?;
        let about = [
            Value::Text(self.step.clone()),
            Value::Integer(i64::try_from(self.number).unwrap_or(0)),
            Value::Text(self.target.name.clone()),
            Value::Text(key.column.clone()),
        ];
        self.write(&rendering.map_keys(), &about)?;
        Ok(taken)
    }

    /// The highest number that source and target have, or had; behind it so many are free.
    fn highest(&self, key: &NewKey, count: u64) -> Result<i64> {
        let rendering = self.rendering();
        let [source, target, numbers] = rendering.highest(key);
        let one = |sql: &str| Ok::<_, Error>(self.ask(sql, &[])?.pop().and_then(|mut row| row.pop()));
        if self.highest_read.get().is_none() {
            let found = one(&source)?;
            self.highest_read.set(Some(if let Some(Value::Integer(number)) = found { number } else { 0 }));
        }
        let there = match one(&target)? {
            Some(Value::Integer(number)) => number,
            None | Some(Value::Null) => 0,
            // Other classes stand behind the numbers.
            Some(_) => {
                if let Some(Value::Integer(number)) = one(&numbers)? {
                    number
                } else {
                    0
                }
            }
        };
        let issued = witness::issued(self.connection, &self.target.name).map_err(|error| database_error(&error))?;
        let highest =
            [self.highest_read.get().unwrap_or(0), there, issued.unwrap_or(0), 0].into_iter().max().unwrap_or(0);
        match i64::try_from(count).ok().and_then(|count| highest.checked_add(count)) {
            Some(_) => Ok(highest),
            None => Err(Error::new(
                codes::CONFLICT,
                format!("{}.{}: no integer is free behind {highest}", self.target.name, key.column),
            )),
        }
    }

    /// How the target compares values of the key.
    fn collation(&self, key: &NewKey) -> Result<String> {
        let sql = "SELECT c.coll FROM pragma_index_list(?1, 'main') AS i, pragma_index_xinfo(i.name, 'main') AS c \
                   WHERE i.\"unique\" AND NOT i.partial AND c.\"key\" AND c.name = ?2 COLLATE NOCASE \
                   AND (SELECT count(*) FROM pragma_index_info(i.name, 'main')) = 1 ORDER BY i.seq LIMIT 1";
        let about = [Value::Text(self.target.name.clone()), Value::Text(key.column.clone())];
        let found = self.ask(sql, &about)?.first().and_then(|row| crate::ledger::text(row, 0));
        Ok(found.unwrap_or_else(|| "BINARY".to_owned()))
    }
}
