//! A step that is half done, and ground that is another when it would go on: refused, nothing touched, and both ways out.

use crate::meanwhile::{Case, OWN_KEYS, PLAIN, SAME_KEYS, WITH_NUMBERS, up};
use crate::rig::{Project, assert_same, code};
use evolve::observe::Stop;

/// Six of ten rows are through.
fn half_done(target: &'static str) -> Project {
    let folder = Case { source: WITH_NUMBERS, target, step: PLAIN, downtime: "" }.folder();
    let stop = Stop::new();
    drop(up(&folder, 6, "SELECT 1", Some(&stop)));
    assert_eq!(folder.value("SELECT count(*) FROM target"), "6");
    folder
}

/// `change` is refused; taken back by `mend` the same command goes on. Another half-done one starts over.
fn is_refused(target: &'static str, change: &str, mend: &str, words: &str) {
    let folder = half_done(target);
    folder.sql(change);
    let before = folder.state();
    let given = folder.run(&["up", "--yes", "--json"]);
    assert_eq!(given.code, 6, "{change}: {}", given.out);
    assert_same("nothing is touched", &before, &folder.state());
    assert!(given.out.contains(words), "{}", given.out);
    assert_eq!(code(&folder.json(&["up", "--yes"])), "E0611");
    folder.sql(mend);
    folder.does(&["up", "--yes"]);
    assert_eq!(folder.value("SELECT count(*) || ' ' || count(DISTINCT id) FROM target"), "10 10");
}

#[test]
fn f136_a_target_that_lost_rows_is_not_added_to() {
    let change = "CREATE TABLE aside AS SELECT * FROM target WHERE id = 4; DELETE FROM target WHERE id = 4";
    is_refused(SAME_KEYS, change, "INSERT INTO target SELECT * FROM aside; DROP TABLE aside", "fewer rows than the 6");
}

#[test]
fn f136_a_journal_that_lost_rows_is_not_added_to() {
    let folder = half_done(OWN_KEYS);
    let store = folder.value("SELECT name FROM sqlite_schema WHERE name LIKE 'evolve_kept%' AND type = 'table'");
    let change = format!("CREATE TABLE aside AS SELECT * FROM {store}; DELETE FROM {store} WHERE evolve_n > 3");
    let mend = format!("DELETE FROM {store}; INSERT INTO {store} SELECT * FROM aside; DROP TABLE aside");
    is_refused(OWN_KEYS, &change, &mend, "its journal is not whole");
}

#[test]
fn f136_a_source_of_another_shape_is_not_read_on() {
    let change = "ALTER TABLE source ADD COLUMN late TEXT";
    is_refused(SAME_KEYS, change, "ALTER TABLE source DROP COLUMN late", "another shape");
}

#[test]
fn f136_what_is_refused_can_be_taken_back_and_started_over() {
    let folder = half_done(SAME_KEYS);
    folder.sql("ALTER TABLE source ADD COLUMN late TEXT");
    assert_eq!(folder.run(&["up", "--yes"]).code, 6);
    folder.does(&["down", "--target", "one", "--yes"]);
    folder.does(&["up", "--yes"]);
    assert_eq!(folder.value("SELECT count(*) FROM target"), "10");
}

#[test]
fn f136_a_source_that_lost_rows_that_were_read_is_not_read_on() {
    let change = "CREATE TABLE aside AS SELECT * FROM source WHERE id = 2; DELETE FROM source WHERE id = 2";
    let mend = "INSERT INTO source SELECT * FROM aside; DROP TABLE aside";
    is_refused(SAME_KEYS, change, mend, "source has 5 rows up to the last one, and 6 were read");
    let emptied = "CREATE TABLE aside AS SELECT * FROM source; DELETE FROM source; INSERT INTO source SELECT * FROM aside LIMIT 1";
    is_refused(
        SAME_KEYS,
        emptied,
        "DELETE FROM source; INSERT INTO source SELECT * FROM aside; DROP TABLE aside",
        "1 rows up",
    );
}

#[test]
fn f049_rows_that_were_numbered_anew_are_not_read_on() {
    let source =
        "CREATE TABLE source (id INTEGER, v TEXT, other TEXT); INSERT INTO source (v) VALUES ('gone'), ('gone')";
    for downtime in ["", "downtime = false"] {
        let folder = Case { source, target: SAME_KEYS, step: PLAIN, downtime }.folder();
        folder.sql("DELETE FROM source WHERE v = 'gone'");
        let stop = Stop::new();
        drop(up(&folder, 6, "SELECT 1", Some(&stop)));
        assert_eq!(folder.value("SELECT count(*) FROM target"), "6");
        folder.sql("VACUUM");
        let given = folder.run(&["up", "--yes", "--json"]);
        assert_eq!(given.code, 6, "{}", given.out);
        assert!(given.out.contains("numbered anew"), "{}", given.out);
        folder.does(&["down", "--target", "one", "--yes"]);
        folder.does(&["up", "--yes"]);
        assert_eq!(folder.value("SELECT count(*) || ' ' || count(DISTINCT id) FROM target"), "10 10");
    }
}
