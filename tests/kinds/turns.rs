//! `up --retry-rejects` where other parts of the step came after the one whose row is tried again.

use crate::rig::{Project, assert_same};
use crate::{down, numbers, project};
use serde_json::Value;

/// A merge of two tables, where a row of each is put aside, by a rule for conflicts.
fn merged(conflict: &str) -> Project {
    let tables = "CREATE TABLE u (id INTEGER PRIMARY KEY, k TEXT, at INTEGER); CREATE TABLE z (id INTEGER PRIMARY KEY, k TEXT, at INTEGER);
        CREATE TABLE x (id INTEGER PRIMARY KEY, k INTEGER, at INTEGER);
        INSERT INTO u VALUES (1, '1', 1), (2, 'bad', 9), (3, 'bad', 1); INSERT INTO z VALUES (2, '2', 2), (1, 'bad', 5), (4, 'bad', 1);";
    let part = "columns = { id = \"id\", at = \"at\", k = { from = \"k\", cast = \"integer\" } }\n";
    let step = format!(
        "[[merge]]\nid = \"m\"\ninto = \"x\"\nkey = [\"id\"]\non_conflict = {conflict}\non_invalid = \"quarantine\"\n\
         [[merge.from]]\ntable = \"u\"\n{part}[[merge.from]]\ntable = \"z\"\n{part}"
    );
    project(tables, &step)
}

fn rows(project: &Project) -> String {
    project.value("SELECT group_concat(id || ' ' || k, '; ') FROM (SELECT * FROM x ORDER BY id)")
}

#[test]
fn f144_a_row_of_an_earlier_part_does_not_win_over_a_later_one_and_all_goes_back() {
    // What the rule makes of row 1, which comes in the last part.
    for (conflict, first) in
        [("\"overwrite\"", 11), ("{ newest = \"at\" }", 11), ("\"skip\"", 1), ("{ fill = [\"k\"] }", 1)]
    {
        let project = merged(conflict);
        project.sql("INSERT INTO x VALUES (9, 9, 9)");
        let before = project.state();
        project.does(&["up", "--yes"]);
        assert_eq!(rows(&project), "1 1; 2 2; 9 9", "{conflict}");
        project.sql("UPDATE u SET k = '22' WHERE id = 2; UPDATE u SET k = '33' WHERE id = 3; UPDATE z SET k = '11' WHERE id = 1; UPDATE z SET k = '44' WHERE id = 4");
        let document = project.json(&["up", "--retry-rejects"]);
        assert_eq!(
            (&document["result"]["outcome"], &document["error"]),
            (&"needs_person".into(), &Value::Null),
            "{document}"
        );
        let step = &document["result"]["steps"][0];
        assert_eq!(numbers(step)[0], 3, "{conflict}: {step}");
        let warning = step["warnings"][0].as_str().expect("a warning");
        assert_eq!(
            warning,
            "1 rejected rows stay aside, because they meet rows of x, and a later part of the step has its turn there (take m back, mend the rows, then `evolve up`): 2"
        );
        assert_eq!(rows(&project), format!("1 {first}; 2 2; 3 33; 4 44; 9 9"), "{conflict}");
        assert_eq!(project.value("SELECT group_concat(shown) FROM evolve_rejects"), "2", "{conflict}");
        // As the report says it.
        down(&project);
        project.sql("UPDATE u SET k = 'bad' WHERE id > 1; UPDATE z SET k = 'bad' WHERE id <> 2");
        assert_same(conflict, &before, &project.state());
        project.sql("UPDATE u SET k = '22' WHERE id = 2; UPDATE u SET k = '33' WHERE id = 3; UPDATE z SET k = '11' WHERE id = 1; UPDATE z SET k = '44' WHERE id = 4");
        project.does(&["up", "--yes"]);
        let second = if conflict.contains("over") { 2 } else { 22 };
        assert_eq!(rows(&project), format!("1 {first}; 2 {second}; 3 33; 4 44; 9 9"), "{conflict}: the whole step");
    }
}

