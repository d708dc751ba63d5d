//! Down to any place: the state there is the state that was there on the way up.

use crate::rig::{Project, assert_same};
use crate::shape::{stage, stores, whole};
use std::collections::BTreeMap;

/// Five stages, each with migrations and transformations over the same rows.
fn project() -> Project {
    let project = Project::of(&[
        (
            "evolve.toml",
            "[project]\nname = \"targets\"\n[database]\nurl = \"sqlite:trial.db\"\n[restore_points]\nwhen = \"never\"\n[policy]\nmax_risk = \"critical\"\n",
        ),
        (
            "migrations/V1__a.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, n INTEGER); INSERT INTO a VALUES (1, 'x', 1), (2, NULL, 2), (5, 'z', NULL);",
        ),
        (
            "migrations/V2__b.sql",
            "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id) ON DELETE CASCADE, what TEXT);",
        ),
        ("migrations/V3__index.sql", "CREATE INDEX b_a ON b (a);"),
        (
            "migrations/V4__rename.sql",
            "ALTER TABLE a RENAME COLUMN name TO title; UPDATE a SET n = coalesce(n, 0) + 100;",
        ),
        ("migrations/V5__drop.sql", "DELETE FROM a WHERE id = 1; ALTER TABLE b DROP COLUMN what;"),
        (
            "migrations/V6__rebuild.sql",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO n SELECT id, title FROM a; DROP TABLE a; ALTER TABLE n RENAME TO a;",
        ),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        (
            "plans/two.toml",
            &(stage("two", "2.0.0", &["V2", "V3"])
                + "[[convert]]\nid = \"fill\"\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\nid = \"id * 10\"\na = \"id\"\nwhat = \"name\"\n"),
        ),
        (
            "plans/three.toml",
            &(stage("three", "3.0.0", &["V4"])
                + "[[enrich]]\nid = \"titles\"\ntable = \"a\"\n[enrich.columns]\ntitle = \"coalesce(title, 'none') || '!'\"\n"),
        ),
        ("plans/four.toml", &stage("four", "4.0.0", &["V5"])),
        ("plans/five.toml", &stage("five", "5.0.0", &["V6"])),
    ]);
    project.does(&["up", "--target", "V1"]);
    project
}

const ORDER: &[&str] = &["V1", "V2", "V3", "fill", "V4", "titles", "V5", "V6"];

/// The state behind each step.
fn states(project: &Project) -> BTreeMap<&'static str, String> {
    let mut states = BTreeMap::new();
    for step in ORDER {
        project.does(&["up", "--target", step, "--yes"]);
        states.insert(*step, whole(project));
    }
    states
}

fn applied(project: &Project) -> String {
    let status = project.json(&["status"]);
    let steps = status["result"]["applied"].as_array().expect("steps").iter();
    steps.map(|step| step["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>().join(" ")
}

#[test]
fn down_to_any_step_is_the_state_that_was_there() {
    let project = project();
    let states = states(&project);
    for (at, step) in ORDER.iter().enumerate() {
        project.does(&["down", "--target", step, "--yes"]);
        assert_same(step, &states[step], &whole(&project));
        assert_eq!(applied(&project), ORDER[..=at].join(" "));
        project.does(&["up", "--yes"]);
        assert_same("up again", &states["V6"], &whole(&project));
    }
}

#[test]
fn down_step_by_step_is_the_same_as_at_once() {
    let project = project();
    let states = states(&project);
    for step in ORDER.iter().rev() {
        project.does(&["down", "--target", step, "--yes"]);
        assert_same(step, &states[step], &whole(&project));
    }
}

#[test]
fn down_so_many_stages() {
    for (count, last) in [("1", "V5"), ("2", "titles"), ("3", "fill"), ("4", "V1")] {
        let project = project();
        let states = states(&project);
        project.does(&["down", "--staged", count, "--yes"]);
        assert_same(count, &states[last], &whole(&project));
        assert_eq!(stores(&project) == "0", count.parse::<u32>().expect("a number") > 2);
    }
}

#[test]
fn down_to_a_stage_or_its_version_keeps_it_whole() {
    for (target, last) in [("four", "V5"), ("4.0.0", "V5"), ("three", "titles"), ("2.0.0", "fill"), ("one", "V1")] {
        let project = project();
        let states = states(&project);
        project.does(&["down", "--target", target, "--yes"]);
        assert_same(target, &states[last], &whole(&project));
    }
}

#[test]
fn down_to_start_takes_everything() {
    let project = project();
    states(&project);
    project.does(&["down", "--target", "start", "--yes"]);
    assert_eq!(applied(&project), "");
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b', 'n', 'b_a')"), "0");
}

#[test]
fn a_stage_that_is_begun_counts_as_one() {
    let project = project();
    let states = states(&project);
    project.does(&["down", "--target", "V4", "--yes"]);
    assert_eq!(project.json(&["status"])["result"]["partial"], "three");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("below the begun stage", &states["fill"], &whole(&project));
}

#[test]
fn what_cannot_be_gone_to_is_refused_and_nothing_is_touched() {
    let project = project();
    states(&project);
    project.does(&["down", "--target", "two", "--yes"]);
    let before = whole(&project);
    for (arguments, exit) in [
        (&["down", "--yes"][..], 2),
        (&["down", "--staged", "9", "--yes"], 2),
        (&["down", "--staged", "0", "--yes"], 2),
        (&["down", "--target", "five", "--yes"], 2),
        (&["down", "--target", "nowhere", "--yes"], 2),
        (&["down", "--target", "one"], 4),
        (&["down", "--target", "V5", "--yes"], 2),
    ] {
        let gave = project.run(arguments);
        assert_eq!(gave.code, exit, "{arguments:?}: {}", gave.err);
        assert_same("nothing is touched", &before, &whole(&project));
    }
    for arguments in [
        &["down", "--target", "two", "--yes"][..],
        &["down", "--target", "latest", "--yes"],
        &["down", "--target", "fill", "--yes"],
    ] {
        let gave = project.json(arguments);
        assert_eq!(crate::rig::outcome(&gave), "nothing_to_do", "{arguments:?}: {gave}");
        assert_same("nothing is touched", &before, &whole(&project));
    }
}

#[test]
fn a_dry_run_down_changes_nothing() {
    let project = project();
    states(&project);
    let before = whole(&project);
    project.does(&["down", "--staged", "3", "--dry-run", "--yes"]);
    project.does(&["plan", "--staged", "3"]);
    assert_same("nothing is touched", &before, &whole(&project));
    assert_eq!(applied(&project), ORDER.join(" "));
}
