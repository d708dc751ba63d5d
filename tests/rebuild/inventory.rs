//! F43, F47: all that belongs to a table is there again after the way back, and nothing but what was asked is different
//! after the way up.

use crate::rig::assert_same;
use crate::shape::{down, project, shapes, whole};

/// A table with everything that a rebuild can lose.
const RICH: &str = "CREATE TABLE log (n INTEGER PRIMARY KEY, what TEXT);\
     CREATE TABLE t (\n  id   INTEGER PRIMARY KEY AUTOINCREMENT, -- the key\n  a TEXT NOT NULL COLLATE NOCASE DEFAULT 'it''s',\n\
       b    REAL CHECK (b IS NULL OR b > -100),\n  c TEXT UNIQUE ON CONFLICT FAIL,\n  d INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED,\n\
       e    TEXT GENERATED ALWAYS AS (a || coalesce(c, '')) VIRTUAL,\n  f INTEGER AS (length(a)) STORED,\n  g BLOB DEFAULT x'00ff',\n\
       h    TEXT DEFAULT (upper('h')),\n  CONSTRAINT sane CHECK (a <> 'insane'),\n  UNIQUE (b, c)\n);\
     CREATE INDEX t_desc ON t (b DESC, a COLLATE BINARY ASC);\
     CREATE INDEX t_part ON t (c) WHERE b > 0 AND a <> 'x';\
     CREATE UNIQUE INDEX t_expr ON t (lower(a), id * 2, f);\
     CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN INSERT INTO log (what) VALUES ('new ' || NEW.id); END;\
     CREATE TRIGGER t_au AFTER UPDATE OF a, b ON t WHEN NEW.a <> OLD.a BEGIN INSERT INTO log (what) SELECT CASE WHEN NEW.b > 0 THEN 'up; ' ELSE 'down' END; END;\
     CREATE TRIGGER t_bd BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'no; never') WHERE OLD.a = 'kept'; END;\
     CREATE VIEW t_view AS SELECT id, e, f FROM t WHERE b > 0;\n-- rows\n\
     INSERT INTO t (id, a, b, c, d, g) VALUES (1, 'x', 1.5, 'c', NULL, x'01'), (2, 'Y', -0.0, NULL, 1, NULL), (3, 'kept', NULL, 'd', 3, 'text'), (9, 'last', 5, 'e', 2, zeroblob(3));";

/// The same table rebuilt with one column more and all the rest as it was.
const ONE_MORE: &str = "DROP VIEW t_view;\
     CREATE TABLE t_new (\n  id   INTEGER PRIMARY KEY AUTOINCREMENT, -- the key\n  a TEXT NOT NULL COLLATE NOCASE DEFAULT 'it''s',\n\
       b    REAL CHECK (b IS NULL OR b > -100),\n  c TEXT UNIQUE ON CONFLICT FAIL,\n  d INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED,\n\
       e    TEXT GENERATED ALWAYS AS (a || coalesce(c, '')) VIRTUAL,\n  f INTEGER AS (length(a)) STORED,\n  g BLOB DEFAULT x'00ff',\n\
       h    TEXT DEFAULT (upper('h')),\n  z TEXT,\n  CONSTRAINT sane CHECK (a <> 'insane'),\n  UNIQUE (b, c)\n);\
     INSERT INTO t_new (id, a, b, c, d, g, h) SELECT id, a, b, c, d, g, h FROM t;\
     DROP TABLE t; ALTER TABLE t_new RENAME TO t;\
     CREATE INDEX t_desc ON t (b DESC, a COLLATE BINARY ASC);\
     CREATE TRIGGER t_bd BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'no; never') WHERE OLD.a = 'kept'; END;";

const STRICT: &str = "CREATE TABLE s (a INTEGER NOT NULL, b TEXT COLLATE NOCASE, c ANY, PRIMARY KEY (b DESC, a)) STRICT, WITHOUT ROWID;\
     CREATE INDEX s_c ON s (c DESC) WHERE c IS NOT NULL;\n-- rows\nINSERT INTO s VALUES (1, 'x', 'text'), (1, 'y', 5), (2, 'X', x'00'), (3, 'z', NULL), (4, 'z', 1.0);";

const STRICT_REBUILD: &str = "CREATE TABLE s_new (a INTEGER NOT NULL, b TEXT COLLATE NOCASE, PRIMARY KEY (b DESC, a)) STRICT, WITHOUT ROWID;\
     INSERT INTO s_new SELECT a, b FROM s; DROP TABLE s; ALTER TABLE s_new RENAME TO s;";

