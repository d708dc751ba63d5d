//! The account of rows that are inserted into one target: new, or by the rule where they run into others.

use super::stand_in::Keys;
use super::{Account, Found};
use crate::error::Result;
use crate::movement::{Conflict, NewKey, Write};
use crate::report::Rows;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{Key, Range, STAND_IN};
use crate::sqlite::shape;

/// The account of all Movements of a step that insert into the same target.
pub(super) fn account(parts: &[&SqliteMover<'_>]) -> Result<Account> {
    let keys: Vec<Keys> = parts.iter().map(|part| part.unique_keys()).collect::<Result<_>>()?;
    let (alone, mut whole) = (parts.len() == 1, keys.iter().any(|keys| keys.others));
    let mut all = Account { rows: Some(Rows::default()), notes: Vec::new() };
    for (part, keys) in parts.iter().zip(&keys) {
        let refused = part.set_aside()?;
        if let (true, Write::Insert(Conflict::NewKey(key))) = (alone, &part.movement.write) {
            return part.rekeyed_account(key, keys, &refused);
        }
        let numbered = part.is_numbered(refused.count > 0)?;
        whole |= numbered || (!alone && !part.rendering().unique().is_empty());
        if alone && !whole && !part.collides(keys, refused.count > 0)? {
            return part.plain_account(&refused);
        }
    }
    parts[0].make_stand_in()?;
    if whole {
        parts[0].admit_all()?;
    }
    for (part, keys) in parts.iter().zip(&keys).filter(|_| !whole) {
        let refused = part.set_aside()?;
        part.admit(&keys.given, refused.count > 0)?;
    }
    for part in parts {
        all.add(part.tried_account()?);
        if all.rows.is_none() {
            break;
        }
    }
    Ok(all)
}

impl SqliteMover<'_> {
    /// Whether some row gets a number of the database's own, which may be anybody's.
    fn is_numbered(&self, refused: bool) -> Result<bool> {
        let Some(alias) = shape::rowid_alias(&self.target) else { return Ok(false) };
        match self.rendering().without_number(alias, refused) {
            Some(sql) => Ok(self.number(&sql, &[])? > 0),
            None => Ok(false),
        }
    }

    /// Whether some row has a key that the target or another row of the source has: rather one too many than too few.
    fn collides(&self, keys: &Keys, refused: bool) -> Result<bool> {
        let rendering = self.rendering();
        for key in &keys.given {
            if self.number(&rendering.meets(key, refused), &[])? > 0
                || self.number(&rendering.has_twins(key, refused), &[])? > 0
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All rows are new, but for those that are refused.
    fn plain_account(&self, refused: &Found) -> Result<Account> {
        let mut notes = Vec::new();
        self.note_refused(refused, &mut notes);
        let read = self.number(&self.rendering().count(Range::All), &[])?;
        let rejected = refused.count;
        let rows = Rows { read, inserted: read.saturating_sub(rejected), rejected, ..Rows::default() };
        Ok(Account { rows: Some(rows), notes })
    }

    /// All rows are new, some under another key.
    fn rekeyed_account(&self, key: &NewKey, keys: &Keys, refused: &Found) -> Result<Account> {
        let mut account = self.plain_account(refused)?;
        let (rendering, without) = (self.rendering(), refused.count > 0);
        let is_named = |columns: &Key| matches!(&columns[..], [(it, _)] if it.eq_ignore_ascii_case(&key.column));
        for other in keys.given.iter().filter(|columns| !is_named(columns)) {
            let mut met = self.keys_of(&rendering.meeting(other, without))?;
            if met.is_empty() && self.number(&rendering.has_twins(other, without), &[])? > 0 {
                met = self.keys_of(&rendering.twin_keys(other, without))?;
            }
            if !met.is_empty() {
                let (from, columns) = (&self.movement.from.table, other.iter().map(|(column, _)| column.as_str()));
                account.notes.push(format!(
                    "rows of {from} would fail the step, having a {} that is there already: {}",
                    columns.collect::<Vec<_>>().join(", "),
                    met.join("; ")
                ));
                return Ok(Account { rows: None, notes: account.notes });
            }
        }
        let (count, keys) = self.would_rekey(key, refused.count > 0)?;
        if count > 0 {
            let what = format!("have a key that is there already, and would get a new {}", key.column);
            account.notes.push(Found { count, keys }.note(&self.movement, &what));
        }
        Ok(account)
    }

    /// The account of what the step's own statement does to the table that stands for the target.
    fn tried_account(&self) -> Result<Account> {
        let mut notes = Vec::new();
        let onto = self.onto_stand_in();
        let refused = onto.set_aside()?;
        self.note_refused(&refused, &mut notes);
        let read = self.number(&self.rendering().count(Range::All), &[])?;
        let without = refused.count > 0;
        let Write::Insert(conflict) = &self.movement.write else { return Ok(Account { rows: None, notes }) };
        if let Conflict::NewKey(key) = conflict {
            // Rows of the parts before count as the target's own, and only the run gives numbers.
            let inserted = read.saturating_sub(refused.count);
            notes.push(format!(
                "rows whose {} is there already would get a new one; how many is not counted",
                key.column
            ));
            let rows = Rows { read, inserted, rejected: refused.count, ..Rows::default() };
            return Ok(Account { rows: Some(rows), notes });
        }
        // A run that fails, and one that asks, is counted as if rows that are there stayed.
        let rule = if matches!(conflict, Conflict::Fail | Conflict::Ask(_)) { &Conflict::Skip } else { conflict };
        let keys = self.colliding_keys(&onto, without)?;
        let there = |mover: &Self| mover.number(&format!("SELECT count(*) FROM temp.{STAND_IN}"), &[]);
        let before = there(self)?;
        let changed = match onto.write(&onto.rendering().write_as(Range::All, without, rule), &[]) {
            Ok(changed) => changed,
            Err(error) => {
                notes.push(format!("{} would fail the step: {}", self.movement.name, error.message()));
                return Ok(Account { rows: None, notes });
            }
        };
        let inserted = there(self)? - before;
        let (updated, rest) = (changed - inserted, read.saturating_sub(refused.count + changed));
        let found = Found { count: updated + rest, keys };
        if found.count > 0 {
            let what = match conflict {
                Conflict::Fail => "would fail the step, having a key that is there already",
                Conflict::Ask(_) => {
                    "have a key that is there already; somebody is asked about each, here they count as skipped"
                }
                _ => "have a key that is there already",
            };
            notes.push(found.note(&self.movement, what));
        }
        let rows = Rows { read, inserted, updated, rejected: refused.count, ..Rows::default() };
        let rows = match conflict {
            Conflict::Overwrite => Rows { unchanged: rest, ..rows },
            _ => Rows { skipped: rest, ..rows },
        };
        Ok(Account { rows: Some(rows), notes })
    }

    /// Some keys of rows that run into others: into those that are there, or else into each other.
    fn colliding_keys(&self, onto: &Self, refused: bool) -> Result<Vec<String>> {
        let keys = self.unique_keys()?.given;
        let rendering = onto.rendering();
        let mut found = Vec::new();
        for key in &keys {
            found.extend(self.keys_of(&rendering.meeting(key, refused))?);
        }
        for key in &keys {
            if found.is_empty() && self.number(&rendering.has_twins(key, refused), &[])? > 0 {
                found = self.keys_of(&rendering.twin_keys(key, refused))?;
            }
        }
        found.dedup();
        found.truncate(super::SHOWN);
        Ok(found)
    }
}
