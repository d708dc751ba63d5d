//! Connections to a database file, for questions and for runs.

use crate::error::{Error, Result, codes};
use crate::sqlite::dialect::message;
use crate::sqlite::functions;
use crate::sqlite::location::Location;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::time::Duration;

/// How a database was opened for a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// As a writer that writes nothing, so that a crashed database is recovered.
    Recovering,
    /// Read-only.
    ReadOnly,
    /// Read-only and taken to be unchanging, because nothing beside it may be written.
    Immutable,
}

/// A connection for questions; `None` where there is no database. It writes nothing and creates nothing.
pub fn question(location: &Location) -> Result<Option<(Connection, Opened)>> {
    if location.size()?.is_none() {
        return Ok(None);
    }
    match try_open(location, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Ok(connection) => return Ok(Some((connection, Opened::Recovering))),
        Err(error) if !is_about_writing(&error) => return Err(not_a_database(location, &error)),
        Err(_) => {}
    }
    match try_open(location, OpenFlags::SQLITE_OPEN_READ_ONLY) {
        Ok(connection) => return Ok(Some((connection, Opened::ReadOnly))),
        Err(error) if !is_about_writing(&error) => return Err(not_a_database(location, &error)),
        Err(_) => {}
    }
    let left_over = |suffix: &str| std::fs::metadata(location.beside(suffix)).is_ok_and(|meta| meta.len() > 0);
    if left_over("-journal") || left_over("-wal") {
        let message =
            format!("{} was left by a crash and must be recovered, and it cannot be written", location.path.display());
        return Err(
            Error::new(codes::HOT_JOURNAL, message).hint("make the file and its folder writable, and ask again")
        );
    }
    let connection = open_immutable(location).map_err(|error| not_a_database(location, &error))?;
    Ok(Some((connection, Opened::Immutable)))
}

/// A connection that cannot write the database, and has temporary tables of its own; `None` where there is no database.
/// The first connection only keeps the recovered database as it is.
pub fn reading(location: &Location) -> Result<Option<(Connection, Option<Connection>)>> {
    let Some((first, opened)) = question(location)? else { return Ok(None) };
    let (reader, keeper) = match opened {
        Opened::ReadOnly | Opened::Immutable => (first, None),
        Opened::Recovering => {
            let reader = try_open(location, OpenFlags::SQLITE_OPEN_READ_ONLY);
            (reader.map_err(|error| not_a_database(location, &error))?, Some(first))
        }
    };
    // Its mode keeps the file as it is; the pragma would keep temporary tables from being made, too.
    let ready = reader.execute_batch("PRAGMA query_only = OFF; PRAGMA foreign_keys = OFF");
    ready.map_err(|error| not_a_database(location, &error))?;
    Ok(Some((reader, keeper)))
}

fn try_open(location: &Location, mode: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(&location.path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepare_question(&connection)?;
    Ok(connection)
}

/// A connection to a file that nobody changes: nothing is written, not even beside it.
pub fn unchanging(location: &Location) -> Result<Connection> {
    open_immutable(location).map_err(|error| not_a_database(location, &error))
}

fn open_immutable(location: &Location) -> rusqlite::Result<Connection> {
    let mut uri = "file:".to_owned();
    for byte in location.path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => uri.push(char::from(*byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags)?;
    prepare_question(&connection)?;
    Ok(connection)
}

fn prepare_question(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    functions::register(connection)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(())
}

/// A connection that may write. A database that is not there is created, in WAL mode.
pub fn writer(location: &Location) -> Result<Connection> {
    location.refuse_links()?;
    let size = location.size()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(&location.path, flags).map_err(|error| not_a_database(location, &error))?;
    if connection.is_readonly("main").unwrap_or(false) {
        return Err(read_only(location));
    }
    if size.unwrap_or(0) == 0 {
        connection.pragma_update(None, "journal_mode", "WAL").map_err(|error| not_a_database(location, &error))?;
    }
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(|error| not_a_database(location, &error))?;
    Ok(connection)
}

/// Shuts what a run's connection never needs: other databases beside it.
pub fn shut(connection: &Connection, attached: i32) {
    let _ = connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, attached);
}

fn is_about_writing(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied))
}

fn read_only(location: &Location) -> Error {
    Error::new(codes::READ_ONLY, format!("{} cannot be written by this user", location.path.display()))
        .hint("check the permissions of the file and of its folder, and how its file system is mounted")
}

fn not_a_database(location: &Location, error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => Error::new(
            codes::NOT_A_DATABASE,
            format!("{} is no SQLite database, or it is encrypted", location.path.display()),
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => read_only(location),
        // The disk's fault, and not that of what was asked for.
        Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::DiskFull) => {
            Error::new(codes::DATABASE, format!("{} cannot be read: {}", location.path.display(), message(error)))
                .hint("look at the disk, and ask again")
        }
        _ => Error::new(
            codes::NOT_A_DATABASE,
            format!("{} cannot be opened: {}", location.path.display(), message(error)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fails_is_not_bad_input() {
        let location = Location::of(std::path::Path::new("trial.db")).expect("a location");
        let of =
            |code| not_a_database(&location, &rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
        assert_eq!(
            (of(rusqlite::ffi::SQLITE_IOERR).code().id, of(rusqlite::ffi::SQLITE_IOERR).exit()),
            ("E0504", crate::error::Exit::Failed)
        );
        assert_eq!(of(rusqlite::ffi::SQLITE_NOTADB).code().id, "E0503");
    }
}
