//! A `transaction = none` migration: statement after statement, each committed with its line in the journal; what cannot
//! stand in a transaction is noted before and after.

use super::migration::Progress;
use super::{Runner, fail_point};
use crate::engine::Way;
use crate::error::{Error, Result, codes};
use crate::graph::{ReadMigration, Step};
use crate::ledger::statements::{self, Begun};
use crate::ledger::{StepState, steps};
use crate::plan::UpStep;
use crate::report::{Rows, StepOutcome};
use sha2::{Digest as _, Sha256};
use std::ops::Range;
use std::time::Instant;

impl Runner<'_> {
    pub(super) fn migrate_outside(
        &self,
        step: &Step,
        migration: &ReadMigration,
        up: &UpStep,
        since: Instant,
    ) -> Result<StepOutcome> {
        let begun = statements::of_step(self.session, &step.id)?;
        let known = steps::one(self.session, &step.id)?;
        let resumed = known.is_some();
        self.refuse_edited(step, migration, &begun)?;
        // What has not begun may have been edited since: then it is written down anew.
        if known.as_ref().is_none_or(|known| known.digest != step.digest) {
            let nonce = Self::nonce();
            self.transaction(false, &nonce, || {
                statements::keep_schema(self.session, &step.id, &self.session.schema()?)?;
                steps::remove(self.session, &step.id)?;
                let seq = known.as_ref().map_or_else(|| steps::next_seq(self.session), |known| Ok(known.seq))?;
                self.record(step, migration, up, Progress { seq, nonce: &nonce, state: StepState::Half, since })
            })?;
        }
        for unit in units(migration) {
            self.check_stop()?;
            let done = begun.iter().any(|line| line.statement == unit.start && line.done);
            if !done {
                self.unit(step, migration, unit)?;
            }
        }
        let nonce = Self::nonce();
        self.transaction(false, &nonce, || {
            self.in_history(step, migration, &mut || Ok(()))?;
            let seq =
                steps::all(self.session)?.iter().find(|applied| applied.id == step.id).map_or(0, |applied| applied.seq);
            steps::set_state(self.session, &step.id, StepState::Done, Some((super::ms(since), Rows::default())))?;
            statements::clear(self.session, &step.id)?;
            self.event(&step.id, seq, "up", super::ms(since), Rows::default(), &nonce)
        })?;
        Ok(if resumed { StepOutcome::Resumed } else { StepOutcome::Done })
    }

    /// Statements that were begun may not have changed; those behind them may.
    fn refuse_edited(&self, step: &Step, migration: &ReadMigration, begun: &[Begun]) -> Result<()> {
        let units = units(migration);
        for line in begun {
            let now = units.iter().find(|unit| unit.start == line.statement).map(|unit| digest(&text(migration, unit)));
            if now.as_deref() != Some(line.digest.as_str()) {
                return Err(Error::new(
                    codes::CHANGED_HALF_STEP,
                    format!("{} is half done, and its statement {} was changed since", step.id, line.statement + 1),
                )
                .hint("put it back as it was; statements that have not begun may change"));
            }
        }
        Ok(())
    }

    fn unit(&self, step: &Step, migration: &ReadMigration, unit: Range<usize>) -> Result<()> {
        let digest = digest(&text(migration, &unit));
        let place = |index: usize| migration.script.text.place(migration.reading.statements[index].clone());
        let is_outside = migration.reading.outside.iter().any(|(index, _)| *index == unit.start);
        let journal = |done: bool| statements::set(self.session, &step.id, unit.start, &digest, done);
        if is_outside {
            self.transaction(false, "", || journal(false))?;
            fail_point("outside_begun");
            self.interruptibly(|| self.session.outside(statement(migration, unit.start)))
                .map_err(|error| error.at(place(unit.start)))?;
            fail_point("outside_done");
            return self.transaction(false, "", || journal(true));
        }
        // Between the statements of a rebuild references are broken; a block is whole.
        let (detached, whole) = (&migration.reading.detached, unit.len() > 1);
        self.transaction(!detached.is_empty(), "", || {
            let rebuilt = super::migration::rebuilt(migration);
            let witness = whole.then(|| self.session.witness(&migration.reading.unguarded(), &rebuilt, &[]));
            for index in unit.clone() {
                self.interruptibly(|| self.session.statement(statement(migration, index)))
                    .map_err(|error| error.at(place(index)))?;
                fail_point("between_statements");
            }
            if let Some(witness) = witness {
                let seq = steps::one(self.session, &step.id)?.map_or(0, |known| known.seq);
                self.session.compare(&witness?, &migration.reading.touches, Way::Up(seq))?;
            }
            journal(true)
        })
    }
}

/// The units of the journal: each statement, or each block between BEGIN and COMMIT.
fn units(migration: &ReadMigration) -> Vec<Range<usize>> {
    let reading = &migration.reading;
    let (mut units, mut at) = (Vec::new(), 0);
    while at < reading.statements.len() {
        match reading.blocks.iter().find(|block| block.start == at + 1) {
            // The BEGIN itself, the block, and its COMMIT.
            Some(block) => {
                if !block.is_empty() {
                    units.push(block.clone());
                }
                at = block.end + 1;
            }
            None => {
                units.push(at..at + 1);
                at += 1;
            }
        }
    }
    units
}

fn statement(migration: &ReadMigration, index: usize) -> &str {
    &migration.script.text.text[migration.reading.statements[index].clone()]
}

fn text(migration: &ReadMigration, unit: &Range<usize>) -> String {
    unit.clone().map(|index| statement(migration, index)).collect::<Vec<_>>().join("\n")
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
