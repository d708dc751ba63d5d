//! Several runs begun at the same time: the work is done once, and everybody is told the truth.

use crate::rig::running::{MOVED, Running};
use crate::rig::{Project, outcome};
use rustix::process::Signal;
use serde_json::Value;
use std::process::{Child, Command, Stdio};

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];

/// Commands that wait for a line on standard input and then become the binary: they start together.
struct Together(Vec<Child>);

impl Together {
    fn ready(project: &Project, commands: &[&[&str]]) -> Self {
        let one = |arguments: &&[&str]| {
            let evolve = project.command(arguments);
            let mut gate = Command::new("sh");
            gate.args(["-c", "read line && exec \"$0\" \"$@\""]).arg(evolve.get_program()).args(evolve.get_args());
            for (name, value) in evolve.get_envs() {
                match value {
                    Some(value) => gate.env(name, value),
                    None => gate.env_remove(name),
                };
            }
            gate.current_dir(project.root()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            gate.spawn().expect("a shell")
        };
        Self(commands.iter().map(one).collect())
    }

    fn go(mut self) -> Vec<(i32, Value)> {
        let gates: Vec<_> = self.0.iter_mut().map(|child| child.stdin.take().expect("a pipe")).collect();
        for mut gate in gates {
            std::io::Write::write_all(&mut gate, b"go\n").expect("a line");
        }
        let ended = self.0.into_iter().map(|child| child.wait_with_output().expect("an end"));
        let read = ended.map(|output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let document = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{error}: {text} {}", String::from_utf8_lossy(&output.stderr)));
            (output.status.code().unwrap_or(-1), document)
        });
        read.collect()
    }
}

/// A fast project with a bit of everything.
fn project() -> Project {
    let project = Project::slow(MOVED, "0");
    project.sql("CREATE TABLE seen (id); CREATE TRIGGER seen_target AFTER INSERT ON target BEGIN INSERT INTO seen VALUES (new.id); END");
    project
}

#[test]
fn f25_eight_runs_of_one_command_do_its_work_once() {
    let base = project();
    let calm = base.twin();
    let _ = calm.must(UP);
    for round in 0..20 {
        let project = base.twin();
        let ended = Together::ready(&project, &[UP; 8]).go();
        let outcomes: Vec<&str> = ended.iter().map(|(_, document)| outcome(document)).collect();
        assert!(ended.iter().all(|(exit, _)| *exit == 0), "round {round}: {ended:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == "done").count(), 1, "round {round}: {outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == "nothing_to_do").count(), 7, "round {round}");
        assert_eq!(project.state(), calm.state(), "round {round}");
        let twice = project.value("SELECT count(*) FROM (SELECT 1 FROM seen GROUP BY id HAVING count(*) > 1)");
        assert_eq!(twice, "0", "round {round}: rows that were moved twice");
        assert_eq!(
            project.value("SELECT count(*) FROM evolve_events"),
            "4",
            "round {round}: steps that were done twice"
        );
        assert_eq!(project.value("SELECT count(*) FROM refinery_schema_history"), "3", "round {round}");
        assert_eq!(project.value("SELECT count(*) FROM evolve_runs"), "2", "round {round}: runs that did nothing");
    }
}

#[test]
fn f25_eight_runs_on_a_database_that_is_not_there_yet_make_it_once() {
    let empty = || {
        Project::of(&[
            ("migrations/V1__a.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n"),
            ("migrations/V2__b.sql", "CREATE TABLE b (x);\n"),
        ])
    };
    for round in 0..10 {
        let project = empty();
        let ended = Together::ready(&project, &[UP; 8]).go();
        assert!(ended.iter().all(|(exit, _)| *exit == 0), "round {round}: {ended:?}");
        assert_eq!(project.value("SELECT count(*) FROM a"), "1", "round {round}");
        assert_eq!(project.value("SELECT count(*) FROM evolve_events"), "2", "round {round}");
        assert_eq!(project.value("PRAGMA journal_mode"), "wal", "round {round}");
    }
}

#[test]
fn f25_eight_times_one_stage_down_is_one_stage_down() {
    let base = project();
    let _ = base.must(UP);
    let reference = base.twin();
    let down: &[&str] = &["down", "--staged", "1", "--yes", "--no-restore-point", "--json"];
    let _ = reference.must(down);
    for round in 0..10 {
        let project = base.twin();
        let ended = Together::ready(&project, &[down; 8]).go();
        // Who planned before and came after is told that the database moved on, and takes no further stage. A process
        // that began only when another had ended takes the next: that is a command of its own.
        let done = ended.iter().filter(|(exit, document)| *exit == 0 && outcome(document) == "done").count();
        let stages =
            project.value("SELECT count(DISTINCT stage) FROM evolve_steps").parse::<usize>().expect("a number");
        assert!(ended.iter().all(|(exit, _)| [0, 2, 6].contains(exit)), "round {round}: {ended:?}");
        assert_eq!(done + stages, 3, "round {round}: as many stages are gone as runs say: {ended:?}");
        if done == 1 {
            assert_eq!(project.state(), reference.state(), "round {round}");
        }
    }
}

