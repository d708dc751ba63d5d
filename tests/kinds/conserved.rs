//! Rows are neither lost nor multiplied, where parts meet and where a join finds several. F139.

use crate::{down, numbers, project, refused, rows, up_down_up};

const TABLES: &str = "CREATE TABLE parts (id INTEGER PRIMARY KEY, kind TEXT, price INTEGER, shown TEXT);
    CREATE TABLE kinds (kind TEXT, price INTEGER);
    CREATE TABLE left_ones (k TEXT PRIMARY KEY NOT NULL, n INTEGER); CREATE TABLE right_ones (k TEXT PRIMARY KEY NOT NULL, n INTEGER);
    CREATE TABLE all_ones (id INTEGER PRIMARY KEY, k TEXT NOT NULL UNIQUE, n INTEGER);
    CREATE TABLE pairs (id INTEGER PRIMARY KEY, part INTEGER, price INTEGER);
    WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 12)
    INSERT INTO parts (id, kind) SELECT i, CASE i % 3 WHEN 0 THEN 'twin' WHEN 1 THEN 'one' ELSE 'none' END FROM i;
    INSERT INTO kinds VALUES ('one', 1), ('twin', 2), ('twin', 3), ('twin', 3);
    WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 20) INSERT INTO left_ones SELECT 'k' || i, i FROM i;
    WITH RECURSIVE i (i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM i WHERE i < 27) INSERT INTO right_ones SELECT 'k' || i, -i FROM i;
    INSERT INTO all_ones VALUES (500, 'k5', 5), (501, 'k26', 0), (502, 'own', 7);\n";

fn merge(rule: &str) -> String {
    let part = |table: &str| format!("[[merge.from]]\ntable = \"{table}\"\ncolumns = {{ k = \"k\", n = \"n\" }}\n");
    let parts = part("left_ones") + &part("right_ones");
    format!("[[merge]]\nid = \"both\"\ninto = \"all_ones\"\nkey = [\"k\"]\n{rule}\n{parts}")
}

/// What was there, and each key of the parts once.
#[test]
fn f139_a_merge_has_each_key_of_its_parts_once() {
    for (rule, account) in [
        ("on_conflict = \"skip\"", [37, 25, 0, 0, 12, 0]),
        ("on_conflict = \"overwrite\"", [37, 25, 11, 1, 0, 0]),
        ("on_conflict = { newest = \"n\" }", [37, 25, 0, 0, 12, 0]),
        (
            "on_conflict = \"skip\"\non_invalid = \"skip\"\n[[merge.rule]]\nname = \"no tens\"\nsql = \"n % 10 <> 0\"",
            [37, 23, 0, 0, 11, 3],
        ),
    ] {
        let project = project(TABLES, &merge(rule));
        for size in [1, 3, 7, 100] {
            let step = up_down_up(&project, size);
            assert_eq!(numbers(&step), account, "{rule}, batches of {size}");
            let found = rows(&project, "SELECT count(*) - 3, count(DISTINCT k) - 3 FROM all_ones");
            assert_eq!(found, [format!("{0} | {0}", account[1])], "{rule}, batches of {size}");
            down(&project);
        }
    }
}

fn look_up(rest: &str) -> String {
    format!(
        "[[enrich]]\nid = \"priced\"\ntable = \"parts\"\n{rest}\n[enrich.columns]\nprice = \"kinds.price\"\nshown = \"parts.kind || kinds.price\"\n"
    )
}

const FIRST: &str = "lookup = { table = \"kinds\", on = \"kinds.kind = parts.kind\", order = \"kinds.price DESC\" }\non_missing = \"keep\"\non_many = \"first\"";
const FAIL: &str =
    "lookup = { table = \"kinds\", on = \"kinds.kind = parts.kind\" }\non_missing = \"keep\"\non_many = \"fail\"";

#[test]
fn f139_a_join_that_finds_several_writes_each_row_once() {
    let project = project(TABLES, &look_up(FIRST));
    for size in [1, 2, 5, 100] {
        assert_eq!(numbers(&up_down_up(&project, size)), [12, 0, 8, 0, 4, 0], "batches of {size}");
        let found =
            rows(&project, "SELECT kind, count(*), min(shown), max(shown) FROM parts GROUP BY kind ORDER BY kind");
        assert_eq!(found, ["none | 4 | NULL | NULL", "one | 4 | one1 | one1", "twin | 4 | twin3 | twin3"]);
        down(&project);
    }
}

#[test]
fn f139_a_join_that_may_find_one_only_is_refused_with_its_rows() {
    let project = project(TABLES, &look_up(FAIL));
    let error = refused(&project, 100, 1, "E0701");
    assert_eq!(error["message"], "rows of parts find several matches: 3; 6; 9; 12");
}

/// Refused for itself, a row is one row, however many it finds.
#[test]
fn f139_a_row_that_is_refused_counts_once_whatever_it_finds() {
    for lookup in [FIRST, FAIL] {
        let rule = "\n[[enrich.rule]]\nname = \"no twins\"\nsql = \"parts.kind <> 'twin'\"\n";
        let step = look_up(&format!("{lookup}\non_invalid = \"quarantine\"")) + rule;
        let project = project(TABLES, &step);
        for size in [1, 4, 100] {
            assert_eq!(numbers(&up_down_up(&project, size)), [12, 0, 4, 0, 4, 4], "{lookup}, batches of {size}");
            let aside = rows(&project, "SELECT shown, rule FROM evolve_rejects ORDER BY CAST(shown AS INTEGER)");
            assert_eq!(aside, ["3 | no twins", "6 | no twins", "9 | no twins", "12 | no twins"]);
            down(&project);
        }
    }
}

/// A statement of one's own may make several rows of one: they are counted as what they are.
#[test]
fn f139_a_statement_with_a_join_counts_what_it_makes() {
    let sql =
        "INSERT INTO pairs (part, price) SELECT parts.id, kinds.price FROM parts, kinds WHERE kinds.kind = parts.kind";
    let project = project(TABLES, &format!("[[convert]]\nid = \"pairs\"\nsql = \"{sql}\"\nundo = \"journal\"\n"));
    assert_eq!(numbers(&up_down_up(&project, 2))[..2], [16, 16]);
    let found = rows(&project, "SELECT count(*), count(DISTINCT part), sum(price) FROM pairs");
    assert_eq!(found, ["16 | 8 | 36"]);
}
