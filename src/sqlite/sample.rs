//! A database in memory with the schema of a real one and its first rows: what a step does to rows is tried there.
//!
//! Takes a connection for questions and the tables that matter; gives a connection of its own, which reaches no file. Its
//! values go nowhere but into comparisons.

use crate::error::Result;
use crate::sql::quoted;
use crate::sqlite::scratch::run;
use crate::sqlite::session::SqliteSession;
use crate::sqlite::survey::database_error;
use crate::sqlite::{functions, shape};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows of each table, the first by its key.
const ROWS: u32 = 100;
/// Bytes of each table: a row that does not fit ends its sample.
const BYTES: usize = 1 << 20;
/// The longest value that may come about.
const LONGEST: i32 = 16 << 20;
/// The pages that may come about: 64 MiB.
const PAGES: u32 = 16_384;
/// Steps of SQLite's machine between two looks at the budget.
const STEPS_A_LOOK: i32 = 1_000;
/// How many looks there are. Steps are counted, and no time: the same database gives the same answer.
const LOOKS: u64 = 5_000;

/// One object of the real schema.
struct Object {
    kind: String,
    name: String,
    table: String,
    sql: String,
}

/// A sample of these tables, in lower case; of all where none are named. Without a database it is empty.
pub fn take(from: Option<&Connection>, tables: Option<&BTreeSet<String>>, quoted_text: bool) -> Result<Connection> {
    sampled(from, tables, quoted_text).map_err(|error| database_error(&error))
}

fn sampled(
    from: Option<&Connection>,
    tables: Option<&BTreeSet<String>>,
    quoted_text: bool,
) -> rusqlite::Result<Connection> {
    let sample = Connection::open_in_memory()?;
    for config in [DbConfig::SQLITE_DBCONFIG_DQS_DML, DbConfig::SQLITE_DBCONFIG_DQS_DDL] {
        sample.set_db_config(config, quoted_text)?;
    }
    sample.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    sample.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    sample.execute_batch(&format!("PRAGMA temp_store = MEMORY; PRAGMA max_page_count = {PAGES}"))?;
    functions::register(&sample)?;
    if let Some(from) = from {
        // One read transaction: all tables are of one moment.
        from.execute_batch("BEGIN")?;
        let filled = fill(from, &sample, tables);
        let _ = from.execute_batch("COMMIT");
        filled?;
    }
    Ok(sample)
}

fn fill(from: &Connection, sample: &Connection, tables: Option<&BTreeSet<String>>) -> rusqlite::Result<()> {
    let (wanted, rest) = chosen(objects(from)?, tables);
    wanted.iter().try_for_each(|table| run(sample, &table.sql))?;
    for table in &wanted {
        copy(from, sample, &table.name)?;
    }
    for table in wanted.iter().filter(|table| is_external(&table.sql)) {
        // Its index is made of rows that are there now.
        let _ = run(sample, &format!("INSERT INTO {0}({0}) VALUES ('rebuild')", quoted(&table.name)));
    }
    rest.iter().try_for_each(|object| run(sample, &object.sql))
}

/// The tables that are wanted, and what else of the schema needs no other table.
fn chosen(objects: Vec<Object>, tables: Option<&BTreeSet<String>>) -> (Vec<Object>, Vec<Object>) {
    let all: BTreeSet<String> = objects.iter().map(|object| object.name.to_lowercase()).collect();
    let mut there: BTreeSet<String> = BTreeSet::new();
    let (mut wanted, mut rest) = (Vec::new(), Vec::new());
    for object in objects {
        let (name, table) = (object.name.to_lowercase(), object.table.to_lowercase());
        let complete = |there: &BTreeSet<String>| {
            crate::sql::names(&object.sql)
                .iter()
                .all(|word| *word == name || !all.contains(word) || there.contains(word))
        };
        let takes = match object.kind.as_str() {
            "table" => tables.is_none_or(|tables| tables.contains(&name)),
            "index" => there.contains(&table),
            "view" => complete(&there),
            _ => there.contains(&table) && complete(&there),
        };
        if !takes {
            continue;
        }
        there.insert(name);
        if object.kind == "table" { wanted.push(object) } else { rest.push(object) }
    }
    (wanted, rest)
}

fn objects(from: &Connection) -> rusqlite::Result<Vec<Object>> {
    let sql = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL \
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE 'evolve\\_%' ESCAPE '\\' \
               AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow') \
               ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Object { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
    };
    from.prepare(sql)?.query_map([], read)?.collect()
}

