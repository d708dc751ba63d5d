//! `up --dry-run` says that a step would fail on its target's constraints, references, triggers and limits, by name, with
//! rows and keys, exactly where the run fails; tests/moves compares the two over ten thousand tables.

use super::account::{dry, step, unknown};
use crate::rig::Project;
use crate::{numbers, project};
use serde_json::{Value, json};

const A: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, code, mail);
INSERT INTO a VALUES (1, '5', 'x'), (2, NULL, 'y'), (3, -1, 'z'), (4, 7, NULL), (5, 'abc', 'x');
CREATE TABLE p (id INTEGER PRIMARY KEY, note); INSERT INTO p VALUES (5, 'five'), (7, 'seven');
";

/// What a dry run says, and that the run then does it: it fails where that was said and nowhere else, with the same figures.
#[track_caller]
fn foreseen(tables: &str, step: &str) -> Value {
    let project = project(&format!("{A}{tables}"), step);
    let found = dry(&project).remove(0);
    let document = project.json(&["up", "--yes", "--batch-size", "2"]);
    let failed = document.get("error").is_some();
    let is_open = found["unknown"] != Value::Null && found.get("would_fail").is_none();
    assert!(is_open || found.get("would_fail").is_some() == failed, "{step}\n{found}\n{document}");
    if !failed && found["unknown"] == Value::Null {
        assert_eq!(numbers(&found), numbers(&document["result"]["steps"][0]), "{step}");
    }
    found
}

/// Constraint, rows and keys of what would fail.
fn failing(found: &Value) -> Value {
    let all = found["would_fail"].as_array().cloned().unwrap_or_default();
    all.iter().map(|it| json!([it["constraint"], it["rows"], it["keys"]])).collect()
}

#[test]
fn a_target_that_would_not_take_a_row_is_said_by_constraint_with_rows_and_keys() {
    for rule in [
        "\"fail\"",
        "\"skip\"",
        "\"overwrite\"",
        "{ fill = [\"mail\"] }",
        "{ newest = \"code\" }",
        "{ new_key = \"id\" }",
    ] {
        let table =
            "CREATE TABLE b (id INTEGER PRIMARY KEY, code INTEGER NOT NULL CONSTRAINT known CHECK (code <> 7), mail);";
        let found = foreseen(table, &step("move", "a", "b", &format!("on_conflict = {rule}\n")));
        let expected = json!([["NOT NULL of b.code", 1, ["2"]], ["CHECK known (code <> 7) of b", 1, ["4"]]]);
        assert_eq!(failing(&found), expected, "{rule}: {found}");
        let warned = found["warnings"].to_string();
        assert!(warned.contains("1 row of a would fail the step, breaking NOT NULL of b.code: 2"), "{warned}");
        assert_eq!(numbers(&found), [5, 3, 0, 0, 2, 0], "they count as skipped");
    }
}

#[test]
fn a_row_is_judged_as_it_is_stored() {
    let strict = "CREATE TABLE b (id INTEGER PRIMARY KEY, code INTEGER, mail TEXT) STRICT;";
    let cases = [
        // '5' becomes 5 in a column of numbers, and stays in one of anything.
        (
            "CREATE TABLE b (id INTEGER PRIMARY KEY, code INT CHECK (typeof(code) <> 'text' OR code = 'abc'), mail);",
            json!([]),
        ),
        (
            "CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail, CHECK (typeof(code) <> 'text'));",
            json!([["CHECK (typeof(code) <> 'text') of b", 2, ["1", "5"]]]),
        ),
        ("CREATE TABLE b (id INTEGER PRIMARY KEY, code ANY CHECK (code <> 5), mail TEXT) STRICT;", json!([])),
        (strict, json!([["the type INTEGER of b.code", 1, ["5"]]])),
        // Operands of a CHECK are compared as those of the column.
        (
            "CREATE TABLE b (id INTEGER PRIMARY KEY, code VARCHAR(3) CHECK (code <> 7), mail);",
            json!([["CHECK (code <> 7) of b", 1, ["4"]]]),
        ),
        // Computed columns, defaults and collations count.
        (
            "CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail, g AS (code || mail) NOT NULL, CHECK (b.g <> '-1z'));",
            json!([["NOT NULL of b.g", 2, ["2", "4"]], ["CHECK (b.g <> '-1z') of b", 1, ["3"]]]),
        ),
        ("CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail, d DEFAULT 0 CHECK (d < 1 OR id < 3));", json!([])),
        (
            "CREATE TABLE b (id, code, mail TEXT COLLATE NOCASE CHECK (mail <> 'X'), PRIMARY KEY (id)) WITHOUT ROWID;",
            json!([["CHECK (mail <> 'X') of b", 2, ["1", "5"]]]),
        ),
        (
            "CREATE TABLE b (id, code, mail, PRIMARY KEY (mail, id)) WITHOUT ROWID;",
            json!([["NOT NULL of b.mail", 1, ["4"]]]),
        ),
    ];
    for (table, expected) in cases {
        assert_eq!(failing(&foreseen(table, &step("move", "a", "b", ""))), expected, "{table}");
    }
}

