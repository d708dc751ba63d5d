//! Where a run happens: in a database file, or on a connection that an application lends.

use crate::error::{Error, Result, codes};
use crate::plan::Measure;
use crate::report::{PlanReport, Reversible};
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Location, connect};
use crate::survey::Survey;

/// Where a run happens.
pub(super) enum Place<'c> {
    /// In a database file.
    File(Location),
    /// On a connection that an application lends.
    Lent(&'c mut crate::sqlite::Connection),
}

impl<'c> Place<'c> {
    /// Surveys it.
    pub(super) fn survey(&self, history_table: &str) -> Result<Survey> {
        match self {
            Self::File(location) => survey::survey(location, Depth::Schema, history_table),
            Self::Lent(connection) => {
                if !connection.is_autocommit() {
                    return Err(Error::new(codes::IN_TRANSACTION, "the connection is in a transaction")
                        .hint("commit or roll back before evolve runs on it"));
                }
                survey::of_connection(connection, Depth::Schema, history_table)
            }
        }
    }

    /// Asks something of the database on one connection; nothing where there is none.
    pub(super) fn ask<T>(&self, question: impl FnOnce(Option<&crate::sqlite::Connection>) -> Result<T>) -> Result<T> {
        match self {
            Self::File(location) => match connect::question(location)? {
                Some((connection, _)) => question(Some(&connection)),
                None => question(None),
            },
            Self::Lent(connection) => question(Some(connection)),
        }
    }

    /// The file, where the run has one of its own or the lent connection does.
    pub(super) fn location(&self) -> Result<Option<Location>> {
        match self {
            Self::File(location) => Ok(Some(location.clone())),
            Self::Lent(connection) => match connection.path().filter(|path| !path.is_empty()) {
                Some(path) => Location::of(std::path::Path::new(path)).map(Some),
                None => Ok(None),
            },
        }
    }

    /// A database in memory has no restore points, and the plan says so.
    pub(super) fn without_points(&self, plan: &mut PlanReport) {
        if matches!(self.location(), Ok(None)) {
            plan.restore_points.clear();
            plan.notes.push("the database is in memory: there is neither a run lock nor a restore point".to_owned());
            for step in &mut plan.steps {
                if step.reversible == Reversible::RestorePoint {
                    step.reversible = Reversible::No;
                }
            }
        }
    }

    /// A connection for a run.
    pub(super) fn handle(self) -> Result<Handle<'c>> {
        match self {
            Self::File(location) => Ok(Handle::Own(Box::new(connect::writer(&location)?))),
            Self::Lent(connection) => Ok(Handle::Lent(connection)),
        }
    }
}

impl Measure for Place<'_> {
    fn sizes(&self, tables: &[String]) -> Result<Vec<(String, u64)>> {
        match self {
            Self::File(location) => survey::sizes(location, tables),
            Self::Lent(connection) => survey::of_tables(connection, tables),
        }
    }

    fn rows(&self, table: &str, filter: Option<&str>) -> Result<u64> {
        self.ask(|connection| connection.map_or(Ok(0), |connection| survey::rows(connection, table, filter)))
    }
}
