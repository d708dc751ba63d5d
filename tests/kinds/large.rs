//! Huge rows and wide tables: a batch is bounded by bytes, and what is too large for the database is named. F137.

use crate::rig::{Project, assert_same, code};
use crate::{down, numbers, project, rows, up_down_up};

const COPY: &str = "[[copy]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n";

fn bounded(tables: &str, step: &str, bytes: u64) -> Project {
    let project = project(tables, step);
    let config = std::fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
    project.write("evolve.toml", &format!("{config}batch = {{ bytes = {bytes} }}\n"));
    project
}

/// Up with the size of batches left to evolve; how many there were.
fn batches(project: &Project) -> u64 {
    let document = project.json(&["up", "--yes"]);
    let step = &document["result"]["steps"][0];
    assert_eq!(step["outcome"], "done", "{document}");
    step["batches"]["count"].as_u64().expect("a number")
}

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, v); CREATE TABLE b (id INTEGER PRIMARY KEY, v);\n";

fn with_rows(many: u32, size: &str) -> String {
    format!(
        "{TABLES}WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < {many}) INSERT INTO a SELECT i, zeroblob({size}) FROM i;\n"
    )
}

#[test]
fn f137_a_batch_of_large_rows_is_bounded_by_bytes() {
    for undo in ["", "undo = \"journal\"\n"] {
        let project = bounded(&with_rows(40, "100000 + i"), &format!("{COPY}{undo}"), 400_200);
        let before = project.state();
        // Rows of a hundred thousand bytes and a few more: three or four fit.
        let count = batches(&project);
        assert!((10..=15).contains(&count), "{count} batches");
        assert_eq!(rows(&project, "SELECT count(*), sum(octet_length(v)) FROM b"), ["40 | 4000820"]);
        down(&project);
        assert_same("down", &before, &project.state());
    }
}

#[test]
fn f137_a_row_that_is_larger_than_a_batch_goes_alone() {
    let project = bounded(&with_rows(5, "3000000"), COPY, 1_000_000);
    assert!((5..=6).contains(&batches(&project)));
    assert_eq!(project.value("SELECT count(*) FROM b"), "5");
}

#[test]
fn f137_rows_of_a_usual_size_are_not_held_up() {
    let project = bounded(&with_rows(5000, "400"), COPY, 64_000_000);
    assert_eq!(batches(&project), 1);
}

#[test]
fn f137_large_rows_behind_small_ones_are_bounded_from_the_next_batch_on() {
    let project = bounded(&with_rows(300, "CASE WHEN i > 100 THEN 100000 ELSE 10 END"), COPY, 1_000_000);
    project.write(
        "plans/two.toml",
        &format!("[stage]\nname = \"two\"\nversion = \"2.0.0\"\n{COPY}batch = {{ rows = 100 }}\n"),
    );
    // One of a hundred small rows, twenty of ten large ones, and the look that finds nothing left.
    assert_eq!(batches(&project), 22);
    assert_eq!(project.value("SELECT count(*) FROM b"), "300");
}

#[test]
fn f137_what_is_too_large_for_the_database_is_named_by_its_row() {
    let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE b (id INTEGER PRIMARY KEY, v);
        INSERT INTO a VALUES (1, 10), (2, 20), (33, 1500000000), (4, 40), (50, 50);\n";
    let step =
        "[[convert]]\nid = \"move\"\nfrom = \"a\"\ninto = \"b\"\n[convert.columns]\nid = \"id\"\nv = \"zeroblob(n)\"\n";
    for rows in ["1", "2", "100"] {
        let project = project(tables, step);
        let before = project.state();
        let document = project.json(&["up", "--yes", "--batch-size", rows]);
        assert_eq!(code(&document), "E0701", "{document}");
        let words = document["error"]["message"].as_str().expect("words");
        assert!(words.contains("row 33 of a") && words.contains("SQLITE_TOOBIG"), "{words}");
        assert_same("nothing of it stays", &before, &project.state());
    }
}

/// Down with these flags; in how many batches.
fn batches_back(project: &Project, flags: &[&str]) -> u64 {
    let document = project.json(&[&["down", "--target", "one", "--yes"], flags].concat());
    let step = &document["result"]["steps"][0];
    assert_eq!(step["outcome"], "undone", "{document}");
    step["batches"]["count"].as_u64().expect("a number")
}

