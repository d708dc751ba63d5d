//! What an engine must be able to do: read SQL and look at tables for a plan; write, keep and undo for a run.
//!
//! The contract between everything that is the same on all databases and the one folder an engine is.

mod moves;
mod references;

pub use moves::{Batch, Collision, MoveContext, Mover, Settled};
pub use references::References;

use crate::catalog::{Keys, Script, Source};
use crate::check::Check;
use crate::error::{Result, Text};
use crate::inverse::{Changed, Inverse, Seal};
use crate::kinds::Hidden;
use crate::ledger::deferred::Deferred;
use crate::movement::Movement;
use crate::reading::{Keep, Reading};
use crate::schema::Tables;
use crate::touch::Touches;
use crate::value::Value;
use std::path::Path;
use std::sync::Arc;

/// A database in which nothing is real: migrations are read in it, one after another, as they would come.
pub trait Reader: Tables {
    /// Reads a migration; afterwards the schema is as the migration leaves it.
    fn read(&mut self, script: &Script) -> Result<Reading>;

    /// Takes back what derived acts take back; afterwards the schema is as it was before their step.
    fn unwind(&mut self, acts: &[Inverse]) -> Result<()>;

    /// Has these sources stand beside the tables, with no rows, and those that stood before stand no more.
    fn stand(&mut self, sources: &[Arc<Source>]) -> Result<()>;

    /// Whether a Movement's statements compile, and what they touch, triggers included.
    fn compile(&self, movement: &Movement) -> Result<Touches>;

    /// Whether a text is one question that compiles.
    fn question(&self, sql: &str, text: &Text) -> Result<()>;

    /// The statements that make the schema as it is now.
    fn schema(&self) -> Vec<String>;

    /// The tables as values, for someone who needs them when they are gone.
    fn snapshot(&self) -> Vec<crate::schema::Table> {
        self.names().iter().filter_map(|name| self.table(name)).collect()
    }
}

/// An engine as the left side sees it.
pub trait Dialect {
    /// Its name in files: `sqlite`.
    fn name(&self) -> &'static str;

    /// A reader over a schema, given as the statements that make it.
    fn reader(&self, schema: &[String]) -> Result<Box<dyn Reader>>;
}

/// The least that a ledger needs of a database.
pub trait Database {
    /// Executes one statement; gives the number of rows it changed.
    fn execute(&self, sql: &str, values: &[Value]) -> Result<usize>;

    /// All rows of one question.
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>>;
}

/// One run's own connection: the only writer. Everything it does to rows and schema goes through here.
pub trait Session: Database + Tables {
    /// Begins a transaction that may write; waits for other writers as the policy says. With `detached`, foreign keys
    /// are off until it ends.
    fn begin(&self, detached: bool) -> Result<()>;

    /// Commits. An error may mean that it happened.
    fn commit(&self) -> Result<()>;

    /// Rolls back; whether there was anything to roll back does not matter.
    fn rollback(&self);

    /// Runs one statement of a person's, to its end. Afterwards the transaction is still ours, or it is an error.
    fn statement(&self, sql: &str) -> Result<()>;

    /// Runs one statement that cannot stand in a transaction.
    fn outside(&self, sql: &str) -> Result<()>;

