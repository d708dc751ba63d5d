//! `--json`: one valid document whatever happens, with the fields that scripts rely on; numbers and times as they are
//! typed. B70, B71, B77.

use crate::rig::{Gave, Project};
use crate::risky;
use serde_json::Value;

/// The one document of a run: nothing beside it on standard output, and nothing but logs on standard error.
#[track_caller]
fn document(gave: &Gave, arguments: &[&str]) -> Value {
    let document: Value =
        serde_json::from_str(&gave.out).unwrap_or_else(|error| panic!("{arguments:?} {error} {gave:?}"));
    assert!(gave.out.ends_with('\n') && gave.out.lines().count() == 1, "{arguments:?} {:?}", gave.out);
    assert_eq!(document["evolve"], env!("CARGO_PKG_VERSION"));
    assert!(document["command"].is_string(), "{document}");
    let keys: Vec<_> = document.as_object().expect("an object").keys().map(String::as_str).collect();
    assert!(keys.iter().all(|key| ["evolve", "command", "result", "error"].contains(key)), "{keys:?}");
    assert!(document.get("result").is_some() || document.get("error").is_some(), "{document}");
    assert_eq!(document.get("error").is_none(), gave.code == 0 || gave.code == 3, "{document}");
    if let Some(error) = document.get("error") {
        for key in ["code", "message", "file", "line", "column", "hint", "exit"] {
            assert!(error.get(key).is_some(), "no {key} in {error}");
        }
        assert_eq!(error["exit"], gave.code, "{document}");
        assert!(
            error["message"].as_str().is_some_and(|message| !message.is_empty() && !message.contains('\n')),
            "{error}"
        );
    }
    document
}

/// Runs it with `--json` at every place it can stand.
#[track_caller]
fn everywhere(project: &Project, arguments: &[&str]) -> Value {
    let first: Vec<&str> = ["--json"].iter().chain(arguments).copied().collect();
    let last: Vec<&str> = arguments.iter().chain(&["--json"]).copied().collect();
    let gave = project.run(&first);
    let a = document(&gave, &first);
    assert!(gave.err.is_empty(), "{arguments:?} {}", gave.err);
    let b = document(&project.run(&last), &last);
    assert_eq!((&a["command"], a["error"]["code"].as_str()), (&b["command"], b["error"]["code"].as_str()));
    a
}

#[test]
fn b77_a_usage_error_is_one_document() {
    let project = risky();
    for arguments in [
        &[][..],
        &["nosuch"],
        &["up", "--nosuch"],
        &["up", "extra"],
        &["up", "--target"],
        &["up", "--checkpoint", "--no-restore-point"],
        &["down"],
        &["down", "--staged", "1", "--target", "one"],
        &["plan", "--down"],
        &["plan", "--staged", "0"],
        &["graph", "--format", "png"],
        &["status", "--color", "mauve"],
        &["new"],
        &["new", "nosuch", "x"],
        &["backup"],
        &["backup", "nosuch"],
        &["rules", "E9999"],
        &["completions", "nosuch"],
        &["init", "--adopt", "--name", "x"],
        &["up", "\u{1b}[2J"],
        &["up", "--allow", "\n"],
        &["--project"],
    ] {
        let before = project.files();
        let document = everywhere(&project, arguments);
        if arguments.last() == Some(&"\n") {
            continue;
        }
        assert_eq!(document["error"]["exit"], 2, "{arguments:?} {document}");
        assert_eq!(project.files(), before);
    }
}

#[test]
fn b77_an_argument_that_is_no_text_is_one_document() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = risky();
    for arguments in [&["up", "--json", "--target"][..], &["--json", "--database"], &["status", "--json"]] {
        let mut command = project.command(arguments);
        let output = command.arg(std::ffi::OsStr::from_bytes(b"a\xff")).output().expect("a run");
        let gave = Gave::of(output);
        assert_eq!(document(&gave, arguments)["error"]["exit"], 2);
    }
}

