//! No row is handled twice: triggers of the user's own count what happens to each, whatever dies in between.

use super::bed;
use crate::rig::Project;
use crate::rig::running::KILLED;

const TABLES: &str = "
    CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE derived (k TEXT PRIMARY KEY NOT NULL, name TEXT);
    CREATE TABLE journalled (k TEXT PRIMARY KEY NOT NULL, name TEXT);
    CREATE TABLE enriched (id INTEGER PRIMARY KEY, double INTEGER);
";

const MOVES: &str = r#"
[stage]
name = "two"
version = "2.0.0"

[[convert]]
id = "derived"
from = "source"
into = "derived"
[convert.columns]
k = "'K-' || id"
name = "name"

[[convert]]
id = "journalled"
from = "source"
into = "journalled"
on_conflict = "skip"
[convert.columns]
k = "'K-' || id"
name = "name"

[[enrich]]
id = "enriched"
table = "enriched"
[enrich.columns]
double = "id * 2"
"#;

const UP: &[&str] = &["up", "--no-restore-point", "--yes", "--json"];
const DOWN: &[&str] = &["down", "--target", "one", "--no-restore-point", "--yes", "--json"];

/// Seventy rows to move in batches of ten, with triggers that write down whatever happens to a row of the targets.
fn counted() -> Project {
    let project = Project::of(&[
        ("migrations/V1__tables.sql", TABLES),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", MOVES),
    ]);
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{config}batch = {{ rows = 10 }}\n"));
    let _ = project.must(&["up", "--target", "one"]);
    project.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70) INSERT INTO source SELECT i, 'name ' || i FROM n;
         INSERT INTO enriched (id) SELECT id FROM source;
         INSERT INTO journalled VALUES ('K-13', 'the user''s own');
         CREATE TABLE seen (what TEXT, k);",
    );
    for (table, key) in [("derived", "k"), ("journalled", "k"), ("enriched", "id")] {
        for (event, row) in [("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")] {
            project.sql(&format!(
                "CREATE TRIGGER {table}_{event} AFTER {event} ON {table} BEGIN \
                 INSERT INTO seen VALUES ('{table} {event}', {row}.{key}); END;"
            ));
        }
    }
    project
}

/// Nothing happened twice to any row.
fn assert_once(project: &Project, what: &str) {
    let twice = project.value("SELECT count(*) FROM (SELECT 1 FROM seen GROUP BY what, k HAVING count(*) > 1)");
    assert_eq!(twice, "0", "{what}: rows that were written twice");
}

fn every_passing(base: &Project, point: &str, arguments: &[&str]) {
    let calm = base.twin();
    let _ = bed::done(&calm, arguments);
    assert_once(&calm, "undisturbed");
    let state = calm.state();
    let mut nth = 1;
    loop {
        let project = base.twin();
        let gave = project.dies(point, nth, arguments);
        let what = format!("{point}:{nth}");
        if gave.code != KILLED {
            assert_eq!(gave.code, 0, "{what}: {}", gave.err);
            break;
        }
        let _ = bed::done(&project, arguments);
        assert_once(&project, &what);
        assert_eq!(project.state(), state, "{what}");
        bed::assert_sound(&project, &what);
        nth += 1;
    }
    println!("{} {point}: {} kills", arguments[0], nth - 1);
    assert!(nth > 20, "{point} was passed {} times only", nth - 1);
}

#[test]
fn f04_no_row_is_moved_twice_wherever_the_way_up_dies() {
    let base = counted();
    for point in ["after_batch_before_cursor", "between_batches", "after_commit"] {
        every_passing(&base, point, UP);
    }
}

#[test]
fn f04_no_row_is_taken_back_twice_wherever_the_way_down_dies() {
    let base = counted();
    let _ = bed::done(&base, UP);
    base.sql("DELETE FROM seen");
    for point in ["after_batch_before_cursor", "between_batches", "after_commit"] {
        every_passing(&base, point, DOWN);
    }
}

#[test]
fn f04_killed_again_and_again_it_still_moves_each_row_once() {
    let base = counted();
    let calm = base.twin();
    let accounts = bed::accounts(&bed::done(&calm, UP));
    for point in ["after_commit", "after_batch_before_cursor"] {
        let project = base.twin();
        // Dies in every second batch, or commits one and dies: as many lives as there are batches.
        let mut lives = 1;
        let result = loop {
            let gave = project.dies(point, 2, UP);
            if gave.code != KILLED {
                assert_eq!(gave.code, 0, "{}", gave.err);
                break gave.document()["result"].clone();
            }
            lives += 1;
            assert!(lives < 200, "{point}: it gets nowhere");
        };
        println!("{point}: {lives} lives");
        assert_once(&project, point);
        assert_eq!(project.state(), calm.state(), "{point}");
        assert_eq!(bed::accounts(&result), accounts, "{point}");
    }
}
