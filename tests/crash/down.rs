//! Killed on the way down, at every point: the same command finishes it, and the state is the one before `up`.

use super::bed::{self, DOWN, UP};
use super::up::first_difference;

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
    f04_killed_between_a_batch_and_its_cursor at "after_batch_before_cursor";
    f04_killed_between_two_batches at "between_batches";
    f01_killed_between_two_steps at "between_steps";
    f01_killed_before_the_undo_is_recorded at "before_undo_record";
    f01_killed_before_the_report at "before_report";
    f01_killed_before_the_run_is_closed at "before_closing";
}

/// What steps have kept, for the day they go.
const STORES: &str = "SELECT group_concat(name) FROM sqlite_schema WHERE name LIKE 'evolve_kept_%'";

fn dies_and_goes_on(point: &str) {
    let base = bed::sample();
    let (start, stores) = (base.state(), base.value(STORES));
    let _ = bed::done(&base, UP);
    let calm = base.twin();
    let ids = bed::ids(&bed::done(&calm, DOWN));
    let events = bed::events(&calm);
    assert!(calm.state() == start, "even undisturbed: {}", first_difference(&calm.state(), &start));
    let kills = bed::kill_at(&base, (point, bed::APART), DOWN, |nth, project| {
        let what = format!("{point}:{nth}");
        let run = bed::interrupted(&project);
        assert_eq!(run["command"], "down mvp1", "{what}");
        assert_eq!(run["next_command"], "evolve down --target mvp1", "{what}");
        let _ = bed::assert_refused(&project, UP, "down mvp1");
        let resumed = bed::done(&project, DOWN);
        assert_eq!(bed::ids(&resumed), ids, "{what}: the report");
        assert_eq!(bed::events(&project), events, "{what}: something was undone twice, or not at all");
        assert!(project.state() == start, "{what}: another state\n{}", first_difference(&project.state(), &start));
        bed::assert_sound(&project, &what);
        assert_eq!(project.value(STORES), stores, "{what}: stores of steps that are gone");
    });
    println!("{point}: {kills} kills");
    assert!(kills > 0, "{point} is never passed");
}

#[test]
fn what_was_taken_back_half_goes_up_again() {
    let base = bed::sample();
    let _ = bed::done(&base, UP);
    let state = base.state();
    for nth in [2, 40, 90] {
        let project = base.twin();
        assert_eq!(project.dies("between_batches", nth, DOWN).code, crate::rig::running::KILLED);
        let half = bed::interrupted(&project);
        assert!(half["step"].is_string() && half["table"].is_string(), "{half}");
        let _ = bed::done(&project, DOWN);
        let _ = bed::done(&project, UP);
        assert!(project.state() == state, "{nth}: {}", first_difference(&project.state(), &state));
    }
}
