//! A row that was put aside, walked once more as its record in the ledger has it: in a temporary table of the source's shape.
//!
//! Takes the number of a reject and the shape of its source; gives a Movement over that one row, or the reason why its record
//! is not enough. Must not know who decides that it is tried.

use crate::engine::{Database as _, MoveContext, Mover};
use crate::error::{Error, Result, codes};
use crate::ledger::{record, rejects};
use crate::movement::{Formula, Movement};
use crate::schema::{Table, Tables as _};
use crate::sql::{names, quoted};
use crate::sqlite::affinity::affinity;
use crate::sqlite::functions::bound;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::scratch::Scratch;
use crate::sqlite::session::SqliteSession;
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::value::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;

/// The table of the one row. It has a name of its own, and the source's as an alias: whatever else the step's SQL looks up in
/// the source is looked up there.
const TABLE: &str = "evolve_replayed";

/// The names of a row's number.
const NUMBERS: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A source as it was when its rows were put aside.
#[derive(Debug)]
pub struct Former {
    table: Table,
    collations: Vec<String>,
}

/// A reject and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Its number.
    pub number: i64,
    /// The row's own number as SQL, where it was found by that.
    pub row: Option<&'a str>,
    /// Whether somebody changed it.
    pub changed: bool,
}

/// What a table is by the statement that made it.
pub fn remembered(sql: &str) -> Option<Table> {
    let scratch = Scratch::new(&[sql.to_owned()], true).ok()?;
    let name = scratch.names().pop()?;
    scratch.table(&name)
}

impl SqliteSession<'_> {
    /// The source of a Movement: as it is, or by the statement that made it.
    pub fn former(&self, movement: &Movement, kept: Option<&str>) -> Option<Former> {
        if let Some(source) = &movement.from.source {
            let table = source.table();
            return Some(Former { collations: vec!["BINARY".to_owned(); table.columns.len()], table });
        }
        if let Some(table) = self.table(&movement.from.table) {
            return Some(Former { collations: collations(&self.connection, &table), table });
        }
        let scratch = Scratch::new(&[kept?.to_owned()], true).ok()?;
        let table = scratch.table(&movement.from.table)?;
        Some(Former { collations: collations(scratch.connection(), &table), table })
    }

    /// Lays the row of a reject where it is walked; or says why its record is not enough.
    pub fn lay(
        &self,
        movement: &Movement,
        former: &Former,
        record: Record<'_>,
    ) -> Result<std::result::Result<(), String>> {
        let row = rejects::record(self, record.number)?.and_then(|record| record::read(&record));
        let Some(mut row) = row else { return Ok(Err("the record is no JSON object".to_owned())) };
        if let Some(lack) = lack(movement, former, &row, record) {
            return Ok(Err(lack));
        }
        let run = |sql: &str| self.connection.execute_batch(sql).map_err(|error| database_error(&error));
        run(&format!("DROP TABLE IF EXISTS temp.{TABLE}; {}", former.made()))?;
        let mut columns: Vec<String> = row.iter().map(|(name, _)| quoted(name)).collect();
        let mut marks = vec!["?"; columns.len()];
        let values: Vec<Value> = row.drain(..).map(|(_, value)| value).collect();
        if let (Some(name), Some(number), None) =
            (shape::rowid_name(&former.table), record.row, shape::rowid_alias(&former.table))
        {
            columns.push(name.to_owned());
            marks.push(number);
        }
        let sql = format!("INSERT INTO temp.{TABLE} ({}) VALUES ({})", columns.join(", "), marks.join(", "));
        let laid = self.connection.execute(&sql, params_from_iter(values.iter().map(bound)));
        Ok(laid.map(drop).map_err(|error| format!("the record fits no row of {}: {error}", former.table.name)))
    }

    /// The Movement over that row.
    pub fn over_record<'a>(
        &'a self,
        movement: &Movement,
        context: &MoveContext<'_>,
        former: &Former,
    ) -> Result<Box<dyn Mover + 'a>> {
        let mut movement = movement.clone();
        movement.from.alias.get_or_insert_with(|| former.table.name.clone());
        let source = Table { name: TABLE.to_owned(), ..former.table.clone() };
        let target = shape::table(&self.connection, &movement.into).map_err(|error| database_error(&error))?;
        let target =
            target.ok_or_else(|| Error::new(codes::UNKNOWN_TABLE, format!("there is no table {}", movement.into)))?;
        Ok(Box::new(SqliteMover::with(&self.connection, &movement, context, source, target)?))
    }

    /// Takes the row away.
    pub fn leave_record(&self) -> Result<()> {
        self.execute(&format!("DROP TABLE IF EXISTS temp.{TABLE}"), &[]).map(drop)
    }
}

