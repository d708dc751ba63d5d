//! Events: what runs did to steps, in order; never deleted, so that history survives `down`.

use super::{integer, n, now, t, text};
use crate::engine::Database;
use crate::error::Result;
use crate::report::{Rows, StepEntry};
use crate::value::Value;
use std::collections::BTreeMap;

/// The table.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_events (n INTEGER PRIMARY KEY, run TEXT NOT NULL, \
     step TEXT NOT NULL, seq INTEGER, direction TEXT NOT NULL, at TEXT NOT NULL, duration_ms INTEGER NOT NULL, \
     account TEXT NOT NULL, nonce TEXT NOT NULL)";

/// What was done to a step.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// The run.
    pub run: &'a str,
    /// The step.
    pub step: &'a str,
    /// Its place in the order of coming.
    pub seq: i64,
    /// `up` or `down`.
    pub direction: &'a str,
    /// How long it took.
    pub duration_ms: u64,
    /// Its rows.
    pub account: Rows,
    /// The nonce of the transaction.
    pub nonce: &'a str,
}

/// Writes an event down.
pub fn record(database: &dyn Database, event: &Event<'_>) -> Result<()> {
    let values = [
        t(event.run),
        t(event.step),
        Value::Integer(event.seq),
        t(event.direction),
        t(now()),
        n(event.duration_ms),
        t(serde_json::to_string(&event.account).unwrap_or_default()),
        t(event.nonce),
    ];
    let sql = "INSERT INTO evolve_events (run, step, seq, direction, at, duration_ms, account, nonce) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    database.execute(sql, &values)?;
    Ok(())
}

/// The same of a step that a run has an event of already: it is one, of all that was done.
pub fn grow(database: &dyn Database, event: &Event<'_>) -> Result<()> {
    let sql = "SELECT n, account FROM evolve_events WHERE run = ?1 AND step = ?2 AND direction = ?3";
    let found = database.query(sql, &[t(event.run), t(event.step), t(event.direction)])?;
    let Some((number, account)) = found.first().and_then(|row| integer(row, 0).zip(text(row, 1))) else {
        return record(database, event);
    };
    let mut rows: Rows = serde_json::from_str(&account).unwrap_or_default();
    rows.add(event.account);
    let sql = "UPDATE evolve_events SET account = ?2, duration_ms = duration_ms + ?3, at = ?4 WHERE n = ?1";
    let account = t(serde_json::to_string(&rows).unwrap_or_default());
    database.execute(sql, &[Value::Integer(number), account, n(event.duration_ms), t(now())])?;
    Ok(())
}

/// Every event, by run.
pub fn by_run(database: &dyn Database) -> Result<BTreeMap<String, Vec<StepEntry>>> {
    let rows =
        database.query("SELECT run, step, direction, at, duration_ms, account FROM evolve_events ORDER BY n", &[])?;
    let mut runs: BTreeMap<String, Vec<StepEntry>> = BTreeMap::new();
    for row in rows {
        let word = |at: usize| text(&row, at).unwrap_or_default();
        runs.entry(word(0)).or_default().push(StepEntry {
            id: word(1),
            direction: word(2),
            at: word(3),
            duration_ms: integer(&row, 4).and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0),
            rows: serde_json::from_str(&word(5)).unwrap_or_default(),
        });
    }
    Ok(runs)
}

/// What a run did so far, in order: (step, direction, account).
pub fn of_run(database: &dyn Database, run: &str) -> Result<Vec<(String, String, u64, Rows)>> {
    let rows = database.query(
        "SELECT step, direction, duration_ms, account FROM evolve_events WHERE run = ?1 ORDER BY n",
        &[t(run)],
    )?;
    Ok(rows
        .iter()
        .map(|row| {
            let word = |at: usize| text(row, at).unwrap_or_default();
            let ms = integer(row, 2).and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0);
            (word(0), word(1), ms, serde_json::from_str(&word(3)).unwrap_or_default())
        })
        .collect())
}
