//! What `restore` brings back.

use crate::bed::{checkpoints, file, listed, project};
use crate::rig::{Project, assert_same, code, logical, outcome};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

fn status(project: &Project) -> String {
    project.json(&["status"])["result"]["stage"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn each_point_brings_back_exactly_its_state() {
    for journal in ["wal", "delete"] {
        let project = project(journal);
        let (ids, states) = checkpoints(&project);
        let end = project.state();
        for (id, stage) in ids.iter().zip(["one", "two", "three"]) {
            let restored = project.json(&["restore", id, "--yes"]);
            assert_eq!(outcome(&restored), "restored", "{restored}");
            assert_same(&format!("{journal}: {id}"), &states[id], &project.state());
            assert_eq!(status(&project), stage);
            assert_eq!(project.value("PRAGMA integrity_check"), "ok");
            assert_eq!(project.value("PRAGMA journal_mode"), journal);
            project.does(&["up", "--yes", "--no-restore-point"]);
            assert_same("up again", &end, &project.state());
        }
    }
}

#[test]
fn without_an_id_the_newest_point_is_meant() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    project.does(&["restore", "--yes"]);
    assert_same("the newest", &states[&ids[2]], &project.state());
}

#[test]
fn what_was_written_since_is_given_up_and_what_was_deleted_is_back() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    project.sql("DELETE FROM a; INSERT INTO a (v) VALUES ('new'); DROP TABLE more; CREATE TABLE mine (x); DROP TABLE external; PRAGMA user_version = 7;");
    project.does(&["restore", &ids[0], "--yes"]);
    assert_same("restored", &states[&ids[0]], &project.state());
}

#[test]
fn f10_a_point_is_copied_never_moved() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    let bytes = |id: &str| std::fs::read(file(&project, &format!("{id}.db"))).expect("the point");
    let before: Vec<Vec<u8>> = ids.iter().map(|id| bytes(id)).collect();
    for id in [&ids[0], &ids[2], &ids[0], &ids[0]] {
        project.does(&["restore", id, "--yes"]);
        assert_same(id, &states[id], &project.state());
    }
    assert_eq!(listed(&project), ids);
    assert_eq!(ids.iter().map(|id| bytes(id)).collect::<Vec<_>>(), before);
}

#[test]
fn f55_settings_of_the_file_come_back_with_it() {
    const SETTINGS: &[&str] =
        &["journal_mode", "page_size", "auto_vacuum", "encoding", "user_version", "application_id"];
    for (journal, page) in [("wal", 4096), ("delete", 4096), ("delete", 1024)] {
        let project = Project::of(&[
            ("evolve.toml", &crate::bed::config("")),
            ("migrations/V1__a.sql", "CREATE TABLE a (v TEXT);"),
            ("migrations/V2__b.sql", "DROP TABLE kept;"),
        ]);
        let connection = project.open_at("trial.db");
        connection
            .execute_batch(&format!(
                "PRAGMA encoding = 'UTF-16le'; PRAGMA page_size = {page}; PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE kept (x); INSERT INTO kept VALUES ('ä𝄞'); \
                 PRAGMA user_version = 5; PRAGMA application_id = 77; PRAGMA journal_mode = {journal};"
            ))
            .expect("a database");
        drop(connection);
        let all = |project: &Project| {
            SETTINGS
                .iter()
                .map(|setting| format!("{setting} {}\n", project.value(&format!("PRAGMA {setting}"))))
                .collect::<String>()
        };
        let (before, settings) = (project.state(), all(&project));
        let up = project.json(&["up", "--yes", "--checkpoint"]);
        let id = up["result"]["restore_points"][0]["id"].as_str().unwrap_or_else(|| panic!("{up}")).to_owned();
        project.sql("PRAGMA user_version = 6; PRAGMA application_id = 78;");
        project.does(&["restore", &id, "--yes"]);
        assert_same(journal, &before, &project.state());
        assert_same(journal, &settings, &all(&project));
    }
}

#[test]
fn f61_a_stale_log_beside_the_database_takes_no_part() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    {
        // As a crashed application leaves it: committed rows in the log, nothing of it in the file.
        let crashed = project.open();
        crashed.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("a setting");
        crashed
            .execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE a SET v = 'stale'; CREATE TABLE stale (x);")
            .expect("rows");
    }
    assert!(std::fs::metadata(project.path("trial.db-wal")).expect("a log").len() > 0);
    project.does(&["restore", &ids[1], "--yes"]);
    assert_same("restored", &states[&ids[1]], &project.state());
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name = 'stale'"), "0");
    assert_eq!(project.value("PRAGMA integrity_check"), "ok");
}

#[test]
fn f61_a_log_without_its_database_takes_no_part() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    {
        let crashed = project.open();
        crashed.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("a setting");
        crashed.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE a SET v = 'stale';").expect("rows");
    }
    std::fs::remove_file(project.path("trial.db")).expect("removed");
    project.does(&["restore", &ids[0], "--yes"]);
    assert_same("restored", &states[&ids[0]], &project.state());
    assert_eq!(project.value("PRAGMA integrity_check"), "ok");
}

