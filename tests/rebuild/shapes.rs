//! Rebuilds of many shapes: each there and back.

use crate::shape::{SHOP, shapes};

const T: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL);\n-- rows\n\
     INSERT INTO t VALUES (1, 'Ada Lovelace', 1, 0.5), (2, NULL, NULL, -0.0), (3, '12', 12, 1e300), (8, 'x', -5, NULL), (9, 'x', 7, 9e999);";

const KEYED: &str = "CREATE TABLE t (k TEXT PRIMARY KEY NOT NULL, a TEXT, b INTEGER UNIQUE) WITHOUT ROWID;\n-- rows\n\
     INSERT INTO t VALUES ('x', 'a', 1), ('y', NULL, 2), ('Z', 'c', NULL);";

const TREE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, up INTEGER REFERENCES t (id) ON DELETE CASCADE);\n-- rows\n\
     INSERT INTO t VALUES (1, 'root', NULL), (2, 'child', 1), (3, 'grandchild', 2), (4, 'itself', 4);";

const CIRCLE: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id) ON DELETE CASCADE, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id) ON DELETE SET NULL, v TEXT);\n-- rows\n\
     PRAGMA foreign_keys = OFF; INSERT INTO a VALUES (1, 1, 'x'), (2, NULL, 'y'); INSERT INTO b VALUES (1, 2, 'z'), (5, 1, NULL);";

shapes! { there_and_back;
    with_a_column_more: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL, d TEXT DEFAULT 'd'); INSERT INTO n (id, a, b, c) SELECT id, a, b, c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_a_column_less: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, b INTEGER, c REAL); INSERT INTO n SELECT id, b, c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_all_columns_lost_but_the_key: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, z TEXT DEFAULT 'z'); INSERT INTO n (id) SELECT id FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_columns_in_another_order: T, "CREATE TABLE n (c REAL, id INTEGER PRIMARY KEY, b INTEGER, a TEXT); INSERT INTO n (a, b, c, id) SELECT a, b, c, id FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_columns_renamed: T, "CREATE TABLE n (number INTEGER PRIMARY KEY, alpha TEXT, beta INTEGER, gamma REAL); INSERT INTO n SELECT id, a, b, c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_columns_swapped: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c INTEGER); INSERT INTO n (id, a, b, c) SELECT id, a, c, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_a_type_changed: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c INTEGER); INSERT INTO n SELECT id, a, b, c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_star: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT '', b INTEGER, c REAL CHECK (c IS NULL OR c > -1)); INSERT INTO n SELECT id, coalesce(a, ''), b, c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_star_and_an_order: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL, CHECK (id > 0)); INSERT INTO n SELECT * FROM t ORDER BY a DESC; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_an_alias: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO n SELECT x.id, x.a, x.b FROM t AS x; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_computed_values: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT id, upper(a), b + 1, coalesce(c, 0) FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_a_column_split: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, first TEXT, last TEXT, b INTEGER, c REAL); INSERT INTO n SELECT id, substr(a, 1, instr(a, ' ')), substr(a, instr(a, ' ') + 1), b, c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_rows_left_out: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t WHERE b > 0; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_rows_and_columns_left_out: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, c REAL); INSERT INTO n SELECT id, c FROM t WHERE a IS NOT NULL; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_all_rows_left_out: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t WHERE 0; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_a_limit: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t LIMIT 2; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    to_strict: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL) STRICT; INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    to_without_rowid: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL) WITHOUT ROWID; INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    to_autoincrement: T, "CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    to_another_collation: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; CREATE INDEX t_a ON t (a);";
    from_without_rowid: KEYED, "CREATE TABLE n (k TEXT PRIMARY KEY NOT NULL, a TEXT, b INTEGER UNIQUE); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    of_a_text_key: KEYED, "CREATE TABLE n (k TEXT PRIMARY KEY NOT NULL, b INTEGER UNIQUE) WITHOUT ROWID; INSERT INTO n SELECT k, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    of_a_composite_key: SHOP, "CREATE TABLE n (order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE, n INTEGER NOT NULL, amount INTEGER, PRIMARY KEY (n, order_id)) WITHOUT ROWID; INSERT INTO n SELECT order_id, n, amount FROM lines; DROP TABLE lines; ALTER TABLE n RENAME TO lines;";
    of_null_keys: SHOP, "CREATE TABLE n (code TEXT PRIMARY KEY, length INTEGER); INSERT INTO n SELECT code, length(meaning) FROM codes; DROP TABLE codes; ALTER TABLE n RENAME TO codes;";
    of_null_unique_keys: "CREATE TABLE t (a TEXT UNIQUE, b TEXT, c TEXT);\n-- rows\nINSERT INTO t VALUES ('x', 'b1', 'c1'), (NULL, 'b2', 'c2'), (NULL, 'b3', 'c3');",
        "CREATE TABLE n (a TEXT UNIQUE, c TEXT); INSERT INTO n SELECT a, c FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    of_a_text_key_with_rows_left_out: SHOP, "CREATE TABLE n (code TEXT PRIMARY KEY NOT NULL, meaning TEXT); INSERT INTO n SELECT * FROM codes WHERE code IS NOT NULL; DROP TABLE codes; ALTER TABLE n RENAME TO codes;";
    of_two_tables_by_turns: CIRCLE, "CREATE TABLE a_n (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id)); CREATE TABLE b_n (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id)); \
        INSERT INTO a_n SELECT id, b FROM a; INSERT INTO b_n SELECT id, a FROM b; DROP TABLE a; DROP TABLE b; ALTER TABLE a_n RENAME TO a; ALTER TABLE b_n RENAME TO b;";
    with_another_table_made_and_dropped: T, "CREATE TABLE work (x); INSERT INTO work VALUES (1); CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO n SELECT id, a FROM t; DROP TABLE t; DROP TABLE work; ALTER TABLE n RENAME TO t; CREATE TABLE other (y);";
    of_a_tree: TREE, "CREATE TABLE n (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t (id) ON DELETE CASCADE, kind TEXT DEFAULT 'k'); INSERT INTO n (id, up) SELECT id, up FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    of_a_tree_by_its_new_name: TREE, "CREATE TABLE n (id INTEGER PRIMARY KEY, up INTEGER REFERENCES n (id) ON DELETE SET NULL); INSERT INTO n (id, up) SELECT id, up FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    of_a_circle: CIRCLE, "CREATE TABLE a_n (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id) ON DELETE CASCADE); INSERT INTO a_n SELECT id, b FROM a; DROP TABLE a; ALTER TABLE a_n RENAME TO a; \
        CREATE TABLE b_n (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id) ON DELETE SET NULL, w TEXT); INSERT INTO b_n (id, a) SELECT id, a FROM b; DROP TABLE b; ALTER TABLE b_n RENAME TO b;";
    twice_in_one_file: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO n SELECT id, a, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; \
        CREATE TABLE n (id INTEGER PRIMARY KEY, b INTEGER, z TEXT DEFAULT 'z'); INSERT INTO n (id, b) SELECT id, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    after_rows_were_changed: T, "UPDATE t SET a = 'all'; DELETE FROM t WHERE id = 2; CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO n SELECT id, a, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    before_rows_are_updated: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL, d TEXT); INSERT INTO n (id, a, b, c) SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; UPDATE t SET a = upper(a), b = 0, d = 'filled';";
    before_rows_are_deleted: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL, d TEXT); INSERT INTO n (id, a, b, c) SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; DELETE FROM t WHERE id < 4;";
    before_rows_are_inserted: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL, d TEXT); INSERT INTO n (id, a, b, c) SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; INSERT INTO t VALUES (50, 'by the step', 1, 2, 'd');";
    with_a_column_added_under_way: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t; ALTER TABLE n ADD COLUMN d TEXT DEFAULT 'd'; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    followed_by_alters: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; ALTER TABLE t ADD COLUMN d TEXT DEFAULT 'd'; ALTER TABLE t DROP COLUMN b; ALTER TABLE t RENAME COLUMN a TO alpha;";
    out_of_two_parts: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t WHERE id < 3; INSERT INTO n SELECT id, a, b, 0 FROM t WHERE id >= 3; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    by_create_as_select: T, "CREATE TABLE n AS SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    by_another_case: T, "create table N (ID integer primary key, A text, B integer, C real, D text); insert into n (id, a, b, c) select Id, A, b, C from T; drop table T; alter table N rename to T;";
    with_the_old_table_renamed_first: T, "ALTER TABLE t RENAME TO t_old; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO t SELECT id, a, b FROM t_old; DROP TABLE t_old;";
    with_the_old_table_kept: T, "ALTER TABLE t RENAME TO t_old; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER); INSERT INTO t SELECT id, a, b FROM t_old;";
}

