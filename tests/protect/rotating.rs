//! A rotation as a run: in the ledger, under the lock, killed anywhere and continued; what `status` says of keys that
//! took the place of others.

use super::rotate::{forget, mark, replace, with_later};
use super::{KEY, SETTINGS, must, run, tables_with};
use crate::rig::{Project, assert_same};

/// Runs a command that is killed at a place.
#[track_caller]
fn killed(project: &Project, arguments: &[&str], place: &str) {
    let mut command = project.command(arguments);
    let gave = command.env("TRIAL_KEY", KEY).env("EVOLVE_FAIL", place).output().expect("the binary");
    assert!(!gave.status.success(), "it was not killed at {place}");
}

/// The notes of `status`, as one text.
fn notes(project: &Project) -> String {
    run(project, &["status", "--json"]).document()["result"]["notes"].to_string()
}

#[test]
fn a_rotation_is_a_run_that_history_shows() {
    let project = with_later("UPDATE people SET name = 'x' WHERE id = 1;");
    must(&project, &["up", "--yes"]);
    replace(&project);
    let document = run(&project, &["rotate", "email", "--yes", "--json"]).document();
    let history = run(&project, &["history", "--json"]).document();
    let runs = history["result"]["runs"].as_array().expect("runs");
    let last = runs.last().expect("a run");
    assert_eq!(
        (&last["command"], &last["target"], &last["state"]),
        (&"rotate".into(), &"email".into(), &"done".into())
    );
    assert_eq!(last["id"], document["result"]["run"]);
    let steps = last["steps"].as_array().expect("steps");
    let people = steps.iter().find(|step| step["id"] == "people").expect("people");
    assert_eq!((&people["direction"], &people["updated"]), (&"rotate".into(), &2.into()), "{last:#}");
    let page = run(&project, &["history"]);
    assert!(page.out.contains("rotate email, "), "{}", page.out);
    // What finds nothing to do is no run.
    must(&project, &["rotate", "email", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM evolve_runs WHERE command = 'rotate'"), "1");
}

#[test]
fn a_rotation_that_is_killed_anywhere_is_one_run_in_the_end() {
    let reference = with_later("UPDATE people SET name = 'x' WHERE id = 1;");
    must(&reference, &["up", "--yes"]);
    replace(&reference);
    must(&reference, &["rotate", "email", "--yes"]);
    let done = "SELECT group_concat(step || account) FROM (SELECT step, account FROM evolve_events WHERE direction = 'rotate' ORDER BY step)";
    for place in ["run_opened", "between_batches:1", "between_batches:3", "before_report", "before_closing"] {
        let project = with_later("UPDATE people SET name = 'x' WHERE id = 1;");
        must(&project, &["up", "--yes"]);
        let old = mark(&project);
        replace(&project);
        killed(&project, &["rotate", "email", "--yes"], place);
        let status = run(&project, &["status", "--json"]).document();
        let interrupted = &status["result"]["interrupted"];
        assert_eq!(interrupted["next_command"], "evolve rotate email", "{place}: {status:#}");
        let refused = run(&project, &["up", "--target", "s", "--yes"]);
        assert_eq!(refused.code, 4, "{place}: {}", refused.err);
        assert!(refused.err.contains("evolve rotate email"), "{place}: {}", refused.err);
        let gave = run(&project, &["rotate", "email", "--json"]);
        assert_eq!((gave.code, &gave.document()["result"]["outcome"]), (0, &"done".into()), "{place}: {}", gave.out);
        assert_eq!(tables_with(&project, &old), "", "{place}");
        assert_same(place, &reference.state(), &project.state());
        assert_eq!(project.value(done), reference.value(done), "{place}");
        assert_eq!(
            project.value("SELECT group_concat(state) FROM evolve_runs WHERE command = 'rotate'"),
            "done",
            "{place}"
        );
    }
}

#[test]
fn a_rotation_waits_for_another_run_and_for_nothing_that_is_open() {
    let project = with_later("CREATE TABLE later (x);");
    must(&project, &["up", "--target", "s", "--yes"]);
    replace(&project);
    killed(&project, &["up", "--yes"], "run_opened");
    let gave = run(&project, &["rotate", "email", "--yes"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("unfinished"), "{}", gave.err);
    must(&project, &["up", "--yes"]);
    let mut path = project.database().into_os_string();
    path.push(".evolve-lock");
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(path).expect("the lock");
    file.lock().expect("the lock");
    let before = project.state();
    let gave = run(&project, &["rotate", "email", "--yes", "--lock-wait", "0"]);
    assert_eq!((gave.code, project.state()), (5, before), "{}", gave.err);
    drop(file);
    must(&project, &["rotate", "email", "--yes"]);
}

#[test]
fn status_says_what_a_key_that_took_anothers_place_waits_for() {
    let project = with_later("CREATE TABLE later (x);");
    replace(&project);
    assert!(!notes(&project).contains("email"), "nothing is encrypted yet");
    must(&project, &["up", "--yes"]);
    // Of the new key from the beginning; status knows only that nobody has looked.
    assert!(notes(&project).contains("`evolve rotate email` brings"), "{}", notes(&project));
    must(&project, &["rotate", "email", "--yes"]);
    assert!(notes(&project).contains("take `previous` out"), "{}", notes(&project));
    // Another key comes, and another rotation.
    std::fs::write(project.path("keys/old.key"), [9; 32]).expect("the key before");
    super::key(&project, 11);
    assert!(notes(&project).contains("`evolve rotate email` brings"), "{}", notes(&project));
    killed(&project, &["rotate", "email", "--yes"], "between_batches:1");
    assert!(notes(&project).contains("is not over: `evolve rotate email` goes on"), "{}", notes(&project));
    let settings = std::fs::read_to_string(project.path("evolve.toml")).expect("settings");
    project.write("evolve.toml", SETTINGS);
    assert!(notes(&project).contains("does not name the one before it (its id is"), "{}", notes(&project));
    project.write("evolve.toml", &settings);
    must(&project, &["rotate", "email", "--yes"]);
    assert!(notes(&project).contains("take `previous` out"), "{}", notes(&project));
    forget(&project);
    assert!(!notes(&project).contains("email"), "{}", notes(&project));
}
