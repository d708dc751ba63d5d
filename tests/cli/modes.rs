//! Who may read what evolve writes. S05, S06.

use crate::rig::Project;
use crate::{Running, risky, with_umask};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o7777
}

/// Every file and folder below, with its mode.
fn below(folder: &Path) -> Vec<(String, u32)> {
    let mut found = vec![(folder.display().to_string(), mode(folder))];
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push((path.display().to_string(), mode(&path)));
        }
    }
    found
}

#[test]
fn s05_restore_points_and_the_folder_of_evolve_are_private_whatever_the_umask() {
    for mask in ["000", "022", "077"] {
        let project = risky();
        let mut run = with_umask(&project.command(&["up", "--yes", "--target", "one"]), mask);
        assert!(run.status().expect("a run").success());
        let mut run = with_umask(&project.command(&["up", "--yes", "--checkpoint", "--quiet"]), mask);
        assert!(run.status().expect("a run").success());
        let mut run = with_umask(&project.command(&["restore", "--yes", "--quiet"]), mask);
        assert!(run.status().expect("a run").success());
        let found = below(&project.path(".evolve"));
        assert!(found.len() >= 4, "{found:?}");
        for (path, mode) in found {
            let expected = if Path::new(&path).is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "{path} with umask {mask}");
        }
    }
}

#[test]
fn s05_the_lock_and_what_stands_beside_the_database_are_private_while_it_runs() {
    let project = Project::of(&[]);
    let running = Running::start(&project);
    assert_eq!(mode(&project.path("trial.db.evolve-lock")), 0o600);
    // The log holds rows: nobody may read it who may not read the database.
    assert_eq!(mode(&project.path("trial.db-wal")), mode(&project.path("trial.db")));
    running.end(Signal::INT);
    assert!(!project.path("trial.db.evolve-lock").exists(), "the lock goes with its holder");
}

#[test]
fn s05_a_new_database_takes_the_umask_and_one_that_is_there_keeps_its_mode() {
    for (mask, expected) in [("000", 0o644), ("022", 0o644), ("077", 0o600)] {
        let project = risky();
        assert!(with_umask(&project.command(&["up", "--target", "one"]), mask).status().expect("a run").success());
        assert_eq!(mode(&project.database()), expected, "umask {mask}");
    }
    let project = risky();
    project.must(&["up", "--target", "one"]);
    for own in [0o600, 0o640, 0o664] {
        fs::set_permissions(project.database(), fs::Permissions::from_mode(own)).expect("a mode");
        project.must(&["up", "--yes", "--checkpoint"]);
        assert_eq!(mode(&project.database()), own);
        project.must(&["restore", "--yes"]);
        assert_eq!(mode(&project.database()), own, "a restored database keeps its mode");
        project.must(&["status"]);
        assert_eq!(mode(&project.database()), own);
        assert_eq!(project.json(&["status"])["result"]["stage"], "one");
    }
}

#[test]
fn s05_what_is_restored_beside_is_as_private_as_the_point() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    project.must(&["up", "--yes", "--checkpoint"]);
    fs::set_permissions(project.database(), fs::Permissions::from_mode(0o600)).expect("a mode");
    let mut run = with_umask(&project.command(&["restore", "--yes", "--to", "beside.db"]), "022");
    assert!(run.status().expect("a run").success());
    assert_eq!(mode(&project.path("beside.db")), 0o600, "nobody may read the copy who may not read the database");
}

#[test]
fn s05_project_files_that_evolve_writes_are_as_any_others() {
    let project = risky();
    for (mask, expected) in [("022", 0o644), ("077", 0o600)] {
        let _ = fs::remove_file(project.path("evolve.sum"));
        assert!(with_umask(&project.command(&["seal"]), mask).status().expect("a run").success());
        assert_eq!(mode(&project.path("evolve.sum")), expected, "umask {mask}");
    }
    fs::set_permissions(project.path("evolve.sum"), fs::Permissions::from_mode(0o664)).expect("a mode");
    project.write("migrations/V1__a.sql", "CREATE TABLE a (x);\n");
    project.must(&["seal"]);
    assert_eq!(mode(&project.path("evolve.sum")), 0o664, "a file that is there keeps its mode");
}

#[test]
fn s06_nothing_is_left_behind_in_the_project_or_in_the_folder_for_temporary_files() {
    let project = risky();
    project.must(&["seal"]);
    let scratch = Project::empty();
    for arguments in [
        &["up", "--target", "one"][..],
        &["up", "--yes", "--checkpoint"],
        &["restore", "--yes"],
        &["seal"],
        &["status"],
        &["down", "--target", "start", "--yes"],
    ] {
        let status = project.command(arguments).env("TMPDIR", scratch.root()).status().expect("a run");
        assert!(status.success(), "{arguments:?}");
    }
    assert!(scratch.files().is_empty(), "{:?}", scratch.files().keys());
    let known = ["evolve.toml", "evolve.sum", "migrations/", "plans/", "trial.db", ".evolve/restore/"];
    let files = project.files();
    let stray: Vec<_> = files.keys().filter(|name| !known.iter().any(|known| name.starts_with(known))).collect();
    assert!(stray.is_empty(), "{stray:?}");
    let points = files.keys().filter(|name| name.starts_with(".evolve/"));
    assert!(
        points.clone().all(|name| name.ends_with(".db") || name.ends_with(".json")),
        "{:?}",
        points.collect::<Vec<_>>()
    );
}
