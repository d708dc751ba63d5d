//! A run's own connection to a SQLite database.
//!
//! Takes a connection, its own or an application's; gives it back as it was. It is the one place that begins and ends
//! transactions. Must not know plans.

use crate::catalog::Source;
use crate::check::Check;
use crate::engine::{Database, Keeping, MoveContext, Mover, References, Session, UndoContext, Way, Witness};
use crate::error::{Error, Result, codes};
use crate::inverse::Inverse;
use crate::ledger::deferred::Deferred;
use crate::movement::Movement;
use crate::observe::Stop;
use crate::schema::{Table, Tables};
use crate::sqlite::checkpoint::Checkpoints;
use crate::sqlite::complaint::statement_error;
use crate::sqlite::references::SqliteReferences;
use crate::sqlite::survey::{self, database_error};
use crate::sqlite::{
    broken, check, connect, functions, keep, landing, lent, mended, mover, patience, scratch, shape, statement, undo,
    witness,
};
use crate::touch::Touches;
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A connection of evolve's own, or one that an application lends.
#[derive(Debug)]
pub enum Handle<'c> {
    /// Evolve's own.
    Own(Box<Connection>),
    /// Lent by an application; not in a transaction.
    Lent(&'c mut Connection),
}

impl std::ops::Deref for Handle<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(connection) => connection,
        }
    }
}

impl std::ops::DerefMut for Handle<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(connection) => connection,
        }
    }
}

/// How a session behaves towards others.
#[derive(Debug, Clone)]
pub struct Manners {
    /// Whether foreign keys are enforced, as the application runs it.
    pub foreign_keys: bool,
    /// Whether text in double quotes goes on meaning text.
    pub double_quoted_text: bool,
    /// How long one attempt waits for another writer.
    pub lock_timeout: Duration,
    /// How long attempts are repeated.
    pub lock_deadline: Duration,
    /// Refinery's history table, which is no object of the project.
    pub history_table: String,
}

/// The pages a run keeps in memory: 24 MiB.
const CACHE_KIB: i64 = -24_576;

/// How many steps of SQLite's machine lie between two looks at the stop handle.
const STEPS_A_LOOK: i32 = 20_000;

/// A run's connection.
#[derive(Debug)]
pub struct SqliteSession<'c> {
    pub(super) connection: Handle<'c>,
    manners: Manners,
    before: lent::Before,
    enforced: Cell<bool>,
    wal: bool,
    checkpoints: Checkpoints,
    interruptible: Arc<AtomicBool>,
}

impl<'c> SqliteSession<'c> {
    /// Takes a connection for a run. It must not be in a transaction.
    pub fn new(mut connection: Handle<'c>, manners: Manners, stop: &Stop) -> Result<Self> {
        if !connection.is_autocommit() {
            return Err(Error::new(codes::IN_TRANSACTION, "the connection is in a transaction")
                .hint("commit or roll back before evolve runs on it"));
        }
        let before = lent::Before::of(&connection).map_err(|error| database_error(&error))?;
        let interruptible = Arc::new(AtomicBool::new(false));
        let (stop, may) = (stop.clone(), Arc::clone(&interruptible));
        connection
            .progress_handler(STEPS_A_LOOK, Some(move || may.load(Ordering::Relaxed) && stop.requested().is_some()))
            .map_err(|error| database_error(&error))?;
        let wal = prepare(&connection, &manners).map_err(|error| database_error(&error))?;
        let enforced = Cell::new(manners.foreign_keys);
        let checkpoints = match &mut connection {
            Handle::Own(own) if wal => Checkpoints::beside(own).map_err(|error| database_error(&error))?,
            _ => Checkpoints::default(),
        };
        Ok(Self { connection, manners, before, enforced, wal, checkpoints, interruptible })
    }

    /// The connection itself, for samples.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// What is written over, or deleted, from now on does not stay in the file.
    pub fn leave_nothing(&self) -> Result<()> {
        self.connection.pragma_update(None, "secure_delete", true).map_err(|error| database_error(&error))
    }

