//! Transformations that repair broken references: the way back breaks these again, and no others. F56.

use crate::rig::{Project, assert_same, code, logical};

const TABLES: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT);\n\
     CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id), good INTEGER);\n\
     CREATE TABLE more (id INTEGER PRIMARY KEY, v TEXT);\n\
     INSERT INTO p VALUES (1, 'one'), (2, 'two');\nINSERT INTO more VALUES (97, 'x'), (98, 'y'), (99, 'z');\n";

/// Children that refer to nothing: 3 to 97, 4 to 98, 5 to 99, and 6 to 55, which nobody repairs.
const BROKEN: &str = "PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1, 1, 1), (2, 2, 2), (3, 97, 1), (4, 98, 1), (5, 99, 2), (6, 55, 55);";

/// The children get parents that are there.
const REPOINT: &str = "[[enrich]]\nid = \"mend\"\ntable = \"c\"\n[enrich.columns]\np = \"good\"\n";

/// The children get the parents that they want.
const ADD: &str = "[[copy]]\nid = \"mend\"\nfrom = \"more\"\ninto = \"p\"\n";

const STEPS: [(&str, &str); 3] = [
    ("repointed", REPOINT),
    ("added", ADD),
    (
        "a statement",
        "[[copy]]\nid = \"mend\"\nundo = \"journal\"\nsql = \"INSERT INTO p (id, v) SELECT m.id, m.v FROM more AS m JOIN c ON c.p = m.id\"\n",
    ),
];

fn project(step: &str, foreign_keys: bool) -> Project {
    let project = Project::of(&[
        (
            "evolve.toml",
            &format!(
                "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\nforeign_keys = {foreign_keys}\n[policy]\nmax_risk = \"critical\"\n"
            ),
        ),
        ("migrations/V1__tables.sql", TABLES),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{step}")),
    ]);
    project.does(&["up", "--target", "one", "--yes"]);
    project.sql(BROKEN);
    project
}

fn up<'a>(step: &str, rows: &'a str) -> Vec<&'a str> {
    // One statement has no batches.
    if step.contains("JOIN") { vec!["up", "--yes"] } else { vec!["up", "--yes", "--batch-size", rows] }
}

fn stores(project: &Project) -> String {
    project.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve\\_kept%' ESCAPE '\\'")
}

fn violations(project: &Project) -> String {
    project.value("SELECT count(*) FROM pragma_foreign_key_check")
}

#[test]
fn f56_what_a_transformation_repaired_is_broken_again_by_its_way_back() {
    for (name, step) in STEPS {
        for foreign_keys in [true, false] {
            for rows in ["1", "2", "100"] {
                let step = if name == "repointed" && foreign_keys {
                    step.replace("good", "coalesce(nullif(good, 55), p)")
                } else {
                    step.to_owned()
                };
                let project = project(&step, foreign_keys);
                let before = project.state();
                project.does(&up(&step, rows));
                assert_eq!(violations(&project), "1", "{name} {foreign_keys} {rows}");
                // Batches on the way down are as the file says.
                let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
                project.write("evolve.toml", &format!("{config}batch = {{ rows = {rows} }}\n"));
                let down = project.run(&["down", "--target", "one", "--yes"]);
                assert_eq!(down.code, 0, "{name} {foreign_keys} {rows}: {}", down.err);
                assert_same(name, &before, &project.state());
                assert_eq!((violations(&project).as_str(), stores(&project).as_str()), ("4", "0"), "{name}");
            }
        }
    }
}

#[test]
fn f56_a_row_that_came_later_stands_in_the_way() {
    for (name, step) in &STEPS[1..] {
        let project = project(step, true);
        project.does(&up(step, "1"));
        // It refers to a parent that only the step made.
        project.sql("INSERT INTO c VALUES (7, 98, 1)");
        let before = logical(&project.open());
        let down = project.json(&["down", "--target", "one", "--yes"]);
        assert_eq!((code(&down), down["error"]["exit"].as_i64()), ("E0706", Some(7)), "{name}: {down}");
        assert_same(name, &before, &logical(&project.open()));
        project.sql("DELETE FROM c WHERE id = 7");
        project.does(&["down", "--target", "one", "--yes"]);
        assert_eq!((violations(&project).as_str(), stores(&project).as_str()), ("4", "0"), "{name}");
    }
}

#[test]
fn f56_what_was_broken_and_still_is_is_not_kept() {
    let project = project(ADD, true);
    project.does(&up(ADD, "1"));
    let kept = "SELECT group_concat(held) FROM (SELECT held FROM evolve_kept_2_mended ORDER BY held)";
    assert_eq!(project.value(kept), "3937,3938,3939", "97, 98 and 99, and not 55");
    let sound = self::project("[[copy]]\nid = \"mend\"\nfrom = \"more\"\ninto = \"p\"\nwhere = \"id = 0\"\n", true);
    sound.does(&up("", "1"));
    assert_eq!(stores(&sound), "0", "it repaired nothing");
}

#[test]
fn f56_a_step_that_fails_half_done_breaks_them_again_too() {
    for step in [REPOINT, ADD] {
        let check = if step == ADD { "copy" } else { "enrich" };
        let step = format!("{step}[[{check}.check]]\nname = \"never\"\nsql = \"SELECT 1\"\nempty = true\n");
        let project = project(&step, false);
        let before = project.state();
        let failed = project.json(&up(&step, "1"));
        assert_eq!(code(&failed), "E0705", "{failed}");
        assert_same("taken back", &before, &project.state());
        assert_eq!((violations(&project).as_str(), stores(&project).as_str()), ("4", "0"));
    }
}

#[test]
#[cfg(feature = "failpoints")]
fn f56_f125_a_step_that_was_killed_goes_on_and_back() {
    for step in [REPOINT, ADD] {
        let project = project(step, false);
        let before = project.state();
        let killed =
            project.command(&up(step, "1")).env("EVOLVE_FAIL", "between_batches:2").status().expect("the binary");
        assert_eq!(killed.code(), None, "it was killed");
        project.does(&up(step, "1"));
        project.does(&["down", "--target", "one", "--yes"]);
        assert_same("down", &before, &project.state());
        assert_eq!(stores(&project), "0");
    }
}
