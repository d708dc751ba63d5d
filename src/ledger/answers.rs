//! What a person answered about rows whose key is there already: kept until the step goes, so that a run that is continued
//! asks nothing twice.

use super::cursors::{encode, shown};
use super::{n, now, t, text};
use crate::conflict::{Decided, Decision};
use crate::engine::Database;
use crate::error::Result;
use crate::value::Value;

/// The table. `key` is the key of the source's row as in a cursor, or `*` for all the rest of the step.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_answers (step TEXT NOT NULL, movement INTEGER NOT NULL, \
     key TEXT NOT NULL, shown TEXT NOT NULL, answer TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL, \
     PRIMARY KEY (step, movement, key)) WITHOUT ROWID";

/// The key of an answer for all the rest.
const REST: &str = "*";

/// Whose answer it is: of a row of this Movement, in this run.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The step.
    pub step: &'a str,
    /// The Movement's number in it.
    pub movement: usize,
    /// The run; what was answered in another says nothing.
    pub run: &'a str,
}

/// Writes an answer down, over what was there.
pub fn put(database: &dyn Database, about: About<'_>, key: &[Value], decided: Decided) -> Result<()> {
    let (place, words) =
        if decided.rest { (REST.to_owned(), "all the rest".to_owned()) } else { (encode(key), shown(key)) };
    let values = [
        t(about.step),
        n(about.movement as u64),
        t(place),
        t(words),
        t(decided.decision.word()),
        t(about.run),
        t(now()),
    ];
    let sql = "INSERT INTO evolve_answers (step, movement, key, shown, answer, run, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
               ON CONFLICT (step, movement, key) DO UPDATE SET answer = excluded.answer, run = excluded.run, at = excluded.at";
    database.execute(sql, &values)?;
    Ok(())
}

/// The answer about one row.
pub fn of_row(database: &dyn Database, about: About<'_>, key: &[Value]) -> Result<Option<Decision>> {
    let sql = "SELECT answer FROM evolve_answers WHERE step = ?1 AND movement = ?2 AND key = ?3 AND run = ?4";
    one(database, sql, &[t(about.step), n(about.movement as u64), t(encode(key)), t(about.run)])
}

/// The answer for all the rest of a step, the newest where there are several.
pub fn rest(database: &dyn Database, about: About<'_>) -> Result<Option<Decision>> {
    let sql =
        "SELECT answer FROM evolve_answers WHERE step = ?1 AND key = ?2 AND run = ?3 ORDER BY movement DESC LIMIT 1";
    one(database, sql, &[t(about.step), t(REST), t(about.run)])
}

/// Forgets what was answered about a step.
pub fn clear(database: &dyn Database, step: &str) -> Result<()> {
    database.execute("DELETE FROM evolve_answers WHERE step = ?1", &[t(step)])?;
    Ok(())
}

fn one(database: &dyn Database, sql: &str, values: &[Value]) -> Result<Option<Decision>> {
    let rows = database.query(sql, values)?;
    Ok(rows.first().and_then(|row| text(row, 0)).and_then(|word| Decision::of_word(&word)))
}
