//! Rows of every kind of key, moved by every rule in batches of every size, as the model says; and back.

use crate::model::{Account, Collation, Row, Rule, V, account, insert, rows, sorted};
use crate::rig::{Project, assert_same, code};
use crate::shape::whole;
use Collation::{Binary, NoCase, RTrim};

/// A kind of key: the columns of it, what closes the table, and keys as they come in.
struct Key {
    columns: &'static str,
    closes: &'static str,
    /// The keys of the source, in the order they are written; the first four are in the target as well.
    keys: &'static [&'static str],
    collations: &'static [Collation],
}

const RULES: &[(&str, Rule)] = &[
    ("on_conflict = \"fail\"", Rule::Fail),
    ("on_conflict = \"skip\"", Rule::Skip),
    ("on_conflict = \"overwrite\"", Rule::Overwrite),
    ("on_conflict = { fill = [\"v\", \"n\"] }", Rule::Fill(&[0, 1])),
    ("on_conflict = { newest = \"stamp\" }", Rule::Newest(2)),
];

/// What stands in the columns besides the key, by row: v, n, stamp.
const VALUES: &[&str] = &[
    "'one', 1, 10",
    "NULL, 2, 20",
    "CAST(x'ff00' AS TEXT), NULL, 30",
    "'', 4, NULL",
    "x'00ff', 5, 50",
    "'six', NULL, 60",
    "NULL, NULL, NULL",
    "'eight', 8, 80",
    "1.5, 9, 90",
    "'ten', 10, 100",
    "'11', 11, 110",
    "'twelve', 12, 120",
    "'a' || char(0), 13, 130",
];

/// What the target has already, by row: rows like the source's, older, newer, with holes.
const THERE: &[&str] = &["'one', 1, 10", "'kept', NULL, 25", "NULL, 33, 5", "'old', 44, 1"];

impl Key {
    fn names(&self) -> Vec<String> {
        self.columns.split(',').map(|column| column.split_whitespace().next().expect("a name").to_owned()).collect()
    }

    fn project(&self, step: &str, overlap: bool) -> Project {
        let Self { columns, closes, .. } = self;
        let table = |name: &str, more: &str| {
            format!("CREATE TABLE {name} (v, n INTEGER, stamp INTEGER, {columns}{more}{closes};\n")
        };
        let project = Project::of(&[
            (
                "evolve.toml",
                "[project]\nname = \"walk\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n[restore_points]\nwhen = \"never\"\n",
            ),
            ("migrations/V1__tables.sql", &(table("source", "") + &table("target", ", extra TEXT DEFAULT 'x'"))),
            ("plans/one.toml", &crate::shape::stage("one", "1.0.0", &["V1"])),
            ("plans/two.toml", &(crate::shape::stage("two", "2.0.0", &[]) + step)),
        ]);
        project.does(&["up", "--target", "one"]);
        let names = self.names().join(", ");
        let line = |table: &str, key: &str, values: &str| {
            format!("INSERT INTO {table} (v, n, stamp, {names}) VALUES ({values}, {key});\n")
        };
        let source = self.keys.iter().zip(VALUES.iter().cycle()).map(|(key, values)| line("source", key, values));
        let there = self.keys.iter().zip(THERE).map(|(key, values)| line("target", key, values));
        project.sql(&source.chain(there.filter(|_| overlap)).collect::<String>());
        project
    }

