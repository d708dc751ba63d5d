//! `on_conflict = { new_key = "id" }`: both rows are kept, whatever the batches, and the id map says which row is which.

use crate::rig::running::KILLED;
use crate::rig::{Project, assert_same, code};
use crate::{declare, down, numbers, project, refused, rows, up, up_down_up};

/// Keys that come twice in the source, are in the target, or are not there; the walk is by another key.
const TABLES: &str = "
CREATE TABLE a (no INTEGER PRIMARY KEY, id INTEGER, name TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO a VALUES (1, 5, 'a1'), (2, 1, 'a2'), (3, 5, 'a3'), (4, 2, 'a4'), (5, 7, 'a5'), (6, 5, 'a6'), (7, NULL, 'a7'),
  (8, 3, 'a8'), (9, 12, 'a9'), (10, 12, 'a10');
";

const THERE: &str = "INSERT INTO b VALUES (1, 'b1'), (3, 'b3'), (4, 'b4')";

const STEP: &str = "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_conflict = { new_key = \"id\" }\n";
const COLUMNS: &str = "[convert.columns]\nid = \"id\"\nname = \"name\"\n";

const KEPT: [&str; 13] = [
    "1 | b1", "2 | a4", "3 | b3", "4 | b4", "5 | a1", "7 | a5", "12 | a9", "13 | a2", "14 | a3", "15 | a6", "16 | a7",
    "17 | a8", "18 | a10",
];

const MAP: &str = "SELECT step, movement, tbl, col, shown, old, new FROM evolve_ids ORDER BY CAST(shown AS INTEGER)";

const MAPPED: [&str; 5] = [
    "move | 0 | b | id | 2 | 1 | 13",
    "move | 0 | b | id | 3 | 5 | 14",
    "move | 0 | b | id | 6 | 5 | 15",
    "move | 0 | b | id | 8 | 3 | 17",
    "move | 0 | b | id | 10 | 12 | 18",
];

fn kept(project: &Project) -> Vec<String> {
    rows(project, "SELECT id, name FROM b ORDER BY id")
}

#[test]
fn the_first_row_with_a_key_has_it_at_every_batch_size() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    project.sql(THERE);
    for size in 1..=11 {
        let step = up_down_up(&project, size);
        assert_eq!(numbers(&step), [10, 10, 0, 0, 0, 0], "batches of {size}");
        assert_eq!(kept(&project), KEPT, "batches of {size}");
        assert_eq!(rows(&project, MAP), MAPPED, "batches of {size}");
        down(&project);
        assert_eq!(project.value("SELECT count(*) FROM evolve_ids"), "0");
    }
}

#[test]
fn a_kill_in_the_middle_changes_nothing() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    project.sql(THERE);
    for point in ["between_batches", "after_batch_before_cursor"] {
        for nth in 1..=9 {
            assert_eq!(project.dies(point, nth, &["up", "--yes", "--batch-size", "1"]).code, KILLED);
            project.does(&["up", "--yes", "--batch-size", "3"]);
            assert_eq!(
                (kept(&project), rows(&project, MAP)),
                (KEPT.map(str::to_owned).to_vec(), MAPPED.map(str::to_owned).to_vec()),
                "{point} {nth}"
            );
            down(&project);
        }
    }
}

#[test]
fn a_text_gets_a_ulid_and_keys_are_compared_as_the_target_does() {
    let tables = "CREATE TABLE a (no INTEGER PRIMARY KEY, code TEXT NOT NULL);
        CREATE TABLE b (n INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE NOT NULL UNIQUE);
        INSERT INTO a VALUES (1, 'x'), (2, 'X'), (3, 'y'), (4, 'Y '), (5, 'z');";
    let project =
        project(tables, "[[copy]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_conflict = { new_key = \"CODE\" }\n");
    project.sql("INSERT INTO b VALUES (9, 'Z')");
    let before = project.state();
    for size in [1, 2, 3, 9] {
        assert_eq!(numbers(&up(&project, size))[..2], [5, 5]);
        let found = rows(&project, "SELECT CASE length(code) WHEN 26 THEN 'new' ELSE code END FROM b ORDER BY n");
        assert_eq!(found, ["Z", "x", "new", "y", "Y ", "new"], "batches of {size}");
        assert_eq!(project.value("SELECT count(*) FROM evolve_ids JOIN b ON code = new WHERE col = 'code'"), "2");
        down(&project);
        assert_same("down", &before, &project.state());
    }
}