#[test]
fn a_row_that_is_there_is_judged_as_the_rule_would_leave_it() {
    let table = "CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail, own DEFAULT 0, CHECK (own = 0 OR mail <> 'z'));
                 INSERT INTO b VALUES (3, -2, NULL, 1);";
    let broken = json!([["CHECK (own = 0 OR mail <> 'z') of b", 1, ["3"]]]);
    for (rule, expected) in
        [("\"skip\"", json!([])), ("\"overwrite\"", broken.clone()), ("{ fill = [\"mail\"] }", broken)]
    {
        let found = foreseen(table, &step("move", "a", "b", &format!("on_conflict = {rule}\n")));
        assert_eq!(failing(&found), expected, "{rule}: {found}");
    }
}

#[test]
fn a_number_that_the_database_makes_is_judged_by_writing() {
    let columns = "columns = { code = \"code\" }\n";
    let step = format!("[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n{columns}");
    for (most, fails) in [(6, false), (5, true)] {
        let table = format!("CREATE TABLE b (id INTEGER PRIMARY KEY CHECK (id < {most}), code);");
        assert_eq!(foreseen(&table, &step).get("would_fail").is_some(), fails, "{most}");
        let table = format!("CREATE TABLE b (code, CHECK (rowid < {most}));");
        assert_eq!(foreseen(&table, &step).get("would_fail").is_some(), fails, "rowid {most}");
    }
}

#[test]
fn rows_that_refer_to_nothing_are_found() {
    let broken = |keys: &[&str]| json!([["FOREIGN KEY (code) REFERENCES p of b", keys.len(), keys]]);
    for late in ["", " DEFERRABLE INITIALLY DEFERRED"] {
        let table = format!("CREATE TABLE b (id INTEGER PRIMARY KEY, code REFERENCES p{late}, mail);");
        assert_eq!(failing(&foreseen(&table, &step("move", "a", "b", ""))), broken(&["3", "5"]), "{late}");
    }
    let there =
        "CREATE TABLE b (id INTEGER PRIMARY KEY, code REFERENCES p, mail); INSERT INTO b VALUES (3, 5, 1), (5, 5, 1);";
    assert_eq!(failing(&foreseen(there, &step("move", "a", "b", "on_conflict = \"skip\"\n"))), json!([]));
    let overwrites = step("move", "a", "b", "on_conflict = \"overwrite\"\n");
    assert_eq!(failing(&foreseen(there, &overwrites)), broken(&["3", "5"]));
    let nowhere = "CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail, x REFERENCES nowhere);";
    let found = foreseen(nowhere, &step("move", "a", "b", ""));
    assert!(found["would_fail"][0]["why"].as_str().expect("why").contains("no such table"), "{found}");
}

