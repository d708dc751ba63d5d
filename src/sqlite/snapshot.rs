//! Snapshots of a SQLite database, by the backup API in one step: one moment, whatever others write meanwhile.
//!
//! Takes and gives files and connections. The one function that copies databases: files are never copied.

use crate::error::{Error, Result, codes};
use crate::sqlite::survey::database_error;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Copies all pages of one database into another, in one read transaction of the source.
pub fn copy(from: &Connection, to: &mut Connection, deadline: Duration) -> Result<()> {
    let until = Instant::now() + deadline;
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

/// Writes a snapshot of a database into a new file.
pub fn write(database: &Path, file: &Path, deadline: Duration) -> Result<()> {
    let source = open(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut target = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    copy(&source, &mut target, deadline)?;
    drop(target);
    sync(file)
}

/// Whether a file that is a snapshot holds a sound database.
pub fn is_sound(file: &Path) -> Result<bool> {
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection
        .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
        .and_then(|_| connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true))
        .map_err(|error| database_error(&error))?;
    let answer: std::result::Result<String, _> =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match answer {
        Ok(answer) => Ok(answer == "ok"),
        // The schema uses what only the application has; its pages were compared all the same.
        Err(error) if crate::sqlite::is_missing(&error) => Ok(true),
        Err(_) => Ok(false),
    }
}

/// SHA-256 of a file that is no open database, as hex.
pub fn digest(file: &Path) -> Result<String> {
    let unreadable = |error: std::io::Error| {
        Error::new(codes::BAD_RESTORE_POINT, format!("{} cannot be read: {error}", file.display()))
    };
    let mut reader = std::fs::File::open(file).map_err(unreadable)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0_u8; 1 << 16]);
    loop {
        match reader.read(&mut buffer).map_err(unreadable)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Opens a copy that is there, to be read and written.
pub fn open_existing(path: &Path) -> Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// Opens a file for copying pages.
pub fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|error| database_error(&error))
}

fn sync(file: &Path) -> Result<()> {
    let synced = std::fs::File::open(file).and_then(|file| file.sync_all());
    synced.map_err(|error| {
        Error::new(codes::NOT_WRITABLE, format!("{} could not be made durable: {error}", file.display()))
    })
}
