//! What a person says about rows whose key is there already: asked with no transaction open, written down, then done.
//!
//! Before each batch the rows of it are looked at in the order of the walk. Up to the first whose key is there they are a
//! batch like any other; that one is a batch of its own, by the answer. Once an answer is for all the rest, batches are as
//! they always are. So no row is judged by another's answer, whatever the batches.

use super::Runner;
use crate::conflict::{Conflicting, Decision};
use crate::engine::Mover;
use crate::error::{Error, Result, codes};
use crate::ledger::answers::{self, About};
use crate::ledger::cursors::Cursor;
use crate::movement::{Conflict, Movement, Write};
use crate::observe::StopReason;

/// What the next batch is: how many rows, and what becomes of those whose key is there, where somebody decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portion {
    pub(super) rows: u64,
    pub(super) decision: Option<Decision>,
}

impl Portion {
    /// So many rows, about which nobody is asked.
    pub(super) fn of(rows: u64) -> Self {
        Self { rows, decision: None }
    }

    /// Whether a batch failed because a row came where none was when it was looked at.
    pub(super) fn may_ask_again(self, movement: &Movement, error: &Error) -> bool {
        let asks = matches!(movement.write, Write::Insert(Conflict::Ask(_)));
        asks && self.decision.is_none() && error.code().id == codes::CONFLICT.id
    }
}

impl Runner<'_> {
    /// The next batch of at most so many rows. Where its Movement asks, whoever can be asked is.
    pub(super) fn portion(&self, movement: &Movement, mover: &dyn Mover, place: &Cursor, rows: u64) -> Result<Portion> {
        let Write::Insert(Conflict::Ask(new_key)) = &movement.write else { return Ok(Portion::of(rows)) };
        let about = About { step: &place.step, movement: place.movement, run: &self.run.id };
        let fits = |decision: &Decision| *decision != Decision::NewKey || new_key.is_some();
        let fits_here =
            |decision: &Decision, elsewhere: bool| fits(decision) && !(elsewhere && *decision == Decision::NewKey);
        if let Some(decision) = answers::rest(self.session, about)?.filter(fits) {
            return Ok(Portion { rows, decision: Some(decision) });
        }
        let Some(found) = mover.collision(place.key.as_deref(), place.until.as_deref(), rows)? else {
            return Ok(Portion::of(rows));
        };
        if found.before > 0 {
            return Ok(Portion::of(found.before));
        }
        if let Some(decision) =
            answers::of_row(self.session, about, &found.key)?.filter(|it| fits_here(it, found.elsewhere))
        {
            return Ok(Portion { rows: 1, decision: Some(decision) });
        }
        let conflicting = Conflicting {
            step: &place.step,
            table: &movement.into,
            key: &found.key,
            fields: &found.fields,
            new_key: new_key.as_ref().filter(|_| !found.elsewhere).map(|key| key.column.as_str()),
        };
        let person = self.person.ok_or_else(|| nobody(&place.step))?;
        let Some(decided) = person.decide(&conflicting) else {
            if self.stop.requested().is_none() {
                self.stop.request(StopReason::Interrupt);
            }
            return Err(super::stopped(self.stop));
        };
        if !fits_here(&decided.decision, found.elsewhere) {
            let message = format!("{}: rows of {} cannot get a new key", place.step, movement.into);
            return Err(Error::new(codes::BAD_VALUE, message));
        }
        self.transaction(false, "", || answers::put(self.session, about, &found.key, decided))?;
        Ok(Portion { rows: if decided.rest { rows } else { 1 }, decision: Some(decided.decision) })
    }
}

/// The error where a step asks and nobody is there.
pub fn nobody(step: &str) -> Error {
    let message = format!("{step} asks what becomes of rows whose key is there already, and there is nobody to ask");
    Error::new(codes::MUST_ASK, message).hint(
        "run it in a terminal, or let the step say on_conflict = \"fail\", \"skip\", \"overwrite\", { fill = […] }, \
         { newest = \"…\" } or { new_key = \"…\" }; --on-conflict where it says nothing",
    )
}
