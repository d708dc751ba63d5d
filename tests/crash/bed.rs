//! What the tests of dying share: projects to die on, kills counted up until none hits, and what must hold afterwards.

use crate::rig::running::KILLED;
use crate::rig::{Gave, Project};
use serde_json::Value;

/// The way up of the sample, in batches of fifty.
pub const UP: &[&str] = &["up", "--target", "mvp5", "--yes", "--no-restore-point", "--batch-size", "50", "--json"];

/// Its way back.
pub const DOWN: &[&str] = &["down", "--target", "mvp1", "--yes", "--no-restore-point", "--json"];

/// The sample at mvp1, with two thousand entries more than it comes with, what was searched and read, and tags.
pub fn sample() -> Project {
    let project = Project::sample();
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    // The way down takes its batches from here.
    project.write("evolve.toml", &config.replace("[policy]", "[policy]\nbatch = { rows = 50 }"));
    let _ = project.must(&["up", "--target", "mvp1", "--yes"]);
    project.sql(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n;
         INSERT INTO kb_entries (id, title, problem, solution, category, severity, author, created_at)
         SELECT i,
             CASE i % 5 WHEN 0 THEN 'S0C7: generated ' WHEN 1 THEN 'SB37: generated ' ELSE 'generated ' END || i,
             'problem ' || i, 'solution ' || i,
             CASE i % 4 WHEN 0 THEN 'VSAM' WHEN 1 THEN 'JCL' WHEN 2 THEN 'DB2' ELSE 'Unknown' END,
             CASE i % 3 WHEN 0 THEN 'low' ELSE 'critical' END,
             CASE WHEN i % 2 THEN 'somebody' END,
             CASE WHEN i % 7 THEN '2024-01-' || (10 + i % 20) || 'T00:00:00Z' END
         FROM n;
         INSERT INTO entry_tags (entry_id, tag_id) SELECT i, (SELECT min(id) FROM tags) FROM n;
         INSERT INTO usage (entry_id, user_name, action, used_at) SELECT i, 'user ' || i % 9, 'viewed', '2024-02-01' FROM n WHERE i % 10 = 0;
         INSERT INTO search_history (query, terminal, searched_at) SELECT 'q' || i, 'T' || i % 30, '2024-03-01' FROM n WHERE i % 10 = 1;",
    );
    project
}

/// Numbers to count passings up by, for long ways: the first few, then ever further apart.
pub const APART: [u64; 15] = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987];

/// Kills a command at a fail point, on a copy of the project each time, until the point is not passed so often any more.
/// Gives each corpse to `after`, then how many there were.
pub fn kill_at(
    base: &Project,
    (point, passings): (&str, impl IntoIterator<Item = u64>),
    arguments: &[&str],
    mut after: impl FnMut(u64, Project),
) -> usize {
    let mut kills = 0;
    for nth in passings {
        let project = base.twin();
        let gave = project.dies(point, nth, arguments);
        if gave.code != KILLED {
            assert_eq!(gave.code, 0, "{point}:{nth}: {} {}", gave.out, gave.err);
            return kills;
        }
        kills += 1;
        after(nth, project);
    }
    kills
}

/// Runs a command, which must end with `done`; its document's result.
pub fn done(project: &Project, arguments: &[&str]) -> Value {
    let gave = project.must(arguments);
    let result = gave.document()["result"].clone();
    assert_eq!(result["outcome"], "done", "{arguments:?}: {}", gave.out);
    result
}

/// The steps of a result with their rows: what may not depend on how often the run was interrupted.
pub fn accounts(result: &Value) -> Vec<String> {
    let of = |step: &Value| {
        let rows = ["read", "inserted", "updated", "unchanged", "skipped", "rejected"];
        let rows: Vec<String> = rows.iter().map(|key| format!("{key} {}", step[key])).collect();
        format!("{}: {}", step["id"], rows.join(", "))
    };
    result["steps"].as_array().expect("steps").iter().map(of).collect()
}

/// The ids of a result's steps.
pub fn ids(result: &Value) -> Vec<String> {
    let steps = result["steps"].as_array().expect("steps");
    steps.iter().map(|step| step["id"].as_str().expect("an id").to_owned()).collect()
}

/// What the ledger says was done, in order, over all runs: `up V3`.
pub fn events(project: &Project) -> Vec<String> {
    let connection = project.open();
    let mut statement =
        connection.prepare("SELECT direction || ' ' || step FROM evolve_events ORDER BY n").expect("events");
    let rows = statement.query_map([], |row| row.get(0)).expect("events");
    rows.collect::<Result<_, _>>().expect("events")
}

/// A database is sound, and nothing of a run that is over is left in it.
pub fn assert_sound(project: &Project, what: &str) {
    assert_eq!(project.value("PRAGMA integrity_check"), "ok", "{what}");
    let broken = project.value("SELECT count(*) FROM pragma_foreign_key_check");
    assert_eq!(broken, "0", "{what}: broken references");
    let going =
        "SELECT count(*) FROM evolve_cursors WHERE phase <> 'done' OR step NOT IN (SELECT id FROM evolve_steps)";
    assert_eq!(project.value(going), "0", "{what}: cursors that are on their way");
    for table in ["evolve_statements", "evolve_deferred"] {
        assert_eq!(project.value(&format!("SELECT count(*) FROM {table}")), "0", "{what}: {table}");
    }
    assert_eq!(project.value("SELECT count(*) FROM evolve_runs WHERE state = 'open'"), "0", "{what}: open runs");
    assert_eq!(project.value("SELECT count(*) FROM evolve_steps WHERE state <> 'done'"), "0", "{what}: half steps");
    let aside = project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_aside_%'");
    assert_eq!(aside, "0", "{what}: tables set aside");
}

/// Another command is refused while a run is open, is told which one it is, and changes nothing.
pub fn assert_refused(project: &Project, arguments: &[&str], open: &str) -> Gave {
    let before = project.state();
    let gave = project.run(arguments);
    assert_eq!(gave.code, 4, "{arguments:?}: {} {}", gave.out, gave.err);
    let words = format!("{}{}", gave.out, gave.err);
    assert!(words.contains("E0605") && words.contains(open), "{arguments:?}: {words}");
    assert_eq!(project.state(), before, "{arguments:?} changed something");
    gave
}

/// The run that `status` says was interrupted.
pub fn interrupted(project: &Project) -> Value {
    let status = project.json(&["status"]);
    let interrupted = status["result"]["interrupted"].clone();
    assert!(interrupted.is_object(), "no interrupted run: {status}");
    assert!(status["result"]["holder"].is_null(), "a dead run holds the database: {status}");
    interrupted
}
