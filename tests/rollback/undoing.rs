//! How a transformation is taken back: derived, from its journal, by SQL, not at all; and what users did meanwhile.

use crate::rig::{Project, assert_same, code};
use crate::shape::{stage, stores, whole};

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, n INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, n INTEGER, mine TEXT DEFAULT 'm');";
const ROWS: &str = "INSERT INTO a VALUES (1, 'x', 10), (2, 'y', NULL), (3, NULL, 30), (7, 'z', 70); INSERT INTO b VALUES (100, 'there', 1, 'before'), (3, 'three', 3, 'before');";

fn project(step: &str) -> Project {
    let project = Project::of(&[
        (
            "evolve.toml",
            "[project]\nname = \"undo\"\n[database]\nurl = \"sqlite:trial.db\"\n[restore_points]\nwhen = \"never\"\n[policy]\nmax_risk = \"critical\"\n",
        ),
        ("migrations/V1__tables.sql", TABLES),
        ("plans/one.toml", &stage("one", "1.0.0", &["V1"])),
        ("plans/two.toml", &(stage("two", "2.0.0", &[]) + step)),
    ]);
    project.does(&["up", "--target", "one"]);
    project.sql(ROWS);
    project
}

fn convert(rest: &str) -> String {
    format!(
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n{rest}\n[convert.columns]\nid = \"id\"\nname = \"upper(name)\"\nn = \"n\"\n"
    )
}

fn undo_of(project: &Project) -> String {
    project.json(&["plan"])["result"]["steps"][0]["movement"]["undo"].as_str().expect("a word").to_owned()
}

fn reversible(project: &Project) -> String {
    project.json(&["plan"])["result"]["steps"][0]["reversible"].as_str().expect("a word").to_owned()
}

fn there_and_back(step: &str, undo: &str) {
    let project = project(step);
    assert_eq!(undo_of(&project), undo);
    assert_eq!(reversible(&project), "inverse");
    let before = whole(&project);
    for size in ["1", "2", "100"] {
        project.does(&["up", "--yes", "--batch-size", size]);
        assert_ne!(before, whole(&project));
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_same(step, &before, &whole(&project));
        assert_eq!(stores(&project), "0");
    }
}

#[test]
fn each_undo_takes_back_what_was_done() {
    let no_three = "where = \"id <> 3\"";
    there_and_back(&convert(no_three), "derive");
    there_and_back(&convert(&format!("{no_three}\nundo = \"derive\"")), "derive");
    there_and_back(&convert(&format!("{no_three}\nundo = \"journal\"")), "journal");
    there_and_back(&convert("on_conflict = \"overwrite\""), "journal");
    there_and_back(&convert("on_conflict = \"skip\"\nundo = \"journal\""), "journal");
    there_and_back(&convert(&format!("{no_three}\nundo = {{ sql = \"DELETE FROM b WHERE mine = 'm'\" }}")), "sql");
    there_and_back(
        "[[enrich]]\nid = \"move\"\ntable = \"b\"\nundo = { sql = \"UPDATE b SET n = n - 1\" }\n[enrich.columns]\nn = \"n + 1\"\n",
        "sql",
    );
    there_and_back("[[enrich]]\nid = \"move\"\ntable = \"b\"\n[enrich.columns]\nn = \"n + 1\"\n", "journal");
}

#[test]
fn skip_leaves_the_rows_alone_that_were_there_when_it_is_taken_back() {
    there_and_back(&convert("on_conflict = \"skip\""), "journal");
    there_and_back(&convert("on_conflict = { fill = [\"name\"] }\nwhere = \"id <> 3 OR true\""), "journal");
}

#[test]
fn without_an_undo_there_is_no_way_back_and_nothing_is_touched() {
    let project = project(&convert("where = \"id <> 3\"\nundo = \"none\""));
    assert_eq!(reversible(&project), "no");
    project.does(&["up", "--yes"]);
    let before = whole(&project);
    for extra in [None, Some("--discard-changed")] {
        let mut arguments = vec!["down", "--staged", "1", "--yes"];
        arguments.extend(extra);
        let down = project.json(&arguments);
        assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0604", Some(4)), "{down}");
        assert_same("nothing is touched", &before, &whole(&project));
    }
}

#[test]
fn derive_is_refused_where_nothing_can_be_derived() {
    for step in [
        convert("undo = \"derive\"\non_conflict = \"overwrite\""),
        convert("undo = \"derive\"").replace("id = \"id\"", "id = \"id + abs(random() % 2)\""),
    ] {
        let project = project(&step);
        let plan = project.json(&["plan"]);
        assert_eq!(plan["error"]["exit"], 2, "{plan}");
    }
}

