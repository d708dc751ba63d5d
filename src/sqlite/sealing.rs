//! Values that a journal or a store of kept rows must not hold in plain: encrypted by what captures them, decrypted on
//! the way back.
//!
//! Takes a Movement with its keys, or what of a store is encrypted; gives the functions that SQL calls. Refuses to go on
//! with another key than the one that wrote what is there.

use crate::catalog::Keys;
use crate::columns::{Cipher, Mark};
use crate::error::{Error, Result, codes};
use crate::inverse::Seal;
use crate::kinds::Elsewhere;
use crate::movement::{Movement, Undo};
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::functions::{sqlite_value, value};
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::survey::query;
use crate::value::Value;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

/// Which columns are encrypted, and with what.
#[derive(Debug)]
pub struct Sealing {
    /// The columns.
    pub columns: Vec<String>,
    /// Whether the keys that rows are found by are encrypted where they are among the columns.
    keys: bool,
    /// What tells its functions from those of another.
    suffix: String,
    cipher: Cipher,
    mark: Mark,
}

impl Sealing {
    /// What a Movement's journal needs, where it needs any: for what it protects itself, and what of its target others do.
    pub fn of(movement: &Movement, target: &Table, elsewhere: &Elsewhere, keys: &Keys) -> Result<Option<Self>> {
        let mut sealed = movement.sealed();
        if let Some((mut others, key)) = elsewhere.journalled(movement) {
            others.retain(|name| target.column(name).is_some_and(|column| !column.generated));
            let (columns, _) = sealed.get_or_insert((Vec::new(), key));
            others.retain(|name| !columns.iter().any(|column| column.eq_ignore_ascii_case(name)));
            columns.extend(others);
        }
        let Some((columns, name)) = sealed.filter(|(columns, _)| !columns.is_empty()) else { return Ok(None) };
        keys.read(&name).map_err(|error| {
            let hint = format!(
                "the journal of {} holds protected values, encrypted with it; without it say undo = \"none\"",
                movement.into
            );
            match error.hint_text() {
                Some(other) => Error::new(error.code(), error.message()).hint(format!("{other}; {hint}")),
                None => Error::new(error.code(), error.message()).hint(hint),
            }
        })?;
        let cipher = Cipher::of(keys, &name, &journal_label(&movement.into))?;
        Ok(Some(Self { columns, keys: false, suffix: String::new(), mark: cipher.mark(), cipher }))
    }

    /// What a store of kept rows needs.
    pub fn of_store(seal: &Seal, store: &str, keys: &Keys) -> Result<Self> {
        let cipher = Cipher::of(keys, &seal.key, store)?;
        let suffix = format!("_{}", seal.kept);
        Ok(Self { columns: seal.columns.clone(), keys: true, suffix, mark: cipher.mark(), cipher })
    }

    /// Whether a column is among them.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|sealed| sealed.eq_ignore_ascii_case(column))
    }

    /// Whether a key that rows are found by is.
    pub fn has_key(&self, column: &str) -> bool {
        self.keys && self.has(column)
    }

    /// The value that was there.
    pub fn open(&self, kept: Value) -> rusqlite::Result<Value> {
        open(&self.cipher, kept)
    }

    /// The SQL function that encrypts.
    pub fn sealer(&self) -> String {
        format!("evolve_seal{}", self.suffix)
    }

    /// The SQL function that decrypts; a journal's is decrypted without one.
    pub fn opener(&self) -> String {
        format!("evolve_open{}", self.suffix)
    }

    /// Registers the functions.
    pub fn register(&self, connection: &Connection) -> rusqlite::Result<()> {
        let cipher = self.cipher.clone();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        let in_triggers = flags | FunctionFlags::SQLITE_INNOCUOUS;
        connection.create_scalar_function(self.sealer().as_str(), 1, in_triggers, move |context| {
            Ok(sqlite_value(cipher.seal(value(context.get_raw(0)))))
        })?;
        if !self.keys {
            return Ok(());
        }
        let cipher = self.cipher.clone();
        let direct = flags | FunctionFlags::SQLITE_DIRECTONLY;
        connection.create_scalar_function(self.opener().as_str(), 1, direct, move |context| {
            open(&cipher, value(context.get_raw(0))).map(sqlite_value)
        })
    }

    /// Takes the functions away again.
    pub fn forget(&self, connection: &Connection) {
        for name in [self.sealer(), self.opener()] {
            let _ = connection.remove_function(name.as_str(), 1);
        }
    }

    /// Refuses where all that a store holds in these columns of its own was encrypted with another key.
    pub fn refuse_other_key(
        &self,
        connection: &Connection,
        table: &str,
        store: &str,
        columns: &[String],
    ) -> Result<()> {
        columns.iter().try_for_each(|column| {
            refuse_mark(connection, table, store, column, &self.mark)?;
            // Rows are found by these.
            let is_key = column.starts_with("evolve_key_");
            if is_key { refuse_unturned(connection, table, store, column, &self.mark) } else { Ok(()) }
        })
    }
}

