//! Lossiness: each transformation is run forward and back on a sample, and the plan says what came of it.

mod rig;

#[path = "loss/classes.rs"]
mod classes;
#[path = "loss/question.rs"]
mod question;
#[path = "loss/untried.rs"]
mod untried;

use rig::Project;
use serde_json::Value;

/// A table of people and one for what becomes of them, and steps of a second stage.
fn project(made: &str, steps: &str) -> Project {
    let migration =
        format!("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER, town TEXT);\n{made}\n");
    let project = Project::of(&[
        ("migrations/V1__people.sql", &migration),
        ("plans/s.toml", "[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/t.toml", &format!("[stage]\nname = \"t\"\nversion = \"2.0.0\"\n{steps}")),
    ]);
    if steps.contains("\"V2\"") {
        project.write("migrations/V2__later.sql", "CREATE TABLE later (x);");
    }
    project.does(&["up", "--target", "s"]);
    project
}

/// The same with three rows.
fn filled(made: &str, steps: &str) -> Project {
    let project = project(made, steps);
    project.sql("INSERT INTO people VALUES (1, 'Ann', 41, 'Ulm'), (2, 'Bob', NULL, 'Ulm'), (3, 'Cy', 7, NULL)");
    project
}

/// What the plan says of a step: its word, and why.
#[track_caller]
fn said(project: &Project, step: &str) -> (Value, Value) {
    let document = project.json(&["plan"]);
    let steps = document["result"]["steps"].as_array().unwrap_or_else(|| panic!("{document:#}"));
    let step = steps.iter().find(|it| it["id"] == step).unwrap_or_else(|| panic!("no {step} in {document:#}"));
    (step["loss"].clone(), step["loss_why"].clone())
}

/// The plan says this word of a step, and these of why.
#[track_caller]
fn is(project: &Project, step: &str, word: Option<&str>, why: Option<&str>) {
    let (loss, because) = said(project, step);
    assert_eq!(loss.as_str(), word, "{step}: {because}");
    match why {
        Some(why) => assert!(because.as_str().is_some_and(|it| it.contains(why)), "{step}: {because}"),
        None => assert!(because.is_null(), "{step}: {because}"),
    }
}