    fn enforce(&self, yes: bool) -> Result<()> {
        if self.enforced.get() == yes {
            return Ok(());
        }
        let now = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, yes)
            .map_err(|error| database_error(&error))?;
        if now != yes {
            return Err(Error::new(codes::DATABASE, "foreign keys could not be switched"));
        }
        self.enforced.set(yes);
        Ok(())
    }

    /// Objects of a table: name, kind, table, statement.
    fn objects(&self, sql: &str, table: &str) -> Result<Vec<Deferred>> {
        let rows = self.query(sql, &[Value::Text(table.to_owned())])?;
        let word = |row: &[Value], at: usize| crate::ledger::text(row, at).unwrap_or_default();
        Ok(rows
            .iter()
            .map(|row| Deferred {
                name: word(row, 0),
                kind: word(row, 1),
                table: word(row, 2),
                statement: word(row, 3),
            })
            .collect())
    }

    /// Runs a statement to its end, without looking at the transaction.
    fn step(&self, sql: &str) -> Result<()> {
        scratch::run(&self.connection, sql).map_err(|error| statement_error(&error))
    }
}

/// Sets a connection up for a run; whether it is in WAL mode.
fn prepare(connection: &Connection, manners: &Manners) -> rusqlite::Result<bool> {
    connection.busy_timeout(manners.lock_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, manners.foreign_keys)?;
    for config in lent::QUOTED {
        connection.set_db_config(config, manners.double_quoted_text)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, false)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(128);
    connect::shut(connection, 0);
    functions::register(connection)?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    let wal = mode.eq_ignore_ascii_case("wal");
    if wal {
        connection.pragma_update(None, "synchronous", "NORMAL")?;
    }
    Ok(wal)
}

impl Drop for SqliteSession<'_> {
    fn drop(&mut self) {
        self.rollback();
        self.checkpoints.rest();
        let _ = self.connection.progress_handler(0, None::<fn() -> bool>);
        if matches!(self.connection, Handle::Own(_)) {
            return;
        }
        self.before.put_back(&self.connection);
        let _ = self.connection.remove_function("evolve_hash", -1);
    }
}

impl Database for SqliteSession<'_> {
    fn execute(&self, sql: &str, values: &[Value]) -> Result<usize> {
        survey::execute(&self.connection, sql, values)
    }

    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        survey::query(&self.connection, sql, values)
    }
}

impl Tables for SqliteSession<'_> {
    fn table(&self, name: &str) -> Option<Table> {
        shape::table(&self.connection, name).ok().flatten()
    }

    fn names(&self) -> Vec<String> {
        let sql = "SELECT lower(name) FROM main.sqlite_schema WHERE type IN ('table', 'view')";
        let rows = self.query(sql, &[]).unwrap_or_default();
        rows.iter().filter_map(|row| crate::ledger::text(row, 0)).collect()
    }

    fn has_triggers(&self, table: &str) -> bool {
        shape::has_triggers(&self.connection, table).unwrap_or(false)
    }
}

