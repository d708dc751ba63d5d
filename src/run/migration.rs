//! A migration applied: its own text runs, and its record commits with it.

use super::{Runner, fail_point, ms};
use crate::change::What;
use crate::engine::{Keeping, Way, store};
use crate::error::{Error, Result, codes};
use crate::graph::{ReadMigration, Step};
use crate::inverse::Inverse;
use crate::ledger::events::{self, Event};
use crate::ledger::steps::{self, Record};
use crate::ledger::{self, Applied, StepState, names};
use crate::naming::Renaming;
use crate::plan::UpStep;
use crate::reading::{How, Keep};
use crate::report::{Reversible, Rows, StepOutcome};
use crate::run::refinery::{self, Recorded};
use std::time::Instant;

impl Runner<'_> {
    /// Applies a migration.
    pub(super) fn migrate(&self, step: &Step, migration: &ReadMigration, up: &UpStep) -> Result<()> {
        let since = Instant::now();
        let result = match migration.script.directives.transaction_none {
            true => self.migrate_outside(step, migration, up, since),
            false => self.migrate_at_once(step, migration, up, since).map(|()| StepOutcome::Done),
        };
        match result {
            Ok(outcome) => {
                self.end_step(&step.id, outcome, since, Rows::default());
                Ok(())
            }
            Err(error) => {
                let error = self.stopped_or(error);
                let half = migration.script.directives.transaction_none && self.half_done(&step.id)?.is_some();
                let outcome = match half {
                    false => StepOutcome::Undone,
                    true if self.stop.requested().is_some() => StepOutcome::Interrupted,
                    true => StepOutcome::Failed,
                };
                self.end_step(&step.id, outcome, since, Rows::default());
                Err(error)
            }
        }
    }

    /// An error while somebody asked to stop is the stop itself.
    pub(super) fn stopped_or(&self, error: Error) -> Error {
        if self.stop.requested().is_some() { super::stopped(self.stop) } else { error }
    }

    /// Runs a statement of a person's, or what takes one back, so that a stop need not wait for its end.
    pub(super) fn interruptibly<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.session.interruptible(true);
        let result = work();
        self.session.interruptible(false);
        result.map_err(|error| self.stopped_or(error))
    }

    fn migrate_at_once(&self, step: &Step, migration: &ReadMigration, up: &UpStep, since: Instant) -> Result<()> {
        let nonce = Self::nonce();
        let reading = &migration.reading;
        self.transaction(!reading.detached.is_empty(), &nonce, || {
            let seq = steps::next_seq(self.session)?;
            let witness = self.session.witness(&reading.unguarded(), &rebuilt(migration), &kept(migration, up))?;
            self.in_history(step, migration, &mut || {
                (0..reading.statements.len()).try_for_each(|index| self.statement(migration, up, seq, index))
            })?;
            self.session.tidy()?;
            self.session.compare(&witness, &reading.touches, Way::Up(seq))?;
            self.note_written(step, migration, up)?;
            fail_point("before_record");
            self.record(step, migration, up, Progress { seq, nonce: &nonce, state: StepState::Done, since })
        })
    }

    /// Runs `work` and writes refinery's row with it.
    pub(super) fn in_history(
        &self,
        step: &Step,
        migration: &ReadMigration,
        work: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let Some(file) = self.catalog.migration(&step.id) else { return work() };
        let file_name = format!("{}__{}", step.id, file.name);
        let recorded = Recorded {
            table: &self.settings.history_table,
            file_name: &file_name,
            name: &file.name,
            version: file.version,
            text: &migration.script.plain.text,
            flavour: self.flavour,
        };
        refinery::apply(self.session, recorded, work)
    }

    fn statement(&self, migration: &ReadMigration, up: &UpStep, seq: i64, index: usize) -> Result<()> {
        let (reading, text) = (&migration.reading, &migration.script.text);
        self.check_stop()?;
        let keeps = reading.keeps.iter().filter(|keep| up.keeps && keep.how != How::Nothing);
        let keeping = |keep: &Keep, work: &dyn Fn(&Keeping<'_>) -> Result<()>| {
            let seal = up.seals.iter().find(|seal| seal.kept == keep.kept);
            work(&Keeping { keep, store: &store(seq, keep.kept), seal, keys: &self.settings.keys })
        };
        for keep in keeps.clone().filter(|keep| keep.statements.0 == index) {
            keeping(keep, &|it| self.session.keep(it))?;
        }
        let at = reading.statements[index].clone();
        self.interruptibly(|| self.session.statement(&text.text[at.clone()]))
            .map_err(|error| error.at(text.place(at)))?;
        fail_point("between_statements");
        for keep in keeps.filter(|keep| keep.statements.1 == index) {
            keeping(keep, &|it| self.session.kept(it))?;
        }
        Ok(())
    }

    /// Which rows of tables it made are evolve's own, for the day the tables go again.
    fn note_written(&self, step: &Step, migration: &ReadMigration, up: &UpStep) -> Result<()> {
        if matches!(up.reversible, Reversible::Derived | Reversible::Kept) {
            migration.reading.filled.iter().try_for_each(|table| self.session.written(&step.id, table))?;
        }
        Ok(())
    }

    /// Writes the step and its event down.
    pub(super) fn record(
        &self,
        step: &Step,
        migration: &ReadMigration,
        up: &UpStep,
        progress: Progress<'_>,
    ) -> Result<()> {
        let stage = &self.catalog.stages[step.stage];
        let dialect = self.dialect.name();
        let file = self.catalog.migration(&step.id);
        let down = file.map(|file| file.down(dialect)).transpose()?.flatten().map(|text| text.text.to_string());
        let derived = matches!(up.reversible, Reversible::Derived | Reversible::Kept);
        let spots = |spots: &crate::touch::Spots| spots.iter().map(|spot| spot.to_string()).collect::<Vec<_>>();
        let mut writes = step.touches.writes.clone();
        writes.extend(&step.touches.creates);
        writes.extend(&step.touches.destroys);
        steps::record(
            self.session,
            &Record {
                applied: Applied {
                    seq: progress.seq,
                    id: step.id.clone(),
                    kind: "migration".to_owned(),
                    stage: stage.name.clone(),
                    stage_version: stage.version.to_string(),
                    title: step.title.clone(),
                    digest: step.digest.clone(),
                    state: progress.state,
                    reversible: crate::plan::written(up.reversible).to_owned(),
                    undo: String::new(),
                    applied_at: ledger::now(),
                },
                run: self.run.id.clone(),
                nonce: progress.nonce.to_owned(),
                duration_ms: ms(progress.since),
                account: Rows::default(),
                inverse: derived.then(|| inverse(migration, up)),
                down,
                declared: None,
                needs: migration.script.directives.needs.clone(),
                reads: spots(&step.touches.reads),
                writes: spots(&writes),
            },
        )?;
        names::record(self.session, &step.id, &Renaming::all(&migration.reading.changes))?;
        if progress.state == StepState::Done {
            self.event(&step.id, progress.seq, "up", ms(progress.since), Rows::default(), progress.nonce)?;
        }
        Ok(())
    }

    /// Writes down that a step was done or undone.
    pub(super) fn event(
        &self,
        step: &str,
        seq: i64,
        direction: &str,
        duration_ms: u64,
        account: Rows,
        nonce: &str,
    ) -> Result<()> {
        events::record(self.session, &Event { run: &self.run.id, step, seq, direction, duration_ms, account, nonce })?;
        ledger::runs::at(self.session, &self.run.id, step)
    }
}

