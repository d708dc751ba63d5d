//! Transformations of several walks, `merge`, `split` and `pipeline`, done, taken back and done again by the binary.

mod rig;

mod kinds {
    mod account;
    mod asked;
    mod at_once;
    mod checks;
    mod classes;
    mod conserved;
    mod exact;
    mod foreseen;
    mod invalid;
    mod large;
    mod made;
    mod merge;
    mod model;
    mod new_key;
    mod pipeline;
    mod policy;
    mod referring;
    mod replayed;
    mod retried;
    mod rules;
    mod sample;
    mod split;
    mod statement;
    mod statements;
    mod takes_back;
    mod trials;
    mod turns;
    mod ways;
}

use rig::{Project, assert_same, outcome};
use serde_json::Value;

/// A project at its first stage, which has these tables and rows; its second has this one step.
fn project(tables: &str, step: &str) -> Project {
    let project = Project::of(&[
        ("migrations/V1__tables.sql", tables),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
    ]);
    declare(&project, step);
    project.does(&["up", "--target", "one", "--yes"]);
    project
}

/// Writes another step into the second stage.
fn declare(project: &Project, step: &str) {
    let head = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n";
    project.write("plans/two.toml", &format!("{head}{step}"));
}

/// Up in batches of so many rows; the step's own part of the report.
#[track_caller]
fn up(project: &Project, rows: usize) -> Value {
    let document = project.json(&["up", "--yes", "--batch-size", &rows.to_string()]);
    assert_eq!(outcome(&document), "done", "batches of {rows}: {document}");
    let steps = document["result"]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 1, "{document}");
    balanced(&steps[0]);
    steps[0].clone()
}

/// Down to the first stage again.
#[track_caller]
fn down(project: &Project) {
    project.does(&["down", "--target", "one", "--yes"]);
}

/// Up, down and up again: down gives back what was there, and up does the same as before.
#[track_caller]
fn up_down_up(project: &Project, rows: usize) -> Value {
    let before = project.state();
    let step = up(project, rows);
    let after = project.state();
    assert_ne!(before, after, "the step did nothing");
    down(project);
    assert_same("down", &before, &project.state());
    let again = up(project, rows);
    assert_eq!(numbers(&again), numbers(&step));
    assert_same("up again", &after, &project.state());
    step
}

/// Up fails with this exit and code, and leaves everything as it was.
#[track_caller]
fn refused(project: &Project, rows: usize, exit: i32, code: &str) -> Value {
    let before = project.state();
    let gave = project.run(&["up", "--yes", "--batch-size", &rows.to_string(), "--json"]);
    let document: Value = serde_json::from_str(&gave.out).expect("a document");
    assert_eq!((gave.code, rig::code(&document)), (exit, code), "{document}");
    assert_eq!(outcome(&document), "step_undone", "{document}");
    assert_same("what the step did was taken back", &before, &project.state());
    let stores = project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve\\_kept%' ESCAPE '\\'");
    assert_eq!(stores, "0", "nothing of the step is left");
    assert_eq!(project.value("SELECT count(*) FROM evolve_steps"), "1", "only V1 is in");
    document["error"].clone()
}

/// Read, inserted, updated, unchanged, skipped, rejected.
fn numbers(step: &Value) -> [u64; 6] {
    ["read", "inserted", "updated", "unchanged", "skipped", "rejected"]
        .map(|key| step[key].as_u64().unwrap_or_else(|| panic!("no {key}: {step}")))
}

/// Every row that was read is accounted for.
#[track_caller]
fn balanced(step: &Value) {
    let [read, rest @ ..] = numbers(step);
    assert_eq!(read, rest.iter().sum::<u64>(), "{step}");
}

/// All rows of a question, a line each.
fn rows(project: &Project, sql: &str) -> Vec<String> {
    let connection = project.open();
    let mut statement = connection.prepare(sql).expect(sql);
    let width = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| {
        let values = (0..width).map(|at| row.get_ref(at).map(rig::shown));
        values.collect::<rusqlite::Result<Vec<_>>>().map(|values| values.join(" | "))
    };
    statement.query_map([], read).expect(sql).collect::<rusqlite::Result<_>>().expect(sql)
}
