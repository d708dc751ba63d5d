//! A SQLite database, surveyed: standing, refinery's history, schema, sizes; never a row of the project's.

use crate::engine::{Database, Dialect as _};
use crate::error::{Error, Result, codes};
use crate::ledger::Standing;
use crate::sql::quoted;
use crate::sqlite::connect::{self, Opened};
use crate::sqlite::dialect::{Sqlite, message};
use crate::sqlite::functions::{bound, kept};
use crate::sqlite::location::Location;
use crate::sqlite::{quoting, scratch};
use crate::survey::{HistoryRow, Survey};
use crate::value::Value;
use rusqlite::{Connection, params_from_iter};
use sha2::{Digest as _, Sha256};

/// How much of a database is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Where it stands.
    Standing,
    /// Its schema too.
    Schema,
}

/// A connection, seen as a [`Database`].
pub struct Asked<'a>(pub &'a Connection);

impl Database for Asked<'_> {
    fn execute(&self, sql: &str, values: &[Value]) -> Result<usize> {
        execute(self.0, sql, values)
    }

    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        query(self.0, sql, values)
    }
}

/// Executes one statement of evolve's own.
pub fn execute(connection: &Connection, sql: &str, values: &[Value]) -> Result<usize> {
    let values = params_from_iter(values.iter().map(bound));
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(values))
        .map_err(|error| database_error(&error))
}

/// Asks one question of evolve's own.
pub fn query(connection: &Connection, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
    let values = params_from_iter(values.iter().map(bound));
    let read = || {
        let mut statement = connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(values)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((0..columns).map(|at| row.get_ref(at).map(kept)).collect::<rusqlite::Result<Vec<_>>>()?);
        }
        Ok(all)
    };
    read().map_err(|error: rusqlite::Error| database_error(&error))
}

/// What is said of a value or row beyond the database's limit.
pub const TOO_BIG: &str = "a value or a row is larger than the database takes (SQLITE_TOOBIG)";

/// How the database says that a key is there already.
pub const SAME_KEY: &str = "UNIQUE constraint failed";

/// What the database says, as an error of evolve's.
pub fn database_error(error: &rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    let message = message(error);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::new(codes::BUSY, "other connections kept the database locked")
                .hint("close them, or raise [policy] lock_deadline")
        }
        Some(ErrorCode::DiskFull) => {
            Error::new(codes::DATABASE, "the disk is full").hint("make room; the same command continues")
        }
        Some(ErrorCode::ConstraintViolation) if !message.starts_with(SAME_KEY) => {
            Error::new(codes::CONSTRAINT, message)
        }
        Some(ErrorCode::TooBig) => Error::new(codes::STEP_FAILED, TOO_BIG),
        Some(ErrorCode::ReadOnly) => Error::new(codes::READ_ONLY, format!("the database cannot be written: {message}")),
        _ => Error::new(codes::DATABASE, message),
    }
}

/// Surveys a database file; one that is not there is an empty survey.
pub fn survey(location: &Location, depth: Depth, history_table: &str) -> Result<Survey> {
    survey_where(location, &|_| depth == Depth::Schema, history_table)
}

/// Surveys a database file, its schema too where its standing asks for that.
pub fn survey_where(location: &Location, schema: &dyn Fn(&Standing) -> bool, history_table: &str) -> Result<Survey> {
    match connect::question(location)? {
        None => Ok(Survey { digest: digest(&[]), ..Survey::default() }),
        Some((connection, opened)) => {
            let mut survey = within(&connection, schema, history_table)?;
            survey.notes.extend(words(opened));
            Ok(survey)
        }
    }
}

fn words(opened: Opened) -> Option<String> {
    match opened {
        Opened::Recovering => None,
        Opened::ReadOnly => Some("the database was opened read-only".to_owned()),
        Opened::Immutable => Some("the database was opened as unchanging: nothing beside it can be written".to_owned()),
    }
}

