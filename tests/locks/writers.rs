//! Writers and readers of the user's own beside a run: neither starves, neither is lost, and evolve waits its turn.

use crate::rig::Project;
use crate::rig::running::{MOVED, Running};
use rusqlite::Connection;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];

#[test]
fn f35_a_reader_makes_a_commit_wait_and_nothing_is_done_again() {
    let project = Project::slow(MOVED, "0");
    assert_eq!(project.value("PRAGMA journal_mode = delete"), "delete");
    project.sql("CREATE TABLE seen (id); CREATE TRIGGER seen_target AFTER INSERT ON target BEGIN INSERT INTO seen VALUES (new.id); END");
    let reader = project.open();
    reader.execute_batch("BEGIN; SELECT count(*) FROM source;").expect("a reader");
    let mut command = project.command(UP);
    let mut running = Running::start(command.env("EVOLVE_POLICY_LOCK_TIMEOUT", "20ms"));
    let journal = project.path("trial.db-journal");
    running.until("it has begun to write", || journal.exists());
    // Longer than one attempt waits at the commit.
    thread::sleep(Duration::from_millis(300));
    assert!(running.runs(), "{}", running.complained());
    reader.execute_batch("COMMIT").expect("the end of the reader");
    let gave = running.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    assert_eq!(project.arrived(), 200);
    assert_eq!(project.value("SELECT count(*) || ' ' || count(DISTINCT id) FROM seen"), "200 200");
}

#[test]
fn f35_readers_that_come_and_go_make_many_commits_wait_and_no_batch_is_done_again() {
    let project = Project::slow(MOVED, "0");
    assert_eq!(project.value("PRAGMA journal_mode = delete"), "delete");
    project.sql("CREATE TABLE seen (id); CREATE TRIGGER seen_target AFTER INSERT ON target BEGIN INSERT INTO seen VALUES (new.id); END");
    let mut command = project.command(&["up", "--yes", "--no-restore-point", "--json", "--batch-size", "5"]);
    let mut running = Running::start(command.env("EVOLVE_POLICY_LOCK_TIMEOUT", "10ms"));
    let reader = Connection::open(project.database()).expect("a connection");
    reader.busy_timeout(Duration::ZERO).expect("a timeout");
    let mut reads = 0;
    while running.runs() {
        // Whenever it is let in, it stays longer than one attempt to commit waits.
        if reader.execute_batch("BEGIN; SELECT count(*) FROM source;").is_ok() {
            thread::sleep(Duration::from_millis(30));
            reads += 1;
        }
        let _ = reader.execute_batch("COMMIT");
    }
    drop(reader);
    let gave = running.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    println!("{reads} times a reader was in the way");
    assert_eq!(project.arrived(), 200);
    assert_eq!(project.value("SELECT count(*) || ' ' || count(DISTINCT id) FROM seen"), "200 200");
}

#[test]
fn f35_a_commit_that_waits_in_vain_leaves_nothing() {
    let project = Project::slow(MOVED, "0");
    assert_eq!(project.value("PRAGMA journal_mode = delete"), "delete");
    let state = project.state();
    let reader = project.open();
    reader.execute_batch("BEGIN; SELECT count(*) FROM source;").expect("a reader");
    let mut command = project.command(UP);
    command.env("EVOLVE_POLICY_LOCK_TIMEOUT", "20ms").env("EVOLVE_POLICY_LOCK_DEADLINE", "300ms");
    let gave = Running::start(&mut command).ended();
    assert_eq!(gave.code, 1, "{} {}", gave.out, gave.err);
    assert_eq!(gave.document()["error"]["code"], "E0510");
    reader.execute_batch("COMMIT").expect("the end of the reader");
    assert_eq!(project.state(), state);
    let gave = project.run(UP);
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    assert_eq!(project.arrived(), 200);
}