    /// The rows of the source in the order they are walked.
    fn walked(&self, project: &Project, filter: &str) -> Vec<Row> {
        let names = self.names().join(", ");
        let mut walked = rows(project, &format!("SELECT v, n, stamp, {names} FROM source WHERE {filter}"));
        walked.sort_by(|a, b| {
            let keys = self.collations.iter().enumerate();
            keys.map(|(at, collation)| a[3 + at].order(&b[3 + at], *collation))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        walked
    }

    fn unique(&self) -> Vec<Vec<(usize, Collation)>> {
        vec![self.collations.iter().enumerate().map(|(at, collation)| (3 + at, *collation)).collect()]
    }

    fn target(&self, project: &Project) -> Vec<Row> {
        rows(project, &format!("SELECT v, n, stamp, {}, extra FROM target", self.names().join(", ")))
    }
}

fn step(kind: &str, rest: &str) -> String {
    format!("[[{kind}]]\nid = \"move\"\nfrom = \"source\"\ninto = \"target\"\n{rest}\n")
}

/// Every rule at every batch size, up and down and up.
fn walks(key: &Key) {
    for (words, rule) in RULES {
        let project = key.project(&step("copy", &format!("{words}\nundo = \"journal\"")), true);
        walk(key, &project, *rule, "1");
    }
    let project = key.project(&step("copy", "where = \"n % 2 = 0\""), false);
    walk(key, &project, Rule::Fail, "n % 2 = 0");
    let project = key.project(&step("copy", "on_conflict = \"skip\"\nwhere = \"n IS NOT NULL OR v IS NULL\""), true);
    walk(key, &project, Rule::Skip, "n IS NOT NULL OR v IS NULL");
}

fn walk(key: &Key, project: &Project, rule: Rule, filter: &str) {
    let before = whole(project);
    let expected =
        insert(&key.walked(project, filter), &key.target(project), &key.unique(), rule, &[V::Text(b"x".to_vec())]);
    for size in ["1", "2", "3", "4", "5", "6", "7", "100"] {
        let up = project.json(&["up", "--yes", "--batch-size", size]);
        let Some((target, expected)) = &expected else {
            assert_eq!(code(&up), "E0707", "batches of {size}: {up}");
            assert_same("a conflict leaves nothing behind", &before, &whole(project));
            continue;
        };
        assert!(up["error"].is_null(), "batches of {size}: {up}");
        assert_eq!(sorted(&key.target(project)), sorted(target), "{rule:?} in batches of {size}");
        assert_accounted(&account(&up, "move"), expected, &format!("{rule:?} in batches of {size}"));
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_same(&format!("{rule:?} taken back, batches of {size}"), &before, &whole(project));
    }
}

fn assert_accounted(found: &Account, expected: &Account, what: &str) {
    assert_eq!(found.read, found.inserted + found.updated + found.unchanged + found.skipped + found.rejected, "{what}");
    assert_eq!(found, expected, "{what}");
}

macro_rules! keys {
    ($($name:ident: $columns:expr, $closes:expr, $collations:expr, $keys:expr;)*) => {
        $(#[test] fn $name() { walks(&Key { columns: $columns, closes: $closes, keys: &$keys, collations: &$collations }); })*
    };
}

keys! {
    integer_keys: "id INTEGER PRIMARY KEY", ")", [Binary], ["5", "-3", "0", "100", "9223372036854775807", "-9223372036854775808", "7", "8", "9", "6", "-1"];
    f128_float_keys: "id REAL PRIMARY KEY NOT NULL", ")", [Binary], ["0.1", "-0.0", "1e308", "3", "-1e308", "0.30000000000000004", "9e999", "4.9e-324", "0.3", "-9e999", "2.5"];
    f128_float_keys_without_rowid: "id REAL PRIMARY KEY", ") WITHOUT ROWID", [Binary], ["0.1", "0.0", "1e308", "3", "-1e308", "0.30000000000000004", "9e999", "4.9e-324"];
    text_keys: "id TEXT PRIMARY KEY NOT NULL", ")", [Binary], ["'b'", "'B'", "''", "'ä'", "'a'", "'10'", "'9'", "' a'", "'a '", "'A'", "'𝄞'", "'zz'"];
    f124_keys_in_no_case: "id TEXT PRIMARY KEY NOT NULL COLLATE NOCASE", ")", [NoCase], ["'b'", "'C'", "'a'", "'D'", "'e'", "'Z'", "'_'", "'['", "'ä'", "'Ä'", "'F'", "'g'"];
    f124_keys_in_no_case_without_rowid: "id TEXT PRIMARY KEY COLLATE NOCASE", ") WITHOUT ROWID", [NoCase], ["'b'", "'C'", "'a'", "'D'", "'e'", "'Z'", "'_'", "'['", "'F'", "'g'"];
    f124_trimmed_keys: "id TEXT PRIMARY KEY NOT NULL COLLATE RTRIM", ")", [RTrim], ["'b '", "'a'", "'a b'", "'  c'", "''", "'B'", "'aa   '", "'z'"];
    f125_blob_keys: "id BLOB PRIMARY KEY NOT NULL", ")", [Binary], ["x'00'", "x''", "x'ff'", "x'0000'", "x'7f'", "x'80'", "x'61'", "x'ff00'", "x'6100'"];
    f125_blob_keys_without_rowid: "id BLOB PRIMARY KEY", ") WITHOUT ROWID", [Binary], ["x'00'", "x''", "x'ff'", "x'0000'", "x'7f'", "x'80'", "x'61'"];
    f127_keys_of_all_classes: "id PRIMARY KEY NOT NULL", ")", [Binary], ["1", "'10'", "x'01'", "3.5", "'1'", "10", "-1.5", "x''", "''", "9e999", "'a'", "x'ff'", "2"];
    f127_keys_of_all_classes_without_rowid: "id PRIMARY KEY", ") WITHOUT ROWID", [Binary], ["1", "'10'", "x'01'", "3.5", "'1'", "10", "-1.5", "x''", "''", "9e999", "'a'", "x'ff'", "2"];
    f53_null_keys: "id TEXT PRIMARY KEY", ")", [Binary], ["'b'", "'a'", "'c'", "'z'", "NULL", "NULL", "'q'", "NULL", "''", "'m'"];
    f53_only_null_keys: "id TEXT PRIMARY KEY", ")", [Binary], ["NULL", "NULL", "NULL", "NULL", "NULL"];
    f151_keys_that_are_no_text: "id TEXT PRIMARY KEY NOT NULL", ")", [Binary], ["CAST(x'ff41' AS TEXT)", "'b'", "CAST(x'61' AS TEXT)", "CAST(x'80' AS TEXT)", "'z'", "CAST(x'fe' AS TEXT)", "'ä'", "CAST(x'c328' AS TEXT)", "CAST(x'610062' AS TEXT)", "'y'"];
    composite_keys: "a INTEGER NOT NULL, b TEXT NOT NULL", ", PRIMARY KEY (a, b))", [Binary, Binary], ["1, 'b'", "1, 'a'", "2, 'a'", "0, 'z'", "2, 'B'", "1, ''", "-1, 'c'", "2, 'b'", "1, 'c'"];
    composite_keys_descending: "a INTEGER NOT NULL, b TEXT NOT NULL", ", PRIMARY KEY (b DESC, a DESC)) WITHOUT ROWID", [Binary, Binary], ["1, 'b'", "1, 'a'", "2, 'a'", "0, 'z'", "2, 'B'", "1, ''", "-1, 'c'", "2, 'b'"];
    composite_keys_of_mixed_collations: "a TEXT NOT NULL COLLATE NOCASE, b TEXT NOT NULL, c NOT NULL", ", PRIMARY KEY (a, b, c)) WITHOUT ROWID", [NoCase, Binary, Binary],
        ["'x', 'p', 1", "'X', 'P', 1", "'y', 'p', '1'", "'x', 'p', x'00'", "'Y', 'p', 1.5", "'x', 'q', 1", "'a', 'A', ''", "'A', 'a', ''"];
    composite_keys_with_nulls: "a INTEGER, b TEXT", ", PRIMARY KEY (a, b))", [Binary, Binary], ["1, 'b'", "1, NULL", "NULL, 'a'", "0, 'z'", "NULL, NULL", "1, NULL", "-1, 'c'", "NULL, NULL", "2, 'x'"];
}

/// Without any key rows are walked by their own number, and nothing is in the way of anything.
#[test]
fn rows_without_a_key() {
    let key = Key {
        columns: "id TEXT",
        closes: ")",
        keys: &["'a'", "'a'", "NULL", "'b'", "'a'", "NULL", "'c'"],
        collations: &[Binary],
    };
    let project = key.project(&step("copy", ""), true);
    let before = whole(&project);
    let (target, walked) = (key.target(&project), key.walked(&project, "1"));
    let (target, expected) = insert(&walked, &target, &[], Rule::Fail, &[V::Text(b"x".to_vec())]).expect("rows");
    for size in ["1", "2", "3", "7"] {
        let up = project.json(&["up", "--yes", "--batch-size", size]);
        assert_eq!(sorted(&key.target(&project)), sorted(&target), "batches of {size}");
        assert_accounted(&account(&up, "move"), &expected, size);
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_same("taken back", &before, &whole(&project));
    }
}

/// The key that is declared is walked, not the primary key.
#[test]
fn a_declared_key_is_walked() {
    let key = Key {
        columns: "id INTEGER PRIMARY KEY, k TEXT UNIQUE COLLATE NOCASE",
        closes: ")",
        keys: &["1, 'z'", "2, 'B'", "3, 'a'", "4, 'Y'", "5, 'c'", "6, 'X'"],
        collations: &[Binary, NoCase],
    };
    for rule in ["on_conflict = \"overwrite\"", "on_conflict = \"skip\""] {
        let project = key.project(&step("copy", &format!("key = [\"k\"]\n{rule}")), true);
        let before = whole(&project);
        for size in ["1", "2", "5"] {
            project.does(&["up", "--yes", "--batch-size", size]);
            assert_eq!(project.value("SELECT count(*) FROM target"), "6");
            project.does(&["down", "--staged", "1", "--yes"]);
            assert_same("taken back", &before, &whole(&project));
        }
    }
}

/// From a table with numbers of its own into one without, and the other way round.
#[test]
fn between_tables_with_and_without_rowid() {
    let keys: &[&str] = &["'b', 2", "'B', 1", "'a', 9", "'c', -1", "'', 0", "'b', 3", "'z', 5"];
    for (from, into) in [(")", ") WITHOUT ROWID"), (") WITHOUT ROWID", ")")] {
        let key = Key {
            columns: "a TEXT NOT NULL, b INTEGER NOT NULL",
            closes: ", PRIMARY KEY (b, a))",
            keys,
            collations: &[Binary, Binary],
        };
        for (words, rule) in RULES {
            let project = key.project(&step("copy", &format!("{words}\nundo = \"journal\"")), true);
            for (table, closes) in [("source", from), ("target", into)] {
                let closes = format!(", PRIMARY KEY (a, b){closes}");
                project.sql(&format!("CREATE TABLE kept AS SELECT * FROM {table}; DROP TABLE {table}; CREATE TABLE {table} (v, n INTEGER, stamp INTEGER, a TEXT NOT NULL, b INTEGER NOT NULL{}{closes}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept;", if table == "target" { ", extra TEXT DEFAULT 'x'" } else { "" }));
            }
            walk(&key, &project, *rule, "1");
        }
    }
}
