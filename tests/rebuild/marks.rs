//! F46 and F49: numbers that were issued, and numbers that rows have.

use crate::shape::{down, project, there_and_back, whole};

const ISSUED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); CREATE TABLE unused (id INTEGER PRIMARY KEY AUTOINCREMENT);\n-- rows\n\
     INSERT INTO t (v) VALUES ('a'), ('b'), ('c'); DELETE FROM t WHERE id = 3;";

const REBUILD: &str = "CREATE TABLE t_new (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT, w TEXT); INSERT INTO t_new (id, v) SELECT id, v FROM t; DROP TABLE t; ALTER TABLE t_new RENAME TO t;";

fn next(project: &crate::rig::Project) -> String {
    project.value("INSERT INTO t (v) VALUES ('next') RETURNING id")
}

#[test]
fn f46_a_number_is_not_issued_twice_after_a_rebuild() {
    let project = project(ISSUED, REBUILD);
    project.does(&["up", "--yes"]);
    assert_eq!(next(&project), "4");
}

#[test]
fn f46_a_number_is_not_issued_twice_after_the_way_back() {
    let project = project(ISSUED, REBUILD);
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    down(&project, &before);
    assert_eq!(next(&project), "4");
}

#[test]
fn f46_numbers_issued_between_up_and_down_are_not_issued_again() {
    let project = project(ISSUED, REBUILD);
    project.does(&["up", "--yes"]);
    assert_eq!(next(&project), "4");
    project.sql("DELETE FROM t WHERE id = 4");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(next(&project), "5");
}

#[test]
fn f46_the_mark_survives_an_empty_table() {
    let project = project(&format!("{ISSUED} DELETE FROM t;"), REBUILD);
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT seq FROM sqlite_sequence WHERE name = 't'"), "3");
    down(&project, &before);
    assert_eq!(next(&project), "4");
}

#[test]
fn f46_the_mark_survives_a_drop_a_dropped_column_and_a_rename() {
    for file in ["DROP TABLE t;", "ALTER TABLE t DROP COLUMN v;", "ALTER TABLE t RENAME TO u;"] {
        let project = project(ISSUED, file);
        let before = whole(&project);
        project.does(&["up", "--yes"]);
        down(&project, &before);
        assert_eq!(next(&project), "4", "{file}");
    }
}

#[test]
fn f46_the_mark_survives_a_rebuild_without_autoincrement() {
    let file = "CREATE TABLE t_new (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t_new SELECT * FROM t; DROP TABLE t; ALTER TABLE t_new RENAME TO t;";
    there_and_back(ISSUED, file);
}

#[test]
fn f46_a_mark_of_rows_that_a_step_inserted_goes_with_them_or_stays() {
    // Either is safe: what may not happen is a mark below the highest number there is.
    let project = project(ISSUED, "INSERT INTO t (v) VALUES ('by the step');");
    project.does(&["up", "--yes"]);
    project.does(&["down", "--staged", "1", "--yes"]);
    assert!(next(&project).parse::<i64>().expect("a number") >= 4);
}

const NUMBERED: &str = "CREATE TABLE n (a TEXT, b INTEGER); CREATE INDEX n_a ON n (a);\n-- rows\n\
     INSERT INTO n (rowid, a, b) VALUES (3, 'x', 1), (10, 'x', 1), (-5, NULL, NULL), (1000000000000, 'z', 2);";

#[test]
fn f49_rows_without_a_key_keep_their_numbers() {
    for file in [
        "ALTER TABLE n DROP COLUMN b;",
        "DROP TABLE n;",
        "DELETE FROM n;",
        "ALTER TABLE n ADD COLUMN c TEXT CHECK (c <> '');",
        "UPDATE n SET b = 7;",
    ] {
        there_and_back(NUMBERED, file);
    }
}

#[test]
fn f49_rows_without_a_key_keep_their_numbers_through_a_rebuild_and_back() {
    there_and_back(
        NUMBERED,
        "CREATE TABLE n_new (a TEXT, b INTEGER, c TEXT); INSERT INTO n_new (a, b) SELECT a, b FROM n; DROP TABLE n; ALTER TABLE n_new RENAME TO n;",
    );
}

#[test]
fn f49_full_text_search_fits_its_rows_after_the_way_back() {
    let base = "CREATE TABLE n (title TEXT, extra TEXT); CREATE VIRTUAL TABLE s USING fts5(title, content='n');\
         CREATE TRIGGER n_ai AFTER INSERT ON n BEGIN INSERT INTO s(rowid, title) VALUES (NEW.rowid, NEW.title); END;\n-- rows\n\
         INSERT INTO n (rowid, title, extra) VALUES (5, 'abend', 'x'), (9, 'dump', 'y'), (70, 'trace', NULL);";
    let project = project(base, "ALTER TABLE n DROP COLUMN extra;");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    down(&project, &before);
    assert_eq!(project.value("SELECT group_concat(rowid) FROM s WHERE s MATCH 'dump OR trace'"), "9,70");
}
