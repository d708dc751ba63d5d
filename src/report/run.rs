//! What `up`, `down` and `restore` answer.

use super::Standpoint;
use serde::Serialize;

/// What a run did.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The run; `None` where nothing was to be done.
    pub run: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Where the database stood.
    pub from: Standpoint,
    /// Where it stands.
    pub to: Standpoint,
    /// Restore points that were taken, or the one that was restored.
    pub restore_points: Vec<RestorePoint>,
    /// Its steps, in order.
    pub steps: Vec<StepReport>,
    /// Rows of others that stood in its way, and were copied to tables of their own.
    pub preserved: Vec<Preserved>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Rows of a table that were copied before a step that was taken back destroyed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preserved {
    /// The table they were rows of.
    pub table: String,
    /// The step that was taken back.
    pub step: String,
    /// The table they are in.
    pub store: String,
    /// How many they are.
    pub rows: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was planned is done.
    Done,
    /// There was nothing to do.
    NothingToDo,
    /// It waits for a person.
    Waiting,
    /// It was stopped, or died; the same command continues.
    Interrupted,
    /// A step failed and was taken back; what came before it stands.
    StepUndone,
    /// All that the run did was taken back.
    RolledBack,
    /// A restore point was brought back.
    Restored,
    /// Neither forward nor back is possible without a person.
    NeedsPerson,
}

/// A restore point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestorePoint {
    /// What it is called.
    pub id: String,
    /// The stage the database stood at.
    pub stage: Option<String>,
    /// The size of its file.
    pub bytes: u64,
    /// Whether a test restore gave the same bytes, and they were sound.
    pub verified: bool,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Done from its beginning.
    Done,
    /// Continued, and done.
    Resumed,
    /// Left out.
    Skipped,
    /// Undone.
    Undone,
    /// Failed, and taken back.
    Failed,
    /// Stopped half done, up or down; the same command continues it.
    Interrupted,
    /// Never begun.
    NotStarted,
}

/// A step of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(into = "Written")]
pub struct StepReport {
    /// What it is called.
    pub id: String,
    /// What it does, for people, where its file says so.
    pub title: Option<String>,
    /// What else its file says of it.
    pub description: Option<String>,
    /// What became of it.
    pub outcome: StepOutcome,
    /// How long it took.
    pub duration_ms: u64,
    /// How long it was thought to take; null until evolve can say.
    pub estimated_ms: Option<u64>,
    /// Its rows.
    pub rows: Rows,
    /// Why its rows cannot be known, where they cannot: in a document each number is null then.
    pub unknown: Option<String>,
    /// The batches it ran in; `None` where it had none.
    pub batches: Option<Batches>,
    /// What it gives reason to say.
    pub warnings: Vec<String>,
    /// Why it would fail, where a dry run found that it would.
    pub would_fail: Vec<Failing>,
}

/// Why a dry run says that a step would fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failing {
    /// What is wrong, for people.
    pub why: String,
    /// The constraint of the target that is broken, as its table says it; `None` where it is something else.
    pub constraint: Option<String>,
    /// How many rows there are of which it is so; `None` where only the statement as a whole is known to fail.
    pub rows: Option<u64>,
    /// Some of their keys.
    pub keys: Vec<String>,
}

/// A step as documents have it.
#[derive(Serialize)]
struct Written {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    outcome: StepOutcome,
    duration_ms: u64,
    estimated_ms: Option<u64>,
    read: Option<u64>,
    inserted: Option<u64>,
    updated: Option<u64>,
    unchanged: Option<u64>,
    skipped: Option<u64>,
    rejected: Option<u64>,
    unknown: Option<String>,
    batches: Option<Batches>,
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    would_fail: Vec<Failing>,
}

impl From<StepReport> for Written {
    fn from(step: StepReport) -> Self {
        let known = |number: u64| step.unknown.is_none().then_some(number);
        Self {
            read: known(step.rows.read),
            inserted: known(step.rows.inserted),
            updated: known(step.rows.updated),
            unchanged: known(step.rows.unchanged),
            skipped: known(step.rows.skipped),
            rejected: known(step.rows.rejected),
            id: step.id,
            title: step.title,
            description: step.description,
            outcome: step.outcome,
            duration_ms: step.duration_ms,
            estimated_ms: step.estimated_ms,
            unknown: step.unknown,
            batches: step.batches,
            warnings: step.warnings,
            would_fail: step.would_fail,
        }
    }
}

/// The batches of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Batches {
    /// How many there were, in this process.
    pub count: u64,
    /// The smallest size that was asked for, in rows.
    pub smallest: u64,
    /// The largest size that was asked for, in rows.
    pub largest: u64,
}

impl Batches {
    /// One more batch, of this size.
    pub fn add(batches: Option<Self>, rows: u64) -> Self {
        match batches {
            None => Self { count: 1, smallest: rows, largest: rows },
            Some(known) => {
                Self { count: known.count + 1, smallest: known.smallest.min(rows), largest: known.largest.max(rows) }
            }
        }
    }
}

/// Rows accounted for: read = inserted + updated + unchanged + skipped + rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Rows {
    /// Rows that were selected.
    pub read: u64,
    /// Rows that are new.
    pub inserted: u64,
    /// Rows that changed.
    pub updated: u64,
    /// Rows that were so already.
    pub unchanged: u64,
    /// Rows that were left as they are by a rule.
    pub skipped: u64,
    /// Rows that were refused.
    pub rejected: u64,
}

impl Rows {
    /// Adds another account.
    pub fn add(&mut self, other: Self) {
        self.read += other.read;
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.rejected += other.rejected;
    }

    /// Takes another account off: of rows that were counted, and are not to be.
    pub fn take_off(&mut self, other: Self) {
        let off = |from: &mut u64, what: u64| *from = from.saturating_sub(what);
        off(&mut self.read, other.read);
        off(&mut self.inserted, other.inserted);
        off(&mut self.updated, other.updated);
        off(&mut self.unchanged, other.unchanged);
        off(&mut self.skipped, other.skipped);
        off(&mut self.rejected, other.rejected);
    }

    /// Whether every row that was read is accounted for.
    pub fn balance(self) -> bool {
        self.read == self.inserted + self.updated + self.unchanged + self.skipped + self.rejected
    }
}
