//! Ways back that were written by hand, and ways back that need no file at all.

use crate::rig::{Project, assert_same, code};
use crate::shape::{SHOP, down, project, reversible, stage, stores, whole};

const UP: &str =
    "ALTER TABLE customers ADD COLUMN rank INTEGER DEFAULT 0; UPDATE customers SET rank = id * 10, since = 'all';";
const DOWN: &str =
    "-- Ranks become credits.\nUPDATE customers SET credit = rank;\nALTER TABLE customers DROP COLUMN rank;";

fn by_hand() -> Project {
    let project = project(SHOP, UP);
    project.write("migrations/V2__change.down.sql", DOWN);
    project
}

#[test]
fn a_down_file_is_used() {
    let project = by_hand();
    assert_eq!(reversible(&project), "file");
    project.does(&["up", "--yes"]);
    assert_eq!(project.json(&["plan", "--staged", "1"])["result"]["steps"][0]["reversible"], "file");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT credit FROM customers WHERE id = 3"), "30.0r");
    assert_eq!(
        project.value("SELECT count(*) FROM customers WHERE since = 'all'"),
        "6",
        "the file does not say that this goes back"
    );
    assert_eq!(stores(&project), "0");
}

#[test]
fn a_down_file_that_was_replaced_after_the_step_is_used_and_the_plan_says_so() {
    let project = by_hand();
    project.does(&["up", "--yes"]);
    let quiet = project.json(&["plan", "--staged", "1"])["result"].to_string();
    project.write(
        "migrations/V2__change.down.sql",
        "ALTER TABLE customers DROP COLUMN rank; UPDATE customers SET credit = 5;",
    );
    let plan = project.json(&["plan", "--staged", "1"])["result"].clone();
    let told = |words: &str| words.contains("down file") || words.contains("V2__change.down.sql");
    assert!(!told(&quiet), "nothing is said of a file that is as it was applied: {quiet}");
    assert!(told(&plan["notes"].to_string()) || told(&plan["findings"].to_string()), "{plan}");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT credit FROM customers WHERE id = 3"), "5.0r");
}

#[test]
fn a_down_file_that_came_after_the_step_is_used() {
    let project = project(SHOP, UP);
    project.does(&["up", "--yes"]);
    project.write("migrations/V2__change.down.sql", DOWN);
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT credit FROM customers WHERE id = 3"), "30.0r");
    assert_eq!(stores(&project), "0", "what was kept for the derived way back goes too");
}

#[test]
fn without_the_file_the_ledgers_copy_is_used() {
    let project = by_hand();
    project.does(&["up", "--yes"]);
    std::fs::remove_file(project.path("migrations/V2__change.down.sql")).expect("the file");
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT credit FROM customers WHERE id = 3"), "30.0r");
}

#[test]
fn a_down_file_that_is_not_sealed_is_refused() {
    let project = by_hand();
    project.does(&["seal"]);
    project.does(&["up", "--yes"]);
    let before = whole(&project);
    project.write("migrations/V2__change.down.sql", "DELETE FROM customers;");
    let refused = project.json(&["down", "--staged", "1", "--yes"]);
    assert_eq!(refused["error"]["exit"], 6, "{refused}");
    assert_same("nothing is touched", &before, &whole(&project));
    project.does(&["seal"]);
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM customers"), "0");
}

#[test]
fn a_down_file_that_fails_leaves_the_step_in() {
    for text in
        ["UPDATE customers SET name = NULL;", "DELETE FROM customers; INSERT INTO lines VALUES (999, 1, 'orphan', 1);"]
    {
        let project = project(SHOP, UP);
        project.write("migrations/V2__change.down.sql", text);
        let up = project.run(&["up", "--yes"]);
        assert_eq!(up.code, 0, "{text}: {}", up.err);
        let before = whole(&project);
        let refused = project.run(&["down", "--staged", "1", "--yes"]);
        assert_eq!(refused.code, 1, "{text}: {}", refused.err);
        assert_same(text, &before, &whole(&project));
        assert_eq!(project.json(&["status"])["result"]["stage"], "two");
    }
}

#[test]
fn a_down_file_that_names_what_is_not_there_is_refused_before_the_step() {
    let project = project(SHOP, UP);
    let text = "ALTER TABLE customers DROP COLUMN rank; SELECT * FROM nowhere;";
    project.write("migrations/V2__change.down.sql", text);
    let before = whole(&project);
    assert_eq!(project.run(&["up", "--yes"]).code, 2);
    assert_same("nothing is touched", &before, &whole(&project));
}

#[test]
fn a_down_file_may_hold_no_transaction_of_its_own() {
    let project = project(SHOP, UP);
    project.write("migrations/V2__change.down.sql", "DELETE FROM codes; COMMIT; DELETE FROM customers;");
    let before = whole(&project);
    let up = project.run(&["up", "--yes"]);
    assert_eq!(up.code, 2, "{}", up.err);
    assert_same("nothing is touched", &before, &whole(&project));
}

