//! `enrich`: the rows that change get what the model says, in batches of every size; and get back what they had.

use crate::model::{Account, V, account, rows, sorted};
use crate::rig::{Project, assert_same, code};
use crate::shape::{stage, whole};

const TABLES: &str = "CREATE TABLE parts (id TEXT PRIMARY KEY COLLATE NOCASE, kind TEXT, price REAL, owner TEXT) WITHOUT ROWID;\
     CREATE TABLE numbered (id INTEGER PRIMARY KEY, kind TEXT, price REAL, owner TEXT);\
     CREATE TABLE loose (id TEXT, kind TEXT, price REAL, owner TEXT);\
     CREATE TABLE kinds (n INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, price REAL, owner TEXT);";

const PARTS: &[&str] = &[
    "'b', 'bolt', 1.5, NULL",
    "'A', 'nut', NULL, 'me'",
    "'c', 'none', 7, 'kept'",
    "'D', NULL, 8, 'kept'",
    "'e', 'BOLT', NULL, NULL",
    "'x1', 'twin', 0, 'was'",
    "'x2', 'bolt', 9, 'steel'",
    "'x3', 'empty', 3, 'had'",
    "'x4', 'nut', 2, 'brass'",
];

const KINDS: &str = "INSERT INTO kinds VALUES (1, 'bolt', 9, 'steel'), (2, 'nut', 2, 'brass'), (5, 'empty', NULL, NULL), (9, 'unused', 1, 'x');";

fn project(table: &str, step: &str, twins: bool) -> Project {
    let project = Project::of(&[
        (
            "evolve.toml",
            "[project]\nname = \"look\"\n[database]\nurl = \"sqlite:trial.db\"\n[restore_points]\nwhen = \"never\"\n[policy]\nmax_risk = \"critical\"\n",
        ),
        ("migrations/V1__tables.sql", TABLES),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        (
            "plans/two.toml",
            &format!("{}[[enrich]]\nid = \"look\"\ntable = \"{table}\"\n{step}\n", stage("two", "2.0.0", &[])),
        ),
    ]);
    project.does(&["up", "--target", "one"]);
    let keys = |at: usize, row: &str| {
        if table == "numbered" { format!("{at}, {}", row.split_once(", ").expect("a key").1) } else { row.to_owned() }
    };
    let lines = PARTS.iter().enumerate().map(|(at, row)| format!("INSERT INTO {table} VALUES ({});", keys(at, row)));
    project.sql(&(lines.collect::<String>() + KINDS));
    if twins {
        project.sql("INSERT INTO kinds VALUES (20, 'twin', 20, 'second'), (10, 'Twin', 10, 'first');");
    }
    project
}

/// What a part finds: price and owner of its kind, the one with the lowest number first.
fn found(project: &Project, kind: &V) -> Option<[V; 2]> {
    let V::Text(kind) = kind else { return None };
    let kinds = rows(project, "SELECT name, price, owner FROM kinds ORDER BY n");
    let same = |row: &&Vec<V>| matches!(&row[0], V::Text(name) if name.eq_ignore_ascii_case(kind));
    kinds.iter().find(same).map(|row| [row[1].clone(), row[2].clone()])
}

/// Rows as they should be, and how many did what. `missing` is what a row gets that finds nothing; `None` leaves it.
fn model(project: &Project, table: &str, filter: &str, missing: Option<[V; 2]>) -> (Vec<Vec<V>>, Account) {
    let mut account = Account::default();
    let selected = rows(project, &format!("SELECT id, kind, price, owner, ({filter}) IS TRUE FROM {table}"));
    let moved = selected.into_iter().map(|mut row| {
        let is_selected = row.pop() == Some(V::Int(1));
        if !is_selected {
            return row;
        }
        account.read += 1;
        match found(project, &row[1]).or_else(|| missing.clone()) {
            None => account.skipped += 1,
            Some(values) if row[2..] == values => account.unchanged += 1,
            Some(values) => {
                row[2..].clone_from_slice(&values);
                account.updated += 1;
            }
        }
        row
    });
    (moved.collect(), account)
}

const LOOKUP: &str = "lookup = { table = \"kinds\", on = \"kinds.name = TABLE.kind\", order = \"kinds.n\" }\n";
const COLUMNS: &str = "[enrich.columns]\nprice = \"kinds.price\"\nowner = \"kinds.owner\"\n";

