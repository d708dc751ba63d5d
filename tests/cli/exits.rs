//! Exit codes: each number once, from what leads to it.

use crate::rig::{Project, code, outcome};
use crate::{Running, policy, risky};
use rustix::process::Signal;
use serde_json::Value;
use std::fs::{self, OpenOptions};

#[track_caller]
fn ends(project: &Project, arguments: &[&str], exit: i32) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let gave = project.run(&all);
    let document: Value = serde_json::from_str(&gave.out).unwrap_or_else(|error| panic!("{error}: {gave:?}"));
    assert_eq!(gave.code, exit, "{arguments:?} {document}");
    // `result` where the question was answered or a run began, `error` wherever the exit code is neither 0 nor 3.
    assert_eq!(document.get("error").is_some(), ![0, 3].contains(&exit), "{document}");
    if let Some(error) = document.get("error") {
        assert_eq!(error["exit"], exit, "{document}");
    }
    document
}

#[test]
fn exit_0_is_done_or_nothing_to_do() {
    let project = risky();
    assert_eq!(outcome(&ends(&project, &["up", "--target", "one"], 0)), "done");
    assert_eq!(outcome(&ends(&project, &["up", "--target", "one"], 0)), "nothing_to_do");
    ends(&project, &["plan"], 0);
    ends(&project, &["status"], 0);
    ends(&project, &["verify"], 0);
}

#[test]
fn exit_1_is_a_step_that_failed_and_says_what_stands() {
    let project = risky();
    project.write("migrations/V2__b.sql", "CREATE TABLE c (x NOT NULL);\nINSERT INTO c VALUES (NULL);\n");
    let document = ends(&project, &["up"], 1);
    assert_eq!((outcome(&document), &document["result"]["to"]["stage"]), ("step_undone", &"one".into()));
    let steps: Vec<_> = document["result"]["steps"].as_array().unwrap().iter().map(|step| &step["outcome"]).collect();
    assert_eq!(steps, ["done", "undone"]);
    assert_eq!(document["error"]["file"], "migrations/V2__b.sql");
    assert_eq!(document["error"]["line"], 2);
    let page = project.run(&["up"]);
    assert!(page.code == 1 && page.out.contains("undone") && page.err.contains("V2__b.sql:2:1"), "{page:?}");
}

#[test]
fn exit_2_is_bad_input_and_nothing_was_touched() {
    let project = risky();
    let before = project.files();
    ends(&project, &["up", "--target", "nosuch"], 2);
    ends(&project, &["down"], 2);
    ends(&project, &["upp"], 2);
    project.write("plans/two.toml", "[stage\n");
    ends(&project, &["up"], 2);
    assert_eq!(project.files().len(), before.len());
}

#[test]
fn exit_3_is_pending_and_nothing_wrong() {
    let project = risky();
    let before = project.files();
    let document = ends(&project, &["plan", "--check"], 3);
    assert_eq!(document["result"]["steps"].as_array().map(Vec::len), Some(2), "{document}");
    assert_eq!(project.files(), before);
    project.must(&["up", "--yes"]);
    ends(&project, &["plan", "--check"], 0);
    ends(&project, &["plan", "--check", "--down", "--target", "one"], 3);
}

#[test]
fn exit_4_is_refused_and_nothing_was_touched() {
    let project = risky();
    policy(&project, "max_risk = \"high\"");
    project.must(&["up", "--target", "one"]);
    let before = project.files();
    let document = ends(&project, &["up", "--yes"], 4);
    assert_eq!(code(&document), "E0603");
    assert_eq!(document.get("result"), None);
    assert_eq!(project.files(), before);
}

#[test]
fn exit_5_is_a_lock_that_another_run_holds() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    let lock = project.path("trial.db.evolve-lock");
    let file =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&lock).expect("the lock file");
    file.try_lock().expect("the lock");
    let state = project.state();
    for command in [&["up", "--yes"][..], &["down", "--target", "start", "--yes"], &["init", "--adopt"]] {
        let mut arguments = command.to_vec();
        arguments.extend(["--lock-wait", "0"]);
        assert_eq!(code(&ends(&project, &arguments, 5)), "E0506");
    }
    assert_eq!(project.state(), state);
    // Questions need no lock.
    ends(&project, &["status"], 0);
    ends(&project, &["plan"], 0);
    drop(file);
    ends(&project, &["up", "--yes", "--lock-wait", "0"], 0);
}

