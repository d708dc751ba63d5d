//! Keys as the ledger has them, made by the database itself: typed, and as a person reads them.

use crate::ledger::cursors::{encode, shown};
use crate::sqlite::functions::{flags, value};
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::functions::Context;

/// Registers `evolve_key(…)`, which a cursor could hold, and `evolve_shown(…)`, for people.
pub fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("evolve_key", -1, flags(), |context| Ok(encode(&values(context))))?;
    connection.create_scalar_function("evolve_shown", -1, flags(), |context| Ok(shown(&values(context))))
}

fn values(context: &Context<'_>) -> Vec<Value> {
    (0..context.len()).map(|at| value(context.get_raw(at))).collect()
}