impl Session for SqliteSession<'_> {
    fn begin(&self, detached: bool) -> Result<()> {
        self.enforce(self.manners.foreign_keys && !detached)?;
        patience::persist(self.manners.lock_deadline, || self.connection.execute_batch("BEGIN IMMEDIATE"))
    }

    fn commit(&self) -> Result<()> {
        patience::persist(self.manners.lock_deadline, || self.connection.execute_batch("COMMIT"))
    }

    fn rollback(&self) {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn statement(&self, sql: &str) -> Result<()> {
        if !self.before.temporary.is_empty() {
            self.before.refuse_hidden(&crate::sql::names(sql))?;
        }
        let result = self.step(sql);
        if self.connection.is_autocommit() {
            return Err(Error::new(codes::TRANSACTION_ENDED, "the statement ended the transaction it runs in")
                .hint("ON CONFLICT ROLLBACK, RAISE(ROLLBACK) and their like cannot stand in a migration"));
        }
        result
    }

    fn outside(&self, sql: &str) -> Result<()> {
        self.checkpoints.rest();
        connect::shut(&self.connection, 1);
        let result = self.step(sql);
        connect::shut(&self.connection, 0);
        result
    }

    fn keep(&self, keeping: &Keeping<'_>) -> Result<()> {
        keep::begin(&self.connection, keeping)
    }

    fn kept(&self, keeping: &Keeping<'_>) -> Result<()> {
        keep::end(&self.connection, keeping)
    }

    fn witness(&self, detached: &[String], rebuilt: &[String], kept: &[String]) -> Result<Witness> {
        witness::take(&self.connection, detached, rebuilt, kept).map_err(|error| database_error(&error))
    }

    fn compare(&self, before: &Witness, written: &Touches, way: Way) -> Result<()> {
        witness::compare(&self.connection, before, written, way)
    }

    fn note_broken(&self, seq: i64, movements: &[Movement]) -> Result<()> {
        mended::note(&self.connection, &Way::Up(seq).store(), movements).map_err(|error| database_error(&error))
    }

    fn keep_mended(&self, seq: i64, movements: &[Movement]) -> Result<()> {
        mended::settle(&self.connection, &Way::Up(seq).store(), movements).map_err(|error| database_error(&error))
    }

    fn references<'a>(&'a self, seq: i64, tables: &[String]) -> Box<dyn References + 'a> {
        Box::new(SqliteReferences::new(&self.connection, seq, tables))
    }

    fn written(&self, step: &str, table: &str) -> Result<()> {
        let columns = shape::stored_of(&self.connection, table).map_err(|error| database_error(&error))?;
        if columns.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO evolve_written (step, tbl, hash) SELECT ?1, ?2, {} FROM {} WHERE true ON CONFLICT DO NOTHING",
            keep::hash("", &columns),
            crate::sql::quoted(table)
        );
        self.execute(&sql, &[Value::Text(step.to_owned()), Value::Text(table.to_lowercase())])?;
        Ok(())
    }

    fn tidy(&self) -> Result<()> {
        let left = lent::temporary(&self.connection).map_err(|error| database_error(&error))?;
        let own = |name: &String| self.before.temporary.contains(name) || name == broken::NOTED;
        for (kind, name) in left.iter().filter(|(_, name)| !own(name)) {
            self.step(&format!("DROP {kind} IF EXISTS temp.{}", crate::sql::quoted(name)))?;
        }
        self.connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, false)
            .map(|_| ())
            .map_err(|error| database_error(&error))
    }

    fn undo(&self, inverse: &Inverse, context: &UndoContext<'_>) -> Result<()> {
        undo::act(self, inverse, context)
    }

    fn land(&self, source: &Source, rows: &mut dyn Iterator<Item = Result<Vec<Value>>>) -> Result<()> {
        self.before.refuse_hidden(&[source.name.to_lowercase()])?;
        landing::land(&self.connection, source, rows)
    }

    fn leave(&self, source: &Source) -> Result<()> {
        landing::leave(&self.connection, source)
    }

    fn mover<'a>(&'a self, movement: &Movement, context: &MoveContext<'_>) -> Result<Box<dyn Mover + 'a>> {
        self.before.refuse_hidden(&[movement.from.table.to_lowercase(), movement.into.to_lowercase()])?;
        self.before.refuse_hidden(&statement::of(movement).map(crate::sql::names).unwrap_or_default())?;
        Ok(Box::new(mover::SqliteMover::new(&self.connection, movement, context)?))
    }

    fn holds(&self, check: &Check) -> Result<std::result::Result<(), String>> {
        check::holds(&self.connection, check)
    }

    fn schema(&self) -> Result<Vec<String>> {
        survey::schema(&self.connection, &self.manners.history_table)
    }

    fn durable(&self) -> Result<()> {
        if self.wal {
            // One commit with FULL syncs the log, and with it all that was committed before.
            self.connection
                .execute_batch("PRAGMA synchronous = FULL; BEGIN IMMEDIATE; UPDATE evolve_meta SET value = value WHERE key = 'format'; COMMIT; PRAGMA synchronous = NORMAL")
                .map_err(|error| database_error(&error))?;
        }
        Ok(())
    }

    fn plain_indexes(&self, table: &str) -> Result<Vec<Deferred>> {
        let sql = "SELECT s.name, s.type, s.tbl_name, s.sql FROM pragma_index_list(?1, 'main') AS i \
                   JOIN main.sqlite_schema AS s ON s.type = 'index' AND s.name = i.name \
                   WHERE NOT i.\"unique\" AND s.sql IS NOT NULL ORDER BY s.name";
        self.objects(sql, table)
    }

    fn triggers(&self, table: &str) -> Result<Vec<Deferred>> {
        let sql = "SELECT name, type, tbl_name, sql FROM main.sqlite_schema \
                   WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE ORDER BY rowid";
        self.objects(sql, table)
    }

    fn look_over(&self, table: &str) -> Result<bool> {
        let first = self.query("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_stat1'", &[])?.is_empty();
        self.step("PRAGMA analysis_limit = 1000")?;
        self.step(&format!("ANALYZE main.{}", crate::sql::quoted(table)))?;
        Ok(first)
    }

    fn look_away(&self) -> Result<()> {
        ["sqlite_stat1", "sqlite_stat4"]
            .iter()
            .try_for_each(|table| self.step(&format!("DROP TABLE IF EXISTS main.{table}")))
    }

    fn interruptible(&self, yes: bool) {
        self.interruptible.store(yes, Ordering::Relaxed);
    }
}
