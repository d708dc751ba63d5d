//! Histories that do not fit, ledgers that are gone, databases that are filled already.

use crate::adopting::{V1, V2, V3, plain, steps};
use crate::bridge::{refine, rows};
use crate::rig::{Project, assert_same, code};

/// Refused with exit 6, and nothing is touched.
fn disagrees(project: &Project, error: &str) {
    let before = project.state();
    let ledger = project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve%'");
    for command in [&["up", "--yes"][..], &["plan"], &["init", "--adopt"]] {
        let refused = project.json(command);
        assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), (error, Some(6)), "{command:?}: {refused}");
        assert!(refused["error"]["hint"].is_string(), "{refused}");
        assert_same("nothing is touched", &before, &project.state());
    }
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve%'"), ledger);
    let verify = project.json(&["verify"]);
    assert!(verify["result"]["problems"].to_string().contains(error), "{verify}");
}

#[test]
fn a_row_that_no_file_has_is_refused() {
    let project = plain();
    refine(&project);
    project.sql("INSERT INTO refinery_schema_history VALUES (9, 'somebody_elses', '2024-01-01T00:00:00Z', '123')");
    disagrees(&project, "E0516");
}

#[test]
fn a_row_of_another_name_is_refused() {
    let project = plain();
    refine(&project);
    std::fs::rename(project.path("migrations/V2__first_people.sql"), project.path("migrations/V2__renamed.sql"))
        .expect("renamed");
    disagrees(&project, "E0516");
}

#[test]
fn f115_a_file_that_changed_since_refinery_applied_it_is_refused() {
    let project = plain();
    refine(&project);
    project.write("migrations/V1__people.sql", &V1.replace("name TEXT", "name TEXT NOT NULL"));
    project.write("migrations/V3__mail.sql", V3);
    disagrees(&project, "E0516");
    assert_eq!(project.value("SELECT count(*) FROM runs"), "1", "nothing behind the changed file was applied");
}

#[test]
fn f115_a_file_that_changed_since_evolve_applied_it_is_refused() {
    let project = plain();
    project.does(&["up", "--yes"]);
    project.write("migrations/V1__people.sql", &V1.replace("name TEXT", "name TEXT NOT NULL"));
    project.write("migrations/V3__mail.sql", V3);
    let before = project.state();
    let refused = project.json(&["up", "--yes"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0513", Some(6)), "{refused}");
    assert_same("nothing is touched", &before, &project.state());
}

#[test]
fn odd_rows_are_an_error_and_no_panic() {
    for row in [
        "3, 'x', 'yesterday', 'not a number'",
        "3, NULL, NULL, NULL",
        "'three', 'x', '', ''",
        "-1, 'x', '', '1'",
        "9223372036854775807, 'x', '2024-01-01T00:00:00Z', '1'",
        "2.5, 'x', '', '1'",
    ] {
        let project = plain();
        refine(&project);
        project.sql(&format!("INSERT INTO refinery_schema_history VALUES ({row})"));
        let before = project.state();
        for command in [&["status"][..], &["up", "--yes"], &["verify"], &["plan"]] {
            let gave = project.run(command);
            assert!(gave.code != 101 && !gave.err.contains("panicked"), "{row}: {}", gave.err);
        }
        assert_eq!(project.json(&["up", "--yes"])["error"]["exit"], 6, "{row}");
        assert_same(row, &before, &project.state());
    }
}

#[test]
fn f119_without_refinerys_history_nothing_runs_again() {
    for loss in [
        "DROP TABLE refinery_schema_history",
        "DELETE FROM refinery_schema_history",
        "DELETE FROM refinery_schema_history WHERE version = 1",
    ] {
        let project = plain();
        project.does(&["up", "--yes"]);
        project.sql(loss);
        let before = project.state();
        let _ = project.run(&["up", "--yes"]);
        assert_same(loss, &before, &project.state());
        let verify = project.json(&["verify"]);
        assert_eq!(verify["result"]["ok"], false, "{loss}: {verify}");
        assert!(verify["result"]["problems"].to_string().contains("V1"), "{verify}");
        project.write("migrations/V3__mail.sql", V3);
        let _ = project.run(&["up", "--yes"]);
        assert_eq!(project.value("SELECT count(*) FROM runs WHERE what = 'V2'"), "1", "{loss}");
    }
}

fn without_ledger(project: &Project) {
    let connection = project.open();
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'evolve\\_%' ESCAPE '\\' OR name = 'refinery_schema_history')").expect("tables");
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0)).expect("tables").map(|name| name.expect("a name")).collect();
    drop(statement);
    for name in names {
        connection.execute_batch(&format!("DROP TABLE {name}")).expect("dropped");
    }
}

