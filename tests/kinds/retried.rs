//! `up --retry-rejects`: rows that were put aside, found again by whatever key they have, tried, and accounted for.

use crate::rig::running::KILLED;
use crate::rig::{Project, assert_same};
use crate::{balanced, declare, down, numbers, project};
use serde_json::Value;

/// Sources: columns, the step's key, and the keys of four rows.
const SOURCES: [(&str, &str, [&str; 4]); 11] = [
    ("k INTEGER PRIMARY KEY, v", "", ["1", "2", "3", "4"]),
    ("k TEXT, v", "", ["'a'", "'b'", "'c'", "'d'"]),
    ("k TEXT UNIQUE, v", "key = [\"k\"]", ["NULL", "'b'", "NULL", "'d'"]),
    ("k INTEGER UNIQUE, v", "key = [\"k\"]", ["7", "NULL", "NULL", "9"]),
    ("k TEXT PRIMARY KEY, v", "", ["'it''s'", "'\"x\"'", "''", "'x''; --'"]),
    ("k TEXT PRIMARY KEY COLLATE NOCASE, v) WITHOUT ROWID --", "", ["'it''s'", "'Ä'", "' '", "'\"'"]),
    ("k BLOB PRIMARY KEY, v", "", ["x'00'", "x'00ff'", "x''", "x'ff'"]),
    ("k REAL PRIMARY KEY, v", "", ["0.1", "-1e300", "1e-320", "9e999"]),
    ("k PRIMARY KEY, v", "", ["1", "'1'", "x'31'", "1.5"]),
    ("k TEXT PRIMARY KEY, v", "", ["CAST(x'ff41' AS TEXT)", "CAST(x'fe' AS TEXT)", "'ok'", "CAST(x'4100' AS TEXT)"]),
    (
        "rowid TEXT, _rowid_ TEXT, oid TEXT, k TEXT, v, PRIMARY KEY (k, oid)) WITHOUT ROWID --",
        "",
        ["'a'", "'b'", "'c'", "'d'"],
    ),
];

/// The step.
fn step(key: &str, more: &str) -> String {
    format!(
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n{key}\non_invalid = \"quarantine\"\n{more}\n\
         [convert.columns]\nv = {{ from = \"v\", cast = \"integer\", min = 0 }}\n"
    )
}

const VALUES: [&str; 4] = ["'1'", "'bad'", "'worse'", "'4'"];

fn folder(columns: &str, key: &str, keys: &[&str; 4]) -> Project {
    let mut tables = format!("CREATE TABLE a ({columns}\n);\nCREATE TABLE b (n INTEGER PRIMARY KEY, v INTEGER);\n");
    if columns.ends_with("--") {
        tables = tables.replace(" --\n)", "");
    }
    for (key, value) in keys.iter().zip(VALUES) {
        let names = if columns.contains("oid TEXT") { "k, v, oid" } else { "k, v" };
        let values =
            if columns.contains("oid TEXT") { format!("{key}, {value}, 'o'") } else { format!("{key}, {value}") };
        tables.push_str(&format!("INSERT INTO a ({names}) VALUES ({values});\n"));
    }
    project(&tables, &step(key, ""))
}

fn up(project: &Project) -> Value {
    let document = project.json(&["up", "--yes", "--batch-size", "2"]);
    assert_eq!(document["error"], Value::Null, "{document}");
    document["result"]["steps"][0].clone()
}

fn retry(project: &Project) -> Value {
    let document = project.json(&["up", "--retry-rejects"]);
    assert_eq!(document["error"], Value::Null, "{document}");
    let step = document["result"]["steps"][0].clone();
    if step != Value::Null {
        balanced(&step);
    }
    step
}

/// What the ledger says of the step: of it as a whole, and of its one Movement.
#[track_caller]
fn accounted(project: &Project, expected: [u64; 6]) {
    let names = ["read", "inserted", "updated", "unchanged", "skipped", "rejected"];
    for table in ["evolve_steps WHERE id = 'move'", "evolve_cursors WHERE step = 'move'"] {
        let found = names.map(|name| {
            let sql = format!("SELECT json_extract(account, '$.{name}') FROM {table}");
            project.value(&sql).parse::<u64>().expect("a number")
        });
        assert_eq!(found, expected, "{table}");
    }
    let rejects = project.value("SELECT count(*) FROM evolve_rejects").parse::<u64>().expect("a number");
    assert_eq!(rejects, expected[5]);
}

