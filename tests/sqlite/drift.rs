//! `verify`: the live schema against what the applied steps make.

use crate::rig::Project;

fn project() -> Project {
    let project = Project::of(&[
        (
            "migrations/V1__a.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE INDEX a_v ON a (v); CREATE VIEW a_view AS SELECT v FROM a; CREATE TRIGGER a_new AFTER INSERT ON a BEGIN SELECT 1; END;",
        ),
        (
            "migrations/V2__b.sql",
            "ALTER TABLE a ADD COLUMN w TEXT; CREATE VIRTUAL TABLE found USING fts5(v, content='a'); CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT, w TEXT, z INTEGER DEFAULT 0); INSERT INTO n (id, v, w) SELECT id, v, w FROM a; DROP VIEW a_view; DROP TABLE a; ALTER TABLE n RENAME TO a; CREATE INDEX a_v ON a (v);",
        ),
    ]);
    project.does(&["up", "--yes"]);
    project
}

fn verify(project: &Project) -> serde_json::Value {
    let verify = project.json(&["verify"]);
    assert_eq!(verify["result"]["ok"] == true, verify["error"].is_null(), "{verify}");
    verify
}

#[test]
fn what_is_as_it_was_made_is_fine() {
    let project = project();
    let verify = verify(&project);
    assert_eq!(verify["result"]["problems"], serde_json::json!([]), "{verify}");
    assert_eq!(project.run(&["verify"]).code, 0);
}

#[test]
fn rows_are_no_drift() {
    let project = project();
    project.sql("INSERT INTO a (v) VALUES ('x'); ANALYZE; VACUUM; PRAGMA user_version = 9;");
    assert_eq!(verify(&project)["result"]["ok"], true);
}

#[test]
fn what_differs_is_named() {
    for (sql, name) in [
        ("ALTER TABLE a ADD COLUMN mine TEXT", "a"),
        ("ALTER TABLE a RENAME COLUMN v TO vv", "a"),
        ("ALTER TABLE a DROP COLUMN z", "a"),
        ("DROP INDEX a_v", "a_v"),
        ("DROP INDEX a_v; CREATE INDEX a_v ON a (v DESC)", "a_v"),
        ("DROP TABLE found", "found"),
        ("DROP TABLE a", "a"),
        ("ALTER TABLE a RENAME TO aa", "a"),
    ] {
        let project = project();
        project.sql(sql);
        let verify = verify(&project);
        assert_eq!(verify["error"]["exit"], 6, "{sql}: {verify}");
        let problems = verify["result"]["problems"].as_array().expect("problems");
        assert!(
            problems.iter().any(|problem| problem["code"] == "E0515"
                && problem["message"].as_str().expect("a message").split(' ').any(|word| word == name)),
            "{sql}: {problems:?}"
        );
        assert_eq!(project.run(&["verify"]).code, 6);
    }
}

#[test]
fn what_no_migration_made_is_a_note() {
    let project = project();
    project.sql("CREATE TABLE mine (x); CREATE INDEX mine_x ON mine (x); CREATE VIEW mine_view AS SELECT x FROM mine; CREATE INDEX on_theirs ON a (w); CREATE TRIGGER on_theirs_too AFTER DELETE ON a BEGIN SELECT 1; END;");
    let verify = verify(&project);
    assert_eq!(verify["result"]["problems"], serde_json::json!([]), "{verify}");
    let notes = verify["result"]["notes"].to_string();
    for name in ["mine", "mine_x", "mine_view", "on_theirs", "on_theirs_too"] {
        assert!(notes.contains(name), "{name}: {notes}");
    }
}

#[test]
fn drift_does_not_make_a_run_lose_anything() {
    // The step finds the table otherwise than it was made: it works or it fails, and what is there stays.
    let project = project();
    project.sql("INSERT INTO a (id, v) VALUES (1, 'x'), (2, 'y'); ALTER TABLE a ADD COLUMN mine TEXT; UPDATE a SET mine = 'theirs';");
    project.write("migrations/V3__c.sql", "CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO n SELECT id, v FROM a; DROP TABLE a; ALTER TABLE n RENAME TO a;");
    let before = project.state();
    let up = project.run(&["up", "--yes"]);
    if up.code == 0 {
        project.does(&["down", "--target", "V2", "--yes"]);
    }
    crate::rig::assert_same("nothing is lost", &before, &project.state());
}