#[test]
fn f25_ups_and_downs_at_once_leave_a_stage_whole() {
    let base = project();
    let _ = base.must(&["up", "--target", "two", "--yes", "--no-restore-point"]);
    let whole: Vec<String> = ["one", "two", "three"]
        .iter()
        .map(|stage| {
            let project = base.twin();
            let command = if *stage == "one" { "down" } else { "up" };
            let _ = project.must(&[command, "--target", stage, "--yes", "--no-restore-point"]);
            // What the user's own trigger counted is of the way, not of the stage.
            project.sql("DELETE FROM seen");
            project.state()
        })
        .collect();
    let down: &[&str] = &["down", "--target", "one", "--yes", "--no-restore-point", "--json"];
    for round in 0..10 {
        let project = base.twin();
        let ended = Together::ready(&project, &[UP, down, UP, down, UP, down]).go();
        assert!(ended.iter().all(|(exit, _)| [0, 2, 4, 6].contains(exit)), "round {round}: {ended:?}");
        assert_eq!(project.value("SELECT count(*) FROM evolve_runs WHERE state = 'open'"), "0", "round {round}");
        project.sql("DELETE FROM seen");
        assert!(whole.contains(&project.state()), "round {round}: {ended:?}\n{}", project.state());
    }
}

/// A run that rests between two batches until it is stopped, and one more that waits for it.
fn resting_and_waiting(second: &[&str]) -> (Project, Running, Running) {
    let project = Project::slow(MOVED, "10m");
    let mut first = project.start(UP);
    first.until("the first row arrived", || project.arrived() == 1);
    let mut waiting = Running::start(project.command(second).env("EVOLVE_POLICY_BATCH_PAUSE", "0"));
    until_it_waits(&mut waiting, &first.id().to_string());
    (project, first, waiting)
}

#[test]
fn who_waited_for_a_run_that_was_killed_goes_on_with_it() {
    let (project, first, waiting) = resting_and_waiting(&["up", "--yes", "--no-restore-point"]);
    let _ = first.killed();
    let gave = waiting.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    assert_eq!(project.arrived(), 200);
    assert_eq!(project.value("SELECT count(*) FROM evolve_events"), "4");
}

#[test]
fn who_waited_for_a_run_that_was_stopped_goes_on_with_it() {
    let (project, first, waiting) = resting_and_waiting(&["up", "--yes", "--no-restore-point"]);
    first.signal(Signal::INT);
    assert_eq!(first.ended().code, 130);
    let gave = waiting.ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    assert_eq!(project.arrived(), 200);
}

/// Waits until a command says that it waits for somebody.
fn until_it_waits(waiting: &mut Running, holder: &str) {
    let mut words = String::new();
    while !words.contains(holder) {
        assert!(waiting.runs(), "it does not wait: {words}");
        words = waiting.complained();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn another_command_is_refused_while_a_run_is_under_way() {
    let project = Project::slow(MOVED, "10m");
    let mut first = project.start(UP);
    first.until("the first row arrived", || project.arrived() == 1);
    let gave = project.run(&["up", "--target", "two", "--yes", "--no-restore-point", "--lock-wait", "0"]);
    assert!([4, 5].contains(&gave.code), "{} {}", gave.out, gave.err);
    assert!(gave.err.contains("up latest"), "{}", gave.err);
    assert!(first.runs());
    assert_eq!(project.arrived(), 1);
}

#[test]
fn another_command_that_waited_while_a_run_began_and_died_is_refused() {
    let project = Project::slow(MOVED, "0");
    // Somebody holds the database while the second command waits with its plan, and dies with a run open.
    let mut path = project.database().into_os_string();
    path.push(".evolve-lock");
    let lock = std::fs::File::create(&path).expect("a lock");
    lock.lock().expect("the lock");
    std::fs::write(&path, r#"{"run":"r","command":"up latest","step":null,"host":"h","pid":1,"since":"now"}"#)
        .expect("words");
    let mut waiting = Running::start(&mut project.command(&["up", "--target", "two", "--yes", "--no-restore-point"]));
    until_it_waits(&mut waiting, "process 1");
    project.sql(
        "INSERT INTO evolve_runs SELECT n + 1, 'dead', command, 'latest', '[\"V2\",\"moved\",\"V3\"]', plan, 'open', who, host, pid, tool, \
         started, updated, NULL, NULL, origin FROM evolve_runs ORDER BY n DESC LIMIT 1",
    );
    drop(lock);
    let gave = waiting.ended();
    assert_eq!(gave.code, 4, "{} {}", gave.out, gave.err);
    assert!(gave.err.contains("E0605") && gave.err.contains("up latest"), "{}", gave.err);
    assert_eq!(project.arrived(), 0);
    assert_eq!(project.value("SELECT state FROM evolve_runs WHERE id = 'dead'"), "open");
    assert_eq!(project.run(UP).code, 0);
    assert_eq!(project.arrived(), 200);
}
