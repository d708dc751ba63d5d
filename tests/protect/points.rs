//! Restore points and keys: which still hold values of the key before, what becomes of them, and what a restore says.

use super::rotate::{forget, mark, replace, with_later};
use super::{KEY, key, must, run, tables_with};
use crate::rig::Project;
use std::fs;

/// A database with a restore point from before the rotation; the mark of the key before, and the point's id.
fn with_point(rotate: &[&str]) -> (Project, String, String) {
    let project = with_later("UPDATE people SET name = 'x' WHERE id = 1;");
    must(&project, &["up", "--target", "s", "--yes"]);
    must(&project, &["up", "--yes", "--checkpoint"]);
    let points = ids(&project);
    let last = points.last().expect("a point").clone();
    let old = mark(&project);
    replace(&project);
    must(&project, &[&["rotate", "email", "--yes"], rotate].concat());
    (project, old, last)
}

fn ids(project: &Project) -> Vec<String> {
    let listed = run(project, &["backup", "list", "--json"]).document();
    let points = listed["result"]["points"].as_array().expect("points");
    points.iter().filter_map(|point| point["id"].as_str().map(str::to_owned)).collect()
}

/// Whether the bytes of any file of restore points hold a text.
fn in_points(project: &Project, text: &str) -> bool {
    let folder = fs::read_dir(project.path(".evolve/restore")).expect("a folder");
    folder.flatten().any(|entry| {
        let bytes = fs::read(entry.path()).expect("a file");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// What a command says, on one line.
fn words(gave: &crate::rig::Gave) -> String {
    format!("{} {}", gave.out, gave.err).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn s03_old_points_are_named_and_come_back_as_long_as_the_key_before_is_named() {
    let (project, old, point) = with_point(&[]);
    let said = words(&run(&project, &["rotate", "email", "--yes"]));
    assert!(said.contains(&point) && said.contains("--points rewrite") && said.contains("keep that key"), "{said}");
    assert!(!said.contains("take `previous` out"), "{said}");
    let gave = run(&project, &["restore", &point, "--yes"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(words(&gave).contains("holds values of the key before `email`: `evolve rotate email`"), "{}", gave.out);
    assert_eq!(mark(&project), old);
    must(&project, &["rotate", "email", "--yes"]);
    assert_eq!(tables_with(&project, &old), "");
    must(&project, &["down", "--target", "V1", "--yes"]);
}

#[test]
fn s03_a_point_whose_key_nobody_names_says_what_to_do() {
    let (project, old, point) = with_point(&[]);
    fs::copy(project.path("keys/old.key"), project.path("keys/put.away")).expect("a copy");
    forget(&project);
    let id = old.split(':').nth(2).expect("an id").to_owned();
    let asked = words(&run(&project, &["restore", &point]));
    assert!(!asked.contains("restored"), "{asked}");
    let gave = run(&project, &["restore", &point, "--yes"]);
    let said = words(&gave);
    assert_eq!(gave.code, 0, "{said}");
    assert!(said.contains(&format!("the key with the id {id}")) && said.contains("`previous`"), "{said}");
    // And doing so works.
    key(&project, 7);
    replace(&project);
    must(&project, &["rotate", "email", "--yes"]);
    assert_eq!(tables_with(&project, &old), "");
    let beside = project.path("beside.db");
    forget(&project);
    let said = words(&run(&project, &["restore", &point, "--to", &beside.to_string_lossy()]));
    assert!(said.contains(&format!("the key with the id {id}")), "{said}");
}

#[test]
fn s03_points_are_written_anew_and_hold_nothing_of_the_key_before() {
    let (project, old, point) = with_point(&["--points", "rewrite"]);
    let points = ids(&project);
    assert!(!points.contains(&point) && points.iter().any(|id| id.starts_with(&format!("{point}-key-"))), "{points:?}");
    assert!(!in_points(&project, &old));
    forget(&project);
    // By the name that it had, with the key of now alone.
    let gave = run(&project, &["restore", &point, "--yes"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert!(!words(&gave).contains("holds values of"), "{}", gave.out);
    assert_eq!(project.value("SELECT name FROM people WHERE id = 1"), "Ann Parker");
    assert_eq!(tables_with(&project, &old), "");
    must(&project, &["up", "--yes"]);
    must(&project, &["down", "--target", "V1", "--yes"]);
}

#[test]
fn s03_points_that_are_written_anew_survive_a_kill() {
    for place in ["run_opened", "between_batches:1", "between_batches:2", "before_report"] {
        // There is something to do in the points only.
        let (project, old, _) = with_point(&[]);
        let before = ids(&project).len();
        let mut command = project.command(&["rotate", "email", "--yes", "--points", "rewrite"]);
        let killed = command.env("TRIAL_KEY", KEY).env("EVOLVE_FAIL", place).output().expect("the binary");
        assert!(!killed.status.success(), "it was not killed at {place}");
        must(&project, &["rotate", "email", "--yes", "--points", "rewrite"]);
        assert!(!in_points(&project, &old), "{place}");
        assert_eq!(ids(&project).len(), before, "{place}: {:?}", ids(&project));
        for id in ids(&project) {
            must(&project, &["restore", &id, "--yes"]);
        }
    }
}

#[test]
fn s03_points_are_given_up_when_that_is_asked_for() {
    let (project, old, point) = with_point(&[]);
    let gave = run(&project, &["rotate", "email", "--points", "drop"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(ids(&project).contains(&point));
    must(&project, &["rotate", "email", "--points", "drop", "--yes"]);
    assert!(!ids(&project).contains(&point) && !in_points(&project, &old));
    let said = words(&run(&project, &["rotate", "email", "--yes"]));
    assert!(said.contains("take `previous` out"), "{said}");
}

#[test]
fn a_damaged_point_is_named_and_left() {
    let (project, _, point) = with_point(&[]);
    let file = project.path(&format!(".evolve/restore/{point}.db"));
    let mut bytes = fs::read(&file).expect("a point");
    bytes[200] ^= 1;
    fs::write(&file, &bytes).expect("a point");
    let said = words(&run(&project, &["rotate", "email", "--yes", "--points", "rewrite"]));
    assert!(said.contains(&format!("the restore point {point} could not be looked into")), "{said}");
    assert_eq!(fs::read(&file).expect("a point"), bytes);
}
