//! Old values that a journal must not hold in plain: encrypted by the trigger that captures them, decrypted on the way
//! back.
//!
//! Takes a Movement with its keys; gives the function that its triggers call. Refuses to go on with another key than the
//! one that wrote what is there.

use crate::catalog::Keys;
use crate::columns::{Cipher, Mark};
use crate::error::{Error, Result, codes};
use crate::movement::{Movement, Undo};
use crate::sql::quoted;
use crate::sqlite::functions::{sqlite_value, value};
use crate::sqlite::mover::SqliteMover;
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// The SQL function that encrypts an old value.
pub const SEAL: &str = "evolve_seal";

/// Which columns of a journal are encrypted, and with what.
#[derive(Debug)]
pub struct Sealing {
    /// The columns.
    pub columns: Vec<String>,
    cipher: Cipher,
    mark: Mark,
}

impl Sealing {
    /// What a Movement's journal needs, where it needs any.
    pub fn of(movement: &Movement, keys: &Keys) -> Result<Option<Self>> {
        let Some((columns, name)) = movement.sealed() else { return Ok(None) };
        let key = keys.read(&name).map_err(|error| {
            let hint = format!(
                "the journal of {} holds protected values, encrypted with it; without it say undo = \"none\"",
                movement.into
            );
            match error.hint_text() {
                Some(other) => Error::new(error.code(), error.message()).hint(format!("{other}; {hint}")),
                None => Error::new(error.code(), error.message()).hint(hint),
            }
        })?;
        let cipher = Cipher::new(&key, &format!("journal of {}", movement.into.to_lowercase()));
        Ok(Some(Self { columns, mark: cipher.mark(), cipher }))
    }

    /// Whether a column is among them.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|sealed| sealed.eq_ignore_ascii_case(column))
    }

    /// The value that was there.
    pub fn open(&self, kept: Value) -> rusqlite::Result<Value> {
        if kept == Value::Null {
            return Ok(kept);
        }
        self.cipher.open(&kept).ok_or_else(|| {
            rusqlite::Error::UserFunctionError("a value of the journal cannot be decrypted with this key".into())
        })
    }

    /// Registers the function that the triggers call.
    pub fn register(&self, connection: &Connection) -> rusqlite::Result<()> {
        let cipher = self.cipher.clone();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
        connection.create_scalar_function(SEAL, 1, flags, move |context| {
            Ok(sqlite_value(cipher.seal(value(context.get_raw(0)))))
        })
    }
}

impl SqliteMover<'_> {
    /// Refuses where all that was protected was so with another key.
    pub(super) fn refuse_other_key(&self) -> Result<()> {
        for assign in &self.movement.columns {
            if let Some(mark) = assign.protection().and_then(|protection| protection.mark.as_ref()) {
                self.refuse_mark(&self.target.name, &assign.column, mark)?;
            }
        }
        if let (Some(sealing), Undo::Journal) = (&self.sealing, &self.movement.undo) {
            for column in &sealing.columns {
                self.refuse_mark(&self.store, column, &sealing.mark)?;
            }
        }
        Ok(())
    }

    fn refuse_mark(&self, table: &str, column: &str, mark: &Mark) -> Result<()> {
        let (name, place) = (quoted(table), quoted(column));
        let own = format!("substr({place}, 1, {}) = ?1", mark.own.len());
        let sql = format!(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM {name} WHERE {place} GLOB ?2 AND NOT ({own})) \
             AND NOT EXISTS (SELECT 1 FROM {name} WHERE {own})"
        );
        let marks = [Value::Text(mark.own.clone()), Value::Text(mark.any.to_owned())];
        if self.ask(&sql, &marks)?.is_empty() {
            return Ok(());
        }
        let message =
            format!("{}.{column} was protected with another key than the one that is given", self.target.name);
        Err(Error::new(codes::WRONG_SECRET_KEY, message).hint("give the key it was written with"))
    }
}
