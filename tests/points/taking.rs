//! When restore points are taken, and how they lie there.

use crate::bed::{checkpoints, config, file, listed, project};
use crate::rig::{Project, assert_same, code};
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn checkpoint_takes_a_verified_point_before_each_stage() {
    for journal in ["wal", "delete"] {
        let project = project(journal);
        let (ids, _) = checkpoints(&project);
        assert_eq!(ids.len(), 3, "{ids:?}");
        assert_eq!(listed(&project), ids);
        let stages: Vec<bool> =
            ids.iter().zip(["two", "three", "four"]).map(|(id, stage)| id.ends_with(stage)).collect();
        assert_eq!(stages, [true; 3], "{ids:?}");
    }
}

#[test]
fn checkpoint_takes_points_on_the_way_down_too() {
    let project = project("wal");
    project.does(&["up", "--yes", "--no-restore-point"]);
    let down = project.json(&["down", "--staged", "2", "--yes", "--checkpoint"]);
    assert_eq!(down["result"]["restore_points"].as_array().expect("points").len(), 2, "{down}");
}

/// How many points `up` to this stage takes.
fn taken(setting: &str, arguments: &[&str], from: &str, to: &str) -> usize {
    let project = project("wal");
    project.write("evolve.toml", &config(setting));
    project.does(&["up", "--target", from, "--yes", "--no-restore-point"]);
    let planned = project.json(&[&["plan", "--target", to][..], arguments].concat());
    let up = project.json(&[&["up", "--target", to, "--yes"][..], arguments].concat());
    assert!(up["error"].is_null(), "{up}");
    let count = up["result"]["restore_points"].as_array().expect("points").len();
    assert_eq!(
        planned["result"]["restore_points"].as_array().expect("points").len(),
        count,
        "the plan said so: {planned}"
    );
    assert_eq!(listed(&project).len(), count);
    count
}

#[test]
fn when_is_obeyed() {
    // Stage two changes rows, which are kept; stage three drops a column.
    assert_eq!(taken("when = \"always\"", &[], "one", "two"), 1);
    assert_eq!(taken("when = \"always\"", &[], "two", "three"), 1);
    assert_eq!(taken("when = \"risky\"", &[], "one", "two"), 0);
    assert_eq!(taken("when = \"risky\"", &[], "two", "three"), 1);
    assert_eq!(taken("", &[], "two", "three"), 1, "risky is the default");
    assert_eq!(taken("when = \"never\"", &[], "two", "four"), 0);
}

#[test]
fn flags_win_over_when() {
    assert_eq!(taken("when = \"never\"", &["--checkpoint"], "one", "four"), 3);
    assert_eq!(taken("when = \"always\"", &["--no-restore-point"], "one", "four"), 0);
    assert_eq!(taken("when = \"risky\"", &["--no-restore-point"], "two", "three"), 0);
}

#[test]
fn a_new_database_needs_no_point() {
    let project =
        Project::of(&[("evolve.toml", &config("when = \"always\"")), ("migrations/V1__a.sql", "CREATE TABLE a (x);")]);
    let up = project.json(&["up"]);
    assert_eq!(up["result"]["restore_points"], serde_json::json!([]), "{up}");
    assert!(!project.path(".evolve").exists());
}

#[test]
fn a_project_that_asks_for_encryption_is_refused() {
    for encrypt in ["encrypt = true", "encrypt = { key_file = \"key\" }"] {
        let project =
            Project::of(&[("evolve.toml", &config(encrypt)), ("migrations/V1__a.sql", "CREATE TABLE a (x);")]);
        for arguments in
            [&["up", "--yes"][..], &["up", "--yes", "--no-restore-point"], &["up", "--yes", "--checkpoint"]]
        {
            let refused = project.json(arguments);
            if refused["error"]["exit"] == 2 {
                // The setting itself may be one that is not understood; then nothing is touched either.
                assert_eq!(encrypt, "encrypt = true", "{refused}");
            } else {
                assert_eq!(
                    (code(&refused), refused["error"]["exit"].as_i64()),
                    ("E0612", Some(4)),
                    "{encrypt}: {refused}"
                );
            }
            assert!(!project.path("trial.db").exists());
        }
    }
}

#[test]
fn s05_points_are_their_owners_only() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&project.path(".evolve")), 0o700);
    assert_eq!(mode(&project.path(".evolve/restore")), 0o700);
    for entry in std::fs::read_dir(project.path(".evolve/restore")).expect("the folder") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(file(&project, &format!("{}.db", ids[0])).exists());
}

#[test]
fn nothing_but_points_lies_in_the_folder() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    project.does(&["restore", &ids[1], "--yes"]);
    let mut names: Vec<String> = std::fs::read_dir(project.path(".evolve/restore"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    let mut expected: Vec<String> = ids.iter().flat_map(|id| [format!("{id}.db"), format!("{id}.json")]).collect();
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn a_point_is_taken_of_what_is_in_the_log_too() {
    // Rows that are in the -wal only, another connection being open.
    let project = project("wal");
    let other = project.open();
    other.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO a (v) VALUES ('in the log');").expect("a row");
    let before = crate::rig::logical(&other);
    let (ids, _) = {
        let up = project.json(&["up", "--yes", "--checkpoint"]);
        (
            up["result"]["restore_points"]
                .as_array()
                .expect("points")
                .iter()
                .map(|point| point["id"].as_str().expect("an id").to_owned())
                .collect::<Vec<_>>(),
            (),
        )
    };
    drop(other);
    project.does(&["restore", &ids[0], "--yes"]);
    assert_same("f59: the log's rows are in the point", &before, &project.state());
}

#[test]
fn a_point_that_cannot_be_taken_stops_the_run_before_the_first_step() {
    let project = project("wal");
    project.write(".evolve", "a file where the folder should be");
    let before = project.state();
    let refused = project.json(&["up", "--yes", "--checkpoint"]);
    assert_ne!(refused["error"]["exit"], serde_json::Value::Null, "{refused}");
    assert_same("nothing was run", &before, &project.state());
    assert_eq!(project.json(&["status"])["result"]["stage"], "one");
    std::fs::remove_file(project.path(".evolve")).expect("removed");
    project.does(&["up", "--yes", "--checkpoint"]);
}

/// F11: a run that goes on has its restore points already.
#[test]
fn f11_a_run_that_is_continued_takes_no_restore_point_again() {
    for (setting, flag, points) in [("when = \"always\"", None, 1), ("when = \"never\"", Some("--checkpoint"), 3)] {
        let project = project("wal");
        project.write("evolve.toml", &config(setting));
        project.does(&["up", "--target", "one", "--yes", "--no-restore-point"]);
        let arguments: Vec<&str> = ["up", "--yes", "--json"].into_iter().chain(flag).collect();
        for place in ["before_record", "between_steps", "before_record"] {
            project.dies(place, 1, &arguments);
        }
        let gave = project.run(&arguments).document();
        assert_eq!(gave["result"]["outcome"], "done", "{gave}");
        let listed = listed(&project);
        assert_eq!(listed.len(), points, "{listed:?}");
        let places: std::collections::BTreeSet<&str> =
            listed.iter().filter_map(|id| id.split_once("-before-")).map(|(_, place)| place).collect();
        assert_eq!(places.len(), points, "{listed:?}");
    }
}
