//! A run that holds the database, and what others may do meanwhile: ask anything, and change nothing.

use crate::rig::Project;
use crate::rig::running::{ENDLESS, MOVED, Running};
use rustix::process::Signal;
use std::fs;
use std::path::PathBuf;

const UP: &[&str] = &["up", "--yes", "--no-restore-point", "--json"];
const AT_ONCE: &[&str] = &["up", "--yes", "--no-restore-point", "--json", "--lock-wait", "0"];

/// A run that rests between two batches until it is stopped.
fn resting() -> (Project, Running) {
    let project = Project::slow(MOVED, "10m");
    let mut running = project.start(UP);
    running.until("the first row arrived", || project.arrived() == 1);
    (project, running)
}

/// A run in a batch that never ends: it holds SQLite's write lock too.
fn writing(journal: &str) -> (Project, Running) {
    let project = Project::slow(&MOVED.replace("id = \"id\"", &format!("id = \"id + {ENDLESS}\"")), "0");
    assert_eq!(project.value(&format!("PRAGMA journal_mode = {journal}")), journal);
    let mut running = project.start(UP);
    running.until("the step is under way", || project.step_under_way().as_deref() == Some("moved"));
    (project, running)
}

fn lock_file(project: &Project) -> PathBuf {
    let mut path = project.database().into_os_string();
    path.push(".evolve-lock");
    path.into()
}

/// Goes on without rests; the state is then that of a run that nobody disturbed.
fn assert_goes_on(project: &Project) {
    let gave = Running::start(project.command(AT_ONCE).env("EVOLVE_POLICY_BATCH_PAUSE", "0")).ended();
    assert_eq!(gave.code, 0, "{} {}", gave.out, gave.err);
    assert_eq!(gave.document()["result"]["outcome"], "done");
    assert_eq!(project.arrived(), 200);
    let events = project.value("SELECT count(*) = count(DISTINCT step) FROM evolve_events");
    assert_eq!(events, "1", "a step was done twice");
    assert!(!lock_file(project).exists(), "a lock file was left");
}

#[test]
fn f19_a_lock_does_not_outlive_a_holder_that_was_killed() {
    let (project, running) = resting();
    let _ = running.killed();
    assert!(lock_file(&project).exists(), "a killed process removes nothing");
    assert!(project.json(&["status"])["result"]["holder"].is_null());
    assert_goes_on(&project);
}

#[test]
fn f19_nothing_is_left_to_wait_for_when_a_holder_is_killed_in_a_transaction() {
    for journal in ["wal", "delete"] {
        let (project, running) = writing(journal);
        let _ = running.killed();
        let stage = fs::read_to_string(project.path("plans/two.toml")).expect("the stage");
        project.write("plans/two.toml", &stage.replace(&format!("id + {ENDLESS}"), "id"));
        assert_goes_on(&project);
    }
}

#[test]
fn f20_a_run_that_gives_up_waiting_changes_nothing_and_names_the_holder() {
    let (project, running) = resting();
    let lock = fs::read_to_string(lock_file(&project)).expect("the lock");
    let commands: &[&[&str]] = &[
        AT_ONCE,
        &["down", "--target", "start", "--yes", "--no-restore-point", "--json", "--lock-wait", "0"],
        &["up", "--yes", "--no-restore-point", "--json", "--lock-wait", "200ms"],
    ];
    for arguments in commands {
        let gave = project.run(arguments);
        assert_eq!(gave.code, 5, "{arguments:?}: {} {}", gave.out, gave.err);
        let document = gave.document();
        assert_eq!((&document["error"]["code"], &document["error"]["exit"]), (&"E0506".into(), &5.into()));
        assert!(document.get("result").is_none_or(serde_json::Value::is_null), "{document}");
        let words = document["error"]["message"].as_str().expect("a message").to_owned();
        for word in ["up latest", &running.id().to_string(), "moved"] {
            assert!(words.contains(word), "{word} is not in: {words}");
        }
        assert_eq!(
            fs::read_to_string(lock_file(&project)).expect("the lock"),
            lock,
            "somebody else's lock was touched"
        );
        assert_eq!(project.arrived(), 1, "{arguments:?}");
    }
    running.signal(Signal::TERM);
    assert_eq!(running.ended().code, 143);
    assert!(!lock_file(&project).exists());
    assert_goes_on(&project);
}

