//! References to rows that a transformation's way back takes: looked at once before its first row and once after its last.
//!
//! Foreign keys are off in between, because rows of the step may refer to each other. What was broken before is kept in the
//! database itself until the end, beside what the step had repaired, so that a way back that dies is finished by another
//! process. Rows are never read into memory.

use crate::engine::{References, Way, Witness};
use crate::error::{Error, Result, codes};
use crate::ledger::cursors::shown;
use crate::movement::{Movement, Undo};
use crate::schema::Table;
use crate::sql::{self, quoted};
use crate::sqlite::broken::{self, At, Foreign, NOTED};
use crate::sqlite::render::target_identity;
use crate::sqlite::survey::{database_error, query};
use crate::sqlite::{dialect, going, shape, witness};
use crate::touch::Touches;
use rusqlite::Connection;

/// References to rows of some tables.
#[derive(Debug)]
pub struct SqliteReferences<'a> {
    connection: &'a Connection,
    seq: i64,
    tables: Vec<String>,
}

impl<'a> SqliteReferences<'a> {
    /// Those to these tables, while the step of this number is taken back.
    pub fn new(connection: &'a Connection, seq: i64, tables: &[String]) -> Self {
        Self { connection, seq, tables: tables.to_vec() }
    }

    fn store(&self) -> String {
        Way::Down(self.seq).store()
    }

    /// The tables whose references may break: the targets, and what refers to them. What cannot be judged is left out.
    fn watched(&self) -> rusqlite::Result<Vec<String>> {
        let mut watched = self.tables.clone();
        for table in &self.tables {
            watched.extend(shape::referring(self.connection, table)?);
        }
        watched.sort_by_key(|table| table.to_ascii_lowercase());
        watched.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        let mut judged = Vec::new();
        for table in watched {
            let judge = "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check(?1, 'main'))";
            match self.connection.query_row(judge, [&table], |row| row.get::<_, bool>(0)) {
                Ok(_) => judged.push(table),
                // A key that refers to no key cannot be judged, by nobody.
                Err(error) if dialect::message(&error).contains("foreign key mismatch") => {}
                Err(error) => return Err(error),
            }
        }
        Ok(judged)
    }

    fn keep_broken(&self) -> rusqlite::Result<()> {
        if !broken::note(self.connection, &self.watched()?, At::Before)? {
            return Ok(());
        }
        let store = quoted(&self.store());
        let columns = ["child", "fk", "named", "who", "held", "parent"].join(", ");
        // A step that is taken back half done has some of them already.
        self.connection.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS main.{store} ({columns}); INSERT INTO main.{store} SELECT {columns} \
             FROM temp.{NOTED} WHERE ({columns}) NOT IN (SELECT {columns} FROM main.{store})"
        ))?;
        broken::forget(self.connection)
    }

    /// The first foreign key of a child by which rows that stay refer to rows that go.
    fn left_alone(&self, parent: &Table, child: &Table, foreign: &Foreign) -> Result<()> {
        let asked = |error: rusqlite::Error| database_error(&error);
        // A row that comes back may bring the very key back that another goes with.
        let comes_back = format!("SELECT 1 FROM {} WHERE NOT evolve_goes", going::table(&parent.name));
        if !is_identity(parent, &foreign.of_parent(parent)) && self.holds(&comes_back)? {
            return Ok(());
        }
        let of = |row: &str, columns: &[String]| -> Vec<String> {
            columns.iter().map(|column| format!("{row}.{column}")).collect()
        };
        let of_parent = going::told(&parent.name, &of("p", &target_identity(parent)));
        let mut conditions = vec![format!("{of_parent} = 1")];
        if self.is_told(&child.name)? {
            let of_child = going::told(&child.name, &of("t", &target_identity(child)));
            conditions.push(format!("{of_child} IS NULL"));
        }
        if shape::table(self.connection, &self.store()).map_err(asked)?.is_some() {
            let held: Vec<&str> = foreign.held().collect();
            conditions.push(format!(
                "({}, {}, {}) NOT IN (SELECT child, fk, held FROM main.{})",
                broken::literal(&child.name.to_ascii_lowercase()),
                broken::literal(&broken::from(foreign)),
                broken::values(&held),
                quoted(&self.store())
            ));
        }
        let key: Vec<String> = match child.primary_key.is_empty() {
            true => target_identity(child),
            false => child.primary_key.iter().map(|column| quoted(column)).collect(),
        };
        // In this order: what is referred to has an index, what refers may have none.
        let sql = format!(
            "SELECT {} FROM main.{} AS t CROSS JOIN main.{} AS p ON {} WHERE {} LIMIT 20",
            of("t", &key).join(", "),
            quoted(&child.name),
            quoted(&parent.name),
            broken::met(foreign, parent, "t"),
            conditions.join(" AND ")
        );
        let found = query(self.connection, &sql, &[])?;
        if found.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = found.iter().map(|row| shown(row)).collect();
        let more = if found.len() >= 20 { ", …" } else { "" };
        let message =
            format!("rows of {} refer to rows of {} that would go: {}{more}", child.name, parent.name, keys.join("; "));
        Err(Error::new(codes::ORPHANS, message))
    }

    fn holds(&self, sql: &str) -> Result<bool> {
        Ok(!query(self.connection, &format!("{sql} LIMIT 1"), &[])?.is_empty())
    }

    /// Whether some Movement told which rows of a table it takes back.
    fn is_told(&self, table: &str) -> Result<bool> {
        let name = broken::literal(&format!("evolve_going_{}", table.to_ascii_lowercase()));
        self.holds(&format!("SELECT 1 FROM temp.sqlite_schema WHERE name = {name}"))
    }

    /// Tables that refer to this one and that a trigger of somebody's writes or names elsewhere than on themselves.
    fn at_risk(&self, table: &str) -> rusqlite::Result<Vec<String>> {
        let mut triggers = self.connection.prepare_cached(
            "SELECT lower(tbl_name), sql FROM main.sqlite_schema WHERE type = 'trigger' AND sql IS NOT NULL",
        )?;
        let triggers = triggers.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let triggers: Vec<(String, String)> = triggers.collect::<rusqlite::Result<_>>()?;
        if triggers.is_empty() {
            return Ok(Vec::new());
        }
        let named: Vec<(String, Vec<String>)> =
            triggers.into_iter().map(|(table, statement)| (table, sql::names(&statement))).collect();
        let mut children = shape::referring(self.connection, table)?;
        children.retain(|child| {
            let child = child.to_ascii_lowercase();
            named.iter().any(|(table, names)| *table != child && names.contains(&child))
        });
        Ok(children)
    }
}

