//! What a step is about to destroy or change, kept in plain tables of the same database.
//!
//! Takes a [`Keep`] and the name of its store; makes the store, fills it, or has triggers fill it. Must not decide what
//! is kept.

use crate::engine::Keeping;
use crate::error::Result;
use crate::reading::{How, Keep};
use crate::sql::quoted;
use crate::sqlite::render::joined;
use crate::sqlite::sealing::{Sealing, opened, sealed, sealed_key};
use crate::sqlite::survey::database_error;
use crate::sqlite::{shape, witness};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Begins: copies the rows, or watches them.
pub fn begin(connection: &Connection, keeping: &Keeping<'_>) -> Result<()> {
    let Keeping { keep, store, .. } = *keeping;
    let sealing = sealing(keeping)?;
    let sealing = sealing.as_ref();
    let begun = || {
        sealing.map_or(Ok(()), |sealing| sealing.register(connection))?;
        match keep.how {
            How::Nothing => Ok(()),
            How::Whole | How::Replaced { .. } => copy(connection, keep, store, sealing),
            How::Captured => watch(connection, &Watch::of(keep, sealing), store),
        }
    };
    begun().map_err(|error| database_error(&error))
}

/// Ends: marks what became of each row, or stops watching.
pub fn end(connection: &Connection, keeping: &Keeping<'_>) -> Result<()> {
    let Keeping { keep, store, .. } = *keeping;
    let sealing = sealing(keeping)?;
    let ended = match &keep.how {
        How::Nothing | How::Whole => Ok(()),
        How::Replaced { added, new_key } => mark(connection, keep, store, sealing.as_ref(), (added, new_key)),
        How::Captured => unwatch(connection, store),
    };
    if let Some(sealing) = sealing {
        sealing.forget(connection);
    }
    ended.map_err(|error| database_error(&error))
}

fn sealing(keeping: &Keeping<'_>) -> Result<Option<Sealing>> {
    keeping.seal.map(|seal| Sealing::of_store(seal, keeping.store, keeping.keys)).transpose()
}

fn copy(connection: &Connection, keep: &Keep, store: &str, sealing: Option<&Sealing>) -> rusqlite::Result<()> {
    let mut columns = Vec::new();
    if matches!(keep.how, How::Replaced { .. }) {
        columns.push(("evolve_new".to_owned(), "NULL".to_owned()));
    }
    if keep.rowid {
        columns.push(("evolve_rowid".to_owned(), rowid(connection, &keep.table)?.to_string()));
    }
    let keys = keep.key.iter().map(|key| sealed_key(sealing, key, &quoted(key)));
    columns.extend(keys.enumerate().map(|(at, key)| (format!("evolve_key_{at}"), key)));
    columns.extend(keep.columns.iter().map(|column| (quoted(column), sealed(sealing, column, &quoted(column)))));
    // Not CREATE TABLE … AS: that calls a column "true" otherwise.
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    connection.execute_batch(&format!(
        "CREATE TABLE {0} ({1}); INSERT INTO {0} SELECT {2} FROM {3}",
        quoted(store),
        names.join(", "),
        values.join(", "),
        quoted(&keep.table)
    ))?;
    // A dropped table takes its AUTOINCREMENT mark with it.
    match witness::issued(connection, &keep.table)? {
        Some(number) if keep.how == How::Whole => connection
            .execute("INSERT OR REPLACE INTO evolve_meta VALUES (?1, ?2)", params![mark_key(store), number.to_string()])
            .map(|_| ()),
        _ => Ok(()),
    }
}

/// Gives a table that is made again the mark that was kept beside its store.
pub fn give_mark_back(connection: &Connection, table: &str, store: &str) -> rusqlite::Result<()> {
    let sql = "DELETE FROM evolve_meta WHERE key = ?1 RETURNING CAST(value AS INTEGER)";
    let number: Option<i64> = connection.query_row(sql, [mark_key(store)], |row| row.get(0)).optional()?;
    number.map_or(Ok(()), |number| witness::carry(connection, table, number))
}

/// The name of a mark among the ledger's own facts.
fn mark_key(store: &str) -> String {
    format!("issued {store}")
}

/// Marks each kept row with a hash of its new values; a row that was left out keeps NULL.
fn mark(
    connection: &Connection,
    keep: &Keep,
    store: &str,
    sealing: Option<&Sealing>,
    (added, new_key): (&[String], &[String]),
) -> rusqlite::Result<()> {
    let found = if new_key.is_empty() {
        format!("evolve_t.{} = evolve_rowid", rowid(connection, &keep.table)?)
    } else {
        let pairs = new_key.iter().zip(&keep.key).enumerate().map(|(at, (new, old))| {
            format!("evolve_t.{} = {}", quoted(new), opened(sealing, old, &format!("evolve_key_{at}")))
        });
        pairs.collect::<Vec<_>>().join(" AND ")
    };
    connection.execute_batch(&format!(
        "UPDATE {} SET evolve_new = (SELECT {} FROM {} AS evolve_t WHERE {found})",
        quoted(store),
        hash("evolve_t.", added),
        quoted(&keep.table)
    ))
}

