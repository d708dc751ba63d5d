//! An application's own sources: registered through the library, declared in a stage file, read by every kind that walks.

use crate::bed::Heard;
use crate::rig::{self, assert_same, code};
use evolve::observe::{Stop, StopReason};
use evolve::report::RunReport;
use evolve::sources::Offered;
use evolve::{Answer, Flags, Project, Unattended, UpRequest, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const TABLES: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, city TEXT);\n\
    CREATE TABLE cities (name TEXT PRIMARY KEY);\n\
    CREATE TABLE older (id INTEGER PRIMARY KEY, email TEXT, city TEXT);\n\
    INSERT INTO older VALUES (1, 'ann@old.org', 'Ulm'), (2, 'ben@old.org', NULL);\n";

const DECLARED: &str = r#"
[source.crm]
version = 2
columns = ["id", "email", "address"]
key = "id"
"#;

const CONVERT: &str = r#"
[[convert]]
id = "bring"
from = { source = "crm" }
into = "people"
[convert.columns]
id = "id"
email = { apply = ["lower"], is = "email" }
city = { from = "/address/city" }
[[convert.check]]
name = "all came"
sql = "SELECT count(*) FROM people"
equals = "SELECT count(*) FROM crm"
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
    folder.write("plans/two.toml", &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{DECLARED}{step}"));
}

fn open(folder: &rig::Project) -> Project {
    Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("the project")
}

fn row(id: i64, email: &str, city: &str) -> Offered {
    let text = |text: String| Value::Text(text);
    Ok(vec![Value::Integer(id), text(email.to_owned()), text(format!("{{\"city\":\"{city}\"}}"))])
}

fn three() -> Vec<Offered> {
    // Not in the order of their key: a step walks them by it all the same.
    vec![row(30, "Cid@new.org", "Bonn"), row(10, "Ann@new.org", "Ulm"), row(20, "Ben@new.org", "Ulm")]
}

/// The application, which has these rows.
fn application(folder: &rig::Project, rows: Vec<Offered>) -> Project {
    open(folder).source("crm", 2, &["id", "email", "address"], move || rows.clone())
}

fn up(project: &Project) -> Answer<RunReport> {
    project.up(&UpRequest::default(), &Unattended, &Heard::default(), &Stop::new())
}

fn people(folder: &rig::Project) -> String {
    folder.value("SELECT group_concat(id || ' ' || email || ' ' || city, ', ') FROM (SELECT * FROM people ORDER BY id)")
}

/// What the stock binary says when it is asked to do this: refused, by name, nothing touched.
#[track_caller]
fn refused(folder: &rig::Project, arguments: &[&str]) {
    let before = folder.state();
    let gave = folder.run(&[arguments, &["--json"]].concat());
    let document = gave.document();
    assert_eq!((gave.code, code(&document)), (4, "E0518"), "{document}");
    let message = document["error"]["message"].as_str().expect("a message");
    assert_eq!(message, "bring reads the source crm, version 2, which is not registered here");
    assert_same("nothing was touched", &before, &folder.state());
}

#[test]
fn a_registered_source_is_read_and_the_stock_binary_refuses_it_by_name() {
    let folder = folder(CONVERT);
    let before = folder.state();
    refused(&folder, &["up", "--yes"]);
    refused(&folder, &["up", "--dry-run"]);
    let plan = folder.json(&["plan"]);
    assert!(plan.to_string().contains("which is not registered here: it cannot run"), "{plan}");
    assert_eq!(folder.json(&["graph"])["result"]["order"][1]["sources"][0], "crm 2");
    assert_eq!(folder.json(&["status"])["result"]["pending"][0]["sources"][0], "crm 2");
    let rows = up(&application(&folder, three())).into_result().expect("up").steps[0].rows;
    assert_eq!((rows.read, rows.inserted, rows.rejected), (3, 3, 0));
    assert_eq!(people(&folder), "10 ann@new.org Ulm, 20 ben@new.org Ulm, 30 cid@new.org Bonn");
    assert_eq!(folder.json(&["status"])["result"]["applied"][1]["sources"], serde_json::json!(["crm 2"]));
    folder.does(&["verify"]);
    // The way back needs neither the source nor the file that declared it.
    declare(&folder, "");
    folder.does(&["down", "--target", "one", "--yes"]);
    assert_same("down", &before, &folder.state());
}

