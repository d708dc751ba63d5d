//! A database that refinery migrated is evolve's without anything being run again.

use crate::bridge::{checksum, history, migrations, refine, refine_with, rows};
use crate::rig::{Project, assert_same, outcome};

pub const V1: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);\nCREATE TABLE runs (what TEXT);\n";
pub const V2: &str = "INSERT INTO people (name) VALUES ('Ada'), ('Bob');\nINSERT INTO runs VALUES ('V2');\n";
pub const V3: &str = "ALTER TABLE people ADD COLUMN mail TEXT;\nINSERT INTO runs VALUES ('V3');\n";

/// A folder of refinery migrations, and nothing else that says what stages are.
pub fn plain() -> Project {
    Project::of(&[("migrations/V1__people.sql", V1), ("migrations/V2__first_people.sql", V2)])
}

pub fn steps(project: &Project) -> Vec<String> {
    let status = project.json(&["status"]);
    status["result"]["applied"]
        .as_array()
        .unwrap_or_else(|| panic!("{status}"))
        .iter()
        .map(|step| step["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn a_plain_folder_of_migrations_is_a_project_of_one_stage() {
    let project = plain();
    project.does(&["up", "--yes"]);
    let status = project.json(&["status"]);
    assert_eq!(
        (status["result"]["stage"].as_str(), status["result"]["version"].as_str()),
        (Some("main"), Some("0.0.0"))
    );
    assert_eq!(steps(&project), ["V1", "V2"]);
    let names: Vec<(i64, String)> = rows(&project).into_iter().map(|(version, name, _)| (version, name)).collect();
    assert_eq!(names, [(1, "people".to_owned()), (2, "first_people".to_owned())]);
}

#[test]
fn nothing_runs_again_on_a_database_that_refinery_migrated() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    let before = project.state();
    let history = rows(&project);
    let up = project.json(&["up", "--yes"]);
    assert!(up["error"].is_null(), "{up}");
    assert_same("nothing was run", &before, &project.state());
    assert_eq!(rows(&project), history);
    assert_eq!(steps(&project), ["V1", "V2"]);
    assert_eq!(outcome(&project.json(&["up", "--yes"])), "nothing_to_do");
    assert_eq!(project.json(&["verify"])["result"]["ok"], true);
    assert_eq!(refine(&project), 0, "and refinery finds nothing to do either");
}

#[test]
fn only_what_is_pending_runs_and_refinery_accepts_it() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    project.write("migrations/V3__mail.sql", V3);
    let plan = project.json(&["plan"]);
    let pending: Vec<&str> = plan["result"]["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| step["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(pending, ["V3"]);
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(what) FROM runs"), "V2,V3");
    assert_eq!(steps(&project), ["V1", "V2", "V3"]);
    assert_eq!(refine(&project), 0);
    project.write("migrations/V4__more.sql", "CREATE TABLE more (x);");
    assert_eq!(refine(&project), 1, "refinery goes on from where evolve left");
    project.does(&["up", "--yes"]);
    assert_eq!(steps(&project), ["V1", "V2", "V3", "V4"]);
}

#[test]
fn stages_may_be_drawn_over_what_refinery_migrated() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    project.write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n");
    project.write("plans/two.toml", "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n\n[[enrich]]\nid = \"names\"\ntable = \"people\"\n[enrich.columns]\nname = \"upper(name)\"\n");
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(name) FROM people"), "ADA,BOB");
    assert_eq!(project.value("SELECT count(*) FROM runs"), "1");
    assert_eq!(rows(&project).len(), 2, "a transformation is no row of refinery's");
    assert_eq!(refine(&project), 0);
    project.does(&["down", "--target", "V2", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(name) FROM people"), "Ada,Bob");
}

/// The texts as they were on disk where refinery ran: with these ends of lines.
fn texts(crlf: bool) -> [String; 2] {
    [V1, V2].map(|text| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() })
}

#[test]
fn every_flavour_of_checksum_is_adopted_and_kept() {
    for (wide, crlf) in [(false, false), (true, false), (false, true), (true, true)] {
        let project = plain();
        let [one, two] = texts(crlf);
        history(&project, &[(1, "people", &one), (2, "first_people", &two)], wide);
        project.write("migrations/V3__mail.sql", V3);
        project.does(&["up", "--yes"]);
        assert_eq!(project.value("SELECT group_concat(what) FROM runs"), "V2,V3", "wide {wide}, crlf {crlf}");
        let text = if crlf { V3.replace('\n', "\r\n") } else { V3.to_owned() };
        assert_eq!(rows(&project)[2].2, checksum("mail", 3, &text, wide), "wide {wide}, crlf {crlf}");
        assert_eq!(project.json(&["verify"])["result"]["ok"], true);
    }
}

#[test]
fn a_copy_with_other_ends_of_lines_is_the_same_file() {
    for crlf in [false, true] {
        let project = plain();
        let [one, two] = texts(crlf);
        project.write("migrations/V1__people.sql", &one);
        project.write("migrations/V2__first_people.sql", &two);
        assert_eq!(refine(&project), 2);
        let [one, two] = texts(!crlf);
        project.write("migrations/V1__people.sql", &one);
        project.write("migrations/V2__first_people.sql", &two);
        let before = project.state();
        project.does(&["up", "--yes"]);
        assert_same("nothing was run", &before, &project.state());
    }
}

#[test]
fn refinery_with_the_ends_of_lines_it_always_had_accepts_what_evolve_wrote() {
    let project = plain();
    let [one, two] = texts(true);
    project.write("migrations/V1__people.sql", &one);
    project.write("migrations/V2__first_people.sql", &two);
    project.write("migrations/V3__mail.sql", &V3.replace('\n', "\r\n"));
    let first: Vec<_> = migrations(&project).into_iter().filter(|migration| migration.version() == 1).collect();
    refine_with(&project, &first).expect("refinery");
    project.does(&["up", "--yes"]);
    assert_eq!(refine(&project), 0);
}

#[test]
fn a_new_database_has_the_checksums_that_refinery_has_by_default() {
    let project = plain();
    project.does(&["up", "--yes"]);
    let expected = [checksum("people", 1, V1, false), checksum("first_people", 2, V2, false)];
    assert_eq!(rows(&project).into_iter().map(|(_, _, sum)| sum).collect::<Vec<_>>(), expected);
}

#[test]
fn a_history_of_another_name_is_found() {
    let project = plain();
    project.write("evolve.toml", "[project]\nname = \"trial\"\nhistory_table = \"schema_log\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n");
    let mut runner = refinery_core::Runner::new(&migrations(&project));
    runner.set_migration_table_name("schema_log");
    runner.run(&mut crate::bridge::Bridge(project.open_at("trial.db"))).expect("refinery");
    let before = project.state();
    project.does(&["up", "--yes"]);
    let own = |state: &str| state.lines().filter(|line| !line.contains("schema_log")).collect::<Vec<_>>().join("\n");
    assert_same("nothing was run", &own(&before), &own(&project.state()));
    assert_eq!(project.value("SELECT count(*) FROM schema_log"), "2");
    assert_eq!(project.value("SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'"), "0");
}

#[test]
fn init_adopt_writes_the_same_ledger_by_hand() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    let before = project.state();
    let adopted = project.json(&["init", "--adopt"]);
    assert!(adopted["error"].is_null(), "{adopted}");
    assert_same("nothing was run", &before, &project.state());
    assert_eq!(steps(&project), ["V1", "V2"]);
    assert_eq!(refine(&project), 0);
}

#[test]
fn what_was_adopted_goes_back_as_far_as_its_rows_allow() {
    let project = plain();
    assert_eq!(refine(&project), 2);
    project.write("migrations/V3__mail.sql", V3);
    project.does(&["up", "--yes"]);
    project.does(&["down", "--target", "V2", "--yes"]);
    assert_eq!(project.value("SELECT group_concat(what) FROM runs"), "V2");
    assert_eq!(rows(&project).len(), 2);
    // What V2 wrote was kept by nobody: its rows are as good as a user's.
    let before = project.state();
    let down = project.run(&["down", "--target", "start", "--yes"]);
    assert!([4, 7].contains(&down.code), "{} {}", down.code, down.err);
    assert_same("nothing is touched", &before, &project.state());
    assert_eq!(refine(&project), 1, "refinery applies V3 again");
}
