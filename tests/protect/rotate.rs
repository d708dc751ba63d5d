//! A key that is replaced: its values are brought to the new one, wherever they lie, and the way back still works.

use super::{CANARY, KEY, SETTINGS, key, must, project, run, tables_with};
use crate::rig::{Project, assert_same};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const MADE: &str = "CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT, hashed TEXT);
    CREATE TABLE coded (mail TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE seen (n INTEGER PRIMARY KEY, id);
    CREATE TRIGGER sees AFTER UPDATE ON people BEGIN INSERT INTO seen (id) VALUES (NEW.id); END;
    INSERT INTO safe (id, email) VALUES (3, 'canary-of-the-test-old');";

/// Derived and journalled, in place and elsewhere, whole and within JSON; a key that is encrypted, and a hash.
const STEPS: &str = r#"
[[convert]]
id = "a_over"
from = "people"
into = "safe"
on_conflict = "overwrite"
[convert.columns]
id = "id"
email = { from = "email", protect = { encrypt = "email" } }
[[convert]]
id = "b_coded"
from = "people"
into = "coded"
where = "id <> 3 AND email IS NOT NULL"
needs = ["a_over"]
[convert.columns]
mail = { from = "email", protect = { encrypt = "email" } }
n = "id"
[[enrich]]
id = "c_shut"
table = "people"
triggers = "hold"
needs = ["b_coded"]
[enrich.columns]
email = { from = "email", protect = { encrypt = "email" } }
settings = { from = "settings", protect = { "/token" = { encrypt = "email" }, "/theme" = "mask" } }
"#;

/// A second stage whose migration changes and deletes rows that hold protected values.
pub fn with_later(migration: &str) -> Project {
    let project = project(MADE, STEPS);
    project.write("migrations/V2__later.sql", migration);
    project.write("plans/t.toml", "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n");
    project
}

/// Replaces the key; the one before it is named.
pub fn replace(project: &Project) {
    fs::copy(project.path("keys/email.key"), project.path("keys/old.key")).expect("a copy");
    fs::set_permissions(project.path("keys/old.key"), fs::Permissions::from_mode(0o600)).expect("a mode");
    key(project, 9);
    let previous = "{ file = \"keys/email.key\", previous = { file = \"keys/old.key\" } }";
    project.write("evolve.toml", &SETTINGS.replace("{ file = \"keys/email.key\" }", previous));
}

/// The key before is forgotten.
pub fn forget(project: &Project) {
    fs::remove_file(project.path("keys/old.key")).expect("the old key");
    project.write("evolve.toml", SETTINGS);
}

/// How values of the key that is given now begin.
pub fn mark(project: &Project) -> String {
    project.value("SELECT substr(mail, 1, 18) FROM coded LIMIT 1")
}

#[test]
fn s03_after_a_rotation_the_new_key_alone_takes_everything_back() {
    for migration in [
        "UPDATE people SET name = 'x' WHERE id = 1; DELETE FROM people WHERE id = 3; DELETE FROM coded;",
        "DROP TABLE people; DROP TABLE coded;",
        "CREATE TABLE later (x);",
    ] {
        let project = with_later(migration);
        let before = project.state();
        must(&project, &["up", "--target", "s", "--yes"]);
        let (old, middle) = (mark(&project), project.state());
        must(&project, &["up", "--yes"]);
        let up = project.state();
        replace(&project);
        must(&project, &["rotate", "email", "--yes"]);
        assert_eq!(tables_with(&project, &old), "", "{migration}");
        assert_ne!(project.state(), up);
        forget(&project);
        must(&project, &["down", "--target", "s", "--yes"]);
        assert_ne!(mark(&project), old);
        assert_eq!(project.state().lines().count(), middle.lines().count());
        must(&project, &["down", "--target", "V1", "--yes"]);
        assert_same(migration, &before, &project.state());
    }
}

#[test]
fn a_rotation_says_what_it_did_and_does_it_once() {
    let project = with_later("UPDATE people SET name = 'x' WHERE id = 1;");
    must(&project, &["up", "--yes"]);
    let seen = project.value("SELECT count(*) FROM seen");
    replace(&project);
    let gave = run(&project, &["rotate", "email", "--yes", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&gave.out).expect("a document");
    let rows = |table: &str| {
        let steps = document["result"]["steps"].as_array().expect("steps");
        steps.iter().find(|step| step["id"] == table).map(|step| step["updated"].clone())
    };
    assert_eq!(document["result"]["outcome"], "done", "{document:#}");
    assert_eq!(rows("people"), Some(2.into()), "{document:#}");
    assert_eq!(rows("safe"), Some(2.into()), "{document:#}");
    assert_eq!(rows("coded"), Some(1.into()), "{document:#}");
    assert!(!gave.out.contains(CANARY) && gave.out.contains("kept of people"), "{}", gave.out);
    assert_eq!(project.value("SELECT count(*) FROM seen"), seen, "no trigger fires");
    let state = project.state();
    let again = run(&project, &["rotate", "email", "--yes", "--json"]);
    assert!(
        again.code == 0 && again.out.contains("nothing_to_do") && again.out.contains("take `previous` out"),
        "{}",
        again.out
    );
    assert_eq!(project.state(), state);
}

#[test]
fn a_rotation_that_was_killed_is_continued_by_the_same_command() {
    let reference = with_later("UPDATE people SET name = 'x' WHERE id = 1;");
    must(&reference, &["up", "--yes"]);
    replace(&reference);
    must(&reference, &["rotate", "email", "--yes"]);
    for nth in 1..=5 {
        let project = with_later("UPDATE people SET name = 'x' WHERE id = 1;");
        must(&project, &["up", "--yes"]);
        let old = mark(&project);
        replace(&project);
        let mut command = project.command(&["rotate", "email", "--yes"]);
        let killed = command.env("TRIAL_KEY", KEY).env("EVOLVE_FAIL", format!("between_batches:{nth}")).output();
        assert!(!killed.expect("the binary").status.success(), "it was not killed at {nth}");
        must(&project, &["rotate", "email", "--yes"]);
        assert_eq!(tables_with(&project, &old), "");
        assert_same("as without the kill", &reference.state(), &project.state());
    }
}

#[test]
fn s03_before_the_rotation_both_keys_are_read_and_what_is_compared_waits_for_it() {
    let project = with_later("CREATE TABLE later (x);");
    must(&project, &["up", "--yes"]);
    replace(&project);
    let up = project.state();
    let gave = run(&project, &["down", "--target", "V1", "--yes"]);
    assert_eq!(gave.code, 8, "{}", gave.err);
    assert!(gave.err.contains("evolve rotate"), "{}", gave.err);
    assert!(project.state().contains("evolve:1:"));
    assert_eq!(
        project.state().lines().filter(|line| line.contains("evolve:1:")).count(),
        up.lines().filter(|line| line.contains("evolve:1:")).count()
    );
}

#[test]
fn rows_that_are_kept_in_part_stand_in_the_way() {
    let project = with_later("ALTER TABLE people DROP COLUMN email;");
    must(&project, &["up", "--yes"]);
    replace(&project);
    let up = project.state();
    let gave = run(&project, &["rotate", "email", "--yes"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("V2 keeps a part of each row of people") && project.state() == up, "{}", gave.err);
    must(&project, &["down", "--target", "s", "--yes"]);
    must(&project, &["rotate", "email", "--yes"]);
    must(&project, &["up", "--yes"]);
    must(&project, &["down", "--target", "V1", "--yes"]);
}

#[test]
fn a_keyed_hash_is_named_and_left() {
    let step = "\n[[convert]]\nid = \"h\"\nfrom = \"people\"\ninto = \"safe\"\nwhere = \"id < 3\"\n[convert.columns]\nid = \"id\"\nhashed = { from = \"name\", protect = { hash = \"email\" } }\n";
    let project = project(MADE, step);
    must(&project, &["up"]);
    let up = project.state();
    replace(&project);
    let gave = run(&project, &["rotate", "email", "--yes"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(gave.out.contains("safe.hashed holds codes made with `email`"), "{}", gave.out);
    assert_eq!(project.state(), up);
}

#[test]
fn a_rotation_is_refused_before_anything_is_touched() {
    let project = with_later("CREATE TABLE later (x);");
    must(&project, &["up", "--yes"]);
    let up = project.state();
    let refused = |arguments: &[&str], code: i32, words: &str| {
        let gave = run(&project, arguments);
        assert_eq!(gave.code, code, "{}", gave.err);
        assert!(gave.err.contains(words), "{words}: {}", gave.err);
        assert_eq!(project.state(), up);
    };
    refused(&["rotate", "email", "--yes"], 2, "previous");
    refused(&["rotate", "nobody", "--yes"], 4, "`nobody`");
    replace(&project);
    refused(&["rotate", "email"], 4, "--yes");
    fs::copy(project.path("keys/email.key"), project.path("keys/old.key")).expect("a copy");
    refused(&["rotate", "email", "--yes"], 2, "the same");
    fs::remove_file(project.path("keys/old.key")).expect("the old key");
    refused(&["rotate", "email", "--yes"], 4, "`email`");
}