/// How far a migration is when it is written down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress<'a> {
    /// Its number in the ledger.
    pub seq: i64,
    /// The transaction's nonce.
    pub nonce: &'a str,
    /// Whether it is in as a whole.
    pub state: StepState,
    /// When it was begun.
    pub since: Instant,
}

/// How it is taken back, with what of its stores is encrypted.
fn inverse(migration: &ReadMigration, up: &UpStep) -> Vec<Inverse> {
    migration.reading.inverse.iter().map(|act| act.clone().sealed(&up.seals)).collect()
}

/// The tables a migration rebuilds.
pub(super) fn rebuilt(migration: &ReadMigration) -> Vec<String> {
    let changes = migration.reading.changes.iter();
    changes
        .filter_map(|change| match &change.what {
            What::Rebuild(rebuild) => Some(rebuild.table.clone()),
            _ => None,
        })
        .collect()
}

/// The tables of which a migration keeps rows: what was broken in them may come back with these.
fn kept(migration: &ReadMigration, up: &UpStep) -> Vec<String> {
    let keeps = migration.reading.keeps.iter().filter(|keep| up.keeps && keep.how != How::Nothing);
    keeps.map(|keep| keep.table.clone()).collect()
}

/// The failure of a statement that the database refused, in the words of the step.
pub(super) fn no_way_back(step: &str, why: &str) -> Error {
    Error::new(codes::NO_WAY_BACK, format!("{step} cannot be undone: {why}"))
        .hint("evolve restore brings a restore point from before it back")
}