impl Former {
    /// Whether a name is that of the row's own number.
    pub fn is_number(&self, name: &str) -> bool {
        shape::rowid_name(&self.table).is_some_and(|number| number.eq_ignore_ascii_case(name))
    }

    /// In a strict table ANY takes values as they come.
    fn affinity(&self, declared: &str) -> &'static str {
        match declared.eq_ignore_ascii_case("any") && shape::is_strict(&self.table) {
            true => "blob",
            false => affinity(declared),
        }
    }

    /// The statement that makes a table for one row of it. It has no constraints: the step's own rules judge the row.
    fn made(&self) -> String {
        let number = shape::rowid_alias(&self.table);
        let columns = self.table.columns.iter().zip(&self.collations).map(|(column, collation)| {
            let name = quoted(&column.name);
            match number == Some(column.name.as_str()) {
                true => format!("{name} INTEGER PRIMARY KEY"),
                false => format!("{name} {} COLLATE {}", self.affinity(&column.declared), quoted(collation)),
            }
        });
        format!("CREATE TEMP TABLE {TABLE} ({})", columns.collect::<Vec<_>>().join(", "))
    }
}

/// What the step reads of the row and its record does not have.
fn lack(movement: &Movement, former: &Former, row: &[(String, Value)], record: Record<'_>) -> Option<String> {
    let table = &former.table;
    if let Some((name, _)) = row.iter().find(|(name, _)| table.column(name).is_none()) {
        return Some(format!("the record has {name}, which is no column of {}", table.name));
    }
    let same = |at: usize| row[..at].iter().any(|(name, _)| name.eq_ignore_ascii_case(&row[at].0));
    if let Some(at) = (0..row.len()).find(|at| same(*at)) {
        return Some(format!("the record has {} twice", row[at].0));
    }
    let read = read(movement);
    let has = |name: &str| row.iter().any(|(column, _)| column.eq_ignore_ascii_case(name));
    for column in table.columns.iter().filter(|column| read.contains(&column.name.to_lowercase())) {
        if !has(&column.name) {
            return Some(format!("the step reads {}, which its record does not have", column.name));
        }
        if column.generated && record.changed {
            let name = &column.name;
            return Some(format!("the step reads {name}, which is computed, and its record was changed"));
        }
    }
    let numbered = NUMBERS.iter().any(|name| read.contains(*name) && table.column(name).is_none());
    (numbered && record.row.is_none() && shape::rowid_alias(table).is_none())
        .then(|| "the step reads the row's number, which its record does not have".to_owned())
}

/// The names that stand in what a Movement does with a row, in lower case.
fn read(movement: &Movement) -> BTreeSet<String> {
    let lookup = movement.lookup.as_ref();
    let texts = movement.from.filter.iter().chain(lookup.map(|lookup| &lookup.on));
    let texts = texts.chain(lookup.and_then(|lookup| lookup.first_by.as_ref()));
    let texts = texts.chain(movement.rules.iter().map(|rule| &rule.sql)).flat_map(|text| names(text));
    let keys = movement.from.key.iter().map(|name| name.to_lowercase());
    let values = movement.columns.iter().map(|assign| &assign.value).flat_map(Formula::names);
    texts.chain(keys).chain(values).collect()
}

/// The collation of each column of a table; that of a view's is not known, and compares by bytes.
fn collations(connection: &Connection, table: &Table) -> Vec<String> {
    let of = |name: &str| {
        let found = connection.column_metadata(Some("main"), table.name.as_str(), name).ok()?.1?;
        Some(found.to_string_lossy().into_owned())
    };
    table.columns.iter().map(|column| of(&column.name).unwrap_or_else(|| "BINARY".to_owned())).collect()
}
