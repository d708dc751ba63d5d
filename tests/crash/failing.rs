//! A step that fails in the middle: what it did is taken back, what came before stands, and once mended it goes on.

use super::bed;
use crate::rig::Project;
use crate::rig::running::KILLED;
use serde_json::Value;

const TABLES: &str = "
    CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT, amount INTEGER);
    CREATE TABLE target (k TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, amount INTEGER CHECK (amount < 1000));
    CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT, number INTEGER);
    CREATE TABLE numbers (word TEXT PRIMARY KEY NOT NULL, number INTEGER);
";

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];

const CONVERT: &str = r#"
[[convert]]
id = "moved"
from = "source"
into = "target"
[convert.columns]
k = "'K-' || id"
name = "name"
amount = "amount"
"#;

/// A hundred rows to move in batches of ten, a step before it, and a migration behind it.
fn project(step: &str) -> Project {
    let stage = format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n{step}");
    let project = Project::of(&[
        ("migrations/V1__tables.sql", TABLES),
        ("migrations/V2__before.sql", "CREATE TABLE before_it (x);\n"),
        ("migrations/V3__after.sql", "CREATE TABLE after_it (x);\n"),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", &stage),
        ("plans/three.toml", "[stage]\nname = \"three\"\nversion = \"3.0.0\"\nmigrations = [\"V3\"]\n"),
    ]);
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{config}batch = {{ rows = 10 }}\n"));
    let _ = project.must(&["up", "--target", "one"]);
    project.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
         INSERT INTO source SELECT i, 'name ' || i, i FROM n;
         INSERT INTO words (id, word) SELECT id, 'w' || id FROM source;
         INSERT INTO numbers SELECT 'w' || id, id * 3 FROM source;",
    );
    project
}

/// The run fails with this exit; only what stands before the step is in, and the state is as it was but for that.
fn assert_taken_back(project: &Project, exit: i32) -> Value {
    let reference = project.twin();
    let _ = reference.must(&["up", "--target", "V2", "--yes", "--no-restore-point"]);
    let gave = project.run(UP);
    assert_eq!(gave.code, exit, "{} {}", gave.out, gave.err);
    let document = gave.document();
    let (result, error) = (&document["result"], &document["error"]);
    assert_eq!(result["outcome"], "step_undone", "{document}");
    assert_eq!(error["exit"], exit, "{document}");
    let steps: Vec<(String, String)> = result["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| {
            (step["id"].as_str().expect("an id").to_owned(), step["outcome"].as_str().expect("an outcome").to_owned())
        })
        .collect();
    let of = |id: &str| steps.iter().find(|(step, _)| step == id).map(|(_, outcome)| outcome.as_str());
    assert_eq!((of("V2"), of("V3")), (Some("done"), Some("not_started")), "{steps:?}");
    assert_eq!(steps[1].1, "undone", "{steps:?}");
    assert_eq!(project.state(), reference.state(), "earlier batches were not taken back");
    bed::assert_sound(project, "taken back");
    let stores = project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_kept_%'");
    assert_eq!(stores, "0", "journals of a step that is not in");
    assert!(bed::events(project).iter().all(|event| event != "up moved"), "{:?}", bed::events(project));
    assert!(project.json(&["status"])["result"]["interrupted"].is_null());
    document
}

/// After mending the same command does all the rest.
fn assert_goes_on(project: &Project, rows: &str) {
    let result = bed::done(project, UP);
    assert_eq!(bed::ids(&result).len(), 2, "{result}");
    assert_eq!(project.value("SELECT count(*) FROM target"), rows);
    assert!(project.state().contains("table after_it"));
    bed::assert_sound(project, "mended");
}

#[test]
fn a_row_of_the_users_in_batch_five_stops_the_step_and_stays() {
    let project = project(CONVERT);
    project.sql("INSERT INTO target VALUES ('K-45', 'the user''s own', 7)");
    let document = assert_taken_back(&project, 1);
    assert_eq!(document["error"]["code"], "E0707");
    assert_eq!(project.value("SELECT name FROM target"), "the user's own");
    project.sql("DELETE FROM target");
    assert_goes_on(&project, "100");
}

