//! `sql` instead of columns: what fits a walk goes in batches and comes back derived or journalled; the rest is one statement.

use crate::rig::{self, Project, assert_same};
use crate::{declare, down, numbers, project, rows, up, up_down_up};

const TABLES: &str = "
CREATE TABLE s (id INTEGER PRIMARY KEY, name TEXT, n INTEGER);
CREATE TABLE others (id INTEGER PRIMARY KEY, kind TEXT);
CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER);
INSERT INTO s VALUES (1, 'a', 10), (2, 'b', NULL), (3, NULL, 30), (4, 'd', 40), (5, 'e', 50), (6, 'f', 60), (7, 'a', 70);
INSERT INTO others VALUES (1, 'one'), (3, 'three'), (9, 'nine');
";

fn step(kind: &str, sql: &str, keys: &str) -> String {
    format!("[[{kind}]]\nid = \"moved\"\nsql = \"{sql}\"\n{keys}\n")
}

fn convert(sql: &str) -> String {
    step("convert", sql, "")
}

fn undo_of(project: &Project) -> String {
    let plan = project.json(&["plan"]);
    plan["result"]["steps"][0]["movement"]["undo"].as_str().expect("an undo").to_owned()
}

fn notes(project: &Project) -> String {
    project.run(&["plan", "--json"]).document().to_string()
}

#[test]
fn what_fits_goes_in_batches_and_comes_back() {
    for (sql, undo, expected) in [
        ("INSERT INTO t (id, n) SELECT id * 2, n FROM s WHERE n IS NOT NULL", "derive", 6),
        ("insert into t select * from s;", "derive", 7),
        ("INSERT INTO main.t SELECT x.* FROM main.s AS x WHERE x.n > 20", "derive", 5),
        ("INSERT INTO t (n, id) SELECT ALL n AS id, x.id nr FROM s x WHERE x.id > 2 -- not the first two", "derive", 5),
        (
            "INSERT INTO t (name, id) SELECT (SELECT kind FROM others AS o WHERE o.id = a.id), a.id FROM s a",
            "derive",
            7,
        ),
        (
            "INSERT INTO t (id, n) SELECT id, max(n, 20) FROM s WHERE (name IS NOT DISTINCT FROM NULL) OR id IN (SELECT id FROM others)",
            "derive",
            2,
        ),
        ("INSERT INTO t (name) SELECT upper(name) FROM s", "journal", 7),
        ("INSERT INTO t (id, n) SELECT n, id FROM s WHERE n > 0 ON CONFLICT DO NOTHING", "journal", 6),
    ] {
        for kind in ["convert", "copy"] {
            let project = project(TABLES, &step(kind, sql, ""));
            assert_eq!(undo_of(&project), undo, "{sql}");
            assert!(!notes(&project).contains("one statement"), "{sql}");
            let step = up_down_up(&project, 2);
            assert_eq!(numbers(&step)[..2], [expected, expected], "{sql}");
            let count = expected / 2 + 1;
            let batches = serde_json::json!({ "count": count, "smallest": 2, "largest": 2 });
            assert_eq!(step["batches"], batches, "{sql}: {step}");
        }
    }
}

#[test]
fn what_the_step_says_besides_counts_for_a_statement_too() {
    let keys = "on_invalid = \"quarantine\"\non_conflict = \"skip\"\nbatch = { rows = 2 }\n[[convert.rule]]\nname = \"has a name\"\nsql = \"x.name IS NOT NULL\"";
    let project = project(TABLES, &step("convert", "INSERT INTO t SELECT * FROM s AS x", keys));
    project.sql("INSERT INTO t VALUES (5, 'there', 0)");
    let step = up_down_up(&project, 3);
    assert_eq!(numbers(&step), [7, 5, 0, 0, 1, 1]);
    assert_eq!(project.value("SELECT rule FROM evolve_rejects"), "has a name");
    project.sql("UPDATE s SET name = 'mended' WHERE id = 3");
    project.does(&["up", "--retry-rejects", "--yes"]);
    assert_eq!(project.value("SELECT name FROM t WHERE id = 3"), "mended");
}

#[test]
fn a_join_in_a_value_of_another_engine_is_not_read_here() {
    let sql = "{ sqlite = \"INSERT INTO t SELECT * FROM s\", postgres = \"INSERT INTO t SELECT s.* FROM s JOIN others USING (id)\" }";
    let project = project(TABLES, &format!("[[convert]]\nid = \"moved\"\nsql = {sql}\n"));
    assert_eq!(numbers(&up(&project, 3))[1], 7);
}

