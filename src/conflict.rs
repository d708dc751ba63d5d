//! Rows that come where others are: what whoever can be asked is shown of them, and what is answered.
//!
//! Gives the question as a value and the trait that answers it. Must not know who asks, nor an engine.

use crate::value::Value;

/// Whoever says what becomes of a row whose key is there already, where a step says `on_conflict = "ask"`.
pub trait Ask {
    /// The answer for one row; `None` to stop the run, which the same command continues. No transaction is open meanwhile.
    fn decide(&self, conflicting: &Conflicting<'_>) -> Option<Decided>;
}

/// A row that comes where another is.
#[derive(Debug)]
pub struct Conflicting<'a> {
    /// The step.
    pub step: &'a str,
    /// The table in which the other row is.
    pub table: &'a str,
    /// The key of the incoming row in its source.
    pub key: &'a [Value],
    /// Both rows, column by column.
    pub fields: &'a [Field],
    /// The column of which the incoming row could get a new value, so that both are kept.
    pub new_key: Option<&'a str>,
}

/// One column of both rows; no values where it is protected.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The column.
    pub column: String,
    /// What is there.
    pub there: Option<Value>,
    /// What comes.
    pub incoming: Option<Value>,
}

/// What becomes of the two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// What is there stays.
    Keep,
    /// The incoming values win.
    Take,
    /// What is there stays, and where it has NULL the incoming values come in.
    Fill,
    /// Both are kept, the incoming one under a new key.
    NewKey,
}

/// Every decision with its word.
const WORDS: [(&str, Decision); 4] =
    [("keep", Decision::Keep), ("take", Decision::Take), ("fill", Decision::Fill), ("new_key", Decision::NewKey)];

impl Decision {
    /// Its word.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(_, decision)| *decision == self).map_or("keep", |(word, _)| word)
    }

    /// The decision of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|(other, _)| *other == word).map(|(_, decision)| *decision)
    }
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// What becomes of the two rows.
    pub decision: Decision,
    /// Whether it is the same for all the rest of the step.
    pub rest: bool,
}