#[test]
fn rows_that_refer_to_what_the_step_itself_writes_are_judged_with_it() {
    let split = |when: &str| {
        format!(
            "[[split]]\nid = \"both\"\nfrom = \"a\"\n[[split.into]]\ntable = \"c\"\n{when}columns = {{ id = \"id\", code = \"code\" }}\n\
             [[split.into]]\ntable = \"b\"\ncolumns = {{ id = \"id\", c = \"id\" }}\n"
        )
    };
    let tables =
        "CREATE TABLE c (id INTEGER PRIMARY KEY, code); CREATE TABLE b (id INTEGER PRIMARY KEY, c REFERENCES c);";
    assert_eq!(failing(&foreseen(tables, &split(""))), json!([]));
    let found = foreseen(tables, &split("when = \"code IS NOT NULL\"\n"));
    assert_eq!(failing(&found), json!([["FOREIGN KEY (c) REFERENCES c of b", 1, ["2"]]]), "{found}");
    let own = "CREATE TABLE b (id INTEGER PRIMARY KEY, up REFERENCES b);";
    let of = |sql: &str| {
        format!("[[convert]]\nid = \"own\"\nfrom = \"a\"\ninto = \"b\"\ncolumns = {{ id = \"id\", up = \"{sql}\" }}\n")
    };
    assert_eq!(foreseen(own, &of("nullif(id - 1, 0)"))["warnings"], json!([]), "what comes before is there");
    assert_eq!(failing(&foreseen(own, &of("id - 1"))), json!([["FOREIGN KEY (up) REFERENCES b of b", 1, ["1"]]]));
    let project = project(&format!("{A}{own}"), &of("nullif(id + 1, 6)"));
    let warned = dry(&project)[0]["warnings"].to_string();
    assert!(warned.contains("4 rows of a refer to rows of b that come behind them"), "{warned}");
}

#[test]
fn rows_that_refer_to_what_a_pending_step_writes_are_said_to_be_open() {
    let first = "[[convert]]\nid = \"first\"\nfrom = \"a\"\ninto = \"c\"\ncolumns = { id = \"id\" }\n";
    let second = "[[convert]]\nid = \"second\"\nneeds = [\"first\"]\nfrom = \"a\"\ninto = \"b\"\ncolumns = { id = \"id\", c = \"id\" }\n";
    let tables = "CREATE TABLE c (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, c REFERENCES c);";
    let project = project(&format!("{A}{tables}"), &format!("{first}{second}"));
    let found = dry(&project).remove(1);
    assert!(found.get("would_fail").is_none(), "{found}");
    let warned = found["warnings"].to_string();
    assert!(warned.contains("not known: first comes before it, and changes c"), "{warned}");
}

#[test]
fn rows_that_are_changed_where_they_are_are_judged_too() {
    let enrich = |columns: &str| format!("[[enrich]]\nid = \"mend\"\ntable = \"b\"\ncolumns = {{ {columns} }}\n");
    let rows = "INSERT INTO b (id, n, t) VALUES (1, 5, 5), (2, 3, 7), (3, 7, NULL);";
    let cases = [
        ("id INTEGER PRIMARY KEY, n NOT NULL, t", "n = \"nullif(n, 3)\"", json!([["NOT NULL of b.n", 1, ["2"]]])),
        ("id INTEGER PRIMARY KEY, n INT CHECK (n < 9), t", "n = \"n + 3\"", json!([["CHECK (n < 9) of b", 1, ["3"]]])),
        (
            "id INTEGER PRIMARY KEY, n, t, g AS (n * 2) CHECK (g < 17)",
            "n = \"n + 3\"",
            json!([["CHECK (g < 17) of b", 1, ["3"]]]),
        ),
        (
            "id INTEGER PRIMARY KEY, n, t REFERENCES p",
            "t = \"n\"",
            json!([["FOREIGN KEY (t) REFERENCES p of b", 1, ["2"]]]),
        ),
        ("id INTEGER PRIMARY KEY, n UNIQUE, t", "n = \"n - 1\"", json!([])),
        ("id PRIMARY KEY, n UNIQUE, t", "n = \"abs(n)\"", json!([])),
        ("id INTEGER PRIMARY KEY, n, t UNIQUE", "t = \"'same'\"", json!([[null, null, []]])),
    ];
    for (columns, change, expected) in cases {
        let tables = format!("CREATE TABLE b ({columns}); {rows}");
        assert_eq!(failing(&foreseen(&tables, &enrich(change))), expected, "{columns}");
    }
}