#[test]
fn a_row_of_the_users_that_looks_like_one_of_the_steps_stays_too() {
    let project = project(CONVERT);
    project.sql("INSERT INTO target SELECT 'K-45', name, amount FROM source WHERE id = 45");
    let _ = assert_taken_back(&project, 1);
    assert_eq!(project.value("SELECT count(*) FROM target WHERE k = 'K-45'"), "1");
    project.sql("DELETE FROM target");
    assert_goes_on(&project, "100");
}

#[test]
fn a_value_that_may_not_be_null_in_batch_five_takes_four_batches_back() {
    let project = project(CONVERT);
    project.sql("UPDATE source SET name = NULL WHERE id = 45");
    let _ = assert_taken_back(&project, 1);
    project.sql("UPDATE source SET name = 'mended' WHERE id = 45");
    assert_goes_on(&project, "100");
}

#[test]
fn a_check_of_the_table_in_batch_five_takes_journalled_batches_back() {
    let project = project(&CONVERT.replace("into = \"target\"", "into = \"target\"\non_conflict = \"overwrite\""));
    project.sql(
        "INSERT INTO target VALUES ('K-3', 'overwritten, then given back', 7), ('K-77', 'never reached', 8);
         UPDATE source SET amount = 5000 WHERE id = 45;",
    );
    let _ = assert_taken_back(&project, 1);
    assert_eq!(project.value("SELECT group_concat(name) FROM target"), "overwritten, then given back,never reached");
    project.sql("UPDATE source SET amount = 5 WHERE id = 45");
    assert_goes_on(&project, "100");
    assert_eq!(project.value("SELECT name FROM target WHERE k = 'K-3'"), "name 3");
}

#[test]
fn a_lookup_that_finds_nothing_in_batch_five_gives_old_values_back() {
    let step = r#"
[[enrich]]
id = "moved"
table = "words"
lookup = { table = "numbers", on = "numbers.word = words.word" }
on_missing = "fail"
on_many = "fail"
[enrich.columns]
number = "numbers.number"
"#;
    let project = project(step);
    project.sql("DELETE FROM numbers WHERE word = 'w45'; UPDATE words SET number = -id;");
    let _ = assert_taken_back(&project, 1);
    assert_eq!(project.value("SELECT sum(number) FROM words"), "-5050");
    project.sql("INSERT INTO numbers VALUES ('w45', 135)");
    let _ = bed::done(&project, UP);
    assert_eq!(project.value("SELECT sum(number) FROM words"), "15150");
}

#[test]
fn a_check_that_fails_at_the_end_takes_all_batches_back() {
    let check = "[[convert.check]]\nname = \"amounts\"\nsql = \"SELECT sum(amount) FROM target\"\nis = 5049\n";
    let project = project(&format!("{CONVERT}{check}"));
    let document = assert_taken_back(&project, 7);
    assert_eq!(document["error"]["code"], "E0705");
    assert!(
        document["error"]["message"].as_str().is_some_and(|words| words.contains("amounts") && words.contains("5050"))
    );
    project.sql("UPDATE source SET amount = 0 WHERE id = 1");
    assert_goes_on(&project, "100");
}

#[test]
fn a_check_before_the_step_keeps_it_from_beginning() {
    let check = "[[convert.check]]\nname = \"empty\"\nat = \"before\"\nsql = \"SELECT 1 FROM target\"\nempty = true\n";
    let project = project(&format!("{CONVERT}{check}"));
    project.sql("INSERT INTO target VALUES ('X', 'there', 1)");
    let document = assert_taken_back(&project, 7);
    assert_eq!(document["error"]["code"], "E0705");
    project.sql("DELETE FROM target");
    assert_goes_on(&project, "100");
}

