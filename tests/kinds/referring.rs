//! References while a step is taken back: rows of users neither go with it nor are left alone, whatever the batches, and what
//! stands in the way of one of its walks is found before another is gone. F56.

use crate::rig::{Project, assert_same, code, logical};
use crate::{down, project, rows};

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT, up INTEGER);
CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT, up INTEGER REFERENCES b (id) ON DELETE CASCADE);
CREATE TABLE d (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE c (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id) ON DELETE SET NULL, d INTEGER REFERENCES d (id) ON DELETE CASCADE);
INSERT INTO b VALUES (100, 'own', NULL);
INSERT INTO a VALUES (1, 'n1', NULL), (2, 'n2', 1), (3, 'n3', 100), (4, 'n4', 3), (5, 'n5', 4), (6, 'n6', 3), (7, 'n7', 6);
";

/// Steps that write `b`, and `d` after it.
const STEPS: [(&str, &str); 4] = [
    ("copy", "[[copy]]\nid = \"it\"\nfrom = \"a\"\ninto = \"b\"\nUNDO"),
    (
        "split",
        "[[split]]\nid = \"it\"\nfrom = \"a\"\nUNDO[[split.into]]\ntable = \"b\"\ncolumns = { id = \"id\", v = \"v\", up = \"up\" }\n\
         [[split.into]]\ntable = \"d\"\ncolumns = { id = \"id\", v = \"v\" }\n",
    ),
    (
        "merge",
        "[[merge]]\nid = \"it\"\ninto = \"b\"\nkey = [\"id\"]\non_conflict = \"skip\"\nUNDO\
         [[merge.from]]\ntable = \"a\"\ncolumns = { id = \"id\", v = \"v\", up = \"up\" }\n\
         [[merge.from]]\ntable = \"a\"\nwhere = \"id > 3\"\ncolumns = { id = \"id + 10\", v = \"v\", up = \"up\" }\n",
    ),
    (
        "pipeline",
        "[[pipeline]]\nid = \"it\"\nUNDO[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"a\"\ninto = \"b\"\n\
         [[pipeline.do]]\n[pipeline.do.enrich]\ntable = \"b\"\n[pipeline.do.enrich.columns]\nv = \"'new ' || v\"\n\
         [[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"a\"\ninto = \"d\"\ncolumns = { id = \"id\", v = \"v\" }\n",
    ),
];

/// A project that went up, and its state before.
fn up(step: &str, undo: &str, batch: usize) -> (Project, String) {
    let project = project(TABLES, &step.replace("UNDO", undo));
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{config}batch = {{ rows = {batch} }}\n"));
    let before = project.state();
    // In one batch: a row may refer to one that comes later.
    project.does(&["up", "--yes", "--batch-size", "100"]);
    (project, before)
}

/// Every kind, with every undo that walks, in batches of every size.
fn each(check: impl Fn(&str, &str, Project, String)) {
    for (kind, step) in STEPS {
        for undo in ["", "undo = \"derive\"\n", "undo = \"journal\"\n"] {
            if undo.contains("derive") && matches!(kind, "merge" | "pipeline") {
                continue;
            }
            for batch in [1, 3, 100] {
                let (project, before) = up(step, undo, batch);
                check(kind, &format!("{kind} {undo} {batch}"), project, before);
            }
        }
    }
}

/// `down` is refused with these words, and nothing of the step is gone, in the tables or in the ledger.
#[track_caller]
fn in_the_way(what: &str, project: &Project, words: &[&str]) {
    let before = logical(&project.open());
    for flags in [&[][..], &["--preserve-data"], &["--discard-changed"]] {
        let is_edit = words.iter().any(|word| word.starts_with("are not as"));
        // The flags get past an edit; that they do not get past a reference is tried once for each step.
        if !flags.is_empty() && (is_edit || !what.ends_with(" 3")) {
            continue;
        }
        let refused = project.json(&[&["down", "--target", "one", "--yes"], flags].concat());
        assert_eq!(
            (code(&refused), refused["error"]["exit"].as_i64()),
            ("E0706", Some(7)),
            "{what}{flags:?}: {refused}"
        );
        let message = refused["error"]["message"].as_str().expect("a message");
        assert!(words.iter().all(|word| message.contains(word)), "{what}{flags:?}: {message}");
        assert_same(what, &before, &logical(&project.open()));
        assert_eq!(project.value("SELECT state FROM evolve_steps WHERE id = 'it'"), "done", "{what}{flags:?}");
        assert_eq!(project.value("SELECT count(*) FROM evolve_cursors WHERE phase <> 'done'"), "0", "{what}{flags:?}");
        assert!(project.json(&["status"])["result"]["interrupted"].is_null(), "{what}{flags:?}");
    }
}

