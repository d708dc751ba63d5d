//! Checks: questions asked at their place, and what a wrong answer means.

use super::Runner;
use crate::check::{Check, When};
use crate::error::{Error, Result, codes};

impl Runner<'_> {
    /// Asks the checks of one place; the first that does not hold is an error.
    pub(super) fn ask(&self, of: &str, checks: &[Check], when: When) -> Result<()> {
        for check in checks.iter().filter(|check| check.when == when) {
            if let Err(found) = self.session.holds(check)? {
                return Err(Error::new(codes::CHECK_FAILED, format!("{of}: “{}” does not hold: {found}", check.name))
                    .at(check.place.clone()));
            }
        }
        Ok(())
    }
}
