//! The account of rows that are inserted into one target: new, or by the rule where they run into others.

use super::limits::{NUMBERS, Number};
use super::references::Reference;
use super::sieve::{Sieve, Sound};
use super::stand_in::Keys;
use super::{Account, Found, Manner};
use crate::error::Result;
use crate::movement::{Assign, Conflict, Formula, NewKey, Write};
use crate::report::Rows;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{Key, Range, STAND_IN};
use crate::sqlite::shape;

/// The account of all Movements of a step that insert into the same target. `movers` are all of the step.
pub(super) fn account(parts: &[&SqliteMover<'_>], movers: &[SqliteMover<'_>], manner: &Manner<'_>) -> Result<Account> {
    let keys: Vec<Keys> = parts.iter().map(|part| part.unique_keys()).collect::<Result<_>>()?;
    let (alone, mut whole) = (parts.len() == 1, keys.iter().any(|keys| keys.others));
    let mut all = Account::known(Rows::default());
    let mut sieves = Vec::new();
    for (part, keys) in parts.iter().zip(&keys) {
        let refused = part.set_aside()?;
        let numbered = part.is_numbered(refused.count > 0)?;
        let number = if numbered || !part.gives_number() { Number::Made } else { Number::Given };
        let ground = Ground { sieve: part.sieve(number, manner)?, movers, manner };
        if let (true, Write::Insert(Conflict::NewKey(key))) = (alone, &part.movement.write) {
            return part.rekeyed_account(key, keys, &refused, &ground);
        }
        whole |= numbered || (!alone && !part.rendering().unique().is_empty());
        whole |= part.is_number_judged(number, &ground.sieve);
        if alone && !whole && !part.collides(keys, refused.count > 0)? {
            return part.plain_account(&refused, &ground);
        }
        sieves.push(ground);
    }
    let keys_wide = parts.iter().map(|part| part.key_width()).max().unwrap_or(0);
    parts[0].make_stand_in(keys_wide, &sieves[0].sieve.limits)?;
    if whole {
        parts[0].admit_all()?;
    }
    for (part, keys) in parts.iter().zip(&keys).filter(|_| !whole) {
        let refused = part.set_aside()?;
        part.admit(&keys.given, refused.count > 0)?;
    }
    for (part, ground) in parts.iter().zip(&sieves) {
        all.add(part.tried_account(ground)?);
        if all.rows.is_none() {
            break;
        }
    }
    Ok(all)
}

/// What rows are judged by: what the target asks of them, and what else the step does.
struct Ground<'a> {
    sieve: Sieve,
    movers: &'a [SqliteMover<'a>],
    manner: &'a Manner<'a>,
}

