//! Every kind with every way back: up, down, up in batches of one to seven; what users added or changed since.

use crate::rig::{Project, assert_same, code};
use crate::{declare, project};

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE d (id INTEGER PRIMARY KEY, v TEXT);
INSERT INTO a VALUES (1, 'n1'), (2, 'n2'), (3, 'n3'), (4, 'n4'), (5, 'n5'), (6, 'n6'), (7, 'n7');
INSERT INTO b VALUES (100, 'own'), (101, 'own'), (102, 'own'), (103, 'own');
";

/// A kind, its step, and the SQL that takes it back. Each changes row 5 of `b`, or row 101.
const KINDS: [(&str, &str, &str); 6] = [
    ("copy", "[[copy]]\nid = \"it\"\nfrom = \"a\"\ninto = \"b\"\nUNDO", "DELETE FROM b WHERE id < 50"),
    (
        "convert",
        "[[convert]]\nid = \"it\"\nfrom = \"a\"\ninto = \"b\"\nUNDO[convert.columns]\nid = \"id\"\n\
         v = { from = \"v\", apply = [\"upper\"] }\n",
        "DELETE FROM b WHERE id < 50",
    ),
    (
        "merge",
        "[[merge]]\nid = \"it\"\ninto = \"b\"\nkey = [\"id\"]\nUNDO\
         [[merge.from]]\ntable = \"a\"\nwhere = \"id <= 4\"\ncolumns = { id = \"id\", v = \"v\" }\n\
         [[merge.from]]\ntable = \"a\"\nwhere = \"id > 4\"\ncolumns = { id = \"id\", v = \"v || '+'\" }\n",
        "DELETE FROM b WHERE id < 50",
    ),
    (
        "split",
        "[[split]]\nid = \"it\"\nfrom = \"a\"\nUNDO[[split.into]]\ntable = \"b\"\ncolumns = { id = \"id\", v = \"v\" }\n\
         [[split.into]]\ntable = \"d\"\ncolumns = { id = \"id\", v = \"v\" }\n",
        "DELETE FROM b WHERE id < 50; DELETE FROM d",
    ),
    (
        "enrich",
        "[[enrich]]\nid = \"it\"\ntable = \"b\"\nUNDO[enrich.columns]\nv = \"'new ' || v\"\n",
        "UPDATE b SET v = 'own'",
    ),
    (
        "pipeline",
        "[[pipeline]]\nid = \"it\"\nUNDO[[pipeline.do]]\n[pipeline.do.copy]\nfrom = \"a\"\ninto = \"b\"\n\
         [[pipeline.do]]\n[pipeline.do.enrich]\ntable = \"b\"\n[pipeline.do.enrich.columns]\nv = \"'new ' || v\"\n",
        "DELETE FROM b WHERE id < 50; UPDATE b SET v = 'own'",
    ),
];

/// What can be said of a kind: what is merged, overwritten or done in a row follows from no one row.
fn is_possible(kind: &str, undo: &str) -> bool {
    undo != "derive" || !matches!(kind, "merge" | "enrich" | "pipeline")
}

fn step(step: &str, undo: &str, sql: &str) -> String {
    let undo = if undo == "sql" { format!("{{ sql = \"{sql}\" }}") } else { format!("\"{undo}\"") };
    step.replace("UNDO", &format!("undo = {undo}\n"))
}

/// The size of batches, up and down.
fn batches(project: &Project, rows: usize) {
    let head =
        "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n";
    project.write("evolve.toml", &format!("{head}batch = {{ rows = {rows} }}\n"));
}

const DOWN: [&str; 4] = ["down", "--target", "one", "--yes"];

#[test]
fn each_kind_goes_up_down_and_up_by_each_way_back_in_batches_of_any_size() {
    for (kind, text, sql) in KINDS {
        for undo in ["derive", "journal", "sql", "none"] {
            let what = format!("{kind}, undo = {undo}");
            let project = project(TABLES, &step(text, undo, sql));
            let before = project.state();
            if !is_possible(kind, undo) {
                let gave = project.run(&["up", "--yes", "--json"]);
                assert_eq!(gave.code, 2, "{what}: {}", gave.out);
                assert_same(&what, &before, &project.state());
                continue;
            }
            for rows in 1..=7 {
                let what = format!("{what}, batches of {rows}");
                batches(&project, rows);
                project.does(&["up", "--yes"]);
                let after = project.state();
                assert_ne!(before, after, "{what}");
                if undo == "none" {
                    let refused = project.json(&DOWN);
                    assert_eq!(refused["error"]["exit"], 4, "{what}: {refused}");
                    assert_same(&what, &after, &project.state());
                    break;
                }
                project.does(&DOWN);
                assert_same(&what, &before, &project.state());
                project.does(&["up", "--yes"]);
                assert_same(&format!("{what}, up again"), &after, &project.state());
                project.does(&DOWN);
            }
        }
    }
}

