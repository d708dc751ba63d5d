//! Files in the project's folders: what looks like a migration and is none, what is no file, reverses. B37, B38, F107.

use crate::rig::{Project, code};
use crate::{one, refused};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// A project of V1 and one file more in the folder of the migrations.
fn with(name: &str) -> Project {
    let project = one("CREATE TABLE t (x);\n");
    project.write(&format!("migrations/{name}"), "CREATE TABLE u (x);\n");
    project
}

#[test]
fn b37_what_looks_like_a_migration_and_is_none_is_refused_by_name() {
    for (name, words) in [
        ("V2_b.sql", "two underscores"),
        ("V2-b.sql", "two underscores"),
        ("V2.sql", "no words"),
        ("V2__.sql", "no words"),
        ("V__b.sql", "whole number"),
        ("V1.1__b.sql", "dot"),
        ("V1_1__b.sql", "whole number"),
        ("V-1__b.sql", "whole number"),
        ("V9223372036854775808__b.sql", "too large"),
        ("v2__b.sql", "first letter"),
        ("V2__b.SQL", ".sql"),
        ("V2__b", ".sql"),
        ("V2__b.txt", ".sql"),
        ("V2__b.rs", "Rust"),
        ("V2__b.sql.sql", "engine"),
        ("V2__b.up.sql", "ending"),
        ("V2__b.oracle.sql", "engine"),
        ("V2__a b.sql", "cannot be in it"),
        ("V2__a;b.sql", "cannot be in it"),
        ("V2__caf\u{65}\u{301}.sql", "combining"),
        ("seed.sql", "begin with V"),
        ("2__b.sql", "begin with V"),
        ("sub/V2-b.sql", "two underscores"),
    ] {
        let project = with(name);
        for command in ["up", "status", "plan", "verify", "graph", "seal"] {
            let refusal = refused(&project, &[command], "E0201").says(words);
            assert_eq!(refusal.place(), format!("migrations/{name}:1:1"));
            assert!(!refusal.hint().is_empty(), "{name}: {}", refusal.error);
        }
    }
}

#[test]
fn b37_one_version_in_two_files_names_both() {
    for name in ["V1__b.sql", "V01__b.sql", "U1__b.sql", "sub/V1__b.sql", "V00000000000000000000001__b.sql"] {
        let project = with(name);
        let refusal = refused(&project, &["up"], "E0202");
        assert!(refusal.message().contains("V1__a.sql") && refusal.message().contains(name), "{}", refusal.error);
    }
}

#[test]
fn f107_files_that_one_file_system_takes_for_one_are_refused() {
    let refusal = refused(&with("V1__A.sql"), &["up"], "E0201").says("capital letters");
    assert!(refusal.message().contains("V1__A.sql") && refusal.message().contains("V1__a.sql"));
}

#[test]
fn b37_the_first_and_the_last_version_are_versions() {
    let project = Project::of(&[
        ("migrations/V0__first.sql", "CREATE TABLE a (x);"),
        ("migrations/V9223372036854775807__last.sql", "CREATE TABLE b (x);"),
        ("migrations/V10__tenth.sql", "CREATE TABLE d (x);"),
        ("migrations/V9__ninth.sql", "CREATE TABLE c (x);"),
    ]);
    let document = project.json(&["up"]);
    let ids: Vec<_> = document["result"]["steps"].as_array().expect("steps").iter().map(|step| &step["id"]).collect();
    assert_eq!(ids, ["V0", "V9", "V10", "V9223372036854775807"]);
    project.must(&["verify"]);
    project.must(&["down", "--target", "start", "--yes"]);
}

#[test]
fn b37_what_editors_and_systems_leave_behind_is_no_migration() {
    for name in [
        "V2__b.sql~",
        ".V2__b.sql",
        ".V2__b.sql.swp",
        "#V2__b.sql#",
        "V2__b.sql.bak",
        "V2__b.sql.orig",
        "V2__b.sql.rej",
        "V2__b.sql.tmp",
        "README.md",
        "Vision.md",
        ".hidden/V2__b.sql",
    ] {
        let project = with(name);
        project.must(&["seal"]);
        project.must(&["up"]);
        assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), "0", "{name}");
        project.must(&["verify"]);
    }
}

/// Ignored by a listed rule, and shown: a person who named a file badly finds out.
#[test]
fn b37_status_shows_what_is_ignored() {
    for name in ["V2__b.sql~", "V2__b.sql.bak", "README.md"] {
        let project = with(name);
        let notes = project.json(&["status"])["result"]["notes"].to_string();
        assert!(notes.contains(&format!("migrations/{name}")), "{name} is not in {notes}");
    }
}