impl SqliteMover<'_> {
    /// Whether rows come with the number that the target's rows are known by, where it has one.
    fn gives_number(&self) -> bool {
        let given = |name: &str| self.movement.columns.iter().any(|assign| assign.column.eq_ignore_ascii_case(name));
        shape::rowid_alias(&self.target).is_none_or(given)
    }

    /// Whether the target asks something of a number that the database makes: then only writing tells.
    fn is_number_judged(&self, number: Number, sieve: &Sieve) -> bool {
        let alias = shape::rowid_alias(&self.target);
        let free = NUMBERS.into_iter().filter(|name| self.target.column(name).is_none());
        let names: Vec<&str> = free.chain(alias.filter(|_| number == Number::Made)).collect();
        sieve.limits.iter().any(|limit| names.iter().any(|name| limit.is_about(name)))
    }

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

    /// All rows are new, but for those that are refused, and those that the target does not take.
    fn plain_account(&self, refused: &Found, ground: &Ground<'_>) -> Result<Account> {
        let mut account = Account::default();
        self.tell_refused(refused, &mut account);
        let read = self.number(&self.rendering().count(Range::All), &[])?;
        let Some(skipped) = self.sifted(&ground.sieve, refused.count > 0, &mut account)? else { return Ok(account) };
        self.tell_references(&ground.sieve, ground.movers, ground.manner, &mut account)?;
        let rejected = refused.count;
        let inserted = read.saturating_sub(rejected + skipped);
        account.rows = Some(Rows { read, inserted, skipped, rejected, ..Rows::default() });
        Ok(account)
    }

    /// Looks at all rows that would be new; how many the target does not take. `None` where the statement itself fails.
    fn sifted(&self, sieve: &Sieve, refused: bool, account: &mut Account) -> Result<Option<u64>> {
        let is_plain = |assign: &Assign| matches!(assign.value, Formula::Column(_) | Formula::Constant(_));
        if sieve.is_open() && self.movement.columns.iter().all(is_plain) {
            return Ok(Some(0));
        }
        match self.sift(sieve, refused) {
            Ok(()) => self.tell_limits(sieve, account).map(Some),
            Err(error) => account.fails_by(self, error).map(|()| None),
        }
    }

    /// All rows are new, some under another key.
    fn rekeyed_account(&self, key: &NewKey, keys: &Keys, refused: &Found, ground: &Ground<'_>) -> Result<Account> {
        let mut account = self.plain_account(refused, ground)?;
        // What was asked on the way may have put other rows aside.
        self.set_aside()?;
        let (rendering, without) = (self.rendering(), refused.count > 0);
        let is_named = |columns: &Key| matches!(&columns[..], [(it, _)] if it.eq_ignore_ascii_case(&key.column));
        for other in keys.given.iter().filter(|columns| !is_named(columns)) {
            let mut met = self.keys_of(&rendering.meeting(other, without))?;
            if met.is_empty() && self.number(&rendering.has_twins(other, without), &[])? > 0 {
                met = self.keys_of(&rendering.twin_keys(other, without))?;
            }
            if !met.is_empty() {
                let (from, columns) = (&self.movement.from.table, other.iter().map(|(column, _)| column.as_str()));
                account.fails_as(format!(
                    "rows of {from} would fail the step, having a {} that is there already: {}",
                    columns.collect::<Vec<_>>().join(", "),
                    met.join("; ")
                ));
                account.rows = None;
                return Ok(account);
            }
        }
        let (count, keys) = self.would_rekey(key, refused.count > 0)?;
        if count > 0 {
            let what = format!("have a key that is there already, and would get a new {}", key.column);
            account.notes.push(Found { count, keys }.note(&self.movement, &what));
            let sieve = &ground.sieve;
            let limits = sieve.limits.iter().filter(|limit| limit.is_about(&key.column)).map(|limit| &limit.words);
            let refers = |it: &&Reference| it.may_break(&[&key.column]);
            let references = sieve.references.iter().filter(refers).map(|reference| &reference.words);
            let open: Vec<&str> = limits.chain(references).map(String::as_str).collect();
            if !open.is_empty() {
                let open = open.join(", ");
                account.notes.push(format!("whether the new {} is taken by {open} is not known before", key.column));
            }
        }
        Ok(account)
    }

    /// The account of what the step's own statement does to the table that stands for the target.
    fn tried_account(&self, ground: &Ground<'_>) -> Result<Account> {
        let mut account = Account::default();
        let onto = self.onto_stand_in();
        let refused = onto.set_aside()?;
        self.tell_refused(&refused, &mut account);
        let read = self.number(&self.rendering().count(Range::All), &[])?;
        let without = refused.count > 0;
        let Write::Insert(conflict) = &self.movement.write else { return Ok(account) };
        if let Conflict::NewKey(key) = conflict {
            // Rows of the parts before count as the target's own, and only the run gives numbers.
            let inserted = read.saturating_sub(refused.count);
            account.notes.push(format!(
                "rows whose {} is there already would get a new one; how many is not counted",
                key.column
            ));
            account.rows = Some(Rows { read, inserted, rejected: refused.count, ..Rows::default() });
            return Ok(account);
        }
        // A run that fails, and one that asks, is counted as if rows that are there stayed.
        let rule = if matches!(conflict, Conflict::Fail | Conflict::Ask(_)) { &Conflict::Skip } else { conflict };
        let keys = self.colliding_keys(&onto, without)?;
        let there = |mover: &Self| mover.number(&format!("SELECT count(*) FROM temp.{STAND_IN}"), &[]);
        let before = there(self)?;
        self.lay(&ground.sieve, Sound::Kept)?;
        let changed = match onto.write(&onto.rendering().with_keys_beside().write_as(Range::All, without, rule), &[]) {
            Ok(changed) => changed,
            Err(error) => return account.fails_by(self, error).map(|()| account),
        };
        let inserted = there(self)? - before;
        let left_out = self.tell_limits(&ground.sieve, &mut account)?;
        self.tell_references(&ground.sieve, ground.movers, ground.manner, &mut account)?;
        let (updated, rest) = (changed - inserted, read.saturating_sub(refused.count + changed + left_out));
        let found = Found { count: updated + rest, keys };
        if found.count > 0 {
            let what = "have a key that is there already";
            let asked = "; somebody is asked about each, here they count as skipped";
            match conflict {
                Conflict::Fail => account.fails(&self.movement, &found, &what.replace("have", "having"), None),
                Conflict::Ask(_) => account.notes.push(found.note(&self.movement, &format!("{what}{asked}"))),
                _ => account.notes.push(found.note(&self.movement, what)),
            }
        }
        let rows = Rows { read, inserted, updated, rejected: refused.count, skipped: left_out, ..Rows::default() };
        account.rows = Some(match conflict {
            Conflict::Overwrite => Rows { unchanged: rest, ..rows },
            _ => Rows { skipped: left_out + rest, ..rows },
        });
        Ok(account)
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
