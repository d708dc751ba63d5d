//! `merge`: whatever the batches, it does what a loop over its parts would do.

use super::model::{Model, Person, Rule, insert, people};
use crate::rig::{Project, assert_same};
use crate::{declare, down, numbers, project, refused, rows, up, up_down_up};

/// The first part walks by a number, the second by a text, whose order is that of its bytes.
const TABLES: &str = "
CREATE TABLE a (id INTEGER PRIMARY KEY, mail TEXT NOT NULL, name TEXT, phone TEXT, at INTEGER);
CREATE TABLE b (no TEXT NOT NULL PRIMARY KEY, mail TEXT NOT NULL, name TEXT, phone TEXT, at INTEGER) WITHOUT ROWID;
CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT NOT NULL UNIQUE, name TEXT, phone TEXT, at INTEGER);
";

const SHOWN: &str = "SELECT mail, name, phone, at FROM people ORDER BY 1, 2, 3, 4";

fn step(keys: &str) -> String {
    format!(
        r#"[[merge]]
id = "known"
into = "people"
key = ["mail"]
{keys}
[[merge.from]]
table = "a"
columns = {{ mail = "mail", name = "name", phone = "phone", at = "at" }}
[[merge.from]]
table = "b"
where = "mail <> 'm13' -- nobody"
columns = {{ mail = "mail", name = "name", at = "at" }}
"#
    )
}

/// What is in the two parts, and in the target before.
struct Rows {
    a: Vec<Person>,
    b: Vec<Person>,
    there: Vec<Person>,
}

impl Rows {
    fn of(seed: u64) -> Self {
        let mut there: Vec<Person> = people(seed + 2, 9);
        there.sort_by(|a, b| a.mail.cmp(&b.mail));
        there.dedup_by(|a, b| a.mail == b.mail);
        Self { a: people(seed, 31), b: people(seed + 1, 29), there }
    }

    /// A project in which the target's rows are a user's.
    fn project(&self, keys: &str) -> Project {
        // A number backwards, so that the text's order is not that in which rows were written.
        let no = |number: usize| format!("'n{}'", 2000 - number);
        let tables = format!("{TABLES}{}{}", insert("a", |at| (at + 1).to_string(), &self.a), insert("b", no, &self.b));
        let project = project(&tables, &step(keys));
        project.sql(&insert("people", |at| (at + 1).to_string(), &self.there));
        project
    }

    fn merged(&self, rule: Rule) -> Model {
        let mut model = Model { people: self.there.clone(), ..Model::default() };
        self.a.iter().for_each(|person| model.take(person, rule, true));
        let b = self.b.iter().rev().filter(|person| person.mail != "m13");
        b.for_each(|person| model.take(person, rule, false));
        model
    }
}

/// Each rule, at batch sizes 1 to 7, up and down, over rows that come twice within a part and across.
fn agrees_with_the_model(seed: u64, undo: &str) {
    let all = Rows::of(seed);
    let project = all.project("");
    let before = project.state();
    for rule in Rule::ALL {
        let model = all.merged(rule);
        declare(&project, &step(&format!("on_conflict = {}\n{undo}", rule.toml())));
        for size in 1..=7 {
            let step = up(&project, size);
            assert_eq!(rows(&project, SHOWN), model.rows(), "{rule:?}, batches of {size}");
            let [read, inserted, updated, unchanged, skipped, _] = numbers(&step);
            assert_eq!(read, model.account.iter().sum::<u64>(), "{rule:?}, batches of {size}");
            let found = [inserted, updated, unchanged, skipped];
            assert_eq!(found, model.account, "{rule:?}, batches of {size}: inserted, updated, unchanged, skipped");
            if undo.is_empty() {
                down(&project);
                assert_same(&format!("{rule:?}, batches of {size}: down"), &before, &project.state());
            } else {
                return;
            }
        }
    }
}

#[test]
fn each_rule_for_conflicts_gives_the_same_at_every_batch_size() {
    agrees_with_the_model(1, "");
}

#[test]
fn so_it_does_over_other_rows() {
    agrees_with_the_model(4_000, "");
}

#[test]
fn each_rule_counts_its_rows_without_a_journal_too() {
    let all = Rows::of(77);
    for rule in Rule::ALL {
        let model = all.merged(rule);
        for size in [1, 3, 7, 100] {
            let project = all.project(&format!("on_conflict = {}\nundo = \"none\"", rule.toml()));
            let document = project.json(&["up", "--yes", "--allow", "R801", "--batch-size", &size.to_string()]);
            assert_eq!(rows(&project, SHOWN), model.rows(), "{rule:?}, batches of {size}: {document}");
            let [_, inserted, updated, unchanged, skipped, _] = numbers(&document["result"]["steps"][0]);
            let found = [inserted, updated, unchanged, skipped];
            assert_eq!(found, model.account, "{rule:?}, batches of {size}: inserted, updated, unchanged, skipped");
        }
    }
}

#[test]
fn each_rule_goes_up_down_and_up() {
    let all = Rows::of(9);
    for rule in Rule::ALL {
        let project = all.project(&format!("on_conflict = {}", rule.toml()));
        up_down_up(&project, 4);
    }
}

