//! Where a workload runs: folders of their own, the two programs, fresh copies of a database.

use crate::measure::{self, Cost};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What every workload works with.
pub struct Ground {
    pub evolve: PathBuf,
    pub quick: bool,
    /// How often, where it was said.
    pub runs: Option<usize>,
}

impl Ground {
    /// How often both sides run, where the promise says so often.
    pub fn runs(&self, promised: usize) -> usize {
        self.runs.unwrap_or(if self.quick { 2 } else { promised })
    }

    /// A size, or a hundredth of it.
    pub fn size(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(100) } else { full }
    }

    /// An empty project whose database is `bench.db`.
    pub fn project(&self) -> Project<'_> {
        let project = Project { ground: self, folder: tempfile::tempdir().expect("a folder") };
        project.write(
            "evolve.toml",
            "[project]\nname = \"bench\"\n[database]\nurl = \"sqlite:bench.db\"\n[policy]\nmax_risk = \"critical\"\n",
        );
        project
    }
}

/// A project in a folder that goes with it.
pub struct Project<'a> {
    ground: &'a Ground,
    folder: tempfile::TempDir,
}

impl Project<'_> {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// evolve, run in the folder.
    pub fn evolve(&self, arguments: &[&str]) -> Cost {
        let mut command = Command::new(&self.ground.evolve);
        let own = |name: &str| name.starts_with("EVOLVE_") || name == "DATABASE_URL";
        std::env::vars().filter(|(name, _)| own(name)).for_each(|(name, _)| {
            command.env_remove(name);
        });
        let log = fs::File::create(self.path("evolve.log")).expect("a log");
        measure::run(command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).stderr(log))
    }

    /// The shell, run in the folder on a database with this script.
    pub fn shell(&self, database: &str, script: &str) -> Cost {
        self.write("script.sql", script);
        let script = fs::File::open(self.path("script.sql")).expect("the script");
        measure::run(
            Command::new("sqlite3")
                .args(["-batch", "-bail", database])
                .current_dir(self.folder.path())
                .stdin(Stdio::from(script)),
        )
    }

    /// A fresh copy of a database, on disk before anything is measured.
    pub fn copy(&self, from: &str, to: &str) {
        self.remove(to);
        fs::copy(self.path(from), self.path(to)).expect("a copy");
        fs::File::open(self.path(to)).and_then(|file| file.sync_all()).expect("a copy on disk");
    }

    /// No such database any more.
    pub fn remove(&self, database: &str) {
        for suffix in ["", "-wal", "-shm", ".evolve-lock"] {
            let _ = fs::remove_file(self.path(&format!("{database}{suffix}")));
        }
    }
}

/// Says what is going on, for whoever waits.
pub fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "  … {what}");
}

/// Whether nothing is left of a WAL.
pub fn is_whole(database: &Path) -> bool {
    let mut wal = database.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(wal).map_or(true, |wal| wal.len() == 0)
}
