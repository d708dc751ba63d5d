//! `up --dry-run` gives the account that the run would have, and nothing where it cannot know it. That it is the run's own
//! account, tests/moves holds for ten thousand tables; here is what those have not.

use crate::rig::Project;
use crate::rig::running::KILLED;
use crate::{declare, numbers, project, up};
use serde_json::Value;

const TABLES: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, code TEXT, mail TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE, mail TEXT, UNIQUE (code));
CREATE TABLE c (id INTEGER PRIMARY KEY, code TEXT, mail TEXT);
INSERT INTO a VALUES (1, 'x', 'm1'), (2, 'X', 'm2'), (3, 'y', 'm1'), (4, NULL, 'm4'), (5, 'z', NULL), (6, 'w', 'm6');
INSERT INTO b VALUES (3, 'old', 'mine'), (77, 'W', 'm6');
";

const ALL: &str = "columns = { id = \"id\", code = \"code\", mail = \"mail\" }\n";

pub(super) fn step(id: &str, from: &str, into: &str, more: &str) -> String {
    format!("[[convert]]\nid = \"{id}\"\nfrom = \"{from}\"\ninto = \"{into}\"\n{more}{ALL}")
}

/// The steps of a dry run, which changes no file.
pub(super) fn dry(project: &Project) -> Vec<Value> {
    let before = project.files();
    let document = project.json(&["up", "--dry-run"]);
    assert_eq!(document.get("error"), None, "{document}");
    assert_eq!(project.files(), before, "a dry run writes nothing");
    document["result"]["steps"].as_array().expect("steps").clone()
}

pub(super) fn unknown(step: &Value) -> &str {
    for key in ["read", "inserted", "updated", "unchanged", "skipped", "rejected"] {
        assert_eq!(step[key], Value::Null, "{step}");
    }
    step["unknown"].as_str().unwrap_or_else(|| panic!("it does not say why: {step}"))
}

#[test]
fn rows_collide_by_any_key_and_with_each_other_as_in_the_run() {
    for (rule, expected) in [("skip", [6, 3, 0, 0, 3, 0]), ("overwrite", [6, 3, 3, 0, 0, 0])] {
        let project = project(TABLES, &step("move", "a", "b", &format!("on_conflict = \"{rule}\"\n")));
        let found = dry(&project).remove(0);
        assert_eq!(numbers(&found), expected, "{found}");
        let warned = found["warnings"].to_string();
        assert!(warned.contains("3 rows of a have a key that is there already: 3; 6"), "{warned}");
        assert_eq!(numbers(&up(&project, 2)), expected, "{rule}");
    }
    let project = project(TABLES, &step("move", "a", "b", "on_conflict = \"fail\"\n"));
    let warned = dry(&project)[0]["warnings"].to_string();
    assert!(warned.contains("3 rows of a would fail the step, having a key"), "{warned}");
}

#[test]
fn values_that_must_be_unique_are_counted_beforehand() {
    let columns = "[convert.columns]\nid = \"id\"\nmail = { from = \"mail\", unique = true, required = true }\n";
    let text = format!(
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"skip\"\non_conflict = \"skip\"\n{columns}"
    );
    let project = project(TABLES, &text);
    let found = dry(&project).remove(0);
    let warned = found["warnings"].to_string();
    assert!(warned.contains("3 rows of a would be rejected: 5 (mail: the value is missing"), "{warned}");
    assert_eq!(numbers(&found), numbers(&up(&project, 2)));
    assert_eq!(found["rejected"], 3, "{found}");
}

#[test]
fn what_a_pending_step_fills_before_is_unknown_and_said_to_be() {
    let steps = [step("first", "a", "c", ""), step("second", "c", "b", "")];
    let project = project(TABLES, &steps.concat());
    let found = dry(&project);
    assert_eq!(numbers(&found[0]), [6, 6, 0, 0, 0, 0], "{}", found[0]);
    assert!(unknown(&found[1]).contains("first comes before it, and changes c"), "{}", found[1]);
    let page = project.must(&["up", "--dry-run"]).out;
    assert!(page.contains("not counted"), "{page}");
}

#[test]
fn what_a_step_reads_of_its_own_earlier_part_is_unknown() {
    let part = |from: &str, into: &str| {
        format!("[[pipeline.do]]\n[pipeline.do.convert]\nfrom = \"{from}\"\ninto = \"{into}\"\n{ALL}")
    };
    let project = project(TABLES, &format!("[[pipeline]]\nid = \"both\"\n{}{}", part("a", "c"), part("c", "b")));
    assert!(unknown(&dry(&project)[0]).contains("made of c, which the step itself fills before"));
}

#[test]
fn without_tables_and_half_done_nothing_is_guessed() {
    let project = project(TABLES, &step("move", "a", "c", ""));
    project.write("migrations/V2__more.sql", "CREATE TABLE d (id INTEGER PRIMARY KEY, code TEXT, mail TEXT);");
    declare(&project, &format!("migrations = [\"V2\"]\n{}", step("later", "a", "d", "")));
    let found = dry(&project);
    let later = found.iter().find(|step| step["id"] == "later").expect("the step");
    assert!(unknown(later).contains("V2 comes before it, and changes d"), "{later}");
    declare(&project, &format!("migrations = [\"V2\"]\n{}", step("later", "a", "c", "")));
    assert_eq!(project.dies("between_batches", 1, &["up", "--yes", "--batch-size", "2"]).code, KILLED);
    let half = dry(&project).into_iter().find(|step| step["id"] == "later").expect("the step");
    assert!(unknown(&half).contains("half done"), "{half}");
}

#[test]
fn a_new_key_keeps_no_row_that_has_another_key_of_one_that_is_there() {
    let project = project(TABLES, &step("move", "a", "b", "on_conflict = { new_key = \"id\" }\n"));
    let found = dry(&project).remove(0);
    let warned = found["warnings"].to_string() + &found["unknown"].to_string();
    assert!(warned.contains("would fail the step, having a code that is there already: 6"), "{found}");
    assert_eq!(found["read"], Value::Null);
    assert_eq!(project.run(&["up", "--yes"]).code, 1);
}

/// A function is not even called for a row that is refused, whatever is asked about the others.
#[test]
fn what_a_function_refuses_is_left_out_before_keys_are_looked_at() {
    let columns = "[convert.columns]\nid = \"id\"\ncode = { from = \"code\", apply = [\"trim\"], pattern = \"^[^y]*$\", required = true }\n";
    for rule in ["\"skip\"", "\"overwrite\"", "{ fill = [\"code\"] }", "{ newest = \"code\" }"] {
        for undo in ["", "undo = \"none\"\n"] {
            let text = format!(
                "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"quarantine\"\non_conflict = {rule}\n{undo}{columns}"
            );
            let project = project(TABLES, &text);
            let expected = numbers(&dry(&project)[0]);
            assert_eq!((expected[0], expected[5]), (6, 2), "{rule} {undo}");
            let given = project.json(&["up", "--yes", "--batch-size", "2"]);
            assert_eq!(numbers(&given["result"]["steps"][0]), expected, "{rule} {undo}: {given}");
        }
    }
}
