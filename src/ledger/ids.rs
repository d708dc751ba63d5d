//! The id map: which row of a source got which new key, because its own was taken (`on_conflict = { new_key = "id" }`).
//!
//! Whoever wants to follow a row may ask it. Filled by the engine in the batch that gives the keys, and gone with the step.

use super::t;
use crate::engine::Database;
use crate::error::Result;

/// The table. `key` is the key of the source's row as in a cursor, `shown` the same for people, `old` the value that was
/// taken, `new` the one it got in `tbl.col`.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_ids (step TEXT NOT NULL, movement INTEGER NOT NULL, \
     tbl TEXT NOT NULL, col TEXT NOT NULL, key TEXT NOT NULL, shown TEXT NOT NULL, old, new NOT NULL, \
     PRIMARY KEY (step, movement, key)) WITHOUT ROWID";

/// Forgets the keys that a step gave.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_ids WHERE step = ?1", &[t(step)])?;
    Ok(())
}
