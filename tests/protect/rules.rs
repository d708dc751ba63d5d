//! `references` and `unique`, under each policy, whatever the batches.

use crate::rig::{Project, assert_same};

const MADE: &str = "CREATE TABLE components (name TEXT COLLATE NOCASE);
    INSERT INTO components VALUES ('storage'), ('batch'), (NULL);
    CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, code TEXT);
    INSERT INTO items VALUES (1, 'storage', 'a'), (2, 'none', 'b'), (3, NULL, 'b'), (4, ' batch', 'b'), (5, 'storage', NULL),
        (6, 'batch', 'there'), (7, 'storage', NULL), (8, 'batch', 'a'), (9, 'batch', 'c'), (10, 'Batch', 'd'), (11, 'batch', '5');
    CREATE TABLE target (id INTEGER PRIMARY KEY, name TEXT, code TEXT);
    INSERT INTO target VALUES (100, 'x', 'there'), (9, 'x', 'c');";

fn project(policy: &str, columns: &str) -> Project {
    let stage = format!(
        "[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[convert]]\nid = \"x\"\nfrom = \"items\"\ninto = \"target\"\n\
         {policy}\n[convert.columns]\nid = \"id\"\n{columns}\n"
    );
    Project::of(&[("migrations/V1__made.sql", MADE), ("plans/s.toml", &stage)])
}

const REFERENCES: &str =
    "name = { from = \"name\", apply = [\"trim\"], references = \"components.name\" }\ncode = \"code\"";
const UNIQUE: &str = "name = \"name\"\ncode = { from = \"code\", apply = [\"lower\"], unique = true }";
const BOTH: &str =
    "name = { sql = \"name\", references = \"components.name\" }\ncode = { from = \"code\", unique = true }";

fn written(project: &Project) -> String {
    project.value("SELECT group_concat(id, ' ') FROM (SELECT id FROM target WHERE name IS NOT 'x' ORDER BY id)")
}

fn rejects(project: &Project) -> String {
    project
        .value("SELECT group_concat(w, ' ') FROM (SELECT shown || ':' || rule AS w FROM evolve_rejects ORDER BY shown)")
}

/// What goes in under `skip` and `quarantine`, and both sizes of batches agree.
#[track_caller]
fn takes(columns: &str, ids: &str, count: usize) {
    let mut states = Vec::new();
    for (policy, size) in
        [("skip", "1"), ("skip", "1000"), ("quarantine", "1"), ("quarantine", "3"), ("quarantine", "1000")]
    {
        let project = project(&format!("on_conflict = \"skip\"\non_invalid = \"{policy}\""), columns);
        project.does(&["up", "--batch-size", size]);
        assert_eq!(written(&project), ids, "{policy} {size}");
        if policy == "quarantine" {
            assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), count.to_string(), "{size}");
            states.push(rejects(&project));
        }
        states.dedup();
        let up = project.state();
        project.does(&["down", "--target", "V1", "--yes"]);
        project.does(&["up"]);
        assert_same("up, down, up", &up, &project.state());
    }
    assert_eq!(states.len(), 1, "{states:?}");
}

#[test]
fn a_reference_must_lead_somewhere_and_null_passes() {
    takes(REFERENCES, "1 3 4 5 6 7 8 11", 2);
}

#[test]
fn the_first_by_key_has_a_unique_value_and_null_passes() {
    // 9 is in the target with this very value, and stays as it is.
    takes(UNIQUE, "1 2 5 7 10 11", 4);
}

#[test]
fn a_row_that_is_refused_for_something_else_takes_no_value() {
    takes(BOTH, "1 3 5 7 11", 5);
}

#[test]
fn under_fail_the_step_names_the_rows_and_is_taken_back() {
    for (columns, words) in [(REFERENCES, "not in components.name"), (UNIQUE, "is there already")] {
        for size in ["1", "1000"] {
            let project = project("on_conflict = \"skip\"", columns);
            let gave = project.run(&["up", "--batch-size", size]);
            assert_eq!(gave.code, 7, "{}", gave.err);
            assert!(gave.err.contains(words), "{}", gave.err);
            assert_eq!(project.value("SELECT count(*) FROM target"), "2", "{size}");
        }
    }
}

