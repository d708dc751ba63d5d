//! A database in memory has neither run lock nor restore points, and the plan says so.

use crate::bed::{Heard, down_to, project, up};
use crate::rig::{assert_same, logical};
use evolve::observe::Stop;
use evolve::{Checkpoint, Unattended, UpRequest};
use rusqlite::Connection;

fn memory() -> Connection {
    Connection::open_in_memory().expect("a database")
}

#[test]
fn it_goes_up_and_down_and_up() {
    let (project, mut connection) = (project("sqlite:nowhere.db"), memory());
    connection.execute_batch("CREATE TABLE own (x); INSERT INTO own VALUES (1);").expect("rows");
    let before = logical(&connection);
    let report = up(&project, &mut connection).into_result().expect("up");
    assert_eq!(report.to.stage.as_deref(), Some("two"));
    assert!(report.notes.iter().any(|note| note.contains("in memory")), "{:?}", report.notes);
    assert!(report.restore_points.is_empty());
    let after = logical(&connection);
    project
        .down_on(&mut connection, &down_to("start"), &Unattended, &Heard::default(), &Stop::new())
        .into_result()
        .expect("down");
    assert_same("down", &before, &logical(&connection));
    up(&project, &mut connection).into_result().expect("up again");
    assert_same("up again", &after, &logical(&connection));
    assert!(!std::path::Path::new("nowhere.db").exists());
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let (project, mut connection) = (project("sqlite:nowhere.db"), memory());
    up(&project, &mut connection).into_result().expect("up");
    let report = up(&project, &mut connection).into_result().expect("up");
    assert_eq!(report.outcome, evolve::report::Outcome::NothingToDo);
    assert!(report.run.is_none());
}

#[test]
fn asked_for_restore_points_it_says_that_there_are_none() {
    let (project, mut connection) = (project("sqlite:nowhere.db"), memory());
    let request = UpRequest { checkpoint: Checkpoint::Every, ..UpRequest::default() };
    let answer = project.up_on(&mut connection, &request, &Unattended, &Heard::default(), &Stop::new());
    let report = answer.into_result().expect("up");
    assert!(report.restore_points.is_empty());
    assert!(report.notes.iter().any(|note| note.contains("restore point")), "{:?}", report.notes);
}

#[test]
fn no_run_stays_open_in_it() {
    let (project, mut connection) = (project("sqlite:nowhere.db"), memory());
    up(&project, &mut connection).into_result().expect("up");
    let open: i64 = connection
        .query_row("SELECT count(*) FROM evolve_runs WHERE state = 'open'", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(open, 0);
}

#[test]
fn two_of_them_know_nothing_of_each_other() {
    let project = project("sqlite:nowhere.db");
    let (mut one, mut other) = (memory(), memory());
    up(&project, &mut one).into_result().expect("up");
    let report = up(&project, &mut other).into_result().expect("up");
    assert_eq!(report.outcome, evolve::report::Outcome::Done);
    assert_same("both", &logical(&one), &logical(&other));
}
