//! Killed while rows are preserved: the same command finishes it, and each row is preserved once.

use super::bed;
use crate::rig::Project;

const DOWN: &[&str] = &["down", "--target", "one", "--yes", "--preserve-data", "--json"];

/// Three hundred rows moved both ways that can be taken back, and a column with users' values; batches of twenty.
fn changed() -> Project {
    let moved = |id: &str, into: &str, undo: &str| {
        format!(
            "\n[[convert]]\nid = \"{id}\"\nfrom = \"a\"\ninto = \"{into}\"\nundo = \"{undo}\"\n[convert.columns]\nid = \"id\"\nn = \"n\"\n"
        )
    };
    let two = "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n".to_owned();
    let project = Project::of(&[
        (
            "evolve.toml",
            "[project]\nname = \"p\"\n[database]\nurl = \"sqlite:trial.db\"\n[restore_points]\nwhen = \"never\"\n[policy]\nbatch = { rows = 20 }\n",
        ),
        (
            "migrations/V1__tables.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY, n); CREATE TABLE b (id INTEGER PRIMARY KEY, n); CREATE TABLE c (id INTEGER PRIMARY KEY, n);",
        ),
        ("migrations/V2__mark.sql", "ALTER TABLE a ADD COLUMN mark TEXT; CREATE TABLE t (x);"),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", &(two + &moved("derived", "b", "derive") + &moved("journalled", "c", "journal"))),
    ]);
    project.does(&["up", "--target", "one"]);
    project.sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO a SELECT i, i FROM n");
    project.does(&["up", "--yes"]);
    project.sql(
        "UPDATE b SET n = 'mine' WHERE id % 3 = 0; UPDATE c SET n = 'mine' WHERE id % 5 = 0;
         UPDATE a SET mark = 'mine' WHERE id % 50 = 0; INSERT INTO t VALUES ('mine'), ('mine too');",
    );
    project
}

/// The preserved rows of each table, each named once.
const PRESERVED: &str = "SELECT (SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || sum(id) FROM evolve_preserved_1_c WHERE n = 'mine') \
     || ', ' || (SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || sum(id) FROM evolve_preserved_2_b WHERE n = 'mine') \
     || ', ' || (SELECT group_concat(store || ' ' || rows, ' ') FROM (SELECT store, rows FROM evolve_preserved ORDER BY store))";

fn dies_and_goes_on(point: &str) {
    let base = changed();
    let calm = base.twin();
    let told = bed::done(&calm, DOWN)["preserved"].clone();
    let (state, rows) = (calm.state(), calm.value(PRESERVED));
    assert_eq!(
        rows,
        "60 60 9150, 100 100 15150, evolve_preserved_1_c 60 evolve_preserved_2_b 100 evolve_preserved_3_t 2 evolve_preserved_4_a 6"
    );
    let kills = bed::kill_at(&base, (point, bed::APART), DOWN, |nth, project| {
        let what = format!("{point}:{nth}");
        let again = bed::done(&project, DOWN);
        assert_eq!(project.value(PRESERVED), rows, "{what}");
        assert_eq!(again["preserved"], told, "{what}: the report");
        assert_eq!(project.state(), state, "{what}");
        bed::assert_sound(&project, &what);
    });
    assert!(kills > 0, "{point} is never passed");
}

#[test]
fn f04_killed_between_preserved_rows_and_their_cursor() {
    dies_and_goes_on("after_batch_before_cursor");
}

#[test]
fn f04_killed_between_two_batches_that_preserve() {
    dies_and_goes_on("between_batches");
}

#[test]
fn f01_killed_before_an_undo_that_preserved_is_recorded() {
    dies_and_goes_on("before_undo_record");
}
