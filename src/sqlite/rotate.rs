//! Values of one key brought to another, batch by batch: in every table, whatever it is called by now, and in what is
//! kept of rows.
//!
//! Takes what brings values over, and which stores keep rows of what; gives how many rows each batch changed. Each table
//! is read through once to see whether something in it is due, those where something is once more; all of it within the
//! database. Where a row's content is remembered as a hash, that follows. A batch that is done again changes nothing.

mod follow;
mod ids;
mod walk;

use crate::columns::{Cipher, Turner};
use crate::engine::{Database as _, Session as _};
use crate::error::Result;
use crate::naming::Names;
use crate::schema::{Table, Tables as _};
use crate::sql::quoted;
use crate::sqlite::functions::{sqlite_value, value};
use crate::sqlite::session::SqliteSession;
use crate::sqlite::survey::database_error;
use crate::sqlite::{shape, undo};
use crate::value::Value;
pub use ids::ids;
use rusqlite::functions::FunctionFlags;
use std::collections::BTreeSet;
use walk::Held;
pub use walk::Walk;

/// Columns of stores that hold nothing of a row.
const OWN: &[&str] =
    &["evolve_n", "evolve_op", "evolve_new", "evolve_rowid", "evolve_step", "evolve_table", "evolve_at"];

/// Tables of the ledger that hold something of rows: keys, and rows that were put aside.
const LEDGER: &[&str] = &["evolve_rejects", "evolve_answers", "evolve_ids", "evolve_cursors"];

/// A journal or a store of kept rows.
#[derive(Debug, Clone)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// The number of its step; nothing where rows are preserved of a step that went.
    pub seq: Option<i64>,
    /// The tables whose rows may be in it, in lower case, as they were called then.
    pub tables: Vec<String>,
    /// What encrypts some of its values, whichever.
    pub outer: Vec<Cipher>,
}

/// What is brought over, and with what.
#[derive(Debug)]
pub struct Turning {
    /// What brings values over.
    pub turner: Turner,
    /// How a text of the key before begins.
    pub before: String,
    /// Stores of kept rows.
    pub stores: Vec<Store>,
    /// What was renamed.
    pub names: Names,
    /// Rows a batch.
    pub rows: u64,
}

/// All that may hold values of the key.
#[derive(Debug)]
pub struct Rotation<'a> {
    session: &'a SqliteSession<'a>,
    before: String,
    stores: Vec<Store>,
    names: Names,
    rows: u64,
}

/// What was found in a database.
#[derive(Debug, Default)]
pub struct Found {
    /// Tables and stores of which something is to be brought over, live tables first.
    pub due: Vec<Walk>,
    /// Columns with texts of the key before that nothing known has made: they stay.
    pub strange: Vec<String>,
}

impl<'a> Rotation<'a> {
    /// In this database.
    pub fn new(session: &'a SqliteSession<'a>, turning: Turning) -> Result<Self> {
        let Turning { turner, before, stores, names, rows } = turning;
        let rotation = Self { session, before, stores, names, rows };
        rotation.register("evolve_turn", move |value| turner.turn(value))?;
        Ok(rotation)
    }

    /// Looks through every table.
    pub fn find(&self) -> Result<Found> {
        let mut found = Found::default();
        let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
                   AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let names: Vec<String> =
            self.session.query(sql, &[])?.iter().filter_map(|row| crate::ledger::text(row, 0)).collect();
        let is_store = |name: &String| self.stores.iter().position(|store| store.name.eq_ignore_ascii_case(name));
        let is_ledger = |name: &String| name.starts_with("evolve_") && !LEDGER.contains(&name.as_str());
        for name in names.iter().filter(|name| is_store(name).is_none() && !is_ledger(name)) {
            if let Some(table) = self.session.table(name) {
                self.look(self.live(&table), &mut found)?;
            }
        }
        for (name, number) in names.iter().filter_map(|name| Some((name, is_store(name)?))) {
            if let Some(table) = self.session.table(name) {
                self.look(self.kept(number, &table)?, &mut found)?;
            }
        }
        Ok(found)
    }