#[test]
fn f119_without_any_ledger_nothing_runs_again_and_adopting_is_proposed() {
    let project = plain();
    project.does(&["up", "--yes"]);
    without_ledger(&project);
    let before = project.state();
    let refused = project.json(&["up", "--yes"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0514", Some(6)), "{refused}");
    assert!(refused["error"]["hint"].as_str().expect("a hint").contains("init --adopt"), "{refused}");
    assert_same("nothing is touched", &before, &project.state());
    project.does(&["init", "--adopt"]);
    assert_same("nothing was run", &before, &project.state());
    assert_eq!(
        steps(&project),
        ["V1", "V2"],
        "as many steps as make exactly the schema, and those that make none of it behind them"
    );
    assert_eq!(rows(&project).len(), 2);
    project.write("migrations/V3__mail.sql", V3);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(what) FROM runs"), "V2,V3");
}

#[test]
fn f119_without_evolves_ledger_refinerys_history_is_enough() {
    let project = plain();
    refine(&project);
    project.does(&["up", "--yes"]);
    let connection = project.open();
    connection
        .execute_batch(
            "DROP TABLE evolve_meta; DROP TABLE evolve_steps; DROP TABLE evolve_runs; DROP TABLE evolve_events;",
        )
        .expect("dropped");
    drop(connection);
    let before = project.state();
    project.does(&["up", "--yes"]);
    assert_same("nothing was run", &before, &project.state());
    assert_eq!(steps(&project), ["V1", "V2"]);
}

#[test]
fn init_adopt_takes_the_longest_part_that_fits_a_filled_database() {
    let project = plain();
    project.write("migrations/V3__mail.sql", V3);
    project.write("migrations/V4__index.sql", "CREATE INDEX people_mail ON people (mail);");
    for (sql, expected) in [
        (V1.to_owned(), vec!["V1", "V2"]),
        (format!("{V1}{V2}{V3}"), vec!["V1", "V2", "V3"]),
        (format!("{V1}{V2}{V3}CREATE INDEX people_mail ON people (mail);"), vec!["V1", "V2", "V3", "V4"]),
        (
            format!("{V1}CREATE TABLE external (x); CREATE VIEW external_view AS SELECT x FROM external;"),
            vec!["V1", "V2"],
        ),
    ] {
        let _ = std::fs::remove_file(project.path("trial.db"));
        project.sql(&sql);
        let before = project.state();
        project.does(&["init", "--adopt"]);
        assert_same("nothing was run", &before, &project.state());
        assert_eq!(steps(&project)[0], "V1");
        assert_eq!(steps(&project).last().map(String::as_str), expected.last().copied(), "{sql}");
        project.does(&["up", "--yes"]);
        assert_eq!(steps(&project), ["V1", "V2", "V3", "V4"]);
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(project.path(&format!("trial.db{suffix}")));
        }
    }
}

#[test]
fn init_adopt_refuses_what_no_step_makes() {
    let project = plain();
    project.sql("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE runs (what TEXT);");
    let before = project.state();
    let refused = project.json(&["init", "--adopt"]);
    assert_eq!((code(&refused), refused["error"]["exit"].as_i64()), ("E0515", Some(6)), "{refused}");
    assert_same("nothing is touched", &before, &project.state());
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve%'"), "0");
}

#[test]
fn init_adopt_makes_no_database() {
    let project = plain();
    assert_eq!(project.run(&["init", "--adopt"]).code, 2);
    assert!(!project.path("trial.db").exists());
}

#[test]
fn external_objects_are_used_and_left_alone() {
    let project = Project::of(&[
        (
            "migrations/V1__notes.sql",
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, shop INTEGER REFERENCES shops (id)); CREATE INDEX shops_by_town ON shops (town); INSERT INTO notes (shop) SELECT id FROM shops;",
        ),
        (
            "migrations/V2__shops.sql",
            "ALTER TABLE shops ADD COLUMN noted INTEGER DEFAULT 0; UPDATE shops SET noted = 1 WHERE id = 1;",
        ),
    ]);
    project.sql("CREATE TABLE shops (id INTEGER PRIMARY KEY, town TEXT); INSERT INTO shops VALUES (1, 'here'), (2, 'there'); CREATE VIEW towns AS SELECT town FROM shops;");
    let before = project.state();
    project.does(&["up", "--yes"]);
    let verify = project.json(&["verify"]);
    assert_eq!(verify["result"]["problems"], serde_json::json!([]), "{verify}");
    project.does(&["down", "--target", "start", "--yes"]);
    assert_same("the external objects", &before, &project.state());
}

#[test]
fn external_objects_beside_the_projects_are_notes() {
    let project = plain();
    project.sql("CREATE TABLE external (x); INSERT INTO external VALUES (1); CREATE INDEX external_x ON external (x); CREATE TRIGGER external_t AFTER INSERT ON external BEGIN SELECT 1; END;");
    project.does(&["up", "--yes"]);
    let verify = project.json(&["verify"]);
    assert_eq!(verify["result"]["ok"], true, "{verify}");
    let notes = verify["result"]["notes"].to_string();
    assert!(["external", "external_x", "external_t"].iter().all(|name| notes.contains(name)), "{notes}");
    project.does(&["down", "--target", "start", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM external"), "1");
}

#[test]
fn an_object_that_a_step_would_make_stands_in_the_way() {
    for there in [
        "CREATE TABLE people (x);",
        "CREATE TABLE PEOPLE (x);",
        "CREATE VIEW people AS SELECT 1;",
        "CREATE TABLE other (x); CREATE INDEX runs ON other (x);",
    ] {
        let project = plain();
        project.sql(there);
        let before = project.state();
        let refused = project.json(&["up", "--yes"]);
        assert!([2, 6].contains(&refused["error"]["exit"].as_i64().unwrap_or(0)), "{there}: {refused}");
        assert_same("nothing is touched", &before, &project.state());
    }
    let project = plain();
    project.sql("CREATE TABLE people (x);");
    assert_eq!(code(&project.json(&["up", "--yes"])), "E0514");
}
