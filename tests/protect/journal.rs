//! Columns that are protected in place: the journal holds the old value, encrypted.

use super::{CANARY, key, must, project, run};
use crate::rig::assert_same;
use std::fs;

fn enrich(columns: &str, keys: &str) -> String {
    format!("\n[[enrich]]\nid = \"shut\"\ntable = \"people\"\n{keys}\n[enrich.columns]\n{columns}\n")
}

const ALL: &str = r#"
email = { from = "email", protect = { encrypt = "email" } }
pin = { from = "pin", protect = "hash" }
name = { from = "name", protect = "mask" }
settings = { from = "settings", protect = { "/token" = "drop" } }
"#;

/// No text of the whole database, `people` too, holds the canary.
#[track_caller]
fn nowhere(project: &crate::rig::Project) {
    project.sql("VACUUM");
    let _ = project.value("PRAGMA wal_checkpoint(TRUNCATE)");
    for end in ["", "-wal"] {
        let bytes = fs::read(project.path(&format!("trial.db{end}"))).unwrap_or_default();
        let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!found, "trial.db{end}: {}", super::tables_with(project, CANARY));
    }
}

#[test]
fn s03_what_is_protected_in_place_comes_back_from_an_encrypted_journal() {
    for batch in ["1", "1000"] {
        let project = project("", &enrich(ALL, ""));
        let before = project.state();
        must(&project, &["up", "--batch-size", batch]);
        nowhere(&project);
        assert_eq!(project.value("SELECT group_concat(name, '|') FROM people"), "*** P***r|***|*** Y***g");
        assert_eq!(project.value("SELECT count(*) FROM people WHERE email LIKE 'evolve:1:%'"), "2");
        let up = project.state();
        must(&project, &["down", "--target", "V1", "--yes"]);
        assert_same("every value and class comes back", &before, &project.state());
        must(&project, &["up"]);
        assert_same("the same again", &up, &project.state());
    }
}

#[test]
fn a_wrong_key_leaves_what_is_in_place() {
    let project = project("", &enrich(ALL, ""));
    must(&project, &["up"]);
    let up = project.state();
    key(&project, 9);
    let gave = run(&project, &["down", "--target", "V1", "--yes", "--discard-changed"]);
    assert_eq!(gave.code, 8, "{}", gave.err);
    assert_eq!(project.state(), up);
}

#[test]
fn a_mask_in_place_needs_a_key_for_its_journal_or_no_undo() {
    let mask = "name = { from = \"name\", protect = \"mask\" }";
    let keyed = project("", &enrich(mask, ""));
    let before = keyed.state();
    let gave = keyed.run(&["up"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("`default`"), "{}", gave.err);
    assert_eq!(keyed.state(), before);
    must(&keyed, &["up"]);
    must(&keyed, &["down", "--target", "V1", "--yes"]);
    assert_same("with the key it comes back", &before, &keyed.state());
    let without = project("", &enrich(mask, "undo = \"none\""));
    without.does(&["up", "--yes"]);
    assert_eq!(without.value("SELECT name FROM people WHERE id = 1"), "*** P***r");
}

#[test]
fn a_mask_into_another_column_needs_no_key() {
    let project = project(
        "ALTER TABLE people ADD COLUMN shown TEXT;",
        &enrich("shown = { from = \"name\", protect = \"mask\" }", ""),
    );
    project.sql("UPDATE people SET shown = 'old' WHERE id = 2");
    let before = project.state();
    project.does(&["up"]);
    project.does(&["down", "--target", "V1", "--yes"]);
    assert_same("it comes back", &before, &project.state());
}

#[test]
fn s03_what_a_merge_overwrites_is_not_kept_in_plain() {
    let made = "CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO safe VALUES (1, 'canary-of-the-test-old');";
    let steps = "\n[[convert]]\nid = \"over\"\nfrom = \"people\"\ninto = \"safe\"\non_conflict = \"overwrite\"\n[convert.columns]\nid = \"id\"\nemail = { from = \"email\", protect = { encrypt = \"email\" } }\n";
    let project = project(made, steps);
    let before = project.state();
    must(&project, &["up"]);
    super::refuse_in_file(&project, CANARY);
    must(&project, &["down", "--target", "V1", "--yes"]);
    assert_same("what was overwritten comes back", &before, &project.state());
}
