//! Whether what a transformation does comes back: each is run forward and back on a few rows, in memory.
//!
//! Takes a plan up; gives each of its transformations a word, and why. A question: the database is read, and nothing is
//! written but a sample of it. No value leaves the sample.

use super::Project;
use crate::catalog::{Keys, Transformation, Triggers};
use crate::conflict::Decision;
use crate::engine::{Database as _, MoveContext, Others, Session as _};
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Graph, ReadMigration, Step};
use crate::ledger::{self, deferred::Deferred};
use crate::movement::{Conflict, Movement, Undo, Write};
use crate::observe::Stop;
use crate::plan::{Plan, UpStep, Work};
use crate::report::{Loss, Rows, Tried};
use crate::sql::quoted;
use crate::sqlite::sample::{Budget, Content};
use crate::sqlite::{Handle, Manners, SqliteSession, connect, sample};
use crate::survey::Survey;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Rows of a source in a sample.
const ROWS: usize = 100;
/// More rows than a sample has.
const ALL: u64 = u64::MAX / 4;

impl Project {
    /// Says of each transformation of a plan up what a trial on a sample gave.
    pub(super) fn try_losses(&self, plan: &mut Plan, survey: &Survey) {
        let Work::Up(graph, steps) = &plan.work else { return };
        let moves = |up: &UpStep| matches!(graph.steps[up.index].body, Body::Transformation(..));
        let Some(last) = steps.iter().rposition(moves) else { return };
        let steps = &steps[..=last];
        let tried = match self.sample(graph, steps, survey) {
            Ok(session) => Trial::new(self, session).map(|mut trial| trial.walk(graph, steps, survey)),
            Err(error) => Err(error),
        };
        // Why a sample cannot be taken is for whoever asks for it; the plan stands without it.
        let none = |up: &UpStep| (graph.steps[up.index].id.clone(), Tried::not("no sample could be taken"));
        let mut tried = tried.unwrap_or_else(|_| steps.iter().filter(|up| moves(up)).map(none).collect());
        for step in &mut plan.report.steps {
            step.tried = tried.remove(&step.id).unwrap_or_default();
        }
    }

    /// A session on a sample of all tables that these steps touch.
    fn sample(&self, graph: &Graph, steps: &[UpStep], survey: &Survey) -> Result<SqliteSession<'static>> {
        let mut tables = Some(BTreeSet::new());
        for up in steps {
            let touches = &graph.steps[up.index].touches;
            if touches.everything {
                tables = None;
            }
            let (uses, gone) = (touches.uses(), &touches.destroys);
            tables.iter_mut().for_each(|all| all.extend(uses.tables().chain(gone.tables()).map(str::to_owned)));
        }
        let from = if survey.exists { connect::question(&self.location()?)? } else { None };
        let from = from.as_ref().map(|(connection, _)| connection);
        let connection = sample::take(from, tables.as_ref(), survey.double_quoted_text)?;
        let manners = Manners {
            foreign_keys: false,
            double_quoted_text: survey.double_quoted_text,
            lock_timeout: Duration::ZERO,
            lock_deadline: Duration::ZERO,
            history_table: self.history_table.clone(),
        };
        SqliteSession::new(Handle::Own(Box::new(connection)), manners, &Stop::new())
    }
}

/// The steps of a plan on their way through a sample.
struct Trial<'a> {
    project: &'a Project,
    session: SqliteSession<'static>,
    budget: Budget,
    /// No key of the project's is read: what comes back does not depend on it.
    keys: Keys,
}

impl<'a> Trial<'a> {
    fn new(project: &'a Project, mut session: SqliteSession<'static>) -> Result<Self> {
        ledger::create(&session, &project.settings.project)?;
        let budget = Budget::over(&mut session)?;
        Ok(Self { project, session, budget, keys: Keys::stand_ins() })
    }

    /// What became of each transformation. The first step that does not run ends the trial.
    fn walk(&mut self, graph: &Graph, steps: &[UpStep], survey: &Survey) -> BTreeMap<String, Tried> {
        let mut ended = survey.standing.half().map(|half| format!("{} is half done", half.id));
        let mut all = BTreeMap::new();
        for (number, up) in steps.iter().enumerate() {
            let step = &graph.steps[up.index];
            let declared = match &step.body {
                Body::Migration(migration) => {
                    let runs = ended.is_some() || self.migrate(migration).is_ok();
                    ended = ended.or_else(|| (!runs).then(|| self.stuck(step)));
                    continue;
                }
                Body::Transformation(at, movements) => {
                    let declared = &self.project.catalog.stages[step.stage].transformations[*at];
                    Declared { declared, movements, number }
                }
            };
            let tried = match &ended {
                Some(why) => Tried::not(why),
                None => self.transform(&declared).unwrap_or_else(|_| {
                    let why = self.stuck(step);
                    Tried::not(ended.insert(why))
                }),
            };
            all.insert(step.id.clone(), tried);
        }
        all
    }

    fn stuck(&self, step: &Step) -> String {
        match self.budget.is_spent() {
            true => format!("{} takes more than a trial may", step.id),
            false => format!("{} does not run on the sample", step.id),
        }
    }

    /// The statements of a migration, but for those that cannot stand in a transaction: they change no row.
    fn migrate(&mut self, migration: &ReadMigration) -> Result<()> {
        let (reading, text) = (&migration.reading, &migration.script.text.text);
        let is_bracket = |index: usize| reading.blocks.iter().any(|it| it.start == index + 1 || it.end == index);
        let is_outside = |index: usize| reading.outside.iter().any(|(at, _)| *at == index);
        self.session.begin(true)?;
        for (index, at) in reading.statements.iter().enumerate() {
            if !is_bracket(index) && !is_outside(index) {
                self.session.statement(&text[at.clone()])?;
            }
        }
        self.session.tidy()?;
        self.session.commit()
    }

