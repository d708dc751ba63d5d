//! F44: views over a rebuilt table, and what hangs on them.

use crate::rig::{Project, assert_same};
use crate::shape::{project, shapes, sound, whole};

const VIEWED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE TABLE log (w TEXT);\
     CREATE VIEW v AS SELECT id, a FROM t; CREATE VIEW w AS SELECT count(*) AS n FROM v;\
     CREATE TRIGGER v_new INSTEAD OF INSERT ON v BEGIN INSERT INTO t (id, a) VALUES (NEW.id, NEW.a); END;\
     CREATE TRIGGER t_new AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('t'); END;\
     CREATE TRIGGER log_new AFTER INSERT ON log BEGIN UPDATE t SET b = 'logged' WHERE id = -1; END;\n-- rows\n\
     INSERT INTO t VALUES (1, 'x', 'y'), (2, NULL, 'z');";

const VIEWED_NARROWLY: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE VIEW v AS SELECT id, a FROM t; CREATE VIEW w AS SELECT count(*) AS n FROM v;\
     CREATE TRIGGER v_new INSTEAD OF INSERT ON v BEGIN INSERT INTO t (id, a) VALUES (NEW.id, NEW.a); END;\n-- rows\nINSERT INTO t VALUES (1, 'x', 'y'), (2, NULL, 'z');";

const PLAIN: &str = "CREATE TABLE t_new (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT DEFAULT 'c'); INSERT INTO t_new (id, a, b) SELECT id, a, b FROM t; DROP TABLE t; ALTER TABLE t_new RENAME TO t;";

const AROUND: &str = "DROP VIEW w; DROP VIEW v; DROP TRIGGER log_new;\
     CREATE TABLE t_new (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT DEFAULT 'c'); INSERT INTO t_new (id, a, b) SELECT id, a, b FROM t; DROP TABLE t; ALTER TABLE t_new RENAME TO t;\
     CREATE VIEW v AS SELECT id, a FROM t; CREATE VIEW w AS SELECT count(*) AS n FROM v;\
     CREATE TRIGGER v_new INSTEAD OF INSERT ON v BEGIN INSERT INTO t (id, a) VALUES (NEW.id, NEW.a); END;\
     CREATE TRIGGER log_new AFTER INSERT ON log BEGIN UPDATE t SET b = 'logged' WHERE id = -1; END;";

/// It is refused and nothing is touched: never half a rebuild.
fn not_at_all(project: &Project) {
    let before = whole(project);
    let up = project.run(&["up", "--yes"]);
    sound(project);
    assert_eq!(up.code, 2, "{}", up.err);
    assert_same("the refused rebuild", &before, &whole(project));
}

#[test]
fn f44_a_rebuild_under_a_view_is_refused() {
    not_at_all(&project(VIEWED, PLAIN));
}

#[test]
fn f44_a_rebuild_that_asks_for_the_legacy_rename_is_refused() {
    not_at_all(&project(VIEWED, &format!("PRAGMA legacy_alter_table = ON; {PLAIN} PRAGMA legacy_alter_table = OFF;")));
}

#[test]
fn f44_a_rebuild_that_steps_around_its_views_works() {
    let project = project(VIEWED, AROUND);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT n FROM w"), "2");
}

shapes! { there_and_back;
    f44_views_and_their_triggers_come_back: VIEWED, AROUND;
    f44_views_stay_over_a_dropped_column: VIEWED_NARROWLY, "ALTER TABLE t DROP COLUMN b;";
}

#[test]
fn f44_views_made_after_the_step_survive_its_way_back() {
    let project = project(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);\n-- rows\nINSERT INTO t VALUES (1, 'x', 'y');",
        PLAIN,
    );
    project.does(&["up", "--yes"]);
    project.sql("CREATE VIEW users_own AS SELECT id, a FROM t; CREATE TRIGGER users_trigger INSTEAD OF INSERT ON users_own BEGIN INSERT INTO t (id, a) VALUES (NEW.id, NEW.a); END;");
    project.does(&["down", "--staged", "1", "--yes"]);
    project.sql("INSERT INTO users_own VALUES (2, 'z')");
    assert_eq!(project.value("SELECT count(*) FROM users_own"), "2");
}

#[test]
fn f44_indexes_and_triggers_made_after_the_step_survive_its_way_back() {
    for (file, made) in [
        (
            PLAIN,
            "CREATE INDEX users_index ON t (a DESC); CREATE TRIGGER users_trigger AFTER DELETE ON t BEGIN SELECT 1; END;",
        ),
        (
            "ALTER TABLE t DROP COLUMN b;",
            "CREATE INDEX users_index ON t (a DESC); CREATE TRIGGER users_trigger AFTER DELETE ON t BEGIN SELECT 1; END;",
        ),
    ] {
        let project = project(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);\n-- rows\nINSERT INTO t VALUES (1, 'x', 'y');",
            file,
        );
        project.does(&["up", "--yes"]);
        project.sql(made);
        let down = project.run(&["down", "--staged", "1", "--yes"]);
        assert_eq!(down.code, 0, "{file}: {}", down.err);
        let left = project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'users%'");
        assert_eq!(left, "2", "{file}: what a user made is still there");
    }
}
