//! Where `up` leads: targets, order, what was changed since, and what the policy allows.

use crate::rig::{Project, code, outcome};
use crate::{policy, risky};
use serde_json::Value;

fn applied(project: &Project) -> Vec<String> {
    let status = project.json(&["status"]);
    status["result"]["applied"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| step["id"].as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn refused(project: &Project, arguments: &[&str], exit: i64, error: &str) -> Value {
    let before = project.files();
    let document = project.json(arguments);
    assert_eq!((document["error"]["exit"].as_i64(), code(&document)), (Some(exit), error), "{arguments:?} {document}");
    assert_eq!(document.get("result"), None, "{document}");
    assert_eq!(project.files(), before, "{arguments:?}");
    document["error"].clone()
}

#[test]
fn up_goes_to_a_step_to_a_stage_to_a_version_and_to_the_end() {
    let project = Project::sample();
    let graph = project.json(&["graph"]);
    let order = graph["result"]["order"].as_array().expect("steps");
    let last_of = |stage: &str| {
        let step = order.iter().rev().find(|step| step["stage"] == stage).expect(stage);
        step["id"].as_str().expect(stage).to_owned()
    };
    for (target, head, stage) in [
        ("V1", "V1", Value::Null),
        ("V2", "V2", "mvp1".into()),
        ("V3", "V3", "mvp1".into()),
        ("kb_to_incidents", "kb_to_incidents", "mvp1".into()),
        ("2.0.0", "incident_patterns", "mvp2".into()),
        ("mvp3", last_of("mvp3").as_str(), "mvp3".into()),
        ("latest", last_of("mvp5").as_str(), "mvp5".into()),
    ] {
        let document = project.json(&["up", "--yes", "--target", target]);
        assert_eq!(outcome(&document), "done", "{target} {document}");
        let to = &document["result"]["to"];
        assert_eq!((&to["head"], &to["stage"]), (&head.into(), &stage), "{target}");
        assert_eq!(applied(&project).last().map(String::as_str), Some(head));
        assert_eq!(outcome(&project.json(&["up", "--target", target])), "nothing_to_do", "{target} again");
    }
}

#[test]
fn up_to_an_earlier_target_is_refused_and_names_down() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp3"]);
    for (target, down) in [
        ("mvp1", "evolve down --target mvp1"),
        ("1.0.0", "evolve down --target 1.0.0"),
        ("mvp2", "evolve down --target mvp2"),
        ("V3", "evolve down --target V3"),
        ("kb_to_incidents", "evolve down --target kb_to_incidents"),
        ("start", "evolve down --target start"),
    ] {
        for command in [&["up"][..], &["up", "--yes"], &["up", "--dry-run"]] {
            let error = refused(&project, &[command, &["--target", target]].concat(), 2, "E0601");
            assert_eq!(error["hint"], down, "{error}");
        }
        // A plan is a question: its direction follows from the target.
        assert_eq!(project.json(&["plan", "--target", target])["result"]["direction"], "down", "{target}");
    }
    for target in ["mvp5", "V13", "5.0.0"] {
        let error = refused(&project, &["down", "--yes", "--target", target], 2, "E0601");
        assert_eq!(error["hint"], format!("evolve up --target {target}"), "{error}");
    }
}

#[test]
fn an_unknown_target_names_the_nearest() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp1"]);
    for (target, near) in [
        ("mpv2", "mvp2"),
        ("MVP2", "mvp2"),
        ("kb_to_incident", "kb_to_incidents"),
        ("incidents_owner", "incident_owners"),
        ("lastest", "latest"),
        ("v3", "V3"),
        ("strat", "start"),
    ] {
        for command in [&["up"][..], &["plan"], &["down", "--yes"], &["plan", "--down"]] {
            let mut arguments = command.to_vec();
            arguments.extend(["--target", target]);
            let error = refused(&project, &arguments, 2, "E0103");
            assert!(error["hint"].as_str().is_some_and(|hint| hint.contains(near)), "{target}: {error}");
        }
    }
    for target in ["", "banana", "9.9.9", "V99999999999999999999", "mvp1;", "\u{1b}[2J"] {
        refused(&project, &["up", "--target", target], 2, "E0103");
    }
}