    fn transform(&mut self, what: &Declared<'_>) -> Result<Tried> {
        self.session.begin(true)?;
        let held = self.hold(what)?;
        for source in &what.declared.sources {
            self.session.land(source, &mut self.project.sources.open(source)?.take(ROWS))?;
        }
        let before = Content::of(&mut self.session)?;
        let went = self.forward(what)?;
        let tried = self.judge(what, &went, &before)?;
        for number in 0..what.movements.len() {
            self.session.mover(&what.movements[number], &self.context(what, number))?.forget()?;
        }
        held.iter().try_for_each(|trigger| self.session.statement(&trigger.statement))?;
        self.session.commit()?;
        Ok(tried)
    }

    /// Takes the triggers away that the step holds back.
    fn hold(&self, what: &Declared<'_>) -> Result<Vec<Deferred>> {
        let mut held: Vec<Deferred> = Vec::new();
        if what.declared.triggers != Some(Triggers::Hold) {
            return Ok(held);
        }
        for movement in what.movements {
            for trigger in self.session.triggers(&movement.into)? {
                self.session.statement(&format!("DROP TRIGGER {}", quoted(&trigger.name)))?;
                held.push(trigger);
            }
        }
        Ok(held)
    }

    /// All Movements, each in one batch.
    fn forward(&self, what: &Declared<'_>) -> Result<Vec<Went>> {
        let go = |(number, movement): (usize, &Movement)| {
            let mover = self.session.mover(movement, &self.context(what, number))?;
            mover.watch(true)?;
            // Where somebody would be asked, the answer that loses most.
            let asks = matches!(movement.write, Write::Insert(Conflict::Ask(_)));
            let decision = asks.then_some(Decision::Take);
            let batch = mover.forward_as(None, mover.until()?.as_deref(), ALL, decision)?;
            mover.watch(false)?;
            Ok(Went { rows: batch.rows, last: batch.last })
        };
        what.movements.iter().enumerate().map(go).collect()
    }

    fn judge(&mut self, what: &Declared<'_>, went: &[Went], before: &Content) -> Result<Tried> {
        let mut rows = Rows::default();
        went.iter().for_each(|it| rows.add(it.rows));
        if rows.read == 0 {
            return Ok(Tried::not("there is nothing to try it on"));
        }
        if rows.inserted + rows.updated == 0 {
            return Ok(Tried::not("it writes no row of the sample"));
        }
        if what.movements.iter().any(|movement| movement.undo == Undo::None) {
            return Ok(Tried::lossy("it has no way back"));
        }
        self.session.execute("SAVEPOINT evolve_back", &[])?;
        let back = self.back(what, went);
        let after = Content::of(&mut self.session)?;
        self.session.execute("ROLLBACK TO evolve_back", &[])?;
        self.session.execute("RELEASE evolve_back", &[])?;
        Ok(match back {
            Err(_) if self.budget.is_spent() => return Err(Error::new(codes::STEP_FAILED, "too much for a trial")),
            Err(error) if error.code() == codes::WRONG_SECRET_KEY => Tried::not("it cannot be tried without its key"),
            Err(_) => Tried::lossy("its way back does not run on the sample"),
            Ok(()) if after != *before => {
                Tried::lossy(&format!("{} would not be as before", before.differences(&after).join(", ")))
            }
            Ok(()) if what.movements.iter().any(|movement| movement.undo == Undo::Journal) => {
                Tried { loss: Some(Loss::Recoverable), loss_why: Some("the journal brings it back".to_owned()) }
            }
            Ok(()) => Tried { loss: Some(Loss::Lossless), loss_why: None },
        })
    }

    /// All Movements back, the last first.
    fn back(&self, what: &Declared<'_>, went: &[Went]) -> Result<()> {
        let others = Others::refused(&what.declared.id, &self.keys);
        for (number, (movement, went)) in what.movements.iter().zip(went).enumerate().rev() {
            let mover = self.session.mover(movement, &self.context(what, number))?;
            let until = went.last.as_deref();
            mover.check_back(until, Some(went.rows), &others, &[])?;
            if went.rows.inserted + went.rows.updated == 0 && !matches!(movement.undo, Undo::Sql(_)) {
                continue;
            }
            let mut after: Option<Vec<Value>> = None;
            loop {
                let batch = mover.back(after.as_deref(), until, ALL, &others)?;
                if batch.end {
                    break;
                }
                after = batch.last;
            }
        }
        Ok(())
    }

    fn context<'b>(&'b self, what: &Declared<'b>, movement: usize) -> MoveContext<'b> {
        MoveContext {
            step: &what.declared.id,
            movement,
            seq: i64::try_from(what.number).unwrap_or(0),
            run: "sample",
            began: "1970-01-01T00:00:00Z",
            keys: &self.keys,
            functions: &self.project.functions,
            bytes: u64::MAX,
        }
    }
}

/// A transformation that is tried.
struct Declared<'a> {
    declared: &'a Transformation,
    movements: &'a [Movement],
    /// Its place in the plan.
    number: usize,
}

/// What a Movement did, and how far it read.
struct Went {
    rows: Rows,
    last: Option<Vec<Value>>,
}