fn looks_up(table: &str, missing: &str, many: &str, twins: bool, filter: Option<&str>) {
    let where_ = filter.map(|filter| format!("where = \"{filter}\"\n")).unwrap_or_default();
    let lookup = if many == "first" { LOOKUP.to_owned() } else { LOOKUP.replace(", order = \"kinds.n\"", "") };
    let step = format!(
        "{where_}{}on_missing = \"{missing}\"\non_many = \"{many}\"\n{COLUMNS}",
        lookup.replace("TABLE", table)
    );
    let project = project(table, &step, twins);
    let before = whole(&project);
    let nothing = (missing == "default").then_some([V::Null, V::Null]);
    let (expected, accounted) = model(&project, table, filter.unwrap_or("1"), nothing);
    for size in ["1", "2", "3", "4", "5", "6", "7", "100"] {
        let what = format!("{table} {missing} {many} in batches of {size}");
        let up = project.json(&["up", "--yes", "--batch-size", size]);
        assert!(up["error"].is_null(), "{what}: {up}");
        assert_eq!(
            sorted(&rows(&project, &format!("SELECT id, kind, price, owner FROM {table}"))),
            sorted(&expected),
            "{what}"
        );
        assert_eq!(account(&up, "look"), accounted, "{what}");
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_same(&what, &before, &whole(&project));
    }
}

#[test]
fn f140_rows_that_find_nothing_keep_what_they_have() {
    for table in ["parts", "numbered", "loose"] {
        looks_up(table, "keep", "fail", false, None);
    }
}

#[test]
fn f140_rows_that_find_nothing_get_the_default() {
    for table in ["parts", "numbered", "loose"] {
        looks_up(table, "default", "fail", false, None);
    }
}

#[test]
fn f140_of_several_the_first_is_taken() {
    for table in ["parts", "numbered", "loose"] {
        looks_up(table, "keep", "first", true, None);
        looks_up(table, "default", "first", true, None);
    }
}

#[test]
fn only_the_rows_that_are_selected_are_looked_at() {
    for table in ["parts", "numbered", "loose"] {
        let priced = format!("kind <> 'twin' AND {table}.price IS NOT NULL");
        looks_up(table, "keep", "fail", true, Some(&priced));
        looks_up(table, "fail", "fail", true, Some("kind IN ('bolt', 'nut')"));
    }
}

fn refused(missing: &str, twins: bool, filter: &str, key: &str) {
    for size in ["1", "2", "100"] {
        let lookup = LOOKUP.replace(", order = \"kinds.n\"", "").replace("TABLE", "parts");
        let project = project(
            "parts",
            &format!("{filter}{lookup}on_missing = \"{missing}\"\non_many = \"fail\"\n{COLUMNS}"),
            twins,
        );
        let before = whole(&project);
        let up = project.json(&["up", "--yes", "--batch-size", size]);
        assert_eq!(code(&up), "E0701", "{up}");
        assert_eq!(up["error"]["message"], key, "{up}");
        assert_same("nothing is written", &before, &whole(&project));
        assert_eq!(project.json(&["status"])["result"]["stage"], "one");
    }
}

#[test]
fn f140_a_row_that_must_find_something_is_named() {
    refused("fail", false, "where = \"kind <> 'twin'\"\n", "rows of parts find no match: c");
}

#[test]
fn f140_a_row_that_finds_several_is_named() {
    refused("keep", true, "", "rows of parts find several matches: x1");
}

#[test]
fn computed_columns_need_no_lookup() {
    for table in ["parts", "numbered", "loose"] {
        let project = project(
            table,
            "[enrich.columns]\nprice = \"coalesce(price, 0) * 2\"\nowner = { from = \"kind\", apply = [\"upper\"], default = \"NOBODY\" }\n",
            false,
        );
        let before = whole(&project);
        let mut all = Vec::new();
        for size in ["1", "4", "100"] {
            project.does(&["up", "--yes", "--batch-size", size]);
            all.push(sorted(&rows(&project, &format!("SELECT * FROM {table}"))));
            assert_eq!(
                project
                    .value(&format!("SELECT count(*) FROM {table} WHERE owner IS NOT upper(coalesce(kind, 'nobody'))")),
                "0"
            );
            project.does(&["down", "--staged", "1", "--yes"]);
            assert_same(size, &before, &whole(&project));
        }
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "the same at every batch size: {all:?}");
    }
}

#[test]
fn the_case_of_a_value_is_a_difference() {
    let base = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM);";
    let project = Project::of(&[
        ("migrations/V1__t.sql", base),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        (
            "plans/two.toml",
            &format!(
                "{}[[enrich]]\nid = \"look\"\ntable = \"t\"\n[enrich.columns]\na = \"upper(a)\"\nb = \"trim(b)\"\n",
                stage("two", "2.0.0", &[])
            ),
        ),
    ]);
    project.does(&["up", "--target", "one"]);
    project.sql("INSERT INTO t VALUES (1, 'ada', 'x  '), (2, 'BOB', 'y')");
    let before = whole(&project);
    let up = project.json(&["up", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(a || b, '|') FROM t"), "ADAx|BOBy");
    assert_eq!((account(&up, "look").updated, account(&up, "look").unchanged), (1, 1));
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("down", &before, &whole(&project));
}
