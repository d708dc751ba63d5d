//! Rows that stand in the way, triggers that refuse, bytes that are no text.

use crate::model::account;
use crate::rig::{Project, assert_same, code};
use crate::shape::{stage, whole};

fn project(tables: &str, rows: &str, step: &str) -> Project {
    let project = Project::of(&[
        (
            "evolve.toml",
            "[project]\nname = \"faults\"\n[database]\nurl = \"sqlite:trial.db\"\n[restore_points]\nwhen = \"never\"\n[policy]\nmax_risk = \"critical\"\n",
        ),
        ("migrations/V1__tables.sql", tables),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        ("plans/two.toml", &(stage("two", "2.0.0", &[]) + step)),
    ]);
    project.does(&["up", "--target", "one"]);
    project.sql(rows);
    project
}

const COPY: &str = "[[copy]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n";

fn refused(project: &Project, error: &str, words: &str) {
    refused_by(project, error, |_| words.to_owned());
}

/// Refused with these words, in batches of each size.
fn refused_by(project: &Project, error: &str, words: impl Fn(&str) -> String) {
    let before = whole(project);
    for size in ["1", "2", "3", "100"] {
        let up = project.json(&["up", "--yes", "--batch-size", size]);
        assert_eq!(code(&up), error, "{up}");
        assert_eq!(up["error"]["message"], words(size), "{size}: {up}");
        assert_same(size, &before, &whole(project));
        assert_eq!(project.json(&["status"])["result"]["interrupted"], serde_json::Value::Null);
    }
}

const TWINS: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, mail TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, mail TEXT UNIQUE COLLATE NOCASE);";
const TWIN_ROWS: &str = "INSERT INTO a VALUES (1, 'x@y'), (2, 'other'), (3, NULL), (4, 'X@Y'), (5, 'last');";

/// What is said of a row that runs into another.
fn twins(key: &str) -> String {
    format!("rows of a run into rows of b with the same key: {key}")
}

#[test]
fn f133_two_rows_of_one_key_fail_and_are_named() {
    refused(&project(TWINS, TWIN_ROWS, COPY), "E0707", &twins("4"));
}

#[test]
fn f133_a_row_that_is_there_fails_and_is_named() {
    refused(
        &project(TWINS, "INSERT INTO a VALUES (1, 'p'), (2, 'q'), (3, 'r'); INSERT INTO b VALUES (9, 'R');", COPY),
        "E0707",
        &twins("3"),
    );
}

#[test]
fn f133_a_clause_of_the_target_itself_neither_replaces_rows_nor_leaves_them_out() {
    let rows = "INSERT INTO a VALUES (4701, 'A'), (4702, 'A'), (4703, 'Q'); INSERT INTO b VALUES (50, 'Q');";
    for clause in ["REPLACE", "IGNORE", "FAIL"] {
        let schema = format!(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT UNIQUE ON CONFLICT {clause});"
        );
        for undo in ["derive", "journal"] {
            // Of a batch those are named first that run into a row from before.
            let words = |size: &str| twins(if ["1", "2"].contains(&size) { "4702" } else { "4703" });
            refused_by(&project(&schema, rows, &format!("{COPY}undo = \"{undo}\"\n")), "E0707", words);
        }
        let project = project(&schema, rows, &format!("{COPY}on_conflict = \"skip\"\n"));
        let found = account(&project.json(&["up", "--yes"]), "move");
        assert_eq!((found.read, found.inserted, found.skipped), (3, 1, 2), "{clause}");
        assert_eq!(project.value("SELECT group_concat(id || v) FROM (SELECT * FROM b ORDER BY id)"), "50Q,4701A");
    }
    let not_null = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT NOT NULL ON CONFLICT IGNORE);";
    refused(
        &project(not_null, "INSERT INTO a VALUES (4701, 'A'), (4702, NULL);", COPY),
        "E0712",
        "row 4702 of a: NOT NULL constraint failed: b.v",
    );
}

#[test]
fn f134_rows_of_one_key_but_for_case_are_all_accounted_for() {
    for (rule, inserted, skipped, updated) in [("skip", 4, 1, 0), ("overwrite", 4, 0, 1)] {
        let project = project(TWINS, TWIN_ROWS, &format!("{COPY}on_conflict = \"{rule}\"\n"));
        let before = whole(&project);
        for size in ["1", "2", "3", "4", "5", "100"] {
            let up = project.json(&["up", "--yes", "--batch-size", size]);
            let found = account(&up, "move");
            assert_eq!(
                (found.read, found.inserted, found.skipped, found.updated),
                (5, inserted, skipped, updated),
                "{rule} in batches of {size}"
            );
            assert_eq!(project.value("SELECT count(*) FROM b"), "4");
            project.does(&["down", "--staged", "1", "--yes"]);
            assert_same(size, &before, &whole(&project));
        }
    }
}