/// What is watched.
#[derive(Debug)]
pub struct Watch<'a> {
    /// The table.
    pub table: &'a str,
    /// The columns whose old values are kept, and whose new values are hashed.
    pub columns: &'a [String],
    /// The columns rows are found by; empty where it is the rowid.
    pub key: &'a [String],
    /// What encrypts old values, its functions registered.
    pub sealing: Option<&'a Sealing>,
}

impl<'a> Watch<'a> {
    fn of(keep: &'a Keep, sealing: Option<&'a Sealing>) -> Self {
        Self { table: &keep.table, columns: &keep.columns, key: &keep.key, sealing }
    }
}

/// Makes the store where it is not there, and triggers that fill it from now on.
pub fn watch(connection: &Connection, watch: &Watch<'_>, store: &str) -> rusqlite::Result<()> {
    make(connection, watch, store)?;
    let (table, store_name) = (quoted(watch.table), quoted(store));
    let columns: Vec<String> = watch.columns.iter().map(|column| quoted(column)).collect();
    let numbers = [rowid(connection, watch.table)?.to_owned()];
    let keys = if watch.key.is_empty() { &numbers[..] } else { watch.key };
    let key_names: Vec<String> = (0..keys.len()).map(|at| format!("evolve_key_{at}")).collect();
    let key_names = key_names.join(", ");
    let of = |side: &str| {
        let keys = keys.iter().map(|key| sealed_key(watch.sealing, key, &format!("{side}.{}", quoted(key))));
        keys.collect::<Vec<_>>().join(", ")
    };
    let old = watch.columns.iter().map(|column| sealed(watch.sealing, column, &format!("OLD.{}", quoted(column))));
    let old = old.collect::<Vec<_>>().join(", ");
    let names = columns.join(", ");
    // As bytes and class: 'a' is not 'A' whatever the column's collation, and 1 is not 1.0.
    let changed: Vec<String> = columns
        .iter()
        .map(|it| format!("OLD.{it} COLLATE BINARY IS NOT NEW.{it} OR typeof(OLD.{it}) <> typeof(NEW.{it})"))
        .collect();
    let hash = hash("NEW.", watch.columns);
    connection.execute_batch(&format!(
        "CREATE TEMP TRIGGER {} AFTER INSERT ON main.{table} BEGIN \
           INSERT INTO {store_name} (evolve_op, {key_names}, evolve_new) VALUES ('i', {}, {hash}); END; \
         CREATE TEMP TRIGGER {} AFTER UPDATE ON main.{table} WHEN {} BEGIN \
           INSERT INTO {store_name} (evolve_op, {key_names}, evolve_new, {names}) VALUES ('u', {}, {hash}, {old}); END; \
         CREATE TEMP TRIGGER {} AFTER DELETE ON main.{table} BEGIN \
           INSERT INTO {store_name} (evolve_op, {key_names}, {names}) VALUES ('d', {}, {old}); END;",
        quoted(&format!("{store}_i")),
        of("NEW"),
        quoted(&format!("{store}_u")),
        joined(&changed, " OR "),
        of("NEW"),
        quoted(&format!("{store}_d")),
        of("OLD"),
    ))
}

/// Stops watching; the store stays.
pub fn unwatch(connection: &Connection, store: &str) -> rusqlite::Result<()> {
    ["i", "u", "d"].iter().try_for_each(|event| {
        connection.execute_batch(&format!("DROP TRIGGER IF EXISTS temp.{}", quoted(&format!("{store}_{event}"))))
    })
}

fn make(connection: &Connection, watch: &Watch<'_>, store: &str) -> rusqlite::Result<()> {
    let keys = if watch.key.is_empty() { 1 } else { watch.key.len() };
    let keys = (0..keys).map(|at| format!(", evolve_key_{at}")).collect::<String>();
    let columns = watch.columns.iter().map(|column| format!(", {}", quoted(column))).collect::<String>();
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {} (evolve_n INTEGER PRIMARY KEY, evolve_op TEXT NOT NULL, evolve_new{keys}{columns})",
        quoted(store)
    ))
}

/// How many arguments a function is given at most; SQLite takes 127.
const ARGUMENTS: usize = 100;

/// The SQL of a hash over columns; of very many, a hash over hashes.
pub fn hash(prefix: &str, columns: &[String]) -> String {
    hash_of(&columns.iter().map(|column| format!("{prefix}{}", quoted(column))).collect::<Vec<_>>())
}

/// The same over values that are SQL.
pub fn hash_of(values: &[String]) -> String {
    if values.len() <= ARGUMENTS {
        return format!("evolve_hash({})", values.join(", "));
    }
    let parts: Vec<String> = values.chunks(ARGUMENTS).map(|some| format!("evolve_hash({})", some.join(", "))).collect();
    format!("evolve_hash({})", parts.join(", "))
}

/// The name of a table's rowid.
pub fn rowid(connection: &Connection, table: &str) -> rusqlite::Result<&'static str> {
    Ok(shape::table(connection, table)?.as_ref().and_then(shape::rowid_name).unwrap_or("rowid"))
}