#[test]
fn b37_what_is_no_regular_file_inside_the_folder_is_refused() {
    let place = "migrations/V2__b.sql";
    type Make = fn(&Project);
    let makes: [(Make, &str); 7] = [
        (|project| fs::create_dir(project.path("migrations/V2__b.sql")).unwrap(), "folder"),
        (|project| symlink("/etc/passwd", project.path("migrations/V2__b.sql")).unwrap(), "link"),
        (|project| symlink("../../../../etc/passwd", project.path("migrations/V2__b.sql")).unwrap(), "link"),
        (|project| symlink("nowhere", project.path("migrations/V2__b.sql")).unwrap(), "cannot be read"),
        (|project| symlink("V2__b.sql", project.path("migrations/V2__b.sql")).unwrap(), "cannot be read"),
        (|project| symlink("/dev/zero", project.path("migrations/V2__b.sql")).unwrap(), "link"),
        (fifo, "pipe"),
    ];
    for (make, words) in makes {
        let project = one("CREATE TABLE t (x);");
        make(&project);
        for command in ["up", "seal", "status"] {
            let expected = if words == "cannot be read" { "E0002" } else { "E0013" };
            refused(&project, &[command], expected).at(&format!("{place}:1:1")).says(words);
        }
    }
}

fn fifo(project: &Project) {
    let made = Command::new("mkfifo").arg(project.path("migrations/V2__b.sql")).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn b37_a_link_to_a_file_inside_is_that_file_and_a_linked_folder_is_refused() {
    let project = one("CREATE TABLE t (x);");
    project.write("shared/b.sql", "CREATE TABLE u (x);");
    symlink("../shared/b.sql", project.path("migrations/V2__b.sql")).unwrap();
    project.must(&["up"]);
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), "1");
    symlink("../shared", project.path("migrations/sub")).unwrap();
    refused(&project, &["plan"], "E0013").says("link");
}

#[test]
fn b37_a_stage_file_is_a_regular_file_that_ends_in_toml() {
    let stage = "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n";
    let project = one("CREATE TABLE t (x);");
    project.write("plans/one.TOML", stage);
    refused(&project, &["up"], "E0201").at("plans/one.TOML:1:1");
    let project = one("CREATE TABLE t (x);");
    fs::create_dir_all(project.path("plans/one.toml")).unwrap();
    refused(&project, &["up"], "E0013").at("plans/one.toml:1:1");
    // What lies below, or is hidden, is none.
    let project = one("CREATE TABLE t (x);");
    project.write("plans/old/one.toml", "not TOML");
    project.write("plans/.one.toml", "not TOML");
    project.write("plans/one.toml~", "not TOML");
    project.must(&["up"]);
}

#[test]
fn b38_a_reverse_or_twin_without_its_migration_is_refused() {
    for (name, near) in [
        ("V2__b.down.sql", "V1__a"),
        ("V1__other.down.sql", "V1__a.sql"),
        ("V2__a.postgres.sql", "V1__a"),
        ("sub/V1__a.down.sql", "V1__a.sql"),
        ("V1__a2.down.sqlite.sql", "V1__a"),
    ] {
        for command in ["plan", "up", "status"] {
            let refusal = refused(&with(name), &[command], "E0207").hints(near);
            assert_eq!(refusal.place(), format!("migrations/{name}:1:1"));
        }
    }
}

#[test]
fn b38_how_a_step_goes_back_is_known_before_it_runs() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x, y);\nINSERT INTO a VALUES (1, 2);\n"),
        ("migrations/V2__b.sql", "ALTER TABLE a RENAME COLUMN y TO z;\n"),
        ("migrations/V3__c.sql", "UPDATE a SET x = 2;\n"),
        ("migrations/V3__c.down.sql", "UPDATE a SET x = 1;\n"),
        ("migrations/V4__d.sql", "INSERT OR REPLACE INTO a VALUES (3, 4);\n"),
    ]);
    let plan = project.json(&["plan"]);
    let ways: Vec<_> = plan["result"]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| step["reversible"].as_str().unwrap())
        .collect();
    assert_eq!(ways, ["derived", "derived", "file", "no"]);
    let finding = plan["result"]["findings"].to_string();
    assert!(finding.contains("R801") && finding.contains("V4__d.down.sql"), "{finding}");
    project.must(&["up", "--yes"]);
    let before = project.files();
    let document = project.json(&["down", "--target", "V2", "--yes"]);
    assert_eq!((document["error"]["exit"].as_i64(), code(&document)), (Some(4), "E0604"), "{document}");
    assert!(document["error"]["message"].as_str().unwrap().starts_with("V4"), "{document}");
    assert_eq!(project.files(), before);
}

