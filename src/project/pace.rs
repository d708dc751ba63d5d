//! `control`: a run that is under way, told to rest, to go on, or to take other batches.

use super::Project;
use super::runs::LOCK;
use crate::error::{Error, Result, codes};
use crate::report::WrittenReport;
use crate::run::{lock, pace};

/// The suffix of the control file beside a database.
pub(super) const CONTROL: &str = ".evolve-control";

/// What a run is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlRequest {
    /// To rest after its batch.
    Pause,
    /// To go on.
    Resume,
    /// To take batches of so many rows.
    Batch(u64),
}

impl Project {
    /// Asks the run that is under way to do something else; it does so within one batch.
    pub fn control(&self, request: ControlRequest) -> Result<WrittenReport> {
        let location = self.location()?;
        let Some(holder) = lock::holder(&location.beside(LOCK)) else {
            return Err(Error::new(codes::UNKNOWN_STEP, "no run is under way on this database"));
        };
        let file = location.beside(CONTROL);
        let now = pace::asked(&file);
        let next = match request {
            ControlRequest::Pause => pace::Control { pause: true, ..now },
            ControlRequest::Resume => pace::Control { pause: false, ..now },
            ControlRequest::Batch(rows) => pace::Control { batch: Some(rows), ..now },
        };
        pace::ask(&file, next)?;
        Ok(WrittenReport {
            files: Vec::new(),
            notes: vec![format!("{} was told; it takes effect within one batch", holder.command)],
        })
    }

    /// What a run before this one was told does not concern it.
    pub(super) fn forget_control(&self, location: &crate::sqlite::Location) {
        let _ = std::fs::remove_file(location.beside(CONTROL));
    }
}
