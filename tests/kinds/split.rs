//! `split`: the pieces agree, and no row is lost.

use crate::rig::{Project, assert_same};
use crate::{declare, down, numbers, project, refused, rows, up, up_down_up};

const TABLES: &str = "
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, street TEXT, kind TEXT);
CREATE TABLE people (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE addresses (person_id TEXT NOT NULL REFERENCES people (id), street TEXT NOT NULL);
CREATE TABLE machines (name TEXT NOT NULL PRIMARY KEY);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 23)
INSERT INTO users SELECT i * 3, 'name ' || i, CASE WHEN i % 4 THEN 'street ' || i END, CASE WHEN i % 5 THEN 'p' ELSE 'm' END FROM n;
";

/// The piece that has the link is written before the one it leads to.
fn linked(id: &str) -> String {
    format!(
        r#"[[split]]
id = "parts"
from = "users"
[[split.into]]
table = "addresses"
when = "street IS NOT NULL"
[split.into.columns]
person_id = {{ link = "people.id" }}
street = "street"
[[split.into]]
table = "people"
[split.into.columns]
id = {id}
name = "name"
"#
    )
}

/// By conditions only: people and machines.
fn by_when(people: &str) -> String {
    format!(
        r#"[[split]]
id = "parts"
from = "users"
where = "id > 3 -- not the first"
[[split.into]]
table = "people"
when = "{people}"
columns = {{ id = "'p' || id", name = "name" }}
[[split.into]]
table = "machines"
when = "kind = 'm' -- or else"
"#
    )
}

/// Every user is a person, and each address is that of its user's person.
#[track_caller]
fn pieces_agree(project: &Project) {
    let agree = "SELECT count(*) FROM users JOIN people USING (name) LEFT JOIN addresses ON addresses.person_id = people.id \
                 WHERE users.street IS addresses.street";
    assert_eq!(project.value(agree), "23");
    assert_eq!(project.value("SELECT count(*) FROM addresses"), "18");
}

#[test]
fn linked_by_an_expression_the_pieces_agree() {
    let project = project(TABLES, &linked("\"'P-' || id\""));
    for size in 1..=7 {
        let step = up_down_up(&project, size);
        assert_eq!(numbers(&step), [41, 41, 0, 0, 0, 0]);
        pieces_agree(&project);
        down(&project);
    }
}

#[test]
fn linked_by_a_value_that_is_made_the_pieces_agree() {
    for made in ["ulid", "uuid"] {
        let project = project(TABLES, &linked(&format!("{{ new = \"{made}\" }}")));
        let before = project.state();
        for size in 1..=7 {
            up(&project, size);
            pieces_agree(&project);
            assert_eq!(project.value("SELECT count(DISTINCT id) FROM people"), "23");
            down(&project);
            assert_same("down", &before, &project.state());
        }
    }
}

#[test]
fn f53_linked_by_a_made_value_the_pieces_agree_where_keys_are_null() {
    let tables = TABLES.replace("id INTEGER PRIMARY KEY, name", "id TEXT PRIMARY KEY, name")
        + "UPDATE users SET id = NULL WHERE street IS NULL AND kind = 'p';";
    let project = project(&tables, &linked("{ new = \"ulid\" }"));
    assert_eq!(project.value("SELECT count(*) FROM users WHERE id IS NULL"), "4");
    let before = project.state();
    for size in [1, 5] {
        up(&project, size);
        pieces_agree(&project);
        down(&project);
        assert_same("down", &before, &project.state());
    }
}

#[test]
fn f139_by_conditions_every_selected_row_goes_somewhere() {
    let project = project(TABLES, &by_when("kind = 'p'"));
    let step = up_down_up(&project, 3);
    assert_eq!(numbers(&step), [22, 22, 0, 0, 0, 0]);
    assert_eq!(rows(&project, "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM machines)"), ["18 | 4"]);
}

