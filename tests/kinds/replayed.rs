//! `up --retry-rejects` from the record of a reject: mended by a person, or all that is left of the row.

use crate::rig::running::KILLED;
use crate::rig::{Project, assert_same};
use crate::{balanced, declare, down, numbers, project};
use serde_json::Value;

const TABLES: &str = "CREATE TABLE a (k INTEGER PRIMARY KEY, v TEXT, w COLLATE NOCASE);
    CREATE TABLE b (k INTEGER PRIMARY KEY, v INTEGER, w);
    INSERT INTO a VALUES (1, '1', 'x'), (2, 'bad', 1.0), (3, 'worse', x'00ff'), (4, 'worst', NULL);";

fn step(columns: &str, more: &str) -> String {
    format!(
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\non_invalid = \"quarantine\"\n{more}\n\
         [convert.columns]\nk = \"k\"\nv = {{ from = \"v\", cast = \"integer\" }}\n{columns}\n"
    )
}

fn applied(columns: &str, more: &str) -> Project {
    let project = project(TABLES, &step(columns, more));
    project.does(&["up", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "3");
    project
}

fn retry(project: &Project) -> Value {
    let document = project.json(&["up", "--retry-rejects"]);
    assert_eq!(document["error"], Value::Null, "{document}");
    balanced(&document["result"]["steps"][0]);
    document["result"].clone()
}

/// Gives the record of the reject with this key another value.
fn mend(project: &Project, key: &str, column: &str, value: &str) {
    project.sql(&format!(
        "UPDATE evolve_rejects SET record = json_set(record, '$.{column}', {value}) WHERE shown = '{key}'"
    ));
}

fn rows(project: &Project) -> String {
    project.value("SELECT group_concat(k || ' ' || v || ' ' || typeof(w) || ' ' || hex(w), '; ') FROM (SELECT * FROM b ORDER BY k)")
}

#[test]
fn f144_a_record_that_somebody_mended_counts_and_the_others_are_read_where_they_stand() {
    let project = applied("w = \"w\"", "");
    let before = project.value("SELECT group_concat(k || v) FROM a");
    mend(&project, "2", "v", "'22'");
    project.sql("UPDATE a SET v = '33' WHERE k = 3");
    let result = retry(&project);
    assert_eq!(numbers(&result["steps"][0]), [3, 2, 0, 0, 0, 1]);
    assert_eq!(result["notes"][0], "move: 1 rejected rows were tried from their records");
    assert_eq!(rows(&project), "1 1 text 78; 2 22 real 312E30; 3 33 blob 00FF");
    assert_eq!(project.value("SELECT shown FROM evolve_rejects"), "4");
    // A record that is wrong still keeps what was made of it, and says what is wrong now.
    mend(&project, "4", "v", "'wrong'");
    assert_eq!(numbers(&retry(&project)["steps"][0]), [1, 0, 0, 0, 0, 1]);
    assert_eq!(project.value("SELECT record ->> 'v' FROM evolve_rejects"), "wrong");
    mend(&project, "4", "v", "44");
    assert_eq!(numbers(&retry(&project)["steps"][0]), [1, 1, 0, 0, 0, 0]);
    assert!(rows(&project).ends_with("4 44 null "), "{}", rows(&project));
    project.sql("UPDATE a SET v = 'worse' WHERE k = 3");
    assert_eq!(project.value("SELECT group_concat(k || v) FROM a"), before, "the source is as it was");
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM b"), "0");
}

#[test]
fn f144_rows_of_a_table_that_a_later_stage_dropped_are_tried_from_their_records() {
    let project =
        applied("w = { sql = \"CASE WHEN w = 'q' OR a.w = 'q' THEN 'same' ELSE w END\" }", "where = \"k > 0\"");
    project.write("migrations/V2__gone.sql", "DROP TABLE a;");
    project.write("plans/three.toml", "[stage]\nname = \"three\"\nversion = \"3.0.0\"\nmigrations = [\"V2\"]\n");
    project.does(&["up", "--yes"]);
    assert_eq!(numbers(&retry(&project)["steps"][0]), [3, 0, 0, 0, 0, 3], "nothing was mended");
    // The collation of the column holds in the record too.
    project.sql("UPDATE evolve_rejects SET record = json_set(record, '$.v', '0')");
    project.sql("UPDATE evolve_rejects SET record = json_set(record, '$.w', 'Q') WHERE shown = '2'");
    assert_eq!(numbers(&retry(&project)["steps"][0]), [3, 3, 0, 0, 0, 0]);
    assert_eq!(rows(&project), "1 1 text 78; 2 0 text 73616D65; 3 0 blob 00FF; 4 0 null ");
    project.does(&["down", "--target", "one", "--yes"]);
    assert_eq!(project.value("SELECT count(*) FROM b"), "0");
    assert_eq!(project.value("SELECT count(*) FROM a"), "4");
    assert_eq!(project.value("SELECT count(*) FROM evolve_meta WHERE key LIKE 'rejects %'"), "0");
}

#[test]
fn f144_what_a_record_cannot_say_stays_aside_with_the_reason() {
    let cases = [
        ("w = \"w\"", "json_remove(record, '$.w')", "the step reads w, which its record does not have"),
        ("w = \"w\"", "json_set(record, '$.V', '5')", "the record has V twice"),
        ("w = \"w\"", "json_set(record, '$.vv', '5')", "the record has vv, which is no column of a"),
        ("w = \"w\"", "'{'", "the record is no JSON object"),
        ("w = \"w\"", "json_set(record, '$.k', 'x')", "the record fits no row of a: datatype mismatch"),
    ];
    for (columns, mended, why) in cases {
        let project = applied(columns, "");
        project.sql(&format!("UPDATE evolve_rejects SET record = {mended} WHERE shown = '2'"));
        let result = retry(&project);
        let warning = result["steps"][0]["warnings"][0].as_str().unwrap_or_else(|| panic!("{why}: {result}"));
        assert_eq!(warning, format!("1 rejected rows stay aside, because {why}: 2"));
        assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "3");
    }
}