/// A user's edit stands in the way; the key is named, nothing is changed, and giving it up goes through.
fn in_the_way(step: &str, edit: &str, key: &str) {
    let project = project(step);
    let start = whole(&project);
    project.does(&["up", "--yes", "--batch-size", "2"]);
    project.sql(edit);
    let before = whole(&project);
    let down = project.json(&["down", "--staged", "1", "--yes"]);
    assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0706", Some(7)), "{edit}: {down}");
    assert_eq!(down["error"]["message"], format!("rows of b are not as the step {key}"), "{down}");
    assert_same(edit, &before, &whole(&project));
    assert_eq!(project.json(&["status"])["result"]["stage"], "two", "{edit}");
    project.does(&["down", "--staged", "1", "--yes", "--discard-changed"]);
    assert_same("given up", &start, &whole(&project));
}

#[test]
fn rows_that_a_user_changed_stand_in_the_way() {
    for (undo, words) in [("derive", "wrote them"), ("journal", "left them")] {
        let step = convert(&format!("where = \"id <> 3\"\nundo = \"{undo}\""));
        in_the_way(&step, "UPDATE b SET name = 'mine' WHERE id = 2", &format!("{words}: 2"));
        in_the_way(&step, "UPDATE b SET n = 7.5 WHERE id = 7", &format!("{words}: 7"));
        in_the_way(&step, "UPDATE b SET name = 'x' WHERE id = 1", &format!("{words}: 1"));
    }
    in_the_way(&convert("on_conflict = \"overwrite\""), "UPDATE b SET n = 31 WHERE id = 3", "left them: 3");
}

#[test]
fn a_row_that_was_written_over_comes_back_though_a_user_took_it_away() {
    for (edit, mine) in [("DELETE FROM b WHERE id = 3", "0"), ("UPDATE b SET id = 4711 WHERE id = 3", "1")] {
        for flag in ["--discard-changed", "--preserve-data"] {
            let project = project(&convert("on_conflict = \"overwrite\""));
            let old = project.value("SELECT name || n || coalesce(mine, '-') FROM b WHERE id = 3");
            project.does(&["up", "--yes", "--batch-size", "2"]);
            project.sql(edit);
            let before = whole(&project);
            let down = project.json(&["down", "--staged", "1", "--yes"]);
            let message = "rows of b that the step wrote over are gone, or have another key: 3";
            assert_eq!(down["error"]["message"], message, "{edit}");
            assert_eq!(down["error"]["exit"], 7);
            assert_same(edit, &before, &whole(&project));
            project.does(&["down", "--staged", "1", "--yes", flag]);
            assert_eq!(
                project.value("SELECT name || n || coalesce(mine, '-') FROM b WHERE id = 3"),
                old,
                "{edit} {flag}"
            );
            assert_eq!(
                project.value("SELECT count(*) FROM b WHERE id = 4711"),
                mine,
                "the user's own stays: {edit} {flag}"
            );
        }
    }
}

#[test]
fn a_column_that_the_step_did_not_write_is_the_users_own_too() {
    // The row as a whole would go: what a user wrote into it would go with it.
    for (undo, words) in [("derive", "wrote them"), ("journal", "left them")] {
        in_the_way(
            &convert(&format!("where = \"id <> 3\"\nundo = \"{undo}\"")),
            "UPDATE b SET mine = 'theirs' WHERE id = 2",
            &format!("{words}: 2"),
        );
    }
}

#[test]
fn an_enriched_row_may_change_in_other_columns() {
    let project = project("[[enrich]]\nid = \"move\"\ntable = \"b\"\n[enrich.columns]\nn = \"n + 1\"\n");
    project.does(&["up", "--yes"]);
    project.sql("UPDATE b SET mine = 'edited' WHERE id = 3");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT n || mine FROM b WHERE id = 3"), "3edited");
}

#[test]
fn rows_that_a_user_added_stay() {
    for undo in ["derive", "journal"] {
        let project = project(&convert(&format!("where = \"id <> 3\"\nundo = \"{undo}\"")));
        project.does(&["up", "--yes"]);
        project.sql("INSERT INTO b VALUES (200, 'mine', 1, 'added');");
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_eq!(project.value("SELECT group_concat(id) FROM b"), "3,100,200", "{undo}");
    }
}