#[test]
fn f61_a_database_that_is_gone_comes_back() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    for name in ["trial.db", "trial.db-wal", "trial.db-shm"] {
        let _ = std::fs::remove_file(project.path(name));
    }
    project.does(&["restore", &ids[1], "--yes"]);
    assert_same("restored", &states[&ids[1]], &project.state());
    assert_eq!(status(&project), "two");
}

#[test]
fn f62_connections_that_are_open_see_the_restored_state() {
    for journal in ["wal", "delete"] {
        let project = project(journal);
        let (ids, states) = checkpoints(&project);
        let others: Vec<Connection> = (0..3).map(|_| project.open()).collect();
        let count =
            |connection: &Connection| connection.query_row("SELECT count(*) FROM a", [], |row| row.get::<_, i64>(0));
        for other in &others {
            let _ = count(other).expect("a count");
        }
        project.does(&["restore", &ids[0], "--yes"]);
        for other in &others {
            assert_same(journal, &states[&ids[0]], &logical(other));
        }
        others[0].execute_batch("INSERT INTO a (v) VALUES ('after')").expect("a row");
        assert_eq!(count(&others[1]).expect("a count"), 491);
        assert_eq!(project.value("PRAGMA integrity_check"), "ok");
    }
}

#[test]
fn f62_a_reader_in_a_transaction_keeps_its_own_state_to_the_end() {
    let project = project("wal");
    let (ids, states) = checkpoints(&project);
    let end = project.state();
    let reader = project.open();
    reader.execute_batch("BEGIN; SELECT count(*) FROM a;").expect("a transaction");
    assert_same("before", &end, &logical(&reader));
    project.does(&["restore", &ids[0], "--yes"]);
    assert_same("the reader's own", &end, &logical(&reader));
    reader.execute_batch("COMMIT").expect("the end");
    assert_same("afterwards", &states[&ids[0]], &logical(&reader));
}

#[test]
fn f62_a_writer_that_is_at_work_is_waited_for() {
    for journal in ["wal", "delete"] {
        let project = project(journal);
        let (ids, states) = checkpoints(&project);
        let writer = project.open();
        writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO a (v) VALUES ('at work');").expect("a transaction");
        let mut restoring = project.command(&["restore", &ids[1], "--yes"]).spawn().expect("the binary");
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(restoring.try_wait().expect("a child").is_none(), "it waits");
        writer.execute_batch("COMMIT").expect("committed");
        drop(writer);
        assert!(restoring.wait().expect("a child").success());
        assert_same(journal, &states[&ids[1]], &project.state());
    }
}

#[test]
fn to_a_path_leaves_the_database_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    for journal in ["wal", "delete"] {
        let project = project(journal);
        let (ids, states) = checkpoints(&project);
        let end = project.state();
        let path = project.path("beside.db");
        project.does(&["restore", &ids[1], "--to", path.to_str().expect("a path")]);
        assert_same("beside", &states[&ids[1]], &logical(&project.open_at("beside.db")));
        assert_same("the database itself", &end, &project.state());
        assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        let status = project.json(&["status", "--database", "sqlite:beside.db"]);
        assert_eq!(status["result"]["stage"], "two", "{status}");
        let again = project.json(&["restore", &ids[0], "--to", path.to_str().expect("a path")]);
        assert_eq!((code(&again), again["error"]["exit"].as_i64()), ("E0015", Some(2)), "{again}");
        assert_same("what is there stays", &states[&ids[1]], &logical(&project.open_at("beside.db")));
    }
}

#[test]
fn to_a_path_that_cannot_be_written_leaves_nothing() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    let refused = project.run(&["restore", &ids[0], "--to", "nowhere/at/all.db"]);
    assert_ne!(refused.code, 0);
    assert!(!project.path("nowhere").exists());
    assert_eq!(listed(&project), ids);
}

#[test]
fn nobody_to_ask_is_no_yes() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    let before = project.state();
    let refused = project.json(&["restore", &ids[0]]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0607", Some(4)), "{refused}");
    assert!(refused["error"]["hint"].as_str().expect("a hint").contains("--yes"));
    assert_same("nothing is touched", &before, &project.state());
}

#[test]
fn a_restore_is_in_the_history_and_nothing_is_left_open() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    project.does(&["restore", &ids[0], "--yes"]);
    let history = project.json(&["history"]);
    let last = history["result"]["runs"].as_array().expect("runs").last().expect("a run").clone();
    assert_eq!((last["command"].as_str(), last["state"].as_str()), (Some("restore"), Some("restored")), "{last}");
    assert_eq!(project.json(&["status"])["result"]["interrupted"], serde_json::Value::Null);
    assert_eq!(project.value("SELECT count(*) FROM evolve_runs WHERE state = 'open'"), "0");
    project.does(&["down", "--target", "start", "--yes", "--discard-changed"]);
}

#[test]
fn f76_the_history_comes_back_with_the_data() {
    let project = project("wal");
    let (ids, _) = checkpoints(&project);
    project.does(&["restore", &ids[1], "--yes"]);
    let status = project.json(&["status"])["result"].clone();
    let ids_of = |key: &str| {
        status[key]
            .as_array()
            .expect("steps")
            .iter()
            .map(|step| step["id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids_of("applied"), ["V1", "V2", "shout"]);
    assert_eq!(ids_of("pending"), ["V3", "V4"]);
    assert_eq!(project.json(&["verify"])["result"]["ok"], true);
}
