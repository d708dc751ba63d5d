//! A large schema, put into an empty database at once.
//!
//! Each statement of DDL costs SQLite a walk over all that is there: ten thousand tables take half a minute. Here plain
//! tables and indexes are written into the catalog as rows, and SQLite reads them in one go, as it does when it opens a
//! file. They share a few empty b-trees: no row may ever be written, and what is dropped gets its own before. Whatever is
//! not plain is executed.

use crate::sqlite::scratch::run;
use rusqlite::Connection;
use std::collections::HashMap;

/// The fewest statements for which this is worth while.
pub const MANY: usize = 300;

/// Indexes of one table, which cannot share a b-tree with each other.
const INDEXES: usize = 16;

/// What a statement makes, where it is plain.
#[derive(Debug, PartialEq, Eq)]
enum Plain<'a> {
    Table { name: &'a str },
    Index { name: &'a str, table: &'a str },
}

/// Makes a schema: statements in the order they were made. Gives the b-trees that are shared.
pub fn load(connection: &Connection, schema: &[String]) -> rusqlite::Result<Vec<i64>> {
    let plain: Vec<Option<Plain<'_>>> = schema.iter().map(|sql| plain(sql)).collect();
    let rows = plain.iter().flatten().count();
    if rows < MANY {
        schema.iter().try_for_each(|sql| run(connection, sql))?;
        return Ok(Vec::new());
    }
    // Tables first: they stand on nothing, and cost less while little is there.
    let others = || schema.iter().zip(&plain).filter(|(_, plain)| plain.is_none()).map(|(sql, _)| sql);
    others().filter(|sql| makes_table(sql)).try_for_each(|sql| run(connection, sql))?;
    let roots = write(connection, schema, &plain)?;
    others().filter(|sql| !makes_table(sql)).try_for_each(|sql| run(connection, sql))?;
    Ok(roots)
}

