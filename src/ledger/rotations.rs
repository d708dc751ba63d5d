//! Rotations of keys: which were begun and which are over, each by the ids of its two keys.
//!
//! Among the ledger's own facts: `status` says by them what is pending, and reads no row for it.

use super::{set_meta, text};
use crate::engine::Database;
use crate::error::Result;
use std::collections::BTreeMap;

/// The ids of two keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The one before.
    pub before: String,
    /// The one of now.
    pub now: String,
}

/// How far a rotation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was begun, and values of the key before may be left.
    Begun(Turn),
    /// Nothing of the key before is left.
    Over(Turn),
}

/// Writes down that a rotation begins.
pub fn begin(database: &dyn Database, key: &str, turn: &Turn) -> Result<()> {
    set_meta(database, &place(key), &format!("begun {} {}", turn.before, turn.now))
}

/// Writes down that a rotation is over, where nothing of the key before is left.
pub fn settle(database: &dyn Database, key: &str, turn: &Turn, nothing_left: bool) -> Result<()> {
    let word = if nothing_left { "over" } else { "begun" };
    set_meta(database, &place(key), &format!("{word} {} {}", turn.before, turn.now))
}

/// How far the last rotation of each key is.
pub fn all(database: &dyn Database) -> Result<BTreeMap<String, State>> {
    let rows =
        database.query("SELECT key, value FROM evolve_meta WHERE key >= 'rotation ' AND key < 'rotation!'", &[])?;
    let one = |row: &Vec<_>| {
        let (key, value) = (text(row, 0)?, text(row, 1)?);
        let words: Vec<&str> = value.split(' ').collect();
        let [word, before, now] = words[..] else { return None };
        let turn = Turn { before: before.to_owned(), now: now.to_owned() };
        let state = if word == "over" { State::Over(turn) } else { State::Begun(turn) };
        Some((key.strip_prefix("rotation ")?.to_owned(), state))
    };
    Ok(rows.iter().filter_map(one).collect())
}

fn place(key: &str) -> String {
    format!("rotation {key}")
}