#[test]
fn f22_the_lock_is_the_databases_whatever_the_path_and_the_folder_for_temporary_files() {
    let (project, running) = resting();
    let other = tempfile::tempdir().expect("a folder");
    let (folder, file) = (other.path().join("folder"), other.path().join("file.db"));
    std::os::unix::fs::symlink(project.root(), &folder).expect("a link");
    std::os::unix::fs::symlink(project.database(), &file).expect("a link");
    for url in [format!("sqlite:{}", folder.join("trial.db").display()), format!("sqlite:{}", file.display())] {
        let mut command = project.command(AT_ONCE);
        let gave = Running::start(command.env("TMPDIR", other.path()).args(["--database", &url])).ended();
        assert_eq!(gave.code, 5, "{url}: {} {}", gave.out, gave.err);
    }
    assert_eq!(project.arrived(), 1);
    let _ = running.killed();
    assert_goes_on(&project);
}

#[test]
fn f22_a_lock_does_not_expire() {
    let (project, running) = resting();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(86_400);
    let file = fs::File::options().write(true).open(lock_file(&project)).expect("the lock");
    file.set_times(fs::FileTimes::new().set_modified(long_ago).set_accessed(long_ago)).expect("times");
    // What it says is for people only.
    file.set_len(0).expect("an empty file");
    let gave = project.run(AT_ONCE);
    assert_eq!(gave.code, 5, "{} {}", gave.out, gave.err);
    assert_eq!(project.arrived(), 1);
    let _ = running.killed();
    assert_goes_on(&project);
}

#[test]
fn f22_a_planted_link_is_not_followed() {
    let project = Project::slow(MOVED, "0");
    let victim = project.path("victim");
    fs::write(&victim, "not a lock").expect("a file");
    std::os::unix::fs::symlink(&victim, lock_file(&project)).expect("a link");
    let gave = project.run(AT_ONCE);
    assert_eq!(gave.code, 4, "{} {}", gave.out, gave.err);
    assert_eq!(fs::read_to_string(&victim).expect("the victim"), "not a lock");
    assert_eq!(project.arrived(), 0);
    fs::remove_file(lock_file(&project)).expect("the link");
    assert_goes_on(&project);
}

#[test]
fn f32_a_lock_file_that_names_a_living_process_holds_nothing() {
    let project = Project::slow(MOVED, "0");
    let text = format!(
        r#"{{"run":"r","command":"up latest","step":"V2","host":"here","pid":{},"since":"9999-12-31T00:00:00Z"}}"#,
        std::process::id()
    );
    fs::write(lock_file(&project), text).expect("a lock");
    assert!(project.json(&["status"])["result"]["holder"].is_null());
    assert_goes_on(&project);
}

#[test]
fn status_shows_who_holds_the_database() {
    let (project, running) = resting();
    let status = project.json(&["status"]);
    let holder = &status["result"]["holder"];
    assert_eq!(holder["pid"], running.id(), "{status}");
    assert_eq!((&holder["command"], &holder["step"]), (&"up latest".into(), &"moved".into()));
    assert_eq!(holder["run"], project.value("SELECT id FROM evolve_runs WHERE state = 'open'").as_str());
    let page = project.must(&["status"]);
    assert!(page.out.contains(&running.id().to_string()), "{}", page.out);
}

#[test]
fn questions_are_answered_while_a_run_is_under_way() {
    let questions: &[&[&str]] =
        &[&["status"], &["plan"], &["plan", "--target", "two"], &["history"], &["graph"], &["verify"]];
    let ask = |project: &Project, running: &mut Running, questions: &[&[&str]]| {
        for question in questions {
            let gave = Running::start(&mut project.command(question)).ended();
            assert_eq!(gave.code, 0, "{question:?}: {} {}", gave.out, gave.err);
            assert!(running.runs(), "{question:?} disturbed the run: {}", running.complained());
        }
    };
    let (project, mut running) = resting();
    ask(&project, &mut running, questions);
    // It works the values out, which has no end in the others.
    ask(&project, &mut running, &[&["up", "--dry-run"]]);
    for journal in ["wal", "delete"] {
        let (project, mut running) = writing(journal);
        ask(&project, &mut running, questions);
    }
}

#[test]
fn ctrl_c_ends_the_waiting_for_a_lock() {
    let (project, running) = resting();
    for (signal, exit) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut waiting = Running::start(&mut project.command(&["up", "--yes"]));
        // It says that it waits before it does.
        let mut words = String::new();
        while !words.contains(&running.id().to_string()) {
            assert!(waiting.runs(), "it does not wait: {words}");
            words = waiting.complained();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        waiting.signal(signal);
        assert_eq!(waiting.ended().code, exit);
        assert_eq!(project.arrived(), 1);
    }
    let _ = running.killed();
    assert_goes_on(&project);
}
