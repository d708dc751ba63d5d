//! What a step would do, by questions alone: every row classified, nothing of the database written.
//!
//! Takes a step's Movements and a connection that cannot write the database; gives their account. Rows that run into
//! none are new. Where some run into others, or into each other, the very statement of the run is tried on a temporary
//! table that stands for the target: so there is no second idea of what a rule does. The same table finds the rows that
//! the target would not take.

mod fires;
mod insert;
mod limits;
mod references;
mod sieve;
mod stand_in;
mod unseen;
mod update;

use crate::catalog::Triggers;
use crate::error::{Error, Result, codes};
use crate::ledger::cursors::shown;
use crate::movement::{Invalid, Movement, Write};
use crate::report::{Failing, Rows};
use crate::sqlite::functions;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{Range, STAND_IN};
use crate::sqlite::survey::database_error;

/// What is known of a step beforehand.
#[derive(Debug, Default)]
pub struct Account {
    /// Its rows; `None` where they cannot be known, and the notes say why.
    pub rows: Option<Rows>,
    /// What a reader should know: conflicts and rejects, with some of their keys.
    pub notes: Vec<String>,
    /// Why it would fail, where it would.
    pub failing: Vec<Failing>,
}

/// How a step would run.
pub struct Manner<'a> {
    /// Whether foreign keys are enforced.
    pub foreign_keys: bool,
    /// What becomes of the triggers of its targets.
    pub triggers: Triggers,
    /// The pending step before it that changes a table, whose name is in lower case.
    pub changing: &'a dyn Fn(&str) -> Option<String>,
}

/// The account of a step whose Movements are ready on a connection that cannot write the database.
pub fn of_step(movers: &[SqliteMover<'_>], manner: &Manner<'_>) -> Result<Account> {
    if let Some(account) = unseen::account(movers, manner)? {
        return Ok(account);
    }
    for mover in movers {
        if let Some(words) = mover.unjudged(manner)? {
            let mut account = Account::default();
            account.fails_as(format!("{} would fail the step: {words}", mover.movement.name));
            return Ok(account);
        }
    }
    let mut account = Account::known(Rows::default());
    let mut seen: Vec<String> = Vec::new();
    for mover in movers {
        let into = mover.movement.into.to_lowercase();
        if mover.movement.write == Write::Update {
            account.add(mover.update_account(movers, manner)?);
        } else if !seen.contains(&into) {
            let same = |other: &&SqliteMover<'_>| {
                other.movement.write != Write::Update && other.movement.into.eq_ignore_ascii_case(&into)
            };
            account.add(insert::account(&movers.iter().filter(same).collect::<Vec<_>>(), movers, manner)?);
            seen.push(into);
        }
    }
    Ok(account)
}

impl Account {
    /// These rows, and nothing to say.
    fn known(rows: Rows) -> Self {
        Self { rows: Some(rows), ..Self::default() }
    }

    /// Rows that cannot be known, and why.
    pub fn unknown(why: String) -> Self {
        Self { rows: None, notes: vec![why], failing: Vec::new() }
    }

    /// Adds what is known of another part of the step; what is unknown of a part is unknown of the whole.
    fn add(&mut self, other: Self) {
        self.notes.extend(other.notes);
        self.failing.extend(other.failing);
        self.rows = self.rows.zip(other.rows).map(|(mut rows, more)| {
            rows.add(more);
            rows
        });
    }

    /// Rows would fail the step: what they do, and which constraint it is, where it is one.
    fn fails(&mut self, movement: &Movement, found: &Found, what: &str, constraint: Option<&str>) {
        let why = found.note(movement, &format!("would fail the step, {what}"));
        self.notes.push(why.clone());
        let constraint = constraint.map(str::to_owned);
        self.failing.push(Failing { why, constraint, rows: Some(found.count), keys: found.keys.clone() });
    }

    /// The step would fail, and which rows are to blame is not known.
    pub fn fails_as(&mut self, why: String) {
        self.notes.push(why.clone());
        self.failing.push(Failing { why, constraint: None, rows: None, keys: Vec::new() });
    }

    /// What the database said of a row is the step's failure; that it cannot go on is none.
    fn fails_by(&mut self, mover: &SqliteMover<'_>, error: Error) -> Result<()> {
        let words = error.message().replace(STAND_IN, &mover.target.name);
        let is_of_row = [codes::CONSTRAINT.id, codes::DATABASE.id, codes::CONFLICT.id, codes::STEP_FAILED.id]
            .contains(&error.code().id);
        let is_of_ground = ["no such ", "disk", "database", "out of memory", "interrupted"];
        if !is_of_row || is_of_ground.iter().any(|begin| words.starts_with(begin)) {
            return Err(error);
        }
        let name = &mover.movement.name;
        let words = words.strip_prefix(&format!("{name}: ")).unwrap_or(&words);
        self.fails_as(format!("{name} would fail the step: {words}"));
        Ok(())
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

    /// Says what there is to say of refused rows.
    fn tell_refused(&self, refused: &Found, account: &mut Account) {
        if refused.count == 0 {
            return;
        }
        match self.movement.invalid {
            Invalid::Fail => account.fails(&self.movement, refused, "being not valid", None),
            _ => account.notes.push(refused.note(&self.movement, "would be rejected")),
        }
    }

    /// Some keys that a question gives.
    fn keys_of(&self, sql: &str) -> Result<Vec<String>> {
        Ok(self.ask(sql, &[])?.iter().take(SHOWN).map(|key| shown(key)).collect())
    }
}
