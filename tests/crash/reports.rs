//! Killed when all is done and before that was said: the same command answers, and does nothing again.

use super::bed::{self, UP};
use crate::rig::running::KILLED;

const STAGED: &[&str] = &["down", "--staged", "1", "--yes", "--no-restore-point", "--json"];

/// Kills `down --staged 1` at a point behind its last commit; the same command then answers for the one stage.
fn one_stage_only(point: &str) {
    let project = bed::sample();
    let _ = bed::done(&project, UP);
    let gave = project.dies(point, 1, STAGED);
    assert_eq!(gave.code, KILLED, "{point}: {}", gave.err);
    let run = bed::interrupted(&project);
    assert_eq!(run["next_command"], "evolve down --staged 1");
    let (state, events) = (project.state(), bed::events(&project));
    let result = bed::done(&project, STAGED);
    let undone = events.iter().filter_map(|event| event.strip_prefix("down ")).map(str::to_owned);
    assert_eq!(bed::ids(&result), undone.collect::<Vec<_>>(), "{point}: the answer names what was done");
    assert_eq!(result["to"]["stage"], "mvp4", "{point}");
    assert_eq!(bed::events(&project), events, "{point}: done again");
    assert!(project.state() == state, "{point}: the state moved");
    bed::assert_sound(&project, point);
    // Now it was answered: the next one is a new run.
    let next = bed::done(&project, STAGED);
    assert_eq!(next["to"]["stage"], "mvp3");
}

#[test]
fn down_staged_killed_before_its_report_does_not_take_a_second_stage() {
    one_stage_only("before_report");
}

#[test]
fn down_staged_killed_before_its_run_is_closed_does_not_take_a_second_stage() {
    one_stage_only("before_closing");
}

#[test]
fn up_killed_before_its_report_answers_done_with_its_steps() {
    let base = bed::sample();
    let calm = base.twin();
    let accounts = bed::accounts(&bed::done(&calm, UP));
    for point in ["before_report", "before_closing"] {
        let project = base.twin();
        assert_eq!(project.dies(point, 1, UP).code, KILLED);
        let events = bed::events(&project);
        assert_eq!(bed::accounts(&bed::done(&project, UP)), accounts, "{point}");
        assert_eq!(bed::events(&project), events, "{point}");
        let again = project.must(UP).document();
        assert_eq!(again["result"]["outcome"], "nothing_to_do", "{point}");
    }
}

#[test]
fn a_run_is_closed_only_after_its_report_was_written() {
    let project = bed::sample();
    let gave = project.dies("before_closing", 1, UP);
    assert_eq!(gave.code, KILLED);
    let document: serde_json::Value = serde_json::from_str(&gave.out)
        .unwrap_or_else(|error| panic!("closing begins before the report stands: {error}: {:?}", gave.out));
    assert_eq!(document["result"]["outcome"], "done");
    let restored = project.value("SELECT state FROM evolve_runs ORDER BY n DESC LIMIT 1");
    assert_eq!(restored, "open");
}
