//! The account of a dry run: what each pending transformation would do to rows, by questions alone.
//!
//! What depends on a step that is pending too is unknown, and said to be: never guessed.

use super::place::Place;
use super::trial::{BEGAN, narrowed};
use super::{Project, UpRequest};
use crate::catalog::Triggers;
use crate::catalog::defaults::limit_word;
use crate::engine::MoveContext;
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Step};
use crate::ledger::StepState;
use crate::movement::{Invalid, Movement};
use crate::plan::{Plan, Work};
use crate::report::RunReport;
use crate::sqlite::account::{self, Account, Manner};
use crate::sqlite::{Connection, SqliteMover, connect, landing};
use crate::survey::Survey;
use std::collections::BTreeSet;

impl Project {
    /// The account of a dry run: each Movement whose tables are there is asked what it would do with each row.
    pub(super) fn account(
        &self,
        place: &Place<'_>,
        plan: &Plan,
        survey: &Survey,
        request: &UpRequest,
    ) -> Result<RunReport> {
        // Of a trial, the rows that its condition selects.
        let narrowed = request.trial.as_deref().map(|condition| narrowed(plan, condition)).transpose()?.flatten();
        self.keys_of_plan(plan)?;
        self.functions_of_plan(plan)?;
        self.sources_of_plan(plan)?;
        let mut report = self.nothing_done(plan);
        let Work::Up(graph, steps) = &plan.work else { return Ok(report) };
        let location = place.location()?;
        let reading = match &location {
            Some(location) if survey.exists => connect::reading(location)?,
            _ => None,
        };
        let mut before: Vec<&Step> = Vec::new();
        for up in steps {
            let step = &graph.steps[up.index];
            if let Body::Transformation(_, declared) = &step.body {
                let movements = narrowed.as_ref().map_or(declared, |(_, movements)| movements);
                let mut known = match (unknown(step, movements, &before, survey), &reading) {
                    (Some(why), _) => Account::unknown(why),
                    (None, Some((connection, _))) => self.asked(connection, step, movements, &before),
                    (None, None) if location.is_none() => {
                        unseen("a database in memory has no second connection to ask")
                    }
                    (None, None) => unseen("there is no database yet"),
                };
                if narrowed.is_none() {
                    self.judge_rejects(step, movements, &mut known);
                }
                if let Some(line) = report.steps.iter_mut().find(|line| line.id == step.id) {
                    if known.rows.is_none() {
                        line.unknown = Some(known.notes.last().cloned().unwrap_or_default());
                    }
                    line.rows = known.rows.unwrap_or_default();
                    (line.warnings, line.would_fail) = (known.notes, known.failing);
                }
            }
            before.push(step);
        }
        Ok(report)
    }

    /// What is known of a step; a question that fails is a reason not to know.
    fn asked(&self, connection: &Connection, step: &Step, movements: &[Movement], before: &[&Step]) -> Account {
        let changing =
            |table: &str| changing(before, &BTreeSet::from([table.to_owned()])).map(|(earlier, _)| earlier.id.clone());
        let manner = Manner {
            foreign_keys: self.settings.foreign_keys,
            triggers: self.declared(step).and_then(|declared| declared.triggers).unwrap_or(Triggers::Fire),
            changing: &changing,
        };
        let asked = connection.execute_batch("BEGIN").map_err(|error| Error::new(codes::DATABASE, error.to_string()));
        let declared = self.catalog.transformation(&step.id);
        let sources = declared.map_or(&[][..], |declared| &declared.sources);
        let asked = asked.and_then(|()| {
            for source in sources {
                landing::land(connection, source, &mut self.sources.open(source)?)?;
            }
            let movers = movements.iter().enumerate().map(|(number, movement)| {
                let context = MoveContext {
                    step: &step.id,
                    movement: number,
                    seq: 0,
                    run: "dry",
                    began: BEGAN,
                    keys: &self.settings.keys,
                    functions: &self.functions,
                    bytes: u64::MAX,
                };
                SqliteMover::new(connection, movement, &context)
            });
            account::of_step(&movers.collect::<Result<Vec<_>>>()?, &manner)
        });
        // Temporary tables go with it.
        let _ = connection.execute_batch("ROLLBACK");
        asked.unwrap_or_else(|error| unseen(error.message()))
    }

    /// Whether a step would be taken back for what it rejects: its figures are the sums over its Movements, as in a run.
    fn judge_rejects(&self, step: &Step, movements: &[Movement], account: &mut Account) {
        let limit = self.declared(step).and_then(crate::catalog::Transformation::limit);
        let (Some(limit), Some(rows)) = (limit, account.rows) else { return };
        if movements.iter().all(|movement| movement.invalid == Invalid::Fail) {
            return;
        }
        if limit.is_passed(rows.rejected, rows.read) {
            account.fails_as(format!(
                "{} would fail the step: {} of {} rows would be rejected, more than max_rejects = {}",
                step.id,
                rows.rejected,
                rows.read,
                limit_word(limit)
            ));
        }
    }

    fn declared(&self, step: &Step) -> Option<&crate::catalog::Transformation> {
        self.catalog.transformation(&step.id)
    }
}

fn unseen(why: &str) -> Account {
    Account::unknown(format!("not counted: {why}"))
}

/// Why a step's rows cannot be known now: it is half done, or steps that are pending too change what it is made of.
fn unknown(step: &Step, movements: &[Movement], before: &[&Step], survey: &Survey) -> Option<String> {
    let half = survey.standing.applied.iter().any(|done| done.id == step.id && done.state == StepState::Half);
    if half {
        return Some("not counted: it is half done, and the same command goes on with the rest".to_owned());
    }
    let uses = step.touches.uses();
    let mut tables: BTreeSet<String> = uses.tables().map(str::to_owned).collect();
    tables.extend(movements.iter().flat_map(|it| [it.from.table.to_lowercase(), it.into.to_lowercase()]));
    let (earlier, table) = changing(before, &tables)?;
    let what = table.unwrap_or_else(|| "what nobody can tell".to_owned());
    Some(format!("not counted: {} comes before it, and changes {what}", earlier.id))
}

/// The first of these steps that changes one of these tables, and which; no table where it may change any.
fn changing<'a>(before: &[&'a Step], tables: &BTreeSet<String>) -> Option<(&'a Step, Option<String>)> {
    before.iter().find_map(|earlier| {
        let touched = &earlier.touches;
        if touched.everything {
            return Some((*earlier, None));
        }
        let changed = [&touched.writes, &touched.creates, &touched.destroys];
        let table = tables.iter().find(|table| changed.iter().any(|spots| spots.has_table(table)));
        table.map(|table| (*earlier, Some(table.clone())))
    })
}
