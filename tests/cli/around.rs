//! What is around a command: streams that are closed, the environment, the terminal. F17, F100, F110.

use crate::rig::{Gave, Project};
use crate::{Running, risky};
use rustix::process::Signal;
use serde_json::Value;
use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

#[track_caller]
fn stands(project: &Project, stage: &str) {
    let status = project.json(&["status"]);
    assert_eq!(status["result"]["stage"], stage, "{status}");
    assert_eq!(status["result"]["interrupted"], Value::Null, "{status}");
}

/// A pipe whose reader is gone before anything is written.
fn broken() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[test]
fn f17_a_reader_that_went_away_stops_nothing() {
    for json in [false, true] {
        for which in ["out", "err", "both"] {
            let project = Project::sample();
            let mut arguments = vec!["up", "--target", "mvp3", "--checkpoint", "-v"];
            arguments.extend(json.then_some("--json"));
            let mut command = project.command(&arguments);
            command.stdout(if which == "err" { Stdio::null() } else { broken() });
            command.stderr(if which == "out" { Stdio::null() } else { broken() });
            let status = command.status().expect("a run");
            assert_eq!(status.code(), Some(0), "{which}");
            stands(&project, "mvp3");
            let mut down = project.command(&["down", "--staged", "2", "--yes"]);
            assert_eq!(down.stdout(broken()).stderr(broken()).status().expect("a run").code(), Some(0), "{which}");
            stands(&project, "mvp1");
        }
    }
}

#[test]
fn f17_a_reader_that_takes_one_line_is_no_panic() {
    let project = Project::sample();
    for arguments in
        [&["plan"][..], &["graph"], &["rules"], &["status"], &["--help"], &["completions", "bash"], &["plan", "--json"]]
    {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = project.command(arguments);
        let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("a run");
        drop(command);
        let mut one = [0];
        let _ = (&reader).read(&mut one);
        drop(reader);
        let mut said = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        assert_eq!(child.wait().expect("an end").code(), Some(0), "{arguments:?} {said}");
        assert!(!said.contains("panicked") && !said.contains("roken pipe"), "{said}");
    }
}

#[test]
fn f17_streams_that_were_closed_before_it_began_stop_nothing() {
    for redirect in [">&-", "2>&-", "<&-", "<&- >&- 2>&-"] {
        let project = Project::sample();
        let inner = project.command(&[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec \"$0\" up --target mvp2 {redirect}")]).arg(inner.get_program());
        let status =
            shell.current_dir(project.root()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert_eq!(status.expect("a run").code(), Some(0), "{redirect}");
        stands(&project, "mvp2");
        // A database must never be what a message is written into.
        assert_eq!(project.value("PRAGMA integrity_check"), "ok");
    }
}

#[test]
fn f17_an_answer_that_cannot_be_written_is_said_and_the_run_stands() {
    let project = risky();
    let mut command = project.command(&["up", "--target", "one"]);
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let gave = Gave::of(command.stdout(full).stderr(Stdio::piped()).output().expect("a run"));
    assert!(gave.code == 1 && gave.err.contains("could not be written") && !gave.err.contains("panicked"), "{gave:?}");
    stands(&project, "one");
}

/// What a command says in an environment.
fn said(project: &Project, arguments: &[&str], environment: &[(&str, Option<&str>)]) -> (i32, String) {
    let mut command = project.command(arguments);
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let gave = Gave::of(command.output().expect("a run"));
    (gave.code, gave.out)
}

