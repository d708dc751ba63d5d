//! What becomes of a row whose key is there already, asked outside of a run: of a reject that is tried again, of a trial.
//!
//! Takes the two rows and who can be asked; gives the answer, or why there is none. Writes nothing.

use crate::conflict::{Ask, Conflicting, Decision};
use crate::engine::Collision;
use crate::error::{Error, Result, codes};
use crate::movement::NewKey;
use crate::observe::Stop;
use crate::run::{nobody, stopped};

/// The Movement that asks.
pub(super) struct Asked<'a> {
    pub(super) step: &'a str,
    pub(super) into: &'a str,
    pub(super) new_key: Option<&'a NewKey>,
    pub(super) stop: &'a Stop,
}

impl Asked<'_> {
    /// The answer for one row; `rest` is the answer for all that follow.
    pub(super) fn decide(
        &self,
        found: &Collision,
        person: Option<&dyn Ask>,
        rest: &mut Option<Decision>,
    ) -> Result<Decision> {
        let fits = |decision: &Decision| *decision != Decision::NewKey || (self.new_key.is_some() && !found.elsewhere);
        if let Some(decision) = rest.filter(fits) {
            return Ok(decision);
        }
        let conflicting = Conflicting {
            step: self.step,
            table: self.into,
            key: &found.key,
            fields: &found.fields,
            new_key: self.new_key.filter(|_| !found.elsewhere).map(|key| key.column.as_str()),
        };
        let person = person.ok_or_else(|| nobody(self.step))?;
        let decided = person.decide(&conflicting).ok_or_else(|| stopped(self.stop))?;
        if !fits(&decided.decision) {
            let message = format!("{}: rows of {} cannot get a new key", self.step, self.into);
            return Err(Error::new(codes::BAD_VALUE, message));
        }
        if decided.rest {
            *rest = Some(decided.decision);
        }
        Ok(decided.decision)
    }
}
