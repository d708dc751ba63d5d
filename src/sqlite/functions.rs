//! The SQL functions that evolve adds to its own connections.
//!
//! Gives `evolve_hash(…)`, one hash over typed values, `content_hash(…)`, one over rows, and `evolve_no_key()`, a refusal;
//! registers the column functions of a Movement under numbered names. All are deterministic and innocuous.

use crate::columns::{Function, Invalid};
use crate::sqlite::content;
use crate::sqlite::render::Why;
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, ValueRef};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What `evolve_no_key()` says, which stands where a key that must not be NULL is.
pub const NO_KEY: &str = "the key of the target is NULL";

/// Registers what every connection of evolve's has.
pub fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("evolve_hash", -1, flags(), |context| Ok(hash(context)))?;
    connection.create_scalar_function("evolve_no_key", 0, flags(), |_| -> rusqlite::Result<i64> {
        Err(rusqlite::Error::UserFunctionError(NO_KEY.into()))
    })?;
    crate::sqlite::typed::register(connection)?;
    // A function of this name that a lent connection has already is the application's, and stays.
    if !content::is_taken(connection)? {
        content::register(connection)?;
    }
    register_new(connection, Making::default())
}

/// Of what the values of `new` are made, besides each row's key.
#[derive(Debug, Clone, Default)]
pub struct Making {
    /// The step.
    pub step: String,
    /// The run.
    pub run: String,
    /// When the run began, in milliseconds since 1970.
    pub began: i64,
}

/// Registers `evolve_new(kind, label, key…)`: the same value for the same step, run, label and key.
pub fn register_new(connection: &Connection, making: Making) -> rusqlite::Result<()> {
    connection.create_scalar_function("evolve_new", -1, flags(), move |context| made(context, &making))
}

fn made(context: &Context<'_>, making: &Making) -> rusqlite::Result<String> {
    let mut digest = Sha256::new();
    for part in [&making.step, &making.run] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.update(hash(context));
    let random: [u8; 32] = digest.finalize().into();
    Ok(match context.get_raw(0).as_str().unwrap_or_default() {
        "uuid" => uuid(making.began, &random),
        "now" => moment(making.began),
        _ => ulid(making.began, &random),
    })
}

/// A UUID of version 7 (RFC 9562): 48 bits of time, the rest from these bytes.
fn uuid(began: i64, random: &[u8; 32]) -> String {
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(began).unwrap_or(0), &tail).into_uuid().to_string()
}

/// A ULID: 48 bits of time and 80 from these bytes, in Crockford's base 32.
fn ulid(began: i64, random: &[u8; 32]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut number = u128::from(u64::try_from(began).unwrap_or(0) & 0xFFFF_FFFF_FFFF);
    for byte in &random[..10] {
        number = number << 8 | u128::from(*byte);
    }
    (0..26).rev().map(|at| char::from(LETTERS[usize::try_from(number >> (5 * at) & 31).unwrap_or(0)])).collect()
}

/// The moment the run began, RFC 3339 in UTC.
fn moment(began: i64) -> String {
    jiff::Timestamp::from_millisecond(began).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
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

/// Registers the functions that say why a column's value is refused as [`why_name`] of their number.
pub fn register_whys(connection: &Connection, whys: &[Why]) -> rusqlite::Result<()> {
    for (number, why) in whys.iter().enumerate() {
        let (column, functions) = (why.column.clone(), why.functions.clone());
        connection.create_scalar_function(why_name(number).as_str(), 1, flags(), move |context| {
            let why = refusal(&functions, value(context.get_raw(0)));
            if let Some(broken) = why.as_ref().filter(|why| why.is_broken()) {
                return Err(rusqlite::Error::UserFunctionError(Box::new(broken.clone())));
            }
            Ok(why.map(|why| format!("{column}\u{1f}{}\u{1f}{}", why.function, why.reason)))
        })?;
    }
    Ok(())
}

/// What the first function that refuses a value says of it.
fn refusal(functions: &[Arc<dyn Function>], mut value: Value) -> Option<Invalid> {
    for function in functions {
        if value == Value::Null && !function.takes_null() {
            continue;
        }
        match function.call(value) {
            Ok(next) => value = next,
            Err(why) => return Some(why),
        }
    }
    None
}

/// The SQL name of the function that says why a column is refused.
pub fn why_name(number: usize) -> String {
    format!("evolve_why_{number}")
}

/// The SQL name of a Movement's column function.
pub fn call_name(number: usize) -> String {
    format!("evolve_call_{number}")
}

pub(super) fn flags() -> FunctionFlags {
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

/// A value of SQLite's as evolve's, as it is: text that is no UTF-8 stays text.
pub fn kept(of: ValueRef<'_>) -> Value {
    match of {
        ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_err() => Value::Unclear(bytes.to_vec()),
        other => value(other),
    }
}

/// A value of evolve's as it is bound to a parameter.
pub fn bound(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Integer(value) => ValueRef::Integer(*value),
        Value::Real(value) => ValueRef::Real(*value),
        Value::Text(value) => ValueRef::Text(value.as_bytes()),
        Value::Unclear(bytes) => ValueRef::Text(bytes),
        Value::Blob(bytes) => ValueRef::Blob(bytes),
    })
}

/// A value of evolve's as SQLite's.
pub fn sqlite_value(value: Value) -> rusqlite::types::Value {
    use rusqlite::types::Value as Sqlite;
    match value {
        Value::Null => Sqlite::Null,
        Value::Integer(value) => Sqlite::Integer(value),
        Value::Real(value) => Sqlite::Real(value),
        Value::Text(value) => Sqlite::Text(value),
        Value::Blob(value) | Value::Unclear(value) => Sqlite::Blob(value),
    }
}
