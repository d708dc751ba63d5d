//! What `[policy]`, its variables and its flags say of odd rows holds where a step says nothing, and stays with a step that
//! was begun.

use crate::rig::running::KILLED;
use crate::rig::{Project, assert_same, code};
use crate::{down, numbers, project, rows, up};
use serde_json::Value;

const TABLES: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, age TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);
INSERT INTO a VALUES (1, 'one', '10'), (2, 'two', 'old'), (3, 'three', '30'), (4, 'four', '40'), (5, 'five', 'new'), (6, 'six', '60');
";

const STEP: &str = "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n";
const COLUMNS: &str = "[convert.columns]\nid = \"id\"\nname = \"name\"\n";
const CAST: &str = "age = { from = \"age\", cast = \"integer\" }\n";

fn policy(project: &Project, lines: &str) {
    let config =
        "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n";
    project.write("evolve.toml", &format!("{config}{lines}\n"));
}

/// What the plan says of the one step: the rule, and who says it; for conflicts and for rows that are not valid.
fn planned(project: &Project, arguments: &[&str]) -> [String; 4] {
    of_plan(&project.json(&[&["plan"], arguments].concat()))
}

fn of_plan(document: &Value) -> [String; 4] {
    let movement = &document["result"]["steps"][0]["movement"];
    ["on_conflict", "on_conflict_from", "on_invalid", "on_invalid_from"]
        .map(|key| movement[key].as_str().unwrap_or_else(|| panic!("{document}")).to_owned())
}

#[test]
fn the_step_wins_over_the_flag_the_variable_the_environment_the_file() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    assert_eq!(planned(&project, &[]), ["fail", "default", "fail", "default"]);
    policy(
        &project,
        "on_conflict = \"skip\"\non_invalid = \"skip\"\n[environment.there.policy]\non_conflict = \"overwrite\"",
    );
    assert_eq!(planned(&project, &[]), ["skip", "policy", "skip", "policy"]);
    assert_eq!(planned(&project, &["--env", "there"]), ["overwrite", "policy", "skip", "policy"]);
    let output =
        project.command(&["plan", "--json"]).env("EVOLVE_POLICY_ON_INVALID", "quarantine").output().expect("a plan");
    let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    assert_eq!(of_plan(&document), ["skip", "policy", "quarantine", "policy"]);
    assert_eq!(
        planned(&project, &["--on-conflict", "overwrite", "--on-invalid", "fail"]),
        ["overwrite", "policy", "fail", "default"]
    );
    crate::declare(&project, &format!("{STEP}on_conflict = \"fail\"\non_invalid = \"skip\"\n{COLUMNS}"));
    assert_eq!(
        planned(&project, &["--on-conflict", "overwrite", "--on-invalid", "fail"]),
        ["fail", "step", "skip", "step"]
    );
    crate::declare(&project, &format!("{STEP}{COLUMNS}"));
    assert!(project.must(&["plan", "-v"]).out.contains("on conflict skip (policy)"));
}

#[test]
fn what_the_policy_says_is_done() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}{CAST}"));
    project.sql("INSERT INTO b VALUES (3, 'mine', 3)");
    policy(&project, "on_conflict = \"skip\"\non_invalid = \"quarantine\"");
    let before = project.state();
    assert_eq!(numbers(&up(&project, 2)), [6, 3, 0, 0, 1, 2]);
    assert_eq!(rows(&project, "SELECT id, name FROM b"), ["1 | one", "3 | mine", "4 | four", "6 | six"]);
    down(&project);
    assert_same("down", &before, &project.state());
    policy(&project, "on_conflict = \"skip\"\non_invalid = \"skip\"\nmax_rejects = 1");
    crate::refused(&project, 2, 7, "E0711");
    policy(&project, "on_conflict = \"skip\"\non_invalid = \"skip\"\nmax_rejects = \"50%\"");
    up(&project, 2);
}

