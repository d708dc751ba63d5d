//! The SQL functions that evolve adds to its own connections.
//!
//! Gives `evolve_hash(…)`, one hash over typed values, and registers the column functions of a Movement under numbered
//! names. All are deterministic and innocuous.

use crate::columns::Function;
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Registers what every connection of evolve's has.
pub fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("evolve_hash", -1, flags(), |context| Ok(hash(context)))
}

/// Registers the column functions of a Movement as [`call_name`] of their number.
pub fn register_calls(connection: &Connection, calls: &[Arc<dyn Function>]) -> rusqlite::Result<()> {
    for (number, function) in calls.iter().enumerate() {
        let function = Arc::clone(function);
        connection.create_scalar_function(call_name(number).as_str(), 1, flags(), move |context| {
            call(&*function, context.get_raw(0))
        })?;
    }
    Ok(())
}

/// The SQL name of a Movement's column function.
pub fn call_name(number: usize) -> String {
    format!("evolve_call_{number}")
}

fn flags() -> FunctionFlags {
    FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS
}

/// SHA-256, cut to 16 bytes, over each value's class, length and bytes: equal exactly where the values are.
fn hash(context: &Context<'_>) -> Vec<u8> {
    let mut digest = Sha256::new();
    for index in 0..context.len() {
        let (class, bytes): (u8, &[u8]) = match context.get_raw(index) {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(value) => {
                digest.update([1]);
                digest.update(value.to_le_bytes());
                continue;
            }
            ValueRef::Real(value) => {
                digest.update([2]);
                digest.update(value.to_bits().to_le_bytes());
                continue;
            }
            ValueRef::Text(bytes) => (3, bytes),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        digest.update([class]);
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    }
    digest.finalize()[..16].to_vec()
}

fn call(function: &dyn Function, input: ValueRef<'_>) -> rusqlite::Result<rusqlite::types::Value> {
    let input = value(input);
    if input == Value::Null && !function.takes_null() {
        return Ok(rusqlite::types::Value::Null);
    }
    match function.call(input) {
        Ok(value) => Ok(sqlite_value(value)),
        Err(invalid) => Err(rusqlite::Error::UserFunctionError(Box::new(invalid))),
    }
}

/// A value of SQLite's as evolve's. Text that is no UTF-8 travels as bytes.
pub fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// A value of evolve's as SQLite's.
pub fn sqlite_value(value: Value) -> rusqlite::types::Value {
    use rusqlite::types::Value as Sqlite;
    match value {
        Value::Null => Sqlite::Null,
        Value::Integer(value) => Sqlite::Integer(value),
        Value::Real(value) => Sqlite::Real(value),
        Value::Text(value) => Sqlite::Text(value),
        Value::Blob(value) => Sqlite::Blob(value),
    }
}