#[test]
fn f134_without_a_journal_rows_are_counted_all_the_same() {
    let project = project(
        TWINS,
        TWIN_ROWS,
        &format!("{COPY}on_conflict = \"overwrite\"\nundo = {{ sql = \"DELETE FROM b\" }}\n"),
    );
    for size in ["1", "2", "3", "4", "5", "100"] {
        let found = account(&project.json(&["up", "--yes", "--batch-size", size]), "move");
        assert_eq!((found.read, found.inserted, found.updated), (5, 4, 1), "in batches of {size}");
        project.does(&["down", "--staged", "1", "--yes"]);
    }
}

#[test]
fn f134_a_key_in_another_case_is_another_value() {
    let tables = "CREATE TABLE a (k TEXT PRIMARY KEY NOT NULL, v TEXT COLLATE NOCASE); CREATE TABLE b (k TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, v TEXT COLLATE NOCASE);";
    let project = project(
        tables,
        "INSERT INTO a VALUES ('ADA', 'Same'), ('bob', 'same'); INSERT INTO b VALUES ('ada', 'same'), ('bob', 'SAME');",
        &format!("{COPY}on_conflict = \"overwrite\"\n"),
    );
    let before = whole(&project);
    let found = account(&project.json(&["up", "--yes"]), "move");
    assert_eq!(project.value("SELECT group_concat(k || v) FROM (SELECT * FROM b ORDER BY k)"), "ADASame,bobsame");
    assert_eq!((found.updated, found.unchanged), (2, 0));
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("down", &before, &whole(&project));
}

const PLAIN: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT, n INTEGER DEFAULT 0); CREATE TABLE log (n INTEGER PRIMARY KEY, w TEXT);";
const PLAIN_ROWS: &str = "INSERT INTO a VALUES (1, 'a'), (2, 'b'), (3, 'bad'), (4, 'd'), (5, NULL);";

#[test]
fn f142_a_trigger_that_raises_takes_the_step_back() {
    for raise in ["ABORT, 'not this one'", "FAIL, 'not this one'", "ROLLBACK, 'not this one'"] {
        let trigger =
            format!("CREATE TRIGGER b_new BEFORE INSERT ON b WHEN NEW.v = 'bad' BEGIN SELECT RAISE({raise}); END;");
        let project = project(&(PLAIN.to_owned() + &trigger), PLAIN_ROWS, COPY);
        let before = whole(&project);
        for size in ["1", "2", "100"] {
            let up = project.json(&["up", "--yes", "--batch-size", size]);
            assert_eq!(up["error"]["exit"], 1, "{raise}: {up}");
            assert!(up["error"]["message"].as_str().expect("a message").contains("not this one"), "{up}");
            assert_same(&format!("{raise} in batches of {size}"), &before, &whole(&project));
        }
    }
}

#[test]
fn f142_a_trigger_that_leaves_rows_out_is_noticed() {
    let trigger = "CREATE TRIGGER b_new BEFORE INSERT ON b WHEN NEW.v = 'bad' BEGIN SELECT RAISE(IGNORE); END;";
    refused_by(&project(&(PLAIN.to_owned() + trigger), PLAIN_ROWS, COPY), "E0710", |size| {
        // Noticed with the batch that the third row is in.
        let read = [("1", 3), ("2", 4), ("3", 3), ("100", 5)].into_iter().find(|(rows, _)| *rows == size);
        format!("move: of {} rows read not all are accounted for", read.expect("a size").1)
    });
}

#[test]
fn f142_a_trigger_that_writes_the_walked_table_does_not_lead_in_circles() {
    // Each row that arrives puts another one behind the cursor's end: the walk ends all the same.
    let trigger = "CREATE TRIGGER b_new AFTER INSERT ON b WHEN NEW.id < 1000 BEGIN INSERT INTO a VALUES (NEW.id + 1000, 'more'); END;";
    for size in ["1", "2", "100"] {
        let project = project(&(PLAIN.to_owned() + trigger), PLAIN_ROWS, COPY);
        let up = project.run(&["up", "--yes", "--batch-size", size]);
        assert_eq!(up.code, 0, "{}", up.err);
        // However large batches are, the walk ends where the table ended when it began.
        assert_eq!(project.value("SELECT group_concat(id) FROM (SELECT id FROM b ORDER BY id)"), "1,2,3,4,5", "{size}");
        assert_eq!(project.value("SELECT count(*) FROM a WHERE id > 1000"), "5", "{size}");
    }
}

