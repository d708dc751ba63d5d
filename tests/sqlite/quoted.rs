//! Text in double quotes: a schema that holds such goes on working, and a name that is misspelt never becomes text.

use crate::rig::{Project, assert_same};

const CONFIG: &str = "[project]\nname = \"quoted\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n[restore_points]\nwhen = \"never\"\n";

/// Schemas of somebody's own, each with text in double quotes at another place.
const SCHEMAS: &[(&str, &str)] = &[
    ("a default", "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT DEFAULT \"open\", n INTEGER);"),
    ("a check", "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT CHECK (state <> \"bad\"), n INTEGER);"),
    (
        "an index",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER); CREATE INDEX marked_index ON t (n) WHERE state = \"open\";",
    ),
    (
        "a view",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER); CREATE VIEW marked_view AS SELECT id FROM t WHERE state = \"open\";",
    ),
    (
        "a trigger",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER); CREATE TABLE log (w TEXT); CREATE TRIGGER marked_trigger AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (\"changed\"); END;",
    ),
    (
        "a computed column",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER, c TEXT AS (state || \"!\"));",
    ),
];

const ROWS: &str = "INSERT INTO t (id, state, n) VALUES (1, 'open', 1), (2, 'closed', 2), (3, NULL, 3);";

fn project(schema: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::of(&[("evolve.toml", CONFIG)]);
    project.sql(&format!("{schema} {ROWS}"));
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

#[test]
fn a_schema_with_quoted_text_goes_up_and_down_without_losing_a_row() {
    for (what, schema) in SCHEMAS {
        for file in [
            "ALTER TABLE t ADD COLUMN extra TEXT; UPDATE t SET n = n + 1;",
            "ALTER TABLE t RENAME COLUMN n TO number; DELETE FROM t WHERE id = 2;",
            "CREATE TABLE other (x); INSERT INTO other SELECT id FROM t; ALTER TABLE other RENAME TO another;",
            "INSERT INTO t (id, state, n) VALUES (10, 'new', 10);",
        ] {
            let project = project(schema, &[("migrations/V1__change.sql", file)]);
            let before = project.state();
            let up = project.run(&["up", "--yes"]);
            assert_eq!(up.code, 0, "{what}: {file}\n{}", up.err);
            project.does(&["down", "--target", "start", "--yes"]);
            // SQLite writes such text in single quotes when it edits the statement that holds it.
            let bare = |state: &str| state.replace(['\'', '"'], "");
            assert_same(&format!("{what}: {file}"), &bare(&before), &bare(&project.state()));
        }
    }
}

#[test]
fn a_schema_with_quoted_text_takes_transformations() {
    for (what, schema) in SCHEMAS {
        let stage = "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[copy]]\nid = \"c\"\nfrom = \"t\"\ninto = \"copied\"\n[[enrich]]\nid = \"e\"\ntable = \"t\"\nneeds = [\"c\"]\n[enrich.columns]\nn = \"n * 2\"\n";
        let project = project(
            schema,
            &[
                ("migrations/V1__c.sql", "CREATE TABLE copied (id INTEGER PRIMARY KEY, state TEXT);"),
                ("plans/one.toml", stage),
            ],
        );
        let before = project.state();
        let up = project.run(&["up", "--yes"]);
        assert_eq!(up.code, 0, "{what}: {}", up.err);
        assert_eq!(project.value("SELECT group_concat(n) FROM t"), "2,4,6", "{what}");
        project.does(&["down", "--target", "start", "--yes"]);
        let rest = |state: &str| state.lines().filter(|line| !line.starts_with("log: ")).collect::<Vec<_>>().join("\n");
        assert_same(what, &rest(&before), &rest(&project.state()));
    }
}

#[test]
fn the_plan_names_each_object_with_quoted_text() {
    // A default is text whatever the setting says: for it nothing stays on.
    for (what, schema) in SCHEMAS.iter().filter(|(what, _)| *what != "a default") {
        let project = project(schema, &[("migrations/V1__change.sql", "CREATE TABLE other (x);")]);
        let plan = project.json(&["plan"])["result"].clone();
        let said = format!("{}{}", plan["findings"], plan["notes"]);
        let name = ["marked_index", "marked_view", "marked_trigger"]
            .into_iter()
            .find(|name| schema.contains(name))
            .unwrap_or("t");
        assert!(said.contains("double") && said.contains(name), "{what}: {said}");
    }
}

#[test]
fn only_objects_with_quoted_text_are_named_and_the_way_down_names_them_too() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER); CREATE TABLE \"plain one\" (\"a b\" TEXT);\
        CREATE INDEX plain_index ON \"plain one\" (\"a b\"); CREATE VIEW plain_view AS SELECT \"a b\" FROM \"plain one\";\
        CREATE TRIGGER plain_trigger AFTER DELETE ON t BEGIN DELETE FROM \"plain one\"; END;\
        CREATE VIEW marked_view AS SELECT id FROM t WHERE state = \"open\";\
        CREATE TRIGGER marked_trigger INSTEAD OF INSERT ON marked_view BEGIN INSERT INTO t (state) VALUES (\"made\"); END;";
    let project = project(schema, &[("migrations/V1__change.sql", "CREATE TABLE other (x);")]);
    project.does(&["up", "--yes"]);
    for plan in [project.json(&["plan"]), project.json(&["plan", "--target", "start"])] {
        let message = plan["result"]["findings"][0]["message"].as_str().expect("a finding").to_owned();
        assert!(message.contains("marked_view, marked_trigger") && !message.contains("plain"), "{message}");
    }
    let sound = self::project("CREATE TABLE t (id INTEGER PRIMARY KEY, \"state\" TEXT, n INTEGER);", &[]);
    assert_eq!(sound.json(&["plan"])["result"]["findings"], serde_json::json!([]));
}

