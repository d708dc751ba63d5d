//! Killed while indexes are away or triggers are held: they come back, and what comes later finds them.

use super::bed;
use crate::rig::Project;
use crate::rig::running::KILLED;

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];
const DOWN: &[&str] = &["down", "--target", "one", "--yes", "--no-restore-point", "--json"];

const TABLES: &str = "
    CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE target (id INTEGER PRIMARY KEY, name TEXT);
    CREATE INDEX target_by_name ON target (name);
    CREATE INDEX target_by_both ON target (name DESC, id) WHERE name IS NOT NULL;
    CREATE TABLE seen (id);
    CREATE TRIGGER seen_target AFTER INSERT ON target BEGIN INSERT INTO seen VALUES (new.id); END;
";

/// So many rows that the indexes are not kept up while they come, in three batches.
fn project(triggers: &str, last: &str) -> Project {
    let step = format!(
        "[[convert]]\nid = \"moved\"\nfrom = \"source\"\ninto = \"target\"\ntriggers = \"{triggers}\"\n[convert.columns]\nid = \"id\"\nname = \"name\"\n"
    );
    let project = Project::of(&[
        ("migrations/V1__tables.sql", TABLES),
        ("migrations/V2__after.sql", last),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{step}")),
        ("plans/three.toml", "[stage]\nname = \"three\"\nversion = \"3.0.0\"\nmigrations = [\"V2\"]\n"),
    ]);
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{config}batch = {{ rows = 9000 }}\n"));
    let _ = project.must(&["up", "--target", "one"]);
    project.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) \
         INSERT INTO source SELECT i, 'name ' || i FROM n",
    );
    project
}

fn dies_and_goes_on(base: &Project, arguments: &[&str]) {
    let calm = base.twin();
    let _ = bed::done(&calm, arguments);
    let state = calm.state();
    for point in ["after_batch_before_cursor", "between_batches", "after_commit"] {
        let kills = bed::kill_at(base, (point, 1..), arguments, |nth, project| {
            let what = format!("{} {point}:{nth}", arguments[0]);
            let _ = bed::interrupted(&project);
            let _ = bed::done(&project, arguments);
            assert!(project.state() == state, "{what}: {}", super::up::first_difference(&project.state(), &state));
            bed::assert_sound(&project, &what);
        });
        println!("{} {point}: {kills} kills", arguments[0]);
        assert!(kills > 0, "{point}");
    }
}

#[test]
fn killed_while_indexes_are_away_they_come_back() {
    let project = project("fire", "CREATE TABLE after_it (x);\n");
    dies_and_goes_on(&project, UP);
    let _ = bed::done(&project, UP);
    dies_and_goes_on(&project, DOWN);
}

#[test]
fn killed_while_triggers_are_held_they_come_back() {
    let project = project("hold", "CREATE TABLE after_it (x);\n");
    dies_and_goes_on(&project, UP);
    let _ = bed::done(&project, UP);
    dies_and_goes_on(&project, DOWN);
}

#[test]
fn what_is_away_is_there_for_the_steps_that_come_later() {
    dies_and_goes_on(&project("fire", "DROP INDEX target_by_name;\n"), UP);
    dies_and_goes_on(&project("hold", "DROP TRIGGER seen_target;\nDROP INDEX target_by_both;\n"), UP);
}

#[test]
fn killed_while_something_is_away_down_brings_it_back() {
    let base = project("hold", "CREATE TABLE after_it (x);\n");
    let state = base.state();
    for nth in 1..=2 {
        let project = base.twin();
        assert_eq!(project.dies("between_batches", nth, UP).code, KILLED);
        let _ = bed::done(&project, DOWN);
        assert_eq!(project.state(), state, "{nth}");
        bed::assert_sound(&project, "taken back");
    }
}

#[test]
fn an_index_that_somebody_made_again_meanwhile_is_no_hindrance() {
    let base = project("hold", "CREATE TABLE after_it (x);\n");
    let before = base.state();
    let calm = base.twin();
    let _ = bed::done(&calm, UP);
    for (arguments, wanted) in [(UP, calm.state()), (DOWN, before)] {
        let project = base.twin();
        assert_eq!(project.dies("between_batches", 1, UP).code, KILLED);
        project.sql("CREATE INDEX target_by_name ON target (name)");
        let _ = bed::done(&project, arguments);
        assert!(project.state() == wanted, "{}", super::up::first_difference(&project.state(), &wanted));
    }
}