shapes! { there_and_back;
    f43_everything_of_a_table_comes_back_after_a_rebuild: RICH, ONE_MORE;
    f43_everything_of_a_table_comes_back_after_a_drop: RICH, "DROP VIEW t_view; DELETE FROM t WHERE a <> 'kept'; DROP TABLE t;";
    f43_everything_of_a_table_comes_back_after_a_dropped_column: RICH, "ALTER TABLE t DROP COLUMN g; ALTER TABLE t DROP COLUMN h;";
    f43_everything_of_a_table_comes_back_after_a_rename: RICH, "ALTER TABLE t RENAME TO renamed; ALTER TABLE renamed RENAME COLUMN a TO \"A 1\";";
    f43_everything_of_a_table_comes_back_after_constraints: RICH, "ALTER TABLE t DROP CONSTRAINT sane; ALTER TABLE t ADD CONSTRAINT saner CHECK (a <> 'saner');";
    f43_strict_and_without_rowid_come_back: STRICT, STRICT_REBUILD;
    f43_strict_and_without_rowid_come_back_after_a_drop: STRICT, "DROP TABLE s;";
    f43_strict_and_without_rowid_come_back_after_a_dropped_column: STRICT, "DROP INDEX s_c; ALTER TABLE s DROP COLUMN c;";
    f47_computed_columns_are_not_copied: "CREATE TABLE g (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER AS (a * 2) STORED, c TEXT AS ('n' || a) VIRTUAL, d TEXT);\n-- rows\nINSERT INTO g (id, a, d) VALUES (1, 1, 'x'), (4, NULL, 'y');",
        "CREATE TABLE g_new (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER AS (a * 3) STORED, d TEXT); INSERT INTO g_new (id, a, d) SELECT id, a, d FROM g; DROP TABLE g; ALTER TABLE g_new RENAME TO g;";
    f47_a_column_becomes_computed: "CREATE TABLE g (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER);\n-- rows\nINSERT INTO g VALUES (1, 1, 7), (4, NULL, NULL), (5, 2, 4);",
        "CREATE TABLE g_new (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER AS (a * 2) STORED); INSERT INTO g_new (id, a) SELECT id, a FROM g; DROP TABLE g; ALTER TABLE g_new RENAME TO g;";
    f47_a_computed_column_becomes_stored: "CREATE TABLE g (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER AS (a * 2));\n-- rows\nINSERT INTO g (id, a) VALUES (1, 1), (4, NULL);",
        "CREATE TABLE g_new (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER); INSERT INTO g_new SELECT * FROM g; DROP TABLE g; ALTER TABLE g_new RENAME TO g;";
}

#[test]
fn f43_what_a_rebuild_makes_again_works_again_after_the_way_back() {
    let project = project(RICH, ONE_MORE);
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    down(&project, &before);
    let refused = |sql: &str| project.open().execute_batch(sql).expect_err(sql).to_string();
    assert!(refused("DELETE FROM t WHERE id = 3").contains("no; never"));
    assert!(refused("INSERT INTO t (a) VALUES ('insane')").contains("sane"));
    assert!(refused("INSERT INTO t (a, b) VALUES ('z', -100)").contains("CHECK"));
    assert!(refused("INSERT INTO t (a, c) VALUES ('z', 'c')").contains("UNIQUE"));
    project.sql("INSERT INTO t (id) VALUES (100)");
    assert_eq!(
        project.value("SELECT a || ' ' || e || ' ' || f || ' ' || hex(g) || ' ' || h FROM t WHERE id = 100"),
        "it's it's 4 00FF H"
    );
    assert_eq!(project.value("SELECT what FROM log ORDER BY n DESC LIMIT 1"), "new 100");
    assert_eq!(project.value("SELECT count(*) FROM t WHERE a = 'y'"), "1");
}

#[test]
fn f43_a_rebuild_touches_nothing_but_its_table() {
    let project = project(&format!("{RICH} CREATE TABLE bystander (x); INSERT INTO bystander VALUES (1);"), ONE_MORE);
    let other = |project: &crate::rig::Project| {
        crate::rig::logical(&project.open())
            .lines()
            .filter(|line| line.contains("bystander") || line.contains("log"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let before = other(&project);
    project.does(&["up", "--yes"]);
    let dropped_triggers =
        |state: &str| state.lines().filter(|line| !line.starts_with("trigger t_")).collect::<Vec<_>>().join("\n");
    assert_same("others", &dropped_triggers(&before), &dropped_triggers(&other(&project)));
    assert_eq!(
        project.value("SELECT count(*) FROM log"),
        "4",
        "the copy of the rebuild fires no trigger of the old table"
    );
}
