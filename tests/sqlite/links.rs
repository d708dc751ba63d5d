//! F64: one file with two names has two logs.

use crate::rig::{Project, assert_same, code};

fn project() -> Project {
    let project = Project::of(&[
        ("migrations/V1__t.sql", "CREATE TABLE t (x); INSERT INTO t VALUES (1);"),
        ("migrations/V2__u.sql", "UPDATE t SET x = 2;"),
    ]);
    project.does(&["up", "--target", "V1"]);
    project
}

#[test]
fn f64_a_database_with_two_names_is_not_written() {
    let project = project();
    std::fs::hard_link(project.path("trial.db"), project.path("second.db")).expect("a link");
    let before = project.state();
    for url in ["sqlite:trial.db", "sqlite:second.db"] {
        for command in [&["up", "--yes"][..], &["down", "--target", "start", "--yes"], &["up", "--yes", "--checkpoint"]]
        {
            let refused = project.json(&[command, &["--database", url]].concat());
            assert_eq!(
                (code(&refused), refused["error"]["exit"].as_i64()),
                ("E0507", Some(4)),
                "{command:?}: {refused}"
            );
            assert_same("nothing is touched", &before, &project.state());
        }
    }
    std::fs::remove_file(project.path("second.db")).expect("removed");
    project.does(&["up", "--yes"]);
}

#[test]
fn f64_restore_writes_no_database_with_two_names() {
    let project = project();
    project.does(&["up", "--yes", "--checkpoint"]);
    std::fs::hard_link(project.path("trial.db"), project.path("second.db")).expect("a link");
    let before = project.state();
    let refused = project.json(&["restore", "--yes"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0507", Some(4)), "{refused}");
    assert_same("nothing is touched", &before, &project.state());
}

#[test]
fn f64_questions_are_answered_all_the_same() {
    let project = project();
    std::fs::hard_link(project.path("trial.db"), project.path("second.db")).expect("a link");
    assert_eq!(project.json(&["status"])["result"]["applied"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_symbolic_link_leads_to_the_file_with_its_log_and_lock_beside_it() {
    let project = project();
    std::fs::create_dir(project.path("deep")).expect("a folder");
    std::fs::rename(project.path("trial.db"), project.path("deep/real.db")).expect("moved");
    std::os::unix::fs::symlink("deep/real.db", project.path("trial.db")).expect("a link");
    let other = project.open_at("deep/real.db");
    other.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (7);").expect("a row");
    project.does(&["up", "--yes"]);
    assert_eq!(other.query_row("SELECT sum(x) FROM t", [], |row| row.get::<_, i64>(0)), Ok(4));
    assert!(!project.path("trial.db-wal").exists() && !project.path("trial.db.evolve-lock").exists());
    assert_eq!(project.value("PRAGMA integrity_check"), "ok");
}