#[test]
fn f56_rows_of_a_step_that_refer_to_each_other_go_in_any_batches() {
    each(|_, what, project, before| {
        down(&project);
        assert_same(what, &before, &project.state());
        assert_eq!(rows(&project, "SELECT * FROM pragma_foreign_key_check"), [""; 0], "{what}");
    });
}

#[test]
fn f56_a_row_of_a_user_that_refers_to_one_that_goes_is_named_before_anything_is_gone() {
    each(|kind, what, project, before| {
        project.sql("INSERT INTO c (id, b) VALUES (70, 4)");
        in_the_way(what, &project, &["rows of c refer to rows of b", "70"]);
        project.sql("DELETE FROM c; INSERT INTO b VALUES (90, 'mine', 100), (91, 'mine', 5)");
        in_the_way(what, &project, &["rows of b refer to rows of b", "91"]);
        project.sql("DELETE FROM b WHERE v = 'mine'");
        if matches!(kind, "split" | "pipeline") {
            project.sql("INSERT INTO c (id, d) VALUES (71, 2)");
            in_the_way(what, &project, &["rows of c refer to rows of d", "71"]);
            project.sql("DELETE FROM c");
        }
        project.sql("INSERT INTO c (id, b) VALUES (72, 100)");
        down(&project);
        project.sql("DELETE FROM c");
        assert_same(what, &before, &project.state());
    });
}

#[test]
fn a_row_that_a_user_changed_is_named_before_another_walk_is_gone() {
    each(|_, what, project, before| {
        let was = project.value("SELECT v FROM b WHERE id = 5");
        project.sql("UPDATE b SET v = 'mine' WHERE id = 5");
        in_the_way(what, &project, &["are not as the step", "5"]);
        project.sql(&format!("UPDATE b SET v = '{was}' WHERE id = 5"));
        down(&project);
        assert_same(what, &before, &project.state());
    });
}

/// Triggers that keep a sum beside the rows: what a walk wrote is as it was only once the walk behind it is gone.
#[test]
fn rows_that_triggers_follow_are_looked_at_when_their_turn_comes() {
    let triggers = "CREATE TRIGGER more AFTER INSERT ON d BEGIN UPDATE b SET v = v || '+' WHERE id = NEW.id; END;
        CREATE TRIGGER less AFTER DELETE ON d BEGIN UPDATE b SET v = substr(v, 1, length(v) - 1) WHERE id = OLD.id; END;
        CREATE TABLE log (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id));
        CREATE TRIGGER noted AFTER INSERT ON d BEGIN INSERT INTO log VALUES (NEW.id, NEW.id); END;
        CREATE TRIGGER unnoted AFTER DELETE ON d BEGIN DELETE FROM log WHERE id = OLD.id; END;\n";
    for (kind, step) in STEPS.iter().filter(|(kind, _)| matches!(*kind, "split" | "pipeline")) {
        for undo in ["", "undo = \"journal\"\n"] {
            for batch in [1, 3, 100] {
                let project = project(&format!("{TABLES}{triggers}"), &step.replace("UNDO", undo));
                let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
                project.write("evolve.toml", &format!("{config}batch = {{ rows = {batch} }}\n"));
                let before = project.state();
                project.does(&["up", "--yes", "--batch-size", "100"]);
                assert_eq!(project.value("SELECT count(*) FROM log"), "7");
                down(&project);
                assert_same(&format!("{kind} {undo} {batch}"), &before, &project.state());
            }
        }
    }
}

