//! Killed on the way up, at every point: the same command finishes it, and nothing is done twice.

use super::bed::{self, UP};
use crate::rig::{Project, logical};

macro_rules! killed {
    ($($test:ident at $point:literal;)*) => {
        /// The fail points that are tried here.
        pub const TRIED: &[&str] = &[$($point),*];
        $(#[test] fn $test() { dies_and_goes_on($point); })*
    };
}

killed! {
    f01_killed_once_the_run_is_written_down at "run_opened";
    f01_killed_after_a_commit at "after_commit";
    f01_killed_before_a_migration_is_recorded at "before_record";
    f01_killed_between_two_statements at "between_statements";
    f04_killed_between_a_batch_and_its_cursor at "after_batch_before_cursor";
    f04_killed_between_two_batches at "between_batches";
    f01_killed_between_two_steps at "between_steps";
    f01_killed_before_the_report at "before_report";
    f01_killed_before_the_run_is_closed at "before_closing";
}

/// Kills the way up at a point, as often as it is passed; each time the same command must finish as if nothing had been.
fn dies_and_goes_on(point: &str) {
    let base = bed::sample();
    let calm = base.twin();
    let result = bed::done(&calm, UP);
    let (state, events) = (calm.state(), bed::events(&calm));
    let accounts = bed::accounts(&result);
    let kills = bed::kill_at(&base, (point, bed::APART), UP, |nth, project| {
        let what = format!("{point}:{nth}");
        looks_interrupted(&project, &what);
        let resumed = bed::done(&project, UP);
        assert_eq!(bed::accounts(&resumed), accounts, "{what}: the report");
        assert_eq!(bed::events(&project), events, "{what}: something was done twice, or not at all");
        assert!(project.state() == state, "{what}: another state\n{}", first_difference(&project.state(), &state));
        bed::assert_sound(&project, &what);
    });
    println!("{point}: {kills} kills");
    assert!(kills > 0, "{point} is never passed");
}

/// `status` shows the interrupted run, and no other command goes past it.
fn looks_interrupted(project: &Project, what: &str) {
    let run = bed::interrupted(project);
    assert_eq!(run["command"], "up mvp5", "{what}");
    assert_eq!(run["next_command"], "evolve up --target mvp5", "{what}");
    let _ = bed::assert_refused(project, &["up", "--target", "mvp3", "--yes"], "up mvp5");
    let _ = bed::assert_refused(project, &["up", "--yes"], "up mvp5");
    let first_half = project.value("SELECT count(*) FROM evolve_cursors WHERE phase = 'up'") != "0";
    assert_eq!(run["table"].is_string(), first_half, "{what}: {run}");
}

/// The first line that is another.
pub fn first_difference(one: &str, other: &str) -> String {
    let pair = one.lines().zip(other.lines()).find(|(a, b)| a != b);
    pair.map_or_else(|| "one is longer".to_owned(), |(a, b)| format!("is:        {a}\nshould be: {b}"))
}

#[test]
fn status_says_how_far_the_interrupted_step_is() {
    let project = bed::sample();
    let gave = project.dies("between_batches", 3, UP);
    assert_eq!(gave.code, crate::rig::running::KILLED);
    let run = bed::interrupted(&project);
    let dated = project.value("SELECT count(*) FROM kb_entries WHERE created_at IS NOT NULL");
    assert_eq!((&run["step"], &run["stage"]), (&"kb_to_incidents".into(), &"mvp2".into()));
    assert_eq!((&run["table"], &run["processed"]), (&"kb_entries".into(), &150.into()));
    assert_eq!(run["total"].to_string(), dated);
    let last = project.value("SELECT max(entry_id) FROM incidents");
    assert_eq!(run["last_key"], last.as_str());
    assert!(run["percent"].as_f64().is_some_and(|percent| percent > 0.0 && percent < 100.0), "{run}");
    let page = project.must(&["status"]);
    for word in ["kb_entries", "150", &last, "evolve up --target mvp5"] {
        assert!(page.out.replace(',', "").contains(word), "{word} is not on the page:\n{}", page.out);
    }
}

#[test]
fn down_takes_the_open_step_back() {
    let base = bed::sample();
    let state = base.state();
    for (point, nth) in [("run_opened", 1), ("between_batches", 4), ("before_record", 5), ("after_commit", 60)] {
        let project = base.twin();
        assert_eq!(project.dies(point, nth, UP).code, crate::rig::running::KILLED, "{point}:{nth}");
        let gave = project.run(bed::DOWN);
        assert_eq!(gave.code, 0, "{point}:{nth}: {} {}", gave.out, gave.err);
        let (now, what) = (project.state(), format!("{point}:{nth}"));
        assert!(now == state, "{what}: {}", first_difference(&now, &state));
        bed::assert_sound(&project, &what);
        let _ = bed::done(&project, UP);
    }
}

#[test]
fn the_target_is_resolved_once_and_files_that_came_since_are_left_alone() {
    let files = [("migrations/V1__a.sql", "CREATE TABLE a (x);\n"), ("migrations/V2__b.sql", "CREATE TABLE b (x);\n")];
    let project = Project::of(&files);
    assert_eq!(project.dies("before_record", 2, &["up"]).code, crate::rig::running::KILLED);
    project.write("migrations/V3__c.sql", "CREATE TABLE c (x);\n");
    let gave = project.must(&["up"]);
    assert!(!gave.out.contains("V3"), "{}", gave.out);
    let state = logical(&project.open());
    assert!(state.contains("table b") && !state.contains("table c"), "{state}");
    let _ = project.must(&["up"]);
    assert!(project.state().contains("table c"));
}