#[test]
fn f144_a_protected_value_is_not_in_the_record_and_the_row_stays_aside() {
    let project = applied("w = { from = \"w\", protect = \"mask\" }", "");
    project.sql("DELETE FROM a WHERE k = 2");
    mend(&project, "2", "v", "'2'");
    let result = retry(&project);
    let warning = result["steps"][0]["warnings"][0].as_str().unwrap_or_else(|| panic!("{result}"));
    assert_eq!(warning, "1 rejected rows stay aside, because the step reads w, which its record does not have: 2");
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "3");
}

#[test]
fn f144_killed_among_records_all_is_as_it_was_and_the_same_command_does_it() {
    let project = applied("w = \"w\"", "");
    project.sql("UPDATE evolve_rejects SET record = json_set(record, '$.v', '5'); DELETE FROM a WHERE k = 3");
    let before = project.state();
    for at in 1..=3 {
        assert_eq!(project.dies("between_rejects", at, &["up", "--retry-rejects"]).code, KILLED);
        assert_same("nothing was done", &before, &project.state());
    }
    assert_eq!(numbers(&retry(&project)["steps"][0]), [3, 3, 0, 0, 0, 0]);
    assert_eq!(rows(&project), "1 1 text 78; 2 5 real 312E30; 3 5 blob 00FF; 4 5 null ");
    assert_eq!(project.value("SELECT count(*) FROM evolve_rejects"), "0");
    down(&project);
    assert_eq!(project.value("SELECT count(*) FROM b"), "0");
}

#[test]
fn f144_numbers_and_bytes_come_out_of_the_record_as_they_were() {
    let project = project(TABLES, &step("w = \"w\"", ""));
    project.sql("DELETE FROM a; INSERT INTO a VALUES (1, 'bad', 9223372036854775807), (2, 'bad', 0.1 + 0.2), (3, 'bad', 1e-320), (4, 'bad', 9e999), (5, 'bad', CAST(x'c328' AS TEXT)), (6, 'bad', 'FF'), (7, 'bad', x'ff'), (8, 'bad', -9223372036854775808), (9, 'bad', 1e300)");
    project.sql("CREATE TABLE was AS SELECT * FROM a");
    project.does(&["up", "--yes"]);
    declare(&project, &step("w = \"w\"", ""));
    project.sql("DELETE FROM a; UPDATE evolve_rejects SET record = json_set(record, '$.v', '7')");
    assert_eq!(numbers(&retry(&project)["steps"][0]), [9, 9, 0, 0, 0, 0]);
    let same = "SELECT count(*) FROM was JOIN b USING (k) WHERE typeof(was.w) = typeof(b.w) AND was.w IS b.w";
    assert_eq!(project.value(same), "9");
}

#[test]
fn f144_rows_that_a_step_changes_where_they_stand_are_mended_there() {
    let enrich = "[[enrich]]\nid = \"move\"\ntable = \"a\"\non_invalid = \"quarantine\"\n[enrich.columns]\nw = { from = \"v\", cast = \"integer\" }\n";
    let project = project(TABLES, enrich);
    project.does(&["up", "--yes"]);
    mend(&project, "2", "v", "'5'");
    project.sql("DELETE FROM a WHERE k = 4; UPDATE a SET v = '6' WHERE k = 3");
    let result = retry(&project);
    assert_eq!(numbers(&result["steps"][0]), [2, 0, 1, 0, 0, 1]);
    let warning = result["steps"][0]["warnings"][0].as_str().expect("a warning");
    assert_eq!(
        warning,
        "1 rejected rows stay aside, because the step changes the rows that it reads: mend them where they stand: 4"
    );
    assert_eq!(project.value("SELECT group_concat(v || w, ' ') FROM a WHERE k = 3"), "66");
    down(&project);
    assert_eq!(project.value("SELECT hex(w) FROM a WHERE k = 3"), "00FF");
}
