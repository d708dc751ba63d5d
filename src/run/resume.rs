//! Whether a half-done Movement can go on: what its cursor says is held against what is there.

use super::Runner;
use super::transformation::Moving;
use crate::engine::Mover;
use crate::error::{Error, Result, codes};
use crate::ledger::cursors::{self, Cursor};
use crate::movement::Movement;

impl Runner<'_> {
    /// Refuses to go on with a half-done step whose ground is not as it left it. Nothing is touched, nor taken back.
    pub(super) fn refuse_other_ground(&self, moving: &Moving<'_>) -> Result<()> {
        if !moving.resumed {
            return Ok(());
        }
        for cursor in cursors::of_step(self.session, &moving.step.id)? {
            let Some(movement) = moving.movements.get(cursor.movement).filter(|_| cursor.phase == "up") else {
                continue;
            };
            let mover = self.session.mover(movement, &self.context(&cursor.step, cursor.movement, moving.seq))?;
            let ground = Ground { source: moving.landed.of(movement, &*mover), shared: self.is_shared(moving) };
            refuse_other(&cursor, movement, &ground, &*mover)?;
        }
        Ok(())
    }
}

/// What a cursor is held against.
struct Ground {
    /// The digest of what is walked.
    source: String,
    /// Whether the application stays up meanwhile.
    shared: bool,
}

/// Refuses a cursor that does not fit its source and its target.
fn refuse_other(cursor: &Cursor, movement: &Movement, ground: &Ground, mover: &dyn Mover) -> Result<()> {
    let what = match ground.source == cursor.source {
        false if movement.from.source.is_some() => {
            format!("the source {} gives other rows than when it began", cursor.table)
        }
        false => format!("{} has another shape, or is walked by another key, than when it began", cursor.table),
        true => match mover.lacks(cursor.account, cursor.key.as_deref(), ground.shared)? {
            None => return Ok(()),
            Some(missing) => missing,
        },
    };
    let message = format!("{} is half done, and what is there is not what it left: {what}", cursor.step);
    Err(Error::new(codes::CHANGED_HALF_STEP, message).hint(
        "put back what was changed, and the same command goes on; or evolve down --target takes the step back, and evolve up starts it over",
    ))
}
