//! Values of one key brought to another, batch by batch: in the tables that hold them, and in what is kept of these.
//!
//! Takes which columns hold what; gives how many rows each batch changed. Where a row's content is remembered as a hash,
//! that follows, so that the row still counts as the step left it. A batch that is done again changes nothing.

use crate::columns::{Cipher, Function};
use crate::engine::{Database as _, Session as _};
use crate::error::Result;
use crate::schema::{Table, Tables as _};
use crate::sql::quoted;
use crate::sqlite::functions::{sqlite_value, value};
use crate::sqlite::session::SqliteSession;
use crate::sqlite::survey::database_error;
use crate::sqlite::{shape, undo};
use crate::value::Value;
use rusqlite::functions::FunctionFlags;
use std::sync::Arc;

/// Columns of stores that hold nothing of a row.
const OWN: &[&str] =
    &["evolve_n", "evolve_op", "evolve_new", "evolve_rowid", "evolve_step", "evolve_table", "evolve_at"];

/// Rows a batch.
const ROWS: u64 = 10_000;

/// A protected column, and what brings its values over.
#[derive(Debug, Clone)]
pub struct Column {
    /// The table, in lower case.
    pub table: String,
    /// The column, in lower case.
    pub name: String,
    /// What brings them over.
    pub turns: Arc<dyn Function>,
}

/// A journal or a store of kept rows.
#[derive(Debug, Clone)]
pub struct Store {
    /// Its name.
    pub name: String,
    /// The tables whose rows may be in it, in lower case.
    pub tables: Vec<String>,
    /// What the columns of its keys may be, each with its place in the key.
    pub keys: Vec<(usize, String)>,
    /// What encrypts some of its values, whichever.
    pub outer: Vec<Cipher>,
}

/// All that holds values of the key.
#[derive(Debug)]
pub struct Rotation<'a> {
    session: &'a SqliteSession<'a>,
    columns: Vec<Column>,
    stores: Vec<Store>,
}

/// One table or store on its way.
#[derive(Debug)]
pub struct Walk {
    /// Its name.
    name: String,
    tables: Vec<String>,
    /// The columns rows are found by, quoted.
    key: Vec<String>,
    /// Whether that is one number.
    numbered: bool,
    values: Vec<Held>,
    /// Behind which row the next batch begins.
    after: Option<i64>,
    is_store: bool,
}

/// A column of a walk, as SQL: what it means before and after, and what is written.
#[derive(Debug)]
struct Held {
    name: String,
    before: String,
    after: String,
    written: Option<String>,
}

impl<'a> Rotation<'a> {
    /// Over these.
    pub fn new(session: &'a SqliteSession<'a>, columns: Vec<Column>, stores: Vec<Store>) -> Self {
        Self { session, columns, stores }
    }

    /// Everything that must be gone through: live tables first.
    pub fn walks(&self) -> Result<Vec<Walk>> {
        let mut walks = Vec::new();
        let mut tables: Vec<&String> = self.columns.iter().map(|column| &column.table).collect();
        tables.sort();
        tables.dedup();
        // Preserved rows are a store, whose columns are named by it.
        tables.retain(|table| !self.stores.iter().any(|store| store.name.eq_ignore_ascii_case(table)));
        for name in tables {
            if let Some(table) = self.session.table(name).filter(|table| !table.is_view && !table.is_virtual) {
                walks.extend(self.live(&table)?);
            }
        }
        for (number, store) in self.stores.iter().enumerate() {
            walks.extend(self.kept(number, store)?);
        }
        Ok(walks)
    }

    fn live(&self, table: &Table) -> Result<Option<Walk>> {
        let lower = table.name.to_lowercase();
        let mut values = Vec::new();
        for (number, name) in shape::stored(table).into_iter().enumerate() {
            let place = quoted(&name);
            let turns = self.turns(std::slice::from_ref(&lower), &name);
            if turns.is_empty() {
                values.push(Held { name, before: place.clone(), after: place, written: None });
                continue;
            }
            let function = format!("evolve_turn_{number}");
            self.register(&function, move |value| inner(&turns, value))?;
            let after = guarded(&function, &place);
            values.push(Held { name, before: place, after: after.clone(), written: Some(after) });
        }
        Ok(Walk::of(table, vec![lower], values, false))
    }