#[test]
fn rows_that_a_user_deleted_stay_deleted_and_take_no_others_with_them() {
    for undo in ["derive", "journal"] {
        let project = project(&convert(&format!("where = \"id <> 3\"\nundo = \"{undo}\"")));
        project.does(&["up", "--yes"]);
        project.sql("INSERT INTO b VALUES (200, 'mine', 1, 'added'); DELETE FROM b WHERE id = 2;");
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_eq!(project.value("SELECT group_concat(id) FROM b"), "3,100,200", "{undo}");
    }
}

#[test]
fn a_source_row_that_is_gone_is_no_reason_to_forget_its_copy() {
    for undo in ["derive", "journal"] {
        let project = project(&convert(&format!("where = \"id <> 3\"\nundo = \"{undo}\"")));
        project.does(&["up", "--yes"]);
        project.sql("DELETE FROM a WHERE id = 2;");
        let before = whole(&project);
        let down = project.run(&["down", "--staged", "1", "--yes"]);
        // Without a journal only its source says which row was the copy.
        if undo == "derive" {
            assert_eq!(down.code, 7, "{}", down.err);
            assert_same("nothing is touched", &before, &whole(&project));
        } else {
            assert_eq!(down.code, 0, "{}", down.err);
            assert_eq!(project.value("SELECT group_concat(id) FROM b"), "3,100", "{undo}");
        }
    }
}

#[test]
fn a_source_row_that_came_since_takes_no_row_of_the_users_with_it() {
    // A row with the key that the new source row would have had, and with the very values: the user's all the same.
    let project = project(&convert("where = \"id <> 3\"\nundo = \"derive\""));
    project.does(&["up", "--yes"]);
    project.sql("INSERT INTO a VALUES (50, 'same', 5); INSERT INTO b (id, name, n) VALUES (50, 'SAME', 5);");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM b WHERE id = 50"), "1", "the user's row is there");
}

#[test]
fn a_source_row_that_changed_since_does_not_hide_the_copy() {
    for undo in ["derive", "journal"] {
        let project = project(&convert(&format!("where = \"id <> 3\"\nundo = \"{undo}\"")));
        let start = project.value("SELECT group_concat(id) FROM b");
        project.does(&["up", "--yes"]);
        project.sql("UPDATE a SET name = 'other' WHERE id = 1");
        let before = whole(&project);
        let down = project.run(&["down", "--staged", "1", "--yes"]);
        if undo == "derive" {
            assert_eq!(down.code, 7, "{}", down.err);
            assert_same("nothing is touched", &before, &whole(&project));
        } else {
            assert_eq!(down.code, 0, "{}", down.err);
            assert_eq!(project.value("SELECT group_concat(id) FROM b"), start, "{undo}");
        }
    }
}

#[test]
fn two_steps_that_write_the_same_rows_go_back_one_after_the_other() {
    let step = convert("on_conflict = \"overwrite\"")
        + "[[enrich]]\nid = \"then\"\ntable = \"b\"\nneeds = [\"move\"]\n[enrich.columns]\nname = \"name || '!'\"\nmine = \"'theirs'\"\n";
    let project = project(&step);
    let before = whole(&project);
    for size in ["1", "3"] {
        project.does(&["up", "--yes", "--batch-size", size]);
        assert_eq!(project.value("SELECT name || mine FROM b WHERE id = 1"), "X!theirs");
        project.does(&["down", "--target", "move", "--yes"]);
        assert_eq!(project.value("SELECT name || mine FROM b WHERE id = 1"), "Xm");
        project.does(&["down", "--staged", "1", "--yes"]);
        assert_same(size, &before, &whole(&project));
    }
}

#[test]
fn a_trigger_of_the_target_fires_and_its_effects_go_back_or_are_said() {
    let project = project(&convert("where = \"id <> 3\"\nundo = \"journal\""));
    project.sql("CREATE TABLE log (n INTEGER PRIMARY KEY, w TEXT); CREATE TRIGGER b_new AFTER INSERT ON b BEGIN INSERT INTO log (w) VALUES ('in ' || NEW.id); UPDATE b SET mine = 'stamped' WHERE id = NEW.id; END;\
        CREATE TRIGGER b_gone AFTER DELETE ON b BEGIN INSERT INTO log (w) VALUES ('out ' || OLD.id); END;");
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(w) FROM log"), "in 1,in 2,in 7");
    project.does(&["down", "--staged", "1", "--yes"]);
    let rest = |state: &str| state.lines().filter(|line| !line.contains("log: ")).collect::<Vec<_>>().join("\n");
    assert_same("the target", &rest(&before), &rest(&whole(&project)));
}