#[test]
fn every_kind_that_walks_reads_a_source() {
    let columns = "id = \"id\"\nemail = \"email\"\n";
    let steps = [
        ("copy", "[[copy]]\nid = \"bring\"\nfrom = { source = \"crm\" }\ninto = \"people\"\n".to_owned(), 3),
        ("where", CONVERT.replace("into =", "where = \"id < 30\"\ninto =").replace("FROM crm\"", "FROM crm WHERE id < 30\""), 2),
        ("merge", format!("[[merge]]\nid = \"bring\"\ninto = \"people\"\nkey = [\"id\"]\n[[merge.from]]\ntable = \"older\"\n[[merge.from]]\nsource = \"crm\"\nwhere = \"id > 10\"\n[merge.from.columns]\n{columns}"), 4),
        ("split", format!("[[split]]\nid = \"bring\"\nfrom = {{ source = \"crm\" }}\n[[split.into]]\ntable = \"people\"\n[split.into.columns]\n{columns}[[split.into]]\ntable = \"cities\"\nwhen = \"id >= 20\"\n[split.into.columns]\nname = {{ from = \"/address/city\" }}\n"), 5),
        ("pipeline", format!("[[pipeline]]\nid = \"bring\"\n[[pipeline.do]]\n[pipeline.do.convert]\nfrom = {{ source = \"crm\" }}\ninto = \"people\"\n[pipeline.do.convert.columns]\n{columns}[[pipeline.do]]\n[pipeline.do.enrich]\ntable = \"people\"\n[pipeline.do.enrich.columns]\ncity = \"'?'\"\n"), 3),
        ("sql", "[[convert]]\nid = \"bring\"\nsql = \"INSERT INTO people (id, email) SELECT c.id, lower(c.email) FROM crm AS c\"\n".to_owned(), 3),
        ("statement", "[[convert]]\nid = \"bring\"\nundo = { sql = \"DELETE FROM people\" }\nsql = \"INSERT INTO people (id, email) SELECT max(id), min(email) FROM crm GROUP BY address\"\n".to_owned(), 2),
    ];
    for (kind, step, inserted) in steps {
        let folder = folder(&step);
        let before = folder.state();
        let request = UpRequest { batch_rows: Some(2), ..UpRequest::default() };
        let project = application(&folder, three());
        let answer = project.up(&request, &Unattended, &Heard::default(), &Stop::new());
        let rows = answer.into_result().unwrap_or_else(|error| panic!("{kind}: {error}")).steps[0].rows;
        assert_eq!(rows.inserted, inserted, "{kind}");
        assert_eq!(rows.read, rows.inserted + rows.updated + rows.unchanged + rows.skipped + rows.rejected, "{kind}");
        let after = folder.state();
        folder.does(&["down", "--target", "one", "--yes"]);
        assert_same(kind, &before, &folder.state());
        up(&project).into_result().expect("up again");
        assert_same(kind, &after, &folder.state());
    }
}

/// Two of five rows are through.
fn half_done(rows: &[Offered]) -> rig::Project {
    let folder = folder(CONVERT);
    let stop = Stop::new();
    let heard = Heard { stop: Some(("rows bring 2", stop.clone(), StopReason::Interrupt)), ..Heard::default() };
    let request = UpRequest { batch_rows: Some(2), ..UpRequest::default() };
    let answer = application(&folder, rows.to_vec()).up(&request, &Unattended, &heard, &stop);
    assert_eq!(answer.error.expect("stopped").code().exit as i32, 130);
    assert_eq!(folder.value("SELECT count(*) FROM people"), "2");
    folder
}