#[test]
fn f144_a_reject_is_found_again_whatever_its_key_is() {
    for (columns, key, keys) in SOURCES {
        let project = folder(columns, key, &keys);
        assert_eq!(numbers(&up(&project)), [4, 2, 0, 0, 0, 2], "{columns}");
        accounted(&project, [4, 2, 0, 0, 0, 2]);
        assert_eq!(numbers(&retry(&project)), [2, 0, 0, 0, 0, 2], "{columns}: nothing was mended");
        accounted(&project, [4, 2, 0, 0, 0, 2]);
        // One is mended, one is wrong in another way.
        project.sql("UPDATE a SET v = '7' WHERE v = 'bad'; UPDATE a SET v = '-3' WHERE v = 'worse'");
        assert_eq!(numbers(&retry(&project)), [2, 1, 0, 0, 0, 1], "{columns}");
        accounted(&project, [4, 3, 0, 0, 0, 1]);
        assert_eq!(project.value("SELECT rule FROM evolve_rejects"), "min", "{columns}: the reason is the new one");
        assert_eq!(
            project.value("SELECT group_concat(v, ' ') FROM (SELECT v FROM b ORDER BY v)"),
            "1 4 7",
            "{columns}"
        );
        // It goes; what is left of it is its record.
        project.sql("DELETE FROM a WHERE v = '-3'");
        assert_eq!(numbers(&retry(&project)), [1, 0, 0, 0, 0, 1], "{columns}");
        assert_eq!(
            project.value("SELECT rule FROM evolve_rejects"),
            "min",
            "{columns}: it was judged by what it holds"
        );
        project.sql("UPDATE evolve_rejects SET record = json_set(record, '$.v', '9')");
        assert_eq!(numbers(&retry(&project)), [1, 1, 0, 0, 0, 0], "{columns}");
        accounted(&project, [4, 4, 0, 0, 0, 0]);
        assert_eq!(retry(&project), Value::Null, "{columns}: nothing is left to try");
        down(&project);
        assert_eq!(project.value("SELECT count(*) FROM b"), "0", "{columns}: what a retry wrote goes back too");
    }
}

#[test]
fn f144_what_only_a_retry_wrote_is_taken_back() {
    let project = folder("k INTEGER PRIMARY KEY, v", "", &["1", "2", "3", "4"]);
    project.sql("UPDATE a SET v = 'none of them'");
    assert_eq!(numbers(&up(&project)), [4, 0, 0, 0, 0, 4]);
    project.sql("UPDATE a SET v = k");
    assert_eq!(numbers(&retry(&project)), [4, 4, 0, 0, 0, 0]);
    accounted(&project, [4, 4, 0, 0, 0, 0]);
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM b"), "0");
}

#[test]
fn f144_a_row_that_the_step_selects_no_more_is_said_and_stays() {
    let project = folder("k INTEGER PRIMARY KEY, v", "", &["1", "2", "3", "4"]);
    declare(&project, &step("", "where = \"v <> 'no more'\""));
    assert_eq!(numbers(&up(&project)), [4, 2, 0, 0, 0, 2]);
    project.sql("UPDATE a SET v = 'no more' WHERE k = 2; UPDATE a SET v = '5' WHERE k = 3");
    let step = retry(&project);
    assert_eq!(numbers(&step), [1, 1, 0, 0, 0, 0]);
    let warning = step["warnings"][0].as_str().expect("a warning");
    assert_eq!(warning, "1 rejected rows stay aside, because the step selects them no more: 2");
    accounted(&project, [4, 3, 0, 0, 0, 1]);
    // As nothing but its record it would be tried; its row stands there.
    project.sql("DELETE FROM a WHERE k = 2; UPDATE evolve_rejects SET record = json_set(record, '$.v', '6')");
    assert_eq!(numbers(&retry(&project)), [1, 1, 0, 0, 0, 0]);
    accounted(&project, [4, 4, 0, 0, 0, 0]);
}

#[test]
fn f144_many_rejects_go_in_at_once_and_a_kill_among_them_leaves_all_as_they_were() {
    let project = folder("k INTEGER PRIMARY KEY, v", "", &["1", "2", "3", "4"]);
    project.sql("WITH RECURSIVE s (n) AS (SELECT 5 UNION ALL SELECT n + 1 FROM s WHERE n < 1304) INSERT INTO a SELECT n, 'bad' FROM s");
    declare(&project, &step("", ""));
    project.does(&["up", "--yes"]);
    accounted(&project, [1304, 2, 0, 0, 0, 1302]);
    project.sql("UPDATE a SET v = '5' WHERE v IN ('bad', 'worse') AND k % 10 <> 0");
    let before = project.state();
    assert_eq!(project.dies("between_rejects", 2, &["up", "--retry-rejects"]).code, KILLED);
    assert_same("nothing was done", &before, &project.state());
    let step = retry(&project);
    assert_eq!(numbers(&step), [1302, 1172, 0, 0, 0, 130]);
    accounted(&project, [1304, 1174, 0, 0, 0, 130]);
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM b"), "0");
}