#[test]
fn f144_a_row_that_would_get_another_key_out_of_turn_stays_aside() {
    let project = merged("{ new_key = \"id\" }");
    project.does(&["up", "--yes"]);
    let before = rows(&project);
    project.sql("UPDATE u SET k = '22' WHERE id = 2");
    assert_eq!(project.run(&["up", "--retry-rejects"]).code, 3);
    assert_eq!(rows(&project), before);
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects WHERE shown = '2'"), "1");
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM x"), "0");
}

#[test]
fn f144_a_row_whose_mended_record_meets_a_later_part_stays_aside_as_well() {
    let project = merged("\"overwrite\"");
    project.does(&["up", "--yes"]);
    project.sql("UPDATE evolve_rejects SET record = json_set(record, '$.k', '5') WHERE tbl = 'u'");
    let document = project.json(&["up", "--retry-rejects"]);
    assert_eq!(document["result"]["outcome"], "needs_person", "{document}");
    assert_eq!(rows(&project), "1 1; 2 2; 3 5");
    assert_eq!(project.value("SELECT record ->> 'k' FROM evolve_rejects WHERE tbl = 'u'"), "5");
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM x"), "0");
}

/// A pipeline of which the last part reads what the first wrote.
fn pipeline(last: &str) -> Project {
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE x (id INTEGER PRIMARY KEY, v INTEGER); CREATE TABLE y (id INTEGER PRIMARY KEY, v INTEGER);
        INSERT INTO a VALUES (1, '1'), (2, 'bad');";
    let step = format!(
        "[[pipeline]]\nid = \"p\"\n[[pipeline.do]]\n[pipeline.do.convert]\nfrom = \"a\"\ninto = \"x\"\non_invalid = \"quarantine\"\n\
         columns = {{ id = \"id\", v = {{ from = \"v\", cast = \"integer\" }} }}\n[[pipeline.do]]\n[pipeline.do.convert]\n{last}"
    );
    let project = project(tables, &step);
    project.does(&["up", "--yes"]);
    project.sql("UPDATE a SET v = '2' WHERE id = 2");
    project
}

#[test]
fn f144_a_row_that_later_parts_have_read_past_is_refused_by_name() {
    let readers = [
        "from = \"x\"\ninto = \"y\"\ncolumns = { id = \"id\", v = \"v\" }\n",
        "from = \"a\"\ninto = \"y\"\ncolumns = { id = \"id\", v = { sql = \"(SELECT count(*) FROM x)\" } }\n",
        "from = \"a\"\ninto = \"y\"\nwhere = \"id IN (SELECT id FROM X)\"\ncolumns = { id = \"id\" }\n",
    ];
    for reader in readers {
        let project = pipeline(reader);
        let before = project.state();
        let document = project.json(&["up", "--retry-rejects"]);
        assert_eq!(document["result"]["outcome"], "needs_person", "{reader}: {document}");
        let warning = document["result"]["steps"][0]["warnings"][0].as_str().expect("a warning");
        assert_eq!(
            warning,
            "1 rejected rows stay aside, because they go into x, which a later part of the step, into y, has read (take p back, mend the rows, then `evolve up`): 2"
        );
        assert_same(reader, &before, &project.state());
        down(&project);
        project.does(&["up", "--yes"]);
        assert_eq!(project.value("SELECT count(*) FROM x"), "2", "{reader}");
        assert_eq!(project.value("SELECT count(*) FROM y"), "2", "{reader}");
    }
}

#[test]
fn f144_a_row_that_no_later_part_reads_is_tried_as_ever() {
    let project = pipeline("from = \"a\"\ninto = \"y\"\ncolumns = { id = \"id\" }\n");
    project.does(&["up", "--retry-rejects"]);
    assert_eq!(project.value("SELECT group_concat(v) FROM x"), "1,2");
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM x"), "0");
}
