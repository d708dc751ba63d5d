//! Ctrl-C once, Ctrl-C twice, termination: the batch is finished or undone, the exit code says which signal it was, and
//! the same command goes on.

use super::bed;
use crate::rig::running::{ENDLESS, MOVED, Running};
use crate::rig::{Project, outcome};
use rustix::process::Signal;

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];
const DOWN: &[&str] = &["down", "--target", "one", "--yes", "--no-restore-point", "--json"];

/// Two hundred rows that are moved one by one, with rests.
fn slow(steps: &str) -> Project {
    Project::slow(steps, "10ms")
}

fn stopped_once(signal: Signal, exit: i32, code: &str) {
    let project = slow(MOVED);
    let calm = project.twin();
    let result = bed::done(&calm, UP);
    let mut running = project.start(UP);
    running.until("some rows arrived", || project.arrived() > 5);
    running.signal(signal);
    let gave = running.ended();
    assert_eq!(gave.code, exit, "{} {}", gave.out, gave.err);
    let document = gave.document();
    assert_eq!(outcome(&document), "interrupted", "{document}");
    assert_eq!((&document["error"]["code"], &document["error"]["exit"]), (&code.into(), &exit.into()), "{document}");
    let moved = project.arrived();
    let steps = document["result"]["steps"].as_array().expect("steps");
    let of = |id: &str| steps.iter().find(|step| step["id"] == id).expect("a step");
    let half = of("moved");
    assert_eq!((&half["outcome"], &half["read"]), (&"interrupted".into(), &moved.into()), "{document}");
    assert_eq!(of("V3")["outcome"], "not_started", "{document}");
    assert!(moved > 5 && moved < 200, "{moved} rows: it was not stopped on the way");
    let run = bed::interrupted(&project);
    assert_eq!((&run["step"], &run["processed"]), (&"moved".into(), &moved.into()));
    let resumed = bed::done(&project, UP);
    assert_eq!(bed::accounts(&resumed), bed::accounts(&result));
    let step = resumed["steps"].as_array().and_then(|steps| steps.iter().find(|step| step["id"] == "moved"));
    assert_eq!(step.map(|step| &step["outcome"]), Some(&"resumed".into()));
    assert_eq!(project.state(), calm.state());
    bed::assert_sound(&project, "resumed");
}

#[test]
fn f16_ctrl_c_finishes_the_batch_and_the_same_command_continues() {
    stopped_once(Signal::INT, 130, "E0708");
}

#[test]
fn f16_termination_finishes_the_batch_and_the_same_command_continues() {
    stopped_once(Signal::TERM, 143, "E0709");
}

#[test]
fn f16_the_way_down_is_stopped_and_continued_too() {
    for (signal, exit) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let project = slow(MOVED);
        let state = project.state();
        let _ = bed::done(&project, UP);
        let mut running = project.start(DOWN);
        running.until("some rows are gone", || project.arrived() < 195);
        running.signal(signal);
        let gave = running.ended();
        assert_eq!(gave.code, exit, "{} {}", gave.out, gave.err);
        let document = gave.document();
        assert_eq!(outcome(&document), "interrupted");
        let left = project.arrived();
        let half = document["result"]["steps"].as_array().and_then(|steps| steps.iter().find(|it| it["id"] == "moved"));
        let half = half.expect("the step that was stopped");
        assert_eq!((&half["outcome"], &half["read"]), (&"interrupted".into(), &(200 - left).into()), "{document}");
        let run = bed::interrupted(&project);
        assert_eq!((&run["step"], &run["next_command"]), (&"moved".into(), &"evolve down --target one".into()));
        // The way down makes its batches without rests: it may have been done with this one when it heard the signal.
        assert!(left < 195, "{left}");
        let _ = bed::done(&project, DOWN);
        assert_eq!(project.state(), state);
        bed::assert_sound(&project, "taken back");
    }
}

#[test]
fn f16_a_stop_wakes_a_run_that_rests_between_batches() {
    let project = Project::slow(MOVED, "10m");
    let mut running = project.start(UP);
    running.until("the first row arrived", || project.arrived() == 1);
    running.signal(Signal::INT);
    let gave = running.ended();
    assert_eq!(gave.code, 130, "{} {}", gave.out, gave.err);
    assert_eq!(project.arrived(), 1);
    assert_eq!(bed::interrupted(&project)["processed"], 1);
}

/// A convert whose one batch never ends.
fn endless_batch() -> Project {
    slow(&MOVED.replace("id = \"id\"", &format!("id = \"id + {ENDLESS}\"")))
}

