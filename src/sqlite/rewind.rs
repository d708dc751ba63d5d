//! Rows that a step wrote, taken back from the journal of what happened to each, the newest entry first.
//!
//! Takes a store that triggers filled; gives the rows back as they were. A row that is not as the step left it is in the
//! way.

mod lost;
mod past;
mod size;

use crate::engine::Others;
use crate::error::Result;
use crate::inverse::Changed;
use crate::report::Rows;
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::functions::value;
use crate::sqlite::going::besides;
use crate::sqlite::keep;
use crate::sqlite::sealing::{Sealing, opened};
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::sqlite::undo::in_the_way;
use crate::value::Value;
use past::{Force, Past, Stop};
use rusqlite::types::{ToSql, ToSqlOutput, Value as Sqlite, ValueRef};
use rusqlite::{Connection, params_from_iter};
use std::cell::RefCell;

/// Rows that have a key which somebody else's row comes back with.
type Taken = RefCell<Vec<Vec<Value>>>;

/// A journal to be taken back.
#[derive(Debug)]
pub struct Rewind<'a> {
    /// The table.
    pub table: &'a str,
    /// The journal.
    pub store: &'a str,
    /// The columns whose values are in it.
    pub columns: &'a [String],
    /// The columns rows are found by; empty where it is the rowid.
    pub key: &'a [String],
    /// What encrypted old values.
    pub sealing: Option<&'a Sealing>,
    /// Whether a row that was written over comes back though somebody took it away. Of a migration what is gone stays gone.
    pub brings_back: bool,
}

/// The statements of a rewind.
struct Acts {
    delete: String,
    update: String,
    insert: String,
    exists: String,
    /// Whether the journal has all of a row, so that one that is gone can come back.
    whole: bool,
}