/// V2 comes after V3 was applied.
fn out_of_order() -> Project {
    let project = Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x);"),
        ("migrations/V3__c.sql", "CREATE TABLE c (x);"),
    ]);
    project.must(&["up"]);
    project.write("migrations/V2__b.sql", "CREATE TABLE b (x);");
    project
}

#[test]
fn f113_an_older_migration_after_a_newer_one_is_refused_unless_it_is_allowed() {
    let project = out_of_order();
    for arguments in [&["up"][..], &["up", "--yes"], &["up", "--target", "V2"], &["up", "--allow", "R802"], &["plan"]] {
        let error = refused(&project, arguments, 4, "E0610");
        assert!(error["message"].as_str().unwrap().contains("V2"), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("--allow R803"), "{error}");
    }
    let plan = project.json(&["plan", "--allow", "R803"]);
    assert!(plan["result"]["findings"].to_string().contains("R803"), "the hole is said in the plan: {plan}");
    project.must(&["up", "--allow", "R803"]);
    assert_eq!(applied(&project), ["V1", "V3", "V2"], "the real order is recorded");
    project.must(&["verify"]);
    // The way down is the reverse of the order they came.
    let document = project.json(&["down", "--target", "start", "--yes"]);
    let undone: Vec<_> = document["result"]["steps"].as_array().unwrap().iter().map(|step| &step["id"]).collect();
    assert_eq!(undone, ["V2", "V3", "V1"]);
}

#[test]
fn f113_a_step_of_an_earlier_stage_after_a_later_one_is_out_of_order() {
    let project = risky();
    project.write("migrations/V2__b.sql", "CREATE TABLE c (x);\n");
    project.must(&["up"]);
    project.write("migrations/V9__late.sql", "CREATE TABLE late (x);\n");
    project.write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\", \"V9\"]\n");
    let error = refused(&project, &["up"], 4, "E0610");
    assert!(error["message"].as_str().unwrap().contains("V9"), "{error}");
    project.must(&["up", "--allow", "R803"]);
}

#[test]
fn f115_a_changed_migration_that_was_applied_is_refused_whatever_the_sum_says() {
    let project = risky();
    project.must(&["seal"]);
    project.must(&["up", "--target", "one"]);
    let text = std::fs::read_to_string(project.path("migrations/V1__a.sql")).unwrap();
    project.write("migrations/V1__a.sql", &format!("{text}-- only a comment\n"));
    refused(&project, &["up", "--yes"], 6, "E0302");
    project.must(&["seal"]);
    for arguments in [&["up", "--yes"][..], &["plan"], &["up", "--dry-run"]] {
        let error = refused(&project, arguments, 6, "E0513");
        assert_eq!(error["file"], "migrations/V1__a.sql");
        assert!(error["message"].as_str().unwrap().contains("V1") && error["hint"].is_string(), "{error}");
    }
    // A renamed migration is a changed one: refinery hashes its name.
    let project = risky();
    project.must(&["up", "--target", "one"]);
    std::fs::rename(project.path("migrations/V1__a.sql"), project.path("migrations/V1__other.sql")).unwrap();
    refused(&project, &["up", "--yes"], 6, "E0513");
    // One that is gone is said as well.
    let project = risky();
    project.must(&["up", "--yes"]);
    std::fs::remove_file(project.path("migrations/V2__b.sql")).unwrap();
    std::fs::remove_file(project.path("plans/two.toml")).unwrap();
    let error = refused(&project, &["up"], 6, "E0513");
    assert!(error["message"].as_str().unwrap().contains("V2"), "{error}");
}

#[test]
fn f115_a_changed_transformation_that_was_applied_is_refused_in_its_place() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp2"]);
    let file = project.path("plans/mvp2.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let changed = text.replacen("value = \"resolved\"", "value = \"closed\"", 1);
    assert_ne!(text, changed);
    let line = text.lines().position(|line| line.starts_with("[[convert]]")).unwrap() + 1;
    std::fs::write(&file, changed).unwrap();
    project.must(&["seal"]);
    let error = refused(&project, &["up", "--target", "mvp3"], 6, "E0513");
    assert!(error["message"].as_str().unwrap().contains("kb_to_incidents"), "{error}");
    assert_eq!((&error["file"], &error["line"]), (&"plans/mvp2.toml".into(), &line.into()), "{error}");
}