#[test]
fn a_trigger_that_would_fire_leaves_the_account_open_and_is_named() {
    let with = |event: &str, body: &str| {
        format!(
            "CREATE TABLE log (x); CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail); \
             CREATE TRIGGER \"told it\" {event} ON b BEGIN {body}; END;"
        )
    };
    let notes = "INSERT INTO log VALUES (1)";
    for body in [notes, "SELECT RAISE(IGNORE)"] {
        let found = foreseen(&with("BEFORE INSERT", body), &step("move", "a", "b", ""));
        assert!(unknown(&found).contains("the trigger told it of b fires for its rows"), "{found}");
    }
    // One that says no: nobody knows before.
    let project =
        project(&format!("{A}{}", with("AFTER INSERT", "SELECT RAISE(ABORT, 'no')")), &step("move", "a", "b", ""));
    assert!(unknown(&dry(&project)[0]).contains("told it"));
    assert_eq!(project.run(&["up", "--yes"]).code, 1);
    for (event, more) in
        [("AFTER INSERT", "triggers = \"hold\"\n"), ("AFTER DELETE", ""), ("AFTER UPDATE", "on_conflict = \"skip\"\n")]
    {
        let found = foreseen(&with(event, notes), &step("move", "a", "b", more));
        assert_eq!((&found["unknown"], &found["inserted"]), (&Value::Null, &json!(5)), "{event} {more}");
    }
    let found =
        foreseen(&with("AFTER UPDATE OF mail", notes), &step("move", "a", "b", "on_conflict = \"overwrite\"\n"));
    assert!(unknown(&found).contains("told it"), "{found}");
    let found = foreseen(&with("AFTER DELETE", notes), &step("move", "a", "b", "triggers = \"forbid\"\n"));
    assert!(found["would_fail"][0]["why"].as_str().expect("why").contains("the step forbids triggers"), "{found}");
}

#[test]
fn a_target_that_decides_by_itself_leaves_the_account_open() {
    let table = "CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail NOT NULL ON CONFLICT IGNORE);";
    assert!(
        unknown(&foreseen(table, &step("move", "a", "b", ""))).contains("b says ON CONFLICT in its own constraints")
    );
}

#[test]
fn more_rejects_than_the_step_allows_are_foreseen_with_the_figures() {
    let columns = "columns = { id = \"id\", code = { from = \"code\", cast = \"integer\", required = true } }\n";
    let step = |most: &str, invalid: &str| {
        format!(
            "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"{invalid}\"\nmax_rejects = {most}\n{columns}"
        )
    };
    let table = "CREATE TABLE b (id INTEGER PRIMARY KEY, code NOT NULL);";
    for (most, fails) in [("1", true), ("2", false), ("\"39%\"", true), ("\"40%\"", false)] {
        for invalid in ["skip", "quarantine"] {
            let found = foreseen(table, &step(most, invalid));
            assert_eq!(found.get("would_fail").is_some(), fails, "{most} {invalid}: {found}");
            assert_eq!(numbers(&found), [5, 3, 0, 0, 0, 2], "{most} {invalid}");
            let said = format!(
                "move would fail the step: 2 of 5 rows would be rejected, more than max_rejects = {}",
                most.replace('"', "")
            );
            assert_eq!(found["warnings"].to_string().contains(&said), fails, "{found}");
        }
    }
    // The sum over the step's Movements is what counts.
    let into = |table: &str, on: &str| {
        format!(
            "[[split.into]]\ntable = \"{table}\"\ncolumns = {{ id = \"id\", code = {{ from = \"{on}\", required = true }} }}\n"
        )
    };
    let split = |most: usize| {
        format!(
            "[[split]]\nid = \"move\"\nfrom = \"a\"\non_invalid = \"skip\"\nmax_rejects = {most}\n{}{}",
            into("b", "code"),
            into("c", "mail")
        )
    };
    let tables = format!("{table} {}", table.replace("TABLE b", "TABLE c"));
    assert!(foreseen(&tables, &split(1)).get("would_fail").is_some());
    assert!(foreseen(&tables, &split(2)).get("would_fail").is_none());
}

