//! An application's own functions: registered through the library, declared in a stage file, refused where they are missing.

use crate::bed::{Heard, down_to};
use crate::rig::{self, assert_same, code};
use evolve::observe::Stop;
use evolve::report::RunReport;
use evolve::{Answer, Flags, Project, Unattended, UpRequest, Value};

const TABLES: &str = "CREATE TABLE seen (id INTEGER PRIMARY KEY, plate, note TEXT);\n\
    INSERT INTO seen VALUES (1, 'b ab 1', 'x'), (2, NULL, 'y'), (3, ' m cd 22', 'z');\n\
    CREATE TABLE cars (id INTEGER PRIMARY KEY, plate TEXT, note TEXT);\n";

const STEP: &str = r#"
[function.plate_number]
version = 3
[[convert]]
id = "cars"
from = "seen"
into = "cars"
[convert.columns]
id = "id"
plate = { apply = ["trim", "plate_number"] }
note = "note"
"#;

/// A project at its first stage whose second has this.
fn folder(step: &str) -> rig::Project {
    let folder = rig::Project::of(&[
        ("migrations/V1__tables.sql", TABLES),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
    ]);
    declare(&folder, step);
    folder.does(&["up", "--target", "one", "--yes"]);
    folder
}

fn declare(folder: &rig::Project, step: &str) {
    folder.write("plans/two.toml", &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{step}"));
}

fn open(folder: &rig::Project) -> Project {
    Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("the project")
}

/// The application: it has version 3, which wants text and panics of `boom`.
fn application(folder: &rig::Project) -> Project {
    open(folder).function("plate_number", 3, |value| match value {
        Value::Text(text) if text == "boom" => panic!("a secret: {text}"),
        Value::Text(text) => Ok(Value::Text(text.to_uppercase().replace(' ', "-"))),
        _ => Err("is no plate number".to_owned()),
    })
}

fn up(project: &Project) -> Answer<RunReport> {
    project.up(&UpRequest::default(), &Unattended, &Heard::default(), &Stop::new())
}

fn plates(folder: &rig::Project) -> String {
    folder.value("SELECT group_concat(coalesce(plate, 'none'), ' ') FROM (SELECT plate FROM cars ORDER BY id)")
}

/// What the stock binary says when it is asked to do this: refused, by name, nothing touched.
#[track_caller]
fn refused(folder: &rig::Project, arguments: &[&str]) {
    let before = folder.state();
    let gave = folder.run(&[arguments, &["--json"]].concat());
    let document = gave.document();
    assert_eq!((gave.code, code(&document)), (4, "E0508"), "{document}");
    let message = document["error"]["message"].as_str().expect("a message");
    assert_eq!(message, "cars needs the function plate_number, version 3, which is not registered here");
    assert_same("nothing was touched", &before, &folder.state());
}

#[test]
fn a_registered_function_runs_and_the_stock_binary_refuses_it_by_name() {
    let folder = folder(STEP);
    refused(&folder, &["up", "--yes"]);
    refused(&folder, &["up", "--dry-run"]);
    let plan = folder.json(&["plan"]);
    assert!(plan.to_string().contains("which is not registered here: it cannot run"), "{plan}");
    assert_eq!(folder.json(&["graph"])["result"]["order"][1]["functions"][0], "plate_number 3");
    assert_eq!(folder.json(&["status"])["result"]["pending"][0]["functions"][0], "plate_number 3");
    up(&application(&folder)).into_result().expect("up");
    assert_eq!(plates(&folder), "B-AB-1 none M-CD-22");
    let status = folder.json(&["status"]);
    assert_eq!(status["result"]["applied"][1]["functions"], serde_json::json!(["plate_number 3"]));
    assert_eq!(status["result"]["applied"][0].get("functions"), None);
    folder.does(&["verify"]);
    folder.does(&["history"]);
}

/// The application: its function takes a country and a number of digits.
fn with_arguments(folder: &rig::Project) -> Project {
    open(folder).function_with("plate_number", 3, |value, arguments| match (value, arguments) {
        (Value::Text(text), []) => Ok(Value::Text(text.to_lowercase())),
        (Value::Text(text), [Value::Text(country), more @ ..]) => Ok(Value::Text(format!("{country}{more:?} {text}"))),
        _ => Err("is no plate number".to_owned()),
    })
}

#[test]
fn a_function_is_given_the_arguments_that_stand_in_the_stage_file() {
    let given = |arguments: &str| STEP.replace("\"plate_number\"]", &format!("{{ plate_number = {arguments} }}]"));
    for (arguments, plate) in [
        ("[\"DE\", 2, 0.5, true]", "DE[Integer(2), Real(0.5), Integer(1)] m cd 22"),
        ("\"DE\"", "DE[] m cd 22"),
        ("[]", "m cd 22"),
    ] {
        let folder = folder(&given(arguments));
        refused(&folder, &["up", "--yes"]);
        let before = folder.state();
        up(&with_arguments(&folder)).into_result().expect("up");
        assert_eq!(folder.value("SELECT plate FROM cars WHERE id = 3"), plate);
        // They are in the digest: the step that is in is not the one that the file says now.
        declare(&folder, &given("[\"AT\", 2, 0.5, true]"));
        assert_eq!(code(&folder.run(&["up", "--json"]).document()), "E0513", "{arguments}");
        declare(&folder, &given(arguments));
        let project = with_arguments(&folder);
        project.down(&down_to("one"), &Unattended, &Heard::default(), &Stop::new()).into_result().expect("down");
        assert_same("down", &before, &folder.state());
    }
    // A function that was registered as one that takes none is given none.
    let folder = folder(&given("[\"DE\"]"));
    let before = folder.state();
    for request in [UpRequest::default(), UpRequest { dry_run: true, ..UpRequest::default() }] {
        let answer = application(&folder).up(&request, &Unattended, &Heard::default(), &Stop::new());
        let error = answer.error.expect("refused");
        let place = error.place().map(|place| (place.file.clone(), place.line));
        assert_eq!((error.code().id, place), ("E0105", Some(("plans/two.toml".into(), 13))), "{}", error.message());
        assert!(
            error.message().contains("cars.plate gives arguments to the function plate_number"),
            "{}",
            error.message()
        );
        assert_same("nothing was touched", &before, &folder.state());
    }
}

#[test]
fn a_dry_run_of_the_application_calls_its_function() {
    let folder = folder(&STEP.replace("\"trim\", ", ""));
    folder.sql("INSERT INTO seen VALUES (4, 4711, '')");
    let request = UpRequest { dry_run: true, ..UpRequest::default() };
    let answer = application(&folder).up(&request, &Unattended, &Heard::default(), &Stop::new());
    let report = answer.into_result().expect("an account");
    assert_eq!((report.steps[0].rows.read, report.steps[0].rows.rejected), (4, 1));
}

#[test]
fn another_version_is_another_function_and_another_step() {
    let folder = folder(STEP);
    let other = open(&folder).function("plate_number", 2, Ok);
    let error = up(&other).error.expect("refused");
    assert_eq!(error.message(), "cars needs the function plate_number, version 3, which is not registered here");
    assert_eq!(error.hint_text(), Some("registered here: version 2"));
    assert_eq!(error.code().exit as i32, 4);
    let both = application(&folder).function("plate_number", 2, Ok);
    up(&both).into_result().expect("up");
    declare(&folder, &STEP.replace("version = 3", "version = 4"));
    let document = folder.run(&["up", "--json"]).document();
    assert_eq!(code(&document), "E0513", "the version is in the digest: {document}");
}

#[test]
fn what_a_function_refuses_is_a_reject_as_any_other() {
    let step = STEP.replace("\"trim\", ", "");
    let folder = folder(&step);
    folder.sql("UPDATE seen SET plate = 4711 WHERE id = 3");
    let before = folder.state();
    let error = up(&application(&folder)).error.expect("refused");
    assert_eq!(error.message(), "rows of seen are not valid: 3 (plate: the value is no plate number)");
    assert_same("taken back", &before, &folder.state());
    declare(&folder, &step.replace("into =", "on_invalid = \"quarantine\"\ninto ="));
    up(&application(&folder)).into_result().expect("up");
    let reject = "SELECT col || '/' || rule || '/' || reason FROM evolve_rejects";
    assert_eq!(folder.value(reject), "plate/plate_number/is no plate number");
    folder.sql("UPDATE seen SET plate = 'c 1' WHERE id = 3");
    refused(&folder, &["up", "--retry-rejects"]);
    let request = UpRequest { retry_rejects: true, ..UpRequest::default() };
    let answer = application(&folder).up(&request, &Unattended, &Heard::default(), &Stop::new());
    answer.into_result().expect("tried again");
    assert_eq!(plates(&folder), "B-AB-1 none C-1");
}

#[test]
fn a_function_that_panics_fails_its_step_by_name() {
    for rule in ["fail", "skip", "quarantine"] {
        let folder = folder(&STEP.replace("into =", &format!("on_invalid = \"{rule}\"\ninto =")));
        folder.sql("INSERT INTO seen VALUES (4, 'boom', '')");
        let before = folder.state();
        let answer = up(&application(&folder));
        let error = answer.error.expect("it failed");
        let words = "the function plate_number, version 3, panicked";
        assert_eq!((error.message(), error.code().exit as i32), (words, 1), "{rule}");
        assert_same("taken back", &before, &folder.state());
    }
}

#[test]
fn a_constant_goes_through_the_function_when_the_step_runs() {
    let folder = folder(&STEP.replace("plate = { ", "plate = { value = \"x y\", "));
    refused(&folder, &["up", "--yes"]);
    up(&application(&folder)).into_result().expect("up");
    assert_eq!(plates(&folder), "X-Y X-Y X-Y");
}

#[test]
fn only_a_way_back_that_calls_the_function_needs_it() {
    let folder = folder(STEP);
    let before = folder.state();
    up(&application(&folder)).into_result().expect("up");
    refused(&folder, &["down", "--target", "one", "--yes"]);
    let down = |project: &Project| project.down(&down_to("one"), &Unattended, &Heard::default(), &Stop::new());
    assert_eq!(down(&open(&folder)).error.expect("refused").code().id, "E0508");
    declare(&folder, "");
    // What the ledger keeps of the stage file is enough.
    down(&application(&folder)).into_result().expect("down");
    assert_same("down", &before, &folder.state());
    for undo in ["\"journal\"", "{ sql = \"DELETE FROM cars\" }"] {
        declare(&folder, &STEP.replace("into =", &format!("undo = {undo}\ninto =")));
        up(&application(&folder)).into_result().expect("up");
        assert_eq!(plates(&folder), "B-AB-1 none M-CD-22");
        folder.does(&["down", "--target", "one", "--yes"]);
        assert_same(undo, &before, &folder.state());
    }
}

/// What the step was begun under makes its way back a journal, whatever the settings say by then.
#[test]
fn a_way_back_by_journal_does_not_ask_for_a_function_it_does_not_call() {
    let folder = folder(STEP);
    let before = folder.state();
    let config = std::fs::read_to_string(folder.path("evolve.toml")).expect("evolve.toml");
    folder.write("evolve.toml", &format!("{config}on_conflict = \"skip\"\n"));
    up(&application(&folder)).into_result().expect("up");
    assert_eq!(folder.value("SELECT undo FROM evolve_steps WHERE id = 'cars'"), "journal");
    folder.write("evolve.toml", &config);
    folder.does(&["down", "--target", "one", "--yes"]);
    assert_same("down", &before, &folder.state());
}

#[test]
fn a_function_in_a_pipeline_is_seen() {
    let step = STEP
        .replace("[[convert]]\nid = \"cars\"", "[[pipeline]]\nid = \"cars\"\n[[pipeline.do]]\n[pipeline.do.convert]")
        .replace("[convert.columns]", "[pipeline.do.convert.columns]");
    let folder = folder(&step);
    refused(&folder, &["up", "--yes"]);
    up(&application(&folder)).into_result().expect("up");
    assert_eq!(plates(&folder), "B-AB-1 none M-CD-22");
}

#[test]
fn declarations_that_are_wrong_are_said_where_they_stand() {
    let folder = folder(STEP);
    let wrong = [
        (STEP.replace("\"plate_number\"]", "\"plate_nummer\"]"), "E0105", 13, "did you mean `plate_number`?"),
        (STEP.replace("\"trim\"", "\"trimm\""), "E0105", 13, "did you mean `trim`?"),
        (STEP.replace("\"plate_number\"]", "{ plate_number = [[\"DE\"]] }]"), "E0005", 13, ""),
        (STEP.replace("\"plate_number\"]", "{ plate_number = 1979-05-27 }]"), "E0005", 13, "put the date in quotes"),
        (STEP.replace("\"plate_number\"]", "{ plate_number = 1, trim = 2 }]"), "E0105", 13, ""),
        (STEP.replace("\"plate_number\"]", "{ plate_nummer = 1 }]"), "E0105", 13, "did you mean `plate_number`?"),
        (STEP.replace("plate_number]", "trim]"), "E0007", 5, "give it another name"),
        (STEP.replace("version = 3", ""), "E0006", 5, "version = 1: the one that the application registers"),
        (STEP.replace("version = 3", "version = \"3\""), "E0005", 6, ""),
        (STEP.replace("version = 3", "version = 3\nvresion = 4"), "E0004", 7, "did you mean `version`?"),
    ];
    for (step, expected, line, hint) in wrong {
        declare(&folder, &step);
        let gave = folder.run(&["graph", "--json"]);
        let document = gave.document();
        let error = &document["error"];
        assert_eq!((gave.code, code(&document)), (2, expected), "{document}");
        assert_eq!(
            (error["file"].as_str(), error["line"].as_u64()),
            (Some("plans/two.toml"), Some(line)),
            "{document}"
        );
        assert_eq!(error["hint"].as_str().unwrap_or_default(), hint, "{document}");
    }
    declare(&folder, STEP);
    let toml = std::fs::read_to_string(folder.path("evolve.toml")).expect("evolve.toml");
    folder.write("evolve.toml", &format!("{toml}[function.plate_number]\nversion = 3\n"));
    let document = folder.run(&["graph", "--json"]).document();
    assert!(document["error"]["hint"].as_str().is_some_and(|hint| hint.contains("stage file")), "{document}");
}
