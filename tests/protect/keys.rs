//! Keys that are missing, wrong, or not needed.

use super::{KEY, key, must, project, run};
use crate::rig::Gave;
use std::fs;

const SAFE: &str = "CREATE TABLE safe (id INTEGER PRIMARY KEY, email TEXT);";

const MOVE: &str = r#"
[[convert]]
id = "safe_people"
from = "people"
into = "safe"
[convert.columns]
id = "id"
email = { from = "email", protect = { encrypt = "email" } }
"#;

#[test]
fn s03_a_missing_key_is_told_before_anything_is_touched() {
    let project = project(SAFE, MOVE);
    fs::remove_file(project.path("keys/email.key")).expect("the key");
    let before = project.files();
    let gave = run(&project, &["up"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("`email`") && gave.err.contains("no environment"), "{}", gave.err);
    assert!(project.files() == before);
    assert_eq!(run(&project, &["up", "--dry-run"]).code, 4);
    let gave = run(&project, &["up", "--env", "prod"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("`email`") && gave.err.contains("`prod`"), "{}", gave.err);
    assert!(project.files() == before);
}

#[test]
fn s03_questions_need_no_key() {
    let project = project(SAFE, MOVE);
    fs::remove_file(project.path("keys/email.key")).expect("the key");
    for question in [["status"], ["graph"], ["plan"], ["history"], ["verify"]] {
        assert_eq!(run(&project, &question).code, 0, "{question:?}");
    }
    let plan = run(&project, &["plan"]);
    assert!(plan.out.contains("safe_people needs the keys email"), "{}", plan.out);
}

#[test]
fn a_wrong_key_takes_nothing_back() {
    let project = project(SAFE, MOVE);
    must(&project, &["up"]);
    let up = project.state();
    key(&project, 9);
    for extra in [&[][..], &["--discard-changed"]] {
        let gave = run(&project, &[&["down", "--target", "V1", "--yes"], extra].concat());
        assert_eq!(gave.code, 8, "{}", gave.err);
        assert!(gave.err.contains("another key"), "{}", gave.err);
        assert_eq!(project.state(), up);
    }
    key(&project, 7);
    must(&project, &["down", "--target", "V1", "--yes"]);
}

#[test]
fn s03_down_without_the_key_is_refused_before_anything_is_touched() {
    let project = project(SAFE, MOVE);
    must(&project, &["up"]);
    let up = project.state();
    fs::remove_file(project.path("keys/email.key")).expect("the key");
    let gave = run(&project, &["down", "--target", "start", "--yes"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(project.state() == up && gave.err.contains("`email`"), "{}", gave.err);
}

#[test]
fn s03_a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project(SAFE, MOVE);
    fs::set_permissions(project.path("keys/email.key"), fs::Permissions::from_mode(0o644)).expect("a mode");
    let gave = run(&project, &["up"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("0644"), "{}", gave.err);
}

#[test]
fn an_environment_brings_its_own_key() {
    let project = project(SAFE, MOVE);
    let toml = fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{toml}[environment.prod.keys]\nemail = {{ variable = \"PROD_KEY\" }}\n"));
    let gave = Gave::of(project.command(&["up", "--env", "prod"]).env("PROD_KEY", KEY).output().expect("the binary"));
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert_eq!(project.value("SELECT count(*) FROM safe WHERE email GLOB 'evolve:1:????????:*'"), "2");
}

#[test]
fn a_dry_run_and_a_trial_count_with_the_key() {
    let project = project(SAFE, MOVE);
    let before = project.state();
    let gave = run(&project, &["up", "--dry-run", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&gave.out).expect("a document");
    assert_eq!(document["result"]["steps"][0]["inserted"], 3, "{}", gave.out);
    let gave = run(&project, &["up", "--only", "safe_people", "--where", "id = 1", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&gave.out).expect("a document");
    assert_eq!(document["result"]["steps"][0]["inserted"], 1, "{} {}", gave.out, gave.err);
    assert_eq!(project.state(), before);
}

#[test]
fn s03_a_key_comes_from_a_command_and_a_failing_one_is_named_without_what_it_said() {
    let project = project(SAFE, MOVE);
    let with = |command: &str| {
        project.write(
            "evolve.toml",
            &super::SETTINGS.replace("{ file = \"keys/email.key\" }", &format!("{{ command = {command} }}")),
        );
    };
    let before = project.state();
    with(r#"["sh", "-c", "printf 'sai%s' dit; printf 'sai%s' dit >&2; exit 7"]"#);
    let gave = run(&project, &["up"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("`email`") && gave.err.contains("the command sh"), "{}", gave.err);
    assert!(!gave.err.contains("saidit") && project.state() == before, "{}", gave.err);
    with(r#"["cat", "keys/email.key"]"#);
    must(&project, &["up"]);
    with(r#"["./keys/give"]"#);
    project.write("keys/give", "#!/bin/sh\nexec cat keys/email.key\n");
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(project.path("keys/give"), fs::Permissions::from_mode(0o700)).expect("a mode");
    must(&project, &["down", "--target", "V1", "--yes"]);
    assert_eq!(project.state(), before);
}
