//! Killed in a file that runs outside of a transaction: each statement is done once, VACUUM besides, and a block as one.

use super::bed;
use crate::rig::Project;
use crate::rig::running::KILLED;

/// Every statement leaves a line, so that one that is left out or done twice is seen.
const FILE: &str = "-- evolve: transaction = none
INSERT INTO log (line) VALUES ('one');
VACUUM;
BEGIN;
INSERT INTO log (line) VALUES ('block, first');
UPDATE counters SET n = n + 1;
INSERT INTO log (line) VALUES ('block, last');
COMMIT;
INSERT INTO log (line) VALUES ('four');
VACUUM;
INSERT INTO five VALUES (5, 5);
";

/// All lines of the log, in order.
const LINES: &str = "SELECT group_concat(line) FROM (SELECT line FROM log ORDER BY n)";

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];

macro_rules! killed {
    ($($test:ident at $point:literal;)*) => {
        /// The fail points that are tried here.
        pub const TRIED: &[&str] = &[$($point),*];
        $(#[test] fn $test() { dies_and_goes_on($point); })*
    };
}

killed! {
    f05_killed_between_two_statements at "between_statements";
    f05_killed_before_a_vacuum at "outside_begun";
    f05_killed_between_a_vacuum_and_its_line_in_the_journal at "outside_done";
    f05_killed_after_a_commit at "after_commit";
    f05_killed_before_the_report at "before_report";
}

fn project() -> Project {
    let project = Project::of(&[
        (
            "migrations/V1__tables.sql",
            "CREATE TABLE log (n INTEGER PRIMARY KEY, line TEXT);\nCREATE TABLE counters (n INTEGER);\nCREATE TABLE five (x, y);\nCREATE TABLE gone (x);\nINSERT INTO counters VALUES (0);\n",
        ),
        ("migrations/V2__outside.sql", FILE),
        ("migrations/V2__outside.down.sql", "DELETE FROM five;\nDELETE FROM log;\nUPDATE counters SET n = 0;\n"),
        ("migrations/V3__after.sql", "INSERT INTO log (line) VALUES ('after');\n"),
    ]);
    let _ = project.must(&["up", "--target", "V1"]);
    project
}

fn dies_and_goes_on(point: &str) {
    assert_goes_on(&project(), point);
}

fn assert_goes_on(base: &Project, point: &str) {
    let calm = base.twin();
    let _ = bed::done(&calm, UP);
    let (state, events) = (calm.state(), bed::events(&calm));
    assert_eq!(calm.value(LINES), "one,block, first,block, last,four,after");
    let kills = bed::kill_at(base, (point, 1..), UP, |nth, project| {
        let what = format!("{point}:{nth}");
        let run = bed::interrupted(&project);
        assert_eq!(run["command"], "up latest", "{what}");
        let _ = bed::assert_refused(&project, &["up", "--target", "V2", "--yes"], "up latest");
        let _ = bed::done(&project, UP);
        assert_eq!(project.state(), state, "{what}");
        assert_eq!(bed::events(&project), events, "{what}");
        bed::assert_sound(&project, &what);
    });
    println!("{point}: {kills} kills");
    assert!(kills > 0, "{point} is never passed");
}

#[test]
fn f05_killed_behind_a_statement_that_changed_the_schema() {
    let project = project();
    let more = "CREATE TABLE six (x);\nCREATE INDEX log_by_line ON log (line);\nALTER TABLE counters ADD COLUMN m;\nDROP TABLE gone;\n";
    project.write("migrations/V2__outside.sql", &format!("{FILE}{more}"));
    assert_goes_on(&project, "after_commit");
}

#[test]
fn f05_status_names_the_step_that_is_half_done() {
    let project = project();
    assert_eq!(project.dies("outside_begun", 1, UP).code, KILLED);
    assert_eq!(bed::interrupted(&project)["step"], "V2");
    let verify = project.run(&["verify"]);
    assert!(verify.code == 0 || verify.code == 6, "{} {}", verify.out, verify.err);
}

#[test]
fn f05_statements_that_have_not_begun_may_be_edited() {
    let project = project();
    assert_eq!(project.dies("outside_begun", 2, UP).code, KILLED);
    let edited = FILE.replace("VALUES (5, 5)", "VALUES (5, 6)");
    project.write("migrations/V2__outside.sql", &edited);
    let _ = bed::done(&project, UP);
    assert_eq!(project.value("SELECT x || y FROM five"), "56");
    assert_eq!(project.value(LINES), "one,block, first,block, last,four,after");
    // What was applied in the end is what the ledger has: nothing looks changed.
    assert_eq!(project.must(UP).document()["result"]["outcome"], "nothing_to_do");
    let _ = project.must(&["verify"]);
    let refinery = project.value("SELECT count(*) FROM refinery_schema_history WHERE version = 2");
    assert_eq!(refinery, "1");
}

#[test]
fn f05_edited_behind_a_table_that_it_made_it_goes_up_and_down_again() {
    let file = |last: &str| {
        format!("-- evolve: transaction = none\nCREATE TABLE six (x);\nVACUUM;\nCREATE TABLE {last} (x);\n")
    };
    let project = project();
    let state = project.state();
    std::fs::remove_file(project.path("migrations/V2__outside.down.sql")).expect("the down file");
    project.write("migrations/V2__outside.sql", &file("seven"));
    assert_eq!(project.dies("outside_begun", 1, UP).code, KILLED);
    project.write("migrations/V2__outside.sql", &file("eight"));
    let _ = bed::done(&project, UP);
    let there = project.value("SELECT group_concat(name) FROM sqlite_schema WHERE name IN ('six', 'seven', 'eight')");
    assert_eq!(there, "six,eight");
    let _ = bed::done(&project, &["down", "--target", "V1", "--yes", "--no-restore-point", "--json"]);
    assert_eq!(project.state(), state);
    let left = project.value("SELECT count(*) FROM evolve_texts");
    assert_eq!(left, "0", "texts of a step that is gone");
}

#[test]
fn f05_a_statement_that_has_begun_may_not_be_edited() {
    for (nth, from, to) in [(2, "VALUES ('one')", "VALUES ('uno')"), (2, "'block, last'", "'block, end'")] {
        let project = project();
        assert_eq!(project.dies("outside_begun", nth, UP).code, KILLED);
        let state = project.state();
        project.write("migrations/V2__outside.sql", &FILE.replace(from, to));
        let gave = project.run(UP);
        assert_eq!(gave.code, 6, "{to}: {} {}", gave.out, gave.err);
        assert_eq!(gave.document()["error"]["code"], "E0611", "{to}");
        assert_eq!(project.state(), state, "{to}: something was done");
        // Put back as it was, the same command finishes.
        project.write("migrations/V2__outside.sql", FILE);
        let _ = bed::done(&project, UP);
    }
}

#[test]
fn f05_a_statement_that_fails_leaves_what_was_done_and_goes_on_once_mended() {
    let project = project();
    project
        .write("migrations/V2__outside.sql", &FILE.replace("VALUES (5, 5)", "VALUES (5, abs(-9223372036854775808))"));
    let gave = project.run(UP);
    assert_eq!(gave.code, 1, "{} {}", gave.out, gave.err);
    let steps = gave.document()["result"]["steps"].clone();
    assert_eq!((&steps[0]["id"], &steps[0]["outcome"]), (&"V2".into(), &"failed".into()), "{steps}");
    assert_eq!((&steps[1]["id"], &steps[1]["outcome"]), (&"V3".into(), &"not_started".into()), "{steps}");
    assert_eq!(project.value("SELECT count(*) FROM log"), "4");
    project.write("migrations/V2__outside.sql", FILE);
    let _ = bed::done(&project, UP);
    assert_eq!(project.value("SELECT count(*) FROM log"), "5");
    bed::assert_sound(&project, "mended");
}

#[test]
fn f05_killed_in_such_a_file_down_takes_it_back() {
    let base = project();
    let state = base.state();
    for (point, nth) in [("outside_begun", 2), ("between_statements", 3), ("outside_done", 1)] {
        let project = base.twin();
        assert_eq!(project.dies(point, nth, UP).code, KILLED);
        let gave = project.run(&["down", "--target", "V1", "--yes", "--no-restore-point"]);
        assert_eq!(gave.code, 0, "{point}:{nth}: {}", gave.err);
        assert_eq!(project.state(), state, "{point}:{nth}");
        bed::assert_sound(&project, point);
    }
}