#[test]
fn f137_a_batch_of_large_rows_is_bounded_by_bytes_on_the_way_back() {
    let flags: [&[&str]; 3] = [&[], &["--discard-changed"], &["--preserve-data"]];
    for (undo, flags) in ["", "undo = \"journal\"\n"].iter().flat_map(|undo| flags.map(|flags| (undo, flags))) {
        let project = bounded(&with_rows(40, "100000 + i"), &format!("{COPY}{undo}"), 400_200);
        let before = project.state();
        batches(&project);
        let count = batches_back(&project, flags);
        assert!((10..=15).contains(&count), "{undo}{flags:?}: {count} batches");
        assert_same("down", &before, &project.state());
    }
}

#[test]
fn f137_large_values_that_come_back_count_where_they_are_kept() {
    // Small rows over large ones, and over others that go whole.
    let tables = with_rows(40, "10") + "INSERT INTO b SELECT id, zeroblob(100000 + id) FROM a;\n";
    let update = "[[enrich]]\nid = \"move\"\ntable = \"b\"\n[enrich.columns]\nv = { value = 1 }\n";
    for step in [&format!("{COPY}on_conflict = \"overwrite\"\n"), update] {
        let project = bounded(&tables, step, 400_200);
        let before = project.state();
        batches(&project);
        let count = batches_back(&project, &[]);
        assert!((10..=15).contains(&count), "{step}: {count} batches");
        assert_same("down", &before, &project.state());
    }
}

#[test]
fn f137_rows_of_a_usual_size_go_back_at_once() {
    for undo in ["", "undo = \"journal\"\n"] {
        let project = bounded(&with_rows(5000, "400"), &format!("{COPY}{undo}"), 64_000_000);
        batches(&project);
        assert_eq!(batches_back(&project, &[]), 1, "{undo}");
    }
}

/// A table has two thousand columns at most, and a journal some more than its table.
#[test]
fn f137_tables_of_almost_two_thousand_columns_go_there_and_back() {
    let list = |of: &dyn Fn(usize) -> String| (1..1990).map(of).collect::<Vec<_>>().join(", ");
    let columns = list(&|at| format!("c{at}"));
    let values = list(&|at| (at % 7).to_string());
    let tables = format!(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, {columns}); CREATE TABLE b (id INTEGER PRIMARY KEY, {columns});
         INSERT INTO a VALUES (1, {values}), (2, {values}), (3, {values}); INSERT INTO b (id, c7) VALUES (2, 'own');\n"
    );
    for rule in ["on_conflict = \"overwrite\"\n", "on_conflict = \"skip\"\n"] {
        let project = project(&tables, &format!("{COPY}{rule}"));
        let step = up_down_up(&project, 2);
        assert_eq!(numbers(&step)[..2], [3, 2], "{step}");
    }
}

/// The same for what writes from several tables, and what writes into the rows it reads.
#[test]
fn f137_so_do_merges_and_enriched_tables_of_as_many_columns() {
    let list = |of: &dyn Fn(usize) -> String| (1..1990).map(of).collect::<Vec<_>>().join(", ");
    let columns = list(&|at| format!("c{at}"));
    let row = |from: usize| list(&|at| ((at + from) % 7).to_string());
    let tables = format!(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, {columns}); CREATE TABLE b (id INTEGER PRIMARY KEY, {columns}); CREATE TABLE c (id INTEGER PRIMARY KEY, {columns});
         INSERT INTO a VALUES (1, {0}), (2, {0}), (3, {0}); INSERT INTO b VALUES (3, {1}), (4, {1}); INSERT INTO c (id, c7) VALUES (2, 'own');\n",
        row(0),
        row(1)
    );
    let assigned = list(&|at| format!("c{at} = \"c{at}\""));
    let part = |table: &str| format!("[[merge.from]]\ntable = \"{table}\"\ncolumns = {{ id = \"id\", {assigned} }}\n");
    let merge = format!(
        "[[merge]]\nid = \"both\"\ninto = \"c\"\nkey = [\"id\"]\non_conflict = \"overwrite\"\n{}{}",
        part("a"),
        part("b")
    );
    let merged = project(&tables, &merge);
    assert_eq!(numbers(&up_down_up(&merged, 3)), [5, 3, 2, 0, 0, 0]);
    let found = rows(&merged, "SELECT group_concat(id || ':' || c1 || c1989, ' ') FROM (SELECT * FROM c ORDER BY id)");
    assert_eq!(found, ["1:11 2:11 3:22 4:22"]);
    let more = (1..1990).map(|at| format!("c{at} = \"c{at} + 1\"\n")).collect::<String>();
    let enriched = project(&tables, &format!("[[enrich]]\nid = \"more\"\ntable = \"a\"\n[enrich.columns]\n{more}"));
    assert_eq!(numbers(&up_down_up(&enriched, 2)), [3, 0, 3, 0, 0, 0]);
    assert_eq!(enriched.value("SELECT sum(c1) || ' ' || sum(c1989) FROM a"), "6 6");
}