    fn kept(&self, number: usize, store: &Store) -> Result<Option<Walk>> {
        let Some(table) = self.session.table(&store.name) else { return Ok(None) };
        let mut values = Vec::new();
        for (at, name) in shape::stored(&table).into_iter().enumerate() {
            if OWN.contains(&name.as_str()) {
                continue;
            }
            let place = quoted(&name);
            let [open, turn, whole] = ["open", "turn", "whole"].map(|word| format!("evolve_{word}_{number}_{at}"));
            let (turns, outer) = (self.turns_in(store, &name), store.outer.clone());
            let (own, own_turns) = (outer.clone(), turns.clone());
            self.register(&open, move |value| opened(&own, &value).map_or(value, |(_, plain)| plain))?;
            self.register(&turn, move |value| inner(&own_turns, value))?;
            self.register(&whole, move |value| match opened(&outer, &value) {
                Some((cipher, plain)) => cipher.seal(inner(&turns, plain)),
                None => inner(&turns, value),
            })?;
            let before = guarded(&open, &place);
            let after = guarded(&turn, &before);
            values.push(Held { name, before, after, written: Some(guarded(&whole, &place)) });
        }
        Ok(Walk::of(&table, store.tables.clone(), values, true))
    }

    /// What brings values of a column of one of these tables over.
    fn turns(&self, tables: &[String], column: &str) -> Vec<Arc<dyn Function>> {
        let is = |it: &&Column| it.name == column.to_lowercase() && tables.contains(&it.table);
        self.columns.iter().filter(is).map(|column| Arc::clone(&column.turns)).collect()
    }

    /// What brings values of a store's column over; a key's are those of the columns it may be of.
    fn turns_in(&self, store: &Store, column: &str) -> Vec<Arc<dyn Function>> {
        match column.strip_prefix("evolve_key_").and_then(|at| at.parse::<usize>().ok()) {
            None => self.turns(&store.tables, column),
            Some(at) => {
                let names = store.keys.iter().filter(|(place, _)| *place == at);
                names.flat_map(|(_, name)| self.turns(&store.tables, name)).collect()
            }
        }
    }

    fn register(&self, name: &str, turn: impl Fn(Value) -> Value + Send + 'static) -> Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
        let call = move |context: &rusqlite::functions::Context<'_>| Ok(sqlite_value(turn(value(context.get_raw(0)))));
        self.session.connection.create_scalar_function(name, 1, flags, call).map_err(|error| database_error(&error))
    }

    /// Whether something of a walk is to be brought over.
    pub fn is_due(&self, walk: &Walk) -> Result<bool> {
        let sql = format!("SELECT 1 FROM main.{} WHERE {} LIMIT 1", quoted(&walk.name), walk.changes());
        Ok(!self.session.query(&sql, &[])?.is_empty())
    }

    /// The next batch of a walk: its rows, or nothing at its end. One transaction.
    pub fn batch(&self, walk: &mut Walk) -> Result<Option<u64>> {
        self.session.begin(false)?;
        match self.turn(walk) {
            Ok(turned) => {
                self.session.commit()?;
                Ok(turned)
            }
            Err(error) => {
                self.session.rollback();
                Err(error)
            }
        }
    }

    fn turn(&self, walk: &mut Walk) -> Result<Option<u64>> {
        let place = quoted(&walk.name);
        let key = walk.key.join(", ");
        let named: Vec<String> = walk.key.iter().enumerate().map(|(at, key)| format!("{key} AS k{at}")).collect();
        let named = named.join(", ");
        let behind = walk.after.map(|after| format!(" AND {key} > {after}")).unwrap_or_default();
        self.session.statement("DROP TABLE IF EXISTS temp.evolve_batch")?;
        self.session.statement(&format!(
            "CREATE TEMP TABLE evolve_batch AS SELECT {named} FROM main.{place} WHERE ({}){behind} ORDER BY {key} LIMIT {ROWS}",
            walk.changes()
        ))?;
        let these = format!("({key}) IN (SELECT * FROM temp.evolve_batch)");
        let count = self.count("SELECT count(*) FROM temp.evolve_batch")?.unwrap_or(0);
        if count > 0 {
            self.follow(walk, &these)?;
            let sets = walk.written().map(|(name, written)| format!("{} = {written}", quoted(name)));
            let sets = sets.collect::<Vec<_>>().join(", ");
            let held = if walk.is_store { Vec::new() } else { undo::triggers_to_hold(self.session, &walk.name)? };
            for (name, _) in &held {
                self.session.statement(&format!("DROP TRIGGER {}", quoted(name)))?;
            }
            self.session.statement(&format!("UPDATE main.{place} SET {sets} WHERE {these}"))?;
            held.iter().try_for_each(|(_, sql)| self.session.statement(sql))?;
            if walk.numbered {
                walk.after = self.count("SELECT max(k0) FROM temp.evolve_batch")?;
            }
        }
        self.session.statement("DROP TABLE temp.evolve_batch")?;
        Ok((count > 0).then(|| u64::try_from(count).unwrap_or(0)))
    }

