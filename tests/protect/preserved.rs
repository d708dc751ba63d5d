//! Rows that `down --preserve-data` keeps hold in plain nothing that a transformation protects.

use super::{CANARY, key, must, project, run};
use crate::rig::Project;

const SAFE: &str = "\n[[convert]]\nid = \"safe\"\nfrom = \"people\"\ninto = \"safe\"\n[convert.columns]\nid = \"id\"\n\
    email = { from = \"email\", protect = { encrypt = \"email\" } }\n";

const MADE: &str = "CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT, note TEXT);";

/// No table of preserved rows holds a text.
#[track_caller]
fn nowhere(project: &Project, text: &str) {
    let tables = "SELECT name FROM sqlite_schema WHERE name GLOB 'evolve_preserved_*'";
    let connection = project.open();
    let mut statement = connection.prepare(tables).expect(tables);
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).expect(tables).map(Result::unwrap).collect();
    assert!(!names.is_empty());
    for name in names {
        let sql = format!("SELECT * FROM \"{name}\"");
        let mut statement = connection.prepare(&sql).expect(&sql);
        let width = statement.column_count();
        let mut rows = statement.query([]).expect(&sql);
        while let Some(row) = rows.next().expect("a row") {
            for at in 0..width {
                let value = format!("{:?}", row.get::<_, rusqlite::types::Value>(at).expect("a value"));
                assert!(!value.contains(text), "{name}: {value}");
            }
        }
    }
}

#[test]
fn s03_what_is_protected_elsewhere_is_preserved_encrypted_under_each_of_its_names() {
    for later in ["", "ALTER TABLE people RENAME COLUMN email TO mail; ALTER TABLE people RENAME TO persons;"] {
        let project = project(MADE, SAFE);
        project.write(
            "migrations/V2__later.sql",
            &format!(
                "{later}ALTER TABLE {} ADD COLUMN phone TEXT;",
                if later.is_empty() { "people" } else { "persons" }
            ),
        );
        project.write("plans/t.toml", "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n");
        must(&project, &["up", "--yes"]);
        let table = if later.is_empty() { "people" } else { "persons" };
        project.sql(&format!("UPDATE {table} SET phone = '1' WHERE id = 1"));
        must(&project, &["down", "--target", "s", "--yes", "--preserve-data"]);
        nowhere(&project, "example.org");
        let column = if later.is_empty() { "email" } else { "mail" };
        let sql = format!(
            "SELECT {column} LIKE 'evolve:1:%' AND phone = '1' AND name = 'Ann Parker' FROM evolve_preserved_1_{table}"
        );
        assert_eq!(project.value(&sql), "1");
    }
}

#[test]
fn s03_a_protected_value_that_a_user_wrote_in_plain_is_preserved_encrypted() {
    let project = project(MADE, SAFE);
    must(&project, &["up", "--yes"]);
    project.sql(&format!(
        "UPDATE safe SET email = 'mine {CANARY}' WHERE id = 1; UPDATE safe SET note = 'mine' WHERE id = 3"
    ));
    let shut = project.value("SELECT email FROM safe WHERE id = 3");
    must(&project, &["down", "--target", "V1", "--yes", "--preserve-data"]);
    nowhere(&project, CANARY);
    assert_eq!(project.value("SELECT count(*) FROM evolve_preserved_1_safe WHERE email LIKE 'evolve:1:%'"), "2");
    assert_eq!(
        project.value("SELECT email FROM evolve_preserved_1_safe WHERE note = 'mine'"),
        shut,
        "it was encrypted"
    );
}

#[test]
fn s03_without_the_key_nothing_is_preserved_and_nothing_goes() {
    let project = project(MADE, SAFE);
    project.write("migrations/V2__later.sql", "ALTER TABLE people ADD COLUMN phone TEXT;");
    project.write("plans/t.toml", "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n");
    must(&project, &["up", "--yes"]);
    project.sql("UPDATE people SET phone = '1' WHERE id = 1");
    let before = project.state();
    std::fs::remove_file(project.path("keys/email.key")).expect("the key");
    let gave = run(&project, &["down", "--target", "s", "--yes", "--preserve-data"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("`email`"), "{}", gave.err);
    assert_eq!(project.state(), before);
    key(&project, 7);
    must(&project, &["down", "--target", "s", "--yes", "--preserve-data"]);
    nowhere(&project, "example.org");
}

#[test]
fn s03_a_rotation_brings_preserved_rows_to_the_new_key_too() {
    let within = SAFE.replace(
        "[convert.columns]\n",
        "[convert.columns]\nnote = { from = \"settings\", protect = { \"/token\" = { encrypt = \"email\" } } }\n",
    );
    let project = project(MADE, &within);
    must(&project, &["up", "--yes"]);
    project.sql("UPDATE safe SET id = id + 10 WHERE id = 3; UPDATE safe SET email = 'in plain' WHERE id = 1");
    project.sql("INSERT INTO safe SELECT 2 * id + 100, email, note FROM safe WHERE id = 13");
    must(&project, &["down", "--target", "start", "--yes", "--preserve-data"]);
    let of = |mark: &str| {
        let sql = format!(
            "SELECT sum(email LIKE '{mark}%') || ' ' || sum(note LIKE '{mark}%') FROM \
             (SELECT email, note FROM evolve_preserved_1_safe UNION ALL SELECT email, note FROM evolve_preserved_2_safe)"
        );
        project.value(&sql)
    };
    let old = project.value("SELECT substr(email, 1, 18) FROM evolve_preserved_1_safe");
    let before = of(&old);
    super::rotate::replace(&project);
    must(&project, &["rotate", "email", "--yes"]);
    let new = project.value("SELECT substr(email, 1, 18) FROM evolve_preserved_1_safe");
    assert_ne!(old, new);
    assert_eq!((of(&old).as_str(), of(&new)), ("0 0", before));
    // Nor is there anything of the old key within what is encrypted.
    assert_eq!(project.json(&["rotate", "email", "--yes"])["result"]["outcome"], "nothing_to_do");
}