fn five() -> Vec<Offered> {
    (1..=5).map(|id| row(id, &format!("p{id}@new.org"), "Ulm")).collect()
}

#[test]
fn f136_a_half_done_step_goes_on_with_the_same_rows_and_with_no_others() {
    let folder = half_done(&five());
    up(&application(&folder, five())).into_result().expect("it goes on");
    assert_eq!(folder.value("SELECT count(*) || ' ' || count(DISTINCT id) FROM people"), "5 5");

    let folder = half_done(&five());
    let before = folder.state();
    let mut others = five();
    others[0] = row(1, "another@new.org", "Ulm");
    for rows in [others, five()[..4].to_vec(), Vec::new()] {
        let error = up(&application(&folder, rows)).error.expect("refused");
        assert_eq!((error.code().id, error.code().exit as i32), ("E0611", 6));
        assert!(error.message().contains("the source crm gives other rows than when it began"), "{error}");
        assert_same("nothing is touched", &before, &folder.state());
    }
    folder.does(&["down", "--target", "one", "--yes"]);
    assert_eq!(folder.value("SELECT count(*) FROM people"), "0");
    up(&application(&folder, three())).into_result().expect("it starts over");
    assert_eq!(folder.value("SELECT count(*) FROM people"), "3");
}

#[test]
fn what_a_source_cannot_give_fails_the_step_before_it_begins() {
    let nobody = |id| Ok(vec![id, Value::Text("d@new.org".to_owned()), Value::Null]);
    let (null, few) = (nobody(Value::Null), Ok(vec![Value::Integer(1)]));
    let wrong = [
        (Err("the store is closed".to_owned()), "failed at row 4: the store is closed"),
        (few, "gave row 4 with 1 values for 3 columns"),
        (null, "gave row 4 without id, which is of its key"),
        (row(10, "e@new.org", ""), "gave row 4 with the same id as an earlier one"),
        (nobody(Value::Real(f64::NAN)), "gave row 4 with a number that is none"),
    ];
    for (last, words) in wrong {
        let folder = folder(CONVERT);
        let before = folder.state();
        let error = up(&application(&folder, [three(), vec![last]].concat())).error.expect("it failed");
        assert_eq!((error.message(), error.code().exit as i32), (&*format!("the source crm, version 2, {words}"), 1));
        assert_eq!(error.place().map(|place| place.line), Some(5));
        assert_same("nothing is touched", &before, &folder.state());
    }
    let folder = folder(CONVERT);
    let panics = open(&folder).source("crm", 2, &["id", "email", "address"], || {
        three().into_iter().map(|row| if row == three()[2] { panic!("a secret") } else { row })
    });
    let error = up(&panics).error.expect("it failed");
    assert_eq!(error.message(), "the source crm, version 2, panicked at row 3");
    assert_eq!(folder.value("SELECT count(*) FROM people"), "0");
}

