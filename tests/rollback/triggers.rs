//! A user's own triggers write elsewhere, on the way up and on the way down.

use crate::shape::shapes;

const AUDIT: &str = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT, balance INTEGER);\
     CREATE TABLE audit (n INTEGER PRIMARY KEY, what TEXT, account INTEGER, was INTEGER, now INTEGER);\
     CREATE TRIGGER accounts_new AFTER INSERT ON accounts BEGIN INSERT INTO audit (what, account, now) VALUES ('new', NEW.id, NEW.balance); END;\
     CREATE TRIGGER accounts_changed AFTER UPDATE OF balance ON accounts BEGIN INSERT INTO audit (what, account, was, now) VALUES ('changed', NEW.id, OLD.balance, NEW.balance); END;\
     CREATE TRIGGER accounts_gone BEFORE DELETE ON accounts BEGIN INSERT INTO audit (what, account, was) VALUES ('gone', OLD.id, OLD.balance); END;\n-- rows\n\
     INSERT INTO accounts VALUES (1, 'a', 100), (2, 'b', 200), (5, NULL, NULL);";

const COUNTED: &str = "CREATE TABLE items (id INTEGER PRIMARY KEY, shelf INTEGER, name TEXT);\
     CREATE TABLE shelves (id INTEGER PRIMARY KEY, items INTEGER NOT NULL DEFAULT 0);\
     CREATE TRIGGER items_in AFTER INSERT ON items BEGIN UPDATE shelves SET items = items + 1 WHERE id = NEW.shelf; END;\
     CREATE TRIGGER items_out AFTER DELETE ON items BEGIN UPDATE shelves SET items = items - 1 WHERE id = OLD.shelf; END;\n-- rows\n\
     INSERT INTO shelves VALUES (1, 0), (2, 0), (3, 7); INSERT INTO items VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 2, NULL);";

const STAMPED: &str = "CREATE TABLE pages (id INTEGER PRIMARY KEY, body TEXT, edits INTEGER NOT NULL DEFAULT 0);\
     CREATE TRIGGER pages_edit AFTER UPDATE OF body ON pages BEGIN UPDATE pages SET edits = edits + 1 WHERE id = NEW.id; END;\n-- rows\n\
     INSERT INTO pages VALUES (1, 'one', 0), (2, 'two', 5), (9, NULL, 1);";

const ARCHIVED: &str = "CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE old_docs (id INTEGER PRIMARY KEY, body TEXT);\
     CREATE TRIGGER docs_gone AFTER DELETE ON docs BEGIN INSERT INTO old_docs VALUES (OLD.id, OLD.body); END;\n-- rows\n\
     INSERT INTO docs VALUES (1, 'a'), (2, NULL); INSERT INTO old_docs VALUES (100, 'long ago');";

const SEARCHED: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT);\
     CREATE VIRTUAL TABLE notes_search USING fts5(title, body, content='notes', content_rowid='id');\
     CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN INSERT INTO notes_search(rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body); END;\
     CREATE TRIGGER notes_ad AFTER DELETE ON notes BEGIN INSERT INTO notes_search(notes_search, rowid, title, body) VALUES ('delete', OLD.id, OLD.title, OLD.body); END;\
     CREATE TRIGGER notes_au AFTER UPDATE ON notes BEGIN INSERT INTO notes_search(notes_search, rowid, title, body) VALUES ('delete', OLD.id, OLD.title, OLD.body); \
       INSERT INTO notes_search(rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body); END;\n-- rows\n\
     INSERT INTO notes VALUES (1, 'abend S0C7', 'data exception'), (2, 'JCL error', 'missing DD statement'), (5, 'VSAM', 'status 93');";

const UNINDEXED: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, extra TEXT, body TEXT);\
     CREATE VIRTUAL TABLE notes_search USING fts5(title, body, content='notes', content_rowid='id');\
     CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN INSERT INTO notes_search(rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body); END;\n-- rows\n\
     INSERT INTO notes VALUES (1, 'a', 'b', 'c'), (7, 'd', NULL, 'f');";

