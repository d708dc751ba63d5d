//! Columns that a step meets and other steps protect: kept beside it, so that what its journal holds encrypted is read again,
//! whatever the files say by then.
//!
//! Among the ledger's own facts, under `hidden <step>`; nothing is there where it meets none.

use super::{meta, remove_meta, set_meta};
use crate::engine::Database;
use crate::error::{Error, Result, codes};
use crate::kinds::Elsewhere;

/// Keeps what a step meets.
pub fn keep(database: &dyn Database, step: &str, elsewhere: &Elsewhere) -> Result<()> {
    match elsewhere.columns.is_empty() {
        true => clear(database, step),
        false => set_meta(database, &key(step), &serde_json::to_string(elsewhere).unwrap_or_default()),
    }
}

/// What a step meets; nothing where there is no ledger.
pub fn of_step(database: &dyn Database, step: &str) -> Result<Elsewhere> {
    let there = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'evolve_meta'";
    if database.query(there, &[])?.is_empty() {
        return Ok(Elsewhere::default());
    }
    let Some(text) = meta(database, &key(step))? else { return Ok(Elsewhere::default()) };
    serde_json::from_str(&text)
        .map_err(|_| Error::new(codes::BAD_LEDGER, format!("the ledger does not say what {step} keeps encrypted")))
}

/// Forgets it.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    remove_meta(database, &key(step))
}

fn key(step: &str) -> String {
    format!("hidden {step}")
}
