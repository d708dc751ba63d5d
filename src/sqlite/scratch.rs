//! A database in memory that has a schema and no rows: what a statement would do is asked there.
//!
//! Takes the statements of a schema; answers what a statement touches, whether it compiles, what a table looks like.
//! DDL is executed in it, DML is only prepared.

use crate::change::What;
use crate::schema::{Table, Tables};
use crate::sqlite::{bulk, functions, lent, parse, shape};
use crate::touch::{Spot, Spots};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension as _};
use std::cell::Cell;
use std::sync::{Arc, Mutex};

/// The scratch database.
#[derive(Debug)]
pub struct Scratch {
    connection: Connection,
    heard: Arc<Mutex<Vec<Access>>>,
    /// The b-trees that its tables share, where there are many.
    shared: Vec<i64>,
    /// How many tables and indexes had to get b-trees of their own, to be dropped.
    released: Cell<usize>,
}

/// How many drops a schema that was put in at once takes, before it is cheaper to execute what is left of it.
const DROPS: usize = 4;

/// One thing the authorizer heard a statement ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Access {
    table: String,
    column: Option<String>,
    writes: bool,
    /// Through a view or trigger of this name.
    through: Option<String>,
}

/// What a prepared statement touches.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What it reads, by views and triggers too.
    pub reads: Spots,
    /// What it writes, by triggers and foreign-key actions too.
    pub writes: Spots,
    /// The tables it writes itself, or by foreign-key actions.
    pub direct: Vec<String>,
}

impl Asked {
    /// The tables a statement writes: itself, and by triggers. A view is written by its triggers only, and a virtual
    /// table that a trigger writes follows again when the rows go back.
    pub fn written(&self, tables: &dyn Tables) -> Vec<String> {
        let direct = |name: &str| self.direct.iter().any(|direct| direct.eq_ignore_ascii_case(name));
        let by_trigger: Vec<&str> = self.writes.tables().filter(|name| !direct(name)).collect();
        let is = |name: &str, of: fn(&Table) -> bool| tables.table(name).is_some_and(|table| of(&table));
        let own = self.direct.iter().filter(|name| by_trigger.is_empty() || !is(name, |table| table.is_view));
        let others = by_trigger.iter().filter(|name| is(name, |table| !table.is_virtual));
        own.cloned().chain(others.map(|name| (*name).to_owned())).collect()
    }
}

impl Scratch {
    /// A scratch database with this schema: statements in the order they were made.
    pub fn new(schema: &[String], double_quoted_text: bool) -> rusqlite::Result<Self> {
        let mut connection = empty(double_quoted_text)?;
        let shared = match bulk::load(&connection, schema) {
            Ok(shared) => shared,
            Err(_) => {
                connection = empty(double_quoted_text)?;
                schema.iter().try_for_each(|statement| run(&connection, statement))?;
                Vec::new()
            }
        };
        Self::listening(connection, shared)
    }