const VIEWED: &str = "CREATE TABLE base (id INTEGER PRIMARY KEY, v TEXT); CREATE VIEW shown AS SELECT id, v FROM base;\
     CREATE TRIGGER shown_new INSTEAD OF INSERT ON shown BEGIN INSERT INTO base VALUES (NEW.id, NEW.v); END;\
     CREATE TRIGGER shown_changed INSTEAD OF UPDATE ON shown BEGIN UPDATE base SET v = NEW.v WHERE id = OLD.id; END;\
     CREATE TRIGGER shown_gone INSTEAD OF DELETE ON shown BEGIN DELETE FROM base WHERE id = OLD.id; END;\n-- rows\n\
     INSERT INTO base VALUES (1, 'a'), (2, 'b');";

shapes! { says_no_or_back;
    rows_through_a_view: VIEWED, "INSERT INTO shown VALUES (3, 'c'); UPDATE shown SET v = upper(v); DELETE FROM shown WHERE id = 1;";
    audited_insert: AUDIT, "INSERT INTO accounts VALUES (10, 'new', 1), (11, 'newer', 2);";
    audited_update: AUDIT, "UPDATE accounts SET balance = balance + 1 WHERE balance IS NOT NULL;";
    audited_delete: AUDIT, "DELETE FROM accounts WHERE id < 3;";
    audited_all: AUDIT, "INSERT INTO accounts VALUES (10, 'new', 1); UPDATE accounts SET balance = 0; DELETE FROM accounts WHERE id = 1;";
    audited_by_turns: AUDIT, "UPDATE accounts SET balance = 1; CREATE INDEX i ON audit (what); DELETE FROM audit WHERE what = 'new'; UPDATE accounts SET balance = 2;";
    audited_and_dropped: AUDIT, "UPDATE accounts SET balance = 1; DROP TABLE accounts;";
    audited_rename: AUDIT, "ALTER TABLE accounts RENAME TO konten; UPDATE konten SET balance = 5 WHERE id = 1;";
    audited_drop_column: AUDIT, "UPDATE accounts SET balance = 5 WHERE id = 1; ALTER TABLE accounts DROP COLUMN name;";
    counted_insert: COUNTED, "INSERT INTO items VALUES (10, 2, 'z'), (11, 3, NULL);";
    counted_delete: COUNTED, "DELETE FROM items WHERE shelf = 1;";
    counted_delete_all: COUNTED, "DELETE FROM items;";
    counted_delete_and_count_again: COUNTED, "DELETE FROM items WHERE id = 1; UPDATE shelves SET items = 99;";
    stamped_update: STAMPED, "UPDATE pages SET body = upper(body);";
    stamped_update_and_stamp: STAMPED, "UPDATE pages SET body = 'x' WHERE id = 1; UPDATE pages SET edits = 100;";
    archived_delete: ARCHIVED, "DELETE FROM docs;";
    archived_delete_and_clear: ARCHIVED, "DELETE FROM docs; DELETE FROM old_docs WHERE id = 1;";
}

shapes! { there_and_back;
    drop_of_an_audited_table: AUDIT, "DROP TABLE accounts;";
    drop_of_an_archived_table: ARCHIVED, "DROP TABLE docs;";
    drop_column_of_an_audited_table: AUDIT, "ALTER TABLE accounts DROP COLUMN name;";
    searched_insert: SEARCHED, "INSERT INTO notes VALUES (10, 'CICS', 'AICA'), (11, NULL, 'x');";
    searched_update: SEARCHED, "UPDATE notes SET body = body || ' more', title = upper(title);";
    searched_delete: SEARCHED, "DELETE FROM notes WHERE id < 3;";
    searched_all: SEARCHED, "UPDATE notes SET title = 'x'; DELETE FROM notes WHERE id = 1; INSERT INTO notes VALUES (1, 'again', NULL), (2, 'y', 'z') ON CONFLICT DO UPDATE SET title = excluded.title;";
    searched_rebuild_command: SEARCHED, "UPDATE notes SET body = 'same' WHERE id = 5; INSERT INTO notes_search(notes_search) VALUES ('rebuild'); INSERT INTO notes_search(notes_search) VALUES ('optimize');";
    searched_add_column: SEARCHED, "ALTER TABLE notes ADD COLUMN kind TEXT DEFAULT 'note';";
    searched_drop_column: UNINDEXED, "ALTER TABLE notes DROP COLUMN extra;";
}