/// Rows that a new shape refuses and the file tells SQLite to leave out: they come back, or the plan says they do not.
const TWINS: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER);\n-- rows\nINSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2), (3, 'y', 3), (4, NULL, 4);";

shapes! { says_no_or_back;
    with_distinct_rows: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER, c REAL); INSERT INTO n SELECT min(id), a, b, c FROM t GROUP BY a; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_rows_updated_under_way: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t; UPDATE n SET a = 'changed' WHERE id < 4; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_rows_deleted_under_way: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t; DELETE FROM n WHERE id < 4; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    with_rows_inserted_under_way: T, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL); INSERT INTO n SELECT * FROM t; INSERT INTO n VALUES (77, 'under way', 1, 1); DROP TABLE t; ALTER TABLE n RENAME TO t;";
    f133_rows_ignored_by_a_new_unique: TWINS, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER); INSERT OR IGNORE INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    f133_rows_ignored_by_a_new_not_null: TWINS, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER); INSERT OR IGNORE INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    f133_rows_replaced_by_a_new_unique: TWINS, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER); INSERT OR REPLACE INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    f133_rows_left_out_by_do_nothing: TWINS, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER); INSERT INTO n SELECT * FROM t WHERE true ON CONFLICT DO NOTHING; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    f133_rows_merged_by_an_upsert: TWINS, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER); INSERT INTO n SELECT * FROM t WHERE true ON CONFLICT (a) DO UPDATE SET b = b + excluded.b; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    f133_rows_ignored_by_the_table_itself: TWINS, "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT IGNORE, b INTEGER); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
}

/// A table gets an integer key and loses it again: the numbers its rows had without one are nobody's.
#[test]
fn to_an_integer_key() {
    let base = "CREATE TABLE t (a TEXT NOT NULL UNIQUE, b TEXT);\n-- rows\nINSERT INTO t (rowid, a, b) VALUES (5, 'x', 'y'), (77, 'z', NULL);";
    let file = "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE); INSERT INTO n (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
    let project = crate::shape::project(base, file);
    let before = project.state();
    project.does(&["up", "--yes"]);
    project.does(&["down", "--staged", "1", "--yes"]);
    crate::rig::assert_same("down", &before, &project.state());
}
