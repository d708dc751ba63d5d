//! Rows that users add or change after a migration: none is destroyed by its way back.

use crate::rig::{assert_same, code};
use crate::shape::{SHOP, down, project, stage, whole};

/// An edit stands in the way: exit 7 names the keys, all is as before the command; giving it up goes through.
fn in_the_way(file: &str, edit: &str, keys: &[&str]) {
    let project = project(SHOP, file);
    project.does(&["up", "--yes"]);
    project.sql(edit);
    let before = whole(&project);
    let down = project.json(&["down", "--staged", "1", "--yes"]);
    assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0706", Some(7)), "{edit}: {down}");
    let message = down["error"]["message"].as_str().expect("a message");
    assert!(keys.iter().all(|key| message.contains(key)), "{keys:?}: {message}");
    assert_same(edit, &before, &whole(&project));
    assert_eq!(project.json(&["status"])["result"]["stage"], "two");
    assert_eq!(project.json(&["status"])["result"]["interrupted"], serde_json::Value::Null);
    project.does(&["down", "--staged", "1", "--yes", "--discard-changed"]);
    assert_eq!(project.json(&["status"])["result"]["stage"], "one");
    crate::shape::sound(&project);
    preserved(file, edit, keys, &whole(&project));
}

/// The same with the rows preserved: the same is left, and they are found again by their keys.
fn preserved(file: &str, edit: &str, keys: &[&str], given_up: &str) {
    let project = project(SHOP, file);
    project.does(&["up", "--yes"]);
    project.sql(edit);
    project.does(&["down", "--staged", "1", "--yes", "--preserve-data"]);
    assert_same(edit, given_up, &whole(&project));
    let rows = crate::preserving::preserved(&project);
    assert_eq!(rows.len(), keys.len(), "{edit}: {rows:?}");
    for key in keys {
        let key = key.split(", ").last().unwrap_or(key);
        assert!(rows.iter().any(|row| row.contains(key)), "{edit}: {key} is not in {rows:?}");
    }
    crate::shape::sound(&project);
}

#[test]
fn rows_in_a_table_that_goes_again() {
    let file = "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); INSERT INTO t VALUES ('own', '1'), ('other', '2');";
    in_the_way(file, "INSERT INTO t VALUES ('mine', 'x'), ('mine too', NULL)", &["mine", "mine too"]);
    in_the_way(file, "UPDATE t SET v = 'changed' WHERE k = 'own'", &["own"]);
    in_the_way(file, "UPDATE t SET k = 'renamed' WHERE k = 'own'", &["renamed"]);
    in_the_way(
        "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY); INSERT INTO t VALUES ('own');",
        "UPDATE t SET k = 'OWN'",
        &["OWN"],
    );
    in_the_way("CREATE TABLE t (a, b);", "INSERT INTO t (rowid, a) VALUES (77, 'x')", &["77"]);
}

#[test]
fn values_in_a_column_that_goes_again() {
    in_the_way(
        "ALTER TABLE customers ADD COLUMN phone TEXT;",
        "UPDATE customers SET phone = '+49' WHERE id = 2",
        &["2"],
    );
    in_the_way(
        "ALTER TABLE customers ADD COLUMN rank TEXT DEFAULT 'new';",
        "UPDATE customers SET rank = NULL WHERE id = 3",
        &["3"],
    );
    in_the_way(
        "ALTER TABLE customers ADD COLUMN rank TEXT COLLATE NOCASE DEFAULT 'new';",
        "UPDATE customers SET rank = 'NEW' WHERE id = 3",
        &["3"],
    );
    in_the_way(
        "ALTER TABLE reviews ADD COLUMN order_id INTEGER REFERENCES orders (id);",
        "UPDATE reviews SET order_id = 1 WHERE rowid = 40",
        &["40"],
    );
    in_the_way(
        "ALTER TABLE customers ADD COLUMN phone TEXT;",
        "INSERT INTO customers (id, name, phone) VALUES (50, 'new', '1')",
        &["50"],
    );
}

#[test]
fn rows_that_a_step_inserted_or_updated() {
    in_the_way(
        "INSERT INTO codes VALUES ('N', 'new'), ('M', 'more');",
        "UPDATE codes SET meaning = 'mine' WHERE code = 'N'",
        &["N"],
    );
    in_the_way(
        "UPDATE customers SET since = 'all';",
        "UPDATE customers SET since = 'mine' WHERE id IN (1, 2)",
        &["1", "2"],
    );
    in_the_way("UPDATE customers SET since = 'all';", "UPDATE customers SET credit = 7 WHERE id = 4", &["4"]);
    in_the_way("UPDATE lines SET amount = 9;", "UPDATE lines SET article = 'mine' WHERE n = -7", &["10, -7"]);
    in_the_way("UPDATE reviews SET words = 'all';", "UPDATE reviews SET words = 'mine' WHERE rowid = 41", &["41"]);
}

#[test]
fn keys_that_a_step_set_free() {
    in_the_way(
        "DELETE FROM codes WHERE code = 'A';",
        "INSERT INTO codes (rowid, code, meaning) VALUES (1, 'A', 'mine')",
        &["A"],
    );
    in_the_way("DELETE FROM customers WHERE id = 4;", "INSERT INTO customers (id, name) VALUES (4, 'mine')", &["4"]);
    in_the_way("DELETE FROM lines WHERE n = 7;", "INSERT INTO lines VALUES (10, 7, 'mine', 1)", &["10, 7"]);
}

