//! Hashes by which rows are remembered, brought along when the rows change: a row still counts as the step left it.

use super::Rotation;
use super::walk::{Held, Walk};
use crate::engine::{Database as _, Session as _};
use crate::error::Result;
use crate::schema::Tables as _;
use crate::sql::quoted;
use crate::sqlite::keep::hash_of;
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::value::Value;

/// Where hashes are remembered: the table, its column, and which of its rows.
struct Memory<'a> {
    table: &'a str,
    column: &'a str,
    rows: String,
}

impl Rotation<'_> {
    /// Hashes of rows that change, wherever they are remembered.
    pub(super) fn follow(&self, walk: &Walk, these: &str) -> Result<()> {
        for store in &self.stores {
            let tables: Vec<String> = store.tables.iter().flat_map(|table| self.tables_now(store, table)).collect();
            if !tables.iter().any(|table| walk.tables.contains(table)) {
                continue;
            }
            let Some(table) = self.session.table(&store.name).filter(|table| table.column("evolve_op").is_some())
            else {
                continue;
            };
            let own = shape::stored(&table).into_iter().filter(|name| !name.starts_with("evolve_"));
            let held: Option<Vec<&Held>> = own
                .map(|column| {
                    let now = self.now(store, &column);
                    walk.values.iter().find(|held| held.now.iter().any(|name| now.contains(name)))
                })
                .collect();
            let memory = Memory { table: &store.name, column: "evolve_new", rows: String::new() };
            self.follow_in(walk, these, &held.unwrap_or_default(), &memory)?;
        }
        if walk.is_store { Ok(()) } else { self.follow_written(walk, these) }
    }

    /// Rows that migrations wrote into tables that they made.
    fn follow_written(&self, walk: &Walk, these: &str) -> Result<()> {
        let there = "SELECT 1 FROM main.sqlite_schema WHERE name = 'evolve_written'";
        if self.session.query(there, &[])?.is_empty() {
            return Ok(());
        }
        let columns = shape::stored_of(&self.session.connection, &walk.name).map_err(|error| database_error(&error))?;
        let held = columns.iter().map(|name| walk.values.iter().find(|held| held.name.eq_ignore_ascii_case(name)));
        let held: Vec<&Held> = held.collect::<Option<_>>().unwrap_or_default();
        let sql =
            "SELECT DISTINCT s.seq, x.step, x.tbl FROM evolve_written AS x JOIN evolve_steps AS s ON s.id = x.step";
        for row in self.session.query(sql, &[])? {
            let [Value::Integer(seq), Value::Text(step), Value::Text(table)] = row.as_slice() else { continue };
            if !self.names.table_now(*seq, table).iter().any(|now| walk.tables.contains(now)) {
                continue;
            }
            let [step, table] = [step, table].map(|text| crate::columns::literal(&Value::Text(text.clone())));
            let rows = format!(" AND step = {step} AND tbl = {table}");
            self.follow_in(walk, these, &held, &Memory { table: "evolve_written", column: "hash", rows })?;
        }
        Ok(())
    }

    fn follow_in(&self, walk: &Walk, these: &str, held: &[&Held], memory: &Memory<'_>) -> Result<()> {
        if !held.iter().any(|held| held.due) {
            return Ok(());
        }
        let list = |side: fn(&Held) -> &str| held.iter().map(|held| side(held).to_owned()).collect::<Vec<_>>();
        let (before, after) = (hash_of(&list(|held| &held.before)), hash_of(&list(|held| &held.after)));
        self.session.statement("CREATE TEMP TABLE evolve_turned (before PRIMARY KEY, after) WITHOUT ROWID")?;
        self.session.statement(&format!(
            "INSERT OR IGNORE INTO temp.evolve_turned SELECT {before}, {after} FROM main.{} WHERE {these}",
            quoted(&walk.name)
        ))?;
        let Memory { table, column, rows } = memory;
        self.session.statement(&format!(
            "UPDATE OR REPLACE main.{} SET {column} = (SELECT after FROM temp.evolve_turned WHERE before = {column}) \
             WHERE {column} IN (SELECT before FROM temp.evolve_turned){rows}",
            quoted(table)
        ))?;
        self.session.statement("DROP TABLE temp.evolve_turned")
    }
}