#[test]
fn a_rule_that_needs_a_column_is_no_default() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    for lines in ["on_conflict = \"fill\"", "on_conflict = { newest = \"age\" }", "on_conflict = { new_key = \"id\" }"]
    {
        policy(&project, lines);
        let document = project.json(&["plan"]);
        let error = &document["error"];
        assert_eq!(
            (&error["exit"], &error["file"], &error["line"]),
            (&2.into(), &"evolve.toml".into(), &7.into()),
            "{error}"
        );
        assert!(error["message"].as_str().is_some_and(|words| words.contains("column")), "{error}");
    }
    policy(&project, "");
    for arguments in [["--on-conflict", "newest"], ["--on-conflict", "x"], ["--on-invalid", "ask"]] {
        let document = project.json(&[&["up"][..], &arguments].concat());
        assert_eq!(document["error"]["exit"], 2, "{document}");
        assert!(document["error"]["message"].as_str().is_some_and(|words| words.contains(arguments[0])), "{document}");
    }
    for (line, told) in [("on_invalid = \"ask\"", "quarantine"), ("max_rejects = \"101%\"", "share")] {
        policy(&project, line);
        let document = project.json(&["plan"]);
        assert!(document["error"]["message"].as_str().is_some_and(|words| words.contains(told)), "{document}");
    }
}

#[test]
fn a_step_that_was_begun_goes_on_and_back_as_it_was_begun() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}{CAST}"));
    project.sql("INSERT INTO b VALUES (3, 'mine', 3), (6, 'mine too', NULL)");
    let before = project.state();
    let begin = ["up", "--yes", "--batch-size", "1", "--on-conflict", "skip", "--on-invalid", "skip"];
    for stops in 1..=5 {
        assert_eq!(project.dies("between_batches", stops, &begin).code, KILLED);
        policy(&project, "on_conflict = \"overwrite\"");
        assert_eq!(planned(&project, &[]), ["skip", "policy", "skip", "policy"], "as it was begun");
        let document =
            project.json(&["up", "--yes", "--batch-size", "2", "--on-conflict", "fail", "--on-invalid", "quarantine"]);
        assert_eq!(numbers(&document["result"]["steps"][0]), [6, 2, 0, 0, 2, 2], "{document}");
        assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "0");
        down(&project);
        assert_same("down", &before, &project.state());
        assert_eq!(project.value("SELECT count(*) FROM evolve_meta WHERE key LIKE 'defaults %'"), "0");
        policy(&project, "");
    }
}

#[test]
fn what_was_derived_without_a_policy_goes_back_as_derived_under_one() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    let before = project.state();
    for finished in [true, false] {
        match finished {
            true => drop(up(&project, 2)),
            false => assert_eq!(project.dies("between_batches", 2, &["up", "--yes", "--batch-size", "2"]).code, KILLED),
        }
        policy(&project, "on_conflict = \"overwrite\"\non_invalid = \"skip\"");
        down(&project);
        assert_same("down", &before, &project.state());
        policy(&project, "");
    }
}

#[test]
fn a_default_for_conflicts_is_none_of_an_enrich_and_one_of_a_pipeline_s_parts() {
    let enrich = "[[enrich]]\nid = \"upper\"\ntable = \"a\"\n[enrich.columns]\nname = \"upper(name)\"\n";
    let project = project(TABLES, enrich);
    policy(&project, "on_conflict = \"skip\"");
    assert_eq!(planned(&project, &[])[0], "fail");
    assert_eq!(numbers(&up(&project, 4)), [6, 0, 6, 0, 0, 0]);
    down(&project);
    let part = "[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"a\"\ninto = \"b\"\nwhere = \"age > '0' AND age < 'a'\"\n";
    crate::declare(&project, &format!("[[pipeline]]\nid = \"twice\"\n{part}{part}"));
    assert_eq!(numbers(&up(&project, 4)), [8, 4, 0, 0, 4, 0]);
    policy(&project, "");
    down(&project);
    let document = project.json(&["up", "--yes"]);
    assert_eq!(code(&document), "E0707", "{document}");
}
