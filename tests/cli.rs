//! The command line: how commands end, whom they ask, what they write, and where they lead.

mod rig;

#[path = "cli/around.rs"]
mod around;
#[path = "cli/asking.rs"]
mod asking;
#[path = "cli/chosen.rs"]
mod chosen;
#[path = "cli/exits.rs"]
mod exits;
#[path = "cli/graph.rs"]
mod graph;
#[path = "cli/json.rs"]
mod json;
#[path = "cli/modes.rs"]
mod modes;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/targets.rs"]
mod targets;

use rig::Project;
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Two stages; the second drops a table and a column of the first.
fn risky() -> Project {
    Project::of(&[
        ("migrations/V1__a.sql", "CREATE TABLE a (x, y);\nINSERT INTO a VALUES (1, 2);\nCREATE TABLE b (x);\n"),
        ("migrations/V2__b.sql", "ALTER TABLE a DROP COLUMN y;\nDROP TABLE b;\n"),
        ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
        ("plans/two.toml", "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\n"),
    ])
}

/// The policy of a project, its other settings as in [`Project::of`].
fn policy(project: &Project, lines: &str) {
    project.write(
        "evolve.toml",
        &format!("[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\n{lines}\n"),
    );
}

/// A migration of one statement that does not end by itself.
const ENDLESS: &str = "CREATE TABLE z (n);\nINSERT INTO z WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c;\n";

/// A run of `up` that is inside its second, endless step. It dies with this value.
struct Running(Child);

impl Running {
    fn start(project: &Project) -> Self {
        project.write("migrations/V1__a.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\n");
        project.write("migrations/V2__endless.sql", ENDLESS);
        let mut command = project.command(&["up", "--json"]);
        let running = Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary"));
        wait(|| project.json(&["status"])["result"]["holder"]["step"] == "V2");
        running
    }

    /// Sends a signal and waits for the end: exit code, document.
    fn end(mut self, signal: rustix::process::Signal) -> (Option<i32>, Value) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, signal).expect("a signal");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut self.0.stdout.take().expect("a pipe"), &mut text).expect("a document");
        let code = self.0.wait().expect("an end").code();
        (code, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until this holds; gives up after a minute.
#[track_caller]
fn wait(mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(60), "it did not come to hold");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The same command with this file mode mask.
fn with_umask(command: &Command, mask: &str) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args());
    shell.stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}
