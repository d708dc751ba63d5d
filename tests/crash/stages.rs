//! A stage whose check does not hold: what the run did of it goes back, however often the run died on the way.

use super::bed;
use crate::rig::Project;
use crate::rig::running::KILLED;

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];

const TWO: &str = r#"
[stage]
name = "two"
version = "2.0.0"
migrations = ["V2", "V3"]

[[check]]
name = "all arrived"
sql = "SELECT count(*) FROM target"
is = 41

[[convert]]
id = "moved"
from = "source"
into = "target"
[convert.columns]
id = "id"
"#;

fn project() -> Project {
    let project = Project::of(&[
        ("migrations/V1__source.sql", "CREATE TABLE source (id INTEGER PRIMARY KEY);\n"),
        ("migrations/V2__target.sql", "CREATE TABLE target (id INTEGER PRIMARY KEY);\n"),
        (
            "migrations/V3__more.sql",
            "ALTER TABLE source ADD COLUMN more TEXT;\nCREATE INDEX source_by_more ON source (more);\n",
        ),
        ("migrations/V4__last.sql", "CREATE TABLE last (x);\n"),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", TWO),
        ("plans/three.toml", "[stage]\nname = \"three\"\nversion = \"3.0.0\"\nmigrations = [\"V4\"]\n"),
    ]);
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{config}batch = {{ rows = 10 }}\n"));
    let _ = project.must(&["up", "--target", "one"]);
    project.sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO source SELECT i FROM n");
    project
}

fn assert_stage_is_taken_back(project: &Project, state: &str, what: &str) {
    let gave = project.run(UP);
    assert_eq!(gave.code, 7, "{what}: {} {}", gave.out, gave.err);
    let document = gave.document();
    assert_eq!(document["error"]["code"], "E0705", "{what}: {document}");
    assert_eq!(document["result"]["outcome"], "rolled_back", "{what}: {document}");
    assert_eq!(document["result"]["to"]["stage"], "one", "{what}: {document}");
    assert_eq!(project.state(), state, "{what}");
    bed::assert_sound(project, what);
}

#[test]
fn a_stage_check_that_fails_takes_back_what_the_run_did_of_the_stage() {
    let project = project();
    let state = project.state();
    assert_stage_is_taken_back(&project, &state, "undisturbed");
    let events = bed::events(&project);
    assert_eq!(events.iter().filter(|event| event.starts_with("down")).count(), 3, "{events:?}");
    project.sql("INSERT INTO source VALUES (41)");
    let result = bed::done(&project, UP);
    assert_eq!(result["to"]["stage"], "three");
}

#[test]
fn a_stage_check_that_fails_after_a_kill_takes_back_the_whole_run_of_the_stage() {
    let base = project();
    let state = base.state();
    for (point, passings) in [("between_steps", 1..4), ("after_commit", 1..7), ("between_batches", 1..4)] {
        for nth in passings {
            let (project, what) = (base.twin(), format!("{point}:{nth}"));
            assert_eq!(project.dies(point, nth, UP).code, KILLED, "{what}");
            assert_stage_is_taken_back(&project, &state, &what);
            project.sql("INSERT INTO source (id) VALUES (41)");
            let _ = bed::done(&project, UP);
        }
    }
}

#[test]
fn killed_while_a_stage_is_taken_back_the_same_command_ends_as_it_would_have() {
    let base = project();
    let state = base.state();
    for (point, passings) in [("before_undo_record", 1..4), ("after_commit", 7..12), ("between_batches", 4..7)] {
        for nth in passings {
            let (project, what) = (base.twin(), format!("{point}:{nth}"));
            assert_eq!(project.dies(point, nth, UP).code, KILLED, "{what}");
            assert_stage_is_taken_back(&project, &state, &what);
        }
    }
}

#[test]
fn killed_before_a_stage_check_that_holds_the_check_is_still_asked() {
    let project = project();
    project.sql("INSERT INTO source VALUES (41)");
    assert_eq!(project.dies("between_steps", 3, UP).code, KILLED);
    // Somebody takes a row away while the run is dead: the stage is not what it should be.
    project.sql("DELETE FROM target WHERE id = 41");
    let gave = project.run(UP);
    assert_eq!(gave.code, 7, "{} {}", gave.out, gave.err);
}

#[test]
fn a_check_before_the_stage_keeps_it_from_beginning() {
    let project = project();
    project.write(
        "plans/two.toml",
        &TWO.replace("name = \"all arrived\"", "name = \"few\"\nat = \"before\"")
            .replace("count(*) FROM target", "count(*) FROM source"),
    );
    let state = project.state();
    let gave = project.run(UP);
    assert_eq!(gave.code, 7, "{} {}", gave.out, gave.err);
    assert_eq!(project.state(), state);
    bed::assert_sound(&project, "before");
}