#[test]
fn where_no_integer_is_free_the_step_is_taken_back() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    project.sql("INSERT INTO b VALUES (5, 'b5'), (9223372036854775800, 'far')");
    for size in [1, 20] {
        up(&project, size);
        assert_eq!(project.value("SELECT count(*) FROM b WHERE id > 9223372036854775800"), "5", "a1, a3, a6, a7, a10");
        down(&project);
    }
    project.sql("INSERT INTO b VALUES (9223372036854775804, 'farther')");
    for size in [1, 20] {
        let error = refused(&project, size, 1, "E0707");
        assert!(error["message"].as_str().is_some_and(|words| words.contains("no integer is free")), "{error}");
    }
}

#[test]
fn a_number_that_was_issued_is_not_given_again() {
    let tables = TABLES
        .replace("CREATE TABLE b (id INTEGER PRIMARY KEY,", "CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT,");
    let project = project(&tables, &format!("{STEP}where = \"no = 2\"\n{COLUMNS}"));
    project.sql("INSERT INTO b VALUES (1, 'b1'), (90, 'gone'); DELETE FROM b WHERE id = 90");
    up(&project, 4);
    assert_eq!(kept(&project), ["1 | b1", "91 | a2"]);
}

#[test]
fn another_unique_key_still_fails_and_is_named() {
    let tables =
        TABLES.replace("b (id INTEGER PRIMARY KEY, name TEXT)", "b (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    let project = project(&tables, &format!("{STEP}{COLUMNS}"));
    project.sql("INSERT INTO b VALUES (1, 'a6')");
    for size in [1, 20] {
        let error = refused(&project, size, 1, "E0707");
        assert!(error["message"].as_str().is_some_and(|words| words.contains("b.name")), "{error}");
        assert!(error["hint"].as_str().is_some_and(|words| words.contains("new_key")), "{error}");
    }
}

#[test]
fn rows_that_are_refused_are_left_out_and_take_no_key() {
    let columns = COLUMNS.replace("\"name\"", "{ from = \"name\", pattern = \"^a[^13]*$\" }");
    let project = project(TABLES, &format!("{STEP}on_invalid = \"quarantine\"\n{columns}"));
    for size in [1, 3, 20] {
        assert_eq!(numbers(&up_down_up(&project, size)), [10, 7, 0, 0, 0, 3]);
        let found = rows(&project, "SELECT id, name FROM b ORDER BY id");
        assert_eq!(
            found,
            ["1 | a2", "2 | a4", "3 | a8", "5 | a6", "7 | a5", "12 | a9", "13 | a7"],
            "batches of {size}"
        );
        down(&project);
    }
}

#[test]
fn parts_of_a_merge_and_pieces_of_a_split_keep_both_too() {
    let tables = "CREATE TABLE x (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE y (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE all_of (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE more (id TEXT PRIMARY KEY NOT NULL, name TEXT);
        INSERT INTO x VALUES (1, 'x1'), (2, 'x2'); INSERT INTO y VALUES (1, 'y1'), (3, 'y3');";
    let merge = |key: &str| {
        format!(
            "[[merge]]\nid = \"both\"\ninto = \"all_of\"\nkey = [\"{key}\"]\non_conflict = {{ new_key = \"id\" }}\n\
             [[merge.from]]\ntable = \"x\"\n[[merge.from]]\ntable = \"y\"\n"
        )
    };
    let project = project(tables, &merge("id"));
    for size in [1, 2, 3] {
        assert_eq!(numbers(&up_down_up(&project, size))[..2], [4, 4]);
        assert_eq!(
            rows(&project, "SELECT id, name FROM all_of"),
            ["1 | x1", "2 | x2", "3 | y3", "4 | y1"].map(str::to_owned)
        );
        assert_eq!(rows(&project, "SELECT movement, old, new FROM evolve_ids"), ["1 | 1 | 4"]);
        down(&project);
    }
    let piece =
        |table: &str| format!("[[split.into]]\ntable = \"{table}\"\ncolumns = {{ id = \"id\", name = \"name\" }}\n");
    let split = format!(
        "[[split]]\nid = \"pieces\"\nfrom = \"x\"\non_conflict = {{ new_key = \"id\" }}\n{}{}",
        piece("all_of"),
        piece("more")
    );
    declare(&project, &split);
    project.sql("INSERT INTO all_of VALUES (2, 'mine'); INSERT INTO more VALUES ('1', 'mine')");
    assert_eq!(numbers(&up(&project, 1))[..2], [4, 4]);
    assert_eq!(rows(&project, "SELECT id, name FROM all_of"), ["1 | x1", "2 | mine", "3 | x2"]);
    assert_eq!(rows(&project, "SELECT name FROM more ORDER BY length(id), id"), ["mine", "x2", "x1"]);
    assert_eq!(rows(&project, "SELECT movement, tbl, old FROM evolve_ids"), ["0 | all_of | 2", "1 | more | 1"]);
}

#[test]
fn a_dry_run_counts_the_rows_that_would_get_a_new_key() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    project.sql(THERE);
    let before = project.files();
    let document = project.json(&["up", "--dry-run"]);
    assert_eq!(numbers(&document["result"]["steps"][0]), [10, 10, 0, 0, 0, 0], "{document}");
    let warned = document["result"]["steps"][0]["warnings"].to_string();
    assert!(warned.contains("5 rows of a") && warned.contains("new id"), "{warned}");
    assert_eq!(project.files(), before);
}