/// Statements that are no walk over one table.
const WHOLE: &[(&str, &str, u64)] = &[
    ("INSERT INTO t (id, name) SELECT s.id, kind FROM s JOIN others ON others.id = s.id", "it reads several tables", 2),
    ("INSERT INTO t (id, name) SELECT s.id, kind FROM s, others WHERE others.id = s.id", "it reads several tables", 2),
    ("INSERT INTO t (name, n) SELECT name, count(*) FROM s GROUP BY name", "it makes one value of several rows", 6),
    ("INSERT INTO t (name) SELECT name FROM s GROUP BY name", "it groups rows", 6),
    ("INSERT INTO t (name) SELECT DISTINCT name FROM s", "it takes rows that differ only once", 6),
    ("INSERT INTO t (n) SELECT max(n) FROM s", "it makes one value of several rows", 1),
    ("INSERT INTO t (n) SELECT row_number() OVER (ORDER BY n) FROM s", "it makes one value of several rows", 7),
    ("INSERT INTO t SELECT * FROM s ORDER BY n LIMIT 3", "it orders rows", 3),
    (
        "INSERT INTO t SELECT * FROM s UNION SELECT id, kind, 1 FROM others WHERE id > 7",
        "it puts several selections",
        8,
    ),
    ("WITH x AS (SELECT * FROM s) INSERT INTO t SELECT * FROM x", "it has a WITH", 7),
    ("INSERT INTO t WITH x AS (SELECT * FROM s) SELECT * FROM x WHERE id > 3", "it has a WITH", 4),
    ("INSERT INTO t VALUES (1, 'x', 2), (2, 'y', 3)", "it reads no table", 2),
    ("INSERT INTO t SELECT 1, 'x', 2", "it reads no table", 1),
    ("INSERT INTO t SELECT * FROM (SELECT * FROM s)", "it reads a selection", 7),
    ("INSERT INTO t (n) SELECT value FROM json_each('[1,2]')", "it reads what a function gives", 2),
    ("INSERT OR IGNORE INTO t SELECT * FROM s", "it says OR", 7),
    (
        "INSERT INTO t SELECT * FROM s WHERE true ON CONFLICT (id) DO UPDATE SET n = excluded.n",
        "it says what happens",
        7,
    ),
    ("INSERT INTO t (id) SELECT id + 100 FROM t", "it reads the table that it writes", 1),
    ("INSERT INTO t SELECT * FROM s WHERE id NOT IN (SELECT id FROM t)", "may read the table that it writes", 7),
    ("INSERT INTO t SELECT * FROM s WHERE (id, name, n) NOT IN t", "may read the table that it writes", 7),
    ("INSERT INTO t (id) SELECT n + 1 AS more FROM s WHERE more > 20", "its condition names one of its values", 5),
    ("INSERT INTO t (id) SELECT t.id FROM s AS t", "its source is called as its target is", 7),
    ("INSERT INTO t SELECT * FROM s INDEXED BY s_n WHERE n > 20", "it reads several tables", 5),
];

#[test]
fn what_does_not_fit_runs_as_one_statement_and_says_so() {
    let tables = format!("{TABLES}CREATE INDEX s_n ON s (n);");
    for (sql, _, expected) in WHOLE {
        let there = if sql.ends_with("FROM t") { "INSERT INTO t VALUES (1, 'x', 1);" } else { "" };
        let project = project(&format!("{tables}{there}"), &step("convert", sql, "undo = \"journal\""));
        let notes = notes(&project);
        assert!(notes.contains("moved runs as one statement: it cannot be resumed inside"), "{sql}: {notes}");
        let step = up_down_up(&project, 2);
        assert_eq!(numbers(&step), [*expected, *expected, 0, 0, 0, 0], "{sql}");
    }
}

#[test]
fn why_a_statement_is_no_walk_is_said_where_its_undo_is_missing() {
    let tables = format!("{TABLES}CREATE INDEX s_n ON s (n);CREATE VIEW seen AS SELECT * FROM t;");
    let project = project(&tables, &convert(WHOLE[0].0));
    let more = [("INSERT INTO t SELECT * FROM s WHERE id NOT IN (SELECT id FROM seen)", "may read the table", 0)];
    for (sql, why, _) in WHOLE.iter().chain(&more) {
        declare(&project, &convert(sql));
        let gave = project.run(&["plan", "--json"]);
        let document = gave.document();
        let error = &document["error"];
        let message = error["message"].as_str().expect("a message");
        assert_eq!(
            (gave.code, rig::code(&document), error["line"].as_u64()),
            (2, "E0007", Some(6)),
            "{sql}: {document}"
        );
        assert!(message.starts_with("how it is taken back must be said") && message.contains(why), "{sql}: {message}");
    }
}

