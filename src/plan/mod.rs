//! Plans: the ordered steps from a standing to a target, up or down, with what they risk and how they go back.
//!
//! Takes catalog, survey and settings, all values; gives a [`Plan`], which is a value too. Touches no database and writes
//! nothing.

pub mod adopt;
mod at_once;
mod choice;
mod digest;
mod down;
mod findings;
mod points;
mod reverses;
mod risk;
mod seals;
mod standpoint;
mod target;
mod up;
mod words;

use crate::catalog::settings::Keep;
use crate::catalog::{Catalog, Settings};
use crate::engine::Dialect;
use crate::error::{Error, Result, codes};
use crate::graph::{Graph, Step};
use crate::inverse::Seal;
use crate::kinds::{Elsewhere, Hidden};
use crate::ledger::Applied;
use crate::report::{PlanReport, Reversible};
use crate::risk::Risk;
use crate::survey::Survey;

pub use at_once::is_at_once;
pub use choice::Choice;
pub use down::{DownTo, down, written};
pub use reverses::{Reverse, Reverses};
pub use risk::Reason;
pub use seals::columns as sealed_columns;
pub use standpoint::partial;
pub use standpoint::standpoint;
pub use up::{Wanted, up};

/// What is measured in the database, asked for only where a plan needs it.
pub trait Measure {
    /// The bytes that some tables take.
    fn sizes(&self, tables: &[String]) -> Result<Vec<(String, u64)>>;

    /// How many rows of a table a condition selects; none where there is no such table.
    fn rows(&self, table: &str, filter: Option<&str>) -> Result<u64>;
}

/// Nothing is measured: the question needs no figures.
#[derive(Debug, Clone, Copy)]
pub struct Unmeasured;

impl Measure for Unmeasured {
    fn sizes(&self, _: &[String]) -> Result<Vec<(String, u64)>> {
        Ok(Vec::new())
    }

    fn rows(&self, _: &str, _: Option<&str>) -> Result<u64> {
        Ok(0)
    }
}

/// What planning takes besides what is asked for.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The files.
    pub catalog: &'a Catalog,
    /// The settings.
    pub settings: &'a Settings,
    /// The database.
    pub survey: &'a Survey,
    /// The engine.
    pub dialect: &'a dyn Dialect,
    /// What is measured there.
    pub measure: &'a dyn Measure,
}

/// How many restore points a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checkpoint {
    /// As `[restore_points] when` says.
    #[default]
    AsConfigured,
    /// Before the first step and before each stage.
    Every,
    /// None at all.
    None,
}

/// A plan: what is shown of it, and what running it takes.
#[derive(Debug)]
pub struct Plan {
    /// What is shown.
    pub report: PlanReport,
    /// What is asked to be run.
    pub work: Work,
    /// Codes that a person allowed, in files or on the command line.
    pub allowed: Vec<String>,
    /// Steps whose down file replaces the ledger's copy: (id, text).
    pub new_downs: Vec<(String, String)>,
    /// Migrations that refinery applied and evolve has not seen: ids, in the order of their versions.
    pub adopted: Vec<String>,
    /// Columns whose values are not preserved in plain, where rows are to be preserved.
    pub hidden: Vec<Hidden>,
}

/// What running a plan takes.
#[derive(Debug)]
pub enum Work {
    /// Steps of the graph to be applied, by index, with how each goes back.
    Up(Graph, Vec<UpStep>),
    /// Steps of the ledger to be undone, in this order, and their down files.
    Down(Vec<Applied>, Reverses),
}

/// A step to be applied.
#[derive(Debug, Clone)]
pub struct UpStep {
    /// Its index in the graph.
    pub index: usize,
    /// How it can be taken back.
    pub reversible: Reversible,
    /// Whether what it destroys is kept.
    pub keeps: bool,
    /// What of that is encrypted.
    pub seals: Vec<Seal>,
    /// What a transformation meets that other steps protect.
    pub hidden: Elsewhere,
}

impl Plan {
    /// The ids of its steps, in order.
    pub fn ids(&self) -> Vec<String> {
        self.report.steps.iter().map(|step| step.id.clone()).collect()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.report.steps.is_empty()
    }

    /// Refuses a plan that is riskier than the policy, but for what was allowed by name.
    pub fn refuse_risk(&self, max_risk: Risk, reasons: &[(String, Reason)]) -> Result<()> {
        let over = reasons
            .iter()
            .find(|(_, reason)| reason.risk > max_risk && !self.allowed.contains(&reason.code.to_owned()));
        match over {
            None => Ok(()),
            Some((step, reason)) => Err(Error::new(
                codes::TOO_RISKY,
                format!(
                    "{step}: {} ({}, {} risk; the policy allows {max_risk})",
                    reason.words, reason.code, reason.risk
                ),
            )
            .hint(format!(
                "--allow {} allows it this once; [policy] max_risk = \"{}\" for good",
                reason.code, reason.risk
            ))),
        }
    }

    /// Every reason for a risk, with its step.
    pub fn reasons(&self) -> Vec<(String, Reason)> {
        let of = |step: &crate::report::PlannedStep| {
            let id = step.id.clone();
            step.reasons.iter().filter_map(move |words| Some((id.clone(), Reason::parse(words)?))).collect::<Vec<_>>()
        };
        self.report.steps.iter().flat_map(of).collect()
    }
}

/// Whether and how a step goes back, by what its reading and the policy say.
fn reversible(step: &Step, sources: Sources<'_>, has_point: bool, bytes: u64) -> (Reversible, bool) {
    use crate::graph::Body;
    let lost = if has_point { Reversible::RestorePoint } else { Reversible::No };
    match &step.body {
        Body::Transformation(_, movements) => {
            let none = movements.iter().any(|movement| movement.undo == crate::movement::Undo::None);
            (if none { lost } else { Reversible::Inverse }, false)
        }
        Body::Migration(migration) => {
            let keeps = may_keep(sources.settings.policy.keep, bytes);
            let outside = migration.script.directives.transaction_none;
            let needs_keep = migration.reading.inverse.iter().any(|act| act.kept().is_some());
            let dialect = sources.dialect.name();
            let by_file = sources.catalog.migration(&step.id).is_some_and(|migration| migration.has_down(dialect));
            let way = match () {
                () if by_file => Reversible::File,
                () if migration.reading.no_inverse.is_some() => lost,
                () if needs_keep && (!keeps || outside) => lost,
                () if needs_keep => Reversible::Kept,
                () => Reversible::Derived,
            };
            (way, keeps && way == Reversible::Kept)
        }
    }
}

/// 256 MB: what `keep = "small"` keeps of one step at most.
const SMALL: u64 = 256_000_000;

fn may_keep(keep: Keep, bytes: u64) -> bool {
    match keep {
        Keep::Always => true,
        Keep::Small => bytes <= SMALL,
        Keep::Never => false,
    }
}
