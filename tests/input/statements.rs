//! Statements that are more than statements: B32, B34, F07.

use crate::rig::{Project, code, outcome};
use crate::{one, refused};
use serde_json::Value;

#[test]
fn b32_f07_transaction_control_is_refused_where_it_hides() {
    for statement in [
        "BEGIN;",
        "COMMIT;",
        "END;",
        "END TRANSACTION;",
        "ROLLBACK;",
        "SAVEPOINT s;",
        "RELEASE s;",
        "ROLLBACK TO s;",
        "begin immediate;",
        "/* ; */ COMMIT /* ; */;",
    ] {
        let project = one(&format!("CREATE TABLE a (x);\n{statement}\nCREATE TABLE b (x);\n"));
        let column = statement.find(|c: char| c.is_ascii_alphabetic()).unwrap() + 1;
        let refusal = refused(&project, &["up"], "E0204").at(&format!("migrations/V1__a.sql:2:{column}"));
        refusal.hints("transaction = none");
    }
}

#[test]
fn b32_statements_that_open_the_database_to_damage_are_refused() {
    for statement in [
        "ATTACH 'other.db' AS other;",
        "DETACH other;",
        "PRAGMA writable_schema = ON;",
        "PRAGMA main.writable_schema = 1;",
        "PRAGMA \"writable_schema\" = ON;",
        "pragma WRITABLE_SCHEMA(1);",
        "PRAGMA ignore_check_constraints = ON;",
        "PRAGMA schema_version = 7;",
    ] {
        let project = one(&format!("CREATE TABLE a (x);\n{statement}\n"));
        let refusal = refused(&project, &["up"], "E0204").at("migrations/V1__a.sql:2:1");
        assert!(!refusal.hint().is_empty(), "{statement}: {}", refusal.error);
        let project = one(&format!("-- evolve: transaction = none\nCREATE TABLE a (x);\n{statement}\n"));
        refused(&project, &["up"], "E0204").at("migrations/V1__a.sql:3:1");
    }
}

#[test]
fn b32_extensions_are_not_loaded_and_the_plan_says_so() {
    for statement in ["SELECT load_extension('evil');", "CREATE TABLE t AS SELECT load_extension('evil') AS x;"] {
        let project = one(&format!("CREATE TABLE a (x);\n{statement}\n"));
        for command in ["plan", "up"] {
            refused(&project, &[command], "E0203").says("load_extension");
        }
    }
}

#[test]
fn b32_what_does_nothing_in_a_transaction_is_refused_in_one() {
    for statement in [
        "VACUUM;",
        "VACUUM INTO 'copy.db';",
        "PRAGMA journal_mode = DELETE;",
        "PRAGMA main.journal_mode = DELETE;",
        "PRAGMA page_size = 8192;",
        "PRAGMA auto_vacuum = FULL;",
        "PRAGMA wal_checkpoint;",
        "PRAGMA encoding = 'UTF-16';",
        "PRAGMA locking_mode = EXCLUSIVE;",
        "PRAGMA synchronous = OFF;",
        "PRAGMA incremental_vacuum;",
    ] {
        let project = one(&format!("CREATE TABLE a (x);\n{statement}\n"));
        let refusal = refused(&project, &["up"], "E0204").at("migrations/V1__a.sql:2:1");
        refusal.hints("transaction = none");
    }
}

#[test]
fn b32_settings_that_evolve_makes_itself_are_a_finding_and_change_nothing() {
    for setting in ["foreign_keys = OFF", "foreign_keys(0)", "legacy_alter_table = ON", "defer_foreign_keys = ON"] {
        let project = Project::of(&[
            ("migrations/V1__a.sql", "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p REFERENCES p);\n"),
            ("migrations/V2__b.sql", &format!("PRAGMA {setting};\nCREATE TABLE d (x);\n")),
        ]);
        let plan = project.json(&["plan"]);
        let findings = plan["result"]["findings"].as_array().expect("findings");
        let finding = findings.iter().find(|finding| finding["code"] == "R601").expect(setting);
        assert_eq!((&finding["step"], &finding["severity"]), (&Value::from("V2"), &Value::from("warning")));
        assert_eq!((&finding["file"], &finding["line"]), (&Value::from("migrations/V2__b.sql"), &Value::from(1)));
        assert_eq!(plan["result"]["steps"][1]["findings"], serde_json::json!(["R601"]));
        project.must(&["up"]);
    }
}

#[test]
fn b32_f56_a_setting_in_the_file_does_not_let_orphans_in() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p REFERENCES p);\n"),
        ("migrations/V2__b.sql", "PRAGMA foreign_keys = OFF;\nINSERT INTO c VALUES (7);\n"),
    ]);
    project.must(&["up", "--target", "V1"]);
    let before = project.state();
    let document = project.json(&["up"]);
    assert_eq!(document["error"]["exit"], 1, "{document}");
    assert_eq!(outcome(&document), "step_undone");
    assert_eq!(project.state(), before);
}

#[test]
fn b34_what_cannot_be_in_a_transaction_is_a_step_of_its_own() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n"),
        ("migrations/V2__compact.sql", "-- evolve: transaction = none\nVACUUM;\nPRAGMA journal_mode = DELETE;\n"),
        ("migrations/V3__b.sql", "CREATE TABLE b (x);\nREINDEX;\nANALYZE;\n"),
    ]);
    let plan = project.json(&["plan"]);
    let ids: Vec<_> = plan["result"]["steps"].as_array().expect("steps").iter().map(|step| &step["id"]).collect();
    assert_eq!(ids, ["V1", "V2", "V3"]);
    project.must(&["up"]);
    assert_eq!(project.value("PRAGMA journal_mode"), "delete");
    assert_eq!(project.value("SELECT count(*) FROM a"), "1");
    assert_eq!(project.json(&["status"])["result"]["pending"], serde_json::json!([]));
}

