//! `on_conflict = "ask"`: each row is answered by itself, whatever the batches; what was answered is not asked again.

use crate::rig::{Project, assert_same, code, outcome};
use crate::{declare, down, numbers, project, rows};
use evolve::report::RunReport;
use evolve::value::Value;
use evolve::{Answer, Ask, Conflicting, Consent, Decided, Decision, Flags, Question, Silent, Stop, UpRequest};
use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

const TABLES: &str = "
CREATE TABLE a (no INTEGER PRIMARY KEY, id INTEGER, name TEXT, note TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT, note TEXT);
INSERT INTO a VALUES (1, 1, 'a1', 'n1'), (2, 9, 'a2', NULL), (3, 2, 'a3', 'n3'), (4, 3, 'a4', 'n4'), (5, 8, 'a5', 'n5'),
  (6, 8, 'a6', 'n6'), (7, 4, 'a7', 'n7'), (8, 8, 'a8', NULL), (9, 7, 'a9', 'n9');
";

const THERE: &str = "INSERT INTO b VALUES (1, 'b1', NULL), (2, 'b2', NULL), (3, 'b3', NULL), (4, 'b4', 'm4')";

const STEP: &str = "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_conflict = \"ask\"\n";
const COLUMNS: &str = "[convert.columns]\nid = \"id\"\nname = \"name\"\nnote = \"note\"\n";

/// Answers by the number of the source's row, and writes down what it was asked.
struct Person {
    answers: fn(i64) -> Option<Decided>,
    asked: RefCell<Vec<String>>,
}

impl Person {
    fn who(answers: fn(i64) -> Option<Decided>) -> Self {
        Self { answers, asked: RefCell::default() }
    }
}

