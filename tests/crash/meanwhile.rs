//! While rows are on their way: others write to the source, batches change nothing, the database is an older one again, and
//! somebody wants another pace.

use super::bed;
use crate::rig::running::{KILLED, MOVED};
use crate::rig::{Project, assert_same};
use std::time::Duration;

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];

fn write(project: &Project, sql: &str) {
    let connection = project.open();
    connection.busy_timeout(Duration::from_secs(20)).expect("a timeout");
    connection.execute_batch(sql).expect(sql);
}

#[test]
fn f130_rows_that_appear_or_change_behind_the_cursor_are_found_at_the_end() {
    let project = Project::slow(&format!("downtime = false\n{MOVED}"), "10ms");
    let mut running = project.start(UP);
    running.until("some rows arrived", || project.arrived() > 20);
    write(&project, "INSERT INTO source VALUES (-5, 'behind'), (1000, 'ahead')");
    write(&project, "UPDATE source SET name = 'changed' WHERE id IN (3, 150)");
    let moved = project.arrived();
    assert!((20..190).contains(&moved), "{moved}: it was not on the way any more");
    let gave = running.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    assert_eq!(project.value("SELECT count(*) FROM target"), "202");
    let left = "SELECT count(*) FROM (SELECT * FROM source EXCEPT SELECT * FROM target)";
    assert_eq!(project.value(left), "0", "rows that were missed");
    bed::assert_sound(&project, "converged");
}

#[test]
fn f131_batches_that_change_nothing_do_not_end_it() {
    let step = MOVED.replace("into = \"target\"", "into = \"target\"\non_conflict = \"skip\"");
    let project = Project::slow(&step, "5ms");
    project.sql("INSERT INTO target SELECT id, 'own' FROM source WHERE id < 60 OR id BETWEEN 100 AND 150");
    let mut running = project.start(UP);
    running.until("rows of its own arrived", || project.arrived() > 115);
    // Batches that lie ahead become empty, too.
    write(&project, "DELETE FROM source WHERE id BETWEEN 80 AND 170");
    let gave = running.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    let missing = "SELECT count(*) FROM source WHERE id NOT IN (SELECT id FROM target)";
    assert_eq!(project.value(missing), "0");
    assert_eq!(project.value("SELECT name FROM target WHERE id = 200"), "name 200");
}

#[test]
fn f136_a_database_that_was_put_back_takes_its_cursor_along() {
    let base = Project::slow(MOVED, "0");
    let calm = base.twin();
    let accounts = bed::accounts(&bed::done(&calm, UP));
    let project = base.twin();
    assert_eq!(project.dies("between_batches", 40, UP).code, KILLED);
    let backup = project.twin();
    for later in ["done", "further"] {
        let went_on = project.twin();
        match later {
            "done" => drop(bed::done(&went_on, UP)),
            _ => assert_eq!(went_on.dies("between_batches", 70, UP).code, KILLED),
        }
        // The files of the database as they were, all of them, as a backup of the folder would give them.
        for name in ["trial.db", "trial.db-wal", "trial.db-shm"] {
            let _ = std::fs::remove_file(went_on.path(name));
            if backup.path(name).exists() {
                std::fs::copy(backup.path(name), went_on.path(name)).expect(name);
            }
        }
        assert_eq!(bed::accounts(&bed::done(&went_on, UP)), accounts, "{later}");
        assert_same(later, &calm.state(), &went_on.state());
        bed::assert_sound(&went_on, later);
    }
}

#[test]
fn f154_a_run_is_paused_resumed_and_given_another_batch_size() {
    let project = Project::slow(MOVED, "20ms");
    let calm = project.twin();
    let result = bed::done(&calm, UP);
    let mut running = project.start(UP);
    running.until("some rows arrived", || project.arrived() > 5);
    let _ = project.must(&["control", "pause"]);
    let there = project.arrived();
    std::thread::sleep(Duration::from_millis(700));
    let rested = project.arrived();
    assert!(rested <= there + 1, "{} rows after it was paused: within one batch is one row", rested - there);
    assert!(running.runs());
    let _ = project.must(&["control", "resume"]);
    running.until("it goes on", || project.arrived() > rested);
    let _ = project.must(&["control", "batch", "1000"]);
    let at = project.arrived();
    let gave = running.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    let document = gave.document();
    assert_eq!(bed::accounts(&document["result"]), bed::accounts(&result));
    let steps = document["result"]["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["id"] == "moved").expect("the step");
    assert_eq!((&step["batches"]["smallest"], &step["batches"]["largest"]), (&1.into(), &1000.into()), "{step}");
    // Rows went one by one up to then; the new size holds from the next batch on, or the one after it.
    let count = step["batches"]["count"].as_u64().expect("a number");
    assert!((7..=at + 3).contains(&count), "{count} batches, when {at} rows had arrived: {step}");
    assert_same("as undisturbed", &calm.state(), &project.state());
}

#[test]
fn f154_a_limit_of_rows_a_second_holds() {
    let project = Project::slow(MOVED, "0");
    let begun = std::time::Instant::now();
    let _ = project.must(&["up", "--yes", "--no-restore-point", "--max-rows-per-second", "200"]);
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(900), "200 rows in {took:?}");
    assert_eq!(project.value("SELECT count(*) FROM target"), "200");
}

#[test]
fn f154_behind_the_last_batch_nothing_rests() {
    let project = Project::slow(MOVED, "0");
    let begun = std::time::Instant::now();
    // One batch, after which ten rows a second would rest for twenty seconds.
    let arguments = ["up", "--yes", "--no-restore-point", "--max-rows-per-second", "10", "--batch-size", "1000"];
    let _ = project.must(&arguments);
    assert_eq!(project.value("SELECT count(*) FROM target"), "200");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(15), "the last batch was throttled: {took:?}");
}
