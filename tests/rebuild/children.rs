//! F41: rows of tables that refer to a rebuilt one.

use crate::rig::{Project, assert_same};
use crate::shape::{SHOP, down, project, there_and_back, whole};

/// Customers, rebuilt in the usual four statements; the view over them stands aside meanwhile.
pub const REBUILD: &str = "DROP VIEW open_orders;\
     CREATE TABLE customers_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE COLLATE NOCASE, credit REAL DEFAULT 0.5, note BLOB, since TEXT, rank INTEGER NOT NULL DEFAULT 1);\
     INSERT INTO customers_new (id, name, email, credit, note, since) SELECT id, name, email, credit, note, since FROM customers;\
     DROP TABLE customers;\
     ALTER TABLE customers_new RENAME TO customers;\
     CREATE INDEX customers_lower ON customers (lower(name));\
     CREATE VIEW open_orders AS SELECT orders.id, customers.name FROM orders JOIN customers ON customers.id = orders.customer WHERE orders.state = 'open';";

fn rows_of(project: &Project, table: &str) -> String {
    crate::rig::logical(&project.open()).lines().filter(|line| line.starts_with(table)).collect::<Vec<_>>().join("\n")
}

fn children(project: &Project) -> String {
    ["orders: ", "lines: ", "reviews: "].map(|table| rows_of(project, table)).join("\n")
}

#[test]
fn f41_children_survive_a_rebuild_and_its_way_back() {
    let project = project(SHOP, REBUILD);
    let (before, rows) = (whole(&project), children(&project));
    project.does(&["up", "--yes"]);
    assert_same("children after up", &rows, &children(&project));
    assert_eq!(project.value("SELECT count(*) FROM orders WHERE customer IN (SELECT id FROM customers)"), "5");
    down(&project, &before);
    assert_same("children after down", &rows, &children(&project));
    there_and_back(SHOP, REBUILD);
}

#[test]
fn f41_children_survive_where_the_file_switches_foreign_keys_itself() {
    let file = format!("PRAGMA foreign_keys = ON; {REBUILD} PRAGMA foreign_keys = OFF;");
    let project = project(SHOP, &file);
    let (before, rows) = (whole(&project), children(&project));
    let plan = project.json(&["plan"]);
    assert!(plan["result"]["findings"].to_string().contains("R601"), "{plan}");
    project.does(&["up", "--yes"]);
    assert_same("children after up", &rows, &children(&project));
    down(&project, &before);
}

#[test]
fn f41_children_survive_a_rebuild_in_a_hand_written_down_file() {
    let project = project(SHOP, REBUILD);
    let text = "DROP VIEW open_orders;\
         CREATE TABLE customers_old (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE COLLATE NOCASE, credit REAL DEFAULT 0.5, note BLOB, since TEXT);\
         INSERT INTO customers_old SELECT id, name, email, credit, note, since FROM customers;\
         DROP TABLE customers; ALTER TABLE customers_old RENAME TO customers; CREATE INDEX customers_lower ON customers (lower(name));\
         CREATE VIEW open_orders AS SELECT orders.id, customers.name FROM orders JOIN customers ON customers.id = orders.customer WHERE orders.state = 'open';";
    project.write("migrations/V2__change.down.sql", text);
    let rows = children(&project);
    let customers = rows_of(&project, "customers: ");
    project.does(&["up", "--yes"]);
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("children after down", &rows, &children(&project));
    assert_same("customers after down", &customers, &rows_of(&project, "customers: "));
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
}

#[test]
fn f41_children_survive_in_a_file_without_a_transaction() {
    for file in [
        format!("-- evolve: transaction = none\n{REBUILD}"),
        format!("-- evolve: transaction = none\nBEGIN;\n{REBUILD}\nCOMMIT;"),
    ] {
        let project = project(SHOP, &file);
        let rows = children(&project);
        project.does(&["up", "--yes"]);
        assert_same("children after up", &rows, &children(&project));
        assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    }
}

#[test]
fn f41_children_survive_the_drop_and_return_of_their_parent() {
    let project = project(SHOP, "CREATE TABLE keep_customers AS SELECT * FROM customers;");
    let rows = children(&project);
    project.write("migrations/V3__rebuild.sql", REBUILD);
    project.write("plans/three.toml", &crate::shape::stage("three", "3.0.0", &["V3"]));
    project.does(&["up", "--yes"]);
    assert_same("children after up", &rows, &children(&project));
}

#[test]
fn a_file_that_deletes_parents_and_relies_on_cascades_cascades() {
    let project = project(SHOP, "DELETE FROM customers WHERE id = 1;");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM orders WHERE customer = 1"), "0");
    assert_eq!(project.value("SELECT count(*) FROM lines WHERE order_id IN (1, 2)"), "0");
    assert_eq!(project.value("SELECT count(*) FROM reviews WHERE customer = 1"), "0");
    assert_eq!(project.value("SELECT count(*) FROM reviews"), "5");
    assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    down(&project, &before);
}

#[test]
fn a_file_that_cascades_and_rebuilds_is_refused_and_leaves_no_orphans() {
    for file in [
        format!("DELETE FROM customers WHERE id = 1; {REBUILD}"),
        format!("{REBUILD} DELETE FROM customers WHERE id = 1;"),
    ] {
        let project = project(SHOP, &file);
        let before = whole(&project);
        let up = project.run(&["up", "--yes"]);
        assert_eq!(project.value("SELECT count(*) FROM pragma_foreign_key_check"), "0", "{}", up.err);
        assert_eq!(up.code, 1, "{}", up.err);
        assert!(up.err.contains("E0704"), "{}", up.err);
        assert_same("a refused step leaves everything", &before, &whole(&project));
    }
}

#[test]
fn a_restricting_reference_still_restricts() {
    let base = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE RESTRICT);\n-- rows\nINSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1);";
    let project = project(base, "DELETE FROM p;");
    let before = whole(&project);
    assert_eq!(project.run(&["up", "--yes"]).code, 1);
    assert_same("the refused delete", &before, &whole(&project));
}

#[test]
fn a_rebuild_that_loses_children_by_itself_is_refused() {
    // The file deletes no child, but its trigger does: the count says so.
    let base = "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id));\n-- rows\n\
         INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (1, 1), (2, 2);";
    let file = "CREATE TABLE p_new (id INTEGER PRIMARY KEY, v TEXT, w TEXT); INSERT INTO p_new (id, v) SELECT id, v FROM p WHERE id = 1; DROP TABLE p; ALTER TABLE p_new RENAME TO p;";
    let project = project(base, file);
    let before = whole(&project);
    let up = project.json(&["up", "--yes"]);
    assert_eq!(crate::rig::code(&up), "E0704", "{up}");
    assert_same("the refused step", &before, &whole(&project));
}
