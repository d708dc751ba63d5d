//! Both at work on one database by turns.

use crate::adopting::{V3, plain, steps};
use crate::bridge::{migrations, refine, refine_with, rows};
use crate::rig::{assert_same, outcome};

#[test]
fn an_embedded_refinery_finds_nothing_to_do_after_up() {
    let project = plain();
    let first: Vec<_> = migrations(&project).into_iter().filter(|migration| migration.version() == 1).collect();
    refine_with(&project, &first).expect("refinery");
    project.write("migrations/V3__mail.sql", V3);
    project.write("migrations/V10__view.sql", "CREATE VIEW names AS SELECT name FROM people;");
    project.does(&["up", "--yes"]);
    let before = project.state();
    let report = refine_with(&project, &migrations(&project)).expect("refinery accepts the history");
    assert!(report.applied_migrations().is_empty());
    assert_same("and touches nothing", &before, &project.state());
}

#[test]
fn by_turns_each_step_is_done_once() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    for version in 3..12 {
        project.write(&format!("migrations/V{version}__turn.sql"), &format!("INSERT INTO runs VALUES ('V{version}');"));
        if version % 2 == 0 {
            assert_eq!(refine(&project), 1);
        } else {
            project.does(&["up", "--yes"]);
        }
    }
    project.does(&["up", "--yes"]);
    assert_eq!(refine(&project), 0);
    assert_eq!(project.value("SELECT group_concat(what) FROM runs"), "V2,V3,V4,V5,V6,V7,V8,V9,V10,V11");
    assert_eq!(steps(&project).len(), 11);
}

#[test]
fn what_evolve_took_back_refinery_applies_again_and_evolve_adopts_it() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    project.write("migrations/V3__mail.sql", V3);
    project.does(&["up", "--yes"]);
    project.does(&["down", "--target", "V2", "--yes"]);
    assert_eq!(refine(&project), 1);
    let before = project.state();
    project.does(&["up", "--yes"]);
    assert_same("adopted", &before, &project.state());
    assert_eq!(steps(&project), ["V1", "V2", "V3"]);
    assert_eq!(outcome(&project.json(&["up", "--yes"])), "nothing_to_do");
}

#[test]
fn a_transformation_between_migrations_is_nothing_to_refinery() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    project.write("migrations/V3__mail.sql", V3);
    project.write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\", \"V2\"]\n[[enrich]]\nid = \"names\"\ntable = \"people\"\n[enrich.columns]\nname = \"upper(name)\"\n");
    project.write("plans/two.toml", "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V3\"]\n[[enrich]]\nid = \"mails\"\ntable = \"people\"\n[enrich.columns]\nmail = \"name || '@example.org'\"\n");
    project.does(&["up", "--yes"]);
    assert_eq!(rows(&project).len(), 3);
    assert_eq!(refine(&project), 0);
    project.does(&["down", "--staged", "1", "--yes"]);
    assert_eq!(rows(&project).len(), 2);
}

#[test]
fn a_twin_is_recorded_under_the_plain_files_text() {
    let project = plain();
    let first: Vec<_> = migrations(&project).into_iter().filter(|migration| migration.version() == 1).collect();
    refine_with(&project, &first).expect("refinery");
    project.write("migrations/V3__mail.sql", "ALTER TABLE people ADD COLUMN mail CITEXT;");
    project.write("migrations/V3__mail.sqlite.sql", "ALTER TABLE people ADD COLUMN mail TEXT COLLATE NOCASE;");
    project.does(&["up", "--yes"]);
    assert!(project.value("SELECT sql FROM sqlite_schema WHERE name = 'people'").contains("COLLATE NOCASE"));
    assert_eq!(refine(&project), 0, "refinery knows the plain file only");
}

#[test]
fn a_hole_in_the_order_is_said_because_refinery_refuses_it() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    project.write("migrations/V5__later.sql", "CREATE TABLE later (x);");
    project.does(&["up", "--yes"]);
    project.write("migrations/V4__earlier.sql", "CREATE TABLE earlier (x);");
    let refused = project.json(&["up", "--yes"]);
    assert_eq!(refused["error"]["exit"], 4, "{refused}");
    assert!(refine_with(&project, &migrations(&project)).is_err());
    project.does(&["up", "--yes", "--allow", "R803"]);
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name IN ('earlier', 'later')"), "2");
}

#[test]
fn a_history_that_refinery_left_without_its_migration_is_not_run_twice() {
    // Refinery's runner commits SQL and row apart: killed between them, the SQL is in and the row is not.
    let project = plain();
    project.write("migrations/V2__first_people.sql", "CREATE TABLE second (x); INSERT INTO second VALUES (1);");
    let first: Vec<_> = migrations(&project).into_iter().filter(|migration| migration.version() == 1).collect();
    refine_with(&project, &first).expect("refinery");
    project.sql("DELETE FROM refinery_schema_history");
    let before = project.state();
    let up = project.json(&["up", "--yes"]);
    assert_eq!(up["error"]["exit"], 6, "{up}");
    assert_same("nothing is touched", &before, &project.state());
    project.does(&["init", "--adopt"]);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM second"), "1");
    assert_eq!(steps(&project), ["V1", "V2"]);
}
