//! Names of tables and columns: whatever can be quoted is quoted, through a whole up and down. B14, S22.

use crate::rig::Project;
use crate::{Refused, one, refused};

/// Names that break whatever forgets to quote them once.
const NAMES: [&str; 46] = [
    "order",
    "select",
    "group",
    "table",
    "from",
    "null",
    "true",
    "false",
    "rowid",
    "current_timestamp",
    "temp",
    "main",
    "new",
    "old",
    "excluded",
    "\"",
    "\"\"",
    "a\"b",
    "it's",
    "''",
    "a`b",
    "a]b",
    "[a]",
    "a b",
    "a;b",
    "x; DROP TABLE log; --",
    "a--b",
    "x/*",
    "x*/",
    "*",
    "%",
    "%s{}",
    "_",
    "a.b",
    "a,b",
    "(",
    ")",
    "?",
    "?1",
    ":x",
    "@y",
    "a\\b",
    "1st",
    "é Ünï",
    "\u{1f600}",
    "evolved",
];

/// As SQL, written by hand: the test does not ask evolve how to quote.
fn sql(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn toml(name: &str) -> String {
    toml::Value::String(name.to_owned()).to_string()
}

/// A project in which everything has this name or one made of it.
fn project(name: &str) -> Project {
    let [table, second, third, fourth] = ["", "2", "3", "4"].map(|end| sql(&format!("{name}{end}")));
    let [source, target, index, trigger, view, renamed] =
        [" src", " dst", " i", " t", " v", " new"].map(|end| sql(&format!("{name}{end}")));
    let base = format!(
        "CREATE TABLE {table} (id INTEGER PRIMARY KEY, {second} TEXT, gone TEXT);\n\
         INSERT INTO {table} VALUES (1, 'x', 'p'), (2, 'y', 'q');\n\
         CREATE TABLE {source} ({table} INTEGER PRIMARY KEY, v TEXT);\n\
         INSERT INTO {source} VALUES (1, 'one'), (2, 'two'), (3, 'three');\n\
         CREATE TABLE {target} ({table} INTEGER PRIMARY KEY, v TEXT, look TEXT);\nCREATE TABLE log (x);\n"
    );
    let made = format!(
        "CREATE INDEX {index} ON {table} ({second});\n\
         CREATE TRIGGER {trigger} AFTER INSERT ON {table} BEGIN INSERT INTO log VALUES (new.{second}); END;\n\
         CREATE VIEW {view} AS SELECT {second} FROM {table};\n\
         ALTER TABLE {table} ADD COLUMN {third} TEXT DEFAULT 'd';\n\
         UPDATE {table} SET {second} = 'z' WHERE id = 1;\nDELETE FROM {source} WHERE {table} = 3;\n"
    );
    let unmade = format!(
        "DROP VIEW {view};\nDROP TRIGGER {trigger};\nALTER TABLE {table} DROP COLUMN gone;\n\
         ALTER TABLE {table} RENAME COLUMN {third} TO {fourth};\nALTER TABLE {table} RENAME TO {renamed};\n\
         DROP TABLE {source};\n"
    );
    let (plain, from, into) = (toml(name), toml(&format!("{name} src")), toml(&format!("{name} dst")));
    let on = toml(&format!("{table}.id = {target}.{table}"));
    let steps = format!(
        "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n[[convert]]\nid = \"move\"\nfrom = {from}\n\
         into = {into}\nneeds = [\"V2\"]\n[convert.columns]\n{plain} = {{ from = {plain} }}\nv = \"v || '!'\"\n[[enrich]]\n\
         id = \"look\"\ntable = {into}\non_missing = \"keep\"\non_many = \"fail\"\nlookup = {{ table = {plain}, on = {on} }}\n\
         [enrich.columns]\nlook = {}\n",
        toml(&format!("{table}.{second}"))
    );
    let stage = |name: &str, version: u8| {
        format!("[stage]\nname = \"{name}\"\nversion = \"{version}.0.0\"\nmigrations = [\"V{version}\"]\n")
    };
    Project::of(&[
        ("migrations/V1__base.sql", &base),
        ("migrations/V2__made.sql", &made),
        ("migrations/V3__unmade.sql", &unmade),
        ("plans/one.toml", &stage("one", 1)),
        ("plans/two.toml", &steps),
        ("plans/three.toml", &stage("three", 3)),
    ])
}

#[test]
fn b14_s22_any_name_goes_up_and_down_and_up_again() {
    for name in NAMES {
        let project = project(name);
        let run = |arguments: &[&str]| {
            let gave = project.run(arguments);
            assert_eq!(gave.code, 0, "{name:?} {arguments:?}\n{}{}", gave.out, gave.err);
        };
        run(&["up", "--target", "one"]);
        let start = project.state();
        run(&["up", "--yes"]);
        let end = project.state();
        let looked = format!("SELECT group_concat(v || look, ' ') FROM {}", sql(&format!("{name} dst")));
        assert_eq!(project.value(&looked), "one!z two!y", "{name:?}");
        run(&["verify"]);
        run(&["graph"]);
        run(&["down", "--yes", "--target", "one"]);
        assert_eq!(project.state(), start, "{name:?}");
        run(&["up", "--yes"]);
        assert_eq!(project.state(), end, "{name:?}");
        run(&["down", "--yes", "--target", "start"]);
        assert_eq!(
            project.value(
                "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT GLOB 'evolve_*' AND name NOT GLOB 'sqlite_*'"
            ),
            "1",
            "{name:?}"
        );
    }
}

#[test]
fn b14_the_longest_names_go_up_and_down() {
    let (long, wide) = ("n".repeat(240), "ü".repeat(110));
    for name in [long.as_str(), wide.as_str()] {
        let project = project(name);
        project.must(&["up", "--target", "one"]);
        let start = project.state();
        project.must(&["up", "--yes"]);
        project.must(&["down", "--yes", "--target", "one"]);
        assert_eq!(project.state(), start);
    }
}

/// A copy from a into a table of this name.
fn into(name: &str) -> Project {
    let steps = format!(
        "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[copy]]\nid = \"move\"\nfrom = \"a\"\ninto = {name}\n"
    );
    Project::of(&[("migrations/V1__a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);"), ("plans/one.toml", &steps)])
}

#[test]
fn b14_names_that_cannot_be_names_are_refused_in_their_place() {
    let refuse = |name: &str| -> Refused { refused(&into(name), &["up"], "E0109").at("plans/one.toml:8:8") };
    for (name, words) in [
        ("\"\"".to_owned(), "empty"),
        ("\" \"".to_owned(), "white space"),
        ("\"a \"".to_owned(), "white space"),
        ("\"a\\nb\"".to_owned(), "control"),
        ("\"a\\u0000b\"".to_owned(), "control"),
        ("\"a\\u001b[2Jb\"".to_owned(), "control"),
        ("\"cafe\\u0301\"".to_owned(), "NFC"),
        (format!("\"{}\"", "n".repeat(256)), "255 bytes"),
        (format!("\"{}\"", "n".repeat(10_240)), "255 bytes"),
        ("\"sqlite_sequence\"".to_owned(), "sqlite_"),
        ("\"SQLite_Schema\"".to_owned(), "sqlite_"),
        ("\"evolve_runs\"".to_owned(), "evolve_"),
        ("\"Evolve_Meta\"".to_owned(), "evolve_"),
        ("\"refinery_schema_history\"".to_owned(), "refinery_"),
    ] {
        let refusal = refuse(&name).says(words);
        assert!(refusal.message().len() < 400, "a name is not repeated at length: {}", refusal.error);
        assert!(!refusal.page.contains('\u{1b}'), "{:?}", refusal.page);
    }
}

#[test]
fn b14_ids_and_stages_have_plain_names_and_none_that_is_taken() {
    for id in ["V7", "U3", "R__x", "latest", "start", "1st", "a b", "a;b", "", "ü", "a.b", "--yes", &"i".repeat(65)] {
        let steps = format!(
            "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[copy]]\nid = {}\nfrom = \"a\"\ninto = \"a\"\n",
            toml(id)
        );
        let project = Project::of(&[("migrations/V1__a.sql", "CREATE TABLE a (id);"), ("plans/one.toml", &steps)]);
        refused(&project, &["up"], "E0109").at("plans/one.toml:6:6");
        let stage = format!("[stage]\nname = {}\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n", toml(id));
        let project = Project::of(&[("migrations/V1__a.sql", "CREATE TABLE a (id);"), ("plans/one.toml", &stage)]);
        refused(&project, &["up"], "E0109").at("plans/one.toml:2:8");
    }
}

#[test]
fn b14_a_migration_does_not_touch_what_is_evolves_own() {
    for statement in [
        "CREATE TABLE evolve_x (x);",
        "CREATE TABLE \"EVOLVE_X\" (x);",
        "CREATE VIEW evolve_v AS SELECT 1;",
        "DROP TABLE evolve_runs;",
        "DROP TABLE IF EXISTS [evolve_meta];",
        "ALTER TABLE evolve_steps ADD COLUMN x;",
        "ALTER TABLE a RENAME TO evolve_a;",
        "CREATE INDEX evolve_i ON a (x);",
    ] {
        let project = one(&format!("CREATE TABLE a (x);\n{statement}\n"));
        refused(&project, &["up"], "E0204").at("migrations/V1__a.sql:2:1").says("taken");
    }
    // Its rows are out of reach as well, also where the tables are there already.
    for statement in [
        "DELETE FROM evolve_steps;",
        "UPDATE evolve_meta SET value = '9.0';",
        "INSERT INTO evolve_runs DEFAULT VALUES;",
        "CREATE TRIGGER g AFTER INSERT ON evolve_steps BEGIN SELECT 1; END;",
        "INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 0, 'x');",
    ] {
        let project = one("CREATE TABLE a (x);");
        project.must(&["up"]);
        project.write("migrations/V2__b.sql", &format!("CREATE TABLE b (x);\n{statement}\n"));
        let refusal = refused(&project, &["up"], "E0203");
        assert!(refusal.place().starts_with("migrations/V2__b.sql:2:"), "{statement}: {}", refusal.error);
    }
}
