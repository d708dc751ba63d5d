//! One table of a SQLite database, looked at.
//!
//! Takes a connection and a name; gives a [`Table`]. Reads the catalog only, never a row.

use crate::schema::{Column, Table};
use rusqlite::{Connection, OptionalExtension, params};

/// A table or view, looked at; `None` where there is none.
pub fn table(connection: &Connection, name: &str) -> rusqlite::Result<Option<Table>> {
    let found: Option<(String, String, String)> = connection
        .prepare_cached(
            // The newest first: what was just made is what is mostly asked for, and the catalog has no index.
            "SELECT name, type, coalesce(sql, '') FROM main.sqlite_schema \
             WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view') ORDER BY rowid DESC",
        )?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((name, kind, sql)) = found else { return Ok(None) };
    let is_view = kind == "view";
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    let mut statement = connection.prepare_cached(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
    )?;
    let mut rows = statement.query([&name])?;
    while let Some(row) = rows.next()? {
        let (hidden, pk): (i64, i64) = (row.get(5)?, row.get(4)?);
        let column = Column {
            name: row.get(0)?,
            declared: row.get(1)?,
            not_null: row.get(2)?,
            default: row.get(3)?,
            generated: hidden >= 2,
        };
        if pk > 0 {
            key.push((pk, column.name.clone()));
        }
        if hidden != 1 {
            columns.push(column);
        }
    }
    key.sort();
    let (is_virtual, without_rowid) = (is_virtual(&sql), is_view || is_without_rowid(&sql));
    Ok(Some(Table {
        unique: if is_view || is_virtual { Vec::new() } else { unique(connection, &name)? },
        primary_key: key.into_iter().map(|(_, column)| column).collect(),
        rowid: !without_rowid,
        is_virtual,
        is_view,
        name,
        sql,
        columns,
    }))
}

/// Whether the schema has an object of this name.
pub fn is_object(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE)";
    connection.prepare_cached(sql)?.query_row([name], |row| row.get(0))
}

/// Whether a table has triggers of its own, such as last as long as the database.
pub fn has_triggers(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE \
               AND name NOT LIKE 'evolve\\_%' ESCAPE '\\')";
    connection.prepare_cached(sql)?.query_row([table], |row| row.get(0))
}

/// Whether a stored statement makes a virtual table. SQLite writes its first words itself.
fn is_virtual(sql: &str) -> bool {
    sql.starts_with("CREATE VIRTUAL TABLE")
}

/// Whether a stored statement makes a table without rowid.
fn is_without_rowid(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("rowid")
        && options(sql).windows(2).any(|pair| pair[0] == "without" && pair[1] == "rowid")
}

/// Whether a table's types are enforced: what is `ANY` there keeps values as they come, elsewhere it makes numbers of them.
pub fn is_strict(table: &Table) -> bool {
    table.sql.to_ascii_lowercase().contains("strict") && options(&table.sql).iter().any(|word| word == "strict")
}

/// The words behind a statement's last parenthesis, in lower case.
fn options(sql: &str) -> Vec<String> {
    let tokens = crate::sql::tokens(sql).unwrap_or_default();
    let end = tokens.iter().rposition(|token| &sql[token.at.clone()] == ")").unwrap_or(0);
    tokens[end..].iter().map(|token| crate::sql::unquoted(&sql[token.at.clone()]).to_ascii_lowercase()).collect()
}

/// Its unique keys besides the primary key; partial ones and those over expressions are none.
fn unique(connection: &Connection, name: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let mut statement = connection.prepare_cached(
        "SELECT i.name, c.name FROM pragma_index_list(?1, 'main') AS i, pragma_index_info(i.name, 'main') AS c \
         WHERE i.\"unique\" AND i.origin <> 'pk' AND NOT i.partial ORDER BY i.seq, c.seqno",
    )?;
    let mut keys: Vec<(String, Vec<Option<String>>)> = Vec::new();
    let mut rows = statement.query(params![name])?;
    while let Some(row) = rows.next()? {
        let (index, column): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        match keys.last_mut() {
            Some((last, columns)) if *last == index => columns.push(column),
            _ => keys.push((index, vec![column])),
        }
    }
    Ok(keys.into_iter().filter_map(|(_, columns)| columns.into_iter().collect()).collect())
}

/// The name under which a table's rowid can be read, where it has one that no column hides.
pub fn rowid_name(table: &Table) -> Option<&'static str> {
    if !table.rowid {
        return None;
    }
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| table.column(name).is_none())
}

/// The column that is the rowid itself (`INTEGER PRIMARY KEY`).
pub fn rowid_alias(table: &Table) -> Option<&str> {
    let [key] = table.primary_key.as_slice() else { return None };
    let column = table.column(key)?;
    let descending = crate::sql::normal(&table.sql).contains("primary key desc");
    (table.rowid && column.declared.eq_ignore_ascii_case("INTEGER") && !descending).then_some(column.name.as_str())
}

/// The columns that hold values: all but computed ones.
pub fn stored(table: &Table) -> Vec<String> {
    table.columns.iter().filter(|column| !column.generated).map(|column| column.name.clone()).collect()
}

/// The columns of a table that hold values, by its name alone.
pub fn stored_of(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0 ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The tables that refer to a table, itself left out.
pub fn referring(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached(
            "SELECT DISTINCT m.name FROM main.sqlite_schema AS m, pragma_foreign_key_list(m.name, 'main') AS f \
             WHERE m.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE AND m.name <> ?1 COLLATE NOCASE ORDER BY m.name",
        )?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The statements that make a table's indexes and triggers, in the order they were made.
pub fn belongings(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached(
            "SELECT sql FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('index', 'trigger') \
             AND sql IS NOT NULL ORDER BY type, rowid",
        )?
        .query_map([table], |row| row.get(0))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_is_follows_from_its_statement_as_the_database_says_it() {
        let connection = Connection::open_in_memory().unwrap();
        let tables = [
            "CREATE TABLE a (x PRIMARY KEY) WITHOUT ROWID",
            "create table b (x text primary key, y as (x || ')')) strict /* :) */ ,\n\"without\" /**/ rowid -- )",
            "CREATE TABLE c (x, note DEFAULT 'without rowid') -- ) without rowid",
            "CREATE TABLE \"without rowid\" (x INTEGER PRIMARY KEY, CHECK (x > (1))) STRICT",
            "create virtual table d using fts5(x)",
            "CREATE TABLE e AS SELECT 'CREATE VIRTUAL TABLE' AS x",
        ];
        for sql in tables {
            // A quoted option is none to SQLite.
            let _ = connection.execute_batch(sql);
        }
        connection.execute_batch("CREATE TABLE b (x PRIMARY KEY) /* :) */ WITHOUT -- )\n ROWID").unwrap();
        let mut listed = connection
            .prepare("SELECT name, type = 'virtual', wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual', 'shadow') AND name NOT LIKE 'sqlite_%'")
            .unwrap();
        let mut rows = listed.query([]).unwrap();
        let mut seen = 0;
        while let Some(row) = rows.next().unwrap() {
            let (name, is_virtual, without_rowid): (String, bool, bool) =
                (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
            let found = table(&connection, &name.to_uppercase()).unwrap().unwrap();
            assert_eq!((found.is_virtual, !found.rowid), (is_virtual, without_rowid), "{name}: {}", found.sql);
            seen += 1;
        }
        assert!(seen > 6, "{seen}");
    }
}
