//! References that point nowhere, by the row that holds them: a new one is not hidden by one that was repaired.
//!
//! Takes a connection and tables; notes broken references in a temporary table, which is made only where there are some,
//! and compares. A row is known by its primary key; where it has none, or got another, by the values that refer. Rows are
//! never read into memory.

use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::shape;
use rusqlite::{Connection, params};

/// The temporary table of what is broken.
pub const NOTED: &str = "evolve_broken";

/// When something was found broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Before the step.
    Before,
    /// After it, where something was noted before.
    After,
    /// After it, where nothing was.
    AfterNothing,
}

impl At {
    /// After a step before which something was broken, or nothing.
    pub fn after(was_broken: bool) -> Self {
        if was_broken { Self::After } else { Self::AfterNothing }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After | Self::AfterNothing => "after",
        }
    }
}

/// A foreign key of a table.
pub struct Foreign {
    id: i64,
    /// The table it refers to.
    pub parent: String,
    /// Its columns here and there.
    columns: Vec<(String, Option<String>)>,
}

impl Foreign {
    /// The columns that are referred to.
    pub fn of_parent<'p>(&'p self, parent: &'p Table) -> Vec<&'p str> {
        let of = |(at, (_, to)): (usize, &'p (String, Option<String>))| {
            to.as_ref().or_else(|| parent.primary_key.get(at)).map_or("rowid", String::as_str)
        };
        self.columns.iter().enumerate().map(of).collect()
    }

    /// The columns that refer.
    pub fn held(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(|(from, _)| from.as_str())
    }
}

/// Notes what is broken in these tables; whether anything is.
pub fn note(connection: &Connection, tables: &[String], at: At) -> rusqlite::Result<bool> {
    let mut any = false;
    for table in tables {
        let Some(shape) = shape::table(connection, table)? else { continue };
        if is_sound(connection, &shape.name)? {
            continue;
        }
        if !any {
            make(connection, at)?;
        }
        any = true;
        for foreign in foreign_keys(connection, &shape.name)? {
            connection.execute(&noting(connection, &shape, &foreign, at)?, [])?;
        }
    }
    Ok(any)
}

/// Forgets what was noted.
pub fn forget(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("DROP TABLE IF EXISTS temp.{NOTED}"))
}

/// The first reference of this table that is broken after and was not before: to which table, and how many there are.
///
/// `gone` are the tables that were there before: one that got a new name is compared with them. `store` holds what may
/// be broken again.
pub fn added(
    connection: &Connection,
    table: &str,
    gone: Option<&[String]>,
    store: Option<&str>,
) -> rusqlite::Result<Option<(String, i64)>> {
    let among = gone.map_or_else(|| vec![table.to_owned()], <[String]>::to_vec);
    let among: Vec<String> = among.iter().map(|name| literal(&name.to_lowercase())).collect();
    let noted = format!("SELECT child, fk, named, who, held, parent FROM temp.{NOTED} WHERE at =");
    let again = store.map_or_else(String::new, |store| {
        format!(" UNION ALL SELECT child, fk, named, who, held, parent FROM main.{}", quoted(store))
    });
    let was = format!("SELECT * FROM ({noted} 'before'{again}) WHERE child IN ({})", among.join(", "));
    let now = format!("{noted} 'after' AND child = {}", literal(&table.to_lowercase()));
    let holds = |sql: String| connection.query_row(&sql, [], |row| row.get::<_, bool>(0));
    let other_key = holds(format!(
        "SELECT EXISTS (SELECT 1 FROM ({was}) WHERE named = '' OR named <> (SELECT named FROM ({now}) LIMIT 1)) \
         OR EXISTS (SELECT 1 FROM ({now}) WHERE named = '')"
    ))?;
    let known: Vec<String> = foreign_keys(connection, table)?.iter().map(|foreign| literal(&from(foreign))).collect();
    let other_foreign = holds(format!("SELECT EXISTS (SELECT 1 FROM ({was}) WHERE fk NOT IN ({}))", known.join(", ")))?;
    let (who, fk) = (if other_key { "held" } else { "who" }, if other_foreign { "''" } else { "fk" });
    let grouped = |rows: &str| {
        format!("SELECT {fk} AS f, {who} AS w, min(parent) AS parent, count(*) AS n FROM ({rows}) GROUP BY 1, 2")
    };
    let sql = format!(
        "WITH was AS MATERIALIZED ({}), now AS MATERIALIZED ({}) \
         SELECT now.parent, sum(now.n - coalesce(was.n, 0)) FROM now LEFT JOIN was ON was.f = now.f AND was.w = now.w \
         WHERE now.n > coalesce(was.n, 0) GROUP BY 1 ORDER BY 1 LIMIT 1",
        grouped(&was),
        grouped(&now)
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Keeps what was broken before and is not any more: the way back may break it again.
pub fn keep_mended(connection: &Connection, store: &str) -> rusqlite::Result<()> {
    let mended = format!(
        "SELECT child, fk, named, who, held, parent FROM temp.{NOTED} AS b WHERE at = 'before' AND NOT EXISTS (\
         SELECT 1 FROM temp.{NOTED} AS a WHERE a.at = 'after' AND a.child = b.child AND a.fk = b.fk \
         AND a.named = b.named AND a.who = b.who AND a.held = b.held)"
    );
    connection.execute_batch(&format!("CREATE INDEX temp.evolve_broken_by ON {NOTED} (at, child, held)"))?;
    let any: bool = connection.query_row(&format!("SELECT EXISTS ({mended})"), [], |row| row.get(0))?;
    if any {
        let store = quoted(store);
        connection.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS main.{store} (child, fk, named, who, held, parent); \
             INSERT INTO main.{store} {mended}"
        ))?;
    }
    Ok(())
}