#[test]
fn a_rejected_row_that_is_tried_again_gets_a_new_key_too() {
    let columns = "[convert.columns]\nid = \"id\"\nname = { from = \"name\", required = true }\n";
    let project = project(TABLES, &format!("{STEP}on_invalid = \"quarantine\"\n{columns}"));
    project.sql(&format!("{THERE}; UPDATE a SET name = NULL WHERE no = 2"));
    assert_eq!(numbers(&up(&project, 3)), [10, 9, 0, 0, 0, 1]);
    project.sql("UPDATE a SET name = 'mended' WHERE no = 2; DROP TABLE evolve_ids");
    project.does(&["up", "--retry-rejects"]);
    assert_eq!(rows(&project, "SELECT id > 12, name FROM b WHERE name = 'mended'"), ["1 | mended"]);
    assert_eq!(rows(&project, "SELECT shown, old FROM evolve_ids"), ["2 | 1"]);
}

#[test]
fn a_column_that_can_be_no_new_key_is_refused_by_name() {
    let project = project(TABLES, &format!("{STEP}{COLUMNS}"));
    let before = project.files();
    let says = |step: &str, told: &str, expected: &str| {
        declare(&project, step);
        let document = project.json(&["up", "--yes"]);
        let error = document["error"].to_string();
        assert!(code(&document) == expected && error.contains(told), "{told}: {document}");
    };
    let named = |name: &str| format!("{STEP}{COLUMNS}").replace("new_key = \"id\"", &format!("new_key = \"{name}\""));
    says(&named("name"), "b.name, which is no key by itself", "E0105");
    says(&named("nme"), "was name meant?", "E0107");
    says(&format!("{STEP}{}", COLUMNS.replace("id = \"id\"\n", "")), "b.id, which gets no value here", "E0105");
    says(
        &format!("{STEP}{}", COLUMNS.replace("\"id\"", "\"abs(random())\"")),
        "whose values cannot be made anew",
        "E0105",
    );
    says(
        &format!("{STEP}{COLUMNS}").replace("\"name\"\n", "{ from = \"name\", unique = true }\n"),
        "keys given anew",
        "E0007",
    );
    declare(&project, &format!("{STEP}{COLUMNS}"));
    assert_eq!(project.files(), before, "nothing was touched");
}
