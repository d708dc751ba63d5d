//! A question with a known answer: the closed vocabulary of checks.
//!
//! Takes nothing; gives values that the catalog reads and an engine asks. Must not know when it is asked.

use crate::catalog::SqlText;
use crate::error::Place;
use regex::Regex;

/// One question. It belongs to a step or a stage, and is asked at its [`When`].
#[derive(Debug, Clone)]
pub struct Check {
    /// What holds, as a person would say it.
    pub name: String,
    /// The question: one SELECT.
    pub sql: SqlText,
    /// The answer that is right.
    pub expect: Expect,
    /// When it is asked.
    pub when: When,
    /// Where it is declared.
    pub place: Place,
}

/// The right answer.
#[derive(Debug, Clone)]
pub enum Expect {
    /// The same rows as this other SELECT gives, in its order.
    Equals(SqlText),
    /// One value, compared as text.
    Is(String),
    /// One value that this regular expression matches as a whole.
    Matches(Regex),
    /// No row.
    Empty,
}

/// When a check is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// Before the step's first write, or the stage's first step.
    Before,
    /// In the step's last transaction, or after the stage's last step.
    #[default]
    After,
}
