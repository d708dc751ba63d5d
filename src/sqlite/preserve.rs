//! Rows of others that an undo would destroy: refused, given up, or copied to a table of their own before it goes on.
//!
//! Takes which rows, as SQL; copies them as they are now, in the caller's transaction, so that each is copied once whatever
//! stops the run. What must not be read in plain is encrypted. Must not decide which rows are somebody's.

use crate::columns::{Cipher, literal};
use crate::engine::Others;
use crate::error::Result;
use crate::inverse::Changed;
use crate::kinds::Hidden;
use crate::ledger::{self, preserved};
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::functions::{sqlite_value, value};
use crate::sqlite::shape;
use crate::sqlite::survey::{Asked, database_error, execute, query};
use crate::sqlite::undo::{in_the_way, shown};
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Rows that are somebody's.
#[derive(Debug)]
pub struct These<'a> {
    /// Their table, as it is now.
    pub table: &'a Table,
    /// What people call it.
    pub called: &'a str,
    /// The SQL condition over such a row, `evolve_t`.
    pub condition: &'a str,
    /// The condition's parameters.
    pub values: &'a [Value],
}

impl<'a> These<'a> {
    /// Rows of a table that is in its place.
    pub fn of(table: &'a Table, condition: &'a str, values: &'a [Value]) -> Self {
        Self { table, called: &table.name, condition, values }
    }

    fn from(&self) -> String {
        format!("FROM {} AS evolve_t WHERE {}", quoted(&self.table.name), self.condition)
    }
}

/// Does with rows that are about to go what was asked for: an error that names them and says why, a copy, or nothing.
pub fn meet(connection: &Connection, others: &Others<'_>, these: &These<'_>, why: &str) -> Result<()> {
    match others.changed {
        Changed::Refuse => {
            let sql = format!("SELECT {} {} LIMIT 20", shown(these.table), these.from());
            in_the_way(these.called, why, &query(connection, &sql, these.values)?)
        }
        Changed::Preserve => keep(connection, others, these).map(|_| ()),
        Changed::Discard => Ok(()),
    }
}

/// Copies rows; how many.
pub fn keep(connection: &Connection, others: &Others<'_>, these: &These<'_>) -> Result<u64> {
    let from = these.from();
    // No table for nothing.
    if query(connection, &format!("SELECT 1 {from} LIMIT 1"), these.values)?.is_empty() {
        return Ok(0);
    }
    let store = Store::open(connection, others, these.table, these.called)?;
    let rows = execute(connection, &format!("{} {from}", store.copy("evolve_t")), these.values)?;
    store.grew(rows as u64)?;
    Ok(rows as u64)
}

/// A table of preserved rows, ready to be written.
#[derive(Debug)]
pub struct Store<'a> {
    connection: &'a Connection,
    name: String,
    step: &'a str,
    called: String,
    /// What is copied: the column's name, the value in a row, and the function that encrypts it.
    columns: Vec<(String, String, Option<String>)>,
}

impl<'a> Store<'a> {
    /// The store of this step's rows of a table; made where it is not there yet.
    pub fn open(connection: &'a Connection, others: &Others<'a>, table: &Table, called: &str) -> Result<Self> {
        let mut columns = Vec::new();
        if let (None, Some(rowid)) = (shape::rowid_alias(table), shape::rowid_name(table)) {
            columns.push(("evolve_rowid".to_owned(), rowid.to_owned(), None));
        }
        // Of a virtual table the others are its own.
        let holds = table.columns.iter().filter(|column| !(column.generated && table.is_virtual));
        columns.extend(holds.map(|column| (quoted(&column.name), quoted(&column.name), None)));
        let names: Vec<&str> = columns.iter().map(|(name, _, _)| name.as_str()).collect();
        let names = names.join(", ");
        let of = preserved::Of { run: others.run, step: others.step, table: called, columns: &names };
        let database = Asked(connection);
        let name = match preserved::find(&database, of)? {
            Some(name) => name,
            None => {
                let name = preserved::add(&database, of)?;
                // Columns without a type: each value stays of its class.
                let columns = format!("evolve_n INTEGER PRIMARY KEY, evolve_step, evolve_table, evolve_at, {names}");
                execute(connection, &format!("CREATE TABLE main.{} ({columns})", quoted(&name)), &[])?;
                name
            }
        };
        for (at, (column, _, shut)) in columns.iter_mut().enumerate() {
            if let Some(hidden) = hidden(others, called, column) {
                let function = format!("evolve_shut_{at}_{name}");
                register(connection, &function, Cipher::of(others.keys, &hidden.key, &name)?)?;
                *shut = Some(quoted(&function));
            }
        }
        Ok(Self { connection, name, step: others.step, called: called.to_owned(), columns })
    }

    /// The statement that copies a row of that name, as far as its FROM.
    pub fn copy(&self, row: &str) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _, _)| name.as_str()).collect();
        let values = self.columns.iter().map(|(_, column, shut)| match shut {
            Some(function) => format!("{function}({row}.{column})"),
            None => format!("{row}.{column}"),
        });
        let [step, called, now] = [self.step, &self.called, &ledger::now()].map(|it| literal(&Value::Text(it.into())));
        format!(
            "INSERT INTO {} (evolve_step, evolve_table, evolve_at, {}) SELECT {step}, {called}, {now}, {}",
            quoted(&self.name),
            names.join(", "),
            values.collect::<Vec<_>>().join(", ")
        )
    }

    /// Writes down that it has so many rows more.
    pub fn grew(&self, rows: u64) -> Result<()> {
        preserved::grew(&Asked(self.connection), &self.name, rows)
    }

    /// The number of its last row.
    pub fn last(&self) -> Result<i64> {
        let rows =
            query(self.connection, &format!("SELECT coalesce(max(evolve_n), 0) FROM {}", quoted(&self.name)), &[])?;
        Ok(rows.first().and_then(|row| ledger::integer(row, 0)).unwrap_or(0))
    }
}

/// Whether a column's values must not be read in plain, and the key for them.
fn hidden<'a>(others: &Others<'a>, table: &str, column: &str) -> Option<&'a Hidden> {
    let column = crate::sql::unquoted(column);
    let is = |it: &&Hidden| it.table.eq_ignore_ascii_case(table) && it.column.eq_ignore_ascii_case(&column);
    others.hidden.iter().find(is)
}

/// Registers what encrypts; once, since a function in use cannot be replaced.
fn register(connection: &Connection, name: &str, cipher: Cipher) -> Result<()> {
    let known = "SELECT 1 FROM pragma_function_list WHERE name = ?1 COLLATE NOCASE";
    if !query(connection, known, &[Value::Text(name.to_owned())])?.is_empty() {
        return Ok(());
    }
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let shut =
        move |context: &rusqlite::functions::Context<'_>| Ok(sqlite_value(shut(&cipher, value(context.get_raw(0)))));
    connection.create_scalar_function(name, 1, flags, shut).map_err(|error| database_error(&error))
}

/// A value that nobody reads in plain; what is encrypted already stays as it is.
fn shut(cipher: &Cipher, value: Value) -> Value {
    let is_shut = |text: &str| text.strip_prefix(cipher.head_of_any()).is_some();
    match &value {
        Value::Text(text) if is_shut(text) => value,
        _ => cipher.seal(value),
    }
}