    fn count(&self, sql: &str) -> Result<Option<i64>> {
        Ok(self.session.query(sql, &[])?.first().and_then(|row| crate::ledger::integer(row, 0)))
    }

    /// Hashes of rows that change, wherever they are remembered.
    fn follow(&self, walk: &Walk, these: &str) -> Result<()> {
        for store in self.stores.iter().filter(|store| store.tables.iter().any(|table| walk.tables.contains(table))) {
            let Some(table) = self.session.table(&store.name).filter(|table| table.column("evolve_op").is_some())
            else {
                continue;
            };
            let own = |name: &String| !name.starts_with("evolve_");
            let columns: Vec<String> = shape::stored(&table).into_iter().filter(own).collect();
            self.follow_in(walk, these, &columns, &quoted(&store.name), "evolve_new", "")?;
        }
        if !walk.is_store {
            let columns =
                shape::stored_of(&self.session.connection, &walk.name).map_err(|error| database_error(&error))?;
            let of = format!(" AND tbl = '{}'", walk.name.to_lowercase().replace('\'', "''"));
            self.follow_in(walk, these, &columns, "evolve_written", "hash", &of)?;
        }
        Ok(())
    }

    fn follow_in(&self, walk: &Walk, these: &str, columns: &[String], place: &str, hash: &str, of: &str) -> Result<()> {
        let held = |name: &String| walk.values.iter().find(|held| held.name.eq_ignore_ascii_case(name));
        let Some(held) = columns.iter().map(held).collect::<Option<Vec<_>>>() else { return Ok(()) };
        if held.iter().all(|held| held.before == held.after) {
            return Ok(());
        }
        let list = |side: fn(&Held) -> &str| held.iter().map(|held| side(held)).collect::<Vec<_>>().join(", ");
        let (before, after) = (list(|held| &held.before), list(|held| &held.after));
        self.session.statement("CREATE TEMP TABLE evolve_turned (before PRIMARY KEY, after) WITHOUT ROWID")?;
        self.session.statement(&format!(
            "INSERT OR IGNORE INTO temp.evolve_turned SELECT evolve_hash({before}), evolve_hash({after}) FROM main.{} WHERE {these}",
            quoted(&walk.name)
        ))?;
        self.session.statement(&format!(
            "UPDATE OR REPLACE main.{place} SET {hash} = (SELECT after FROM temp.evolve_turned WHERE before = {hash}) \
             WHERE {hash} IN (SELECT before FROM temp.evolve_turned){of}"
        ))?;
        self.session.statement("DROP TABLE temp.evolve_turned")
    }
}

impl Walk {
    /// A walk over a table; nothing where none of its columns is written.
    fn of(table: &Table, tables: Vec<String>, values: Vec<Held>, is_store: bool) -> Option<Self> {
        let number = shape::rowid_name(table).map(str::to_owned);
        let key = match &number {
            Some(number) => vec![number.clone()],
            None => table.primary_key.iter().map(|column| quoted(column)).collect(),
        };
        let any = values.iter().any(|held| held.written.is_some());
        let name = table.name.clone();
        any.then(|| Self { name, tables, key, numbered: number.is_some(), values, after: None, is_store })
    }

    /// What is gone through, for people: a table, or what is kept of one.
    pub fn shown(&self) -> String {
        match self.is_store {
            true => format!("kept of {} ({})", self.tables.join(", "), self.name),
            false => self.name.clone(),
        }
    }

    /// The condition of rows that are to be brought over.
    fn changes(&self) -> String {
        let changes = self.written().map(|(name, written)| format!("{written} IS NOT {}", quoted(name)));
        changes.collect::<Vec<_>>().join(" OR ")
    }

    fn written(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().filter_map(|held| Some((held.name.as_str(), held.written.as_deref()?)))
    }
}

/// A function called where there may be something for it.
fn guarded(function: &str, sql: &str) -> String {
    format!("iif(typeof({sql}) = 'text' AND instr({sql}, 'evolve:1:') > 0, {function}({sql}), {sql})")
}

fn inner(turns: &[Arc<dyn Function>], value: Value) -> Value {
    turns.iter().fold(value, |value, turns| turns.call(value.clone()).unwrap_or(value))
}

fn opened<'c>(outer: &'c [Cipher], value: &Value) -> Option<(&'c Cipher, Value)> {
    outer.iter().find_map(|cipher| Some((cipher, cipher.open(value)?)))
}
