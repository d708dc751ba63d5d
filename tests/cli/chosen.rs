//! `--only`, `--except`, `--where`, `--keep-going`, `--retry-rejects`: what they do, and what makes no sense is refused.

use crate::rig::running::KILLED;
use crate::rig::{Project, code};
use serde_json::Value;

const TABLES: &str = "
CREATE TABLE s (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT);
CREATE TABLE u (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE w (id INTEGER PRIMARY KEY, n TEXT);
INSERT INTO s VALUES (1, '1'), (2, 'two'), (3, '3');
";

const STEPS: &str = r#"
[[convert]]
id = "bad"
from = "s"
into = "u"
columns = { id = "id", n = { from = "n", cast = "integer" } }
[[enrich]]
id = "after_bad"
table = "u"
columns = { n = "n + 1" }
[[convert]]
id = "good"
from = "s"
into = "t"
columns = { id = "id", n = "n" }
[[convert]]
id = "after_good"
from = "t"
into = "w"
columns = { id = "id", n = "n" }
"#;

/// At stage `one`; `two` has four transformations of which one cannot work, `three` a migration.
fn project() -> Project {
    let stage =
        |name: &str, version: &str, rest: &str| format!("[stage]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}");
    let project = Project::of(&[
        ("migrations/V1__tables.sql", TABLES),
        ("migrations/V2__late.sql", "CREATE TABLE late (id INTEGER PRIMARY KEY);"),
        ("plans/one.toml", &stage("one", "1.0.0", "migrations = [\"V1\"]\n")),
        ("plans/two.toml", &stage("two", "2.0.0", STEPS)),
        ("plans/three.toml", &stage("three", "3.0.0", "migrations = [\"V2\"]\n")),
    ]);
    project.does(&["up", "--target", "one", "--yes"]);
    project
}

/// The steps that are in, but for the first.
fn is_in(project: &Project) -> String {
    project.value(
        "SELECT coalesce(group_concat(id, ' '), '') FROM (SELECT id FROM evolve_steps WHERE id <> 'V1' ORDER BY seq)",
    )
}

fn warned<'a>(document: &'a Value, id: &str) -> &'a Value {
    let steps = document["result"]["steps"].as_array().expect("steps");
    &steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no {id}: {document}"))["warnings"][0]
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_is_touched() {
    let project = project();
    let before = project.state();
    for (arguments, id, words) in [
        (&["--only", "nope"][..], "E0103", "nope"),
        (&["--only", "two"], "E0007", "two is no step"),
        (&["--only", "latest"], "E0007", "latest is no step"),
        (&["--except", "start"], "E0007", "start is no step"),
        (&["--only", "good", "--except", "good"], "E0007", "left out by --except"),
        (&["--only", "after_good"], "E0007", "after_good comes after good"),
        (&["--except", "good"], "E0007", "after_good comes after good"),
        (&["--only", "V2"], "E0007", "V2 comes after"),
        (&["--only", "V2", "--target", "two"], "E0007", "V2 lies behind two"),
        (&["--except", "V2", "--target", "2.0.0"], "E0007", "V2 lies behind 2.0.0"),
        (&["--only", "after_good", "--target", "good"], "E0007", "after_good lies behind good"),
        (&["--where", "id = 1"], "E0007", "of one transformation"),
        (&["--only", "good", "--where", "id ="], "E0106", "not one SQL expression"),
        (&["--where", "id = 1", "--dry-run"], "E0007", "of one transformation"),
        (&["--only", "good", "--where", "id =", "--dry-run"], "E0106", "not one SQL expression"),
        (&["--retry-rejects", "--dry-run"], "E0007", "--dry-run do not go together"),
        (&["--retry-rejects", "--only", "good"], "E0007", "--only do not go together"),
        (&["--retry-rejects", "--target", "two"], "E0007", "--target do not go together"),
    ] {
        let document = project.json(&[&["up", "--yes"], arguments].concat());
        assert_eq!(code(&document), id, "{arguments:?}: {document}");
        assert!(document["error"]["message"].as_str().expect("a message").contains(words), "{arguments:?}: {document}");
        assert_eq!(project.state(), before, "{arguments:?}");
    }
}

#[test]
fn only_what_is_named_runs_and_only_once() {
    let project = project();
    project.does(&["up", "--only", "good", "--target", "two", "--yes"]);
    assert_eq!(is_in(&project), "good");
    let again = project.json(&["up", "--only", "good", "--yes"]);
    assert_eq!((&again["error"], &again["result"]["outcome"]), (&Value::Null, &"nothing_to_do".into()), "{again}");
    project.does(&["up", "--except", "bad", "--except", "after_bad", "--target", "two", "--yes"]);
    assert_eq!(is_in(&project), "good after_good");
    let trial = project.json(&["up", "--only", "bad", "--where", "n <> 'two'"]);
    assert_eq!(trial["result"]["steps"][0]["inserted"], 2, "{trial}");
    assert_eq!((is_in(&project).as_str(), project.value("SELECT count(*) FROM u").as_str()), ("good after_good", "0"));
}

#[test]
fn the_same_steps_go_on_in_whichever_order_they_are_named_and_no_others() {
    let project = project();
    let both = ["up", "--yes", "--batch-size", "1", "--only", "good", "--only", "after_good"];
    assert_eq!(project.dies("between_batches", 1, &both).code, KILLED);
    for other in [&["up", "--yes"][..], &["up", "--yes", "--only", "good"], &["up", "--yes", "--except", "good"]] {
        assert_eq!(code(&project.json(other)), "E0605", "{other:?}");
    }
    project.does(&["up", "--yes", "--only", "after_good", "--only", "good", "--only", "good"]);
    assert_eq!(is_in(&project), "good after_good");
}

#[test]
fn keep_going_does_the_rest_says_what_it_left_out_and_why_and_fails() {
    let project = project();
    let gave = project.run(&["up", "--yes", "--keep-going", "--json"]);
    let document = gave.document();
    assert_eq!((gave.code, code(&document)), (1, "E0701"), "{document}");
    let message = document["error"]["message"].as_str().expect("a message");
    assert!(message.starts_with("bad: ") && message.contains("E0711"), "{message}");
    assert_eq!(is_in(&project), "good after_good");
    assert_eq!(warned(&document, "after_bad"), "left out: it comes after bad, which failed");
    assert_eq!(warned(&document, "V2"), "left out: no later stage is entered after bad failed");
    project.sql("UPDATE s SET n = '2' WHERE id = 2");
    project.does(&["up", "--yes", "--keep-going"]);
    assert_eq!(is_in(&project), "good after_good bad after_bad V2");
}

#[test]
fn without_keep_going_the_first_failure_is_the_last_step() {
    let project = project();
    let gave = project.run(&["up", "--yes", "--json"]);
    assert_eq!((gave.code, code(&gave.document())), (7, "E0711"), "{}", gave.out);
    let stood = is_in(&project);
    assert!(!stood.contains("bad") && !stood.contains("V2"), "{stood}");
}