#[test]
fn a_row_is_judged_put_aside_and_tried_again_as_any_other() {
    let rule = "on_invalid = \"quarantine\"\ninto =";
    let step = CONVERT.replace("into =", rule).replace("equals = \"SELECT count(*) FROM crm\"", "is = 2")
        + "[[convert.rule]]\nname = \"not from Bonn\"\nsql = \"address NOT LIKE '%Bonn%'\"\n";
    let folder = folder(&step);
    let before = folder.state();
    let dry = UpRequest { dry_run: true, ..UpRequest::default() };
    let told = application(&folder, three()).up(&dry, &Unattended, &Heard::default(), &Stop::new());
    assert_same("a dry run writes nothing", &before, &folder.state());
    let rows = up(&application(&folder, three())).into_result().expect("up").steps[0].rows;
    assert_eq!((rows.read, rows.inserted, rows.rejected), (3, 2, 1));
    assert_eq!(told.into_result().expect("an account").steps[0].rows, rows);
    assert_eq!(folder.value("SELECT rule FROM evolve_rejects"), "not from Bonn");
    refused(&folder, &["up", "--retry-rejects"]);
    let mut mended = three();
    mended[0] = row(30, "cid@new.org", "Ulm");
    let request = UpRequest { retry_rejects: true, ..UpRequest::default() };
    let project = application(&folder, mended);
    project.up(&request, &Unattended, &Heard::default(), &Stop::new()).into_result().expect("tried again");
    assert_eq!(people(&folder), "10 ann@new.org Ulm, 20 ben@new.org Ulm, 30 cid@new.org Ulm");
    assert_eq!(folder.value("SELECT count(*) FROM evolve_rejects"), "0");
    folder.does(&["down", "--target", "one", "--yes"]);
    assert_eq!(folder.value("SELECT count(*) FROM people"), "0");
}

#[test]
fn rejects_of_a_source_without_a_key_are_not_guessed_at() {
    let step = CONVERT
        .replace("into =", "on_invalid = \"quarantine\"\ninto =")
        .replace("is = \"email\"", "pattern = \"[ab].*\"");
    let folder = folder(&step.replace("equals = \"SELECT count(*) FROM crm\"", "is = 2"));
    let text = std::fs::read_to_string(folder.path("plans/two.toml")).expect("the stage file");
    folder.write("plans/two.toml", &text.replace("key = \"id\"\n", ""));
    up(&application(&folder, three())).into_result().expect("up");
    let request = UpRequest { retry_rejects: true, ..UpRequest::default() };
    let answer = application(&folder, three()).up(&request, &Unattended, &Heard::default(), &Stop::new());
    let error = answer.error.expect("refused");
    assert_eq!(error.message(), "bring: nothing tells the rows of the source crm apart");
}

#[test]
fn a_trial_reads_the_source_and_leaves_nothing() {
    let folder = folder(CONVERT);
    let before = folder.state();
    let choice = evolve::Choice { only: vec!["bring".to_owned()], ..evolve::Choice::default() };
    let request = UpRequest { trial: Some("id <= 20".to_owned()), choice, ..UpRequest::default() };
    let answer = application(&folder, three()).up(&request, &Unattended, &Heard::default(), &Stop::new());
    assert_eq!(answer.into_result().expect("a trial").steps[0].rows.inserted, 2);
    assert_same("a trial leaves nothing", &before, &folder.state());
}

#[test]
fn a_source_is_read_once_and_what_is_protected_never_stands_in_the_database() {
    let step = CONVERT
        .replace("city = { from = \"/address/city\" }", "city = { from = \"/address/city\", protect = \"mask\" }");
    let folder = folder(&step);
    let opened = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&opened);
    let project = open(&folder).source("crm", 2, &["id", "email", "address"], move || {
        counts.fetch_add(1, Ordering::SeqCst);
        (1..=3_000).map(|id| row(id, &format!("p{id}@new.org"), "Zwischenahn"))
    });
    let request = UpRequest { batch_rows: Some(100), ..UpRequest::default() };
    project.up(&request, &Unattended, &Heard::default(), &Stop::new()).into_result().expect("up");
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    for file in ["trial.db", "trial.db-wal"] {
        let bytes = std::fs::read(folder.path(file)).unwrap_or_default();
        assert!(!bytes.windows(11).any(|some| some == b"Zwischenahn"), "{file}");
    }
    assert_eq!(folder.value("SELECT count(*) FROM people"), "3000");
}

