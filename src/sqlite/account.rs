//! What a step would do, by questions alone: every row classified, nothing of the database written.
//!
//! Takes a step's Movements and a connection that cannot write the database; gives their account. Rows that run into
//! none are new. Where some run into others, or into each other, the very statement of the run is tried on a temporary
//! table that stands for the target: so there is no second idea of what a rule does.

mod insert;
mod stand_in;
mod unseen;

use crate::error::Result;
use crate::ledger::cursors::shown;
use crate::movement::{Invalid, Missing, Movement, Write};
use crate::report::Rows;
use crate::sqlite::functions;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::survey::database_error;

/// What is known of a step beforehand.
#[derive(Debug, Default)]
pub struct Account {
    /// Its rows; `None` where they cannot be known, and the notes say why.
    pub rows: Option<Rows>,
    /// What a reader should know: conflicts and rejects, with some of their keys.
    pub notes: Vec<String>,
}

/// The account of a step whose Movements are ready on a connection that cannot write the database.
pub fn of_step(movers: &[SqliteMover<'_>]) -> Result<Account> {
    if let Some(why) = unseen::why(movers) {
        return Ok(Account { rows: None, notes: vec![why] });
    }
    let mut account = Account { rows: Some(Rows::default()), notes: Vec::new() };
    let mut seen: Vec<String> = Vec::new();
    for mover in movers {
        let into = mover.movement.into.to_lowercase();
        if mover.movement.write == Write::Update {
            account.add(mover.update_account()?);
        } else if !seen.contains(&into) {
            let same = |other: &&SqliteMover<'_>| {
                other.movement.write != Write::Update && other.movement.into.eq_ignore_ascii_case(&into)
            };
            account.add(insert::account(&movers.iter().filter(same).collect::<Vec<_>>())?);
            seen.push(into);
        }
    }
    Ok(account)
}

impl Account {
    /// Adds what is known of another part of the step; what is unknown of a part is unknown of the whole.
    fn add(&mut self, other: Self) {
        self.notes.extend(other.notes);
        self.rows = self.rows.zip(other.rows).map(|(mut rows, more)| {
            rows.add(more);
            rows
        });
    }
}

/// Rows that were looked for: how many, and some of their keys.
struct Found {
    count: u64,
    keys: Vec<String>,
}

impl Found {
    /// `3 rows of a` and what becomes of them, with the keys.
    fn note(&self, movement: &Movement, what: &str) -> String {
        let (word, table) = (if self.count == 1 { "row" } else { "rows" }, &movement.from.table);
        let more = if self.count > self.keys.len() as u64 && !self.keys.is_empty() { "; …" } else { "" };
        let colon = if self.keys.is_empty() { "" } else { ": " };
        format!("{} {word} of {table} {what}{colon}{}{more}", self.count, self.keys.join("; "))
    }
}

/// How many keys are shown as an example.
const SHOWN: usize = 5;

impl SqliteMover<'_> {
    /// Puts the rows that would be refused where they are left out; how many there are.
    fn set_aside(&self) -> Result<Found> {
        let rendering = self.rendering();
        // Movements of a step share the names of their functions: those of the one that is asked must stand there.
        functions::register_calls(self.connection, &rendering.calls)
            .and_then(|()| functions::register_whys(self.connection, &rendering.whys))
            .map_err(|error| database_error(&error))?;
        if !rendering.may_refuse() {
            return Ok(Found { count: 0, keys: Vec::new() });
        }
        for at in rendering.unique() {
            self.connection.execute_batch(&rendering.make_taken(at)).map_err(|error| database_error(&error))?;
        }
        self.put_refused(Range::All, &[])?;
        let table = rendering.refused_table();
        let count = self.number(&format!("SELECT count(*) FROM temp.{table}"), &[])?;
        let rows = self.ask(&format!("SELECT * FROM temp.{table} ORDER BY rowid LIMIT {SHOWN}"), &[])?;
        Ok(Found { count, keys: rows.iter().map(|row| self.refused_words(row)).collect() })
    }

    /// What there is to say of refused rows.
    fn note_refused(&self, refused: &Found, notes: &mut Vec<String>) {
        if refused.count > 0 {
            let fails = self.movement.invalid == Invalid::Fail;
            let word = if fails { "would fail the step, being not valid" } else { "would be rejected" };
            notes.push(refused.note(&self.movement, word));
        }
    }

    /// Some keys that a question gives.
    fn keys_of(&self, sql: &str) -> Result<Vec<String>> {
        Ok(self.ask(sql, &[])?.iter().take(SHOWN).map(|key| shown(key)).collect())
    }

    fn update_account(&self) -> Result<Account> {
        let mut notes = Vec::new();
        let refused = self.set_aside()?;
        self.note_refused(&refused, &mut notes);
        let (rendering, without) = (self.rendering(), refused.count > 0);
        let read = self.number(&rendering.count(Range::All), &[])?;
        let mut skipped = 0;
        if let (Some(lookup), Some((count, many))) = (&self.movement.lookup, rendering.matches(Range::All, without)) {
            let matched = self.number(&count, &[])?;
            let lonely = read.saturating_sub(refused.count + matched);
            let several = if lookup.first_by.is_none() { self.keys_of(&many)? } else { Vec::new() };
            if !several.is_empty() {
                let (from, keys) = (&self.movement.from.table, several.join("; "));
                notes.push(format!("rows of {from} would fail the step, finding several matches: {keys}"));
                return Ok(Account { rows: None, notes });
            }
            match lookup.missing {
                Missing::Keep => skipped = lonely,
                Missing::Fail if lonely > 0 => {
                    let keys = rendering.unmatched(Range::All, without).map(|sql| self.keys_of(&sql)).transpose()?;
                    let found = Found { count: lonely, keys: keys.unwrap_or_default() };
                    notes.push(found.note(&self.movement, "would fail the step, finding no match"));
                }
                Missing::Fail | Missing::Default => {}
            }
        }
        let updated = self.number(&rendering.differing(without), &[])?;
        let (rejected, unchanged) = (refused.count, read.saturating_sub(updated + skipped + refused.count));
        Ok(Account { rows: Some(Rows { read, updated, unchanged, skipped, rejected, ..Rows::default() }), notes })
    }
}
