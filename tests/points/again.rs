//! A step that fails again and again does not fill the disk with restore points. F11.

use crate::bed::{config, file, listed, project};
use crate::rig::{Project, assert_same};
use serde_json::Value;

/// Stage three drops a column, so a point is taken; then it fails.
const FAILS: &str = "ALTER TABLE a DROP COLUMN b;\nINSERT INTO a (id) SELECT id FROM a;\n";

fn failing() -> Project {
    let project = project("wal");
    project.write("migrations/V3__drop.sql", FAILS);
    project.does(&["up", "--target", "two", "--yes", "--no-restore-point"]);
    project
}

/// Fails; the points that the report names.
#[track_caller]
fn fails(project: &Project, more: &[&str]) -> Vec<String> {
    let up = project.json(&[&["up", "--target", "three", "--yes"][..], more].concat());
    assert_eq!(up["result"]["outcome"], "step_undone", "{up}");
    ids(&up)
}

fn ids(up: &Value) -> Vec<String> {
    let points = up["result"]["restore_points"].as_array().expect("points");
    points.iter().map(|point| point["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn f11_fifty_failing_attempts_take_one_point() {
    let project = failing();
    let before = project.state();
    let first = fails(&project, &[]);
    for _ in 0..49 {
        assert_eq!(fails(&project, &[]), first, "the same point stands");
    }
    assert_eq!(listed(&project), first);
    let up = project.json(&["up", "--target", "three", "--yes"]);
    let notes = up["result"]["notes"].to_string();
    assert!(notes.contains(&first[0]) && notes.contains("stands"), "{notes}");
    project.sql("DELETE FROM a");
    project.does(&["restore", &first[0], "--yes"]);
    assert_same("the point is of before all of them", &before, &project.state());
}

#[test]
fn f11_another_point_is_taken_once_something_was_applied() {
    let project = project("wal");
    project.write("migrations/V3__drop.sql", FAILS);
    // The first attempt gets as far as stage two; the next begins there.
    let first = fails(&project, &[]);
    let second = fails(&project, &[]);
    assert_ne!(first, second);
    assert_eq!(fails(&project, &[]), second);
    // Down and up again: the same place, and yet another content.
    project.does(&["down", "--target", "one", "--yes", "--no-restore-point"]);
    project.does(&["up", "--target", "two", "--yes", "--no-restore-point"]);
    let third = fails(&project, &[]);
    assert_ne!(second, third);
    assert_eq!(listed(&project), [first, second, third].concat());
}

#[test]
fn f11_another_point_is_taken_for_another_plan_and_where_one_is_asked_for() {
    let project = failing();
    let first = fails(&project, &[]);
    let asked = fails(&project, &["--checkpoint"]);
    assert_ne!(asked, first, "--checkpoint takes one");
    project.write("migrations/V3__drop.sql", &format!("{FAILS}-- not mended\n"));
    let other = fails(&project, &[]);
    assert!(other != first && other != asked, "another text is another plan");
    project.write("migrations/V3__drop.sql", "ALTER TABLE a DROP COLUMN b;\n");
    let up = project.json(&["up", "--target", "three", "--yes"]);
    assert_eq!(up["result"]["outcome"], "done", "{up}");
    assert_eq!(listed(&project).len(), 4);
}

#[test]
fn f11_a_point_that_is_damaged_or_gone_is_taken_again() {
    let project = failing();
    let first = fails(&project, &[]);
    let copy = file(&project, &format!("{}.db", first[0]));
    let mut bytes = std::fs::read(&copy).expect("the copy");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&copy, bytes).expect("the copy");
    let second = fails(&project, &[]);
    assert_ne!(second, first);
    std::fs::remove_file(file(&project, &format!("{}.db", second[0]))).expect("the copy");
    let third = fails(&project, &[]);
    assert!(third != first && third != second);
    assert_eq!(fails(&project, &[]), third);
}

#[test]
fn f11_a_failing_transformation_and_a_failing_way_down_take_one_point_too() {
    let project = project("wal");
    project.write("evolve.toml", &config("when = \"always\""));
    let two = std::fs::read_to_string(project.path("plans/two.toml")).expect("the stage file");
    project.write("plans/two.toml", &two.replace("\"upper(v)\"", "{ from = \"v\", cast = \"integer\" }"));
    project.does(&["up", "--target", "V2", "--yes", "--no-restore-point"]);
    let up = || {
        let up = project.json(&["up", "--target", "two", "--yes", "--batch-size", "100"]);
        assert!(!up["error"].is_null(), "{up}");
        ids(&up)
    };
    let first = up();
    assert_eq!((first.len(), up()), (1, first.clone()));

    let project = crate::bed::project("wal");
    project.does(&["up", "--target", "four", "--yes", "--no-restore-point"]);
    project.write("evolve.toml", &config("when = \"always\""));
    project.sql("INSERT INTO more VALUES ('mine')");
    let down = || {
        let down = project.json(&["down", "--target", "three", "--yes"]);
        assert!(!down["error"].is_null(), "{down}");
        ids(&down)
    };
    let first = down();
    assert_eq!((first.len(), down()), (1, first.clone()));
}
