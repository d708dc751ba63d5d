//! Checks: answers of any length are compared row by row, and the content of two tables by one hash.

use crate::rig::{Gave, Project, code};
use crate::{down, project, up};
use serde_json::Value;
use std::process::Command;

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, n REAL);\nINSERT INTO a VALUES (1, 'one', 1.5), (2, 'two', NULL), (3, 'two', -0.0);\n\
     CREATE TABLE b (id INTEGER PRIMARY KEY, x TEXT, n REAL);\n";

/// Numbers without an end.
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT";

fn copy(check: &str) -> String {
    format!("[[copy]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n[[copy.check]]\nname = \"as it was\"\n{check}\n")
}

/// Up, in so much memory that an answer without an end would not fit for long.
fn up_in_little(project: &Project) -> Value {
    let plain = project.command(&["up", "--yes", "--json"]);
    let mut little = Command::new("sh");
    little.arg("-c").arg("ulimit -v 1000000; exec \"$0\" \"$@\"").arg(plain.get_program()).args(plain.get_args());
    little.current_dir(project.root()).envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let gave = Gave::of(little.output().expect("a shell"));
    serde_json::from_str(&gave.out).unwrap_or_else(|error| panic!("{error}: {gave:?}"))
}

/// What is said where the check does not hold.
#[track_caller]
fn found(check: &str) -> String {
    let project = project(TABLES, &copy(check));
    let before = project.state();
    let document = up_in_little(&project);
    assert_eq!(code(&document), "E0705", "{check}: {document}");
    assert_eq!(project.state(), before, "{check}");
    let message = document["error"]["message"].as_str().expect("a message");
    message.rsplit_once("does not hold: ").expect(message).1.to_owned()
}

#[track_caller]
fn holds(check: &str) {
    let project = project(TABLES, &copy(check));
    let _ = up(&project, 2);
    down(&project);
}

#[test]
fn an_answer_is_read_no_further_than_it_takes_to_know() {
    let none = found(&format!("sql = \"{ENDLESS} i FROM n\"\nempty = true"));
    assert_eq!(none, "1 or more rows were found where there should be none");
    assert_eq!(found(&format!("sql = \"{ENDLESS} i FROM n\"\nis = 1")), "it is no single value, not 1");
    assert_eq!(found(&format!("sql = \"{ENDLESS} i FROM n\"\nmatches = \"1.*\"")), "it does not match 1.*");
}

#[test]
fn two_answers_are_compared_row_by_row_without_being_held() {
    let endless = |value: &str| format!("{ENDLESS} {value} FROM n");
    let differ = |sql: &str, equals: &str| found(&format!("sql = \"{sql}\"\nequals = \"{equals}\""));
    let other = endless("iif(i = 3000000, 'secret', i)");
    assert_eq!(differ(&endless("i"), &other), "the two answers differ at row 3000000");
    let short = "the two answers differ: `equals` gives 3 rows, and `sql` more";
    assert_eq!(differ(&endless("i"), "SELECT id FROM a"), short);
    let short = "the two answers differ: `sql` gives 3 rows, and `equals` more";
    assert_eq!(differ("SELECT id FROM b ORDER BY id", &endless("i")), short);
    assert_eq!(differ("SELECT 3", "SELECT 4"), "it is 3, and should be 4");
    assert_eq!(differ("VALUES (3), (4)", "VALUES (3), (5)"), "the two answers differ at row 2");
    for (a, b) in [("'3'", "3"), ("3.0", "3"), ("NULL", "0"), ("3, 4", "3"), ("'x'", "'secret'"), ("x'41'", "'A'")] {
        let (a, b) = (format!("SELECT {a}"), format!("SELECT {b}"));
        assert_eq!(differ(&a, &b), "the two answers differ at row 1");
    }
}

#[test]
fn the_same_answers_hold() {
    holds("sql = \"SELECT id, x, n FROM b ORDER BY id\"\nequals = \"SELECT id, x, n FROM a ORDER BY id\"");
    holds("sql = \"SELECT id, x FROM b WHERE false\"\nequals = \"SELECT id FROM a WHERE false\"");
    holds("sql = \"SELECT NULL\"\nequals = \"SELECT NULL\"");
    holds("sql = \"SELECT id FROM b WHERE id > 3\"\nempty = true");
    holds("sql = \"SELECT count(*) FROM b\"\nis = 3");
    holds("sql = \"SELECT x FROM b WHERE id = 1\"\nmatches = \"on.*\"");
    holds("sql = \"SELECT count(*) FROM b\"\nmatches = \"[0-9]+\"");
}

#[test]
fn content_of_source_and_target_is_compared_by_one_hash() {
    let check = |of: &str| {
        format!("sql = \"SELECT content_hash({of}) FROM b\"\nequals = \"SELECT content_hash(id, x, n) FROM a\"")
    };
    holds(&check("id, x, n"));
    // A row changed, a row lost, a row that is there twice, values in other columns.
    for of in ["id, iif(id = 3, 'too', x), n", "id, x, coalesce(n, 0.0)", "x, id, n"] {
        assert_eq!(found(&check(of)), "the two answers differ at row 1", "{of}");
    }
    let lost = "sql = \"SELECT content_hash(x) FROM b WHERE id < 3\"\nequals = \"SELECT content_hash(x) FROM a\"";
    assert_eq!(found(lost), "the two answers differ at row 1");
    holds(
        "sql = \"SELECT content_hash(x) FROM b WHERE id > 3\"\nis = \"0000000000000000000000000000000000000000000000000000000000000000\"",
    );
    holds(
        "sql = \"SELECT x, content_hash(id) FROM b GROUP BY x ORDER BY x\"\nequals = \"SELECT x, content_hash(id) FROM (SELECT * FROM a ORDER BY id DESC) GROUP BY x ORDER BY x\"",
    );
}

#[test]
fn a_hash_of_no_columns_is_an_error_and_not_an_answer() {
    let project =
        project(TABLES, &copy("sql = \"SELECT content_hash(*) FROM b\"\nequals = \"SELECT content_hash(*) FROM a\""));
    let before = project.state();
    let document = project.json(&["up", "--yes"]);
    assert!(document["error"]["message"].as_str().is_some_and(|it| it.contains("content_hash(a, b)")), "{document}");
    assert_eq!(project.state(), before);
}