#[test]
fn b77_bad_files_and_refusals_are_one_document() {
    let project = risky();
    for (path, text) in [
        ("plans/two.toml", "[stage\n"),
        ("plans/two.toml", "[stage]\nname = \"two\"\nversion = \"2\"\n"),
        ("migrations/V2__b.sql", "SELECT 'open"),
        ("migrations/V2__b.sql", "COMMIT;"),
        ("evolve.toml", "x = \n"),
        ("evolve.sum", "<<<<<<<\n"),
    ] {
        let project = risky();
        project.write(path, text);
        let document = everywhere(&project, &["up"]);
        assert_eq!(document["error"]["exit"], 2, "{document}");
        assert_eq!(document["error"]["file"], path, "{document}");
        assert!(document["error"]["line"].as_u64().is_some_and(|line| line > 0), "{document}");
    }
    assert_eq!(everywhere(&project, &["up"])["error"]["exit"], 4);
    project.write("trial.db", "no database, but a letter to whoever opens it");
    assert_eq!(everywhere(&project, &["up"])["error"]["exit"], 2);
    assert_eq!(everywhere(&Project::empty(), &["status"])["error"]["exit"], 2);
}

#[test]
fn b77_help_and_version_are_one_document() {
    let project = risky();
    for arguments in [&["--help"][..], &["up", "--help"], &["--version"], &["backup", "--help"]] {
        let document = everywhere(&project, arguments);
        assert!(document["result"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{document}");
    }
}

#[test]
fn b77_every_command_is_one_document_and_logs_are_elsewhere() {
    let project = risky();
    for arguments in [
        &["seal"][..],
        &["up", "--target", "one"],
        &["up", "--yes", "--checkpoint"],
        &["status"],
        &["plan"],
        &["plan", "--down", "--staged", "1"],
        &["verify"],
        &["history"],
        &["graph"],
        &["graph", "--format", "mermaid"],
        &["backup", "list"],
        &["rules"],
        &["rules", "E0104"],
        &["completions", "bash"],
        &["down", "--staged", "1", "--yes"],
        &["restore", "--yes"],
        &["init", "--adopt"],
        &["new", "migration", "more"],
        &["new", "stage", "three"],
    ] {
        let mut all = arguments.to_vec();
        all.push("--json");
        let output = project.command(&all).env("EVOLVE_LOG", "trace").output().expect("a run");
        let gave = Gave::of(output);
        document(&gave, &all);
        assert!(!gave.err.contains("{\"evolve\""), "{}", gave.err);
    }
}

#[test]
fn b77_a_run_that_failed_is_one_document_with_both() {
    let project = risky();
    project.write("migrations/V2__b.sql", "CREATE TABLE c (x NOT NULL);\nINSERT INTO c VALUES (NULL);\n");
    let document = everywhere(&project, &["up"]);
    assert_eq!(document["result"]["outcome"], "step_undone", "{document}");
    assert_eq!(document["error"]["exit"], 1, "{document}");
}

/// Fails unless the value has these keys: `a.b` is one in another, `a[]` a list of which each element is looked at.
#[track_caller]
fn has(value: &Value, keys: &[&str]) {
    for key in keys {
        let mut found = vec![value];
        for part in key.split('.') {
            let name = part.trim_end_matches("[]");
            found = found
                .into_iter()
                .flat_map(|value| {
                    let value = value.get(name).unwrap_or_else(|| panic!("no {key} in {value}"));
                    if part.ends_with("[]") {
                        value.as_array().unwrap_or_else(|| panic!("{key} is no list in {value}")).iter().collect()
                    } else {
                        vec![value]
                    }
                })
                .collect();
        }
    }
}

/// The words of the design for outcomes and risks.
#[track_caller]
fn one_of(value: &Value, words: &[&str]) {
    assert!(value.as_str().is_some_and(|word| words.contains(&word)), "{value} is none of {words:?}");
}

const RISKS: [&str; 5] = ["none", "low", "medium", "high", "critical"];
const WAYS: [&str; 6] = ["file", "derived", "inverse", "kept", "restore_point", "no"];

#[test]
fn b77_a_plan_has_the_fields_of_the_design() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp1"]);
    for arguments in [&["plan"][..], &["plan", "--down", "--target", "start"], &["plan", "--target", "mvp1"]] {
        let plan = &project.json(arguments)["result"];
        has(
            plan,
            &["direction", "from.stage", "from.version", "from.head", "to.stage", "to.version", "to.head", "risk"],
        );
        has(plan, &["downtime", "digest", "estimate", "restore_points[]", "findings[]", "steps[].id", "steps[].kind"]);
        has(plan, &["steps[].stage", "steps[].title", "steps[].reads[]", "steps[].writes[]", "steps[].rows"]);
        has(plan, &["steps[].reversible", "steps[].risk", "steps[].estimate", "steps[].findings[]"]);
        has(
            plan,
            &["findings[].code", "findings[].severity", "findings[].step", "findings[].message", "findings[].hint"],
        );
        has(plan, &["findings[].file", "findings[].line"]);
        one_of(&plan["direction"], &["up", "down"]);
        one_of(&plan["risk"], &RISKS);
        assert!(
            plan["downtime"].is_boolean()
                && plan["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:"))
        );
        for step in plan["steps"].as_array().expect("steps") {
            one_of(&step["risk"], &RISKS);
            one_of(&step["reversible"], &WAYS);
        }
    }
    let plan = project.json(&["plan"]);
    assert_eq!((&plan["result"]["from"]["stage"], &plan["result"]["to"]["stage"]), (&"mvp1".into(), &"mvp5".into()));
    assert_eq!((&plan["result"]["risk"], &plan["result"]["downtime"]), (&"critical".into(), &true.into()));
}

