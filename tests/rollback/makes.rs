//! What is made goes again, with the rows the file itself put there.

use crate::shape::{SHOP, shapes};

const NOTES: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT);\n-- rows\n\
     INSERT INTO notes VALUES (1, 'abend S0C7', 'data exception'), (2, 'JCL error', NULL), (5, '', 'status 93');";

shapes! { there_and_back;
    make_table: SHOP, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);";
    make_and_fill: SHOP, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); INSERT INTO t (a) VALUES ('x'), (NULL), ('x');";
    make_as_select: SHOP, "CREATE TABLE t AS SELECT * FROM customers;";
    make_and_copy: SHOP, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, note BLOB) STRICT; INSERT INTO t SELECT id, name, CASE typeof(note) WHEN 'blob' THEN note END FROM customers;";
    make_if_not_exists_where_it_is: SHOP, "CREATE TABLE IF NOT EXISTS codes (other); CREATE INDEX IF NOT EXISTS paid_orders ON orders (id); CREATE TABLE t (x);";
    make_indexes: SHOP, "CREATE INDEX i ON reviews (stars DESC, words COLLATE NOCASE); CREATE UNIQUE INDEX j ON staff (name) WHERE boss IS NULL; CREATE INDEX k ON customers (upper(name));";
    make_view: SHOP, "CREATE VIEW v (n, m) AS SELECT name, count(*) FROM customers GROUP BY name;";
    make_trigger: SHOP, "CREATE TRIGGER tr AFTER UPDATE OF name ON customers BEGIN UPDATE customers SET since = 'now' WHERE id = NEW.id; END;";
    make_trigger_and_table: SHOP, "CREATE TABLE log (w TEXT); CREATE TRIGGER tr AFTER DELETE ON codes BEGIN INSERT INTO log VALUES (OLD.code); END;";
    make_parent_and_child: SHOP, "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p (id)); INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 1), (3, 2);";
    make_child_before_parent: SHOP, "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p (id) ON DELETE RESTRICT); CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1);";
    make_circle: SHOP, "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id)); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id)); INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1;";
    make_without_rowid: SHOP, "CREATE TABLE t (a TEXT, b BLOB, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO t VALUES ('x', x'00'), ('y', x'00');";
    make_search: NOTES, "CREATE VIRTUAL TABLE s USING fts5(title, body, content='notes', content_rowid='id'); INSERT INTO s(s) VALUES ('rebuild'); \
        CREATE TRIGGER s_ai AFTER INSERT ON notes BEGIN INSERT INTO s(rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body); END;";
    make_own_search: NOTES, "CREATE VIRTUAL TABLE s USING fts5(title); INSERT INTO s (rowid, title) SELECT id, title FROM notes;";
    make_by_way_of_a_temporary_table: SHOP, "CREATE TEMP TABLE work AS SELECT id FROM customers WHERE id > 1; CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t SELECT id FROM work; DROP TABLE temp.work;";
    make_and_drop_and_make: SHOP, "CREATE TABLE t (a); INSERT INTO t VALUES (1); DROP TABLE t; CREATE TABLE t (b); INSERT INTO t VALUES (2);";
    make_and_rename: SHOP, "CREATE TABLE t (a); INSERT INTO t VALUES (1); ALTER TABLE t RENAME TO u; INSERT INTO u VALUES (2); ALTER TABLE u ADD COLUMN c TEXT DEFAULT 'z'; ALTER TABLE u RENAME COLUMN a TO d;";
    make_update_and_delete: SHOP, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t SELECT id, name FROM staff; UPDATE t SET a = upper(a); DELETE FROM t WHERE id = 2;";
}