/// A reverse is run on a bad day: that it cannot run at all must be known on a good one.
#[test]
fn b38_a_reverse_that_cannot_run_is_known_when_its_step_is_planned() {
    for (reverse, expected, column) in [
        ("DROP TABLE a; SELECT 'open\n", "E0203", 22),
        ("DROP TABLE nosuch;\n", "E0203", 1),
        ("DROP TABEL a;\n", "E0203", 6),
        ("DROP TABLE a; COMMIT;\n", "E0204", 15),
        ("DROP TABLE a; VACUUM;\n", "E0204", 15),
    ] {
        let project =
            Project::of(&[("migrations/V1__a.sql", "CREATE TABLE a (x);"), ("migrations/V1__a.down.sql", reverse)]);
        for command in ["plan", "up"] {
            refused(&project, &[command], expected).at(&format!("migrations/V1__a.down.sql:1:{column}"));
        }
    }
}

/// One that was broken since is found before the way down begins, and not in the middle of it.
#[test]
fn b38_a_reverse_that_was_broken_since_is_known_before_the_way_down_begins() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x);"),
        ("migrations/V1__a.down.sql", "DROP TABLE a;\n"),
        ("migrations/V2__b.sql", "CREATE TABLE b (x);"),
    ]);
    project.must(&["up"]);
    for reverse in ["DROP TABLE a; SELECT 'open\n", "DROP TABLE a; COMMIT;\n", "-- nothing\n"] {
        project.write("migrations/V1__a.down.sql", reverse);
        let before = project.state();
        let document = project.json(&["down", "--target", "start", "--yes"]);
        assert_eq!(document["error"]["exit"], 2, "{document}");
        assert_eq!(document["error"]["file"], "migrations/V1__a.down.sql");
        assert_eq!(
            project.state(),
            before,
            "V2 was taken back before V1's reverse was looked at ({})",
            crate::rig::outcome(&document)
        );
    }
}

/// Each is read over what undoing the steps behind it leaves, whether these go back by a file, by what was derived, or
/// not at all.
#[test]
fn b38_a_reverse_is_read_over_what_the_steps_behind_it_leave() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x); CREATE TABLE log (x);"),
        ("migrations/V1__a.down.sql", "INSERT INTO log SELECT x FROM a; DROP TABLE a; DROP TABLE log;\n"),
        (
            "migrations/V2__b.sql",
            "ALTER TABLE a RENAME TO b; ALTER TABLE b ADD COLUMN y; CREATE VIEW v AS SELECT y FROM b;",
        ),
        ("migrations/V3__c.sql", "ALTER TABLE b RENAME COLUMN x TO z;"),
        ("migrations/V3__c.down.sql", "ALTER TABLE b RENAME COLUMN z TO x;\n"),
    ]);
    project.must(&["plan"]);
    project.must(&["up"]);
    project.write("migrations/V3__c.down.sql", "ALTER TABLE b RENAME COLUMN x TO z;\n");
    refused(&project, &["down", "--target", "start", "--yes"], "E0203").at("migrations/V3__c.down.sql:1:29");
    // The ledger's copy is read too, where the file is gone.
    fs::remove_file(project.root().join("migrations/V3__c.down.sql")).unwrap();
    project.must(&["down", "--target", "start", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b', 'v', 'log')"), "0");
}

#[test]
fn b38_a_reverse_below_a_step_without_one_is_read_over_its_own_migration() {
    for (reverse, runs) in [("DROP TABLE a;\n", true), ("DROP TABLE b;\n", false)] {
        let project = Project::of(&[
            ("migrations/V1__a.sql", "CREATE TABLE a (x); CREATE TABLE s (id INTEGER PRIMARY KEY);"),
            ("migrations/V1__a.down.sql", reverse),
            ("migrations/V2__b.sql", "DROP TABLE a; CREATE TABLE b (x); REPLACE INTO s VALUES (1);"),
        ]);
        let plan = project.json(&["plan"]);
        if runs {
            assert!(plan["result"]["findings"].to_string().contains("R801"), "{plan}");
        } else {
            assert_eq!((code(&plan), &plan["error"]["line"]), ("E0203", &serde_json::json!(1)), "{plan}");
        }
    }
}

#[test]
fn status_answers_by_name_where_a_pending_file_cannot_be_read() {
    let project = one("CREATE TABLE t (x);\n");
    project.must(&["up"]);
    project.write("migrations/V2__b.sql", "CREATE TABLE u (x);\n");
    project.write("migrations/V3__c.sql", "CREATE TABEL v (x);\n");
    let status = project.json(&["status"]);
    let pending: Vec<&str> =
        status["result"]["pending"].as_array().unwrap().iter().filter_map(|step| step["id"].as_str()).collect();
    assert_eq!(pending, ["V2", "V3"]);
    assert!(status["result"]["notes"].to_string().contains("migrations/V3__c.sql:1:8"), "{status}");
    refused(&project, &["plan"], "E0203").at("migrations/V3__c.sql:1:8");
}