#[test]
fn one_statement_is_taken_back_as_it_is_said() {
    let sql = "INSERT INTO t SELECT * FROM s WHERE true ON CONFLICT (id) DO UPDATE SET n = excluded.n";
    let there = "INSERT INTO t VALUES (1, 'there', 1), (4, 'there', 40);";
    let tables = format!("{TABLES}{there}");
    // With a journal it is known which rows were there, and which of them changed.
    let journalled = project(&tables, &step("convert", sql, "undo = \"journal\""));
    assert_eq!(numbers(&up_down_up(&journalled, 2)), [7, 5, 1, 1, 0, 0]);
    let said = "undo = { sql = \"DELETE FROM t WHERE id NOT IN (1, 4); UPDATE t SET n = 1 WHERE id = 1\" }";
    let by_hand = project(&tables, &step("convert", sql, said));
    assert_eq!(numbers(&up_down_up(&by_hand, 2)), [7, 7, 0, 0, 0, 0]);
    let replaced = "INSERT OR REPLACE INTO t SELECT * FROM s";
    declare(&by_hand, &step("convert", replaced, "undo = \"journal\""));
    down(&by_hand);
    let document = by_hand.run(&["up", "--json"]).document();
    assert!(document["error"]["message"].as_str().is_some_and(|it| it.contains("seen by no trigger")), "{document}");
    declare(&by_hand, &step("convert", replaced, "undo = \"none\""));
    by_hand.does(&["up", "--yes", "--allow", "R801"]);
    assert_eq!(by_hand.value("SELECT count(*) FROM t"), "7");
    let gave = by_hand.run(&["down", "--target", "one", "--yes", "--json"]);
    assert_eq!((gave.code, rig::code(&gave.document())), (4, "E0604"));
}

#[test]
fn a_statement_that_fails_leaves_nothing() {
    let whole = "INSERT INTO t SELECT s.id, kind, n FROM s, others WHERE s.id = 1";
    let batches = "rows of s run into rows of t with the same key: 2";
    let at_once = "t: a row with this key is there already (UNIQUE constraint failed: t.id)";
    let journal = "undo = \"journal\"";
    for (sql, keys, words) in [("INSERT INTO t SELECT 1, name, n FROM s", "", batches), (whole, journal, at_once)] {
        let project = project(TABLES, &step("convert", sql, keys));
        let error = crate::refused(&project, 2, 1, "E0707");
        assert_eq!(error["message"], words, "{sql}");
    }
}

#[test]
fn a_dry_run_and_a_trial_of_one_statement_say_what_they_cannot() {
    let project = project(TABLES, &step("convert", WHOLE[0].0, "undo = \"journal\""));
    let document = project.json(&["up", "--dry-run"]);
    assert!(document.to_string().contains("whose rows are not counted before"), "{document}");
    let gave = project.run(&["up", "--only", "moved", "--where", "id > 3", "--json"]);
    assert_eq!((gave.code, rig::code(&gave.document())), (2, "E0007"), "{}", gave.out);
}