impl Ask for Person {
    fn decide(&self, conflicting: &Conflicting<'_>) -> Option<Decided> {
        let shown = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
        let fields = conflicting
            .fields
            .iter()
            .map(|field| format!("{} {}/{}", field.column, shown(&field.there), shown(&field.incoming)));
        let [Value::Integer(number)] = conflicting.key else { panic!("{conflicting:?}") };
        let fields: Vec<String> = fields.collect();
        self.asked.borrow_mut().push(format!("{number}: {}", fields.join(", ")));
        (self.answers)(*number)
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

fn run(project: &Project, person: &Person, size: u64) -> Answer<RunReport> {
    let flags = Flags { project: project.root().to_owned(), ..Flags::default() };
    let request = UpRequest { batch_rows: Some(size), ..UpRequest::default() };
    evolve::Project::open(&flags).expect("the project").up(&request, person, &Silent, &Stop::new())
}

fn only(decision: Decision) -> Option<Decided> {
    Some(Decided { decision, rest: false })
}

/// Keeps 1, fills 3, takes 4, gives 6 a new key, takes 7 and 8.
fn each(number: i64) -> Option<Decided> {
    only(match number {
        1 => Decision::Keep,
        3 => Decision::Fill,
        6 => Decision::NewKey,
        _ => Decision::Take,
    })
}

const ASKED: [&str; 6] = [
    "1: id 1/1, name b1/a1, note NULL/n1",
    "3: id 2/2, name b2/a3, note NULL/n3",
    "4: id 3/3, name b3/a4, note NULL/n4",
    "6: id 8/8, name a5/a6, note n5/n6",
    "7: id 4/4, name b4/a7, note m4/n7",
    "8: id 8/8, name a5/a8, note n5/NULL",
];

const MADE: [&str; 8] = [
    "1 | b1 | NULL",
    "2 | b2 | n3",
    "3 | a4 | n4",
    "4 | a7 | n7",
    "7 | a9 | n9",
    "8 | a8 | NULL",
    "9 | a2 | NULL",
    "10 | a6 | n6",
];

fn made(project: &Project) -> Vec<String> {
    rows(project, "SELECT id, name, note FROM b ORDER BY id")
}

#[track_caller]
fn account(answer: Answer<RunReport>) -> [u64; 6] {
    let report = answer.into_result().expect("a report");
    numbers(&serde_json::to_value(&report.steps[0]).expect("a step"))
}

fn begun() -> Project {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    project.sql(THERE);
    project
}

#[test]
fn f134_each_row_is_asked_about_once_and_answered_the_same_at_every_batch_size() {
    let project = begun();
    let before = project.state();
    for size in [1, 2, 3, 4, 5, 6, 7, 100] {
        let person = Person::who(each);
        assert_eq!(account(run(&project, &person, size)), [9, 4, 4, 0, 1, 0], "batches of {size}");
        assert_eq!(*person.asked.borrow(), ASKED, "batches of {size}");
        assert_eq!(made(&project), MADE, "batches of {size}");
        assert_eq!(
            rows(&project, "SELECT shown, answer FROM evolve_answers ORDER BY 1"),
            ["1 | keep", "3 | fill", "4 | take", "6 | new_key", "7 | take", "8 | take"]
        );
        assert_eq!(rows(&project, "SELECT shown, old, new FROM evolve_ids"), ["6 | 8 | 10"]);
        down(&project);
        assert_same("down", &before, &project.state());
        assert_eq!(
            project.value("SELECT (SELECT count(*) FROM evolve_answers) + (SELECT count(*) FROM evolve_ids)"),
            "0"
        );
    }
}

#[test]
fn a_run_that_is_stopped_at_any_question_goes_on_with_the_next_and_asks_nothing_twice() {
    fn to_the_fourth(number: i64) -> Option<Decided> {
        if number < 6 { each(number) } else { None }
    }
    fn none(_: i64) -> Option<Decided> {
        None
    }
    for (size, stops) in
        [(1, to_the_fourth as fn(i64) -> _), (4, to_the_fourth), (100, to_the_fourth), (1, none), (100, none)]
    {
        let project = begun();
        let first = Person::who(stops);
        let answer = run(&project, &first, size);
        assert_eq!(answer.error.as_ref().map(|error| error.code().id), Some("E0708"), "{:?}", answer.error);
        drop(answer);
        let second = Person::who(each);
        let _ = account(run(&project, &second, size));
        let (mut asked, again) = (first.asked.take(), second.asked.take());
        assert_eq!(asked.pop().as_ref(), again.first(), "the question it stopped at");
        assert_eq!([asked, again].concat(), ASKED);
        assert_eq!(made(&project), MADE);
    }
}

#[test]
fn the_same_for_all_the_rest_is_asked_once() {
    fn rest(decision: Decision) -> Option<Decided> {
        Some(Decided { decision, rest: true })
    }
    let project = begun();
    type Says = fn(i64) -> Option<Decided>;
    let rules: [(Says, &str, [u64; 6]); 4] = [
        (|_| rest(Decision::Keep), "skip", [9, 3, 0, 0, 6, 0]),
        (|_| rest(Decision::Take), "overwrite", [9, 3, 6, 0, 0, 0]),
        (|_| rest(Decision::Fill), "{ fill = [\"name\", \"note\"] }", [9, 3, 3, 0, 3, 0]),
        (|_| rest(Decision::NewKey), "{ new_key = \"id\" }", [9, 9, 0, 0, 0, 0]),
    ];
    for (says, same, numbers) in rules {
        let rule = if same.starts_with('{') { same.to_owned() } else { format!("\"{same}\"") };
        declare(&project, &format!("{STEP}{COLUMNS}").replace("\"ask\"", &rule));
        crate::up(&project, 4);
        let by_rule = made(&project);
        down(&project);
        declare(&project, &format!("{STEP}{COLUMNS}"));
        for size in [1, 2, 5, 100] {
            let person = Person::who(says);
            assert_eq!(account(run(&project, &person, size)), numbers, "{same}, batches of {size}");
            assert_eq!(*person.asked.borrow(), ASKED[..1]);
            assert_eq!(made(&project), by_rule, "{same}, batches of {size}");
            down(&project);
        }
    }
    fn later(number: i64) -> Option<Decided> {
        if number < 4 { only(Decision::Take) } else { rest(Decision::Keep) }
    }
    let person = Person::who(later);
    assert_eq!(account(run(&project, &person, 100)), [9, 3, 2, 0, 4, 0]);
    assert_eq!(*person.asked.borrow(), ASKED[..3]);
}

#[test]
fn b73_without_anybody_to_ask_nothing_is_touched() {
    let project = begun();
    let before = project.files();
    for arguments in [&["up"][..], &["up", "--yes"]] {
        let document = project.json(arguments);
        assert_eq!((code(&document), &document["error"]["exit"]), ("E0607", &4.into()), "{document}");
        let error = document["error"].to_string();
        assert!(error.contains("move asks") && error.contains("skip") && error.contains("--on-conflict"), "{error}");
        assert_eq!(document.get("result"), None, "{document}");
    }
    assert_eq!(project.files(), before);
    let document = project.json(&["up", "--dry-run"]);
    assert_eq!(outcome(&document), "nothing_to_do", "{document}");
    assert_eq!(project.files(), before);
    declare(&project, &format!("{STEP}{COLUMNS}").replace("on_conflict = \"ask\"\n", ""));
    assert_eq!(code(&project.json(&["up", "--on-conflict", "ask"])), "E0607");
    declare(&project, &format!("{STEP}undo = \"none\"\n{COLUMNS}"));
    let document = project.json(&["up", "--allow", "R801"]);
    assert_eq!(code(&document), "E0007", "{document}");
}

#[test]
fn rows_that_are_refused_are_not_asked_about_and_what_is_protected_is_not_shown() {
    let pattern = "{ from = \"name\", pattern = \"^a[^1-3]$\" }\nnote = { from = \"secret\", protect = \"mask\" }";
    let columns = COLUMNS.replace("\"name\"\nnote = \"note\"", pattern);
    let tables = format!("{TABLES}ALTER TABLE a ADD COLUMN secret TEXT; UPDATE a SET secret = note;");
    let project = project(&tables, &format!("{STEP}on_invalid = \"skip\"\n{columns}"));
    project.sql(THERE);
    let person = Person::who(|_| only(Decision::Keep));
    assert_eq!(account(run(&project, &person, 4)), [9, 2, 0, 0, 4, 3]);
    let asked = person.asked.take();
    assert_eq!(asked[0], "4: id 3/3, name b3/a4, note -/-");
    assert_eq!(asked.len(), 4, "{asked:?}");
}

#[test]
fn a_row_that_a_function_refuses_is_left_out_before_anybody_looks_at_it() {
    let columns =
        COLUMNS.replace("\"name\"\nnote", "{ from = \"name\", apply = [\"trim\"], pattern = \"^a[^1-3]$\" }\nnote");
    let tables =
        TABLES.replace("b (id INTEGER PRIMARY KEY, name TEXT,", "b (id INTEGER PRIMARY KEY, name TEXT UNIQUE,");
    for invalid in ["skip", "quarantine"] {
        let project = project(&tables, &format!("{STEP}on_invalid = \"{invalid}\"\n{columns}"));
        project.sql("INSERT INTO b VALUES (90, 'a4', 'mine')");
        let person = Person::who(|_| only(Decision::Keep));
        run(&project, &person, 100).result.expect("up");
        let asked = person.asked.take();
        assert_eq!(
            asked,
            [
                "4: id 90/3, name a4/a4, note mine/n4",
                "6: id 8/8, name a5/a6, note n5/n6",
                "8: id 8/8, name a5/a8, note n5/NULL",
            ]
        );
    }
}

#[test]
fn f133_rows_that_collide_by_another_key_are_asked_about_too() {
    let tables =
        TABLES.replace("b (id INTEGER PRIMARY KEY, name TEXT,", "b (id INTEGER PRIMARY KEY, name TEXT UNIQUE,");
    let project = project(&tables, &format!("{STEP}{COLUMNS}"));
    project.sql("INSERT INTO b VALUES (90, 'a2', 'mine'), (91, 'a6', NULL)");
    for size in [1, 3, 100] {
        // A new id would not part them: it is not offered, and not taken.
        let insists = Person::who(|_| only(Decision::NewKey));
        assert_eq!(run(&project, &insists, size).error.map(|error| error.code().id), Some("E0007"));
        let person = Person::who(|number| only(if number == 2 { Decision::Keep } else { Decision::Take }));
        let answer = run(&project, &person, size);
        // Row 6 collides with two rows: to take it in place of one runs into the other.
        assert_eq!(answer.error.map(|error| error.code().id), Some("E0707"));
        assert_eq!(person.asked.borrow()[0], "2: id 90/9, name a2/a2, note mine/NULL");
        assert_eq!(made(&project), ["90 | a2 | mine", "91 | a6 | NULL"], "taken back");
    }
}

/// A run at a terminal, which `script` makes. An answer is typed whenever a question stands there that was not answered.
fn at_a_terminal(project: &Project, fails: &str, typed: &[&str]) -> (Option<i32>, String) {
    let line = format!("{} up --batch-size 4", env!("CARGO_BIN_EXE_evolve"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(project.root());
    command.env("NO_COLOR", "1").env("TERM", "xterm").env("EVOLVE_FAIL", fails);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("`script`, of util-linux");
    let (mut input, mut output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let (mut seen, mut buffer, mut answers) = (Vec::new(), [0; 4096], typed.iter());
    let mut answered = 0;
    loop {
        match output.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => seen.extend_from_slice(&buffer[..count]),
        }
        let asked = String::from_utf8_lossy(&seen).matches("all the rest.").count();
        if asked > answered {
            answered = asked;
            let Some(answer) = answers.next() else { panic!("{}", String::from_utf8_lossy(&seen)) };
            input.write_all(answer.as_bytes()).and_then(|()| input.flush()).expect("a terminal");
        }
    }
    (child.wait().expect("an end").code(), String::from_utf8_lossy(&seen).into_owned())
}

#[test]
fn b76_both_rows_stand_in_the_terminal_and_a_letter_answers() {
    let project = begun();
    let before = project.state();
    let (code, screen) = at_a_terminal(&project, "", &["k\n", "x\nf\n", "t\n", "n\n", "T\n"]);
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(made(&project), MADE, "{screen}");
    for words in
        ["move: 1 comes where a row of b is", "there", "incoming", "b1", "a1", "NULL", "n: both, with a new id"]
    {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    down(&project);
    assert_same("down", &before, &project.state());
}

#[test]
fn b76_f128_a_kill_or_ctrl_c_at_a_question_keeps_the_answers() {
    let project = begun();
    let (_, screen) = at_a_terminal(&project, "after_commit:5", &["k\n", "f\n"]);
    assert_eq!(rows(&project, "SELECT shown, answer FROM evolve_answers"), ["1 | keep", "3 | fill"], "{screen}");
    let (code, screen) = at_a_terminal(&project, "", &["t\n", "\u{3}"]);
    assert_eq!(code, Some(130), "{screen}");
    assert!(!screen.contains("move: 1 comes") && screen.contains("move: 4 comes"), "{screen}");
    assert_eq!(rows(&project, "SELECT count(*) FROM evolve_answers"), ["3"]);
    let (code, screen) = at_a_terminal(&project, "", &["n\n", "T\n"]);
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(made(&project), MADE, "{screen}");
}

#[test]
fn what_was_answered_in_another_run_says_nothing() {
    let project = begun();
    let first = Person::who(|number| if number < 4 { only(Decision::Take) } else { None });
    drop(run(&project, &first, 100));
    project.does(&["down", "--target", "one", "--yes"]);
    let second = Person::who(each);
    let _ = account(run(&project, &second, 100));
    assert_eq!(*second.asked.borrow(), ASKED);
    assert_eq!(made(&project), MADE);
}

/// Rows 1, 3 and 5 are put aside at first; 1 and 3 have keys that are there, and 5 and 3 have the same by then.
fn put_aside() -> Project {
    let columns = COLUMNS.replace("\"name\"", "{ from = \"name\", required = true }");
    let project = project(TABLES, &format!("{STEP}on_invalid = \"quarantine\"\n{columns}"));
    project.sql("DELETE FROM a WHERE no > 5; UPDATE a SET name = NULL WHERE no IN (1, 3, 5)");
    assert_eq!(account(run(&project, &Person::who(|_| None), 100)), [5, 2, 0, 0, 0, 3]);
    project.sql("INSERT INTO b VALUES (1, 'b1', NULL); UPDATE a SET name = 'mended' || no WHERE name IS NULL; UPDATE a SET id = 8 WHERE no = 3");
    project
}

fn retry(project: &Project, person: &Person) -> Answer<RunReport> {
    let flags = Flags { project: project.root().to_owned(), ..Flags::default() };
    let request = UpRequest { retry_rejects: true, ..UpRequest::default() };
    evolve::Project::open(&flags).expect("the project").up(&request, person, &Silent, &Stop::new())
}

#[test]
fn rejects_that_are_tried_again_are_asked_about() {
    let there = ["3 | a4 | n4", "9 | a2 | NULL"];
    let project = put_aside();
    assert_eq!(code(&project.json(&["up", "--retry-rejects"])), "E0607", "there is nobody to ask");
    assert_eq!(made(&project), [&["1 | b1 | NULL"][..], &there].concat());
    let person = Person::who(|number| only(if number == 1 { Decision::Fill } else { Decision::NewKey }));
    assert_eq!(account(retry(&project, &person)), [3, 2, 1, 0, 0, 0]);
    let asked = ["1: id 1/1, name b1/mended1, note NULL/n1", "5: id 8/8, name mended3/mended5, note n3/n5"];
    assert_eq!(*person.asked.borrow(), asked);
    assert_eq!(
        made(&project),
        ["1 | b1 | n1", "3 | a4 | n4", "8 | mended3 | n3", "9 | a2 | NULL", "10 | mended5 | n5"]
    );
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "0");
}

#[test]
fn who_stops_asking_for_rejects_goes_on_later_and_says_it_once_for_all() {
    let project = put_aside();
    let person = Person::who(|number| if number == 1 { only(Decision::Keep) } else { None });
    assert_eq!(retry(&project, &person).error.map(|error| error.code().id), Some("E0708"));
    assert_eq!(project.value("SELECT group_concat(shown) FROM evolve_rejects"), "5", "what was answered is in");
    project.sql("INSERT INTO evolve_rejects SELECT NULL, step, movement, run, tbl, '[{\"i\":4}]', '4', col, rule, reason, record, at, said FROM evolve_rejects");
    let person = Person::who(|_| Some(Decided { decision: Decision::Take, rest: true }));
    assert_eq!(account(retry(&project, &person))[..4], [2, 0, 1, 1]);
    assert_eq!(person.asked.borrow().len(), 1, "the same for all the rest");
}
