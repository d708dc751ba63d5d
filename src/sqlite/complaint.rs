//! What SQLite says of a person's statement, as an error at its place.

use crate::error::{Error, Text, codes};
use crate::sqlite::dialect::message;
use crate::sqlite::survey::database_error;
use rusqlite::ErrorCode;
use std::ops::Range;

/// What the database says of a statement, at its place in the file.
pub fn sql_error(text: &Text, at: &Range<usize>, error: &rusqlite::Error) -> Error {
    let (message, offset) = match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => (msg.clone(), usize::try_from(*offset).unwrap_or(0)),
        rusqlite::Error::SqliteFailure(_, Some(message)) => (message.clone(), 0),
        other => (other.to_string(), 0),
    };
    let code = if is_missing_function(&message) { codes::MISSING_FUNCTION } else { codes::BAD_SQL };
    let start = at.start + offset;
    Error::new(code, message).at(text.place(start..at.end))
}

/// Whether a message says that the application's own functions, collations or modules are missing.
pub fn is_missing_function(message: &str) -> bool {
    ["no such function", "no such collation", "no such module"].iter().any(|words| message.contains(words))
}

/// What the database says of a person's statement.
pub fn statement_error(error: &rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqlInputError { .. } => Error::new(codes::STEP_FAILED, message(error)),
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Error::new(codes::STEP_FAILED, message(error)),
            _ => database_error(error),
        },
    }
}
