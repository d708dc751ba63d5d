//! What an observer hears, and what a stop handle does.

use crate::bed::{Heard, down_to, project};
use crate::rig::{assert_same, logical};
use evolve::observe::{Stop, StopReason};
use evolve::report::Outcome;
use evolve::{Unattended, UpRequest};
use rusqlite::Connection;

fn by_two() -> UpRequest {
    UpRequest { batch_rows: Some(2), ..UpRequest::default() }
}

#[test]
fn events_come_in_order() {
    let (project, mut connection) = (project("sqlite:nowhere.db"), Connection::open_in_memory().expect("a database"));
    let heard = Heard::default();
    project.up_on(&mut connection, &by_two(), &Unattended, &heard, &Stop::new()).into_result().expect("up");
    let lines = heard.lines.take();
    assert_eq!(
        lines,
        [
            "planned 4",
            "stage one",
            "step V1 1/4",
            "ends V1 Done",
            "step V2 2/4",
            "ends V2 Done",
            "step first 3/4",
            "rows first 2 of Some(5)",
            "rows first 4 of Some(5)",
            "rows first 5 of Some(5)",
            "ends first Done",
            "stage two",
            "step V3 4/4",
            "ends V3 Done",
        ]
    );
    let heard = Heard::default();
    project.down_on(&mut connection, &down_to("start"), &Unattended, &heard, &Stop::new()).into_result().expect("down");
    let steps: Vec<String> = heard.lines.take().into_iter().filter(|line| !line.starts_with("rows")).collect();
    assert_eq!(
        steps,
        [
            "planned 4",
            "stage two",
            "step V3 1/4",
            "ends V3 Undone",
            "stage one",
            "step first 2/4",
            "ends first Undone",
            "step V2 3/4",
            "ends V2 Undone",
            "step V1 4/4",
            "ends V1 Undone"
        ]
    );
}

#[test]
fn restore_points_are_heard_of() {
    let folder = crate::rig::Project::of(crate::bed::FILES);
    let flags = evolve::Flags { project: folder.root().to_owned(), ..evolve::Flags::default() };
    let project = evolve::Project::open(&flags).expect("the project");
    let to = |target: &str| UpRequest {
        target: Some(target.to_owned()),
        checkpoint: evolve::Checkpoint::Every,
        ..UpRequest::default()
    };
    project.up(&to("one"), &Unattended, &Heard::default(), &Stop::new()).into_result().expect("up");
    let heard = Heard::default();
    project.up(&to("two"), &Unattended, &heard, &Stop::new()).into_result().expect("up");
    assert_eq!(
        heard.lines.take(),
        ["planned 1", "point begins", "point taken true", "stage two", "step V3 1/1", "ends V3 Done"]
    );
}

#[test]
fn a_stop_handle_stops_and_the_same_call_continues() {
    let whole = {
        let mut connection = Connection::open_in_memory().expect("a database");
        project("sqlite:nowhere.db")
            .up_on(&mut connection, &by_two(), &Unattended, &Heard::default(), &Stop::new())
            .into_result()
            .expect("up");
        logical(&connection)
    };
    for (word, reason, exit) in [
        ("planned", StopReason::Interrupt, 130),
        ("step V1", StopReason::Interrupt, 130),
        ("ends V1", StopReason::Terminate, 143),
        ("rows first 2", StopReason::Interrupt, 130),
        ("rows first 4", StopReason::Terminate, 143),
        ("ends first", StopReason::Interrupt, 130),
    ] {
        let (project, mut connection) =
            (project("sqlite:nowhere.db"), Connection::open_in_memory().expect("a database"));
        let stop = Stop::new();
        let heard = Heard { stop: Some((word, stop.clone(), reason)), ..Heard::default() };
        let answer = project.up_on(&mut connection, &by_two(), &Unattended, &heard, &stop);
        assert_eq!(answer.error.as_ref().expect("stopped").exit() as u8, exit, "{word}");
        if let Some(report) = &answer.result {
            assert_eq!(report.outcome, Outcome::Interrupted, "{word}");
        }
        assert!(connection.is_autocommit(), "{word}");
        drop(answer);
        project
            .up_on(&mut connection, &by_two(), &Unattended, &Heard::default(), &Stop::new())
            .into_result()
            .expect("continued");
        assert_same(word, &whole, &logical(&connection));
    }
}

#[test]
fn a_stop_on_the_way_down_is_continued_too() {
    let (project, mut connection) = (project("sqlite:nowhere.db"), Connection::open_in_memory().expect("a database"));
    let empty = logical(&connection);
    for word in ["step V3", "ends V3", "ends first", "step V1"] {
        project
            .up_on(&mut connection, &by_two(), &Unattended, &Heard::default(), &Stop::new())
            .into_result()
            .expect("up");
        let stop = Stop::new();
        let heard = Heard { stop: Some((word, stop.clone(), StopReason::Interrupt)), ..Heard::default() };
        let answer = project.down_on(&mut connection, &down_to("start"), &Unattended, &heard, &stop);
        if let Some(error) = &answer.error {
            assert_eq!(error.exit() as u8, 130, "{word}: {error}");
            drop(answer);
            project
                .down_on(&mut connection, &down_to("start"), &Unattended, &Heard::default(), &Stop::new())
                .into_result()
                .expect("continued");
        }
        assert_same(word, &empty, &logical(&connection));
    }
}
