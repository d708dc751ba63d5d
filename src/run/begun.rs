//! A transformation as it is written down before its first row: the step half done, and each Movement's place.

use super::Runner;
use super::transformation::Moving;
use crate::engine::Mover;
use crate::error::Result;
use crate::ledger::cursors::Cursor;
use crate::ledger::steps::{self, Record};
use crate::ledger::{self, Applied, StepState};
use crate::report::Rows;
use sha2::{Digest as _, Sha256};

impl Runner<'_> {
    /// Writes the step down as half done, with the stage file it was declared in.
    pub(super) fn record_moving(&self, moving: &Moving<'_>, nonce: &str) -> Result<()> {
        let step = moving.step;
        let stage = &self.catalog.stages[step.stage];
        let text = &moving.declared.text;
        let digest: String = Sha256::digest(text.text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        steps::keep_text(self.session, &digest, &text.name, &text.text)?;
        self.keep_ground(&step.id, moving.declared, moving.movements)?;
        let spots = |spots: &crate::touch::Spots| spots.iter().map(|spot| spot.to_string()).collect::<Vec<_>>();
        steps::record(
            self.session,
            &Record {
                applied: Applied {
                    seq: moving.seq,
                    id: step.id.clone(),
                    kind: moving.declared.kind.key.to_owned(),
                    stage: stage.name.clone(),
                    stage_version: stage.version.to_string(),
                    title: step.title.clone(),
                    digest: step.digest.clone(),
                    state: StepState::Half,
                    reversible: crate::plan::written(moving.up.reversible).to_owned(),
                    undo: moving.movements.first().map_or("none", |movement| movement.undo.word()).to_owned(),
                    applied_at: ledger::now(),
                },
                run: self.run.id.clone(),
                nonce: nonce.to_owned(),
                duration_ms: 0,
                account: Rows::default(),
                inverse: None,
                down: None,
                declared: Some(digest),
                needs: moving.declared.needs.clone(),
                reads: spots(&step.touches.reads),
                writes: spots(&step.touches.writes),
            },
        )
    }
}

/// A Movement's place before its first row.
pub(super) fn begun(moving: &Moving<'_>, number: usize, mover: &dyn Mover) -> Cursor {
    let movement = &moving.movements[number];
    Cursor {
        step: moving.step.id.clone(),
        movement: number,
        phase: "up".to_owned(),
        table: movement.from.table.clone(),
        key: None,
        until: None,
        account: Rows::default(),
        total: mover.count(None).ok(),
        source: moving.landed.of(movement, mover),
    }
}