#[test]
fn what_cannot_stand_beside_a_statement_is_refused_by_name() {
    let project = project(TABLES, "");
    let walk = "INSERT INTO t SELECT * FROM s";
    let whole = WHOLE[0].0;
    let skips = "INSERT INTO t SELECT * FROM s WHERE true ON CONFLICT DO NOTHING";
    for (sql, keys, code, word) in [
        (walk, "from = \"s\"", "E0007", "`convert.from`"),
        (walk, "into = \"t\"", "E0007", "`convert.into`"),
        (walk, "where = \"id > 1\"", "E0007", "`convert.where`"),
        (walk, "[convert.columns]\nid = \"id\"", "E0007", "`convert.columns`"),
        (skips, "on_conflict = \"overwrite\"", "E0007", "`on_conflict`"),
        (skips, "undo = \"derive\"", "E0007", "derive"),
        (whole, "undo = \"journal\"\non_conflict = \"skip\"", "E0007", "`on_conflict`"),
        (whole, "undo = \"journal\"\non_invalid = \"skip\"", "E0007", "`on_invalid`"),
        (whole, "undo = \"journal\"\nmax_rejects = 3", "E0007", "`max_rejects`"),
        (whole, "undo = \"journal\"\nkey = \"id\"", "E0007", "`key`"),
        (whole, "undo = \"journal\"\nbatch = { rows = 3 }", "E0007", "`batch`"),
        (whole, "undo = \"journal\"\n[[convert.rule]]\nname = \"x\"\nsql = \"1\"", "E0007", "`rule`"),
        (whole, "undo = \"derive\"", "E0007", "no undo can be derived"),
        ("DELETE FROM t", "", "E0203", "is no INSERT … SELECT"),
        ("UPDATE t SET n = 1", "", "E0203", "is no INSERT … SELECT"),
        ("SELECT * FROM s", "", "E0203", "is no INSERT … SELECT"),
        ("WITH x AS (SELECT 1) DELETE FROM t", "", "E0203", "is no INSERT … SELECT"),
        ("INSERT INTO t SELECT * FROM s; DELETE FROM s", "", "E0203", "is more than one statement"),
        ("INSERT INTO t SELECT id, 'x, n FROM s", "", "E0203", "never closed"),
        ("INSERT INTO t SELECT id, (name, n FROM s", "", "E0203", "does not close"),
        ("INSERT INTO t SELECT id, name), n FROM s", "", "E0203", "did not open"),
        ("INSERT INTO t SELECT id, ?, n FROM s", "", "E0203", "waits for a value"),
        ("INSERT INTO t SELECT id, :x, n FROM s", "", "E0203", "waits for a value"),
        ("INSERT INTO t SELECT id,, n FROM s", "", "E0203", "comma"),
        ("INSERT INTO temp.t SELECT * FROM s", "", "E0203", "another database"),
        ("INSERT OR ROLLBACK INTO t SELECT * FROM s", "", "E0203", "OR ROLLBACK"),
        ("INSERT INTO sqlite_sequence SELECT * FROM s", "", "E0109", "sqlite_sequence"),
        ("INSERT INTO t (id) SELECT id, n FROM s", "", "E0105", "2 values for 1 columns"),
        ("INSERT INTO t SELECT id FROM s", "", "E0105", "1 values for 3 columns"),
        ("INSERT INTO t (id, ID) SELECT id, n FROM s", "", "E0105", "twice"),
        ("INSERT INTO t (id, x) SELECT id, n FROM s", "", "E0107", "t has no column x"),
        ("INSERT INTO tt SELECT * FROM s", "", "E0107", "no table tt"),
        ("INSERT INTO t SELECT * FROM ss", "", "E0107", "no table ss"),
        ("INSERT INTO t SELECT id, nam, n FROM s", "", "E0106", "nam"),
        ("INSERT INTO t SELECT id, name, n FROM s WHERE", "", "E0106", ""),
        ("INSERT INTO t (id) SELECT id FROM s JOIN", "undo = \"journal\"", "E0106", ""),
    ] {
        declare(&project, &step("convert", sql, keys));
        let gave = project.run(&["plan", "--json"]);
        let document = gave.document();
        let error = &document["error"];
        assert_eq!((gave.code, rig::code(&document)), (2, code), "{sql} {keys}: {document}");
        let found = error["message"].as_str().expect("a message");
        assert!(found.contains(word), "{sql} {keys}: {found}");
        assert!(error["line"].as_u64().is_some_and(|line| line >= 4), "{sql} {keys}: {document}");
    }
}

#[test]
fn a_statement_is_a_part_of_a_pipeline() {
    let walk = "[[pipeline.do]]\n[pipeline.do.copy]\nsql = \"INSERT INTO t SELECT * FROM s WHERE id < 3\"\n";
    let whole = format!(
        "[[pipeline.do]]\n[pipeline.do.convert]\nsql = \"{}\"\n",
        WHOLE[8].0.replace("FROM s", "FROM s WHERE id > 2")
    );
    let project = project(TABLES, &format!("[[pipeline]]\nid = \"all\"\nundo = \"journal\"\n{walk}{whole}"));
    assert_eq!(numbers(&up_down_up(&project, 1)), [8, 8, 0, 0, 0, 0]);
    assert_eq!(rows(&project, "SELECT count(*) FROM t"), ["8"]);
}

#[test]
fn f125_a_run_killed_within_a_statement_s_batches_goes_on() {
    for (sql, keys) in [("INSERT INTO t SELECT * FROM s AS x", ""), (WHOLE[7].0, "undo = \"journal\"")] {
        let project = project(TABLES, &step("convert", sql, keys));
        let twin = project.twin();
        up(&twin, 2);
        let point = if keys.is_empty() { "between_batches" } else { "after_batch_before_cursor" };
        let gave = project.dies(point, 1, &["up", "--yes", "--batch-size", "2"]);
        assert_eq!(gave.code, rig::running::KILLED, "{}", gave.err);
        project.does(&["up", "--yes", "--batch-size", "2"]);
        assert_same(sql, &twin.state(), &project.state());
        down(&project);
    }
}
