//! What is not tried, and why.

use super::{filled, is, project};

const COPY: &str =
    "CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE older (id INTEGER PRIMARY KEY, name TEXT);";

const STEPS: &str = "migrations = [\"V2\"]\n[[convert]]\nid = \"x\"\nfrom = \"people\"\ninto = \"old\"\ncolumns = { id = \"id\", name = \"name\" }\n[[copy]]\nid = \"y\"\nfrom = \"old\"\ninto = \"older\"\n";

#[test]
fn without_rows_there_is_nothing_to_try_it_on() {
    let empty = project(COPY, &STEPS.replace("migrations = [\"V2\"]\n", ""));
    is(&empty, "x", None, Some("nothing to try it on"));
    is(&empty, "y", None, Some("nothing to try it on"));
}

#[test]
fn a_step_that_writes_nothing_shows_nothing() {
    let project = filled("", "[[enrich]]\nid = \"x\"\ntable = \"people\"\n[enrich.columns]\nname = \"name\"\n");
    is(&project, "x", None, Some("writes no row"));
}

#[test]
fn a_migration_that_fails_on_the_sample_ends_the_trial_and_tells_no_value() {
    let project = filled(COPY, STEPS);
    project.write("migrations/V2__later.sql", "UPDATE people SET name = NULL WHERE name = 'Ann';");
    is(&project, "x", None, Some("V2 does not run on the sample"));
    is(&project, "y", None, Some("V2 does not run on the sample"));
}

#[test]
fn a_transformation_that_fails_on_the_sample_ends_the_trial() {
    let steps = STEPS
        .replace("migrations = [\"V2\"]\n", "")
        .replace("name = \"name\" }", "name = { from = \"name\", is = \"uuid\" } }");
    let project = filled(COPY, &steps);
    is(&project, "x", None, Some("x does not run on the sample"));
    is(&project, "y", None, Some("x does not run on the sample"));
}

#[test]
fn a_statement_without_end_ends_the_trial_and_not_the_plan() {
    let project = filled(COPY, STEPS);
    project.write(
        "migrations/V2__later.sql",
        "CREATE TABLE many AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) AS x FROM n;",
    );
    is(&project, "x", None, Some("V2 takes more than a trial may"));
    project.write("migrations/V2__later.sql", "CREATE TABLE large AS SELECT zeroblob(900000000) AS x;");
    is(&project, "x", None, Some("V2 does not run on the sample"));
}

#[test]
fn a_half_done_step_is_not_begun_again() {
    let project = filled(COPY, &STEPS.replace("migrations = [\"V2\"]\n", ""));
    let killed = project.command(&["up", "--batch-size", "1"]).env("EVOLVE_FAIL", "between_batches:2").output();
    assert!(!killed.expect("the binary").status.success());
    is(&project, "x", None, Some("x is half done"));
    is(&project, "y", None, Some("x is half done"));
}

#[test]
fn the_way_down_and_migrations_have_no_word() {
    let project = filled(COPY, STEPS);
    project.write("migrations/V2__later.sql", "CREATE TABLE more (x);");
    is(&project, "V2", None, None);
    project.does(&["up"]);
    let document = project.json(&["plan", "--target", "s"]);
    let steps = document["result"]["steps"].as_array().expect("steps");
    assert!(steps.len() == 3 && steps.iter().all(|step| step["loss"].is_null()), "{document:#}");
}
