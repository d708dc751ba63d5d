//! The binary while it runs: started, looked at from outside, signalled, killed, waited for.

use super::{Gave, Project};
use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A process that was started and not yet waited for. It is killed with the test that forgets it.
pub struct Running {
    child: Option<Child>,
    out: Said,
    err: Said,
}

/// What a process has said so far, and the thread that listens.
struct Said {
    text: Arc<Mutex<Vec<u8>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Said {
    fn hear(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&text);
        let thread = thread::spawn(move || {
            let mut buffer = [0_u8; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                into.lock().expect("the text").extend_from_slice(&buffer[..count]);
            }
        });
        Self { text, thread: Some(thread) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().expect("the text")).into_owned()
    }

    fn all(mut self) -> String {
        self.thread.take().expect("the thread").join().expect("the thread");
        self.so_far()
    }
}

impl Running {
    /// Starts a command with its streams caught.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary");
        let out = Said::hear(child.stdout.take().expect("a pipe"));
        let err = Said::hear(child.stderr.take().expect("a pipe"));
        Self { child: Some(child), out, err }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("a child").id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(id, signal).expect("a signal");
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().expect("a child").try_wait().expect("a child").is_none()
    }

    /// What it has said on standard error so far.
    pub fn complained(&self) -> String {
        self.err.so_far()
    }

    /// Waits until a condition holds while it runs; fails where it ends before.
    pub fn until(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(self.runs(), "it ended before {what}: {} {}", self.out.so_far(), self.err.so_far());
            assert!(Instant::now() < deadline, "waited in vain until {what}: {}", self.err.so_far());
            thread::sleep(LOOK);
        }
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Gave {
        let mut child = self.child.take().expect("a child");
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it does not end: {} {}", self.out.so_far(), self.err.so_far());
            }
            thread::sleep(LOOK);
        };
        let (out, err) = (std::mem::replace(&mut self.out, silence()), std::mem::replace(&mut self.err, silence()));
        // A process that a signal ended has no code: the signal's number stands for it, negative.
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or(0));
        Gave { code, out: out.all(), err: err.all() }
    }

    /// Kills it, whatever it is doing.
    pub fn killed(self) -> Gave {
        self.signal(Signal::KILL);
        self.ended()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How long a test waits for something that must come, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often it looks.
const LOOK: Duration = Duration::from_millis(5);

fn silence() -> Said {
    Said::hear(std::io::empty())
}

/// What a killed process gives.
pub const KILLED: i32 = -9;

/// What SQL never comes to the end of.
pub const ENDLESS: &str =
    "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000000) SELECT count(*) FROM n)";

/// Moves two hundred rows from `source` to `target`.
pub const MOVED: &str = r#"
[[convert]]
id = "moved"
from = "source"
into = "target"
[convert.columns]
id = "id"
name = "name"
"#;

impl Project {
    /// A project at its first stage of three whose second has these steps besides a migration. They go row by row, with
    /// these rests between: slow enough to be met on the way.
    pub fn slow(steps: &str, pause: &str) -> Self {
        let stage = |name: &str, rest: &str| format!("[stage]\nname = \"{name}\"\nversion = \"{rest}");
        let project = Self::of(&[
            (
                "migrations/V1__tables.sql",
                "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT);\nCREATE TABLE target (id INTEGER PRIMARY KEY, name TEXT);\n",
            ),
            ("migrations/V2__before.sql", "CREATE TABLE before_it (x);\n"),
            ("migrations/V3__after.sql", "CREATE TABLE after_it (x);\n"),
            ("plans/one.toml", &stage("one", "1.0.0\"\nmigrations = [\"V1\"]\n")),
            ("plans/two.toml", &stage("two", &format!("2.0.0\"\nmigrations = [\"V2\"]\n{steps}"))),
            ("plans/three.toml", &stage("three", "3.0.0\"\nmigrations = [\"V3\"]\n")),
        ]);
        let config = fs::read_to_string(project.path("evolve.toml")).expect("evolve.toml");
        project.write("evolve.toml", &format!("{config}batch = {{ rows = 1, pause = \"{pause}\" }}\n"));
        let _ = project.must(&["up", "--target", "one"]);
        project.sql(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) \
             INSERT INTO source SELECT i, 'name ' || i FROM n",
        );
        project
    }

    /// The number of rows in `target`, as another process sees it.
    pub fn arrived(&self) -> u64 {
        self.glimpse("SELECT count(*) FROM target").and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    /// A copy of the project with all that is in its folder. No process may have its database open.
    pub fn twin(&self) -> Self {
        let twin = Self::empty();
        copy(self.root(), twin.root());
        twin
    }

    /// Starts the binary.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(&mut self.command(arguments))
    }

    /// Runs the binary until it dies at the nth passing of a fail point; with `KILLED`, or as it ends without.
    pub fn dies(&self, point: &str, nth: u64, arguments: &[&str]) -> Gave {
        Running::start(self.command(arguments).env("EVOLVE_FAIL", format!("{point}:{nth}"))).ended()
    }

    /// A value of a database that another process may be working on; none where there is nothing to be asked yet.
    pub fn glimpse(&self, sql: &str) -> Option<String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = Connection::open_with_flags(self.database(), flags).ok()?;
        connection.busy_timeout(Duration::from_secs(5)).ok()?;
        connection.query_row(sql, [], |row| row.get_ref(0).map(super::shown)).ok()
    }

    /// The step that the run which holds the database is in, as its lock file says.
    pub fn step_under_way(&self) -> Option<String> {
        let mut path = self.database().into_os_string();
        path.push(".evolve-lock");
        let holder: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        holder["step"].as_str().map(str::to_owned)
    }
}

impl Gave {
    /// Standard output as one document.
    pub fn document(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            fs::create_dir(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file");
        }
    }
}