    /// Begins to keep what statements are about to destroy or change.
    fn keep(&self, keeping: &Keeping<'_>) -> Result<()>;

    /// Ends what [`Session::keep`] began.
    fn kept(&self, keeping: &Keeping<'_>) -> Result<()>;

    /// What must be the same after a step that detaches tables: rows of children, broken references, issued numbers. Of
    /// tables of which it keeps rows, what is broken is noted.
    fn witness(&self, detached: &[String], rebuilt: &[String], kept: &[String]) -> Result<Witness>;

    /// Carries issued numbers over, and says what the step lost. Broken references that it repaired are kept on the way
    /// up, and may be broken again on the way down.
    fn compare(&self, before: &Witness, written: &Touches, way: Way) -> Result<()>;

    /// Notes, in the transaction of its first batch, which references are broken that a transformation may repair.
    fn note_broken(&self, seq: i64, movements: &[Movement]) -> Result<()>;

    /// Keeps, at its end, those that it repaired: they may be broken again on the way down.
    fn keep_mended(&self, seq: i64, movements: &[Movement]) -> Result<()>;

    /// Writes down which rows of a table that a step made are evolve's own.
    fn written(&self, step: &str, table: &str) -> Result<()>;

    /// Drops what a migration left that lives as long as the connection only.
    fn tidy(&self) -> Result<()>;

    /// Takes back one act of a migration.
    fn undo(&self, inverse: &Inverse, context: &UndoContext<'_>) -> Result<()>;

    /// What refers to rows of these tables, which a step wrote that is taken back, by its number.
    fn references<'a>(&'a self, seq: i64, tables: &[String]) -> Box<dyn References + 'a>;

    /// Lays the rows of a source into a table of its name, which only this connection sees; all or none.
    fn land(&self, source: &Source, rows: &mut dyn Iterator<Item = Result<Vec<Value>>>) -> Result<()>;

    /// Takes that table away.
    fn leave(&self, source: &Source) -> Result<()>;

    /// Gets a Movement ready to run. The rows of its source lie there, where it is to go forward.
    fn mover<'a>(&'a self, movement: &Movement, context: &MoveContext<'_>) -> Result<Box<dyn Mover + 'a>>;

    /// The answer to a check: whether it holds, and if not what was found.
    fn holds(&self, check: &Check) -> Result<std::result::Result<(), String>>;

    /// The statements that make the schema, in the order they were made.
    fn schema(&self) -> Result<Vec<String>>;

    /// Makes everything that was committed durable.
    fn durable(&self) -> Result<()>;

    /// The indexes of a table that only make reading faster: not unique, made by a statement of their own.
    fn plain_indexes(&self, table: &str) -> Result<Vec<Deferred>>;

    /// The triggers of a table.
    fn triggers(&self, table: &str) -> Result<Vec<Deferred>>;

    /// Has the database gather what it knows of a table's values, quickly; whether these are its first statistics.
    fn look_over(&self, table: &str) -> Result<bool>;

    /// Drops all statistics.
    fn look_away(&self) -> Result<()>;

    /// Whether a person's statement may be interrupted by the stop handle just now.
    fn interruptible(&self, yes: bool);
}

/// What restore points are made of: one database copied as a whole, into files and back.
///
/// A copy is one file. Where a file is to be written it is there already, empty and private.
pub trait Copies {
    /// About how many bytes a copy of the database takes.
    fn size(&self) -> u64;

    /// Writes a copy of the database, as it is at one moment, and makes it durable.
    fn take(&self, copy: &Path) -> Result<()>;

    /// Restores a copy, and writes what came of it as another. Byte for byte the same where nothing was lost.
    fn again(&self, copy: &Path, other: &Path) -> Result<()>;

    /// Whether what a copy holds is sound, as far as the database itself can tell.
    fn is_sound(&self, copy: &Path) -> Result<bool>;

    /// Changes what a copy holds: all of it or nothing.
    fn change(&self, copy: &Path, work: &dyn Fn(&dyn Database) -> Result<()>) -> Result<()>;

    /// Puts the database back to what a copy holds, in one step.
    fn put_back(&self, copy: &Path) -> Result<()>;

    /// Removes what the engine left beside a copy that was opened.
    fn tidy(&self, copy: &Path);
}

/// Something that is kept, and how.
#[derive(Debug, Clone, Copy)]
pub struct Keeping<'a> {
    /// What.
    pub keep: &'a Keep,
    /// The name of its store.
    pub store: &'a str,
    /// What of it is encrypted.
    pub seal: Option<&'a Seal>,
    /// The keys.
    pub keys: &'a Keys,
}

/// What an undo must know besides its act.
#[derive(Debug, Clone, Copy)]
pub struct UndoContext<'a> {
    /// The step.
    pub step: &'a str,
    /// Its number in the ledger, of which the names of its stores are made.
    pub seq: i64,
    /// What becomes of rows that a user changed.
    pub others: &'a Others<'a>,
    /// With what rows were kept that must not be kept in plain.
    pub keys: &'a Keys,
}

/// Rows that somebody else wrote, where they stand in an undo's way.
#[derive(Debug, Clone, Copy)]
pub struct Others<'a> {
    /// What becomes of them.
    pub changed: Changed,
    /// The run.
    pub run: &'a str,
    /// The step that is taken back.
    pub step: &'a str,
    /// With what columns are encrypted where the rows are preserved.
    pub keys: &'a Keys,
    /// Columns whose values must not be preserved in plain.
    pub hidden: &'a [Hidden],
}

impl<'a> Others<'a> {
    /// They are named, and the step stays.
    pub fn refused(step: &'a str, keys: &'a Keys) -> Self {
        Self { changed: Changed::Refuse, run: "", step, keys, hidden: &[] }
    }
}

impl UndoContext<'_> {
    /// The name of one of the step's stores.
    pub fn store(&self, kept: usize) -> String {
        store(self.seq, kept)
    }
}

/// The table in which a step keeps something.
pub fn store(seq: i64, kept: usize) -> String {
    format!("{}{kept}", stores(seq))
}

/// How the names of all such tables of a step begin.
pub fn stores(seq: i64) -> String {
    format!("evolve_kept_{seq}_")
}

/// Which way the step goes that is compared, by its number in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is applied.
    Up(i64),
    /// It is taken back, and this is the end of it.
    Down(i64),
    /// It is taken back, and more of it is to come.
    Part(i64),
}

impl Way {
    /// The table that keeps which broken references the step repaired.
    pub fn store(self) -> String {
        let (Self::Up(seq) | Self::Down(seq) | Self::Part(seq)) = self;
        format!("evolve_kept_{seq}_mended")
    }
}

/// What must be the same afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witness {
    /// Rows of each table that refers to a detached one.
    pub children: Vec<(String, i64)>,
    /// The tables whose references were looked at.
    pub watched: Vec<String>,
    /// Whether the database itself guarded references meanwhile: then nothing new is looked for.
    pub guarded: bool,
    /// Whether a reference was broken already; which ones, the engine has noted.
    pub broken: bool,
    /// The highest number that was issued, by table.
    pub issued: Vec<(String, i64)>,
}
