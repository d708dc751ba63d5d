//! Whom a command asks, and what happens where there is nobody, or somebody says no. B73, B76.

use crate::rig::{Project, code, outcome};
use crate::{policy, risky};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

#[track_caller]
fn refused(project: &Project, arguments: &[&str], flag: &str) {
    let before = project.files();
    let page = project.run(arguments);
    let document = project.json(arguments);
    assert_eq!((page.code, document["error"]["exit"].as_i64()), (4, Some(4)), "{arguments:?} {page:?}");
    assert_eq!(code(&document), "E0607", "{document}");
    assert_eq!(document.get("result"), None, "no run began: {document}");
    assert!(document["error"]["hint"].as_str().is_some_and(|hint| hint.contains(flag)), "{document}");
    assert!(page.err.contains(flag), "the flag is named: {}", page.err);
    assert_eq!(project.files(), before, "{arguments:?}");
}

#[test]
fn b73_without_a_terminal_what_destroys_is_refused_and_names_the_flag() {
    let project = risky();
    refused(&project, &["up"], "--yes");
    assert!(!project.path("trial.db").exists(), "not even a database was made");
    project.must(&["up", "--target", "one"]);
    refused(&project, &["up"], "--yes");
    refused(&project, &["up", "--allow", "R101", "--allow", "R102"], "--yes");
    refused(&project, &["down", "--target", "start"], "--yes");
    refused(&project, &["down", "--staged", "1"], "--yes");
    project.must(&["up", "--yes", "--checkpoint"]);
    refused(&project, &["restore"], "--yes");
    project.must(&["down", "--staged", "2", "--yes"]);
}

#[test]
fn b73_yes_in_a_pipe_is_no_answer_and_end_of_input_neither() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    let before = project.files();
    let mut command = project.command(&["up"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a run");
    let _ = child.stdin.take().expect("a pipe").write_all(b"y\ny\ny\n");
    assert_eq!(child.wait_with_output().expect("an end").status.code(), Some(4));
    assert_eq!(project.files(), before);
}

#[test]
fn b73_yes_does_not_override_the_policy_and_allow_does_for_its_code_only() {
    let project = risky();
    policy(&project, "max_risk = \"high\"");
    project.must(&["up", "--target", "one"]);
    let before = project.files();
    for arguments in [
        &["up", "--yes"][..],
        &["up", "--yes", "--allow", "R101"],
        &["up", "--yes", "--allow", "R999"],
        &["up", "--yes", "--allow", "R102"],
    ] {
        let document = project.json(arguments);
        assert_eq!((code(&document), document["error"]["exit"].as_i64()), ("E0603", Some(4)), "{document}");
        let error = document["error"].to_string();
        assert!(error.contains("--allow R10") && error.contains("max_risk"), "{error}");
        assert_eq!(project.files(), before);
    }
    project.must(&["up", "--yes", "--allow", "R101", "--allow", "R102"]);
}

#[test]
fn b73_a_plan_that_destroys_nothing_asks_nobody() {
    let project = risky();
    project.write("migrations/V2__b.sql", "CREATE TABLE c (x);\n");
    project.must(&["up"]);
    assert_eq!(outcome(&project.json(&["up"])), "nothing_to_do");
}

/// What a dry run may not touch: every file of the project, the database included, byte for byte.
#[track_caller]
fn dry(project: &Project, arguments: &[&str], steps: &[&str]) {
    let before = project.files();
    let page = project.must(arguments);
    assert!(!page.out.is_empty());
    let document = project.json(arguments);
    let named: Vec<_> = document["result"]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| step["id"].as_str().unwrap())
        .collect();
    assert_eq!(named, steps, "{document}");
    assert_eq!(document["result"]["run"], Value::Null, "no run was begun: {document}");
    assert_eq!(project.files(), before, "{arguments:?}");
    assert_eq!(project.json(&["history"])["result"]["runs"].as_array().map(Vec::len), runs(project));
}

fn runs(project: &Project) -> Option<usize> {
    let there = project.path("trial.db").exists();
    Some(if there { project.value("SELECT count(*) FROM evolve_runs").parse().expect("a number") } else { 0 })
}

#[test]
fn b73_a_dry_run_changes_nothing() {
    let project = risky();
    project.must(&["seal"]);
    dry(&project, &["up", "--dry-run"], &["V1", "V2"]);
    assert!(!project.path("trial.db").exists(), "no database is made by a question");
    project.must(&["up", "--target", "one"]);
    dry(&project, &["up", "--dry-run"], &["V2"]);
    dry(&project, &["up", "--dry-run", "--yes", "--checkpoint"], &["V2"]);
    dry(&project, &["down", "--dry-run", "--staged", "1"], &["V1"]);
    project.must(&["up", "--yes"]);
    dry(&project, &["up", "--dry-run"], &[]);
    dry(&project, &["down", "--dry-run", "--target", "one", "--yes"], &["V2"]);
    dry(&project, &["down", "--dry-run", "--target", "start", "--checkpoint"], &["V2", "V1"]);
    assert!(project.path("trial.db").exists());
}