#[test]
fn exit_5_names_the_run_that_holds_it_and_status_shows_it() {
    let project = Project::of(&[]);
    let running = Running::start(&project);
    let document = ends(&project, &["up", "--lock-wait", "0"], 5);
    let message = document["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("up latest") && message.contains("V2"), "{message}");
    let holder = &project.json(&["status"])["result"]["holder"];
    for key in ["run", "command", "step", "host", "pid", "since"] {
        assert!(!holder[key].is_null(), "{key} of {holder}");
    }
    let (code, _) = running.end(Signal::INT);
    assert_eq!(code, Some(130));
    assert_eq!(project.json(&["status"])["result"]["holder"], Value::Null);
}

#[test]
fn exit_6_is_disagreement() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    // A file that was applied.
    project.write("migrations/V1__a.sql", "CREATE TABLE a (x);\n");
    assert_eq!(code(&ends(&project, &["up", "--yes"], 6)), "E0513");
    assert_eq!(code(&ends(&project, &["plan"], 6)), "E0513");
    ends(&project, &["verify"], 6);
    // A live schema that somebody changed by hand.
    let project = risky();
    project.must(&["up", "--target", "one"]);
    project.sql("ALTER TABLE a ADD COLUMN z");
    let document = ends(&project, &["verify"], 6);
    assert!(document["result"]["problems"].to_string().contains("table a"), "{document}");
    // A ledger that says what it cannot say.
    let project = risky();
    project.must(&["up", "--target", "one"]);
    project.sql("UPDATE evolve_meta SET value = '99.0' WHERE key = 'format'");
    let before = project.files();
    ends(&project, &["up", "--yes"], 6);
    ends(&project, &["down", "--target", "start", "--yes"], 6);
    assert_eq!(project.files(), before);
}

#[test]
fn exit_7_is_a_check_that_does_not_hold() {
    let project = risky();
    let stage = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n\
                 [[check]]\nname = \"a has two rows\"\nsql = \"SELECT count(*) FROM a\"\nis = 2\n";
    project.write("plans/two.toml", stage);
    project.must(&["up", "--target", "one"]);
    let before = project.state();
    let document = ends(&project, &["up", "--yes"], 7);
    assert_eq!((code(&document), outcome(&document)), ("E0705", "rolled_back"), "{document}");
    assert_eq!(document["error"]["file"], "plans/two.toml");
    assert!(document["error"]["message"].as_str().unwrap().contains("a has two rows"), "{document}");
    assert_eq!(project.state(), before, "what the stage did was taken back");
}

#[test]
fn exit_7_is_a_row_that_a_user_changed_in_the_way_of_down() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp2"]);
    project.sql("UPDATE incidents SET title = 'mine' WHERE ticket_id = (SELECT min(ticket_id) FROM incidents)");
    let document = ends(&project, &["down", "--target", "V4", "--yes"], 7);
    assert_eq!(code(&document), "E0706", "{document}");
    assert!(document["error"]["message"].as_str().unwrap().contains("incidents"), "{document}");
    let undone = document["result"]["steps"].as_array().unwrap();
    let step = undone.iter().find(|step| step["id"] == "kb_to_incidents").expect("the step is in the report");
    assert_eq!(step["outcome"], "failed", "{document}");
    assert_eq!(project.value("SELECT count(*) FROM incidents WHERE title = 'mine'"), "1");
    ends(&project, &["down", "--target", "V4", "--yes", "--discard-changed"], 0);
}

#[test]
fn exit_8_is_a_damaged_restore_point_and_nothing_was_touched() {
    let project = risky();
    project.must(&["up", "--yes", "--target", "one"]);
    project.must(&["up", "--yes", "--checkpoint"]);
    let folder = project.path(".evolve/restore");
    let points = fs::read_dir(&folder).expect("restore points").map(|entry| entry.expect("a point").path());
    let point = points.filter(|path| path.extension().is_some_and(|end| end == "db")).last().expect("a point");
    let mut bytes = fs::read(&point).expect("a point");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&point, bytes).expect("a point");
    let before = project.files();
    assert_eq!(code(&ends(&project, &["restore", "--yes"], 8)), "E0802");
    assert_eq!(code(&ends(&project, &["restore", "--yes", "--to", "elsewhere.db"], 8)), "E0802");
    assert_eq!(project.files(), before);
}

#[test]
fn exit_130_and_143_are_interruptions_and_the_same_command_goes_on() {
    for (signal, exit) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let project = Project::of(&[]);
        let running = Running::start(&project);
        let (code, document) = running.end(signal);
        assert_eq!(code, Some(exit), "{document}");
        assert_eq!((outcome(&document), &document["error"]["exit"]), ("interrupted", &exit.into()), "{document}");
        let status = project.json(&["status"]);
        assert_eq!(status["result"]["interrupted"]["next_command"], "evolve up", "{status}");
        assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'z')"), "1");
        // The step had not begun anything that stays: its file may be mended, and the same command finishes.
        project.write("migrations/V2__endless.sql", "CREATE TABLE z (n);\n");
        assert_eq!(outcome(&project.json(&["up"])), "done");
        assert_eq!(project.json(&["status"])["result"]["interrupted"], Value::Null);
    }
}
