//! Protected columns from end to end, and the rules of columns that look at other rows.

mod rig;

#[path = "protect/elsewhere.rs"]
mod elsewhere;
#[path = "protect/journal.rs"]
mod journal;
#[path = "protect/kept.rs"]
mod kept;
#[path = "protect/keys.rs"]
mod keys;
#[path = "protect/points.rs"]
mod points;
#[path = "protect/preserved.rs"]
mod preserved;
#[path = "protect/rejects.rs"]
mod rejects;
#[path = "protect/renamed.rs"]
mod renamed;
#[path = "protect/resumed.rs"]
mod resumed;
#[path = "protect/rotate.rs"]
mod rotate;
#[path = "protect/rotating.rs"]
mod rotating;
#[path = "protect/rules.rs"]
mod rules;
#[path = "protect/written.rs"]
mod written;

use rig::Project;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// What must never be seen outside the table it is in.
const CANARY: &str = "canary-of-the-test";

const SETTINGS: &str = "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n\
    [keys]\nemail = { file = \"keys/email.key\" }\ndefault = { variable = \"TRIAL_KEY\" }\n\
    [environment.prod]\nurl = \"sqlite:trial.db\"\n";

/// The key of the variable.
const KEY: &str = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

/// A table of people with canaries, and what is done with it.
fn project(made: &str, steps: &str) -> Project {
    let migration = format!(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, email TEXT, pin INTEGER, settings TEXT);\n{made}\n"
    );
    let stage = format!("[stage]\nname = \"s\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n{steps}");
    let project =
        Project::of(&[("evolve.toml", SETTINGS), ("migrations/V1__people.sql", &migration), ("plans/s.toml", &stage)]);
    key(&project, 7);
    project.does(&["up", "--target", "V1"]);
    project.sql(&format!(
        "INSERT INTO people (id, name, email, pin, settings) VALUES (1, 'Ann Parker', '{CANARY}@example.org', 4711, '{{\"token\": \"{CANARY}\", \"theme\": \"dark\"}}'),
         (2, 'Bob', NULL, NULL, NULL), (3, 'Cy Young', '{CANARY}@example.org', 1, '{{\"theme\": \"light\"}}')"
    ));
    project
}

/// Writes the key of e-mails.
fn key(project: &Project, byte: u8) {
    project.write("keys/email.key", "");
    let path = project.path("keys/email.key");
    fs::write(&path, [byte; 32]).expect("a key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
}

/// Runs the binary with the key of the variable.
fn run(project: &Project, arguments: &[&str]) -> rig::Gave {
    rig::Gave::of(project.command(arguments).env("TRIAL_KEY", KEY).output().expect("the binary"))
}

/// Runs it, and it must succeed; nothing it says holds the canary.
#[track_caller]
fn must(project: &Project, arguments: &[&str]) {
    let gave = run(project, arguments);
    assert_eq!(gave.code, 0, "{arguments:?}\n{}\n{}", gave.out, gave.err);
    assert!(!gave.out.contains(CANARY) && !gave.err.contains(CANARY), "{}\n{}", gave.out, gave.err);
}

/// Whether the bytes of the database, without the table `people`, hold a text.
#[track_caller]
fn refuse_in_file(project: &Project, text: &str) {
    let copy = project.path("copy.db");
    for end in ["", "-wal"] {
        let _ = fs::remove_file(project.path(&format!("copy.db{end}")));
    }
    project.sql(&format!("VACUUM INTO '{}'", copy.display()));
    let connection = rusqlite::Connection::open(&copy).expect("the copy");
    connection.execute_batch("PRAGMA foreign_keys = OFF; DROP TABLE people; VACUUM").expect("a smaller copy");
    connection.close().expect("closed");
    for end in ["", "-wal"] {
        let bytes = fs::read(project.path(&format!("copy.db{end}"))).unwrap_or_default();
        let found = bytes.windows(text.len()).position(|window| window == text.as_bytes());
        assert!(found.is_none(), "{text} stands in copy.db{end}: {}", tables_with(project, text));
    }
}

/// The tables in which a text stands, for the message.
fn tables_with(project: &Project, text: &str) -> String {
    let connection = project.open();
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("tables");
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).expect("tables").map(Result::unwrap).collect();
    let holds = |name: &&String| {
        let mut rows = connection.prepare(&format!("SELECT * FROM \"{name}\"")).expect("a table");
        let width = rows.column_count();
        let mut rows = rows.query([]).expect("rows");
        let mut found = false;
        while let Some(row) = rows.next().expect("a row") {
            found |= (0..width).any(|at| rig::shown(row.get_ref(at).expect("a value")).contains(text));
        }
        found
    };
    names.iter().filter(holds).cloned().collect::<Vec<_>>().join(", ")
}