#[test]
fn on_a_lent_connection_nothing_of_it_stays() {
    let folder = folder(CONVERT);
    let mut connection = rusqlite::Connection::open(folder.database()).expect("a connection");
    let project = application(&folder, three());
    let run = |connection: &mut rusqlite::Connection| {
        project.up_on(connection, &UpRequest::default(), &Unattended, &Heard::default(), &Stop::new())
    };
    connection.execute_batch("CREATE TEMP TABLE crm (own)").expect("a table of the application's");
    assert!(run(&mut connection).error.is_some_and(|error| error.message().contains("crm")));
    connection.execute_batch("SELECT own FROM crm; DROP TABLE crm").expect("it is still there");
    run(&mut connection).into_result().expect("up");
    let left = connection.query_row("SELECT count(*) FROM temp.sqlite_schema", [], |row| row.get::<_, i64>(0));
    assert_eq!(left, Ok(0));
}

#[test]
fn another_version_is_another_source_and_another_step() {
    let folder = folder(CONVERT);
    let other = open(&folder).source("crm", 1, &["id"], Vec::new);
    let error = up(&other).error.expect("refused");
    assert_eq!(error.hint_text(), Some("registered here: version 1"));
    let narrow = open(&folder).source("crm", 2, &["id", "email"], Vec::new);
    let error = up(&narrow).error.expect("refused");
    assert_eq!(error.hint_text(), Some("registered here with id, email"));
    up(&application(&folder, three())).into_result().expect("up");
    let text = std::fs::read_to_string(folder.path("plans/two.toml")).expect("the stage file");
    for (from, to) in
        [("version = 2\n", "version = 3\n"), ("key = \"id\"\n", ""), ("\"address\"]", "\"address\", \"x\"]")]
    {
        folder.write("plans/two.toml", &text.replace(from, to));
        let document = folder.run(&["up", "--json"]).document();
        assert_eq!(code(&document), "E0513", "{to} is in the digest: {document}");
    }
}

#[test]
fn b43_declarations_that_are_wrong_are_said_where_they_stand() {
    let folder = folder(CONVERT);
    let text = std::fs::read_to_string(folder.path("plans/two.toml")).expect("the stage file");
    let wrong = [
        ("{ source = \"crm\" }", "{ source = \"crn\" }", "E0007", 12, "did you mean \"crm\"?"),
        ("{ source = \"crm\" }", "{ soruce = \"crm\" }", "E0006", 12, ""),
        ("version = 2\n", "", "E0006", 5, "version = 1"),
        ("columns = [\"id\", \"email\", \"address\"]\n", "", "E0006", 5, "columns = ["),
        ("\"address\"]", "\"ID\"]", "E0007", 7, ""),
        ("key = \"id\"", "key = \"ident\"", "E0105", 8, ""),
        ("key = \"id\"", "key = []", "E0007", 8, ""),
        ("key = \"id\"", "file = \"a.json\"", "E0012", 8, "Project::source"),
        ("[source.crm]", "[source.evolve_crm]", "E0109", 5, ""),
        ("[source.crm]", "[source.people]", "E0007", 12, "[source.crm]"),
        ("from = \"/address/city\"", "from = \"//city\"", "E0105", 17, "such as"),
        ("into = ", "undo = \"derive\"\ninto = ", "E0007", 10, "journal"),
    ];
    for (from, to, expected, line, hint) in wrong {
        folder.write("plans/two.toml", &text.replace(from, to));
        let gave = folder.run(&["graph", "--json"]);
        let document = gave.document();
        let error = &document["error"];
        assert_eq!((gave.code, code(&document)), (2, expected), "{to}: {document}");
        assert_eq!(
            (error["file"].as_str(), error["line"].as_u64()),
            (Some("plans/two.toml"), Some(line)),
            "{to}: {document}"
        );
        assert!(error["hint"].as_str().unwrap_or_default().contains(hint), "{to}: {document}");
    }
    let named_as_a_table = text.replace("crm", "people");
    folder.write("plans/two.toml", &named_as_a_table);
    let document = folder.run(&["graph", "--json"]).document();
    assert!(
        document["error"]["message"].as_str().is_some_and(|it| it.contains("has the name of a table")),
        "{document}"
    );
}