#[test]
fn f110_the_environment_changes_no_byte_of_a_plan() {
    let around: [&[(&str, Option<&str>)]; 10] = [
        &[("TZ", Some("America/New_York"))],
        &[("TZ", Some("Asia/Kathmandu"))],
        &[("TZ", Some("no such zone"))],
        &[("TZ", None)],
        &[("LC_ALL", Some("tr_TR.UTF-8")), ("LANG", Some("tr_TR.UTF-8"))],
        &[("LC_ALL", Some("C"))],
        &[("LC_ALL", Some("de_DE.ISO-8859-1")), ("LANG", None)],
        &[("HOME", None), ("USER", None), ("LOGNAME", None), ("XDG_CONFIG_HOME", None)],
        &[("HOME", Some("/nonexistent")), ("TMPDIR", Some("/nonexistent"))],
        &[("PATH", None), ("TERM", None), ("SHELL", None)],
    ];
    let project = Project::sample();
    let check = |commands: &[&[&str]]| {
        for arguments in commands {
            let reference = said(&project, arguments, &[]);
            assert_eq!(reference.0, 0, "{arguments:?} {}", reference.1);
            for environment in around {
                assert_eq!(said(&project, arguments, environment), reference, "{arguments:?} {environment:?}");
            }
        }
    };
    check(&[&["plan"], &["plan", "--json"], &["graph", "--json"], &["status"], &["verify", "--json"]]);
    project.must(&["up", "--target", "mvp2"]);
    check(&[&["plan", "--json"], &["plan", "--down", "--target", "start"], &["status", "--json"], &["history"]]);
}

#[test]
fn f110_the_environment_changes_nothing_of_what_a_run_makes() {
    let reference = Project::sample();
    reference.must(&["up", "--yes"]);
    for environment in [
        [("TZ", Some("Asia/Kathmandu")), ("LC_ALL", Some("tr_TR.UTF-8")), ("LANG", None)],
        [("HOME", None), ("USER", None), ("PATH", None)],
        [("TMPDIR", Some("/nonexistent")), ("HOME", Some("/nonexistent")), ("TERM", Some("dumb"))],
    ] {
        let project = Project::sample();
        assert_eq!(said(&project, &["up", "--yes"], &environment).0, 0, "{environment:?}");
        assert_eq!(project.state(), reference.state(), "{environment:?}");
    }
}

#[test]
fn f110_variables_that_were_meant_for_something_else_change_nothing() {
    let project = Project::sample();
    let reference = said(&project, &["plan", "--json"], &[]);
    for (name, value) in [
        ("EVOLVE_LOG", "error"),
        ("DATABASE_URL", "postgres://u:p@elsewhere/db"),
        ("STAGING_DATABASE_URL", "postgres://u:p@elsewhere/db"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("CLICOLOR_FORCE", "0"),
        ("SQLITE_TMPDIR", "/nonexistent"),
        ("EVOLVE_FAIL", "after_commit"),
    ] {
        assert_eq!(said(&project, &["plan", "--json"], &[(name, Some(value))]), reference, "{name}");
    }
}

#[test]
fn colour_and_width_change_no_word() {
    let project = Project::sample();
    let plain = project.must(&["plan"]).out;
    assert!(!plain.contains('\u{1b}'));
    let coloured = said(&project, &["plan", "--color", "always"], &[("NO_COLOR", None)]).1;
    assert!(coloured.contains('\u{1b}'));
    let bare: String = strip(&coloured);
    assert_eq!(bare, plain);
    assert_eq!(said(&project, &["plan", "--color", "never"], &[("NO_COLOR", None)]).1, plain);
    assert_eq!(said(&project, &["plan"], &[("NO_COLOR", None)]).1, plain, "a pipe is no terminal");
    for width in ["40", "200", "1", "0", "x", ""] {
        let (code, page) = said(&project, &["plan"], &[("COLUMNS", Some(width))]);
        assert!(code == 0 && page.contains("V13"), "{width}");
    }
}

fn strip(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        bare += &rest[..at];
        rest = &rest[at..];
        rest = &rest[rest.find(|c: char| c.is_ascii_alphabetic()).expect("the end of a code") + 1..];
    }
    bare + rest
}

#[test]
fn f16_a_second_signal_ends_at_once_and_the_same_command_goes_on() {
    let project = Project::of(&[]);
    let running = Running::start(&project);
    let (code, _) = running.end(Signal::KILL);
    assert_eq!(code, None, "killed");
    let status = project.json(&["status"]);
    assert_eq!(status["result"]["holder"], Value::Null, "no lock outlives its holder: {status}");
    assert_eq!(status["result"]["interrupted"]["next_command"], "evolve up", "{status}");
    project.write("migrations/V2__endless.sql", "CREATE TABLE z (n);\n");
    project.must(&["up", "--lock-wait", "0"]);
    assert_eq!(project.json(&["status"])["result"]["stage"], "main");
}