#[test]
fn f56_rows_that_a_trigger_takes_from_a_table_that_refers_are_not_lost() {
    let trigger = "CREATE TRIGGER cascade AFTER DELETE ON d BEGIN DELETE FROM c WHERE d = OLD.id; END;\n";
    for undo in ["derive", "journal"] {
        for batch in [1, 100] {
            let (_, split) = STEPS[1];
            let project =
                project(&format!("{TABLES}{trigger}"), &split.replace("UNDO", &format!("undo = \"{undo}\"\n")));
            let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
            project.write("evolve.toml", &format!("{config}batch = {{ rows = {batch} }}\n"));
            project.does(&["up", "--yes", "--batch-size", "100"]);
            project.sql("INSERT INTO c (id, d) VALUES (1, 7), (2, 1)");
            let refused = project.json(&["down", "--target", "one", "--yes"]);
            assert_eq!(code(&refused), "E0703", "{undo} {batch}: {refused}");
            assert_eq!(rows(&project, "SELECT id, d FROM c"), ["1 | 7", "2 | 1"], "{undo} {batch}");
        }
    }
}

/// A database whose application does without foreign keys: what was broken before the way back is so afterwards.
#[cfg(feature = "failpoints")]
#[test]
fn f56_f125_killed_between_any_two_batches_the_way_back_knows_what_was_broken_before() {
    use crate::rig::running::KILLED;
    for (kind, step) in STEPS {
        let config = "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\nforeign_keys = false\n\
            [policy]\nmax_risk = \"critical\"\nbatch = { rows = 2 }\n";
        let base = project(TABLES, &step.replace("UNDO", ""));
        base.write("evolve.toml", config);
        // Rows that refer to nothing, before the step and since; one of them is the step's own business.
        base.sql("PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1, 55, NULL), (2, NULL, 66), (3, 4, NULL); INSERT INTO b VALUES (101, 'own', 77)");
        let before = base.state();
        base.does(&["up", "--yes"]);
        base.sql("PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (5, 56, NULL)");
        let back = ["down", "--target", "one", "--yes"];
        let mut kills = 0;
        for point in ["between_batches", "after_batch_before_cursor", "before_undo_record"] {
            for nth in 1.. {
                let project = base.twin();
                let gave = project.dies(point, nth, &back);
                let what = format!("{kind} {point}:{nth}");
                if gave.code != KILLED {
                    assert_eq!(gave.code, 0, "{what}: {}", gave.err);
                } else {
                    kills += 1;
                    project.does(&back);
                }
                project.sql("DELETE FROM c WHERE id = 5");
                assert_same(&what, &before, &project.state());
                let left = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve\\_kept%' ESCAPE '\\'";
                assert_eq!(project.value(left), "0", "{what}");
                if gave.code != KILLED {
                    break;
                }
            }
        }
        assert!(kills > 6, "{kind}: {kills} kills");
    }
}

/// Sixty thousand rows in six hundred batches, beside as many that refer: of each batch only its own rows are looked at.
#[test]
fn f56_many_small_batches_go_back_beside_many_rows_that_refer() {
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT);
        CREATE TABLE c (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id));
        WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 60000) INSERT INTO a SELECT i, 'v' || i FROM i;
        INSERT INTO b SELECT -id, 'own' FROM a; INSERT INTO c SELECT id, -id FROM a;\n";
    for undo in ["derive", "journal"] {
        let step =
            format!("[[copy]]\nid = \"it\"\nfrom = \"a\"\ninto = \"b\"\nundo = \"{undo}\"\nbatch = {{ rows = 100 }}\n");
        let project = project(tables, &step);
        project.does(&["up", "--yes"]);
        assert_eq!(project.value("SELECT count(*) FROM b"), "120000", "{undo}");
        project.does(&["down", "--target", "one", "--yes"]);
        assert_eq!(project.value("SELECT count(*) FROM b WHERE v = 'own'"), "60000", "{undo}");
        assert_eq!(project.value("SELECT count(*) FROM b"), "60000", "{undo}");
    }
}
