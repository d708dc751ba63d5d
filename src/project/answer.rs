//! What a run answers, who may be asked, and the last act of a run: its row is closed once its end was reported.

use crate::conflict::Ask;
use crate::error::Error;
use crate::report::PlanReport;
use crate::run::lock::Lock;
use crate::sqlite::{Location, connect};

/// What a run answers: a result where it began, an error where it failed, both where it began and failed.
///
/// The run's row in the ledger is closed when the answer is dropped: whoever reports it first keeps a killed process from
/// doing anything twice.
#[derive(Debug)]
pub struct Answer<T> {
    /// What it did.
    pub result: Option<T>,
    /// Why it failed.
    pub error: Option<Error>,
    /// Closes the run.
    pub closing: Closing,
}

impl<T> Answer<T> {
    /// Nothing was begun.
    pub fn refused(error: Error) -> Self {
        Self { result: None, error: Some(error), closing: Closing::default() }
    }

    /// Nothing was to be done, or nothing is open any more.
    pub fn of(result: T) -> Self {
        Self { result: Some(result), error: None, closing: Closing::default() }
    }

    /// The result, or the error.
    pub fn into_result(self) -> crate::error::Result<T> {
        match (self.result, self.error) {
            (_, Some(error)) => Err(error),
            (Some(result), None) => Ok(result),
            (None, None) => Err(Error::new(crate::error::codes::DATABASE, "the run gave no answer")),
        }
    }
}

/// Closes a run's row when it is dropped, and then lets the database go: whoever waits for it finds the run over.
#[derive(Debug, Default)]
pub struct Closing {
    run: Option<(Location, String, String)>,
    pub(super) lock: Option<Lock>,
}

impl Closing {
    /// Closes this run with this outcome.
    pub(super) fn of(location: Location, run: &str, outcome: &str) -> Self {
        Self { run: Some((location, run.to_owned(), outcome.to_owned())), lock: None }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let Some((location, run, outcome)) = self.run.take() else { return };
        crate::run::fail_point("before_closing");
        let closed = connect::writer(&location).and_then(|connection| {
            let _ = connection.busy_timeout(std::time::Duration::from_secs(5));
            crate::ledger::runs::end(&crate::sqlite::survey::Asked(&connection), &run, &outcome)
        });
        if let Err(error) = closed {
            tracing::warn!(target: "evolve::run", %error, "the run's row could not be closed; the same command answers again");
        }
    }
}

/// Whoever can be asked before something is destroyed.
pub trait Consent {
    /// The answer; `None` if there is nobody to ask.
    fn given(&self, question: &Question<'_>) -> Option<bool>;

    /// Who says what becomes of rows whose key is there already, where a step asks; nobody where this is not said.
    fn asks(&self) -> Option<&dyn Ask> {
        None
    }
}

/// A question before something is destroyed.
#[derive(Debug)]
pub struct Question<'a> {
    /// The plan it is about.
    pub plan: Option<&'a PlanReport>,
    /// The question, one plain sentence.
    pub text: String,
    /// The flag that answers it.
    pub flag: &'static str,
}

/// Yes to all that the policy allows: for an application that evolves its own database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unattended;

impl Consent for Unattended {
    fn given(&self, _: &Question<'_>) -> Option<bool> {
        Some(true)
    }
}