/// What the values of a table's journal are bound to.
pub fn journal_label(table: &str) -> String {
    format!("journal of {}", table.to_lowercase())
}

/// SQL as it goes into a store.
pub fn sealed(sealing: Option<&Sealing>, column: &str, sql: &str) -> String {
    match sealing.filter(|sealing| sealing.has(column)) {
        Some(sealing) => format!("{}({sql})", sealing.sealer()),
        None => sql.to_owned(),
    }
}

/// SQL of a key as it goes into a store.
pub fn sealed_key(sealing: Option<&Sealing>, column: &str, sql: &str) -> String {
    sealed(sealing.filter(|sealing| sealing.keys), column, sql)
}

/// SQL as it comes out of a store of kept rows.
pub fn opened(sealing: Option<&Sealing>, column: &str, sql: &str) -> String {
    match sealing.filter(|sealing| sealing.has_key(column)) {
        Some(sealing) => format!("{}({sql})", sealing.opener()),
        None => sql.to_owned(),
    }
}

fn open(cipher: &Cipher, kept: Value) -> rusqlite::Result<Value> {
    if kept == Value::Null {
        return Ok(kept);
    }
    cipher.open(&kept).ok_or_else(|| {
        rusqlite::Error::UserFunctionError("a value that was kept cannot be decrypted with this key".into())
    })
}

impl SqliteMover<'_> {
    /// Refuses where all that was protected was so with another key.
    pub(super) fn refuse_other_key(&self) -> Result<()> {
        for assign in &self.movement.columns {
            if let Some(mark) = assign.protection().and_then(|protection| protection.mark.as_ref()) {
                let name = &self.target.name;
                refuse_mark(self.connection, name, name, &assign.column, mark)?;
                refuse_unturned(self.connection, name, name, &assign.column, mark)?;
            }
        }
        if let (Some(sealing), Undo::Journal) = (&self.sealing, &self.movement.undo) {
            sealing.refuse_other_key(self.connection, &self.target.name, &self.store, &sealing.columns)?;
        }
        Ok(())
    }
}

fn refuse_mark(connection: &Connection, shown: &str, table: &str, column: &str, mark: &Mark) -> Result<()> {
    let (name, place) = (quoted(table), quoted(column));
    let own = format!("substr({place}, 1, {}) IN (?1, ?3)", mark.own.len());
    let sql = format!(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM {name} WHERE {place} GLOB ?2 AND NOT ({own})) \
         AND NOT EXISTS (SELECT 1 FROM {name} WHERE {own})"
    );
    let previous = mark.previous.clone().unwrap_or_else(|| mark.own.clone());
    let marks = [mark.own.clone(), mark.any.to_owned(), previous].map(Value::Text);
    if query(connection, &sql, &marks)?.is_empty() {
        return Ok(());
    }
    let message = format!("{shown}.{column} was protected with another key than the one that is given");
    Err(Error::new(codes::WRONG_SECRET_KEY, message).hint("give the key it was written with"))
}

/// Refuses what is compared by its encrypted value while some of it is still of the key before.
fn refuse_unturned(connection: &Connection, shown: &str, table: &str, column: &str, mark: &Mark) -> Result<()> {
    let Some(previous) = &mark.previous else { return Ok(()) };
    let (name, place) = (quoted(table), quoted(column));
    let sql = format!("SELECT 1 FROM {name} WHERE substr({place}, 1, {}) = ?1 LIMIT 1", previous.len());
    if query(connection, &sql, &[Value::Text(previous.clone())])?.is_empty() {
        return Ok(());
    }
    let message = format!("{shown}.{column} still holds values of the key before");
    Err(Error::new(codes::WRONG_SECRET_KEY, message).hint("`evolve rotate` brings them to the key of now"))
}