impl Rewind<'_> {
    /// Refuses if a row is not as its newest entry says. Rows that stand in the journals of `later` are left out.
    pub fn check(&self, connection: &Connection, later: &[String]) -> Result<()> {
        let changed = self.changed(connection, later).map_err(|error| database_error(&error))?;
        in_the_way(self.table, "are not as the step left them", &changed)
    }

    /// The keys of some rows that are not as their newest entry says.
    pub fn changed(&self, connection: &Connection, later: &[String]) -> rusqlite::Result<Vec<Vec<Value>>> {
        let keys = self.keys(connection)?;
        let names: Vec<String> = (0..keys.len()).map(|at| format!("evolve_key_{at}")).collect();
        let kept = |(at, name): (usize, &String)| {
            opened(self.sealing, self.key.get(at).map_or("", String::as_str), &format!("evolve_s.{name}"))
        };
        let kept = names.iter().enumerate().map(kept);
        let joined: Vec<String> = keys.iter().zip(kept).map(|(key, kept)| format!("evolve_t.{key} = {kept}")).collect();
        let grouped: Vec<String> = keys.iter().map(|key| format!("evolve_t.{key}")).collect();
        // By the row itself, not by the key in the journal: a key that is written otherwise may be the same to the
        // table. Of each row the columns are those of its newest entry.
        let sql = format!(
            "SELECT * FROM (SELECT {}, evolve_s.evolve_op AS evolve_op, evolve_s.evolve_new AS evolve_new, {} AS evolve_now, \
             max(evolve_s.evolve_n) FROM {store} AS evolve_s JOIN {table} AS evolve_t ON {}{} GROUP BY {}) \
             WHERE evolve_op = 'd' OR evolve_now IS NOT evolve_new LIMIT 20",
            self.shown(connection)?,
            keep::hash("evolve_t.", self.columns),
            joined.join(" AND "),
            besides(&grouped, later),
            grouped.join(", "),
            store = quoted(self.store),
            table = quoted(self.table),
        );
        let mut statement = connection.prepare(&sql)?;
        // Behind the key stand the operation, two hashes and the number.
        let width = statement.column_count() - 4;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..width).map(|at| row.get_ref(at).map(value));
            found.push(values.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        Ok(found)
    }

    fn shown(&self, connection: &Connection) -> rusqlite::Result<String> {
        let shape = shape::table(connection, self.table)?;
        let key = shape.map(|shape| shape.primary_key).filter(|key| !key.is_empty());
        let key = match key {
            Some(key) => key.iter().map(|column| quoted(column)).collect(),
            None => self.keys(connection)?,
        };
        Ok(key.iter().map(|column| format!("evolve_t.{column}")).collect::<Vec<_>>().join(", "))
    }

    /// Takes back at most so many entries; what it did, and whether none is left.
    pub fn batch(&self, connection: &Connection, entries: u64, others: &Others<'_>) -> Result<(Rows, bool)> {
        let taken = RefCell::new(Vec::new());
        let stopped = match self.run(connection, entries, others, &taken) {
            Ok(done) => return Ok(done),
            Err(Stop::Said(error)) => return Err(error),
            Err(Stop::Database(error)) => error,
        };
        Err(match stopped {
            error if !taken.borrow().is_empty() => {
                in_the_way(self.table, "have the key of rows that come back", &taken.borrow())
                    .err()
                    .unwrap_or_else(|| database_error(&error))
            }
            rusqlite::Error::QueryReturnedNoRows => in_the_way(
                self.table,
                "are not as the step left them",
                &[vec![crate::value::Value::Text("changed while the step was taken back".to_owned())]],
            )
            .err()
            .unwrap_or_else(|| database_error(&rusqlite::Error::QueryReturnedNoRows)),
            other => database_error(&other),
        })
    }

    fn run(
        &self,
        connection: &Connection,
        entries: u64,
        others: &Others<'_>,
        taken: &Taken,
    ) -> std::result::Result<(Rows, bool), Stop> {
        let acts =
            self.acts(connection, if others.changed == Changed::Discard { Force::Keys } else { Force::Nothing })?;
        let preserves = others.changed == Changed::Preserve;
        let past = preserves.then(|| Past::new(self, connection, others)).transpose()?;
        let keys = self.keys(connection)?.len();
        let store = quoted(self.store);
        let mut read = connection.prepare_cached(&format!("SELECT * FROM {store} ORDER BY evolve_n DESC LIMIT ?1"))?;
        let (mut last, mut count, mut done) = (None, 0_u64, Rows::default());
        let mut rows = read.query([i64::try_from(entries).unwrap_or(i64::MAX)])?;
        while let Some(row) = rows.next()? {
            let (number, op): (i64, String) = (row.get(0)?, row.get(1)?);
            let value = |at: usize| row.get_ref(at).map(Raw::of);
            let new = value(2)?;
            let key = (3..3 + keys).map(value).collect::<rusqlite::Result<Vec<_>>>()?;
            let key = self.opened(self.key, key, Sealing::has_key)?;
            let old = (3 + keys..3 + keys + self.columns.len()).map(value);
            let old = self.opened(self.columns, old.collect::<rusqlite::Result<Vec<_>>>()?, Sealing::has)?;
            let entry = Entry { new, key, old };
            match (self.entry(connection, &acts, &op, entry.clone(), &mut done), &past) {
                (Err(error), Some(past)) if Past::can(&error) => past.entry(&op, &entry, &mut done)?,
                (Err(error), _) => {
                    taken.replace(self.holders(connection, &error, &entry.old).unwrap_or_default());
                    return Err(error.into());
                }
                (Ok(()), _) => {}
            }
            (last, count) = (Some(number), count + 1);
        }
        if let Some(last) = last {
            connection.prepare_cached(&format!("DELETE FROM {store} WHERE evolve_n >= ?1"))?.execute([last])?;
        }
        done.read = count;
        Ok((done, count < entries))
    }

    /// The rows that have the unique key of a row that comes back.
    fn holders(&self, connection: &Connection, error: &rusqlite::Error, old: &[Raw]) -> Option<Vec<Vec<Value>>> {
        let message = error.to_string();
        let (_, columns) = message.split_once("UNIQUE constraint failed: ")?;
        let columns = columns.split(", ").map(|column| column.rsplit('.').next().unwrap_or(column));
        let at =
            columns.map(|name| self.columns.iter().position(|column| column == name)).collect::<Option<Vec<_>>>()?;
        let same = at.iter().map(|at| format!("evolve_t.{} = ?", quoted(&self.columns[*at]))).collect::<Vec<_>>();
        let shown = self.shown(connection).ok()?;
        let sql = format!("SELECT {shown} FROM {} AS evolve_t WHERE {}", quoted(self.table), same.join(" AND "));
        let mut statement = connection.prepare(&sql).ok()?;
        let width = statement.column_count();
        let values = params_from_iter(at.iter().map(|at| &old[*at]));
        let read = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get_ref(at).map(value)).collect();
        statement.query_map(values, read).ok()?.collect::<rusqlite::Result<_>>().ok()
    }

    /// Old values as they were: what is encrypted in the journal is decrypted.
    fn opened(
        &self,
        columns: &[String],
        mut old: Vec<Raw>,
        has: fn(&Sealing, &str) -> bool,
    ) -> rusqlite::Result<Vec<Raw>> {
        let Some(sealing) = self.sealing else { return Ok(old) };
        for (column, value) in columns.iter().zip(&mut old) {
            if has(sealing, column) {
                let opened = sealing.open(crate::sqlite::functions::value(value.as_ref()))?;
                *value = Raw::of(ValueRef::from(&crate::sqlite::functions::sqlite_value(opened)));
            }
        }
        Ok(old)
    }

    fn entry(
        &self,
        connection: &Connection,
        acts: &Acts,
        op: &str,
        entry: Entry,
        done: &mut Rows,
    ) -> rusqlite::Result<()> {
        let Entry { new, key, old } = entry;
        let execute = |sql: &str, values: Vec<Raw>| connection.prepare_cached(sql)?.execute(params_from_iter(values));
        let changed = match op {
            "i" => execute(&acts.delete, key.iter().cloned().chain([new]).collect())?,
            "u" => execute(&acts.update, old.iter().chain(&key).cloned().chain([new]).collect())?,
            _ => execute(&acts.insert, key.iter().chain(&old).cloned().collect())?,
        };
        match (op, changed) {
            ("i" | "u", 0) => {
                let exists = connection.prepare_cached(&acts.exists)?.exists(params_from_iter(&key))?;
                match (exists, op) {
                    (true, _) => return Err(rusqlite::Error::QueryReturnedNoRows),
                    (false, "u") if acts.whole => {
                        execute(&acts.insert, key.into_iter().chain(old).collect())?;
                        done.inserted += 1;
                    }
                    (false, _) => done.skipped += 1,
                }
            }
            ("d", _) => done.inserted += 1,
            _ => done.updated += 1,
        }
        Ok(())
    }

    /// The columns rows are found by, as SQL.
    fn keys(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        if self.key.is_empty() {
            return Ok(vec![keep::rowid(connection, self.table)?.to_owned()]);
        }
        Ok(self.key.iter().map(|key| quoted(key)).collect())
    }

    fn acts(&self, connection: &Connection, force: Force) -> rusqlite::Result<Acts> {
        let shape = shape::table(connection, self.table)?;
        let keys = self.keys(connection)?;
        let table = quoted(self.table);
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let same = |first: usize| {
            let pairs = keys.iter().enumerate().map(|(at, key)| format!("{key} = ?{}", first + at));
            pairs.collect::<Vec<_>>().join(" AND ")
        };
        let unchanged = |at: usize| match force {
            Force::Row | Force::Keys => format!("?{at} IS ?{at}"),
            Force::Nothing => format!("{} IS ?{at}", keep::hash("", self.columns)),
        };
        let set: Vec<String> =
            columns.iter().enumerate().map(|(at, column)| format!("{column} = ?{}", at + 1)).collect();
        let behind = columns.len() + 1;
        // What the table's own clauses say of a key that is there is not for rows that come back.
        let has_clause = shape.as_ref().is_some_and(|shape| crate::sql::normal(&shape.sql).contains("on conflict"));
        let or = match force {
            Force::Keys => "OR REPLACE ",
            _ if has_clause => "OR ABORT ",
            _ => "",
        };
        Ok(Acts {
            delete: format!("DELETE FROM {table} WHERE {} AND {}", same(1), unchanged(keys.len() + 1)),
            update: format!(
                "UPDATE {or}{table} SET {} WHERE {} AND {}",
                set.join(", "),
                same(behind),
                unchanged(behind + keys.len())
            ),
            insert: self.insert(shape.as_ref(), &keys, &columns, or),
            exists: format!("SELECT 1 FROM {table} WHERE {}", same(1)),
            whole: self.brings_back
                && shape.as_ref().is_some_and(|shape| shape::stored(shape).len() == self.columns.len()),
        })
    }

    /// The statement that brings a deleted row back, with its rowid where that is no column.
    fn insert(&self, shape: Option<&Table>, keys: &[String], columns: &[String], or: &str) -> String {
        let hidden = self.key.is_empty() && shape.is_some_and(|shape| shape::rowid_alias(shape).is_none());
        let mut targets = columns.to_vec();
        let mut values: Vec<String> = (0..columns.len()).map(|at| format!("?{}", keys.len() + at + 1)).collect();
        if hidden {
            targets.insert(0, keys[0].clone());
            values.insert(0, "?1".to_owned());
        }
        format!("INSERT {or}INTO {} ({}) VALUES ({})", quoted(self.table), targets.join(", "), values.join(", "))
    }
}

/// One entry of a journal.
#[derive(Clone)]
struct Entry {
    new: Raw,
    key: Vec<Raw>,
    old: Vec<Raw>,
}

/// A value as its bytes are: text need not be UTF-8.
#[derive(Clone)]
enum Raw {
    Text(Vec<u8>),
    Other(Sqlite),
}

impl Raw {
    fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Other(value) => value.into(),
        }
    }

    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Text(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Null => Self::Other(Sqlite::Null),
            ValueRef::Integer(number) => Self::Other(Sqlite::Integer(number)),
            ValueRef::Real(number) => Self::Other(Sqlite::Real(number)),
            ValueRef::Blob(bytes) => Self::Other(Sqlite::Blob(bytes.to_vec())),
        }
    }
}

impl ToSql for Raw {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.as_ref()))
    }
}