#[test]
fn rows_that_users_added_since_are_kept_by_each_way_back() {
    for (kind, text, sql) in KINDS {
        for undo in ["derive", "journal", "sql"].into_iter().filter(|undo| is_possible(kind, undo)) {
            for rows in [1, 3, 7] {
                let project = project(TABLES, &step(text, undo, sql));
                batches(&project, rows);
                project.does(&["up", "--yes"]);
                project.sql("INSERT INTO b VALUES (77, 'own')");
                let notes = project.json(&DOWN)["result"]["notes"].to_string();
                let said = notes.contains("rows of b: 1 more than before it: they were added since, and stay");
                // An enrich adds no rows, and none are counted.
                assert_eq!(said, kind != "enrich", "{kind}, undo = {undo}: {notes}");
                let found = project.value("SELECT group_concat(id || v, ' ') FROM (SELECT * FROM b ORDER BY id)");
                assert_eq!(found, "77own 100own 101own 102own 103own", "{kind}, undo = {undo}, batches of {rows}");
            }
        }
    }
}

/// What was undone before stays undone; of the step itself nothing is gone. Both flags get past the row.
#[test]
fn a_row_that_a_user_changed_since_stands_in_the_way_of_each_way_back() {
    for (kind, text, sql) in KINDS {
        for undo in ["derive", "journal"].into_iter().filter(|undo| is_possible(kind, undo)) {
            for rows in [1, 3, 7] {
                let what = format!("{kind}, undo = {undo}, batches of {rows}");
                let project = project(TABLES, "");
                let before = project.state();
                let more = "[[copy]]\nid = \"later\"\nneeds = [\"it\"]\nfrom = \"a\"\ninto = \"e\"\n";
                project.write("migrations/V2__e.sql", "CREATE TABLE e (id INTEGER PRIMARY KEY, v TEXT);");
                declare(&project, &format!("migrations = [\"V2\"]\n{}{more}", step(text, undo, sql)));
                batches(&project, rows);
                project.does(&["up", "--yes"]);
                let row = if kind == "enrich" { 101 } else { 5 };
                project.sql(&format!("UPDATE b SET v = 'mine' WHERE id = {row}"));
                let written = project.value("SELECT group_concat(id || v) FROM (SELECT * FROM b ORDER BY id)");
                let refused = project.json(&DOWN);
                assert_eq!(
                    (code(&refused), refused["error"]["exit"].as_i64()),
                    ("E0706", Some(7)),
                    "{what}: {refused}"
                );
                let message = refused["error"]["message"].as_str().expect("a message");
                assert!(message.contains(&row.to_string()), "{what}: {message}");
                let now = project.value("SELECT group_concat(id || v) FROM (SELECT * FROM b ORDER BY id)");
                assert_eq!(now, written, "{what}");
                let steps = project.value("SELECT group_concat(id || ' ' || state, ', ') FROM (SELECT * FROM evolve_steps WHERE id IN ('it', 'later'))");
                assert_eq!(steps, "it done", "{what}");
                for flag in ["--preserve-data", "--discard-changed"] {
                    let project = project.twin();
                    project.does(&[&DOWN[..], &[flag]].concat());
                    let state: Vec<String> = project
                        .state()
                        .lines()
                        .filter(|line| !line.contains("evolve_preserved"))
                        .map(str::to_owned)
                        .collect();
                    assert_same(&format!("{what}, {flag}"), &before, &state.join("\n"));
                    let kept =
                        "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve\\_preserved\\_1\\_b' ESCAPE '\\'";
                    assert_eq!(project.value(kept), if flag == "--preserve-data" { "1" } else { "0" }, "{what}");
                }
            }
        }
    }
}
