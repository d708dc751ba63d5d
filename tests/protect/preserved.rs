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

/// The lines of a file, each a document.
fn lines(project: &Project, file: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(project.path(file)).expect("a file");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Preserved rows: one as it was encrypted, one that a user wrote in plain, one with bytes and a document.
fn kept() -> Project {
    let within = SAFE.replace(
        "[convert.columns]\n",
        "[convert.columns]\nnote = { from = \"settings\", protect = { \"/token\" = { encrypt = \"email\" } } }\n",
    );
    let project = project(MADE, &within);
    must(&project, &["up", "--yes"]);
    project.sql(&format!(
        "ALTER TABLE safe ADD COLUMN more; UPDATE safe SET email = 'mine {CANARY}' WHERE id = 1;
         UPDATE safe SET more = x'00ff' WHERE id = 2; UPDATE safe SET more = 1.5 WHERE id = 3"
    ));
    must(&project, &["down", "--target", "V1", "--yes", "--preserve-data"]);
    project
}

#[test]
fn s03_preserved_rows_are_written_in_the_clear_only_for_who_asks() {
    let project = kept();
    let listed = run(&project, &["preserved", "--json"]).document();
    let store = &listed["result"]["stores"][0];
    assert_eq!((&store["store"], &store["table"]), (&"evolve_preserved_1_safe".into(), &"safe".into()), "{listed:#}");
    let rows = store["rows"].as_u64().expect("rows");
    let file = |name: &str| project.path(name).display().to_string();
    must(&project, &["preserved", "evolve_preserved_1_safe", "--to", &file("shut.jsonl")]);
    let shut = std::fs::read_to_string(project.path("shut.jsonl")).expect("a file");
    assert!(!shut.contains(CANARY) && shut.contains("evolve:1:"), "{shut}");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(project.path("shut.jsonl")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Nothing that is said holds a value: `must` looks.
    must(&project, &["preserved", "EVOLVE_preserved_1_safe", "--to", &file("open.jsonl"), "--show-values"]);
    let open = lines(&project, "open.jsonl");
    assert_eq!(open.len() as u64, rows);
    let of = |id: i64| open.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id}: {open:?}"));
    assert_eq!(of(1)["email"], format!("mine {CANARY}"));
    let note: serde_json::Value = serde_json::from_str(of(1)["note"].as_str().expect("a note")).expect("a document");
    assert_eq!((&note["token"], &note["theme"]), (&CANARY.into(), &"dark".into()));
    assert_eq!(of(2)["more"], serde_json::json!({ "hex": "00ff" }));
    assert_eq!((&of(3)["more"], &of(3)["email"]), (&1.5.into(), &format!("{CANARY}@example.org").into()));
    assert!(!std::fs::read_to_string(project.path("open.jsonl")).expect("a file").contains("evolve:1:"));
}

#[test]
fn s03_preserved_rows_without_their_key_stay_shut_and_that_is_said() {
    let project = kept();
    key(&project, 9);
    let file = project.path("open.jsonl").display().to_string();
    let gave = run(&project, &["preserved", "evolve_preserved_1_safe", "--to", &file, "--show-values", "--json"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(
        gave.document()["result"]["notes"][0].as_str().expect("a note").contains("could not be read"),
        "{}",
        gave.out
    );
    assert!(!std::fs::read_to_string(&file).expect("a file").contains(CANARY));
}

#[test]
fn what_cannot_be_meant_of_preserved_rows_is_refused() {
    let project = kept();
    let before = project.files();
    let there = project.path("evolve.toml").display().to_string();
    let new = project.path("new.jsonl").display().to_string();
    for (arguments, words) in [
        (&["preserved", "evolve_preserved_1_saf"][..], "was evolve_preserved_1_safe meant?"),
        (&["preserved", "--show-values"], "--to FILE"),
        (&["preserved", "evolve_preserved_1_safe", "--to", &there], "is there already"),
        (&["preserved", "people", "--to", &new], "no table of preserved rows people"),
    ] {
        let gave = run(&project, arguments);
        assert!(gave.code == 2 && gave.err.contains(words), "{arguments:?}: {} {}", gave.code, gave.err);
        assert!(project.files() == before, "{arguments:?}");
    }
}