/// Gives a table with its indexes, or an index, b-trees of its own, so that it can be dropped.
pub fn release(connection: &Connection, shared: &[i64], name: &str) -> rusqlite::Result<()> {
    let shared: Vec<String> = shared.iter().map(i64::to_string).collect();
    let found: Vec<i64> = connection
        .prepare(&format!(
            "SELECT rowid FROM main.sqlite_schema WHERE rootpage IN ({}) \
             AND (name = ?1 COLLATE NOCASE OR tbl_name = ?1 COLLATE NOCASE) ORDER BY type = 'index', rowid",
            shared.join(", ")
        ))?
        .query_map([name], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let Some(first) = found.first() else { return Ok(()) };
    let is_index: bool =
        connection
            .query_row("SELECT type = 'index' FROM main.sqlite_schema WHERE rowid = ?1", [first], |row| row.get(0))?;
    let roots = roots(connection)?;
    connection.execute_batch("PRAGMA writable_schema = ON")?;
    for (rowid, root) in found.iter().zip(roots.iter().skip(usize::from(is_index))) {
        connection.execute("UPDATE main.sqlite_schema SET rootpage = ?2 WHERE rowid = ?1", [rowid, root])?;
    }
    connection.execute_batch("PRAGMA writable_schema = RESET")
}

/// Writes the rows of the catalog and has them read; gives the b-trees they share.
fn write(connection: &Connection, schema: &[String], plain: &[Option<Plain<'_>>]) -> rusqlite::Result<Vec<i64>> {
    let roots = roots(connection)?;
    let mut indexes: HashMap<String, usize> = HashMap::new();
    connection.execute_batch("PRAGMA writable_schema = ON; BEGIN")?;
    {
        let mut insert = connection.prepare(
            "INSERT INTO main.sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (sql, plain) in schema.iter().zip(plain) {
            match plain {
                None => {}
                Some(Plain::Table { name }) => {
                    insert.execute(("table", name, name, roots[0], sql))?;
                }
                Some(Plain::Index { name, table }) => {
                    let before = indexes.entry(table.to_ascii_lowercase()).or_default();
                    *before += 1;
                    // More than there are roots: SQLite says that the catalog is broken, and all is executed instead.
                    insert.execute(("index", name, table, roots.get(*before).copied().unwrap_or(0), sql))?;
                }
            }
        }
    }
    connection.execute_batch("COMMIT; PRAGMA writable_schema = RESET")?;
    connection.query_row("SELECT count(*) FROM main.sqlite_schema", [], |_| Ok(()))?;
    Ok(roots)
}

/// Empty b-trees that no table of the catalog has: one for tables, the others for indexes.
fn roots(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    connection.execute_batch("CREATE TABLE evolve_roots (x)")?;
    for number in 0..INDEXES {
        connection.execute_batch(&format!("CREATE INDEX evolve_roots_{number} ON evolve_roots (x)"))?;
    }
    let roots: rusqlite::Result<Vec<i64>> = connection
        .prepare("SELECT rootpage FROM main.sqlite_schema WHERE tbl_name = 'evolve_roots' ORDER BY rowid")?
        .query_map([], |row| row.get(0))?
        .collect();
    connection.execute_batch(
        "PRAGMA writable_schema = ON; DELETE FROM main.sqlite_schema WHERE tbl_name = 'evolve_roots'; \
         PRAGMA writable_schema = RESET",
    )?;
    roots
}

fn makes_table(sql: &str) -> bool {
    sql.starts_with("CREATE TABLE ") || sql.starts_with("CREATE VIRTUAL ")
}

/// What a statement makes, as SQLite keeps it: its first words in capitals, the name behind them. Nothing that has
/// b-trees SQLite names itself, nothing in quotes, in which text may hide.
fn plain(sql: &str) -> Option<Plain<'_>> {
    if sql.contains(['"', '`', '[']) {
        return None;
    }
    if let Some(rest) = sql.strip_prefix("CREATE TABLE ") {
        return is_rowid_alone(rest).then(|| word(rest)).flatten().map(|(name, _)| Plain::Table { name });
    }
    let rest = sql.strip_prefix("CREATE INDEX ").or_else(|| sql.strip_prefix("CREATE UNIQUE INDEX "))?;
    let (name, rest) = word(rest)?;
    let (on, rest) = word(rest)?;
    let (table, _) = word(rest)?;
    on.eq_ignore_ascii_case("on").then_some(Plain::Index { name, table })
}

/// Whether a table has no b-tree but its own, which has the form of most: no key but its number.
fn is_rowid_alone(sql: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    let keys = lower.matches("primary").count() == lower.matches("integer primary key").count();
    keys && !["unique", "autoincrement", "without", "primary key desc"].iter().any(|word| lower.contains(word))
}

/// The next word, and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_' && c != '$');
    let end = end.unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{scratch, shape};

    #[test]
    fn a_schema_that_was_put_in_at_once_is_the_one_that_was_executed() {
        let mut schema: Vec<String> = (0..MANY)
            .flat_map(|n| {
                [
                    format!(
                        "CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x', b REFERENCES t0 (id))"
                    ),
                    format!("CREATE INDEX t{n}_a ON t{n} (a COLLATE NOCASE DESC)"),
                    format!("CREATE UNIQUE INDEX t{n}_b ON t{n}(b) WHERE b > 0"),
                ]
            })
            .collect();
        schema.extend(
            [
                "CREATE TABLE keyed (k TEXT PRIMARY KEY, v UNIQUE)",
                "CREATE TABLE small (k TEXT PRIMARY KEY) WITHOUT ROWID",
                "CREATE TABLE \"two words\" (\"id\" INTEGER PRIMARY KEY, CHECK (\"id\" > 0))",
                "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)",
                "CREATE VIRTUAL TABLE words USING fts5(a)",
                "CREATE INDEX keyed_v ON keyed (v, k)",
                "CREATE VIEW seen AS SELECT t1.id, k FROM t1 JOIN keyed ON k = a",
                "CREATE TRIGGER told AFTER INSERT ON t2 BEGIN INSERT INTO keyed (k) VALUES (NEW.a); END",
            ]
            .map(str::to_owned),
        );
        schema.sort_by_key(|sql| (!makes_table(sql), !sql.contains(" INDEX "), sql.contains("TRIGGER")));
        let (quick, slow) = (Connection::open_in_memory().unwrap(), Connection::open_in_memory().unwrap());
        let shared = load(&quick, &schema).unwrap();
        assert_eq!(shared.len(), 1 + INDEXES);
        schema.iter().for_each(|sql| run(&slow, sql).unwrap());
        let sorted = |connection: &Connection| {
            let mut all = scratch::statements(connection).unwrap();
            all.sort();
            all
        };
        assert_eq!(sorted(&quick), sorted(&slow));
        for table in ["t7", "keyed", "small", "two words", "counted", "words", "seen"] {
            let of = |connection: &Connection| shape::table(connection, table).unwrap();
            assert_eq!(of(&quick), of(&slow), "{table}");
            assert!(of(&quick).is_some(), "{table}");
        }
        for sql in [
            "ALTER TABLE t7 ADD COLUMN c TEXT NOT NULL DEFAULT 'y' CHECK (c <> '')",
            "ALTER TABLE t8 DROP COLUMN b",
            "ALTER TABLE t9 RENAME COLUMN a TO z",
            "CREATE UNIQUE INDEX t7_c ON t7 (c, a)",
            "CREATE TABLE made AS SELECT * FROM t7",
        ] {
            let of = |connection: &Connection| run(connection, sql).map_err(|error| error.to_string());
            assert_eq!(of(&quick), of(&slow), "{sql}");
        }
        for (kind, name) in
            [("INDEX", "t5_b"), ("TABLE", "T6"), ("TABLE", "keyed"), ("INDEX", "t11_a"), ("TABLE", "t5")]
        {
            release(&quick, &shared, name).unwrap();
            run(&quick, &format!("DROP {kind} {name}")).unwrap();
            run(&slow, &format!("DROP {kind} {name}")).unwrap();
        }
        assert_eq!(sorted(&quick), sorted(&slow));
    }

    #[test]
    fn only_what_has_one_b_tree_and_no_quotes_is_plain() {
        assert_eq!(plain("CREATE TABLE a(id INTEGER PRIMARY KEY)"), Some(Plain::Table { name: "a" }));
        assert_eq!(plain("CREATE INDEX i ON a (x)"), Some(Plain::Index { name: "i", table: "a" }));
        assert_eq!(plain("CREATE UNIQUE INDEX i ON a(x)"), Some(Plain::Index { name: "i", table: "a" }));
        for sql in [
            "CREATE TABLE a (x UNIQUE)",
            "CREATE TABLE a (x TEXT PRIMARY KEY)",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, x, PRIMARY KEY (x))",
            "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)",
            "CREATE TABLE a (id INTEGER PRIMARY KEY DESC)",
            "CREATE TABLE \"a\" (x)",
            "CREATE INDEX i ON a (\"x\")",
            "CREATE VIEW v AS SELECT 1",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
        ] {
            assert_eq!(plain(sql), None, "{sql}");
        }
    }
}