const MISSPELT: &[&str] = &[
    "DELETE FROM t WHERE \"deleted_flag\" = 'deleted_flag';",
    "UPDATE t SET state = \"sate\" || 'x';",
    "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE \"stat\" <> 'open');",
    "INSERT INTO t (state) VALUES (\"open\");",
    "CREATE TABLE u (a CHECK (\"b\" <> 'x'));",
    "CREATE INDEX i ON t (\"no_such_column\");",
];

#[test]
fn a_misspelt_name_is_an_error_and_no_text() {
    for file in MISSPELT {
        let project = project(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER);",
            &[("migrations/V1__change.sql", file)],
        );
        let before = project.state();
        let refused = project.json(&["up", "--yes"]);
        assert_eq!(refused["error"]["exit"], 2, "{file}: {refused}");
        assert_eq!(refused["error"]["file"], "migrations/V1__change.sql", "{refused}");
        assert_same(file, &before, &project.state());
    }
}

#[test]
fn a_misspelt_name_in_a_transformation_is_an_error_and_no_text() {
    for step in [
        "where = '\"deleted\" = \"deleted\"'\n[enrich.columns]\nn = \"0\"\n",
        "[enrich.columns]\nstate = '\"sate\"'\n",
        "undo = { sql = 'DELETE FROM t WHERE \"x\" = \"x\"' }\n[enrich.columns]\nn = \"0\"\n",
    ] {
        let stage = format!(
            "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[enrich]]\nid = \"e\"\ntable = \"t\"\n{step}"
        );
        let project = project(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER);",
            &[("migrations/V1__c.sql", "CREATE TABLE c (x);"), ("plans/one.toml", &stage)],
        );
        let before = project.state();
        let up = project.json(&["up", "--yes"]);
        if step.starts_with("undo") && up["error"].is_null() {
            // Then the way back must be refused, with every row there.
            let there = project.state();
            assert_ne!(project.run(&["down", "--target", "start", "--yes"]).code, 0);
            assert_same("nothing is lost", &there, &project.state());
            continue;
        }
        assert_eq!(up["error"]["exit"], 2, "{step}: {up}");
        assert_same(step, &before, &project.state());
    }
}

#[test]
fn a_misspelt_name_in_a_down_file_loses_nothing() {
    let project = project(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER);",
        &[
            ("migrations/V1__change.sql", "CREATE TABLE other (x);"),
            ("migrations/V1__change.down.sql", "DROP TABLE other; DELETE FROM t WHERE \"gone\" = 'gone';"),
        ],
    );
    let up = project.run(&["up", "--yes"]);
    assert_eq!(up.code, 2, "{}", up.err);
    assert!(up.err.contains("no such column: \"gone\""), "{}", up.err);
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), "0");
    assert_eq!(project.value("SELECT count(*) FROM t"), "3");
}
