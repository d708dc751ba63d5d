//! `[policy] keep`: what a destructive step leaves behind, and what the plan says where it leaves nothing.

use crate::rig::{Project, assert_same, code};
use crate::shape::{SHOP, project, stage, stores, whole};

const DESTRUCTIVE: &[&str] = &[
    "DROP TABLE codes;",
    "ALTER TABLE customers DROP COLUMN credit;",
    "DELETE FROM reviews WHERE stars = 5;",
    "UPDATE customers SET since = NULL;",
    "INSERT INTO codes VALUES ('N', 'new');",
    "CREATE TABLE n (code TEXT PRIMARY KEY NOT NULL); INSERT INTO n SELECT code FROM codes WHERE code IS NOT NULL; DROP TABLE codes; ALTER TABLE n RENAME TO codes;",
];

const HARMLESS: &[&str] = &[
    "CREATE TABLE t (x); INSERT INTO t VALUES (1);",
    "ALTER TABLE customers ADD COLUMN phone TEXT;",
    "ALTER TABLE customers RENAME TO clients;",
    "CREATE INDEX i ON codes (meaning);",
];

fn with(policy: &str, points: &str, file: &str) -> Project {
    let project = project(SHOP, file);
    project.write(
        "evolve.toml",
        &format!("[project]\nname = \"shape\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\nkeep = \"{policy}\"\n[restore_points]\nwhen = \"{points}\"\n"),
    );
    project
}

fn step(project: &Project) -> serde_json::Value {
    project.json(&["plan"])["result"]["steps"][0].clone()
}

#[test]
fn never_keeps_nothing_and_says_so() {
    for file in DESTRUCTIVE {
        let project = with("never", "never", file);
        assert_eq!(
            (step(&project)["reversible"].as_str(), step(&project)["risk"].as_str()),
            (Some("no"), Some("critical")),
            "{file}"
        );
        project.does(&["up", "--yes"]);
        assert_eq!(stores(&project), "0", "{file}");
        let before = whole(&project);
        let down = project.json(&["down", "--staged", "1", "--yes"]);
        assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0604", Some(4)), "{file}: {down}");
        assert!(down["error"]["hint"].as_str().expect("a hint").contains("restore"), "{down}");
        assert_same(file, &before, &whole(&project));
    }
}

#[test]
fn never_takes_nothing_from_steps_that_destroy_nothing() {
    for file in HARMLESS {
        let project = with("never", "never", file);
        assert_eq!(step(&project)["reversible"], "derived", "{file}");
        let before = whole(&project);
        project.does(&["up", "--yes"]);
        crate::shape::down(&project, &before);
    }
}

#[test]
fn never_with_a_restore_point_goes_back_by_the_point() {
    for file in DESTRUCTIVE {
        let project = with("never", "risky", file);
        assert_eq!(step(&project)["reversible"], "restore_point", "{file}");
        let before = whole(&project);
        let up = project.json(&["up", "--yes"]);
        let point = up["result"]["restore_points"][0]["id"].as_str().expect("a restore point").to_owned();
        let down = project.json(&["down", "--staged", "1", "--yes"]);
        assert_eq!(down["error"]["exit"], 4, "{down}");
        assert!(
            down["error"].to_string().contains(&point),
            "the refusal names the restore point that would do: {down}"
        );
        project.does(&["restore", &point, "--yes"]);
        assert_same(file, &before, &whole(&project));
    }
}

#[test]
fn always_and_small_keep() {
    for policy in ["always", "small"] {
        for file in DESTRUCTIVE {
            let project = with(policy, "never", file);
            assert_eq!(step(&project)["reversible"], "kept", "{policy}: {file}");
            let before = whole(&project);
            project.does(&["up", "--yes"]);
            assert_ne!(stores(&project), "0", "{file}");
            crate::shape::down(&project, &before);
        }
    }
}

#[test]
fn small_keeps_no_table_that_is_large_and_always_does() {
    let project = with("small", "never", "DROP TABLE codes;");
    project.sql("PRAGMA synchronous = OFF; INSERT INTO codes VALUES ('large', zeroblob(260000000));");
    assert_eq!(step(&project)["reversible"], "no");
    let config =
        std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml").replace("\"small\"", "\"always\"");
    project.write("evolve.toml", &config);
    assert_eq!(step(&project)["reversible"], "kept");
}

#[test]
fn what_is_kept_goes_with_the_step_and_with_the_next_run_nothing_is_left() {
    let project = with(
        "always",
        "never",
        "UPDATE customers SET since = 'x'; CREATE INDEX i ON codes (meaning); DELETE FROM codes; ALTER TABLE staff DROP COLUMN name; DROP TABLE reviews;",
    );
    let before = whole(&project);
    for _ in 0..3 {
        project.does(&["up", "--yes"]);
        assert_eq!(stores(&project), "4");
        crate::shape::down(&project, &before);
    }
}

#[test]
fn down_to_start_leaves_only_the_ledger_and_refinerys_empty_table() {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO a (v) VALUES ('x'); CREATE VIEW w AS SELECT v FROM a;"),
        ("migrations/V2__b.sql", "UPDATE a SET v = 'y'; ALTER TABLE a DROP COLUMN id;".replace("ALTER TABLE a DROP COLUMN id;", "CREATE TABLE b (x);").as_str()),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        ("plans/two.toml", &(stage("two", "2.0.0", &["V2"]) + "[[copy]]\nid = \"c\"\nfrom = \"a\"\ninto = \"b\"\n[[enrich]]\nid = \"e\"\ntable = \"a\"\n[enrich.columns]\nv = \"v || '!'\"\n").replace("[[copy]]\nid = \"c\"\nfrom = \"a\"\ninto = \"b\"\n", "")),
    ]);
    project.does(&["up", "--yes"]);
    project.does(&["down", "--target", "start", "--yes"]);
    let others = "SELECT coalesce(group_concat(name), '') FROM sqlite_schema WHERE tbl_name NOT LIKE 'evolve\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    assert_eq!(project.value(others), "refinery_schema_history");
    assert_eq!(project.value("SELECT count(*) FROM refinery_schema_history"), "0");
    assert_eq!(stores(&project), "0");
    assert_eq!(project.value("SELECT count(*) FROM evolve_steps"), "0");
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT v FROM a"), "y!");
}