#[test]
fn f16_ctrl_c_twice_leaves_at_once_and_the_database_is_sound() {
    for (first, second, exit) in [(Signal::INT, Signal::INT, 130), (Signal::INT, Signal::TERM, 143)] {
        let project = endless_batch();
        let mut running = Running::start(&mut project.command(&UP[..3]));
        running.until("the step is under way", || project.step_under_way().as_deref() == Some("moved"));
        running.signal(first);
        // The words that it is going to stop; that it then does not, is what the endless batch is for.
        let heard = std::cell::Cell::new(false);
        let mut words = String::new();
        while !heard.get() {
            assert!(running.runs(), "once was enough: {words}");
            words = running.complained();
            heard.set(words.contains("Once more"));
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        running.signal(second);
        let gave = running.ended();
        assert_eq!(gave.code, exit, "{} {}", gave.out, gave.err);
        assert_eq!(project.value("SELECT count(*) FROM target"), "0");
        assert_eq!(project.value("PRAGMA integrity_check"), "ok");
        assert_eq!(bed::interrupted(&project)["next_command"], "evolve up");
        let stage = std::fs::read_to_string(project.path("plans/two.toml")).expect("the stage");
        project.write("plans/two.toml", &stage.replace(&format!("id + {ENDLESS}"), "id"));
        let _ = bed::done(&project, UP);
        assert_eq!(project.value("SELECT count(*) FROM target"), "200");
        bed::assert_sound(&project, "mended");
    }
}

#[test]
fn f16_a_stop_interrupts_a_long_statement_of_a_migration_and_rolls_it_back() {
    for (signal, exit) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let project = slow("");
        let endless = format!("CREATE TABLE gone (x);\nINSERT INTO target SELECT 1000 + {ENDLESS}, 'never';\n");
        project.write("migrations/V3__after.sql", &endless);
        let reference = project.twin();
        let _ = reference.must(&["up", "--target", "two", "--yes"]);
        let mut running = project.start(UP);
        running.until("V3 is under way", || project.step_under_way().as_deref() == Some("V3"));
        running.signal(signal);
        let gave = running.ended();
        assert_eq!(gave.code, exit, "{} {}", gave.out, gave.err);
        let document = gave.document();
        assert_eq!(outcome(&document), "interrupted", "{document}");
        assert_eq!(project.state(), reference.state());
        assert_eq!(bed::interrupted(&project)["next_command"], "evolve up");
        // The step was never in: it may be mended, and the same command goes on.
        project.write("migrations/V3__after.sql", "CREATE TABLE after_it (x);\n");
        let _ = bed::done(&project, UP);
        bed::assert_sound(&project, "mended");
    }
}

#[test]
fn f16_a_stop_interrupts_a_long_statement_of_the_way_down() {
    let project = slow("");
    let _ = project.must(UP);
    let state = project.state();
    let down = format!("DELETE FROM target WHERE id > {ENDLESS};\nDROP TABLE after_it;\n");
    project.write("migrations/V3__after.down.sql", &down);
    let arguments = ["down", "--target", "two", "--yes", "--no-restore-point", "--json"];
    let mut running = project.start(&arguments);
    running.until("V3 is under way", || project.step_under_way().as_deref() == Some("V3"));
    running.signal(Signal::INT);
    let gave = running.ended();
    assert_eq!(gave.code, 130, "{} {}", gave.out, gave.err);
    assert_eq!(project.state(), state);
    project.write("migrations/V3__after.down.sql", "DROP TABLE after_it;\n");
    let _ = bed::done(&project, &arguments);
    bed::assert_sound(&project, "mended");
}

#[test]
fn f16_a_stop_interrupts_a_long_statement_outside_of_a_transaction() {
    let project = slow("");
    let file = |last: &str| format!("-- evolve: transaction = none\nINSERT INTO source VALUES (1000, 'once');\n{last}");
    project
        .write("migrations/V3__after.sql", &file(&format!("INSERT INTO target SELECT 1000 + {ENDLESS}, 'never';\n")));
    let mut running = project.start(UP);
    running.until("V3 is under way", || {
        project.glimpse("SELECT count(*) FROM evolve_statements WHERE step = 'V3'").as_deref() == Some("1")
    });
    running.signal(Signal::INT);
    let gave = running.ended();
    assert_eq!(gave.code, 130, "{} {}", gave.out, gave.err);
    assert_eq!(bed::interrupted(&project)["step"], "V3");
    project.write("migrations/V3__after.sql", &file("CREATE TABLE after_it (x);\n"));
    let _ = bed::done(&project, UP);
    assert_eq!(project.value("SELECT count(*) FROM source WHERE id = 1000"), "1");
    bed::assert_sound(&project, "mended");
}