#[test]
fn b34_a_file_without_a_transaction_may_hold_blocks_and_nothing_half_open() {
    let none = "-- evolve: transaction = none\n";
    let good = one(&format!(
        "{none}CREATE TABLE a (x);\nBEGIN;\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\nCOMMIT;\n"
    ));
    good.must(&["up"]);
    assert_eq!(good.value("SELECT count(*) FROM a"), "2");
    for (text, line) in [
        ("CREATE TABLE a (x);\nBEGIN;\nINSERT INTO a VALUES (1);\n", 3),
        ("CREATE TABLE a (x);\nCOMMIT;\n", 3),
        ("BEGIN;\nBEGIN;\nCOMMIT;\nCOMMIT;\n", 3),
        ("BEGIN;\nCREATE TABLE a (x);\nROLLBACK;\n", 4),
        ("BEGIN;\nSAVEPOINT s;\nCOMMIT;\n", 3),
    ] {
        let refusal = refused(&one(&format!("{none}{text}")), &["up"], "E0204");
        assert_eq!(refusal.place(), format!("migrations/V1__a.sql:{line}:1"), "{text}: {}", refusal.error);
    }
}

/// These end the transaction without a COMMIT that anybody could see: only the database knows, and only afterwards.
#[test]
fn f07_a_statement_that_ends_the_transaction_fails_the_step_and_leaves_nothing() {
    for (file, line) in [
        ("CREATE TABLE b (x UNIQUE ON CONFLICT ROLLBACK);\nINSERT INTO b VALUES (1);\nINSERT INTO b VALUES (1);\n", 3),
        ("CREATE TABLE b (x UNIQUE);\nINSERT INTO b VALUES (1);\nINSERT OR ROLLBACK INTO b VALUES (1);\n", 3),
        ("CREATE TABLE b (x UNIQUE);\nINSERT INTO b VALUES (1), (2);\nUPDATE OR ROLLBACK b SET x = 1;\n", 3),
        (
            "CREATE TABLE b (x);\nCREATE TRIGGER g BEFORE INSERT ON b BEGIN SELECT RAISE(ROLLBACK, 'no'); END;\n\
             INSERT INTO b VALUES (1);\n",
            3,
        ),
        ("CREATE TABLE b (x NOT NULL ON CONFLICT ROLLBACK);\nINSERT INTO b VALUES (NULL);\n", 2),
    ] {
        let project = Project::of(&[
            ("migrations/V1__a.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n"),
            (
                "migrations/V2__b.sql",
                &format!("DELETE FROM a WHERE 1 = 0;\nINSERT INTO a VALUES (2);\n{file}CREATE TABLE c (x);\n"),
            ),
        ]);
        project.must(&["up", "--target", "V1"]);
        let before = project.state();
        let document = project.json(&["up", "--yes"]);
        assert_eq!((document["error"]["exit"].as_i64(), code(&document)), (Some(1), "E0702"), "{file}{document}");
        assert_eq!(document["error"]["file"], "migrations/V2__b.sql");
        assert_eq!(document["error"]["line"], line + 2, "{document}");
        assert_eq!(outcome(&document), "step_undone");
        assert_eq!(document["result"]["to"]["head"], "V1");
        assert_eq!(project.state(), before, "{file}");
        assert_eq!(project.value("SELECT count(*) FROM refinery_schema_history"), "1");
        assert_eq!(project.json(&["status"])["result"]["interrupted"], Value::Null, "nothing is open");
    }
}

#[test]
fn f07_a_step_that_fails_in_the_middle_is_mended_and_run_again() {
    let project =
        Project::of(&[("migrations/V1__a.sql", "CREATE TABLE a (x NOT NULL);\nINSERT INTO a VALUES (NULL);\n")]);
    let document = project.json(&["up"]);
    assert_eq!((document["error"]["exit"].as_i64(), outcome(&document)), (Some(1), "step_undone"), "{document}");
    project.write("migrations/V1__a.sql", "CREATE TABLE a (x NOT NULL);\nINSERT INTO a VALUES (1);\n");
    project.must(&["up"]);
    assert_eq!(project.value("SELECT count(*) FROM a"), "1");
}

#[test]
fn a_migration_cannot_shut_the_database_to_evolve() {
    refused(&one("CREATE TABLE t (x);\nPRAGMA query_only = ON;\n"), &["up"], "E0204").at("migrations/V1__a.sql:2:1");
    one("CREATE TABLE t (x);\nPRAGMA query_only;\n").must(&["up"]);
}

#[test]
fn an_open_way_down_is_named_with_the_command_that_continues_it_alone() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x);"),
        ("migrations/V2__b.sql", "CREATE TABLE b (x);"),
    ]);
    project.must(&["up"]);
    project.dies("between_steps", 1, &["down", "--target", "start", "--yes"]);
    let up = project.json(&["up"]);
    assert_eq!(code(&up), "E0605", "{up}");
    assert_eq!(up["error"]["hint"], "evolve down --target start continues it", "{up}");
}