#[test]
fn b73_a_dry_run_of_the_sample_changes_nothing_and_shows_where_it_would_lead() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp2"]);
    let before = project.files();
    let page = project.must(&["up", "--dry-run"]);
    assert!(page.err.contains("mvp5"), "it is said where it would lead:\n{page:?}");
    let page = project.must(&["down", "--dry-run", "--staged", "1"]);
    assert!(page.err.contains("mvp1"), "it is said where it would lead:\n{page:?}");
    assert_eq!(project.files(), before);
}

#[test]
fn b73_every_question_leaves_everything_as_it_is() {
    let project = risky();
    project.must(&["seal"]);
    for arguments in QUESTIONS {
        let before = project.files();
        project.must(arguments);
        assert_eq!(project.files(), before, "{arguments:?}, without a database");
    }
    project.must(&["up", "--target", "one", "--checkpoint"]);
    project.must(&["up", "--yes"]);
    for arguments in QUESTIONS {
        let before = project.files();
        project.must(arguments);
        assert_eq!(project.files(), before, "{arguments:?}");
    }
}

const QUESTIONS: [&[&str]; 11] = [
    &["status"],
    &["plan"],
    &["plan", "--target", "two"],
    &["plan", "--target", "one"],
    &["plan", "--down", "--target", "start"],
    &["verify"],
    &["history"],
    &["graph"],
    &["graph", "--format", "dot"],
    &["backup", "list"],
    &["rules"],
];

/// A run at a terminal: `script` makes one. What is typed is typed once the question stands on the screen.
fn at_a_terminal(project: &Project, arguments: &str, typed: &[u8]) -> (Option<i32>, String) {
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_evolve"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(project.root()).env("NO_COLOR", "1").env("TERM", "xterm");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("`script`, of util-linux");
    let (mut input, mut output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let (mut seen, mut buffer, mut open) = (Vec::new(), [0; 4096], true);
    loop {
        match output.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => seen.extend_from_slice(&buffer[..count]),
        }
        if open && String::from_utf8_lossy(&seen).contains("[y/N]") {
            input.write_all(typed).and_then(|()| input.flush()).expect("a terminal");
            open = false;
        }
    }
    (child.wait().expect("an end").code(), String::from_utf8_lossy(&seen).into_owned())
}

#[test]
fn b76_ctrl_c_at_the_question_is_130_and_changes_nothing() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    for command in ["up", "down --staged 1"] {
        let before = project.files();
        let (code, screen) = at_a_terminal(&project, command, b"\x03");
        assert_eq!(code, Some(130), "{screen}");
        assert_eq!(project.files(), before, "{command}");
        assert_eq!(project.json(&["status"])["result"]["interrupted"], Value::Null, "nothing was begun");
    }
}

#[test]
fn b76_no_is_what_enter_means_and_yes_goes_on() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    for typed in [&b"\n"[..], b"n\n", b"no\n", b"x\n"] {
        let before = project.files();
        let (code, screen) = at_a_terminal(&project, "up", typed);
        assert_eq!(code, Some(4), "{typed:?} {screen}");
        assert_eq!(project.files(), before, "{typed:?}");
        assert!(screen.contains("V2") && screen.contains("critical"), "the plan is shown before it is asked: {screen}");
    }
    let (code, screen) = at_a_terminal(&project, "up", b"y\n");
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(project.json(&["status"])["result"]["stage"], "two");
}

/// Several at once: one does it, the others wait and find nothing to do.
#[test]
fn b76_f25_the_same_command_twice_at_once_does_it_once() {
    for _ in 0..5 {
        let project = risky();
        let start = || {
            project
                .command(&["up", "--yes", "--json"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("a run")
        };
        let runs: Vec<_> = (0..4).map(|_| start()).collect();
        let documents: Vec<Value> = runs
            .into_iter()
            .map(|run| {
                let output = run.wait_with_output().expect("an end");
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                assert_eq!(output.status.code(), Some(0), "{text}");
                serde_json::from_str(&text).expect("a document")
            })
            .collect();
        let mut outcomes: Vec<_> = documents.iter().map(outcome).collect();
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["done", "nothing_to_do", "nothing_to_do", "nothing_to_do"]);
        assert_eq!(project.value("SELECT count(*) || ' ' || min(state) FROM evolve_runs"), "1 done");
        assert_eq!(project.value("SELECT count(*) FROM evolve_events"), "2");
        assert_eq!(
            project.value("SELECT group_concat(id, ' ') FROM (SELECT id FROM evolve_steps ORDER BY seq)"),
            "V1 V2"
        );
        assert_eq!(project.value("SELECT count(*) FROM refinery_schema_history"), "2");
    }
}