#[test]
fn f139_a_row_that_goes_nowhere_takes_everything_back() {
    let project = project(TABLES, &by_when("kind = 'p' AND street <> 'street 9'"));
    for size in [1, 4, 100] {
        let error = refused(&project, size, 7, "E0705");
        let words = error["message"].as_str().expect("words");
        assert!(words.contains("every selected row of users goes into a piece"), "{error}");
        assert!(!words.contains("street 9"), "no row is shown: {error}");
    }
    project.sql("UPDATE users SET kind = NULL WHERE id = 3");
    declare(&project, &by_when("kind = 'p'"));
    up(&project, 4);
    down(&project);
    project.sql("UPDATE users SET kind = NULL WHERE id = 6");
    refused(&project, 4, 7, "E0705");
    declare(&project, &by_when("kind = 'p' OR kind IS NULL"));
    up(&project, 4);
}

#[test]
fn without_a_way_back_a_row_that_goes_nowhere_leaves_nothing_behind() {
    let step = by_when("kind = 'p' AND street <> 'street 9'").replace("where =", "undo = \"none\"\nwhere =");
    let project = project(TABLES, &step);
    for size in [4, 100] {
        refused(&project, size, 7, "E0705");
    }
}

#[test]
fn a_link_to_a_row_that_its_piece_leaves_out_takes_everything_back() {
    let step = linked("\"id\"").replace("table = \"people\"", "table = \"people\"\nwhen = \"id <> 9\"");
    let project = project(&TABLES.replace(" REFERENCES people (id)", ""), &step);
    let error = refused(&project, 4, 7, "E0705");
    let words = error["message"].as_str().expect("words");
    assert!(words.contains("every row of addresses has the row of people that it links to"), "{error}");
}

#[test]
fn rows_that_were_there_before_stay_on_the_way_back() {
    let project = project(TABLES, &linked("\"'P-' || id\""));
    project.sql("INSERT INTO people VALUES ('mine', 'me'); INSERT INTO addresses VALUES ('mine', 'here')");
    up_down_up(&project, 4);
}

#[test]
fn rows_that_a_user_added_since_stay_on_the_way_back() {
    let project = project(TABLES, &linked("\"'P-' || id\""));
    up(&project, 4);
    project.sql("INSERT INTO people VALUES ('mine', 'me')");
    down(&project);
    assert_eq!(rows(&project, "SELECT * FROM people"), ["mine | me"]);
}

#[test]
fn a_row_that_a_user_changed_since_stands_in_the_way() {
    let project = project(TABLES, &linked("\"'P-' || id\""));
    up(&project, 4);
    project.sql("UPDATE people SET name = 'other' WHERE id = 'P-9'");
    let gave = project.run(&["down", "--target", "one", "--yes"]);
    assert_eq!(gave.code, 7, "{gave:?}");
    assert!(gave.err.contains("P-9"), "{gave:?}");
    project.sql("UPDATE people SET name = 'name 3' WHERE id = 'P-9'");
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM people"), "0");
}

#[test]
fn rows_that_a_rule_leaves_out_are_left_out_of_every_piece() {
    let keys = "on_invalid = \"skip\"\nrule = [{ name = \"a person\", sql = \"kind = 'p'\" }]\n";
    let step = linked("{ new = \"ulid\" }").replace("from = \"users\"\n", &format!("from = \"users\"\n{keys}"));
    let project = project(TABLES, &step);
    let before = project.state();
    let step = up(&project, 3);
    assert_eq!(numbers(&step), [41, 34, 0, 0, 0, 7]);
    let orphans = "SELECT count(*) FROM addresses WHERE person_id NOT IN (SELECT id FROM people)";
    assert_eq!(project.value(orphans), "0");
    down(&project);
    assert_same("down", &before, &project.state());
}

#[cfg(feature = "failpoints")]
#[test]
fn f04_killed_anywhere_the_pieces_agree_once_it_is_finished() {
    let base = project(TABLES, &linked("{ new = \"ulid\" }"));
    let (before, arguments) = (base.state(), ["up", "--yes", "--batch-size", "3"]);
    for point in ["after_batch_before_cursor", "between_batches", "after_commit"] {
        let mut kills = 0;
        loop {
            let project = base.twin();
            let gave = project.dies(point, kills + 1, &arguments);
            if gave.code != crate::rig::running::KILLED {
                assert_eq!(gave.code, 0, "{point}:{}: {}", kills + 1, gave.err);
                break;
            }
            kills += 1;
            project.does(&arguments);
            pieces_agree(&project);
            down(&project);
            assert_same(&format!("{point}:{kills}"), &before, &project.state());
        }
        assert!(kills > 10, "{point}: {kills}");
    }
}