#[test]
fn a_unique_key_that_a_step_set_free_and_a_user_took_under_another_number() {
    in_the_way(
        "DELETE FROM customers WHERE id = 4;",
        "INSERT INTO customers (id, name, email) VALUES (60, 'mine', 'NULL@example.org')",
        &["60"],
    );
    in_the_way(
        "DELETE FROM codes WHERE code = 'A';",
        "INSERT INTO codes (rowid, code, meaning) VALUES (500, 'A', 'mine')",
        &["A"],
    );
    in_the_way(
        "UPDATE customers SET email = NULL WHERE id = 1;",
        "INSERT INTO customers (id, name, email) VALUES (60, 'mine', 'ada@example.org')",
        &["60"],
    );
}

#[test]
fn many_rows_in_the_way_are_not_all_named() {
    let project = project(SHOP, "CREATE TABLE t (id INTEGER PRIMARY KEY);");
    project.does(&["up", "--yes"]);
    project.sql(
        "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500) INSERT INTO t SELECT i FROM c",
    );
    let down = project.json(&["down", "--staged", "1", "--yes"]);
    let message = down["error"]["message"].as_str().expect("a message");
    assert!(message.contains("20") && message.contains('…') && !message.contains("21"), "{message}");
    assert_eq!(project.value("SELECT count(*) FROM t"), "500");
}

#[test]
fn rows_that_a_user_deleted_stay_deleted() {
    for (file, edit, question, left) in [
        (
            "INSERT INTO codes VALUES ('N', 'new'), ('M', 'more');",
            "DELETE FROM codes WHERE code = 'N'",
            "SELECT count(*) FROM codes",
            "5",
        ),
        (
            "UPDATE customers SET since = 'all';",
            "DELETE FROM customers WHERE id = 4",
            "SELECT count(*) FROM customers WHERE id = 4",
            "0",
        ),
        (
            "ALTER TABLE customers DROP COLUMN credit;",
            "DELETE FROM customers WHERE id = 4",
            "SELECT count(*) FROM customers WHERE id = 4",
            "0",
        ),
        (
            "CREATE TABLE t (k); INSERT INTO t VALUES (1), (2);",
            "DELETE FROM t",
            "SELECT count(*) FROM sqlite_schema WHERE name = 't'",
            "0",
        ),
    ] {
        let project = project(SHOP, file);
        project.does(&["up", "--yes"]);
        project.sql(edit);
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_eq!(project.value(question), left, "{file}");
    }
}

#[test]
fn an_edit_that_was_taken_back_is_none() {
    let project = project(SHOP, "UPDATE customers SET since = 'all'; ALTER TABLE customers ADD COLUMN phone TEXT;");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    project.sql("UPDATE customers SET since = 'mine', phone = '1'; UPDATE customers SET since = 'all', phone = NULL;");
    down(&project, &before);
}

#[test]
fn rows_in_other_tables_stay() {
    let project = project(
        SHOP,
        "UPDATE customers SET since = 'all'; DELETE FROM codes; ALTER TABLE staff DROP COLUMN name; CREATE TABLE t (x);",
    );
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO reviews VALUES (1, 1, 'mine'); UPDATE orders SET total = 77 WHERE id = 1; DELETE FROM lines WHERE n = 2; INSERT INTO \"odd names\" VALUES (9, 'mine', NULL); CREATE TABLE mine (x); INSERT INTO mine VALUES (1);");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM reviews WHERE words = 'mine'"), "1");
    assert_eq!(project.value("SELECT total FROM orders WHERE id = 1"), "77");
    assert_eq!(project.value("SELECT count(*) FROM lines"), "4");
    assert_eq!(project.value("SELECT count(*) FROM mine, \"odd names\" WHERE \"order\" = 9"), "1");
    assert_eq!(project.value("SELECT count(*) FROM codes"), "5");
    assert_eq!(project.value("SELECT name FROM staff WHERE id = 1"), "chief");
}

#[test]
fn what_was_undone_before_an_edit_stays_undone() {
    let project = project(SHOP, "UPDATE customers SET since = 'first';");
    project.write("migrations/V3__more.sql", "CREATE TABLE t (x); INSERT INTO t VALUES (1);");
    project.write("plans/two.toml", &stage("two", "2.0.0", &["V2", "V3"]));
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    project.sql("UPDATE customers SET since = 'mine' WHERE id = 1");
    let refused = project.json(&["down", "--staged", "1", "--yes"]);
    assert_eq!(refused["error"]["exit"], 7, "{refused}");
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name = 't'"), "0", "V3 stays undone");
    assert_eq!(project.value("SELECT since FROM customers WHERE id = 1"), "mine");
    assert_eq!(project.value("SELECT since FROM customers WHERE id = 2"), "first");
    let status = project.json(&["status"]);
    assert_eq!((status["result"]["stage"].as_str(), status["result"]["partial"].as_str()), (Some("one"), Some("two")));
    project.sql("UPDATE customers SET since = 'first' WHERE id = 1");
    down(&project, &before);
}
