//! Rows that a migration destroys or changes: what is protected elsewhere is kept encrypted.

use super::{CANARY, SETTINGS, key, must, project, refuse_in_file, run};
use crate::rig::{Project, assert_same};
use std::fs;

const SAFE: &str = "CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT, token TEXT);";

/// E-mails go into `safe`, encrypted; settings too, with their token masked. Then comes a migration.
const MOVE: &str = r#"
[[convert]]
id = "safe_people"
from = "people"
into = "safe"
[convert.columns]
id = "id"
email = { sql = "lower(email)", protect = { encrypt = "email" } }
token = { from = "settings", protect = { "/token" = "mask" } }
"#;

/// A project whose second stage is one migration, behind the protection.
fn with(made: &str, migration: &str) -> Project {
    let project = project(made, MOVE);
    project.write("migrations/V2__later.sql", migration);
    project.write("plans/t.toml", "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n");
    project
}

/// Up, nothing in plain outside `people`, and down again: all is as it was.
#[track_caller]
fn there_and_back(made: &str, migration: &str) {
    let project = with(made, migration);
    must(&project, &["up", "--target", "s"]);
    let before = project.state();
    must(&project, &["up", "--yes"]);
    refuse_in_plain(&project);
    let up = project.state();
    must(&project, &["down", "--target", "s", "--yes"]);
    assert_same("every value and class comes back", &before, &project.state());
    must(&project, &["up", "--yes"]);
    assert_same("the same again", &up, &project.state());
}

#[track_caller]
fn refuse_in_plain(project: &Project) {
    if project.value("SELECT count(*) FROM sqlite_schema WHERE name = 'people'") == "0" {
        project.sql("CREATE TABLE people (x)");
        refuse_in_file(project, CANARY);
        project.sql("DROP TABLE people");
    } else {
        refuse_in_file(project, CANARY);
    }
    assert_ne!(project.value("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'evolve_kept_*'"), "0");
}

#[test]
fn s03_a_dropped_table_is_kept_without_a_protected_value_in_plain() {
    there_and_back(SAFE, "DROP TABLE people;");
}

#[test]
fn s03_a_dropped_column_is_kept_encrypted() {
    there_and_back(SAFE, "ALTER TABLE people DROP COLUMN email;\nALTER TABLE people DROP COLUMN settings;");
}

#[test]
fn s03_a_rebuilt_table_keeps_what_it_loses_encrypted() {
    there_and_back(
        SAFE,
        "CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT, pin INTEGER);
         INSERT INTO people_new SELECT id, name, pin FROM people WHERE id <> 2;
         DROP TABLE people;
         ALTER TABLE people_new RENAME TO people;",
    );
}

#[test]
fn s03_rows_that_are_updated_or_deleted_are_kept_encrypted() {
    there_and_back(
        SAFE,
        "UPDATE people SET email = NULL, settings = NULL WHERE id < 3;\nDELETE FROM people WHERE id = 3;",
    );
}

#[test]
fn s03_a_renamed_column_of_a_renamed_table_is_still_protected() {
    there_and_back(
        SAFE,
        "ALTER TABLE people RENAME COLUMN email TO mail;
         ALTER TABLE people RENAME TO persons;
         DELETE FROM persons;",
    );
}

/// A table whose key is what is protected; it has no number of its own.
const BY_EMAIL: &str = "CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT, token TEXT);
    CREATE TABLE mails (email TEXT PRIMARY KEY, n INTEGER NOT NULL, note TEXT) WITHOUT ROWID;
    INSERT INTO mails VALUES ('canary-of-the-test@one', 1, 'a'), ('canary-of-the-test@two', 2, NULL);
    CREATE TABLE coded (n INTEGER PRIMARY KEY, email TEXT);";

const CODED: &str = r#"
[[convert]]
id = "coded_mails"
from = "mails"
into = "coded"
key = ["n"]
[convert.columns]
n = "n"
email = { from = "email", protect = { encrypt = "email" } }
"#;