impl References for SqliteReferences<'_> {
    fn any(&self) -> Result<bool> {
        let refers = || -> rusqlite::Result<bool> {
            for table in &self.tables {
                let Some(shape) = shape::table(self.connection, table)? else { continue };
                let itself = broken::foreign_keys(self.connection, &shape.name)?;
                if itself.iter().any(|foreign| foreign.parent.eq_ignore_ascii_case(table))
                    || !shape::referring(self.connection, table)?.is_empty()
                {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        refers().map_err(|error| database_error(&error))
    }

    fn refuse(&self, unclear: &[String]) -> Result<()> {
        let asked = |error: rusqlite::Error| database_error(&error);
        let is_clear = |table: &str| !unclear.iter().any(|unclear| unclear.eq_ignore_ascii_case(table));
        for table in self.tables.iter().filter(|table| is_clear(table)) {
            let Some(parent) = shape::table(self.connection, table).map_err(asked)? else { continue };
            if !self.is_told(&parent.name)? {
                continue;
            }
            let mut children = shape::referring(self.connection, &parent.name).map_err(asked)?;
            children.push(parent.name.clone());
            for child in children.iter().filter(|child| is_clear(child)) {
                let Some(child) = shape::table(self.connection, child).map_err(asked)? else { continue };
                for foreign in broken::foreign_keys(self.connection, &child.name).map_err(asked)? {
                    if foreign.parent.eq_ignore_ascii_case(&parent.name) {
                        self.left_alone(&parent, &child, &foreign)?;
                    }
                }
            }
        }
        for table in &self.tables {
            let drop = format!("DROP TABLE IF EXISTS {}", going::table(table));
            self.connection.execute_batch(&drop).map_err(asked)?;
        }
        Ok(())
    }

    fn note(&self) -> Result<()> {
        self.keep_broken().map_err(|error| database_error(&error))
    }

    fn count(&self, movement: &Movement) -> Result<Vec<(String, i64)>> {
        let counted = || -> rusqlite::Result<Vec<(String, i64)>> {
            let children = match &movement.undo {
                // Whatever a person's statement does.
                Undo::Sql(_) => shape::referring(self.connection, &movement.into)?,
                Undo::Derive { .. } | Undo::Journal | Undo::None => self.at_risk(&movement.into)?,
            };
            let count = |child: String| Ok((child.clone(), witness::count(self.connection, &child)?));
            children.into_iter().map(count).collect()
        };
        counted().map_err(|error| database_error(&error))
    }

    fn refuse_lost(&self, before: &[(String, i64)]) -> Result<()> {
        let witness = Witness { children: before.to_vec(), guarded: true, ..Witness::default() };
        witness::compare(self.connection, &witness, &Touches::default(), Way::Part(self.seq))
    }

    fn compare(&self) -> Result<()> {
        let watched = self.watched().map_err(|error| database_error(&error))?;
        let witness = Witness { watched, ..Witness::default() };
        witness::compare(self.connection, &witness, &Touches::default(), Way::Down(self.seq))
    }
}

/// Whether columns are what identifies a row.
fn is_identity(table: &Table, columns: &[&str]) -> bool {
    match (shape::rowid_alias(table), columns) {
        (Some(alias), [column]) => alias.eq_ignore_ascii_case(column),
        (Some(_), _) => false,
        (None, columns) => {
            !table.rowid
                && columns.len() == table.primary_key.len()
                && columns.iter().all(|column| table.primary_key.iter().any(|key| key.eq_ignore_ascii_case(column)))
        }
    }
}
