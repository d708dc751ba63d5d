//! One migration file over a filled database: up, down, up, down, and the database held against what it was each time.

use crate::rig::{self, Project, assert_same};
use rusqlite::Connection;

/// A shop with what migrations stumble over: cascades, odd values, rows without a key, keys that are NULL.
pub const SHOP: &str = include_str!("shop.sql");

/// What stands between the schema, which V1 makes, and the rows, which a user writes.
const ROWS: &str = "-- rows";

const CONFIG: &str = "[project]\nname = \"shape\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n\
     [restore_points]\nwhen = \"never\"\n";

/// A project whose first stage makes `base`, filled by a user, and whose second stage is `file`.
pub fn project(base: &str, file: &str) -> Project {
    let (schema, rows) = base.split_once(ROWS).unwrap_or((base, ""));
    let project = Project::of(&[
        ("evolve.toml", CONFIG),
        ("migrations/V1__base.sql", schema),
        ("migrations/V2__change.sql", file),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        ("plans/two.toml", &stage("two", "2.0.0", &["V2"])),
    ]);
    project.does(&["up", "--target", "one"]);
    project.sql(rows);
    project
}

/// A stage file of migrations only.
pub fn stage(name: &str, version: &str, migrations: &[&str]) -> String {
    format!("[stage]\nname = \"{name}\"\nversion = \"{version}\"\nmigrations = {migrations:?}\n")
}

/// How the plan says that V2 goes back.
pub fn reversible(project: &Project) -> String {
    let plan = project.json(&["plan"]);
    let step = plan["result"]["steps"].as_array().expect("steps").last().expect("a step").clone();
    step["reversible"].as_str().expect("a word").to_owned()
}

/// The file does something, and its derived way back gives everything back, twice.
pub fn there_and_back(base: &str, file: &str) {
    let project = project(base, file);
    let way = reversible(&project);
    assert!(["derived", "kept"].contains(&way.as_str()), "the plan says: {way}");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    let after = whole(&project);
    assert_ne!(before, after, "the migration does something");
    sound(&project);
    down(&project, &before);
    project.does(&["up", "--yes"]);
    assert_same("the second up", &after, &whole(&project));
    down(&project, &before);
}

/// Takes the newest stage back; everything must be as it was, and nothing of evolve's left over.
#[track_caller]
pub fn down(project: &Project, before: &str) {
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("down gives back what was there", before, &whole(project));
    sound(project);
    assert_eq!(stores(project), "0", "nothing that was kept is left over");
}

/// The plan says that there is no way back, and `down` is refused with nothing touched.
pub fn says_no(base: &str, file: &str) {
    let project = project(base, file);
    let way = reversible(&project);
    assert_eq!(way, "no");
    project.does(&["up", "--yes"]);
    let after = whole(&project);
    let down = project.run(&["down", "--staged", "1", "--yes"]);
    assert_eq!(down.code, 4, "{}{}", down.out, down.err);
    assert_same("nothing is touched", &after, &whole(&project));
    assert_eq!(project.json(&["status"])["result"]["stage"], "two");
}

/// How many stores of kept rows there are.
pub fn stores(project: &Project) -> String {
    project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve\\_kept%' ESCAPE '\\' OR name LIKE 'evolve\\_aside%' ESCAPE '\\'")
}

/// The state with the numbers of rows, and what full-text search finds.
pub fn whole(project: &Project) -> String {
    let connection = project.open();
    let mut lines = vec![rig::logical(&connection)];
    let sql = "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') \
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'evolve\\_%' ESCAPE '\\' AND name <> 'refinery_schema_history' ORDER BY name";
    let mut statement = connection.prepare(sql).expect(sql);
    let tables = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect(sql);
    for (name, kind, without_rowid) in tables.map(|row: rusqlite::Result<(String, String, bool)>| row.expect("a table"))
    {
        if !without_rowid {
            lines.extend(numbered(&connection, &name));
        }
        if kind == "virtual" {
            searched(&connection, &name);
        }
    }
    lines.join("\n")
}

fn numbered(connection: &Connection, table: &str) -> Vec<String> {
    let sql = format!("SELECT _rowid_, * FROM {} ORDER BY 1", evolve::sql::quoted(table));
    let mut statement = connection.prepare(&sql).expect(&sql);
    let width = statement.column_count();
    let mut rows = statement.query([]).expect(&sql);
    let mut lines = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let values: Vec<String> = (0..width).map(|at| rig::exact(row.get_ref(at).expect("a value"))).collect();
        lines.push(format!("numbered {table}: {}", values.join(" | ")));
    }
    lines
}

/// A full-text index fits its content.
fn searched(connection: &Connection, table: &str) {
    let name = evolve::sql::quoted(table);
    let sql = format!("INSERT INTO {name}({name}, rank) VALUES ('integrity-check', 1)");
    connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{table} does not fit its content: {error}"));
}

/// Pages, indexes and references are in order.
#[track_caller]
pub fn sound(project: &Project) {
    assert_eq!(project.value("PRAGMA integrity_check"), "ok");
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
}

/// One test a row: its name, the database before, the file.
macro_rules! shapes {
    ($way:ident; $($name:ident: $base:expr, $file:expr;)*) => {
        $(#[test] fn $name() { crate::shape::$way($base, $file); })*
    };
}
pub(crate) use shapes;

/// Either the plan says that there is no way back, and `down` is refused; or everything comes back.
pub fn says_no_or_back(base: &str, file: &str) {
    if reversible(&project(base, file)) == "no" { says_no(base, file) } else { there_and_back(base, file) }
}
