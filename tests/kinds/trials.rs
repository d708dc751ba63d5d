//! `up --only STEP --where CONDITION`: a trial says what would be done to some rows, for every kind; it leaves nothing behind
//! and never counts as done. Where the step asks, the trial asks.

use crate::rig::{Project, assert_same, code, outcome};
use crate::{balanced, numbers, project};
use evolve::{Ask, Conflicting, Consent, Decided, Decision, Flags, Question, Silent, Stop, UpRequest};
use std::cell::RefCell;

const TABLES: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, note TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT, note TEXT);
CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER, note TEXT);
INSERT INTO a VALUES (1, 'a1', 'n1'), (2, 'a2', NULL), (3, 'a3', 'n3'), (4, 'a4', 'n4');
";

/// Each kind, and what a trial of the rows with an id below 3 does.
const KINDS: [(&str, [u64; 6]); 6] = [
    ("[[copy]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n", [2, 2, 0, 0, 0, 0]),
    (
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"quarantine\"\ncolumns = { id = \"id\", note = { from = \"note\", required = true } }\n",
        [2, 1, 0, 0, 0, 1],
    ),
    (
        "[[merge]]\nid = \"move\"\ninto = \"b\"\nkey = [\"id\"]\non_conflict = \"overwrite\"\n[[merge.from]]\ntable = \"a\"\ncolumns = { id = \"1\", name = \"name\" }\n",
        [2, 1, 1, 0, 0, 0],
    ),
    (
        "[[split]]\nid = \"move\"\nfrom = \"a\"\n[[split.into]]\ntable = \"b\"\ncolumns = { id = \"id\", name = \"name\" }\n[[split.into]]\ntable = \"c\"\ncolumns = { a = { link = \"b.id\" }, note = \"note\" }\n",
        [4, 4, 0, 0, 0, 0],
    ),
    ("[[enrich]]\nid = \"move\"\ntable = \"a\"\n[enrich.columns]\nname = \"upper(name)\"\n", [2, 2, 0, 0, 0, 0]),
    (
        "[[pipeline]]\nid = \"move\"\n[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"a\"\ninto = \"b\"\n[[pipeline.do]]\n[pipeline.do.enrich]\ntable = \"b\"\n[pipeline.do.enrich.columns]\nname = \"upper(name)\"\n",
        [4, 2, 2, 0, 0, 0],
    ),
];

const TRIAL: [&str; 6] = ["up", "--only", "move", "--where", "id < 3", "--yes"];

#[test]
fn a_trial_of_every_kind_says_what_would_be_done_and_leaves_nothing() {
    for (step, mut expected) in KINDS {
        let project = project(TABLES, step);
        let (before, files) = (project.state(), project.files().keys().cloned().collect::<Vec<_>>());
        let document = project.json(&TRIAL);
        let done = &document["result"]["steps"][0];
        balanced(done);
        if step.starts_with("[[enrich]]") {
            (expected[1], expected[2]) = (0, 2);
        }
        assert_eq!(numbers(done), expected, "{step}");
        assert_eq!(outcome(&document), "nothing_to_do", "{step}");
        assert_same("a trial leaves nothing", &before, &project.state());
        assert_eq!(project.files().keys().cloned().collect::<Vec<_>>(), files, "{step}");
        let status = project.json(&["status"]);
        assert_eq!(status["result"]["pending"][0]["id"], "move", "{status}");
        assert_eq!(status["result"]["interrupted"], serde_json::Value::Null, "{status}");
        project.does(&["up", "--yes"]);
    }
}

#[test]
fn a_trial_of_a_statement_is_refused() {
    let project = project(
        TABLES,
        "[[convert]]\nid = \"move\"\nsql = \"INSERT INTO b (id, name) SELECT count(*), max(name) FROM a\"\nundo = { sql = \"DELETE FROM b\" }\n",
    );
    let before = project.state();
    let document = project.json(&TRIAL);
    assert_eq!(code(&document), "E0007", "{document}");
    assert_same("nothing was done", &before, &project.state());
}