#[test]
fn without_a_rule_a_key_that_comes_twice_takes_everything_back() {
    let all = Rows::of(5);
    let project = all.project("");
    for size in [1, 2, 7] {
        let error = refused(&project, size, 1, "E0707");
        assert!(error["message"].as_str().expect("words").contains("rows of people with the same key"), "{error}");
    }
    project
        .sql("DELETE FROM people; DELETE FROM b; DELETE FROM a WHERE id NOT IN (SELECT min(id) FROM a GROUP BY mail)");
    let [read, inserted, ..] = numbers(&up_down_up(&project, 2));
    assert!(read == inserted && read > 7, "{read} {inserted}");
}

#[test]
fn without_a_way_back_a_part_that_fails_leaves_nothing_behind() {
    let all = Rows::of(5);
    let project = all.project("undo = \"none\"");
    project.sql("DELETE FROM people; DELETE FROM a WHERE id NOT IN (SELECT min(id) FROM a GROUP BY mail)");
    for size in [3, 100] {
        refused(&project, size, 1, "E0707");
    }
}

#[test]
fn on_a_tie_the_earlier_part_wins_and_within_a_part_the_earlier_row() {
    let tables = format!(
        "{TABLES}INSERT INTO a VALUES (1, 'x', 'a1', NULL, 5), (2, 'x', 'a2', NULL, 5), (3, 'y', 'a3', NULL, NULL);
         INSERT INTO b VALUES ('1', 'x', 'b1', NULL, 5), ('2', 'y', 'b2', NULL, NULL), ('3', 'y', 'b3', NULL, 0);"
    );
    let project = project(&tables, &step("on_conflict = { newest = \"at\" }"));
    for size in [1, 2, 9] {
        up(&project, size);
        assert_eq!(rows(&project, SHOWN), ["x | a1 | NULL | 5", "y | b3 | NULL | 0"], "batches of {size}");
        down(&project);
    }
    let (a, b) = ("[[merge.from]]\ntable = \"a\"", "[[merge.from]]\ntable = \"b\"");
    let turned = step("on_conflict = \"skip\"").replace(a, "A").replace(b, a).replace('A', b);
    declare(&project, &turned.replace(", phone = \"phone\"", ""));
    up(&project, 2);
    assert_eq!(
        rows(&project, SHOWN),
        ["x | b1 | NULL | 5", "y | b2 | NULL | NULL"],
        "the parts come as they are written"
    );
}

#[test]
fn rows_that_a_user_changed_stand_in_the_way_and_rows_that_a_user_added_stay() {
    let project = Rows::of(12).project("on_conflict = \"overwrite\"");
    let before = project.state();
    up(&project, 3);
    project.sql("INSERT INTO people (mail) VALUES ('new')");
    let changed = project.value("SELECT id FROM people WHERE mail = 'm5'");
    project.sql("UPDATE people SET name = 'mine' WHERE mail = 'm5'");
    let gave = project.run(&["down", "--target", "one", "--yes"]);
    assert_eq!(gave.code, 7, "{gave:?}");
    assert!(gave.err.contains("E0706") && gave.err.contains(&changed), "{gave:?}");
    project.does(&["down", "--target", "one", "--yes", "--discard-changed"]);
    project.sql("DELETE FROM people WHERE mail = 'new'");
    assert_same("down", &before, &project.state());
}

#[test]
fn sql_that_takes_it_back_runs_once() {
    let undo = "on_conflict = \"skip\"\nundo = { sql = \"UPDATE times SET n = n + 1; DELETE FROM people\" }";
    let all = Rows::of(3);
    let project = all.project(undo);
    project.sql("DELETE FROM people; CREATE TABLE times (n INTEGER); INSERT INTO times VALUES (0)");
    up(&project, 3);
    down(&project);
    assert_eq!(rows(&project, "SELECT n, (SELECT count(*) FROM people) FROM times"), ["1 | 0"]);
}

#[test]
fn made_keys_differ_from_part_to_part() {
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
                  CREATE TABLE b (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
                  CREATE TABLE people (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                  INSERT INTO a VALUES (1, 'a1'), (2, 'a2'); INSERT INTO b VALUES (1, 'b1'), (2, 'b2');";
    let part = |table: &str| {
        format!("[[merge.from]]\ntable = \"{table}\"\ncolumns = {{ id = {{ new = \"ulid\" }}, name = \"name\" }}\n")
    };
    let toml = format!("[[merge]]\nid = \"known\"\ninto = \"people\"\nkey = [\"name\"]\n{}{}", part("a"), part("b"));
    let project = project(tables, &toml);
    let before = project.state();
    up(&project, 1);
    assert_eq!(project.value("SELECT count(DISTINCT id) FROM people"), "4");
    down(&project);
    assert_same("down", &before, &project.state());
}

#[test]
fn a_key_that_nothing_keeps_apart_is_refused_with_the_index_that_is_missing() {
    let tables = TABLES.replace("mail TEXT NOT NULL UNIQUE", "mail TEXT NOT NULL");
    let project = project(&tables, "");
    declare(&project, &step("on_conflict = \"skip\""));
    let document = project.json(&["plan"]);
    let error = &document["error"];
    assert_eq!(
        (&error["code"], &error["file"], &error["line"]),
        (&"E0108".into(), &"plans/two.toml".into(), &4.into())
    );
    let hint = error["hint"].as_str().expect("a hint");
    let index = hint.split_once(": ").expect("the statement").1;
    project.write("migrations/V2__unique.sql", &format!("{index};\n"));
    let stage = std::fs::read_to_string(project.path("plans/two.toml")).expect("the stage");
    project.write("plans/two.toml", &stage.replace("\"2.0.0\"\n", "\"2.0.0\"\nmigrations = [\"V2\"]\n"));
    project.does(&["up", "--yes"]);
}
