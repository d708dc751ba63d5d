//! Rows that a file inserts, updates or deletes become what they were.

use crate::rig::assert_same;
use crate::shape::{SHOP, project, shapes, whole};

const PLACES: &str = "CREATE TABLE places (id INTEGER PRIMARY KEY, pos INTEGER UNIQUE, name TEXT);\n-- rows\n\
     INSERT INTO places VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c'), (8, 80, NULL);";

const MANY: &str = "CREATE TABLE many (id INTEGER PRIMARY KEY, n INTEGER, t TEXT);\n-- rows\n\
     WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 12000) INSERT INTO many SELECT i, i % 7, 'row ' || i FROM c;";

shapes! { there_and_back;
    insert_values: SHOP, "INSERT INTO codes VALUES ('N', 'new'), (NULL, 'third nothing');";
    insert_into_some_columns: SHOP, "INSERT INTO customers (name) VALUES ('Dora'), ('Egon');";
    insert_default_values: SHOP, "INSERT INTO reviews DEFAULT VALUES; INSERT INTO codes DEFAULT VALUES;";
    insert_select: SHOP, "INSERT INTO codes SELECT 'c' || id, name FROM customers;";
    insert_select_from_itself: SHOP, "INSERT INTO reviews SELECT * FROM reviews;";
    insert_or_ignore: SHOP, "INSERT OR IGNORE INTO codes VALUES ('A', 'other'), ('Z', 'last');";
    insert_on_conflict_nothing: SHOP, "INSERT INTO codes VALUES ('A', 'other'), ('Z', 'last') ON CONFLICT DO NOTHING;";
    upsert: SHOP, "INSERT INTO codes VALUES ('A', 'other'), ('Z', 'last'), ('a', NULL) ON CONFLICT (code) DO UPDATE SET meaning = excluded.meaning;";
    upsert_one_row_twice: SHOP, "INSERT INTO codes VALUES ('Q', 'one'), ('Q', 'two') ON CONFLICT (code) DO UPDATE SET meaning = excluded.meaning || meaning;";
    upsert_on_a_collated_key: SHOP, "INSERT INTO customers (name, email) VALUES ('x', 'ADA@EXAMPLE.ORG') ON CONFLICT (email) DO UPDATE SET name = excluded.name, credit = credit + 1;";
    insert_returning: SHOP, "INSERT INTO codes VALUES ('R', 'returned') RETURNING code, meaning;";
    insert_with_common_table: SHOP, "WITH n (x) AS (VALUES ('k1'), ('k2')) INSERT INTO codes SELECT x, upper(x) FROM n;";
    insert_without_rowid: SHOP, "INSERT INTO lines SELECT id, 99, state, NULL FROM orders;";
    update_all: SHOP, "UPDATE customers SET credit = credit * 2, since = NULL;";
    update_some: SHOP, "UPDATE customers SET name = upper(name) WHERE id > 1;";
    update_to_other_classes: SHOP, "UPDATE customers SET note = CASE typeof(note) WHEN 'blob' THEN hex(note) ELSE x'01' END, since = 5;";
    update_to_the_same: SHOP, "UPDATE customers SET name = name; UPDATE codes SET meaning = 'x' WHERE code = 'A';";
    update_from: SHOP, "UPDATE orders SET total = customers.credit FROM customers WHERE customers.id = orders.customer;";
    update_by_subquery: SHOP, "UPDATE staff SET name = (SELECT b.name FROM staff AS b WHERE b.id = staff.boss) WHERE boss IS NOT NULL;";
    update_key_up: SHOP, "UPDATE customers SET id = id + 100;";
    update_key_of_one: SHOP, "UPDATE customers SET id = 500 WHERE id = 1;";
    update_key_without_rowid: SHOP, "UPDATE lines SET n = n + 1000, article = 'moved';";
    update_text_key: SHOP, "UPDATE codes SET code = 'new ' || code, meaning = NULL WHERE code IS NOT NULL;";
    update_null_keys: SHOP, "UPDATE codes SET code = meaning WHERE code IS NULL;";
    update_twice: SHOP, "UPDATE staff SET name = name || '!'; UPDATE staff SET name = name || '?' WHERE id < 4;";
    update_unique_step_by_step: PLACES, "UPDATE places SET pos = pos - 10;";
    swap_unique_values: PLACES, "UPDATE places SET pos = -1 WHERE id = 1; UPDATE places SET pos = 10 WHERE id = 2; UPDATE places SET pos = 20 WHERE id = 1;";
    swap_keys: PLACES, "UPDATE places SET id = -1 WHERE id = 1; UPDATE places SET id = 1 WHERE id = 2; UPDATE places SET id = 2 WHERE id = -1;";
    update_or_ignore: PLACES, "UPDATE OR IGNORE places SET pos = 25;";
    update_odd_names: SHOP, "UPDATE \"odd names\" SET \"a \"\"b\"\"\" = 'z', \"select\" = \"order\";";
    update_many: MANY, "UPDATE many SET n = n + 1, t = NULL WHERE n > 0;";
    delete_many: MANY, "DELETE FROM many WHERE n <> 3;";
    insert_many: MANY, "INSERT INTO many SELECT id + 20000, n, t FROM many;";
    delete_all: SHOP, "DELETE FROM codes;";
    delete_all_without_key: SHOP, "DELETE FROM reviews;";
    delete_all_without_rowid: SHOP, "DELETE FROM lines;";
    delete_some: SHOP, "DELETE FROM reviews WHERE stars = 5;";
    delete_null_keys: SHOP, "DELETE FROM codes WHERE code IS NULL;";
    delete_the_newest: SHOP, "DELETE FROM orders WHERE id = 11;";
    delete_with_cascade: SHOP, "DELETE FROM customers WHERE id = 1;";
    delete_with_set_null: SHOP, "DELETE FROM customers WHERE id = 9;";
    delete_all_with_cascades: SHOP, "DELETE FROM customers;";
    delete_a_tree: SHOP, "DELETE FROM staff WHERE id = 1;";
    delete_returning: SHOP, "DELETE FROM codes WHERE code = 'A' RETURNING meaning;";
    delete_by_subquery: SHOP, "DELETE FROM lines WHERE order_id IN (SELECT id FROM orders WHERE state = 'paid');";
    delete_and_insert_the_same_key: SHOP, "DELETE FROM codes WHERE code = 'A'; INSERT INTO codes VALUES ('A', 'another');";
    delete_and_insert_all: SHOP, "CREATE TEMP TABLE was AS SELECT * FROM reviews; DELETE FROM reviews; INSERT INTO reviews SELECT stars + 1, customer, words FROM was; DROP TABLE temp.was;";
    insert_and_delete: SHOP, "INSERT INTO codes VALUES ('T', 'for a moment'); DELETE FROM codes WHERE code = 'T'; INSERT INTO codes VALUES ('U', 'stays');";
    insert_update_delete: SHOP, "INSERT INTO staff VALUES (10, 'new', 1); UPDATE staff SET boss = 10 WHERE id = 3; DELETE FROM staff WHERE id = 5;";
    update_cascades_to_children: SHOP, "UPDATE customers SET id = 77 WHERE id = 3;";
}