#[test]
fn an_applied_stage_may_get_a_check_a_title_and_comments_and_be_sealed_again() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp2"]);
    let state = project.state();
    let file = project.path("plans/mvp2.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let changed = text
        .replacen("title      = \"Pattern detection\"", "title      = \"Patterns, and more\"", 1)
        .replacen(
            "title = \"Entries become incidents\"",
            "title = \"Another title\"   # a comment\nbatch = { rows = 7 }",
            1,
        )
        + "\n[[enrich.check]]\nname = \"one is one\"\nsql = \"SELECT 1\"\nis = 1\n\n[[check]]\nname = \"two is two\"\nsql = \"SELECT 2\"\nis = 2\n";
    assert!(changed.contains("Patterns, and more") && changed.contains("Another title"));
    std::fs::write(&file, changed).unwrap();
    refused(&project, &["up", "--target", "mvp3"], 6, "E0302");
    project.must(&["seal"]);
    project.must(&["verify"]);
    assert_eq!(outcome(&project.json(&["up", "--target", "mvp2"])), "nothing_to_do");
    assert_eq!(project.state(), state);
    project.must(&["up", "--target", "mvp3"]);
    project.must(&["down", "--target", "mvp1", "--yes"]);
}

#[test]
fn a_step_that_moved_to_another_stage_keeps_its_place() {
    let project = risky();
    project.write("migrations/V2__b.sql", "CREATE TABLE c (x);\n");
    project.write("migrations/V3__c.sql", "CREATE TABLE d (x);\n");
    project.write("plans/two.toml", "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\", \"V3\"]\n");
    project.must(&["up", "--target", "V2"]);
    project.write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\", \"V2\"]\n");
    project.write("plans/two.toml", "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V3\"]\n");
    let plan = project.json(&["plan"]);
    assert!(plan.get("error").is_none(), "{plan}");
    assert!(plan["result"]["notes"].to_string().contains("V2"), "with a note: {plan}");
    project.must(&["up"]);
    assert_eq!(applied(&project), ["V1", "V2", "V3"]);
}

#[test]
fn max_risk_is_enforced_and_a_code_is_allowed_by_name() {
    for (max, refused_code) in [("none", "R201"), ("low", "R201"), ("medium", "R201"), ("high", ""), ("critical", "")] {
        let project = risky();
        project.write("migrations/V2__b.sql", "ALTER TABLE a RENAME COLUMN y TO z;\n");
        policy(&project, &format!("max_risk = \"{max}\""));
        project.must(&["up", "--target", "one"]);
        if refused_code.is_empty() {
            project.must(&["up"]);
            continue;
        }
        for arguments in [&["up"][..], &["up", "--yes"], &["up", "--dry-run"], &["up", "--allow", "R101"]] {
            let error = refused(&project, arguments, 4, "E0603");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("V2") && message.contains("R201") && message.contains("high"), "{error}");
            assert!(error["hint"].as_str().unwrap().contains("--allow R201"), "{error}");
        }
        // The plan is a question: it is answered, with its risk.
        assert_eq!(project.json(&["plan"])["result"]["risk"], "high");
        project.must(&["up", "--allow", "R201"]);
    }
}

#[test]
fn a_code_may_be_allowed_in_the_file_with_its_reason() {
    let project = risky();
    policy(&project, "max_risk = \"medium\"");
    project.must(&["up", "--target", "one"]);
    let text = "ALTER TABLE a RENAME COLUMN y TO z;\n";
    project.write("migrations/V2__b.sql", &format!("-- evolve: allow = {{ R102 = \"another code\" }}\n{text}"));
    refused(&project, &["up"], 4, "E0603");
    project.write("migrations/V2__b.sql", &format!("-- evolve: allow = {{ R201 = \"nobody reads y\" }}\n{text}"));
    project.must(&["up"]);
}

#[test]
fn a_stage_that_cannot_start_from_here_is_refused() {
    let project = risky();
    project.write(
        "plans/two.toml",
        "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nrequires = \"^3.0\"\nmigrations = [\"V2\"]\n",
    );
    project.must(&["up", "--target", "one"]);
    refused(&project, &["up", "--yes"], 4, "E0609");
}
