//! Keys as the ledger has them, made by the database itself: typed, and as a person reads them.

use crate::ledger::cursors::{encode_with, shown};
use crate::ledger::record::said;
use crate::sqlite::functions::{flags, kept, value};
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::functions::Context;
use rusqlite::types::ValueRef;

/// Registers `evolve_key(…)`, which a cursor could hold, `evolve_key_by(columns, …)`, which says besides of which columns it
/// is, `evolve_shown(…)`, for people, and `evolve_said(value)`, the value as JSON
/// of a record.
pub fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("evolve_key", -1, flags(), |context| {
        let is_text: Vec<bool> = raw(context).map(|value| matches!(value, ValueRef::Text(_))).collect();
        Ok(encode_with(&values(context), &is_text, &[]))
    })?;
    connection.create_scalar_function("evolve_key_by", -1, flags(), |context| {
        let is_text: Vec<bool> = raw(context).map(|value| matches!(value, ValueRef::Text(_))).skip(1).collect();
        let by: Vec<String> = context.get::<String>(0)?.split('\u{1f}').map(str::to_owned).collect();
        Ok(encode_with(&values(context)[1..], &is_text, &by))
    })?;
    connection.create_scalar_function("evolve_said", 1, flags(), |context| Ok(said(&kept(context.get_raw(0)))))?;
    connection.create_scalar_function("evolve_shown", -1, flags(), |context| Ok(shown(&values(context))))
}

fn values(context: &Context<'_>) -> Vec<Value> {
    raw(context).map(value).collect()
}

fn raw<'c>(context: &'c Context<'_>) -> impl Iterator<Item = ValueRef<'c>> {
    (0..context.len()).map(|at| context.get_raw(at))
}