/// Surveys a database through a connection to it.
pub fn of_connection(connection: &Connection, depth: Depth, history_table: &str) -> Result<Survey> {
    within(connection, &|_| depth == Depth::Schema, history_table)
}

fn within(connection: &Connection, schema: &dyn Fn(&Standing) -> bool, history_table: &str) -> Result<Survey> {
    let database = Asked(connection);
    // One read transaction: ledger, history and schema are of one moment.
    let outer = connection.is_autocommit();
    if outer {
        connection.execute_batch("BEGIN").map_err(|error| database_error(&error))?;
    }
    let survey = read(connection, &database, schema, history_table);
    if outer {
        let _ = connection.execute_batch("COMMIT");
    }
    survey
}

fn read(
    connection: &Connection,
    database: &dyn Database,
    with_schema: &dyn Fn(&Standing) -> bool,
    history_table: &str,
) -> Result<Survey> {
    let mut survey = Survey { exists: true, ..Survey::default() };
    if has_table(database, "evolve_meta")? {
        survey.standing = Standing::read(database)?;
        if let Some(half) = survey.standing.half() {
            survey.cursors = crate::ledger::cursors::of_step(database, &half.id)?;
            if has_table(database, "evolve_deferred")? {
                let away = crate::ledger::deferred::of_step(database, &half.id)?;
                survey.away = away.into_iter().map(|index| index.name).collect();
            }
        }
    }
    if has_table(database, history_table)? {
        survey.history = history(database, history_table)?;
    }
    if with_schema(&survey.standing) {
        survey.schema = schema(connection, history_table)?;
        // What is away while a load runs is there for every step that comes later.
        if let (Some(half), true) = (survey.standing.half(), has_table(database, "evolve_deferred")?) {
            let away = crate::ledger::deferred::of_step(database, &half.id)?;
            let there = |name: &str| crate::sqlite::shape::is_object(connection, name).unwrap_or(false);
            survey.schema.extend(away.into_iter().filter(|it| !there(&it.name)).map(|object| object.statement));
            if let Some(before) = crate::ledger::statements::schema_before(database, &half.id)? {
                survey.schema = before;
            }
        }
        survey.digest = digest(&survey.schema);
        survey.objects = objects(database, history_table)?;
        survey.double_quoted_text = survey.schema.iter().any(|sql| sql.contains('"'))
            && (Sqlite::default().reader(&survey.schema).is_err() || quotes_text(&survey.schema));
        if survey.double_quoted_text {
            survey.quoted_text = quoting::holders(&survey.schema);
        }
        survey.bytes = pages(database)?;
    }
    Ok(survey)
}

/// Whether a view or trigger holds text in double quotes: SQLite looks into them when a table is renamed.
fn quotes_text(schema: &[String]) -> bool {
    let looked_into = |sql: &String| {
        let words: Vec<&str> = sql.split_whitespace().take(2).collect();
        sql.contains('"')
            && words.get(1).is_some_and(|word| ["VIEW", "TRIGGER"].contains(&word.to_uppercase().as_str()))
    };
    let sound = |double_quoted_text: bool| {
        let scratch = scratch::Scratch::new(schema, double_quoted_text)?;
        scratch.execute("CREATE TABLE evolve_probe (x)")?;
        scratch.execute("ALTER TABLE evolve_probe RENAME TO evolve_probed")
    };
    schema.iter().any(looked_into) && sound(false).is_err() && sound(true).is_ok()
}

/// The statements of the schema without refinery's table.
pub fn schema(connection: &Connection, history_table: &str) -> Result<Vec<String>> {
    let own = |sql: &String| {
        let name = crate::sql::tokens(sql).ok().and_then(|tokens| {
            let at = tokens.iter().position(|token| crate::sql::word(sql, token).eq_ignore_ascii_case("table"))?;
            Some(crate::sql::unquoted(crate::sql::word(sql, tokens.get(at + 1)?)))
        });
        name.is_some_and(|name| name.eq_ignore_ascii_case(history_table))
    };
    let statements = scratch::statements(connection).map_err(|error| database_error(&error))?;
    let table = sql_starts_with_table;
    Ok(statements.into_iter().filter(|sql| !(table(sql) && sql.contains(history_table) && own(sql))).collect())
}