#[test]
fn b77_a_status_has_the_fields_of_the_design() {
    let project = Project::sample();
    for target in ["", "V1", "mvp2"] {
        if !target.is_empty() {
            project.must(&["up", "--target", target]);
        }
        let status = &project.json(&["status"])["result"];
        has(status, &["environment", "stage", "version", "partial", "interrupted", "holder"]);
        has(
            status,
            &["applied[].id", "applied[].kind", "applied[].stage", "pending[].id", "pending[].kind", "pending[].stage"],
        );
        let partial = if target == "V1" { "mvp1".into() } else { Value::Null };
        assert_eq!(status["partial"], partial, "the stage that was begun");
        assert_eq!(status["stage"].is_null(), target != "mvp2", "the last complete stage");
    }
}

#[test]
fn b77_a_run_has_the_fields_of_the_design() {
    let project = Project::sample();
    let outcomes =
        ["done", "nothing_to_do", "waiting", "interrupted", "step_undone", "rolled_back", "restored", "needs_person"];
    for arguments in [
        &["up", "--target", "mvp3", "--checkpoint"][..],
        &["up", "--target", "mvp3"],
        &["down", "--staged", "1", "--yes"],
        &["restore", "--yes"],
        &["up", "--dry-run"],
    ] {
        let run = &project.json(arguments)["result"];
        has(run, &["run", "outcome", "from.stage", "from.version", "from.head", "to.stage", "to.version", "to.head"]);
        has(
            run,
            &["restore_points[].id", "restore_points[].stage", "restore_points[].bytes", "restore_points[].verified"],
        );
        has(run, &["steps[].id", "steps[].outcome", "steps[].duration_ms", "steps[].estimated_ms", "steps[].read"]);
        has(run, &["steps[].inserted", "steps[].updated", "steps[].unchanged", "steps[].skipped", "steps[].rejected"]);
        has(run, &["steps[].warnings[]"]);
        one_of(&run["outcome"], &outcomes);
        for step in run["steps"].as_array().expect("steps") {
            one_of(&step["outcome"], &["done", "resumed", "skipped", "undone", "failed", "interrupted", "not_started"]);
        }
        for point in run["restore_points"].as_array().expect("restore points") {
            assert!(point["verified"] == true && point["bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{point}");
        }
    }
}

#[test]
fn b77_verify_and_history_have_the_fields_of_the_design() {
    let project = Project::sample();
    project.must(&["up", "--target", "mvp1"]);
    project.must(&["down", "--target", "V1", "--yes"]);
    let verify = &project.json(&["verify"])["result"];
    has(verify, &["ok", "problems[]", "notes[]"]);
    assert_eq!(verify["ok"], true);
    project.sql("CREATE TABLE stray (x); DROP TABLE kb_entries");
    let verify = &project.json(&["verify"])["result"];
    assert_eq!(verify["ok"], false);
    has(verify, &["problems[].code", "problems[].message", "problems[].file", "problems[].hint"]);
    assert!(verify["notes"].to_string().contains("stray"), "{verify}");
    let history = &project.json(&["history"])["result"];
    has(history, &["runs[].id", "runs[].command", "runs[].target", "runs[].state", "runs[].started", "runs[].ended"]);
    has(history, &["runs[].who", "runs[].host", "runs[].tool", "runs[].steps[].id", "runs[].steps[].direction"]);
    let commands: Vec<_> = history["runs"].as_array().expect("runs").iter().map(|run| &run["command"]).collect();
    assert_eq!(commands, ["up", "down"]);
    assert_eq!(project.json(&["history", "--limit", "1"])["result"]["runs"][0]["command"], "down");
}

#[test]
fn b71_times_are_rfc_3339_in_utc() {
    let project = risky();
    project.must(&["up", "--yes"]);
    let history = project.json(&["history"]);
    let run = &history["result"]["runs"][0];
    for time in [&run["started"], &run["ended"], &run["steps"][0]["at"]] {
        let text = time.as_str().expect("a time");
        assert!(text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(), "{text}");
    }
    for time in ["yesterday", "2026-01-01", "-1s", "1.5h", "10 m", "5", "ten"] {
        let before = project.files();
        let document = everywhere(&project, &["up", &format!("--lock-wait={time}")]);
        assert_eq!(document["error"]["exit"], 2, "{document}");
        assert!(document["error"]["message"].as_str().unwrap().contains("--lock-wait"), "{document}");
        assert_eq!(project.files(), before);
    }
}

#[test]
fn b70_numbers_are_plain_digits() {
    let project = risky();
    project.must(&["up", "--target", "one"]);
    let before = project.files();
    for number in
        ["1e3", "0x10", "-1", "+1", "18446744073709551616", "10k", "", " 1", "1_000", "1.0", "0", "½", "١", "1;"]
    {
        for arguments in [
            &["up", "--batch-size"][..],
            &["down", "--yes", "--staged"],
            &["history", "--limit"],
            &["plan", "--staged"],
        ] {
            let given = format!("{}={number}", arguments.last().unwrap());
            let all: Vec<&str> = arguments[..arguments.len() - 1].iter().copied().chain([given.as_str()]).collect();
            let document = everywhere(&project, &all);
            assert_eq!(
                (&document["error"]["code"], &document["error"]["exit"]),
                (&"E0901".into(), &2.into()),
                "{document}"
            );
            assert!(document["error"]["message"].as_str().unwrap().contains("digits"), "{document}");
        }
    }
    // As large as it may be, and more than there is: said, not crashed.
    assert_eq!(everywhere(&project, &["down", "--yes", "--staged", "4294967296"])["error"]["exit"], 2);
    let document = everywhere(&project, &["down", "--yes", "--staged", "4294967295"]);
    assert_eq!(document["error"]["exit"], 2, "{document}");
    assert!(document["error"]["hint"].as_str().unwrap().contains("--staged 1"), "{document}");
    assert_eq!(project.files(), before);
    project.must(&["history", "--limit", "18446744073709551615"]);
    project.must(&["up", "--yes", "--batch-size", "18446744073709551615"]);
}
