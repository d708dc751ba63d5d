//! What users write into a rebuilt table between up and down.

use crate::rig::{assert_same, code};
use crate::shape::{down, project, stores, whole};

const T: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL DEFAULT '-', c TEXT);\n-- rows\n\
     INSERT INTO t VALUES (1, 'a1', 'b1', 'c1'), (2, 'a2', 'b2', NULL), (3, NULL, 'b3', 'c3');";

/// `b` is lost, `c` computed anew, `d` new.
const CHANGE: &str = "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, c TEXT, d TEXT DEFAULT 'd'); INSERT INTO n (id, a, c) SELECT id, a, upper(c) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";

#[test]
fn edits_of_carried_columns_survive_the_way_back() {
    let project = project(T, CHANGE);
    project.does(&["up", "--yes"]);
    project.sql("UPDATE t SET a = 'edited' WHERE id = 1");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(
        project.value("SELECT group_concat(id || coalesce(a, '') || b || coalesce(c, ''), ' ') FROM t"),
        "1editedb1c1 2a2b2 3b3c3"
    );
}

#[test]
fn rows_deleted_by_a_user_stay_deleted() {
    let project = project(T, CHANGE);
    project.does(&["up", "--yes"]);
    project.sql("DELETE FROM t WHERE id = 2");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(id) FROM t"), "1,3");
}

#[test]
fn rows_deleted_by_a_user_stay_deleted_where_the_step_had_left_others_out() {
    let project = project(T, &CHANGE.replace("FROM t;", "FROM t WHERE id <> 3;"));
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    project.sql("DELETE FROM t WHERE id = 2");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(id) FROM t"), "1,3");
    assert_eq!(before.lines().filter(|line| line.starts_with("t: 3")).count(), 1);
}

#[test]
fn edits_of_columns_that_go_stand_in_the_way() {
    for (edit, key) in [
        ("UPDATE t SET d = 'mine' WHERE id = 2", "2"),
        ("UPDATE t SET c = 'mine' WHERE id = 3", "3"),
        ("INSERT INTO t VALUES (7, 'x', NULL, 'mine')", "7"),
    ] {
        let project = project(T, CHANGE);
        project.does(&["up", "--yes"]);
        project.sql(edit);
        let before = whole(&project);
        let refused = project.json(&["down", "--staged", "1", "--yes"]);
        assert_eq!(code(&refused), "E0706", "{edit}: {refused}");
        assert_eq!(refused["error"]["exit"], 7);
        assert!(refused["error"]["message"].as_str().expect("a message").contains(key), "{refused}");
        assert_same(edit, &before, &whole(&project));
        project.does(&["down", "--staged", "1", "--yes", "--discard-changed"]);
        assert!(project.value("SELECT sql FROM sqlite_schema WHERE name = 't'").contains("b TEXT NOT NULL"));
        assert_eq!(project.value("SELECT group_concat(b) FROM t WHERE id < 4"), "b1,b2,b3");
        assert_eq!(stores(&project), "0");
    }
}

#[test]
fn rows_a_user_inserted_come_along_with_what_they_have() {
    let project = project(T, CHANGE);
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO t (id, a) VALUES (7, 'mine')");
    let gave = project.run(&["down", "--staged", "1", "--yes"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert_eq!(project.value("SELECT a || b FROM t WHERE id = 7"), "mine-");
}

#[test]
fn a_row_that_takes_the_key_of_one_left_out_stands_in_the_way() {
    let project = project(T, &CHANGE.replace("FROM t;", "FROM t WHERE id <> 3;"));
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO t (id, a) VALUES (3, 'mine')");
    let before = whole(&project);
    let refused = project.json(&["down", "--staged", "1", "--yes"]);
    assert_eq!(refused["error"]["exit"], 7, "{refused}");
    assert!(refused["error"]["message"].as_str().expect("a message").contains('3'), "{refused}");
    assert_same("both rows are there", &before, &whole(&project));
}

#[test]
fn edits_beside_a_dropped_column_survive_and_its_values_come_back() {
    let project = project(T, "ALTER TABLE t DROP COLUMN c;");
    project.does(&["up", "--yes"]);
    project.sql(
        "UPDATE t SET a = 'edited' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (9, 'mine', 'b9')",
    );
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(
        project.value("SELECT group_concat(id || coalesce(a, '') || b || coalesce(c, '?'), ' ') FROM t"),
        "1editedb1c1 3b3c3 9mineb9?"
    );
}

#[test]
fn a_dropped_not_null_column_does_not_lose_rows_a_user_added() {
    let base = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL);\n-- rows\nINSERT INTO t VALUES (1, 'a', 'b');";
    let project = project(base, "ALTER TABLE t DROP COLUMN b;");
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO t VALUES (2, 'mine')");
    let before = whole(&project);
    let gave = project.run(&["down", "--staged", "1", "--yes"]);
    assert_eq!(gave.code, 7, "{}{}", gave.out, gave.err);
    assert_same("the user's row", &before, &whole(&project));
}

#[test]
fn a_table_with_the_old_name_stands_in_the_way() {
    let project = project(T, "DROP TABLE t;");
    project.does(&["up", "--yes"]);
    project.sql("CREATE TABLE t (mine TEXT); INSERT INTO t VALUES ('x');");
    let before = whole(&project);
    let gave = project.run(&["down", "--staged", "1", "--yes"]);
    assert_eq!(gave.code, 1, "{}", gave.err);
    assert_same("the user's table", &before, &whole(&project));
}

#[test]
fn a_key_that_a_user_changed_is_no_other_row() {
    let project = project(T, "ALTER TABLE t DROP COLUMN c;");
    project.does(&["up", "--yes"]);
    project.sql("UPDATE t SET id = 100 WHERE id = 1");
    let gave = project.run(&["down", "--staged", "1", "--yes"]);
    assert_eq!(gave.code, 0, "{}", gave.err);
    assert_eq!(project.value("SELECT a FROM t WHERE id = 100"), "a1");
    assert_eq!(project.value("SELECT count(*) FROM t"), "3");
}

#[test]
fn untouched_it_simply_goes_back() {
    let project = project(T, CHANGE);
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    down(&project, &before);
}
