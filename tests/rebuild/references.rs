//! F56: references that point nowhere, before and after.

use crate::rig::{Project, assert_same, code};
use crate::shape::{project, whole};

const FAMILY: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id));\
     CREATE TABLE other (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id), q INTEGER REFERENCES nowhere (id));\n-- rows\n\
     PRAGMA foreign_keys = OFF; INSERT INTO p VALUES (1, 'a'), (2, 'b'), (3, NULL); INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL);";

const REBUILD: &str = "CREATE TABLE p_new (id INTEGER PRIMARY KEY, v TEXT, w TEXT DEFAULT 'w'); INSERT INTO p_new (id, v) SELECT id, v FROM p; DROP TABLE p; ALTER TABLE p_new RENAME TO p;";

fn broken(extra: &str, file: &str) -> Project {
    project(&format!("{FAMILY} {extra}"), file)
}

fn refused(project: &Project) {
    let before = whole(project);
    let up = project.json(&["up", "--yes"]);
    assert_eq!(code(&up), "E0704", "{up}");
    assert_eq!(up["error"]["exit"], 1);
    assert_same("the refused step", &before, &whole(project));
    assert_eq!(project.json(&["status"])["result"]["stage"], "one");
}

#[test]
fn f56_old_violations_fail_no_step() {
    let project =
        broken("INSERT INTO c VALUES (9, 99); INSERT INTO other VALUES (1, 98, NULL), (2, NULL, 5);", REBUILD);
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "3");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("down", &before, &whole(&project));
}

#[test]
fn f56_new_violations_fail_the_step() {
    refused(&broken("", &REBUILD.replace("FROM p;", "FROM p WHERE id <> 2;")));
    refused(&broken("INSERT INTO c VALUES (9, 99);", &REBUILD.replace("FROM p;", "FROM p WHERE id <> 2;")));
    refused(&broken("", "DROP TABLE p;"));
}

#[test]
fn f56_a_new_violation_is_not_hidden_by_one_that_was_repaired() {
    let file = format!("DELETE FROM c WHERE id = 9; {}", REBUILD.replace("FROM p;", "FROM p WHERE id <> 2;"));
    refused(&broken("INSERT INTO c VALUES (9, 99);", &file));
}

#[test]
fn f56_a_step_that_repairs_violations_goes_through() {
    let project = broken("INSERT INTO c VALUES (9, 99);", &format!("UPDATE c SET p = NULL WHERE p = 99; {REBUILD}"));
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("down", &before, &whole(&project));
}

#[test]
fn f56_the_way_back_leaves_no_orphans_either() {
    // The user's new child refers to a parent that only the step made.
    let project = broken("", "INSERT INTO p VALUES (50, 'made by the step');");
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO c VALUES (50, 50);");
    let before = whole(&project);
    let down = project.json(&["down", "--staged", "1", "--yes"]);
    assert_eq!(code(&down), "E0706", "{down}");
    assert_same("the refused way back", &before, &whole(&project));
}

#[test]
fn f56_a_rename_of_the_old_table_first_leaves_no_reference_to_it() {
    let file = "ALTER TABLE p RENAME TO p_old; CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT, w TEXT); INSERT INTO p (id, v) SELECT id, v FROM p_old; DROP TABLE p_old;";
    let project = broken("", file);
    let before = whole(&project);
    let up = project.run(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    assert_eq!(up.code, 1, "{}", up.err);
    assert_same("the refused step", &before, &whole(&project));
}

#[test]
fn f56_violations_in_a_file_without_a_transaction_are_not_left_behind() {
    let file = format!(
        "-- evolve: transaction = none\nBEGIN;\n{}\nCOMMIT;",
        REBUILD.replace("FROM p;", "FROM p WHERE id <> 2;")
    );
    let project = broken("", &file);
    let up = project.run(&["up", "--yes"]);
    assert_eq!(up.code, 1, "{}", up.out);
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
}

/// Also without a rebuild, where the database itself guards references: the way back brings the old row back.
#[test]
fn f56_what_a_plain_update_repaired_may_be_broken_again_after_the_way_back() {
    let project = broken("INSERT INTO c VALUES (9, 99);", "UPDATE c SET p = NULL WHERE p = 99; CREATE TABLE n (x);");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    // What was not broken before may not be broken by the way back either.
    project.sql("UPDATE c SET p = 3 WHERE id = 2;");
    project.does(&["down", "--staged", "1", "--yes"]);
    project.sql("UPDATE c SET p = 2 WHERE id = 2;");
    assert_same("down", &before, &whole(&project));
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_kept_%'"), "0");
}

#[test]
fn f56_a_row_without_rowid_is_known_by_its_key() {
    let keyed = "CREATE TABLE k (a TEXT, b TEXT, p INTEGER REFERENCES p (id), PRIMARY KEY (a, b)) WITHOUT ROWID;\
         INSERT INTO k VALUES ('x', 'y', 99), ('x', 'z', 2), ('y', 'y', 1);";
    let without = REBUILD.replace("FROM p;", "FROM p WHERE id <> 2;");
    refused(&broken(keyed, &format!("DELETE FROM c; DELETE FROM k WHERE b = 'y' AND a = 'x'; {without}")));
    let project = broken(keyed, &format!("DELETE FROM k WHERE p = 99; {REBUILD}"));
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("down", &before, &whole(&project));
}

/// A rebuild that gives rows another key, or the reference another name or type, breaks nothing that was not broken.
#[test]
fn f56_old_violations_are_recognised_under_another_key_name_and_type() {
    for (key, made) in [
        (
            "",
            "CREATE TABLE c_new (number TEXT PRIMARY KEY, p INTEGER REFERENCES p (id)); INSERT INTO c_new SELECT 'c' || id, p FROM c;",
        ),
        (
            "",
            "CREATE TABLE c_new (id INTEGER PRIMARY KEY, parent TEXT REFERENCES p (id)); INSERT INTO c_new SELECT id, p FROM c;",
        ),
        (
            "(id)",
            "CREATE TABLE c_new (id INTEGER UNIQUE, p INTEGER REFERENCES p (id)); INSERT INTO c_new SELECT id, p FROM c;",
        ),
    ] {
        let file = format!("{made} DROP TABLE c; ALTER TABLE c_new RENAME TO c;");
        let referring = format!("CREATE TABLE d (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c {key});");
        let project = broken(&format!("{referring} INSERT INTO c VALUES (9, 99);"), &file);
        let up = project.json(&["up", "--yes"]);
        assert_eq!(up["result"]["outcome"], "done", "{made} {up}");
    }
}