#[test]
fn an_enrich_is_judged_by_the_rows_it_leaves_alone_and_those_before() {
    let stage = "[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[enrich]]\nid = \"x\"\ntable = \"items\"\n\
        where = \"id < 10\"\non_invalid = \"skip\"\n[enrich.columns]\ncode = { sql = \"CASE id WHEN 1 THEN 'd' WHEN 2 THEN 'c' WHEN 9 THEN 'b' ELSE code END\", unique = true }\n";
    let mut states = Vec::new();
    for size in ["1", "1000"] {
        let project = Project::of(&[("migrations/V1__made.sql", MADE), ("plans/s.toml", stage)]);
        project.does(&["up", "--batch-size", size]);
        states.push(project.value("SELECT group_concat(id || coalesce(code, '-'), ' ') FROM items"));
    }
    assert_eq!(states[0], states[1]);
    assert!(states[0].starts_with("1a 2c 3b"), "{}", states[0]);
}

#[test]
fn what_could_not_be_told_batch_by_batch_is_refused() {
    for (policy, columns, words) in [
        ("on_conflict = \"overwrite\"", UNIQUE, "`unique` cannot be told"),
        ("", "name = { from = \"name\", references = \"target.name\" }", "which this walk writes"),
        ("", "name = { from = \"name\", references = \"component.name\" }", "components"),
        ("", "name = { from = \"name\", references = \"components.nam\" }", "name"),
    ] {
        let gave = project(policy, columns).run(&["plan"]);
        assert_eq!(gave.code, 2, "{}", gave.err);
        assert!(gave.err.contains(words), "{}", gave.err);
    }
}

#[test]
fn what_is_refused_stays_so_when_the_application_stays_up() {
    for (policy, kind, columns) in [
        (
            "skip",
            "[[enrich]]\nid = \"x\"\ntable = \"items\"",
            "code = { sql = \"'new'\", unique = true }\nname = { from = \"name\", apply = [\"trim\"], references = \"components.name\" }",
        ),
        (
            "fail",
            "[[convert]]\nid = \"x\"\nfrom = \"items\"\ninto = \"free\"\nwhere = \"id IN (3, 5, 6, 7, 9)\"",
            "id = \"id\"\ncode = { from = \"code\", unique = true }\nname = { from = \"name\", references = \"components.name\" }",
        ),
    ] {
        let stage = format!(
            "[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\ndowntime = false\n{kind}\non_invalid = \"{policy}\"\n\
             [{}.columns]\n{columns}\n",
            &kind[2..kind.find(']').expect("a kind")]
        );
        let made = format!("{MADE} CREATE TABLE free (id INTEGER PRIMARY KEY, name TEXT, code TEXT);");
        let project = Project::of(&[("migrations/V1__made.sql", &made), ("plans/s.toml", &stage)]);
        project.does(&["up", "--batch-size", "2"]);
        assert_eq!(
            project.value("SELECT count(*) FROM items WHERE code = 'new'"),
            if policy == "skip" { "1" } else { "0" }
        );
        assert_eq!(project.value("SELECT count(*) FROM free"), if policy == "skip" { "0" } else { "5" });
    }
}

#[test]
fn nothing_links_to_a_protected_column() {
    let stage = "[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n[[split]]\nid = \"x\"\nfrom = \"items\"\n\
        [[split.into]]\ntable = \"target\"\ncolumns = { id = \"id\", code = { from = \"code\", protect = \"hash\" } }\n\
        [[split.into]]\ntable = \"free\"\ncolumns = { id = \"id\", code = { link = \"target.code\" } }\n";
    let made = format!("{MADE} CREATE TABLE free (id INTEGER PRIMARY KEY, code TEXT);");
    let gave = Project::of(&[("migrations/V1__made.sql", &made), ("plans/s.toml", stage)]).run(&["plan"]);
    assert_eq!(gave.code, 2, "{}", gave.err);
    assert!(gave.err.contains("target.code is protected"), "{}", gave.err);
}