    fn live(&self, table: &Table) -> Walk {
        let lower = table.name.to_lowercase();
        let values = shape::stored(table).into_iter().map(|name| {
            let place = quoted(&name);
            let after = turned(&place);
            let now = vec![(lower.clone(), name.to_lowercase())];
            Held { name, now, before: place, written: after.clone(), after, due: false }
        });
        Walk::of(table, vec![lower.clone()], values.collect(), false)
    }

    fn kept(&self, number: usize, table: &Table) -> Result<Walk> {
        let store = &self.stores[number];
        let open = format!("evolve_open_{number}");
        let outer = store.outer.clone();
        self.register(&open, move |value| outer.iter().find_map(|cipher| cipher.open(&value)).unwrap_or(value))?;
        let values = shape::stored(table).into_iter().filter(|name| !OWN.contains(&name.as_str())).map(|name| {
            let place = quoted(&name);
            let before = format!("iif({}, {open}({place}), {place})", holds(&place));
            let now = if name.starts_with("evolve_") { Vec::new() } else { self.now(store, &name) };
            Held { now, written: turned(&place), after: turned(&before), before, name, due: false }
        });
        let tables: BTreeSet<String> = store.tables.iter().flat_map(|table| self.tables_now(store, table)).collect();
        Ok(Walk::of(table, tables.into_iter().collect(), values.collect(), true))
    }

    /// What the columns may be called by now whose values a store holds under this name.
    fn now(&self, store: &Store, column: &str) -> Vec<(String, String)> {
        let seq = store.seq.unwrap_or(i64::MAX);
        store.tables.iter().flat_map(|table| self.names.now(seq, table, column)).collect()
    }

    fn tables_now(&self, store: &Store, table: &str) -> Vec<String> {
        self.names.table_now(store.seq.unwrap_or(i64::MAX), table)
    }

    /// Reads a table through: what is due in it, and what nothing known has made.
    fn look(&self, mut walk: Walk, found: &mut Found) -> Result<()> {
        if walk.values.is_empty() {
            return Ok(());
        }
        let asked = walk.values.iter().flat_map(|held| {
            let place = quoted(&held.name);
            let of_before = within(&place, &self.before);
            // Most values are none: nothing is called for them.
            let change = format!("max({} AND {})", holds(&place), held.changes());
            [change, format!("max({of_before} AND NOT ({}))", held.changes())]
        });
        let asked = asked.collect::<Vec<_>>().join(", ");
        let row = self.session.query(&format!("SELECT {asked} FROM main.{}", quoted(&walk.name)), &[])?.pop();
        let is = |at: usize| row.as_ref().and_then(|row| crate::ledger::integer(row, at)) == Some(1);
        for (at, held) in walk.values.iter_mut().enumerate() {
            held.due = is(2 * at);
            if !held.due {
                held.after = held.before.clone();
            }
            if is(2 * at + 1) {
                found.strange.push(format!("{}.{}", walk.name, held.name));
            }
        }
        if walk.is_due() {
            found.due.push(walk);
        }
        Ok(())
    }

    fn register(&self, name: &str, turn: impl Fn(Value) -> Value + Send + 'static) -> Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
        let call = move |context: &rusqlite::functions::Context<'_>| Ok(sqlite_value(turn(value(context.get_raw(0)))));
        self.session.connection.create_scalar_function(name, 1, flags, call).map_err(|error| database_error(&error))
    }

    /// The next batch of a walk: its rows, or nothing at its end. One transaction, with what is to be noted of it.
    pub fn batch(&self, walk: &mut Walk, note: &dyn Fn(u64) -> Result<()>) -> Result<Option<u64>> {
        // Row and reference change alike, but not in one batch.
        self.session.begin(true)?;
        let done = self.turn(walk).and_then(|count| {
            note(count)?;
            Ok(count)
        });
        match done {
            Ok(count) => {
                self.session.commit()?;
                Ok((count > 0).then_some(count))
            }
            Err(error) => {
                self.session.rollback();
                Err(error)
            }
        }
    }