/// Answers, and writes down what it was asked.
struct Person {
    answers: RefCell<Vec<Decided>>,
    asked: RefCell<Vec<String>>,
    database: std::path::PathBuf,
}

impl Ask for Person {
    fn decide(&self, conflicting: &Conflicting<'_>) -> Option<Decided> {
        // Nothing is locked meanwhile.
        let writer = rusqlite::Connection::open(&self.database).expect("a connection");
        writer.execute_batch("BEGIN IMMEDIATE; ROLLBACK;").expect("nobody holds the database");
        let fields = conflicting.fields.iter().map(|field| format!("{:?}/{:?}", field.there, field.incoming));
        self.asked.borrow_mut().push(format!("{:?} {}", conflicting.key, fields.collect::<Vec<_>>().join(" ")));
        let mut answers = self.answers.borrow_mut();
        (!answers.is_empty()).then(|| answers.remove(0))
    }
}

impl Consent for Person {
    fn given(&self, _: &Question<'_>) -> Option<bool> {
        Some(true)
    }

    fn asks(&self) -> Option<&dyn Ask> {
        Some(self)
    }
}

const ASKS: &str = "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_conflict = \"ask\"\ncolumns = { id = \"id % 3\", name = \"name\", note = \"note\" }\n";

fn asked(
    project: &Project,
    trial: Option<&str>,
    answers: &[(Decision, bool)],
) -> (evolve::Answer<evolve::report::RunReport>, Vec<String>) {
    let answers = answers.iter().map(|(decision, rest)| Decided { decision: *decision, rest: *rest }).collect();
    let person = Person { answers: RefCell::new(answers), asked: RefCell::default(), database: project.database() };
    let flags = Flags { project: project.root().to_owned(), ..Flags::default() };
    let mut request = UpRequest::default();
    if let Some(condition) = trial {
        request.choice = evolve::Choice { only: vec!["move".to_owned()], ..evolve::Choice::default() };
        request.trial = Some(condition.to_owned());
    }
    let answer = evolve::Project::open(&flags).expect("the project").up(&request, &person, &Silent, &Stop::new());
    (answer, person.asked.into_inner())
}

#[test]
fn a_trial_asks_as_the_run_does_and_what_was_said_is_forgotten() {
    let tables = format!(
        "{TABLES}INSERT INTO a VALUES (5, 'a5', NULL), (6, 'a6', 'n6'), (7, 'a7', 'n7'); INSERT INTO b VALUES (1, 'b1', NULL);"
    );
    for answers in [
        &[
            (Decision::Take, false),
            (Decision::Keep, false),
            (Decision::Fill, false),
            (Decision::NewKey, false),
            (Decision::Keep, false),
        ][..],
        &[(Decision::Keep, false), (Decision::Take, true)],
        &[(Decision::NewKey, true)],
    ] {
        let project = project(&tables, ASKS);
        let before = project.state();
        let document = project.json(&["up", "--only", "move", "--where", "true", "--yes"]);
        assert_eq!(code(&document), "E0607", "nobody is there: {document}");
        let (answer, tried) = asked(&project, Some("id > 0"), answers);
        let rows = answer.into_result().expect("a trial").steps[0].rows;
        assert_same("a trial leaves nothing", &before, &project.state());
        let (answer, run) = asked(&project, None, answers);
        assert_eq!(answer.into_result().expect("a run").steps[0].rows, rows, "the run does what the trial did");
        assert_eq!(tried, run, "and asks the same");
    }
    // Who does not answer stops it.
    let project = project(&tables, ASKS);
    let before = project.state();
    let (answer, _) = asked(&project, Some("true"), &[(Decision::Take, false)]);
    assert!(answer.into_result().is_err());
    assert_same("nothing was done", &before, &project.state());
}
