//! `up --retry-rejects`: rows that were put aside, tried again after somebody mended them.

use super::runs::LOCK;
use super::{Project, dialect};
use crate::engine::{MoveContext, Session};
use crate::error::{Error, Result, codes};
use crate::ledger::{Applied, StepState, defaults, rejects, steps};
use crate::movement::Movement;
use crate::observe::{Observer, Stop};
use crate::report::{Outcome, Rows, RunReport, StepOutcome, StepReport};
use crate::run::lock::Lock;
use crate::run::{new_run, step_report};
use crate::schema::Tables as _;
use crate::sql::quoted;
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Manners, SqliteSession, connect};
use std::time::Instant;

impl Project {
    /// Tries every reject of the steps that are in again. Rows that are valid now go in; the others stay aside.
    pub(super) fn retry_rejects(&self, observer: &dyn Observer, stop: &Stop) -> Result<RunReport> {
        let location = self.location()?;
        let _lock = Lock::take(&location.beside(LOCK), self.settings.policy.wait, observer, stop)?;
        let survey = survey::survey(&location, Depth::Schema, &self.history_table)?;
        if let Some(open) = &survey.standing.open {
            return Err(Error::new(codes::OPEN_RUN, format!("`{} {}` is unfinished", open.command, open.target)));
        }
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: dialect(&survey).double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        let session = SqliteSession::new(Handle::Own(Box::new(connect::writer(&location)?)), manners, stop)?;
        let mut lines = Vec::new();
        for step in
            survey.standing.applied.iter().filter(|step| step.state == StepState::Done && step.kind != "migration")
        {
            lines.extend(self.retry_step(&session, step)?);
        }
        let standing = crate::plan::standpoint(&self.catalog, &survey.standing.applied);
        Ok(RunReport {
            run: None,
            outcome: if lines.is_empty() { Outcome::NothingToDo } else { Outcome::Done },
            from: standing.clone(),
            to: standing,
            restore_points: Vec::new(),
            steps: lines,
            preserved: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// All rejects of one step, in one transaction with the step's account.
    fn retry_step(&self, session: &SqliteSession<'_>, step: &Applied) -> Result<Option<StepReport>> {
        let since = Instant::now();
        let Some(declared) = self.catalog.transformation(&step.id) else { return Ok(None) };
        let declared = &declared.under(&defaults::of_step(session, &step.id)?);
        let way = steps::way_back(session, &step.id)?;
        let mut account = way.account;
        if account.rejected == 0 {
            return Ok(None);
        }
        declared.functions.iter().try_for_each(|id| self.functions.require(&step.id, id))?;
        let movements = declared.declared.lower(declared, super::engine_name(), session)?;
        let mut tried = Rows::default();
        session.begin(false)?;
        let mut work = || -> Result<()> {
            crate::ledger::create(session, &self.settings.project)?;
            for (number, movement) in movements.iter().enumerate() {
                tried.add(self.retry_movement(session, step, number, movement)?);
            }
            account.inserted += tried.inserted;
            account.updated += tried.updated;
            account.unchanged += tried.unchanged;
            account.skipped += tried.skipped;
            account.rejected -= (tried.read - tried.rejected).min(account.rejected);
            steps::set_state(session, &step.id, StepState::Done, Some((0, account)))
        };
        if let Err(error) = work() {
            session.rollback();
            return Err(error);
        }
        session.commit()?;
        Ok((tried.read > 0).then(|| step_report(&step.id, StepOutcome::Resumed, since.elapsed(), tried)))
    }

    fn retry_movement(
        &self,
        session: &SqliteSession<'_>,
        step: &Applied,
        number: usize,
        movement: &Movement,
    ) -> Result<Rows> {
        let run = new_run("up", "--retry-rejects", Vec::new(), "", "");
        let mut rows = Rows::default();
        for (reject, key) in rejects::of_movement(session, &step.id, number)? {
            let source = session.table(&movement.from.table);
            let columns = match movement.from.key.as_slice() {
                [] => source.iter().map(|_| "rowid".to_owned()).collect::<Vec<_>>(),
                named => named.iter().map(|column| quoted(column)).collect(),
            };
            // By the table's own name: what is looked up may have columns of the same names.
            let table = quoted(movement.from.alias.as_ref().unwrap_or(&movement.from.table));
            let this: Vec<String> =
                columns.iter().zip(&key).map(|(column, value)| format!("{table}.{column} IS {value}")).collect();
            let mut one = movement.clone();
            let filter = movement.from.filter.as_ref().map(|filter| format!("({filter}\n) AND ")).unwrap_or_default();
            one.from.filter = Some(format!("{filter}{}", this.join(" AND ")));
            rejects::remove(session, reject)?;
            let context = MoveContext {
                step: &step.id,
                movement: number,
                seq: step.seq,
                run: &run.id,
                began: &run.started,
                keys: &self.settings.keys,
                functions: &self.functions,
                bytes: u64::MAX,
            };
            let mover = session.mover(&one, &context)?;
            mover.watch(true)?;
            let moved = mover.forward(None, None, 1_000);
            mover.watch(false)?;
            rows.add(moved?.rows);
        }
        Ok(rows)
    }
}
