//! A Movement on a connection: what an engine must be able to do with it.
//!
//! The part of the contract that moves rows: batches forward and back, in transactions of the caller's.

use super::Others;
use crate::catalog::Keys;
use crate::columns::Registered;
use crate::conflict::{Decision, Field};
use crate::error::Result;
use crate::report::Rows;
use crate::value::Value;

/// What a Movement must know of its run.
#[derive(Debug, Clone, Copy)]
pub struct MoveContext<'a> {
    /// The step.
    pub step: &'a str,
    /// The Movement's number in it.
    pub movement: usize,
    /// The step's number in the ledger.
    pub seq: i64,
    /// The run.
    pub run: &'a str,
    /// When the run began, RFC 3339.
    pub began: &'a str,
    /// With what columns are protected.
    pub keys: &'a Keys,
    /// The application's own functions.
    pub functions: &'a Registered,
    /// How many bytes a batch has at most.
    pub bytes: u64,
}

/// When what was made of rows that are gone is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Before anything else is written: other rows may refer to it, or it to them.
    Now,
    /// What only a look at the whole target finds waits until the Movement ends.
    InTime,
}

/// A Movement on a connection: batches forward, and back.
pub trait Mover {
    /// How many rows there are to move behind a key.
    fn count(&self, after: Option<&[Value]>) -> Result<u64>;

    /// The digest of what is walked: the source's shape and the key. While it is another, no cursor is to be trusted.
    fn source(&self) -> String;

    /// Whether what a cursor counts is there, rows that were read up to a key among them: what is missing, if it is not.
    /// `shared` where others may have written meanwhile.
    fn lacks(&self, account: Rows, read: Option<&[Value]>, shared: bool) -> Result<Option<String>>;

    /// How many rows the target has, counted no further than this.
    fn rows_there(&self, most: u64) -> Result<u64>;

    /// The key of the last row, where the walk would meet what it writes itself; nothing else needs an end.
    fn until(&self) -> Result<Option<Vec<Value>>>;

    /// The key of the last row there is now.
    fn last(&self) -> Result<Option<Vec<Value>>>;

    /// Moves at most so many rows behind one key and up to another. In a transaction of the caller's.
    fn forward(&self, after: Option<&[Value]>, until: Option<&[Value]>, rows: u64) -> Result<Batch>;

    /// As [`Mover::forward`], by what was decided about rows whose key is there, where the Movement asks.
    fn forward_as(
        &self,
        after: Option<&[Value]>,
        until: Option<&[Value]>,
        rows: u64,
        decision: Option<Decision>,
    ) -> Result<Batch>;

    /// The first row of a batch of at most so many rows, in the order of the walk, whose key is there already, or would be
    /// once the rows before it are. Outside of any transaction.
    fn collision(&self, after: Option<&[Value]>, until: Option<&[Value]>, rows: u64) -> Result<Option<Collision>>;

    /// Begins to write down what others do to the source meanwhile, where it could not be told at the end. In the
    /// transaction of the first batch; it outlives the connection.
    fn listen(&self) -> Result<()>;

    /// Whether it does.
    fn is_listening(&self) -> bool;

    /// Takes back what was made of rows that were moved, up to `after`, and are no more as they were, as far as others were
    /// listened to; what comes off the account. In the transaction of the next batch, before it.
    fn settle(&self, after: Option<&[Value]>, when: Settled) -> Result<Rows>;

    /// Moves rows that came, or are another way now, as far as others were listened to; what it did.
    fn take_in(&self) -> Result<Rows>;

    /// Whether others may have written since this was last asked.
    fn disturbed(&self) -> Result<bool>;

    /// Makes it ready again, after another Movement on the same connection was.
    fn make_ready(&self) -> Result<()>;

    /// Moves what appeared or changed behind the cursor while batches ran, if anything can have. In the transaction that
    /// ends the Movement. `after` is the last key that was walked, `account` what was done, `resumed` whether not all of it
    /// by this mover; gives the account as it is then.
    fn converge(&self, after: Option<&[Value]>, account: Rows, resumed: bool) -> Result<Rows>;

    /// Ends what [`Mover::listen`] began, if it did.
    fn unlisten(&self) -> Result<()>;

    /// On the way back of a Movement that was followed and did not end: takes back what it made of rows that are no more as
    /// they were, between `after`, up to which rows went back already, and `until`, the last key that it read; how many. In
    /// the transaction of the next batch, before it. What came meanwhile and was not moved is left out from then on.
    fn settle_back(&self, after: Option<&[Value]>, until: Option<&[Value]>, others: &Others<'_>) -> Result<u64>;

    /// Everything that must hold before the first row goes back: rows as they were written, none in the way.
    ///
    /// `until` is the last key that the step read; `account` what it did, where nothing went back yet. Rows in the journals
    /// of `later` Movements into the same table are theirs to judge.
    fn check_back(
        &self,
        until: Option<&[Value]>,
        account: Option<Rows>,
        others: &Others<'_>,
        later: &[String],
    ) -> Result<()>;

    /// Registers its functions once more, after another Movement was looked at on the same connection.
    fn ready(&self) -> Result<()>;

    /// Tells, until the transaction ends, which rows of its target it would take back: for [`References::refuse`](super::References::refuse).
    fn going(&self, until: Option<&[Value]>) -> Result<()>;

    /// Takes back what at most so many rows did. In a transaction of the caller's.
    fn back(&self, after: Option<&[Value]>, until: Option<&[Value]>, rows: u64, others: &Others<'_>) -> Result<Batch>;

    /// Whether the journal shows that a row was written more than once: by a trigger, after the step itself.
    fn wrote_again(&self) -> Result<bool>;

    /// Begins to watch what is written, where the undo needs a journal. Outside of any transaction or within one.
    fn watch(&self, yes: bool) -> Result<()>;

    /// Drops the journal.
    fn forget(&self) -> Result<()>;
}

/// A row that comes where another is.
#[derive(Debug, Clone, PartialEq)]
pub struct Collision {
    /// How many rows of the batch come before it.
    pub before: u64,
    /// Its key in the source.
    pub key: Vec<Value>,
    /// Both rows, where none comes before it.
    pub fields: Vec<Field>,
    /// Whether they share a key besides the one that could be made anew: then both cannot be kept.
    pub elsewhere: bool,
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Its rows.
    pub rows: Rows,
    /// The key of its last row.
    pub last: Option<Vec<Value>>,
    /// Whether nothing is left behind it.
    pub end: bool,
}
