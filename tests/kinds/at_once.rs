//! A step that must be one transaction, and how large it may be.

use crate::rig::{Project, code, outcome};

const STEP: &str = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n[[copy]]\nid = \"all\"\nfrom = \"a\"\ninto = \"b\"\nundo = \"none\"\n";

fn project(at_once: &str, step: &str) -> Project {
    let config = format!(
        "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n{at_once}\n[restore_points]\nwhen = \"never\"\n"
    );
    let project = Project::of(&[
        ("evolve.toml", &config),
        (
            "migrations/V1__a.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, v); CREATE TABLE b (id INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 1), (2, 2), (3, NULL);",
        ),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", step),
    ]);
    project.does(&["up", "--target", "one", "--yes"]);
    project
}

#[test]
fn a_step_without_undo_that_is_too_large_for_one_transaction_is_refused() {
    let project = project("at_once = 2", STEP);
    let plan = project.json(&["plan"]);
    let finding = &plan["result"]["findings"][0];
    assert_eq!((&finding["code"], &finding["step"]), (&"R812".into(), &"all".into()), "{plan}");
    assert_eq!(plan["result"]["steps"][0]["findings"], serde_json::json!(["R812"]));
    let before = project.state();
    let up = project.json(&["up", "--yes"]);
    assert_eq!((code(&up), &up["error"]["exit"]), ("E0614", &4.into()), "{up}");
    let message = up["error"]["message"].as_str().expect("words");
    assert!(message.starts_with("all would move 3 rows"), "{message}");
    assert!(up["error"]["hint"].as_str().is_some_and(|hint| hint.contains("at_once") && hint.contains("undo")), "{up}");
    assert_eq!(project.state(), before);
    // Each of the choices lets it through.
    for choice in [&["up", "--yes", "--allow", "R812", "--json"][..], &["up", "--yes", "--json"]] {
        let again = project.twin();
        let gave =
            again.command(choice).env("EVOLVE_POLICY_AT_ONCE", if choice.len() == 3 { "3" } else { "2" }).output();
        assert_eq!(gave.expect("a run").status.code(), Some(0), "{choice:?}");
        assert_eq!(again.value("SELECT count(*) FROM b"), "3");
    }
}

#[test]
fn only_what_is_selected_counts_and_only_for_steps_that_are_one_transaction() {
    for step in [
        STEP.to_owned() + "where = \"v IS NOT NULL\"\n",
        STEP.replace("undo = \"none\"\n", ""),
        STEP.to_owned() + "on_invalid = \"skip\"\n",
    ] {
        let project = project("at_once = 2", &step);
        assert_eq!(project.json(&["plan"])["result"]["findings"], serde_json::json!([]), "{step}");
        assert_eq!(outcome(&project.json(&["up", "--yes"])), "done", "{step}");
    }
}