const STEPS: &str = "[[copy]]\nid = \"copied\"\nfrom = \"codes\"\ninto = \"book\"\n[copy.batch]\nrows = 2\n\
     [[convert]]\nid = \"converted\"\nfrom = \"staff\"\ninto = \"people\"\n[convert.columns]\nid = \"id\"\nname = { from = \"name\", apply = [\"upper\"] }\n\
     [[enrich]]\nid = \"enriched\"\ntable = \"customers\"\nlookup = { table = \"orders\", on = \"orders.customer = customers.id\", order = \"orders.id\" }\non_missing = \"keep\"\non_many = \"first\"\n[enrich.columns]\nsince = \"orders.placed\"\n\
     [[convert]]\nid = \"by_sql\"\nfrom = \"reviews\"\ninto = \"stars\"\nundo = { sql = \"DELETE FROM stars\" }\n[convert.columns]\nn = \"stars\"\n";

/// Newer stages of every kind of step, on a database of the first.
fn newer() -> (Project, String) {
    let project = project(
        SHOP,
        "CREATE TABLE book (code TEXT, meaning TEXT); CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE stars (n INTEGER); DELETE FROM codes WHERE code = ''; UPDATE staff SET boss = NULL;",
    );
    project.write("plans/two.toml", &(stage("two", "2.0.0", &["V2"]) + STEPS));
    project.write("migrations/V3__more.sql", "ALTER TABLE customers DROP COLUMN credit; DROP TABLE \"odd names\"; CREATE TABLE n (order_id INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (order_id, n)) WITHOUT ROWID; INSERT INTO n SELECT order_id, n FROM lines; DROP TABLE lines; ALTER TABLE n RENAME TO lines;");
    project.write("migrations/V4__by_hand.sql", "CREATE TABLE hand (x);");
    project.write("migrations/V4__by_hand.down.sql", "DROP TABLE hand; INSERT INTO reviews (stars) VALUES (99);");
    project.write("plans/three.toml", &stage("three", "3.0.0", &["V3", "V4"]));
    let before = whole(&project);
    project.does(&["up", "--yes"]);
    (project, before)
}

#[test]
fn down_needs_no_file_of_what_it_takes_back() {
    let (project, before) = newer();
    for file in [
        "migrations/V2__change.sql",
        "migrations/V3__more.sql",
        "migrations/V4__by_hand.sql",
        "migrations/V4__by_hand.down.sql",
        "plans/two.toml",
        "plans/three.toml",
    ] {
        std::fs::remove_file(project.path(file)).expect(file);
    }
    project.does(&["down", "--staged", "2", "--yes"]);
    project.sql("DELETE FROM reviews WHERE stars = 99");
    assert_same("down without files", &before, &whole(&project));
    assert_eq!(project.json(&["status"])["result"]["stage"], "one");
    assert_eq!(project.run(&["verify"]).code, 0);
}

#[test]
fn down_needs_no_file_by_target_either() {
    for target in ["one", "1.0.0", "V1"] {
        let (project, before) = newer();
        for file in [
            "migrations/V2__change.sql",
            "migrations/V3__more.sql",
            "migrations/V4__by_hand.sql",
            "migrations/V4__by_hand.down.sql",
            "plans/two.toml",
            "plans/three.toml",
        ] {
            std::fs::remove_file(project.path(file)).expect(file);
        }
        project.does(&["down", "--target", target, "--yes"]);
        project.sql("DELETE FROM reviews WHERE stars = 99");
        assert_same(target, &before, &whole(&project));
    }
}

#[test]
fn up_without_the_files_of_what_is_in_is_refused() {
    let (project, _) = newer();
    std::fs::remove_file(project.path("migrations/V2__change.sql")).expect("the file");
    project.write("plans/two.toml", &(stage("two", "2.0.0", &[]) + STEPS));
    let before = whole(&project);
    let refused = project.json(&["up", "--yes"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0513", Some(6)), "{refused}");
    assert_same("nothing is touched", &before, &whole(&project));
}

#[test]
fn the_newer_stages_come_back_when_their_files_do() {
    let (project, before) = newer();
    let after = whole(&project);
    project.does(&["down", "--staged", "2", "--yes"]);
    project.sql("DELETE FROM reviews WHERE stars = 99");
    assert_same("down", &before, &whole(&project));
    project.does(&["up", "--yes"]);
    assert_same("up again", &after, &whole(&project));
}

#[test]
fn a_stage_file_that_changed_since_does_not_change_the_way_back() {
    let (project, before) = newer();
    project.write(
        "plans/two.toml",
        &(stage("two", "2.0.0", &["V2"])
            + &STEPS.replace("rows = 2", "rows = 3").replace("[[copy]]", "# a note\n[[copy]]")),
    );
    project.does(&["down", "--staged", "1", "--yes"]);
    project.sql("DELETE FROM reviews WHERE stars = 99");
    down(&project, &before);
}
