//! `pipeline`: several movements, one step.

use crate::rig::Project;
#[cfg(feature = "failpoints")]
use crate::rig::assert_same;
use crate::{declare, down, numbers, project, refused, rows, up, up_down_up};

const TABLES: &str = "
CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner TEXT);
CREATE TABLE raw (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner TEXT, mail TEXT);
CREATE TABLE owners (name TEXT NOT NULL PRIMARY KEY, mail TEXT NOT NULL);
CREATE TABLE names (name TEXT NOT NULL PRIMARY KEY, first_id INTEGER NOT NULL, mail TEXT);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
INSERT INTO old SELECT i, 'name ' || i, 'owner ' || (i % 3) FROM n;
INSERT INTO owners VALUES ('owner 0', 'zero@x'), ('owner 2', 'two@x');
";

/// Three parts: each reads what the one before has written.
const STEP: &str = r#"[[pipeline]]
id = "import"
[[pipeline.do]]
[pipeline.do.convert]
from = "old"
into = "raw"
[pipeline.do.convert.columns]
id = "id + 100"
name = "name"
owner = "owner"
[[pipeline.do]]
[pipeline.do.convert]
from = "raw"
into = "names"
[pipeline.do.convert.columns]
name = "name"
first_id = "id"
[[pipeline.do]]
[pipeline.do.enrich]
table = "names"
lookup = { table = "owners", on = "owners.name = (SELECT raw.owner FROM raw WHERE raw.id = names.first_id)" }
on_missing = "keep"
on_many = "fail"
[pipeline.do.enrich.columns]
mail = "owners.mail"
"#;

#[track_caller]
fn all_is_done(project: &Project) {
    let done = "SELECT count(*) FROM old JOIN names USING (name) LEFT JOIN owners ON owners.name = old.owner \
                WHERE names.mail IS owners.mail AND names.first_id = old.id + 100";
    assert_eq!(project.value(done), "19");
}

#[test]
fn each_part_reads_what_the_ones_before_wrote() {
    let project = project(TABLES, STEP);
    for size in [1, 2, 3, 7, 100] {
        let step = up_down_up(&project, size);
        let updated = 12;
        assert_eq!(numbers(&step), [57, 38, updated, 0, 19 - updated, 0], "batches of {size}");
        all_is_done(&project);
        down(&project);
    }
}

#[test]
fn a_part_that_fails_takes_all_of_it_back() {
    let project = project(TABLES, STEP);
    // The seventeenth: batches of the second part stand already when it comes.
    project.sql("UPDATE old SET name = 'name 1' WHERE id = 17");
    for size in [1, 2, 5, 100] {
        let error = refused(&project, size, 1, "E0707");
        assert!(error["message"].as_str().expect("words").contains("same key: 117"), "{error}");
        let status = project.json(&["status"]);
        assert_eq!(status["result"]["pending"][0]["id"], "import", "{status}");
        assert!(status["result"]["interrupted"].is_null(), "{status}");
    }
    project.sql("UPDATE old SET name = 'name 17' WHERE id = 17");
    up_down_up(&project, 2);
    all_is_done(&project);
}

#[test]
fn it_is_one_step_in_the_plan_and_in_the_ledger() {
    let project = project(TABLES, STEP);
    let document = project.json(&["plan"]);
    let steps = document["result"]["steps"].as_array().expect("steps");
    assert_eq!((steps.len(), &steps[0]["id"], &steps[0]["kind"]), (1, &"import".into(), &"pipeline".into()));
    assert_eq!((&steps[0]["risk"], &steps[0]["reversible"]), (&"low".into(), &"inverse".into()));
    let words = |key: &str| steps[0][key].to_string();
    assert!(words("reads").contains("old.name") && words("reads").contains("owners.mail"), "{document}");
    assert!(words("writes").contains("raw") && words("writes").contains("names"), "{document}");
    up(&project, 5);
    assert_eq!(rows(&project, "SELECT id, kind, state FROM evolve_steps WHERE seq > 1"), ["import | pipeline | done"]);
}

#[test]
fn what_others_have_in_its_tables_stays_on_the_way_back() {
    let project = project(TABLES, STEP);
    project
        .sql("INSERT INTO raw (id, name) VALUES (1, 'mine'); INSERT INTO names (name, first_id) VALUES ('theirs', 0)");
    up(&project, 4);
    project.sql("INSERT INTO raw (id, name) VALUES (500, 'since')");
    down(&project);
    assert_eq!(rows(&project, "SELECT id FROM raw ORDER BY id"), ["1", "500"]);
    assert_eq!(rows(&project, "SELECT name, mail FROM names ORDER BY name"), ["theirs | NULL"]);
}

#[test]
fn one_way_back_is_said_for_all_parts() {
    let journal = STEP.replace("id = \"import\"", "id = \"import\"\nundo = \"journal\"");
    let project = project(TABLES, &journal);
    up_down_up(&project, 3);
    down(&project);
    project.sql("CREATE TABLE times (n INTEGER); INSERT INTO times VALUES (0)");
    let sql = "undo = { sql = \"UPDATE times SET n = n + 1; DELETE FROM names; DELETE FROM raw\" }";
    declare(&project, &journal.replace("undo = \"journal\"", sql));
    up(&project, 3);
    down(&project);
    assert_eq!(
        rows(&project, "SELECT n, (SELECT count(*) FROM raw), (SELECT count(*) FROM names) FROM times"),
        ["1 | 0 | 0"]
    );
}

#[test]
fn a_merge_and_a_split_are_parts_as_well() {
    let toml = r#"[[pipeline]]
id = "import"
[[pipeline.do]]
[pipeline.do.merge]
into = "names"
key = ["name"]
on_conflict = "skip"
[[pipeline.do.merge.from]]
table = "old"
columns = { name = "owner", first_id = "id" }
[[pipeline.do.merge.from]]
table = "owners"
columns = { name = "name", first_id = "0", mail = "mail" }
[[pipeline.do]]
[pipeline.do.split]
from = "old"
[[pipeline.do.split.into]]
table = "raw"
when = "id % 2"
columns = { id = "id", name = "name" }
[[pipeline.do.split.into]]
table = "owners"
when = "id % 2 = 0"
columns = { name = "name", mail = "id" }
"#;
    let project = project(TABLES, toml);
    let step = up_down_up(&project, 3);
    assert_eq!(numbers(&step), [40, 22, 0, 0, 18, 0]);
    down(&project);
    declare(&project, &toml.replace("id % 2 = 0", "id % 2 = 0 AND id < 18"));
    let error = refused(&project, 3, 7, "E0705");
    assert!(error["message"].as_str().expect("words").contains("every selected row of old"), "{error}");
}

#[cfg(feature = "failpoints")]
#[test]
fn f04_killed_in_any_part_it_goes_on_with_that_part() {
    let base = project(TABLES, STEP);
    let arguments = ["up", "--yes", "--batch-size", "4"];
    let calm = base.twin();
    calm.does(&arguments);
    let after = calm.state();
    for point in ["after_batch_before_cursor", "between_batches"] {
        let mut kills = 0;
        loop {
            let project = base.twin();
            let gave = project.dies(point, kills + 1, &arguments);
            if gave.code != crate::rig::running::KILLED {
                assert_eq!(gave.code, 0, "{point}:{}: {}", kills + 1, gave.err);
                break;
            }
            kills += 1;
            project.does(&arguments);
            assert_same(&format!("{point}:{kills}"), &after, &project.state());
            down(&project);
            assert_same(&format!("{point}:{kills} and down"), &base.state(), &project.state());
        }
        assert!(kills > 9, "{point}: {kills}");
    }
}