    fn turn(&self, walk: &mut Walk) -> Result<u64> {
        let place = quoted(&walk.name);
        let key = walk.key.join(", ");
        let named: Vec<String> = walk.key.iter().enumerate().map(|(at, key)| format!("{key} AS k{at}")).collect();
        let named = named.join(", ");
        self.session.statement("DROP TABLE IF EXISTS temp.evolve_batch")?;
        self.session.statement(&format!(
            "CREATE TEMP TABLE evolve_batch AS SELECT {named} FROM main.{place} WHERE ({}){} ORDER BY {key} LIMIT {}",
            walk.changes(),
            walk.behind(),
            self.rows
        ))?;
        let these = format!("({key}) IN (SELECT * FROM temp.evolve_batch)");
        let count = self.count("SELECT count(*) FROM temp.evolve_batch")?.unwrap_or(0);
        if count > 0 {
            self.follow(walk, &these)?;
            let sets = walk.due().map(|held| format!("{} = {}", quoted(&held.name), held.written));
            let sets = sets.chain(digest(walk)).collect::<Vec<_>>().join(", ");
            let held = if walk.is_store { Vec::new() } else { undo::triggers_to_hold(self.session, &walk.name)? };
            for (name, _) in &held {
                self.session.statement(&format!("DROP TRIGGER {}", quoted(name)))?;
            }
            self.session.statement(&format!("UPDATE main.{place} SET {sets} WHERE {these}"))?;
            held.iter().try_for_each(|(_, sql)| self.session.statement(sql))?;
            self.go_on(walk)?;
        }
        self.session.statement("DROP TABLE temp.evolve_batch")?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Notes behind which row the next batch begins.
    fn go_on(&self, walk: &mut Walk) -> Result<()> {
        walk.begun = true;
        if walk.numbered {
            walk.after = self.count("SELECT max(k0) FROM temp.evolve_batch")?;
            return Ok(());
        }
        self.session.statement("DROP TABLE IF EXISTS temp.evolve_behind")?;
        self.session
            .statement("CREATE TEMP TABLE evolve_behind AS SELECT * FROM temp.evolve_batch ORDER BY rowid DESC LIMIT 1")
    }

    fn count(&self, sql: &str) -> Result<Option<i64>> {
        Ok(self.session.query(sql, &[])?.first().and_then(|row| crate::ledger::integer(row, 0)))
    }
}

/// The digest of a reject's record follows it: else it would pass for one that somebody mended.
fn digest(walk: &Walk) -> Option<String> {
    let record = walk.due().find(|held| walk.name == "evolve_rejects" && held.name == "record")?;
    Some(format!("said = iif(said IS evolve_hash(record), evolve_hash({}), said)", record.written))
}

/// The condition that a value holds a ciphertext, of whichever key.
fn holds(sql: &str) -> String {
    within(sql, "evolve:1:")
}

/// The condition that a value is text or bytes and holds a text; no function of ours is called for it.
fn within(sql: &str, text: &str) -> String {
    let [text, bytes] = [Value::Text(text.to_owned()), Value::Blob(text.as_bytes().to_vec())];
    let [text, bytes] = [&text, &bytes].map(crate::columns::literal);
    format!(
        "CASE typeof({sql}) WHEN 'text' THEN instr({sql}, {text}) WHEN 'blob' THEN instr({sql}, {bytes}) ELSE 0 END > 0"
    )
}

/// A value brought over, of the class that it was.
fn turned(sql: &str) -> String {
    let of = holds(sql);
    format!("iif({of}, iif(typeof({sql}) = 'text', CAST(evolve_turn({sql}) AS TEXT), evolve_turn({sql})), {sql})")
}
