//! What held for a step that was begun where its declaration says nothing of odd rows: kept beside it, so that it is
//! continued and taken back as it was begun, whatever the policy says by then.
//!
//! Among the ledger's own facts, under `defaults <step>`; nothing is there where it was what evolve does by itself.

use super::{meta, remove_meta, set_meta};
use crate::catalog::Defaults;
use crate::engine::Database;
use crate::error::{Error, Result, codes};

/// Keeps what holds for a step.
pub fn keep(database: &dyn Database, step: &str, defaults: &Defaults) -> Result<()> {
    match *defaults == Defaults::default() {
        true => clear(database, step),
        false => set_meta(database, &key(step), &defaults.written()),
    }
}

/// What holds for a step that was begun.
pub fn of_step(database: &dyn Database, step: &str) -> Result<Defaults> {
    let Some(text) = meta(database, &key(step))? else { return Ok(Defaults::default()) };
    Defaults::parse(&text)
        .ok_or_else(|| Error::new(codes::BAD_LEDGER, format!("the ledger does not say how {step} was begun")))
}

/// Forgets what held for a step.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    remove_meta(database, &key(step))
}

fn key(step: &str) -> String {
    format!("defaults {step}")
}