#[test]
fn without_an_undo_a_check_that_fails_rolls_the_one_transaction_back() {
    let check = "[[convert.check]]\nname = \"amounts\"\nsql = \"SELECT sum(amount) FROM target\"\nis = 5049\n";
    let step = format!("{}{check}", CONVERT.replace("into = \"target\"", "into = \"target\"\nundo = \"none\""));
    let project = project(&step);
    // Not even for a moment was there a batch that stands by itself: killed before its commit, nothing is there.
    let twin = project.twin();
    assert_eq!(twin.dies("between_batches", 1, UP).code, 7, "it ran in batches");
    let _ = assert_taken_back(&project, 7);
    project.sql("UPDATE source SET amount = 0 WHERE id = 1");
    assert_goes_on(&project, "100");
}

#[test]
fn without_an_undo_a_row_that_does_not_fit_rolls_the_one_transaction_back() {
    let step = CONVERT.replace("into = \"target\"", "into = \"target\"\nundo = \"none\"");
    let project = project(&step);
    project.sql("UPDATE source SET name = NULL WHERE id = 45");
    let _ = assert_taken_back(&project, 1);
    project.sql("UPDATE source SET name = 'mended' WHERE id = 45");
    assert_goes_on(&project, "100");
}

#[test]
fn killed_while_a_failed_step_is_taken_back_it_is_taken_back_by_the_same_command() {
    for step in
        [CONVERT.to_owned(), CONVERT.replace("into = \"target\"", "into = \"target\"\non_conflict = \"overwrite\"")]
    {
        let base = project(&step);
        base.sql("UPDATE source SET amount = 5000 WHERE id = 45; INSERT INTO target VALUES ('K-90', 'own', 1);");
        // Four batches there and four back: deaths in the second half are in the taking back.
        let mut kills = 0;
        for (point, passings) in
            [("between_batches", 1..9), ("after_batch_before_cursor", 1..9), ("before_undo_record", 1..2)]
        {
            for nth in passings {
                let project = base.twin();
                let gave = project.dies(point, nth, UP);
                if gave.code != KILLED {
                    // Not passed so often: it fails as it does undisturbed.
                    assert_eq!(gave.code, 1, "{point}:{nth}: {} {}", gave.out, gave.err);
                    continue;
                }
                kills += 1;
                let what = format!("{point}:{nth}");
                let gave = project.run(UP);
                assert_eq!(gave.code, 1, "{what}: {} {}", gave.out, gave.err);
                assert_eq!(
                    project.value("SELECT group_concat(k) FROM target"),
                    "K-90",
                    "{what}: batches that nobody took back"
                );
                bed::assert_sound(&project, &what);
                project.sql("UPDATE source SET amount = 5 WHERE id = 45; DELETE FROM target");
                assert_goes_on(&project, "100");
            }
        }
        assert!(kills > 10, "{kills} kills only");
    }
}

#[test]
fn a_migration_that_fails_in_its_last_statement_leaves_nothing() {
    let project = project("");
    project.write("migrations/V3__after.sql", "CREATE TABLE after_it (x);\nINSERT INTO source SELECT NULL, NULL, NULL;\nDROP TABLE words;\nINSERT INTO target VALUES ('k', NULL, 1);\n");
    let reference = project.twin();
    let _ = reference.must(&["up", "--target", "V2", "--yes"]);
    let gave = project.run(UP);
    assert_eq!(gave.code, 1, "{} {}", gave.out, gave.err);
    let document = gave.document();
    assert_eq!(
        (&document["error"]["file"], &document["error"]["line"]),
        (&"migrations/V3__after.sql".into(), &4.into()),
        "{document}"
    );
    assert_eq!(project.state(), reference.state());
    assert_eq!(project.value("SELECT count(*) FROM refinery_schema_history WHERE version = 3"), "0");
    bed::assert_sound(&project, "failed");
}
