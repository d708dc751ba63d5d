//! A project of four stages on a filled database, and the points that `--checkpoint` takes of it.

use crate::rig::Project;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub fn config(restore_points: &str) -> String {
    format!(
        "[project]\nname = \"points\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n[restore_points]\n{restore_points}\n"
    )
}

fn stage(name: &str, version: &str, migration: &str) -> String {
    format!("[stage]\nname = \"{name}\"\nversion = \"{version}\"\nmigrations = [\"{migration}\"]\n")
}

/// The journal of a database: `wal` or `delete`.
pub fn project(journal: &str) -> Project {
    let project = Project::of(&[
        ("evolve.toml", &config("")),
        (
            "migrations/V1__a.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT, b BLOB); CREATE INDEX a_v ON a (v);",
        ),
        ("migrations/V2__fill.sql", "UPDATE a SET v = 'two ' || v;"),
        ("migrations/V3__drop.sql", "ALTER TABLE a DROP COLUMN b;"),
        (
            "migrations/V4__more.sql",
            "CREATE TABLE more (x); INSERT INTO more SELECT id FROM a; DELETE FROM a WHERE id % 2 = 0;",
        ),
        ("plans/one.toml", &stage("one", "1.0.0", "V1")),
        (
            "plans/two.toml",
            &(stage("two", "2.0.0", "V2")
                + "[[enrich]]\nid = \"shout\"\nneeds = [\"V2\"]\ntable = \"a\"\n[enrich.columns]\nv = \"upper(v)\"\n"),
        ),
        ("plans/three.toml", &stage("three", "3.0.0", "V3")),
        ("plans/four.toml", &stage("four", "4.0.0", "V4")),
    ]);
    project.sql(&format!(
        "PRAGMA journal_mode = {journal}; CREATE TABLE external (x); INSERT INTO external VALUES ('external');"
    ));
    project.does(&["up", "--target", "one", "--no-restore-point"]);
    project.sql(
        "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500) INSERT INTO a (v, b) SELECT 'row ' || i, randomblob(40) FROM c;\
         DELETE FROM a WHERE id > 490; PRAGMA user_version = 42; PRAGMA application_id = 4242;",
    );
    project
}

/// Goes to the end with a point before each stage; the state at each point, by its id, and the ids in order.
pub fn checkpoints(project: &Project) -> (Vec<String>, BTreeMap<String, String>) {
    let mut states = vec![project.state()];
    let rehearsal = Project::empty();
    for name in ["evolve.toml", "trial.db"] {
        std::fs::copy(project.path(name), rehearsal.path(name)).expect(name);
    }
    for folder in ["migrations", "plans"] {
        std::fs::create_dir(rehearsal.path(folder)).expect(folder);
        for file in std::fs::read_dir(project.path(folder)).expect(folder) {
            let file = file.expect(folder);
            std::fs::copy(file.path(), rehearsal.path(folder).join(file.file_name())).expect("a file");
        }
    }
    for stage in ["two", "three"] {
        rehearsal.does(&["up", "--target", stage, "--yes", "--no-restore-point"]);
        states.push(rehearsal.state());
    }
    let up = project.json(&["up", "--yes", "--checkpoint"]);
    assert!(up["error"].is_null(), "{up}");
    let points = up["result"]["restore_points"].as_array().expect("points").clone();
    assert!(points.iter().all(|point| point["verified"] == true && point["bytes"].as_u64() > Some(0)), "{points:?}");
    let ids: Vec<String> = points.iter().map(|point| point["id"].as_str().expect("an id").to_owned()).collect();
    let by_id = ids.iter().cloned().zip(states).collect();
    (ids, by_id)
}

/// The points that are listed.
pub fn listed(project: &Project) -> Vec<String> {
    let list = project.json(&["backup", "list"]);
    list["result"]["points"]
        .as_array()
        .unwrap_or_else(|| panic!("{list}"))
        .iter()
        .map(|point| point["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// A file of the folder of restore points.
pub fn file(project: &Project, name: &str) -> PathBuf {
    project.path(".evolve/restore").join(name)
}