    /// Makes the schema anew, statement by statement, where so much of it goes that sharing b-trees costs more than it
    /// saves.
    pub fn settle(&mut self) -> rusqlite::Result<()> {
        if self.released.get() < DROPS {
            return Ok(());
        }
        let connection = empty(self.connection.db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML)?)?;
        self.schema()?.iter().try_for_each(|statement| run(&connection, statement))?;
        *self = Self::listening(connection, Vec::new())?;
        Ok(())
    }

    fn listening(mut connection: Connection, shared: Vec<i64>) -> rusqlite::Result<Self> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            if matches!(context.action, AuthAction::Function { function_name } if function_name.eq_ignore_ascii_case("load_extension")) {
                return Authorization::Deny;
            }
            if let (Some(access), Ok(mut heard)) = (access(&context), hears.lock()) {
                heard.push(access);
            }
            Authorization::Allow
        }))?;
        Ok(Self { connection, heard, shared, released: Cell::new(0) })
    }

    /// The connection, for looking at the catalog.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Does something with double-quoted text off.
    pub fn strictly<T>(&self, work: impl FnOnce() -> T) -> T {
        let set = |values: [bool; 2]| {
            for (config, on) in lent::QUOTED.into_iter().zip(values) {
                let _ = self.connection.set_db_config(config, on);
            }
        };
        let before = lent::QUOTED.map(|config| self.connection.db_config(config).unwrap_or(true));
        set([false; 2]);
        let value = work();
        set(before);
        value
    }

    /// Prepares a statement and tells what it touches.
    pub fn ask(&self, statement: &str) -> rusqlite::Result<Asked> {
        self.forget();
        self.connection.prepare(statement)?;
        Ok(self.told())
    }

    /// What a statement that deletes or updates does to other tables by foreign-key actions.
    ///
    /// Asked apart, because with foreign keys on the database also reads tables only to see that nothing is broken.
    pub fn ask_actions(&self, statement: &str) -> rusqlite::Result<Asked> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
        let asked = self.ask(statement);
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
        asked.map(|asked| Asked { reads: Spots::default(), ..asked })
    }

    /// Executes a statement of DDL and tells what it touches.
    pub fn execute(&self, statement: &str) -> rusqlite::Result<Asked> {
        if !self.shared.is_empty()
            && let What::Drop { name, .. } = parse::parse(statement).what
        {
            bulk::release(&self.connection, &self.shared, &name)?;
            self.released.set(self.released.get() + 1);
        }
        self.forget();
        run(&self.connection, statement)?;
        Ok(self.told())
    }

    /// The stored SQL of an object, and its table.
    pub fn stored(&self, kind: &str, name: &str) -> rusqlite::Result<Option<(String, String)>> {
        self.connection
            .prepare_cached(
                "SELECT coalesce(sql, ''), tbl_name FROM main.sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE",
            )?
            .query_row([kind, name], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    /// Every object's statement, in the order they were made.
    pub fn schema(&self) -> rusqlite::Result<Vec<String>> {
        statements(&self.connection)
    }

    fn forget(&self) {
        if let Ok(mut heard) = self.heard.lock() {
            heard.clear();
        }
    }

    fn told(&self) -> Asked {
        let mut asked = Asked::default();
        let heard = self.heard.lock().map(|heard| heard.clone()).unwrap_or_default();
        for access in heard.iter().filter(|access| !is_internal(&access.table)) {
            let spot = match &access.column {
                Some(column) => Spot::column(&access.table, column),
                None => Spot::table(&access.table),
            };
            if !access.writes {
                asked.reads.add(&spot);
                continue;
            }
            asked.writes.add(&spot);
            if access.through.is_none() && !asked.direct.contains(&access.table) {
                asked.direct.push(access.table.clone());
            }
        }
        asked
    }
}

/// A database in memory with nothing in it.
fn empty(double_quoted_text: bool) -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    for config in [DbConfig::SQLITE_DBCONFIG_DQS_DML, DbConfig::SQLITE_DBCONFIG_DQS_DDL] {
        connection.set_db_config(config, double_quoted_text)?;
    }
    functions::register(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    Ok(connection)
}

impl Tables for Scratch {
    fn table(&self, name: &str) -> Option<Table> {
        shape::table(&self.connection, name).ok().flatten()
    }

    fn names(&self) -> Vec<String> {
        let names = self.connection.prepare_cached(
            "SELECT lower(name) FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        );
        let Ok(mut names) = names else { return Vec::new() };
        let rows = names.query_map([], |row| row.get(0));
        rows.map(|rows| rows.flatten().collect()).unwrap_or_default()
    }

    fn has_triggers(&self, table: &str) -> bool {
        shape::has_triggers(&self.connection, table).unwrap_or(false)
    }
}

/// The statements that make a database's schema, so that they can be run again in this order. Evolve's own objects,
/// refinery's, SQLite's and the shadows of virtual tables are left out.
pub fn statements(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT sql FROM main.sqlite_schema AS s WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND tbl_name NOT LIKE 'evolve\\_%' ESCAPE '\\' AND name NOT LIKE 'evolve\\_%' ESCAPE '\\' \
             AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow') \
             ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Steps a statement to its end, whether or not it returns rows.
pub fn run(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    let mut prepared = connection.prepare(statement)?;
    let mut rows = prepared.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

/// Whether a table is SQLite's or evolve's own.
pub fn is_internal(table: &str) -> bool {
    let starts = |prefix: &str| table.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    starts("sqlite_") || starts("evolve_")
}

fn access(context: &AuthContext<'_>) -> Option<Access> {
    if context.database_name == Some("temp") {
        return None;
    }
    let (table, column, writes) = match context.action {
        AuthAction::Read { table_name, column_name } => {
            (table_name, Some(column_name).filter(|name| !name.is_empty()), false)
        }
        AuthAction::Insert { table_name } | AuthAction::Delete { table_name } => (table_name, None, true),
        AuthAction::Update { table_name, column_name } => (table_name, Some(column_name), true),
        _ => return None,
    };
    Some(Access {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        writes,
        through: context.accessor.map(str::to_owned),
    })
}