#[test]
fn f142_the_row_that_a_constraint_or_a_trigger_refuses_is_named() {
    let tables = |rest: &str| {
        format!("CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT{rest}")
    };
    let rows = "WITH RECURSIVE n(i) AS (SELECT 4701 UNION ALL SELECT i + 1 FROM n WHERE i < 4730) \
                INSERT INTO a SELECT i, CASE i WHEN 4711 THEN NULL WHEN 4720 THEN 'bad' ELSE 'fine' || i END FROM n;";
    let raise =
        "CREATE TRIGGER b_new BEFORE INSERT ON b WHEN NEW.v = 'bad' BEGIN SELECT RAISE(ABORT, 'not this one'); END;";
    let cases = [
        (tables(" NOT NULL);"), "row 4711 of a: NOT NULL constraint failed: b.v"),
        (tables(", CONSTRAINT good CHECK (v <> 'bad'));"), "row 4720 of a: CHECK constraint failed: good"),
        (tables(") STRICT;") + raise, "row 4720 of a: not this one"),
    ];
    for (schema, words) in cases {
        for undo in ["derive", "journal"] {
            let project = project(&schema, rows, &format!("{COPY}undo = \"{undo}\"\n"));
            refused(&project, "E0712", words);
        }
    }
}

#[test]
fn f142_a_trigger_that_writes_the_row_again_is_no_second_row_and_comes_back() {
    let schema = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT, at TEXT);\
        CREATE TRIGGER b_new AFTER INSERT ON b BEGIN UPDATE b SET at = 'new' WHERE id = NEW.id; END;\
        CREATE TRIGGER b_up AFTER UPDATE OF v ON b BEGIN UPDATE b SET at = 'changed' WHERE id = NEW.id; END;";
    let rows = "INSERT INTO a VALUES (1, 'one'), (2, NULL), (3, 'three'); INSERT INTO b VALUES (2, 'old', 't'), (9, 'x', 't');";
    for (rule, updated, skipped) in
        [("overwrite", 1, 0), ("skip", 0, 1), ("{ newest = \"v\" }", 0, 1), ("{ fill = [\"v\"] }", 0, 1)]
    {
        let rule = if rule.starts_with('{') { rule.to_owned() } else { format!("\"{rule}\"") };
        for undo in ["", "undo = \"journal\"\n"] {
            let project = project(schema, rows, &format!("{COPY}on_conflict = {rule}\n{undo}"));
            let before = whole(&project);
            for size in ["1", "2", "100"] {
                let found = account(&project.json(&["up", "--yes", "--batch-size", size]), "move");
                let got = (found.read, found.inserted, found.updated, found.skipped);
                assert_eq!(got, (3, 2, updated, skipped), "{rule} in batches of {size}");
                project.does(&["down", "--staged", "1", "--yes"]);
                assert_same(&format!("{rule} {undo} in batches of {size}"), &before, &whole(&project));
            }
        }
    }
    let project = project(schema, "INSERT INTO a VALUES (1, 'one'), (2, NULL);", COPY);
    let before = whole(&project);
    assert_eq!(project.json(&["plan"])["result"]["steps"][0]["movement"]["undo"], "journal");
    project.does(&["up", "--yes"]);
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_same("without a rule", &before, &whole(&project));
}

#[test]
fn f142_triggers_that_recurse_are_counted_once() {
    let trigger = "CREATE TRIGGER b_new AFTER INSERT ON b BEGIN UPDATE b SET n = n + 1 WHERE id = NEW.id; INSERT INTO log (w) VALUES (NEW.id); END;\
         CREATE TRIGGER b_up AFTER UPDATE ON b WHEN NEW.n < 3 BEGIN UPDATE b SET n = n + 1 WHERE id = NEW.id; END;";
    for undo in ["derive", "journal"] {
        let project = project(&(PLAIN.to_owned() + trigger), PLAIN_ROWS, &format!("{COPY}undo = \"{undo}\"\n"));
        for size in ["1", "2", "100"] {
            let found = account(&project.json(&["up", "--yes", "--batch-size", size]), "move");
            assert_eq!((found.read, found.inserted, found.updated), (5, 5, 0), "{undo} in batches of {size}");
            let down = project.run(&["down", "--staged", "1", "--yes", "--discard-changed"]);
            assert_eq!(down.code, 0, "{undo} in batches of {size}: {}", down.err);
            assert_eq!(project.value("SELECT count(*) FROM b"), "0", "{undo} in batches of {size}");
        }
    }
}

