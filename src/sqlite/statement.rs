//! A step that is one statement of a person's: no walk, no batches.

use crate::engine::Batch;
use crate::error::{Error, Result, codes};
use crate::movement::{Movement, Write};
use crate::report::Rows;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::scratch;
use crate::sqlite::survey::database_error;

/// The statement that a Movement is, where it is one.
pub fn of(movement: &Movement) -> Option<&str> {
    match &movement.write {
        Write::Statement(sql) => Some(sql),
        Write::Insert(_) | Write::Update => None,
    }
}

/// What there is to say where rows should be counted or chosen.
pub fn no_rows() -> Error {
    Error::new(codes::BAD_VALUE, "it runs as one statement: its rows are not known before, and cannot be chosen")
}

impl SqliteMover<'_> {
    /// Runs the statement; the rows that it changed are the ones that it read. Which of them were there before is known
    /// only where there is a journal.
    pub(super) fn run_whole(&self, sql: &str) -> Result<Batch> {
        let before = self.journalled()?;
        scratch::run(self.connection, sql).map_err(|error| self.explain(database_error(&error)))?;
        let read = self.connection.changes();
        let (inserted, updated) = match before.map(|before| self.since(before)).transpose()? {
            Some((inserted, updated)) if inserted + updated <= read => (inserted, updated),
            _ => (read, 0),
        };
        let rows = Rows { read, inserted, updated, unchanged: read - inserted - updated, ..Rows::default() };
        Ok(Batch { rows, last: None, end: true })
    }
}
