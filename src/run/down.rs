//! The way down: steps taken back in the reverse of the order they came, stage by stage, from what the ledger keeps.

use super::declared::{Declarations, find};
use super::{Ending, Runner, fail_point, ms};
use crate::catalog::{Defaults, Script};
use crate::check::When;
use crate::engine::{Others, UndoContext, Way, store};
use crate::error::{Error, Result, Text, codes};
use crate::inverse::Inverse;
use crate::kinds::Hides;
use crate::ledger::steps::{self, WayBack};
use crate::ledger::{Applied, StepState, statements};
use crate::observe::Event;
use crate::report::{PlannedPoint, Rows, StepOutcome};
use crate::schema::Tables;
use crate::sql::quoted;
use crate::touch::{Spot, Touches};
use crate::value::Value;
use std::collections::BTreeSet;
use std::time::Instant;

impl Runner<'_> {
    /// Undoes steps, in this order.
    pub fn down(&self, steps: &[Applied], points: &[PlannedPoint]) -> Ending {
        match self.descend(steps, points) {
            Ok(()) => Ending::done(),
            Err(error) => {
                self.not_started(steps.iter().map(|step| step.id.clone()));
                Ending { outcome: self.outcome_of(&error), error: Some(error) }
            }
        }
    }

    fn descend(&self, undone: &[Applied], points: &[PlannedPoint]) -> Result<()> {
        for (index, step) in undone.iter().enumerate() {
            self.check_stop()?;
            let Some(step) = &steps::one(self.session, &step.id)? else { continue };
            self.point(&step.id, points)?;
            let new_stage = self.done.borrow().stage.as_deref() != Some(&step.stage);
            if new_stage {
                self.done.borrow_mut().stage = Some(step.stage.clone());
                self.observer.event(Event::StageBegins { stage: &step.stage });
            }
            self.begin_step(&step.id, &step.title, index, undone.len());
            self.undo(step)?;
            fail_point("between_steps");
            if undone.get(index + 1).is_none_or(|next| next.stage != step.stage) {
                self.check_stage_left()?;
                self.session.durable()?;
            }
        }
        Ok(())
    }

    /// After a stage is gone, the one that is left must be what it was.
    fn check_stage_left(&self) -> Result<()> {
        let applied = steps::all(self.session)?;
        let Some(last) = applied.last() else { return Ok(()) };
        let standing = crate::plan::standpoint(self.catalog, &applied);
        match self.catalog.stage(&last.stage) {
            Some(stage) if standing.stage.as_deref() == Some(&stage.name) => {
                self.ask(&stage.name, &stage.checks, When::After)
            }
            _ => Ok(()),
        }
    }

    /// Undoes one step and reports it.
    pub(super) fn undo(&self, step: &Applied) -> Result<()> {
        let since = Instant::now();
        match self.take_back(step) {
            Ok(rows) => {
                self.end_step(&step.id, StepOutcome::Undone, since, rows);
                Ok(())
            }
            Err(error) => {
                let error = self.stopped_or(error);
                let (outcome, rows) = match (self.stop.requested(), self.half_done(&step.id)?) {
                    (None, _) => (StepOutcome::Failed, Rows::default()),
                    (Some(_), Some(rows)) => {
                        (StepOutcome::Interrupted, Rows { read: rows.read, updated: rows.read, ..Rows::default() })
                    }
                    // What was begun of it was rolled back: it is in as it was.
                    (Some(_), None) => (StepOutcome::NotStarted, Rows::default()),
                };
                self.end_step(&step.id, outcome, since, rows);
                Err(error)
            }
        }
    }

    /// Takes a step back, whole or half.
    pub(super) fn take_back(&self, step: &Applied) -> Result<Rows> {
        let way = steps::way_back(self.session, &step.id)?;
        match step.kind.as_str() {
            "migration" => self.unmigrate(step, &way).map(|()| Rows::default()),
            _ => self.unmove(step, &way),
        }
    }

    fn unmigrate(&self, step: &Applied, way: &WayBack) -> Result<()> {
        let since = Instant::now();
        if step.state != StepState::Done && way.down.is_none() && way.inverse.is_empty() {
            return Err(super::migration::no_way_back(&step.id, "it is half done and has no down file"));
        }
        let nonce = Self::nonce();
        let file = self.down_file(step, way)?;
        // As on the way up: a file that deletes and relies on cascades needs foreign keys on.
        let detached = file.as_ref().is_none_or(|(_, reading)| !reading.detached.is_empty());
        self.transaction(detached, &nonce, || {
            let (touched, meant) = match &file {
                Some((_, reading)) => (reading.unguarded(), reading.touches.clone()),
                None => touched(&way.inverse),
            };
            let witness = self.session.witness(&touched, &[], &[])?;
            self.session.execute("PRAGMA defer_foreign_keys = ON", &[])?;
            match &file {
                Some((script, reading)) => {
                    for at in &reading.statements {
                        self.check_stop()?;
                        let result = self.interruptibly(|| self.session.statement(&script.text.text[at.clone()]));
                        result.map_err(|error| error.at(script.text.place(at.clone())))?;
                    }
                }
                None => self.unwind(step, &way.inverse)?,
            }
            self.session.tidy()?;
            self.session.compare(&witness, &meant, Way::Down(step.seq)).map_err(in_the_way)?;
            if file.is_some() {
                self.drop_stores(step.seq)?;
            }
            self.forget_history(step)?;
            statements::clear(self.session, &step.id)?;
            fail_point("before_undo_record");
            steps::remove(self.session, &step.id)?;
            self.event(&step.id, step.seq, "down", ms(since), Rows::default(), &nonce)
        })
    }

    /// The down file, read over the schema as it is, where the step has one.
    fn down_file(&self, step: &Applied, way: &WayBack) -> Result<Option<(Script, crate::reading::Reading)>> {
        let Some(text) = &way.down else { return Ok(None) };
        if let Some(known) = self.reverses.and_then(|reverses| reverses.get(&step.id)) {
            return Ok(Some((known.script.clone(), known.reading.clone())));
        }
        let name = self
            .catalog
            .migration(&step.id)
            .and_then(|migration| migration.down(self.dialect.name()).ok().flatten())
            .map_or_else(|| format!("the down file of {}", step.id), |text| text.name.to_string());
        let text = Text::new(name, text.as_str());
        let script = Script::of_down(&text)?;
        let schema = self.session.schema()?;
        let reading = self.dialect.reader(&schema)?.read(&script)?;
        Ok(Some((script, reading)))
    }

    fn unwind(&self, step: &Applied, inverse: &[Inverse]) -> Result<()> {
        let others = self.others(&step.id);
        let context = UndoContext { step: &step.id, seq: step.seq, others: &others, keys: &self.settings.keys };
        inverse.iter().rev().try_for_each(|act| {
            self.check_stop()?;
            self.interruptibly(|| self.session.undo(act, &context))
        })
    }

    /// What becomes of rows of others that stand in a step's way.
    pub(super) fn others<'b>(&'b self, step: &'b str) -> Others<'b> {
        Others { changed: self.changed, run: &self.run.id, step, keys: &self.settings.keys, hidden: &self.hidden }
    }

    /// Stores that a down file made needless.
    fn drop_stores(&self, seq: i64) -> Result<()> {
        let prefix = store(seq, 0);
        let prefix = prefix.trim_end_matches('0');
        for name in self.session.names().iter().filter(|name| name.starts_with(prefix)) {
            self.session.execute(&format!("DROP TABLE {}", quoted(name)), &[])?;
            self.session
                .execute("DELETE FROM evolve_meta WHERE key = 'issued ' || ?1", &[Value::Text(name.clone())])?;
        }
        Ok(())
    }

    /// Takes refinery's row out.
    fn forget_history(&self, step: &Applied) -> Result<()> {
        let table = &self.settings.history_table;
        let version = step.id.trim_start_matches(['V', 'U']).parse::<i64>();
        if let (Ok(version), true) = (version, self.session.table(table).is_some()) {
            self.session
                .execute(&format!("DELETE FROM {} WHERE version = ?1", quoted(table)), &[Value::Integer(version)])?;
        }
        Ok(())
    }
}

