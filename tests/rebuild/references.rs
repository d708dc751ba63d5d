//! F56: references that point nowhere, before and after.

use crate::rig::{Project, assert_same, code};
use crate::shape::{down, project, whole};

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
fn f56_the_way_back_leaves_no_orphans_either() {
    // The user's new child refers to a parent that only the step made.
    let project = broken("", "INSERT INTO p VALUES (50, 'made by the step');");
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO c VALUES (50, 50);");
    let before = whole(&project);
    let down = project.json(&["down", "--staged", "1", "--yes"]);
    assert!(["E0704", "E0706"].contains(&code(&down)), "{down}");
    assert_same("the refused way back", &before, &whole(&project));
}

#[test]
fn f56_a_rename_of_the_old_table_first_leaves_no_reference_to_it() {
    let file = "ALTER TABLE p RENAME TO p_old; CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT, w TEXT); INSERT INTO p (id, v) SELECT id, v FROM p_old; DROP TABLE p_old;";
    let project = broken("", file);
    let before = whole(&project);
    let up = project.run(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    if up.code == 0 {
        assert!(!project.value("SELECT sql FROM sqlite_schema WHERE name = 'c'").contains("p_old"));
        down(&project, &before);
    } else {
        assert_same("the refused step", &before, &whole(&project));
    }
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
