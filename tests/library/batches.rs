//! Batches are as large on the way back as they were on the way up: as the step says it.

use crate::bed::{Heard, down_to};
use crate::rig::Project as Folder;
use evolve::observe::{Stop, StopReason};
use evolve::{Flags, Project, Unattended, UpRequest};

const FILES: &[(&str, &str)] = &[
    ("evolve.toml", "[project]\nname = \"rows\"\n[database]\nurl = \"sqlite:rows.db\"\n"),
    (
        "migrations/V1__tables.sql",
        "CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1), (2), (3), (4), (5);\n",
    ),
    ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
    (
        "plans/two.toml",
        "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n[[copy]]\nid = \"small\"\nfrom = \"a\"\ninto = \"b\"\nbatch = { rows = 2 }\n",
    ),
];

/// How far each batch got.
fn rows(heard: &Heard) -> Vec<String> {
    let lines = heard.lines.take().into_iter();
    lines.filter_map(|line| Some(line.strip_prefix("rows small ")?.split(' ').next()?.to_owned())).collect()
}

#[test]
fn a_steps_own_batch_counts_up_and_down() {
    let (folder, heard) = (Folder::empty(), Heard::default());
    let url = format!("sqlite:{}", folder.path("rows.db").display());
    let project = Project::embedded(FILES, &Flags { database: Some(url), ..Flags::default() }).expect("the project");
    project.up(&UpRequest::default(), &Unattended, &heard, &Stop::new()).into_result().expect("up");
    assert_eq!(rows(&heard), ["2", "4", "5"]);
    project.down(&down_to("one"), &Unattended, &heard, &Stop::new()).into_result().expect("down");
    assert_eq!(rows(&heard), ["2", "4", "5"]);
}

/// Keys of every class that stand beside each other, among them text that is no UTF-8 and blobs of the same bytes.
const KEYS: [&str; 14] = [
    "-9e999",
    "-1",
    "0.5",
    "9e999",
    "''",
    "'a'",
    "CAST(x'61ff' AS TEXT)",
    "CAST(x'fe' AS TEXT)",
    "CAST(x'ff' AS TEXT)",
    "CAST(x'ff00' AS TEXT)",
    "x''",
    "x'61ff'",
    "x'ff'",
    "x'ff00'",
];

/// How a key becomes a row.
type Row = fn(&str) -> String;

/// Ways to have them: the source, its key in the step, and what a key is put in as.
const TABLES: [(&str, &str, Row); 4] = [
    ("CREATE TABLE a (k BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID", "", str::to_owned),
    ("CREATE TABLE a (k BLOB NOT NULL UNIQUE, l)", "key = [\"k\"]\n", |key| format!("{key}, 1")),
    ("CREATE TABLE a (l BLOB, k BLOB, PRIMARY KEY (l, k)) WITHOUT ROWID", "", |key| {
        format!("CAST(x'ff' AS TEXT), {key}")
    }),
    ("CREATE TABLE a (k BLOB, l BLOB, PRIMARY KEY (k, l)) WITHOUT ROWID", "", |key| {
        format!("{key}, CAST(x'80' AS TEXT)")
    }),
];

#[test]
fn f125_a_key_that_is_no_text_in_utf8_ends_a_batch_as_any_other() {
    for ((table, key, row), size) in TABLES.into_iter().flat_map(|table| [1, 2, 3].map(|size| (table, size))) {
        let rows: String = KEYS.iter().map(|key| format!("INSERT INTO a VALUES ({});\n", row(key))).collect();
        let migration = format!("{table};\nCREATE TABLE b (k BLOB);\n{rows}");
        let step =
            format!("[[convert]]\nid = \"small\"\nfrom = \"a\"\ninto = \"b\"\n{key}[convert.columns]\nk = \"k\"\n");
        let folder = Folder::of(&[
            ("migrations/V1__tables.sql", &migration),
            ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
            ("plans/two.toml", &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{step}")),
        ]);
        folder.does(&["up", "--target", "one", "--yes"]);
        let project =
            Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("a project");
        let request = UpRequest { batch_rows: Some(size), ..UpRequest::default() };
        // Stopped after each batch, so that each cursor goes through the ledger.
        let mut there = 0;
        for _ in 0..=KEYS.len() {
            let stop = Stop::new();
            let heard = Heard { stop: Some(("rows small", stop.clone(), StopReason::Interrupt)), ..Heard::default() };
            let answer = project.up(&request, &Unattended, &heard, &stop);
            let now: u64 = folder.value("SELECT count(*) FROM b").parse().expect("a number");
            assert!(now - there <= size, "{table}: {} rows in a batch of {size}", now - there);
            there = now;
            if answer.into_result().is_ok() {
                break;
            }
        }
        let all = |table: &str| {
            folder.value(&format!(
                "SELECT group_concat(x, ' ') FROM (SELECT typeof(k) || hex(k) || quote(k) AS x FROM {table} ORDER BY 1)"
            ))
        };
        assert_eq!(all("a"), all("b"), "{table} {size}");
        folder.does(&["down", "--target", "one", "--yes"]);
        assert_eq!(folder.value("SELECT count(*) FROM b"), "0");
    }
}