#[test]
fn what_only_a_run_can_tell_is_said_to_be_open() {
    let table = "CREATE TABLE b (id INTEGER PRIMARY KEY CHECK (id < 7), code, mail); INSERT INTO b VALUES (1, 1, 1), (6, 1, 1);";
    let with_key = project(&format!("{A}{table}"), &step("move", "a", "b", "on_conflict = { new_key = \"id\" }\n"));
    let warned = dry(&with_key)[0]["warnings"].to_string();
    assert!(warned.contains("whether the new id is taken by CHECK (id < 7) of b is not known before"), "{warned}");
    assert_eq!(with_key.run(&["up", "--yes"]).code, 1);
    let tables = "CREATE TABLE c (id INTEGER PRIMARY KEY, x TEXT UNIQUE); INSERT INTO c VALUES (1, 'x');
                  CREATE TABLE d (x REFERENCES c (x)); INSERT INTO d VALUES ('x');";
    let text = "[[enrich]]\nid = \"e\"\ntable = \"c\"\ncolumns = { x = \"upper(x)\" }\n";
    let warned = dry(&project(&format!("{A}{tables}"), text))[0]["warnings"].to_string();
    assert!(
        warned.contains("d refers to what is changed of c: whether its rows still do is not known before"),
        "{warned}"
    );
}

/// A question that was answered is no failure, whatever the answer: its document says what would be.
#[test]
fn a_dry_run_that_foresees_a_failure_is_itself_none() {
    let tables =
        format!("{A}CREATE TABLE b (id INTEGER PRIMARY KEY, code NOT NULL, mail); INSERT INTO b VALUES (1, 1, 1);");
    for rule in ["fail", "skip"] {
        let project = project(&tables, &step("move", "a", "b", &format!("on_conflict = \"{rule}\"\n")));
        let gave = project.run(&["up", "--dry-run"]);
        assert_eq!(gave.code, 0, "{}", gave.err);
        assert!(gave.out.contains("move  would fail"), "{}", gave.out);
        assert_eq!(project.run(&["up", "--yes"]).code, 1);
    }
    let project = project(&tables, &step("move", "a", "b", "on_conflict = \"skip\"\nwhere = \"code IS NOT NULL\"\n"));
    let gave = project.run(&["up", "--dry-run"]);
    assert!(gave.code == 0 && !gave.out.contains("would fail"), "{}", gave.out);
}

#[test]
fn only_and_except_leave_the_account_of_the_rest_as_it_is() {
    let steps = [step("first", "a", "c", ""), step("second", "a", "b", "")];
    let tables = "CREATE TABLE c (id INTEGER PRIMARY KEY, code, mail NOT NULL); CREATE TABLE b (id INTEGER PRIMARY KEY, code, mail);";
    let project = project(&format!("{A}{tables}"), &steps.concat());
    let asked = |arguments: &[&str]| {
        let document = project.json(&[&["up", "--dry-run"], arguments].concat());
        document["result"]["steps"].as_array().unwrap_or_else(|| panic!("{document}")).clone()
    };
    for arguments in [["--only", "second"], ["--except", "first"]] {
        let found = asked(&arguments);
        assert_eq!((found.len(), &found[0]["id"]), (1, &json!("second")), "{found:?}");
        assert_eq!((numbers(&found[0]), failing(&found[0])), ([5, 5, 0, 0, 0, 0], json!([])));
    }
    let found = asked(&["--only", "first"]);
    assert_eq!(failing(&found[0]), json!([["NOT NULL of c.mail", 1, ["4"]]]), "{found:?}");
}

#[test]
fn a_condition_narrows_the_account_as_it_narrows_the_trial() {
    let tables =
        format!("{A}CREATE TABLE b (id INTEGER PRIMARY KEY, code NOT NULL, mail); INSERT INTO b VALUES (1, 1, 1);");
    let more = "where = \"id < 5\"\non_conflict = \"skip\"\n";
    let project = project(&tables, &step("move", "a", "b", more));
    let ask = |project: &Project, more: &[&str]| {
        let document =
            project.json(&[&["up", "--only", "move", "--where", "code IS NOT NULL OR mail = 'q'"], more].concat());
        assert_eq!(document.get("error"), None, "{document}");
        document["result"]["steps"][0].clone()
    };
    let before = project.files();
    let found = ask(&project, &["--dry-run"]);
    assert_eq!(project.files(), before);
    assert_eq!((numbers(&found), failing(&found)), ([3, 2, 0, 0, 1, 0], json!([])));
    assert_eq!(numbers(&ask(&project, &["--yes"])), numbers(&found), "the trial has the same");
    let all = project.json(&["up", "--only", "move", "--where", "1", "--dry-run"]);
    assert_eq!(failing(&all["result"]["steps"][0]), json!([["NOT NULL of b.code", 1, ["2"]]]));
}