#[test]
fn f151_bytes_that_are_no_text_are_copied_as_they_are() {
    let rows = "INSERT INTO a VALUES (1, CAST(x'ff41' AS TEXT)), (2, CAST(x'c328' AS TEXT)), (3, CAST(x'6100620000' AS TEXT)), (4, CAST(x'' AS TEXT)), (5, x'ff');";
    for step in [COPY.to_owned(), "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\nundo = \"journal\"\n[convert.columns]\nid = \"id\"\nv = \"v\"\n".to_owned()] {
        let project = project(PLAIN, rows, &step);
        let before = whole(&project);
        for size in ["1", "3"] {
            project.does(&["up", "--yes", "--batch-size", size]);
            assert_eq!(project.value("SELECT count(*) FROM a JOIN b USING (id) WHERE typeof(a.v) = typeof(b.v) AND CAST(a.v AS BLOB) = CAST(b.v AS BLOB)"), "5");
            project.does(&["down", "--staged", "1", "--yes"]);
            assert_same(size, &before, &whole(&project));
        }
    }
}

#[test]
fn f151_bytes_that_are_no_text_do_not_pass_through_a_column_function() {
    let step = "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\nid = \"id\"\nv = { from = \"v\", apply = [\"upper\"] }\n";
    let project = project(PLAIN, "INSERT INTO a VALUES (1, 'fine'), (2, CAST(x'ff41' AS TEXT));", step);
    let before = whole(&project);
    let up = project.json(&["up", "--yes"]);
    assert_eq!((code(&up), up["error"]["exit"].as_i64()), ("E0711", Some(7)), "{up}");
    assert_eq!(up["error"]["message"], "rows of a are not valid: 2 (v: the value is a blob, not text)");
    assert_same("nothing is written", &before, &whole(&project));
}

#[test]
fn a_check_that_fails_takes_every_batch_back() {
    for undo in ["derive", "journal", "none"] {
        let step = format!(
            "{COPY}undo = \"{undo}\"\n[[copy.check]]\nname = \"all is well\"\nsql = \"SELECT count(*) FROM b\"\nis = \"99\"\n"
        );
        let project = project(PLAIN, PLAIN_ROWS, &step);
        let before = whole(&project);
        for size in ["1", "2", "100"] {
            let up = project.json(&["up", "--yes", "--batch-size", size]);
            assert_eq!((code(&up), up["error"]["exit"].as_i64()), ("E0705", Some(7)), "{up}");
            assert_same(&format!("{undo} in batches of {size}"), &before, &whole(&project));
        }
    }
}

#[test]
fn a_constraint_that_refuses_one_row_takes_every_batch_back() {
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT NOT NULL CHECK (v <> 'bad'));";
    let project = project(tables, PLAIN_ROWS, COPY);
    let before = whole(&project);
    for size in ["1", "2", "100"] {
        let up = project.json(&["up", "--yes", "--batch-size", size]);
        assert_eq!(up["error"]["exit"], 1, "{up}");
        assert_same(size, &before, &whole(&project));
    }
}

#[test]
fn f151_a_row_whose_key_is_no_text_is_put_aside_whole_and_tried_again() {
    let tables =
        "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, v TEXT); CREATE TABLE b (id TEXT PRIMARY KEY NOT NULL, v TEXT);";
    let rows = "INSERT INTO a VALUES ('fine', 'x'), (CAST(x'ff41' AS TEXT), NULL), (x'ff41', 'a blob'), (CAST(x'c328' AS TEXT), CAST(x'fe' AS TEXT)), ('z', 'y');";
    let step = "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"quarantine\"\n[[convert.rule]]\nname = \"has a good value\"\nsql = \"v IS NOT NULL AND v <> CAST(x'fe' AS TEXT)\"\n[convert.columns]\nid = \"id\"\nv = \"v\"\n";
    for size in ["1", "2", "100"] {
        let project = project(tables, rows, step);
        let found = account(&project.json(&["up", "--yes", "--batch-size", size]), "move");
        assert_eq!((found.read, found.inserted, found.rejected), (5, 3, 2), "batches of {size}");
        assert_eq!(
            project.value(
                "SELECT group_concat(shown || ' ' || record, '; ') FROM (SELECT * FROM evolve_rejects ORDER BY n)"
            ),
            r#"x'c328' {"id":{"text":"C328"},"v":{"text":"FE"}}; x'ff41' {"id":{"text":"FF41"},"v":null}"#
        );
        project.sql("UPDATE a SET v = 'mended' WHERE typeof(id) = 'text' AND CAST(id AS BLOB) IN (x'ff41', x'c328')");
        project.does(&["up", "--retry-rejects"]);
        assert_eq!(
            project.value("SELECT count(*) FROM a JOIN b ON typeof(a.id) = typeof(b.id) AND a.id = b.id AND a.v = b.v"),
            "5"
        );
        assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "0");
    }
}