const REPLACING: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE);\n-- rows\nINSERT INTO t VALUES (1, 'x'), (2, 'y');";

shapes! { says_no;
    insert_or_replace_is_no_way_back: SHOP, "INSERT OR REPLACE INTO codes VALUES ('A', 'replaced');";
    replace_is_no_way_back: SHOP, "REPLACE INTO codes VALUES ('A', 'replaced');";
    update_or_replace_is_no_way_back: PLACES, "UPDATE OR REPLACE places SET pos = 20 WHERE id = 1;";
    a_replacing_constraint_is_no_way_back: REPLACING, "UPDATE t SET a = 'y' WHERE id = 1;";
}

shapes! { says_no_or_back;
    rows_renumbered_by_the_number_itself: SHOP, "UPDATE reviews SET rowid = rowid + 1000;";
    key_renumbered_by_the_number_itself: SHOP, "UPDATE codes SET _rowid_ = _rowid_ + 1000;";
    integer_key_renumbered_by_the_number_itself: SHOP, "UPDATE staff SET rowid = rowid + 1000 WHERE id = 5;";
}

/// A number that was issued stays issued (F46); all else is as it was.
#[test]
fn insert_with_autoincrement() {
    let project = project(SHOP, "INSERT INTO orders (customer, placed) VALUES (1, '2025-01-01'), (4, NULL);");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    project.does(&["down", "--staged", "1", "--yes"]);
    let rest = |state: &str| state.lines().filter(|line| !line.starts_with("issued")).collect::<Vec<_>>().join("\n");
    assert_same("down", &rest(&before), &rest(&whole(&project)));
    assert!(
        project.value("SELECT seq FROM sqlite_sequence WHERE name = 'orders'").parse::<i64>().expect("a number") >= 12
    );
}
