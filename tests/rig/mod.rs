//! The rig of the integration tests: projects in folders of their own, the binary run on them, databases compared by what
//! they hold.

#![allow(dead_code)]

pub mod running;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A project in a folder that goes with it.
pub struct Project {
    folder: tempfile::TempDir,
}

/// What a run of the binary gave.
#[derive(Debug)]
pub struct Gave {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Project {
    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A project of these files; `evolve.toml` is made where it is not among them.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let project = Self::empty();
        if !files.iter().any(|(path, _)| *path == "evolve.toml") {
            project.write("evolve.toml", "[project]\nname = \"trial\"\n[database]\nurl = \"sqlite:trial.db\"\n[policy]\nmax_risk = \"critical\"\n");
        }
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// The sample project of this repository, in a folder of its own; its database is `knowledge.db`.
    pub fn sample() -> Self {
        let project = Self::empty();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["evolve.toml", "evolve.sum"] {
            fs::copy(root.join(name), project.path(name)).expect(name);
        }
        for folder in ["migrations", "plans"] {
            fs::create_dir(project.path(folder)).expect(folder);
            for file in fs::read_dir(root.join(folder)).expect(folder) {
                let file = file.expect(folder);
                fs::copy(file.path(), project.path(folder).join(file.file_name())).expect("a file");
            }
        }
        project
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// The binary, ready to run in the project's folder, without the machine's own settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EVOLVE_") || name == "DATABASE_URL") {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.root())
            .stdin(Stdio::null())
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100");
        command
    }

    /// Runs the binary.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Gave {
        Gave::of(self.command(arguments).output().expect("the binary"))
    }

    /// Runs the binary, which must succeed.
    pub fn must(&self, arguments: &[&str]) -> Gave {
        let gave = self.run(arguments);
        assert_eq!(gave.code, 0, "{arguments:?}\n{}\n{}", gave.out, gave.err);
        gave
    }

    /// Runs the binary, which must succeed; what it says does not matter.
    #[track_caller]
    pub fn does(&self, arguments: &[&str]) {
        let _ = self.must(arguments);
    }

    /// Runs the binary with `--json`; the document.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let gave = self.run(&all);
        serde_json::from_str(&gave.out)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{}\n{}", gave.out, gave.err))
    }

    /// The database, `trial.db` or `knowledge.db`, whichever is there.
    pub fn database(&self) -> PathBuf {
        let knowledge = self.path("knowledge.db");
        if knowledge.exists() { knowledge } else { self.path("trial.db") }
    }

    /// A connection to the database, foreign keys on.
    pub fn open(&self) -> Connection {
        Connection::open(self.database()).expect("the database")
    }

    /// A connection to a database of the project's folder.
    pub fn open_at(&self, name: &str) -> Connection {
        Connection::open(self.path(name)).expect(name)
    }

    /// Runs SQL on the database.
    pub fn sql(&self, sql: &str) {
        self.open().execute_batch(sql).expect(sql);
    }

    /// One value of the database as text.
    pub fn value(&self, sql: &str) -> String {
        self.open().query_row(sql, [], |row| row.get_ref(0).map(shown)).expect(sql)
    }

    /// Every file of the folder with its bytes, a link with what it leads to. What SQLite keeps beside a database only while
    /// it is open is left out: an empty `-wal`, and `-shm`.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.root(), "", &mut files);
        files
    }

    /// What the database holds, evolve's and refinery's own tables left out.
    pub fn state(&self) -> String {
        logical(&self.open())
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect(prefix) {
        let entry = entry.expect(prefix);
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect(&name);
        let bytes = match kind {
            _ if kind.is_dir() => {
                collect(&entry.path(), &format!("{name}/"), files);
                continue;
            }
            _ if kind.is_symlink() => fs::read_link(entry.path()).expect(&name).into_os_string().into_encoded_bytes(),
            _ if kind.is_file() => fs::read(entry.path()).expect(&name),
            _ => continue,
        };
        if !(name.ends_with("-shm") || (name.ends_with("-wal") && bytes.is_empty())) {
            files.insert(name, bytes);
        }
    }
}

impl Gave {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// All that a database holds, as text that is equal exactly where the content is: the schema in normal form, every row
/// with the class of each value, numbers that were issued, settings. Rows of virtual tables' shadows are left out.
pub fn logical(connection: &Connection) -> String {
    let mut lines = Vec::new();
    let own = "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE 'evolve\\_%' ESCAPE '\\' AND tbl_name <> 'refinery_schema_history'";
    let shadows = "tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')";
    let sql = format!(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE {own} AND {shadows} ORDER BY type, name"
    );
    let mut tables = Vec::new();
    let mut statement = connection.prepare(&sql).expect("the schema");
    let mut rows = statement.query([]).expect("the schema");
    while let Some(row) = rows.next().expect("a row") {
        let (kind, name, sql): (String, String, String) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
        lines.push(format!("{kind} {name}: {}", evolve::sql::normal(&sql)));
        if kind == "table" && !sql.to_uppercase().contains("CREATE VIRTUAL") {
            tables.push(name);
        }
    }
    for table in tables {
        lines.extend(rows_of(connection, &table));
    }
    if let Ok(mut issued) = connection.prepare("SELECT name || ' ' || seq FROM sqlite_sequence ORDER BY 1") {
        let numbers = issued.query_map([], |row| row.get::<_, String>(0)).expect("numbers");
        lines.extend(numbers.map(|line| format!("issued {}", line.expect("a number"))));
    }
    for setting in ["user_version", "application_id", "encoding"] {
        let value =
            connection.query_row(&format!("PRAGMA {setting}"), [], |row| row.get_ref(0).map(shown)).expect(setting);
        lines.push(format!("{setting} {value}"));
    }
    lines.join("\n")
}

fn rows_of(connection: &Connection, table: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {}", evolve::sql::quoted(table))).expect(table);
    let width = statement.column_count();
    let mut rows = statement.query([]).expect(table);
    let mut lines = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let values: Vec<String> = (0..width).map(|at| exact(row.get_ref(at).expect("a value"))).collect();
        lines.push(format!("{table}: {}", values.join(" | ")));
    }
    lines.sort();
    lines
}

/// A value with its class.
pub fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => format!("{value}"),
        ValueRef::Real(value) => format!("{value:?}r"),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "b",
    }
}

/// A value so that two are the same text exactly where class and bytes are the same.
pub fn exact(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(bytes) => format!("'{}'", bytes.escape_ascii()),
        other => shown(other),
    }
}

/// Fails and shows the lines that only one of two states has.
#[track_caller]
pub fn assert_same(what: &str, expected: &str, found: &str) {
    let only = |a: &str, b: &str| {
        let there: std::collections::BTreeSet<&str> = b.lines().collect();
        a.lines().filter(|line| !there.contains(line)).map(|line| format!("    {line}\n")).collect::<String>()
    };
    let (lost, new) = (only(expected, found), only(found, expected));
    assert!(expected == found, "{what}\n  lost:\n{lost}  new:\n{new}  (and lines may come more than once)");
}

/// The binary that is tried: the one cargo built, or the one `EVOLVE_TEST_BINARY` names.
fn binary() -> PathBuf {
    std::env::var_os("EVOLVE_TEST_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_evolve").into(), PathBuf::from)
}

/// The outcome of a run's JSON document.
pub fn outcome(document: &serde_json::Value) -> &str {
    document["result"]["outcome"].as_str().unwrap_or("no outcome")
}

/// The code of an error document.
pub fn code(document: &serde_json::Value) -> &str {
    document["error"]["code"].as_str().unwrap_or("no error")
}