fn make(connection: &Connection, at: At) -> rusqlite::Result<()> {
    if at != At::After {
        forget(connection)?;
    }
    connection
        .execute_batch(&format!("CREATE TEMP TABLE IF NOT EXISTS {NOTED} (at, child, fk, named, who, held, parent)"))
}

fn is_sound(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check(?1, 'main'))")?
        .query_row([table], |row| row.get(0))
}

/// The foreign keys of a table.
pub fn foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Foreign>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq",
    )?;
    let mut rows = statement.query(params![table])?;
    let mut found: Vec<Foreign> = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, columns) = (row.get(0)?, (row.get(2)?, row.get(3)?));
        match found.last_mut().filter(|last| last.id == id) {
            Some(last) => last.columns.push(columns),
            None => found.push(Foreign { id, parent: row.get(1)?, columns: vec![columns] }),
        }
    }
    Ok(found)
}

/// The columns that refer, as a foreign key is known by.
pub fn from(foreign: &Foreign) -> String {
    foreign.columns.iter().map(|(from, _)| from.to_lowercase()).collect::<Vec<_>>().join(",")
}

/// The statement that notes what is broken of one foreign key.
fn noting(connection: &Connection, table: &Table, foreign: &Foreign, at: At) -> rusqlite::Result<String> {
    let held: Vec<&str> = foreign.columns.iter().map(|(from, _)| from.as_str()).collect();
    let key: Vec<&str> = table.primary_key.iter().map(String::as_str).collect();
    let select = format!(
        "INSERT INTO temp.{NOTED} SELECT {}, {}, {}, {}, {}, {}, {}",
        literal(at.word()),
        literal(&table.name.to_lowercase()),
        literal(&from(foreign)),
        literal(&key.join(",").to_lowercase()),
        values(&key),
        values(&held),
        literal(&foreign.parent)
    );
    let name = quoted(&table.name);
    if let (true, Some(rowid)) = (table.rowid, rowid(table)) {
        let checked = format!("pragma_foreign_key_check({}, 'main')", literal(&table.name));
        let id = foreign.id;
        return Ok(format!(
            "{select} FROM {checked} AS v JOIN main.{name} AS t ON t.{rowid} = v.rowid WHERE v.fkid = {id}"
        ));
    }
    // The check names no row of a table without rowid.
    let set: Vec<String> = held.iter().map(|column| format!("t.{} IS NOT NULL", quoted(column))).collect();
    let missing = match shape::table(connection, &foreign.parent)? {
        None => String::new(),
        Some(parent) => format!(
            " AND NOT EXISTS (SELECT 1 FROM main.{} AS p WHERE {})",
            quoted(&parent.name),
            met(foreign, &parent, "t")
        ),
    };
    Ok(format!("{select} FROM main.{name} AS t WHERE {}{missing}", set.join(" AND ")))
}

/// That a reference of the row called `child` is met by the row called `p`. As SQLite judges it: by affinity and collation of
/// what is referred to.
pub fn met(foreign: &Foreign, parent: &Table, child: &str) -> String {
    let pairs = foreign.of_parent(parent).into_iter().zip(foreign.held());
    let pairs = pairs.map(|(to, from)| format!("p.{} = +{child}.{}", quoted(to), quoted(from)));
    pairs.collect::<Vec<_>>().join(" AND ")
}

/// Values of columns as one text; a number and its text are the same, as after a change of type.
pub fn values(columns: &[&str]) -> String {
    let parts: Vec<String> = columns
        .iter()
        .map(|column| quoted(column))
        .map(|column| format!("iif(t.{column} IS NULL, '-', hex(t.{column}))"))
        .collect();
    if parts.is_empty() { "''".to_owned() } else { parts.join(" || ',' || ") }
}

/// The name by which a table's rowid can be asked for.
fn rowid(table: &Table) -> Option<&'static str> {
    let taken = |name: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name))
}

/// A name as a text.
pub fn literal(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}
