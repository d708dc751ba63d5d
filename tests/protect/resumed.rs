//! A run that is stopped between batches and goes on with other ones: the same values, the same verdicts.

use super::{key, must};
use crate::rig::running::Running;
use crate::rig::{Project, assert_same};
use rustix::process::Signal;

const MADE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, code TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO people SELECT i, 'someone' || i || '@example.org', 'code' || (i % 150) FROM n;
    CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT, code TEXT);";

const INSERTS: &str = "[[convert]]\nid = \"x\"\nfrom = \"people\"\ninto = \"safe\"\non_invalid = \"quarantine\"\n[convert.columns]\nid = \"id\"\n\
    email = { from = \"email\", protect = { encrypt = \"email\" } }\ncode = { from = \"code\", unique = true, protect = { hash = \"email\" } }\n";

const UPDATES: &str = "[[enrich]]\nid = \"x\"\ntable = \"people\"\non_invalid = \"skip\"\n[enrich.columns]\n\
    email = { from = \"email\", protect = { encrypt = \"email\" } }\ncode = { sql = \"'in ' || substr(code, 1 + 3 * (code LIKE 'in %'))\" }\n";

fn project(step: &str) -> Project {
    let stage = format!("[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n{step}");
    let project =
        Project::of(&[("evolve.toml", super::SETTINGS), ("migrations/V1__made.sql", MADE), ("plans/s.toml", &stage)]);
    key(&project, 7);
    must(&project, &["up", "--target", "V1"]);
    project
}

/// Stops a run in its middle.
fn stop_half_way(project: &Project) {
    let arguments = ["up", "--batch-size", "7", "--max-rows-per-second", "100"];
    let mut running = Running::start(&mut project.command(&arguments));
    running.until("some batches are done", || {
        let moved = project.open().query_row("SELECT count(*) FROM evolve_cursors", [], |row| row.get::<_, i64>(0));
        moved.is_ok_and(|moved| moved > 0)
    });
    running.signal(Signal::INT);
    let gave = running.ended();
    assert_eq!(gave.code, 130, "{}", gave.err);
}

#[test]
fn s15_a_resumed_run_writes_the_same_values_and_refuses_the_same_rows() {
    for step in [INSERTS, UPDATES] {
        let whole = project(step);
        must(&whole, &["up"]);
        let stopped = project(step);
        stop_half_way(&stopped);
        must(&stopped, &["up", "--batch-size", "1000"]);
        assert_same("stopped and not", &whole.state(), &stopped.state());
        if step == INSERTS {
            assert_eq!(whole.value("SELECT count(*) FROM safe"), "150");
            assert_eq!(stopped.value("SELECT count(*) FROM evolve_rejects"), "250");
        }
        must(&stopped, &["down", "--target", "V1", "--yes"]);
        must(&whole, &["down", "--target", "V1", "--yes"]);
        assert_same("back again", &whole.state(), &stopped.state());
    }
}

#[test]
fn a_run_is_not_resumed_with_another_key() {
    let project = project(INSERTS);
    stop_half_way(&project);
    let before = project.state();
    key(&project, 9);
    let gave = project.run(&["up"]);
    assert_eq!(gave.code, 8, "{}", gave.err);
    assert_eq!(project.state(), before);
    key(&project, 7);
    must(&project, &["up"]);
    assert_eq!(project.value("SELECT count(*) FROM safe"), "150");
}