fn sql_starts_with_table(sql: &str) -> bool {
    sql.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("create table"))
}

fn objects(database: &dyn Database, history_table: &str) -> Result<Vec<String>> {
    let sql = "SELECT lower(name) FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND tbl_name NOT LIKE 'evolve\\_%' ESCAPE '\\' AND name <> ?1 ORDER BY 1";
    let rows = database.query(sql, &[Value::Text(history_table.to_owned())])?;
    Ok(rows.iter().filter_map(|row| crate::ledger::text(row, 0)).collect())
}

fn pages(database: &dyn Database) -> Result<u64> {
    let rows = database.query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", &[])?;
    Ok(rows
        .first()
        .and_then(|row| crate::ledger::integer(row, 0))
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or(0))
}

fn has_table(database: &dyn Database, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    Ok(!database.query(sql, &[Value::Text(name.to_owned())])?.is_empty())
}

/// Refinery's history, read so that an odd row is no panic.
fn history(database: &dyn Database, table: &str) -> Result<Vec<HistoryRow>> {
    let rows =
        database.query(&format!("SELECT version, name, checksum FROM {} ORDER BY version", quoted(table)), &[])?;
    rows.into_iter()
        .map(|mut row| {
            let version = crate::ledger::integer(&row, 0).or_else(|| crate::ledger::text(&row, 0)?.parse().ok());
            let version = version.ok_or_else(|| {
                Error::new(codes::BAD_LEDGER, format!("a row of {table} has no version that is a number"))
            })?;
            Ok(HistoryRow {
                version,
                name: crate::ledger::taken(&mut row, 1).unwrap_or_default(),
                checksum: crate::ledger::taken(&mut row, 2).unwrap_or_default(),
            })
        })
        .collect()
}

/// The digest of a schema.
pub fn digest(schema: &[String]) -> String {
    let mut hash = Sha256::new();
    for statement in schema {
        hash.update((statement.len() as u64).to_le_bytes());
        hash.update(statement.as_bytes());
    }
    let bytes = hash.finalize();
    format!("sha256:{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The bytes that each of these tables takes, its indexes included.
pub fn sizes(location: &Location, tables: &[String]) -> Result<Vec<(String, u64)>> {
    let Some((connection, _)) = connect::question(location)? else { return Ok(Vec::new()) };
    of_tables(&connection, tables)
}

/// The bytes that each of these tables takes on this connection.
pub fn of_tables(connection: &Connection, tables: &[String]) -> Result<Vec<(String, u64)>> {
    let database = Asked(connection);
    tables
        .iter()
        .map(|table| {
            let rows = database.query(
                "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = ?1 AND aggregate = TRUE",
                &[Value::Text(table.clone())],
            )?;
            let bytes = rows.first().and_then(|row| crate::ledger::integer(row, 0)).unwrap_or(0);
            Ok((table.clone(), u64::try_from(bytes).unwrap_or(0)))
        })
        .collect()
}

/// How many rows of a table a condition selects; none where there is no such table. One that cannot be asked apart from
/// its step selects all.
pub fn rows(connection: &Connection, table: &str, filter: Option<&str>) -> Result<u64> {
    let database = Asked(connection);
    if !has_table(&database, table)? {
        return Ok(0);
    }
    let all = format!("SELECT count(*) FROM main.{}", quoted(table));
    let some = filter.and_then(|filter| database.query(&format!("{all} WHERE ({filter})"), &[]).ok());
    let counted = some.map_or_else(|| database.query(&all, &[]), Ok)?;
    let rows = counted.first().and_then(|row| crate::ledger::integer(row, 0)).unwrap_or(0);
    Ok(u64::try_from(rows).unwrap_or(0))
}