#[test]
fn s03_a_protected_key_is_kept_encrypted_and_finds_its_row() {
    for migration in [
        "DROP TABLE mails;",
        "ALTER TABLE mails DROP COLUMN note;",
        "UPDATE mails SET n = n + 10; DELETE FROM mails WHERE n = 12; INSERT INTO mails VALUES ('canary-of-the-test@new', 3, 'c');",
    ] {
        let project = project(BY_EMAIL, CODED);
        project.write("migrations/V2__later.sql", migration);
        project.write("plans/t.toml", "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n");
        must(&project, &["up", "--target", "s"]);
        let before = project.state();
        must(&project, &["up", "--yes"]);
        let column = if migration.starts_with("DROP") { "email" } else { "evolve_key_0" };
        let sealed =
            format!("SELECT count(*), count(*) FILTER (WHERE {column} LIKE 'evolve:1:%') FROM evolve_kept_3_0");
        let (all, sealed): (i64, i64) =
            project.open().query_row(&sealed, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("a store");
        assert!(0 < all && all == sealed, "{migration}: {sealed} of {all}");
        must(&project, &["down", "--target", "s", "--yes"]);
        assert_same(migration, &before, &project.state());
    }
}

#[test]
fn s03_a_wrong_or_missing_key_gives_nothing_back() {
    let project = with(SAFE, "DROP TABLE people;");
    must(&project, &["up", "--yes"]);
    let up = project.state();
    key(&project, 9);
    for extra in [&[][..], &["--discard-changed"]] {
        let gave = run(&project, &[&["down", "--target", "s", "--yes"], extra].concat());
        assert_eq!(gave.code, 8, "{}", gave.err);
        assert!(gave.err.contains("another key"), "{}", gave.err);
        assert_eq!(project.state(), up);
    }
    fs::remove_file(project.path("keys/email.key")).expect("the key");
    let gave = run(&project, &["down", "--target", "s", "--yes"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert_eq!(project.state(), up);
    // Who writes the way back by hand needs no key.
    project.write("migrations/V2__later.down.sql", "CREATE TABLE people (id INTEGER PRIMARY KEY);");
    must(&project, &["down", "--target", "s", "--yes"]);
}

#[test]
fn s03_without_a_key_nothing_is_kept_in_plain_and_the_choices_are_named() {
    let mask = "\n[[enrich]]\nid = \"shown\"\ntable = \"people\"\n[enrich.columns]\nname = { from = \"email\", protect = \"mask\" }\n";
    let project = project("", &mask.replace("table = \"people\"", "table = \"people\"\nundo = \"none\""));
    project.write("migrations/V2__later.sql", "ALTER TABLE people DROP COLUMN email;");
    project.write("plans/t.toml", "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n");
    must(&project, &["up", "--target", "s", "--yes"]);
    let before = project.files();
    let plan = project.run(&["plan"]);
    assert!(plan.out.contains("V2 keeps people.email encrypted with the key default"), "{}", plan.out);
    // The variable of the key `default` is not set.
    let gave = project.run(&["up", "--yes"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    for words in ["`default`", "V2 keeps people.email", "keep = \"never\""] {
        assert!(gave.err.contains(words), "{words}: {}", gave.err);
    }
    assert!(project.files() == before);
    project.write("evolve.toml", &SETTINGS.replace("[policy]", "[policy]\nkeep = \"never\""));
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'evolve_kept_*'"), "0");
}

#[test]
fn a_column_that_was_encrypted_in_place_needs_no_second_key() {
    let shut = "\n[[enrich]]\nid = \"shut\"\ntable = \"people\"\nundo = \"none\"\n[enrich.columns]\nname = { from = \"name\", protect = \"mask\" }\n";
    let project = project("", shut);
    project.write("migrations/V2__later.sql", "DROP TABLE people;");
    project.write("plans/t.toml", "[stage]\nname = \"t\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n");
    // No variable with a key is set.
    project.does(&["up", "--yes"]);
    project.does(&["down", "--target", "s", "--yes"]);
    assert_eq!(project.value("SELECT name FROM people WHERE id = 2"), "***");
}

/// Ways of giving the protected columns other names.
const RENAMED: &[&str] = &[
    "ALTER TABLE people RENAME COLUMN email TO mail;
     ALTER TABLE people RENAME COLUMN settings TO choices;
     ALTER TABLE people RENAME TO persons;",
    "CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT, mail TEXT, pin INTEGER, choices TEXT);
     INSERT INTO people_new (id, name, mail, pin, choices) SELECT id, name, email, pin, settings FROM people;
     DROP TABLE people;
     ALTER TABLE people_new RENAME TO people;
     ALTER TABLE people RENAME TO persons;",
];

#[test]
fn s03_what_was_renamed_before_the_plan_is_still_kept_encrypted() {
    for renamed in RENAMED {
        for (migration, left) in [
            ("DROP TABLE persons;", false),
            ("ALTER TABLE persons DROP COLUMN mail; ALTER TABLE persons DROP COLUMN choices;", true),
            ("UPDATE persons SET mail = NULL, choices = NULL; DELETE FROM persons WHERE id = 2;", true),
        ] {
            let project = with(SAFE, renamed);
            project.write("migrations/V3__last.sql", migration);
            project.write("plans/u.toml", "[stage]\nname = \"u\"\nversion = \"3.0.0\"\nmigrations = [\"V3\"]\n");
            must(&project, &["up", "--target", "t", "--yes"]);
            let before = project.state();
            let plan = run(&project, &["plan"]);
            assert!(plan.out.contains("V3 keeps persons.") && plan.out.contains("encrypted"), "{}", plan.out);
            must(&project, &["up", "--yes"]);
            // What the database let go of must not be found either: only what evolve keeps is looked at.
            project.sql(if left { "ALTER TABLE persons RENAME TO people" } else { "CREATE TABLE people (x)" });
            refuse_in_file(&project, CANARY);
            assert_ne!(project.value("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'evolve_kept_*'"), "0");
            project.sql(if left { "ALTER TABLE people RENAME TO persons" } else { "DROP TABLE people" });
            must(&project, &["down", "--target", "t", "--yes"]);
            assert_same(migration, &before, &project.state());
            must(&project, &["down", "--target", "s", "--yes"]);
        }
    }
}

#[test]
fn s03_a_name_that_was_given_back_is_what_it_was_before() {
    let project = with(SAFE, "ALTER TABLE people RENAME COLUMN email TO mail;");
    project.write("migrations/V3__last.sql", "ALTER TABLE people DROP COLUMN email;");
    project.write("plans/u.toml", "[stage]\nname = \"u\"\nversion = \"3.0.0\"\nmigrations = [\"V3\"]\n");
    must(&project, &["up", "--target", "t", "--yes"]);
    must(&project, &["down", "--target", "s", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM evolve_names"), "0");
    project.write("migrations/V2__later.sql", "CREATE TABLE later (x);");
    must(&project, &["up", "--yes"]);
    refuse_in_plain(&project);
}