#[test]
fn a_writer_that_holds_its_lock_longer_than_one_attempt_is_waited_for() {
    for journal in ["wal", "delete"] {
        let project = Project::slow(MOVED, "0");
        assert_eq!(project.value(&format!("PRAGMA journal_mode = {journal}")), journal);
        let writer = project.open();
        writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO source VALUES (1000, 'the user''s own')").expect("a writer");
        let mut command = project.command(UP);
        let mut running = Running::start(command.env("EVOLVE_POLICY_LOCK_TIMEOUT", "20ms"));
        let lock = project.path("trial.db.evolve-lock");
        running.until("it holds the run lock", || lock.exists());
        thread::sleep(Duration::from_millis(400));
        assert!(running.runs(), "{}", running.complained());
        writer.execute_batch("COMMIT").expect("the user's commit");
        let gave = running.ended();
        assert_eq!(gave.code, 0, "{journal}: {} {}", gave.out, gave.err);
        assert_eq!(project.arrived(), 201, "{journal}: the user's row is moved too");
    }
}

#[test]
fn a_writer_that_never_ends_makes_evolve_give_up_with_nothing_done() {
    let project = Project::slow(MOVED, "0");
    let state = project.state();
    let writer = project.open();
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM source WHERE id = 1").expect("a writer");
    let mut command = project.command(UP);
    command.env("EVOLVE_POLICY_LOCK_TIMEOUT", "20ms").env("EVOLVE_POLICY_LOCK_DEADLINE", "300ms");
    let gave = Running::start(&mut command).ended();
    assert_eq!(gave.code, 1, "{} {}", gave.out, gave.err);
    assert_eq!(gave.document()["error"]["code"], "E0510", "{}", gave.out);
    writer.execute_batch("ROLLBACK").expect("the end of the writer");
    assert_eq!(project.state(), state);
    assert_eq!(project.run(UP).code, 0);
}

#[test]
fn a_writer_of_the_users_own_gets_its_turns_between_batches() {
    for journal in ["wal", "delete"] {
        let project = Project::slow(MOVED, "5ms");
        assert_eq!(project.value(&format!("PRAGMA journal_mode = {journal}")), journal);
        project.sql("CREATE TABLE turns (target INTEGER)");
        let mut running = project.start(UP);
        let over = AtomicBool::new(false);
        let refused = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let connection = Connection::open(project.database()).expect("a connection");
                connection.busy_timeout(Duration::from_secs(20)).expect("a timeout");
                let mut refused = Vec::new();
                while !over.load(Ordering::SeqCst) {
                    let turn = "BEGIN IMMEDIATE; INSERT INTO turns SELECT count(*) FROM target; COMMIT;";
                    if let Err(error) = connection.execute_batch(turn) {
                        let _ = connection.execute_batch("ROLLBACK");
                        refused.push(error.to_string());
                    }
                    thread::sleep(Duration::from_millis(1));
                }
                refused
            });
            while running.runs() {
                thread::sleep(Duration::from_millis(5));
            }
            over.store(true, Ordering::SeqCst);
            writer.join().expect("the writer")
        });
        let gave = running.ended();
        assert_eq!(gave.code, 0, "{journal}: {} {}", gave.out, gave.err);
        assert_eq!(refused, Vec::<String>::new(), "{journal}: the writer was refused");
        assert_eq!(project.arrived(), 200, "{journal}");
        // It wrote on the way, not only before and after: at many different numbers of rows that had arrived.
        let turns = project.value("SELECT count(DISTINCT target) FROM turns WHERE target BETWEEN 1 AND 199");
        println!("{journal}: {turns} different moments at which the user's writer had its turn");
        assert!(turns.parse::<u32>().expect("a number") > 10, "{journal}: {turns} turns only");
    }
}

#[test]
fn rows_that_the_user_writes_meanwhile_are_lost_by_neither() {
    let project = Project::slow(MOVED, "5ms");
    project.sql("CREATE TABLE own (n INTEGER PRIMARY KEY)");
    let mut running = project.start(UP);
    let connection = Connection::open(project.database()).expect("a connection");
    connection.busy_timeout(Duration::from_secs(20)).expect("a timeout");
    let mut written = 0;
    while running.runs() {
        connection.execute("INSERT INTO own (n) VALUES (?1)", [written]).expect("a row of the user's own");
        written += 1;
        thread::sleep(Duration::from_millis(1));
    }
    let gave = running.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    assert!(written > 10, "{written} rows only");
    assert_eq!(project.value("SELECT count(*) FROM own"), written.to_string());
    assert_eq!(project.value("PRAGMA integrity_check"), "ok");
}
