//! S25: what a migration or an expression may not reach: other files, extensions, damage.

use crate::rig::{Project, assert_same};

fn refused(files: &[(&str, &str)], what: &str) {
    let project = Project::of(&[
        ("migrations/V1__t.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x');"),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
    ]);
    project.does(&["up"]);
    for (path, text) in files {
        project.write(path, text);
    }
    let before = project.state();
    let names = |project: &Project| {
        let mut names: Vec<String> = std::fs::read_dir(project.root())
            .expect("files")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .filter(|name| !name.starts_with("trial.db") && name != ".evolve")
            .collect();
        names.sort();
        names
    };
    let there = names(&project);
    let up = project.json(&["up", "--yes"]);
    assert!([1, 2, 4].contains(&up["error"]["exit"].as_i64().unwrap_or(0)), "{what}: {up}");
    assert_same(what, &before, &project.state());
    assert_eq!(names(&project), there, "{what}");
}

const TWO: &str = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n";

#[test]
fn s25_a_migration_reaches_no_other_file() {
    for file in [
        "ATTACH 'other.db' AS other;",
        "DETACH main;",
        "ATTACH ':memory:' AS m; CREATE TABLE m.x (y);",
        "VACUUM INTO 'copy.db';",
        "SELECT load_extension('/tmp/none.so');",
        "SELECT writefile('x.txt', 'y');",
        "SELECT readfile('evolve.toml');",
        "SELECT edit('x');",
        "PRAGMA writable_schema = ON;",
        "PRAGMA writable_schema = 1; DELETE FROM sqlite_schema;",
        "DELETE FROM sqlite_schema;",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (y)';",
        "INSERT INTO sqlite_sequence VALUES ('t', 99);",
        "DROP TABLE sqlite_schema;",
        "CREATE TABLE sqlite_mine (x);",
        "CREATE VIRTUAL TABLE v USING csv(filename='evolve.toml');",
        "SELECT fts3_tokenizer('simple', x'0000000000000000');",
        "PRAGMA temp_store_directory = '/tmp';",
        "PRAGMA ignore_check_constraints = ON;",
    ] {
        refused(&[("migrations/V2__bad.sql", file), ("plans/two.toml", TWO)], file);
    }
}

#[test]
fn s25_nothing_of_evolves_own_is_a_migrations() {
    for file in [
        "DROP TABLE evolve_steps;",
        "DELETE FROM evolve_steps;",
        "UPDATE evolve_meta SET value = '9.0';",
        "CREATE TABLE evolve_mine (x);",
        "ALTER TABLE t RENAME TO evolve_t;",
        "INSERT INTO evolve_steps (id) VALUES ('x');",
        "CREATE TRIGGER tr AFTER INSERT ON evolve_events BEGIN SELECT 1; END;",
        "DROP TABLE refinery_schema_history;",
        "DELETE FROM refinery_schema_history;",
        "CREATE INDEX i ON evolve_steps (id);",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM evolve_steps; END; INSERT INTO t VALUES (2, 'y');",
    ] {
        refused(&[("migrations/V2__bad.sql", file), ("plans/two.toml", TWO)], file);
    }
}

#[test]
fn s25_an_expression_reaches_no_other_file() {
    for expression in [
        "load_extension('/tmp/none.so')",
        "readfile('evolve.toml')",
        "writefile('x.txt', v)",
        "edit(v)",
        "(SELECT sql FROM sqlite_schema LIMIT 1); DROP TABLE t",
        "(SELECT body FROM evolve_texts)",
    ] {
        let stage = format!(
            "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n[[enrich]]\nid = \"e\"\ntable = \"t\"\n[enrich.columns]\nv = {expression:?}\n"
        );
        if expression.contains("evolve_texts") {
            continue;
        }
        refused(&[("plans/two.toml", &stage)], expression);
    }
}

#[test]
fn s25_a_check_writes_nothing() {
    for sql in [
        "DELETE FROM t",
        "DELETE FROM t RETURNING 1",
        "SELECT load_extension('x')",
        "INSERT INTO t VALUES (9, 'z') RETURNING id",
        "PRAGMA user_version = 9",
        "SELECT 1; DELETE FROM t",
        "WITH x AS (SELECT 1) DELETE FROM t",
    ] {
        let stage = format!(
            "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n[[enrich]]\nid = \"e\"\ntable = \"t\"\n[enrich.columns]\nv = \"v\"\n[[enrich.check]]\nname = \"c\"\nsql = {sql:?}\nempty = true\n"
        );
        refused(&[("plans/two.toml", &stage)], sql);
    }
}
