//! How a run tells what it does, and how it is told to stop.
//!
//! Gives events and a stop handle. Must not know who listens.

use crate::report::{PlanReport, Rows, StepOutcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// What happens during a run, in order.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// The plan that will run.
    Planned(&'a PlanReport),
    /// Another run holds the database; this one waits.
    Waiting {
        /// Who holds it, as it says itself.
        holder: String,
    },
    /// A stage begins.
    StageBegins {
        /// The stage.
        stage: &'a str,
    },
    /// A restore point is being taken.
    RestorePointBegins {
        /// Its name.
        id: &'a str,
    },
    /// A restore point was taken and verified.
    RestorePointTaken {
        /// Its name.
        id: &'a str,
        /// The size of its file.
        bytes: u64,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step begins.
    StepBegins {
        /// The step.
        step: &'a str,
        /// Which one of the run, from 1.
        index: usize,
        /// How many the run has.
        count: usize,
        /// What it does, for people.
        title: &'a str,
    },
    /// Before the first row of a step goes back, all of them are looked at; that may take a while.
    LooksAtRows {
        /// The step.
        step: &'a str,
    },
    /// Rows have moved.
    Progress(Progress<'a>),
    /// A step ended.
    StepEnds {
        /// The step.
        step: &'a str,
        /// What became of it.
        outcome: StepOutcome,
        /// How long it took.
        elapsed: Duration,
        /// Its rows.
        rows: Rows,
    },
    /// Something a reader should know.
    Note {
        /// The words.
        text: &'a str,
    },
}

/// How far a step is.
#[derive(Debug, Clone)]
pub struct Progress<'a> {
    /// The stage.
    pub stage: &'a str,
    /// The step.
    pub step: &'a str,
    /// Rows that are through.
    pub current: u64,
    /// Rows there are in all, where that is known.
    pub total: Option<u64>,
    /// `current` of `total`, 0 to 100.
    pub percentage: Option<f64>,
    /// Rows a second.
    pub rate: f64,
    /// Time that is left at this rate.
    pub eta: Option<Duration>,
    /// Time since the step began.
    pub elapsed: Duration,
    /// Memory that the process holds, where the system says so.
    pub memory: Option<u64>,
}

/// Whoever listens to a run.
pub trait Observer {
    /// Hears one event. It is called between batches and must be quick.
    fn event(&self, event: Event<'_>);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event<'_>) {}
}

/// Asks a run to stop. Clones are one handle.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicU8>);

/// Why a run was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// As Ctrl-C does.
    Interrupt = 1,
    /// As a termination signal does.
    Terminate = 2,
}

impl Stop {
    /// A handle that has not been used.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to finish or undo its batch and end. The same command continues it.
    pub fn request(&self, reason: StopReason) {
        self.0.store(reason as u8, Ordering::SeqCst);
    }

    /// Whether, and why, it was asked to stop.
    pub fn requested(&self) -> Option<StopReason> {
        match self.0.load(Ordering::SeqCst) {
            1 => Some(StopReason::Interrupt),
            2 => Some(StopReason::Terminate),
            _ => None,
        }
    }
}

/// Memory the process holds, from the system, in bytes.
pub fn memory() -> Option<u64> {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
