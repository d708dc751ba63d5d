//! The ids of the keys that encrypted what stands in a database: each table is read through once, within the database.

use super::holds;
use crate::error::Result;
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::shape;
use crate::sqlite::survey::{database_error, query};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// The ids, of the first ciphertext in each value.
pub fn ids(connection: &Connection) -> Result<BTreeSet<String>> {
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut found = BTreeSet::new();
    for name in query(connection, sql, &[])?.iter().filter_map(|row| crate::ledger::text(row, 0)) {
        if let Some(table) = shape::table(connection, &name).map_err(|error| database_error(&error))? {
            found.extend(of_table(connection, &table)?);
        }
    }
    Ok(found)
}

fn of_table(connection: &Connection, table: &Table) -> Result<Vec<String>> {
    let columns = shape::stored(table);
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let asked = columns.iter().map(|column| {
        let place = quoted(column);
        let id = format!("CAST(substr({place}, instr({place}, iif(typeof({place}) = 'blob', x'65766f6c76653a313a', 'evolve:1:')) + 9, 9) AS TEXT)");
        format!("group_concat(DISTINCT iif({} AND {id} GLOB '[0-9a-f]*:', {id}, NULL))", holds(&place))
    });
    let asked = asked.collect::<Vec<_>>().join(", ");
    let row = query(connection, &format!("SELECT {asked} FROM main.{}", quoted(&table.name)), &[])?.pop();
    let texts = row.unwrap_or_default().into_iter().filter_map(|value| match value {
        crate::value::Value::Text(text) => Some(text),
        _ => None,
    });
    let ids = texts.flat_map(|text| text.split(',').map(str::to_owned).collect::<Vec<_>>());
    let id = |text: String| {
        let id = text.strip_suffix(':')?;
        (id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
    };
    Ok(ids.filter_map(id).collect())
}
