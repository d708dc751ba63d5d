//! A SQLite database copied as a whole, by the backup API in one step: one moment, whatever others write meanwhile.
//!
//! Takes the database's place and files; gives [`Copies`]. The one place that copies databases: files are never copied.

use crate::engine::{Copies, Database};
use crate::error::{Error, Result, codes};
use crate::sqlite::survey::{Asked, database_error};
use crate::sqlite::{Location, connect};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a copy waits for others at most.
const DEADLINE: Duration = Duration::from_secs(60);

/// The copies of one database file.
#[derive(Debug)]
pub struct SqliteCopies<'a> {
    location: &'a Location,
}

impl<'a> SqliteCopies<'a> {
    /// How the file of a copy ends.
    pub const ENDING: &'static str = "db";

    /// Of the database that is there.
    pub fn of(location: &'a Location) -> Self {
        Self { location }
    }
}

impl Copies for SqliteCopies<'_> {
    fn size(&self) -> u64 {
        std::fs::metadata(&self.location.path).map_or(0, |meta| meta.len())
    }

    fn take(&self, copy: &Path) -> Result<()> {
        self.again(&self.location.path, copy)
    }

    fn again(&self, copy: &Path, other: &Path) -> Result<()> {
        let source = open(copy)?;
        let mut target = open(other)?;
        pages(&source, &mut target)?;
        drop(target);
        sync(other)
    }

    fn is_sound(&self, copy: &Path) -> Result<bool> {
        let connection = open(copy)?;
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
            .and_then(|_| connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true))
            .map_err(|error| database_error(&error))?;
        Ok(is_sound(&connection))
    }

    fn change(&self, copy: &Path, work: &dyn Fn(&dyn Database) -> Result<()>) -> Result<()> {
        let connection = open(copy)?;
        let database = Asked(&connection);
        database.execute("BEGIN IMMEDIATE", &[])?;
        work(&database)?;
        database.execute("COMMIT", &[])?;
        // Everything into the main file: nothing of the copy stays in a log beside it.
        let _ = database.query("PRAGMA wal_checkpoint(TRUNCATE)", &[]);
        Ok(())
    }

    fn put_back(&self, copy: &Path) -> Result<()> {
        let source = open(copy)?;
        let mut live = connect::writer(self.location)?;
        pages(&source, &mut live)?;
        if is_sound(&live) {
            return Ok(());
        }
        Err(Error::new(codes::DATABASE, "the restored database is not sound").hint("restore again, or another point"))
    }

    fn tidy(&self, copy: &Path) {
        for suffix in ["-wal", "-shm", "-journal"] {
            let mut name = copy.file_name().unwrap_or_default().to_owned();
            name.push(suffix);
            let _ = std::fs::remove_file(copy.with_file_name(name));
        }
    }
}

/// Copies all pages of one database into another, in one read transaction of the source.
fn pages(from: &Connection, to: &mut Connection) -> Result<()> {
    let until = Instant::now() + DEADLINE;
    let backup = Backup::new(from, to).map_err(|error| database_error(&error))?;
    loop {
        match backup.step(-1).map_err(|error| database_error(&error))? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                return Err(Error::new(codes::BUSY, "other connections kept the database from being copied")
                    .hint("close them, and try again"));
            }
        }
    }
}

fn is_sound(connection: &Connection) -> bool {
    match connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(answer) => answer == "ok",
        // The schema uses what only the application has; its pages were compared all the same.
        Err(error) => crate::sqlite::is_missing(&error),
    }
}

/// Opens a file that is there, for copying pages.
fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| database_error(&error))
}

fn sync(file: &Path) -> Result<()> {
    let synced = std::fs::File::open(file).and_then(|file| file.sync_all());
    synced.map_err(|error| {
        Error::new(codes::NOT_WRITABLE, format!("{} could not be made durable: {error}", file.display()))
    })
}