/// The first rows of a table by its key, until they are too many bytes.
fn copy(from: &Connection, sample: &Connection, name: &str) -> rusqlite::Result<()> {
    let Some(table) = shape::table(from, name)?.filter(|table| !is_external(&table.sql)) else { return Ok(()) };
    let mut columns: Vec<String> = shape::stored(&table).iter().map(|column| quoted(column)).collect();
    let number = shape::rowid_name(&table).filter(|_| shape::rowid_alias(&table).is_none());
    columns.extend(number.map(str::to_owned));
    let order = match table.primary_key.as_slice() {
        [] => shape::rowid_name(&table).unwrap_or("1").to_owned(),
        key => key.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", "),
    };
    let (names, place) = (columns.join(", "), quoted(name));
    let mut read = from.prepare(&format!("SELECT {names} FROM {place} ORDER BY {order} LIMIT {ROWS}"))?;
    let marks = vec!["?"; columns.len()].join(", ");
    let mut write = sample.prepare(&format!("INSERT INTO {place} ({names}) VALUES ({marks})"))?;
    let (mut rows, mut bytes) = (read.query([])?, 0);
    while let Some(row) = rows.next()? {
        let values = (0..columns.len()).map(|at| row.get_ref(at)).collect::<rusqlite::Result<Vec<_>>>()?;
        bytes += values.iter().map(length).sum::<usize>();
        if bytes > BYTES {
            break;
        }
        let values = values.into_iter().map(rusqlite::types::ToSqlOutput::Borrowed);
        write.execute(params_from_iter(values))?;
    }
    Ok(())
}

fn length(value: &ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

/// Whether a table is an index over rows that are kept elsewhere.
fn is_external(sql: &str) -> bool {
    sql.starts_with("CREATE VIRTUAL TABLE") && crate::sql::normal(sql).contains("content =")
}

/// How much may still be done on a sample.
#[derive(Debug, Clone, Default)]
pub struct Budget(Arc<AtomicU64>);

impl Budget {
    /// Ends what a session does once it is used up.
    pub fn over(session: &mut SqliteSession<'_>) -> Result<Self> {
        let budget = Self::default();
        let looks = Arc::clone(&budget.0);
        let spent = move || looks.fetch_add(1, Ordering::Relaxed) >= LOOKS;
        let set = session.connection_mut().progress_handler(STEPS_A_LOOK, Some(spent));
        set.map_err(|error| database_error(&error))?;
        Ok(budget)
    }

    /// Whether it is used up.
    pub fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) > LOOKS
    }
}

/// What the tables of a sample hold: rows in no order, each value with its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(BTreeMap<String, Held>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    columns: Vec<String>,
    rows: Vec<Vec<Vec<u8>>>,
}

impl Content {
    /// As it is now. Indexes over other tables are left out.
    pub fn of(session: &mut SqliteSession<'_>) -> Result<Self> {
        let connection = session.connection_mut();
        let read = || -> rusqlite::Result<Self> {
            let tables = objects(connection)?.into_iter().filter(|object| object.kind == "table");
            let tables = tables.filter(|object| !object.sql.starts_with("CREATE VIRTUAL TABLE"));
            tables
                .map(|table| Ok((table.name.clone(), held(connection, &table.name)?)))
                .collect::<rusqlite::Result<_>>()
                .map(Self)
        };
        read().map_err(|error| database_error(&error))
    }

    /// The names of what another has not in the same way: columns, or tables whose rows are others.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let of = |name: &String| match (self.0.get(name), other.0.get(name)) {
            (Some(mine), Some(theirs)) => mine.differences(name, theirs),
            _ => vec![name.clone()],
        };
        names.into_iter().flat_map(of).collect()
    }
}

impl Held {
    fn differences(&self, name: &str, other: &Self) -> Vec<String> {
        if self == other {
            return Vec::new();
        }
        let values = |held: &Self, at: usize| {
            let mut values: Vec<Vec<u8>> = held.rows.iter().map(|row| row[at].clone()).collect();
            values.sort();
            values
        };
        let same_shape = self.columns == other.columns && self.rows.len() == other.rows.len();
        let differs = |at: &usize| values(self, *at) != values(other, *at);
        let columns = (0..self.columns.len()).filter(|at| same_shape && differs(at));
        let columns: Vec<String> = columns.map(|at| format!("{name}.{}", self.columns[at])).collect();
        if columns.is_empty() { vec![name.to_owned()] } else { columns }
    }
}

fn held(connection: &Connection, table: &str) -> rusqlite::Result<Held> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {}", quoted(table)))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns.len()).map(|at| row.get_ref(at).map(bytes));
        all.push(values.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    all.sort();
    Ok(Held { columns, rows: all })
}

/// A value with its class.
fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    let (class, bytes) = match value {
        ValueRef::Null => (b'n', Vec::new()),
        ValueRef::Integer(number) => (b'i', number.to_le_bytes().to_vec()),
        ValueRef::Real(number) => (b'r', number.to_bits().to_le_bytes().to_vec()),
        ValueRef::Text(bytes) => (b't', bytes.to_vec()),
        ValueRef::Blob(bytes) => (b'b', bytes.to_vec()),
    };
    [&[class], bytes.as_slice()].concat()
}
