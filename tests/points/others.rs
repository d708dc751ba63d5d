//! Points of other databases, databases at other places, runs that are open.

use crate::bed::{checkpoints, config, project};
use crate::rig::{Project, assert_same, code, logical};

fn copy_points(from: &Project, to: &Project) {
    std::fs::create_dir_all(to.path(".evolve/restore")).expect("a folder");
    for entry in std::fs::read_dir(from.path(".evolve/restore")).expect("points") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.path(".evolve/restore").join(entry.file_name())).expect("copied");
    }
}

#[test]
fn a_point_of_another_database_is_refused_and_goes_beside() {
    let (one, other) = (project("wal"), project("wal"));
    let (ids, states) = checkpoints(&one);
    copy_points(&one, &other);
    let before = other.state();
    let refused = other.json(&["restore", &ids[0], "--yes"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0803", Some(4)), "{refused}");
    assert_same("nothing is touched", &before, &other.state());
    other.does(&["restore", &ids[0], "--to", "beside.db"]);
    assert_same("beside", &states[&ids[0]], &logical(&other.open_at("beside.db")));
}

#[test]
fn a_point_of_another_project_is_refused() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    project.write("evolve.toml", &config("").replace("\"points\"", "\"another\""));
    let before = project.state();
    let refused = project.json(&["restore", &ids[0], "--yes"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0803", Some(4)), "{refused}");
    assert_same("nothing is touched", &before, &project.state());
}

#[test]
fn a_folder_of_their_own_may_hold_the_points() {
    let project = project("wal");
    project.write("evolve.toml", &config("dir = \"elsewhere/points\""));
    let (ids, states) = checkpoints(&project);
    assert!(project.path("elsewhere/points").join(format!("{}.db", ids[0])).exists());
    assert!(!project.path(".evolve").exists());
    project.does(&["restore", &ids[0], "--yes"]);
    assert_same("restored", &states[&ids[0]], &project.state());
}

#[test]
fn a_restore_ends_what_a_failed_run_left() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    project.does(&["restore", &ids[0], "--yes"]);
    project.write("migrations/V3__drop.sql", "ALTER TABLE a DROP COLUMN nothing_of_it;");
    assert_eq!(project.run(&["up", "--yes", "--no-restore-point"]).code, 2);
    project.write("migrations/V3__drop.sql", "ALTER TABLE a DROP COLUMN b; INSERT INTO nowhere SELECT 1;");
    assert_ne!(project.run(&["up", "--yes", "--no-restore-point"]).code, 0);
    project.does(&["restore", &ids[0], "--yes"]);
    assert_same("restored", &states[&ids[0]], &project.state());
    assert_eq!(project.json(&["status"])["result"]["interrupted"], serde_json::Value::Null);
}

#[test]
fn a_database_that_is_no_database_any_more_comes_back() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    for name in ["trial.db-wal", "trial.db-shm"] {
        let _ = std::fs::remove_file(project.path(name));
    }
    std::fs::write(project.path("trial.db"), b"the disk ate it").expect("written");
    let restored = project.run(&["restore", &ids[0], "--yes"]);
    // What is there is nothing that evolve made: it is refused, and comes back beside.
    assert_eq!(restored.code, 2, "{}", restored.err);
    assert!(restored.err.contains("E0503"), "{}", restored.err);
    assert_eq!(std::fs::read(project.path("trial.db")).expect("the file"), b"the disk ate it");
    project.does(&["restore", &ids[0], "--to", "beside.db"]);
    assert_same("beside", &states[&ids[0]], &logical(&project.open_at("beside.db")));
}