/// Rows that refer to what would go are somebody's: they stand in the way.
pub(super) fn in_the_way(error: Error) -> Error {
    if error.code().id != codes::ORPHANS.id {
        return error;
    }
    Error::new(codes::ROWS_IN_THE_WAY, error.message()).hint(
        "neither --preserve-data nor --discard-changed touches them: delete them, or let them refer to something else, first",
    )
}

/// The tables that the acts of an inverse are about, and what is meant to happen to them.
fn touched(inverse: &[Inverse]) -> (Vec<String>, Touches) {
    let mut meant = Touches::default();
    let mut tables = Vec::new();
    for act in inverse {
        let table = match act.bare() {
            Inverse::Sql(_) | Inverse::Sealed { .. } => continue,
            Inverse::DropTable { table } => {
                meant.destroys.add(&Spot::table(table));
                table
            }
            Inverse::Rewind { table, .. } => {
                meant.writes.add(&Spot::table(table));
                table
            }
            Inverse::DropColumn { table, .. } => table,
            Inverse::MakeTable(make) => &make.table,
            Inverse::RemakeTable(remake) => &remake.table,
        };
        if !tables.contains(table) {
            tables.push(table.clone());
        }
    }
    (tables, meant)
}

/// The names of the keys that taking a step back needs.
pub fn keys_of(step: &Applied, way: &WayBack, under: &Defaults, read: &Declarations) -> Result<BTreeSet<String>> {
    if step.kind == "migration" {
        let seals = way.inverse.iter().filter(|_| way.down.is_none()).filter_map(Inverse::seal);
        return Ok(seals.map(|seal| seal.key.clone()).collect());
    }
    let stage = read.stage(step, way)?;
    let declared = find(&stage, &step.id)?.under(under);
    Ok(declared.declared.keys(&declared))
}

/// What a transformation protects, the tables that it writes, in lower case, and the names of its keys.
pub fn protected(
    step: &Applied,
    way: &WayBack,
    under: &Defaults,
    dialect: &str,
    tables: &dyn Tables,
    read: &Declarations,
) -> Result<(Hides, Vec<String>, BTreeSet<String>)> {
    let stage = read.stage(step, way)?;
    let declared = &find(&stage, &step.id)?.under(under);
    let writes = declared.declared.touches(declared, dialect, tables)?.writes;
    let writes = writes.tables().map(str::to_owned).collect();
    Ok((declared.declared.hides(declared, dialect), writes, declared.declared.keys(declared)))
}

/// What a transformation protects.
pub fn hides(step: &Applied, way: &WayBack, dialect: &str, read: &Declarations) -> Result<Hides> {
    let stage = read.stage(step, way)?;
    let declared = find(&stage, &step.id)?;
    Ok(declared.declared.hides(declared, dialect))
}
