//! What is dropped comes back whole.

use crate::shape::{SHOP, shapes};

const TRIGGERED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE UNIQUE, b REAL CHECK (b <> 3), c INTEGER AS (length(a)) STORED);\
     CREATE TABLE log (what TEXT);\
     CREATE INDEX t_b ON t (b DESC, a); CREATE UNIQUE INDEX t_part ON t (a) WHERE b > 1; CREATE INDEX t_expr ON t (lower(a), c);\
     CREATE TRIGGER t_new AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('new ' || NEW.id); END;\
     CREATE TRIGGER t_gone BEFORE DELETE ON t WHEN OLD.b > 1 BEGIN INSERT INTO log VALUES ('gone ' || OLD.id); END;\
     CREATE VIEW v AS SELECT a FROM t;\
     CREATE TRIGGER v_new INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (NEW.a); END;\n-- rows\n\
     INSERT INTO t (id, a, b) VALUES (1, 'x', 1.5), (2, 'Y', NULL), (7, NULL, -1); INSERT INTO t (id, a) VALUES (99, 'gone'); DELETE FROM t WHERE id = 99;";

const SEARCH: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT);\
     CREATE VIRTUAL TABLE notes_search USING fts5(title, body, content='notes', content_rowid='id', tokenize='porter');\
     CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN INSERT INTO notes_search(rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body); END;\
     CREATE TRIGGER notes_ad AFTER DELETE ON notes BEGIN INSERT INTO notes_search(notes_search, rowid, title, body) VALUES ('delete', OLD.id, OLD.title, OLD.body); END;\
     CREATE TRIGGER notes_au AFTER UPDATE ON notes BEGIN INSERT INTO notes_search(notes_search, rowid, title, body) VALUES ('delete', OLD.id, OLD.title, OLD.body); \
       INSERT INTO notes_search(rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body); END;\n-- rows\n\
     INSERT INTO notes VALUES (1, 'abend S0C7', 'data exception'), (2, 'JCL error', 'missing DD statement'), (5, 'VSAM', 'status 93');";

const OWN_SEARCH: &str = "CREATE VIRTUAL TABLE found USING fts5(title, body UNINDEXED);\n-- rows\n\
     INSERT INTO found (rowid, title, body) VALUES (1, 'abend', 'x'), (9, 'data exception', NULL);";

shapes! { there_and_back;
    drop_index: SHOP, "DROP INDEX orders_by_customer;";
    drop_partial_index: SHOP, "DROP INDEX paid_orders;";
    drop_expression_index: SHOP, "DROP INDEX IF EXISTS customers_lower;";
    drop_view: SHOP, "DROP VIEW open_orders;";
    drop_trigger: TRIGGERED, "DROP TRIGGER t_gone;";
    drop_instead_of_trigger: TRIGGERED, "DROP TRIGGER v_new;";
    drop_view_with_trigger: TRIGGERED, "DROP VIEW v;";
    drop_unique_index: TRIGGERED, "DROP INDEX t_part;";
    replace_view: SHOP, "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id FROM orders WHERE state = 'open';";
    replace_index: SHOP, "DROP INDEX paid_orders; CREATE INDEX paid_orders ON orders (placed DESC) WHERE state = 'gone';";
    replace_trigger: TRIGGERED, "DROP TRIGGER t_new; CREATE TRIGGER t_new AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('other'); END;";
    drop_nothing_if_exists: SHOP, "DROP TABLE IF EXISTS absent; DROP INDEX IF EXISTS absent; DROP VIEW IF EXISTS absent; DROP TRIGGER IF EXISTS absent; CREATE TABLE something (x);";
    drop_table: SHOP, "DROP TABLE codes;";
    drop_table_without_key: SHOP, "DROP TABLE reviews;";
    drop_table_without_rowid: SHOP, "DROP TABLE lines;";
    drop_child_then_parent: SHOP, "DROP VIEW open_orders; DROP TABLE lines; DROP TABLE orders;";
    drop_parent_then_child: SHOP, "DROP VIEW open_orders; DROP TABLE orders; DROP TABLE lines;";
    drop_parents_of_all: SHOP, "DROP VIEW open_orders; DROP TABLE customers; DROP TABLE orders; DROP TABLE lines; DROP TABLE reviews;";
    drop_self_referencing_table: SHOP, "DROP TABLE staff;";
    drop_odd_table: SHOP, "DROP TABLE \"odd names\";";
    drop_table_by_other_case: SHOP, "DROP TABLE CODES;";
    drop_table_with_triggers_and_indexes: TRIGGERED, "DROP VIEW v; DROP TABLE t;";
    drop_table_and_make_another: TRIGGERED, "DROP VIEW v; DROP TABLE t; CREATE TABLE t (other TEXT); INSERT INTO t VALUES ('x');";
    drop_external_search: SEARCH, "DROP TRIGGER notes_ai; DROP TRIGGER notes_ad; DROP TRIGGER notes_au; DROP TABLE notes_search;";
    drop_search_and_content: SEARCH, "DROP TABLE notes_search; DROP TABLE notes;";
    drop_own_search: OWN_SEARCH, "DROP TABLE found;";
}
