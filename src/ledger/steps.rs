//! Steps that are in the database, in the order they came, each with all that is needed to take it back.

use super::{integer, maybe, n, t, taken, text};
use crate::engine::Database;
use crate::error::{Error, Result, codes};
use crate::inverse::Inverse;
use crate::report::Rows;
use crate::value::Value;

/// The table.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_steps (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, \
     kind TEXT NOT NULL, stage TEXT NOT NULL, stage_version TEXT NOT NULL, title TEXT NOT NULL, digest TEXT NOT NULL, \
     state TEXT NOT NULL, run TEXT NOT NULL, nonce TEXT NOT NULL, applied_at TEXT NOT NULL, duration_ms INTEGER NOT NULL, \
     account TEXT NOT NULL, reversible TEXT NOT NULL, undo TEXT NOT NULL, inverse TEXT, down TEXT, declared TEXT, \
     needs TEXT NOT NULL, reads TEXT NOT NULL, writes TEXT NOT NULL)";

/// The texts of stage files, by digest: `down` lowers a transformation from what was declared when it ran.
pub const TEXTS: &str = "CREATE TABLE IF NOT EXISTS evolve_texts (digest TEXT PRIMARY KEY NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID";

/// A step in the ledger, without the texts that only `down` needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the order of coming.
    pub seq: i64,
    /// What it is called.
    pub id: String,
    /// `migration`, or the kind of the transformation.
    pub kind: String,
    /// The stage that owned it.
    pub stage: String,
    /// Its version.
    pub stage_version: String,
    /// What it does, for people.
    pub title: String,
    /// The digest it was applied with.
    pub digest: String,
    /// Whether it is in as a whole.
    pub state: StepState,
    /// How it can be taken back.
    pub reversible: String,
    /// For a transformation how its rows are found again: `derive`, `journal`, `sql`, `none`; for a migration empty.
    pub undo: String,
    /// When it was applied.
    pub applied_at: String,
}

/// Whether a step is in as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It is in.
    Done,
    /// It was begun and is not in as a whole.
    Half,
    /// Its undoing was begun.
    Undoing,
}

impl StepState {
    /// The word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Half => "half",
            Self::Undoing => "undoing",
        }
    }
}

/// What is written down of a step when it is applied.
#[derive(Debug, Clone)]
pub struct Record {
    /// The part that is read back with every standing.
    pub applied: Applied,
    /// The run.
    pub run: String,
    /// The nonce of the transaction that wrote it.
    pub nonce: String,
    /// How long it took.
    pub duration_ms: u64,
    /// Its rows.
    pub account: Rows,
    /// How it is taken back, for a migration.
    pub inverse: Option<Vec<Inverse>>,
    /// Its down file's text, for a migration.
    pub down: Option<String>,
    /// The digest of the stage file's text, for a transformation.
    pub declared: Option<String>,
    /// What had to come before it.
    pub needs: Vec<String>,
    /// What it read.
    pub reads: Vec<String>,
    /// What it wrote.
    pub writes: Vec<String>,
}

const SHORT: &str = "seq, id, kind, stage, stage_version, title, digest, state, reversible, undo, applied_at";

/// Every step, in the order they came.
pub fn all(database: &dyn Database) -> Result<Vec<Applied>> {
    let rows = database.query(&format!("SELECT {SHORT} FROM evolve_steps ORDER BY seq"), &[])?;
    rows.into_iter().map(read).collect()
}

/// One step, if it is in or half in.
pub fn one(database: &dyn Database, id: &str) -> Result<Option<Applied>> {
    let rows = database.query(&format!("SELECT {SHORT} FROM evolve_steps WHERE id = ?1"), &[t(id)])?;
    rows.into_iter().next().map(read).transpose()
}

/// The number the next step gets: never one that was used before, by a step that is in or by one that went.
pub fn next_seq(database: &dyn Database) -> Result<i64> {
    let sql = "SELECT 1 + max(coalesce((SELECT max(seq) FROM evolve_steps), 0), \
               coalesce((SELECT CAST(value AS INTEGER) FROM evolve_meta WHERE key = 'seq'), 0))";
    let next = database.query(sql, &[])?.first().and_then(|row| integer(row, 0));
    next.ok_or_else(|| Error::new(codes::BAD_LEDGER, "the ledger does not know how many steps it has had"))
}

/// Writes a step down.
pub fn record(database: &dyn Database, record: &Record) -> Result<()> {
    let applied = &record.applied;
    let json = |list: &Vec<String>| serde_json::to_string(list).unwrap_or_default();
    let inverse = record.inverse.as_ref().map(|inverse| serde_json::to_string(inverse).unwrap_or_default());
    let values = [
        Value::Integer(applied.seq),
        t(&applied.id),
        t(&applied.kind),
        t(&applied.stage),
        t(&applied.stage_version),
        t(&applied.title),
        t(&applied.digest),
        t(applied.state.word()),
        t(&applied.reversible),
        t(&applied.undo),
        t(&applied.applied_at),
        t(&record.run),
        t(&record.nonce),
        n(record.duration_ms),
        t(serde_json::to_string(&record.account).unwrap_or_default()),
        maybe(inverse),
        maybe(record.down.clone()),
        maybe(record.declared.clone()),
        t(json(&record.needs)),
        t(json(&record.reads)),
        t(json(&record.writes)),
    ];
    let sql = format!(
        "INSERT INTO evolve_steps ({SHORT}, run, nonce, duration_ms, account, inverse, down, declared, needs, reads, writes) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
    );
    database.execute(&sql, &values)?;
    Ok(())
}

/// Keeps a stage file's text.
pub fn keep_text(database: &dyn Database, digest: &str, path: &str, text: &str) -> Result<()> {
    let sql = "INSERT INTO evolve_texts (digest, path, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    database.execute(sql, &[t(digest), t(path), t(text)])?;
    Ok(())
}

/// Changes a step's state, and its account where it is known.
pub fn set_state(database: &dyn Database, id: &str, state: StepState, done: Option<(u64, Rows)>) -> Result<()> {
    match done {
        None => database.execute("UPDATE evolve_steps SET state = ?2 WHERE id = ?1", &[t(id), t(state.word())])?,
        Some((duration, account)) => database.execute(
            "UPDATE evolve_steps SET state = ?2, duration_ms = ?3, account = ?4 WHERE id = ?1",
            &[t(id), t(state.word()), n(duration), t(serde_json::to_string(&account).unwrap_or_default())],
        )?,
    };
    Ok(())
}

/// Replaces the account of an applied step.
pub fn set_account(database: &dyn Database, id: &str, account: Rows) -> Result<()> {
    let account = serde_json::to_string(&account).unwrap_or_default();
    database.execute("UPDATE evolve_steps SET account = ?2 WHERE id = ?1", &[t(id), t(account)])?;
    Ok(())
}

/// Replaces the down file's text of an applied step.
pub fn set_down(database: &dyn Database, id: &str, down: &str) -> Result<()> {
    database.execute("UPDATE evolve_steps SET down = ?2 WHERE id = ?1", &[t(id), t(down)])?;
    Ok(())
}

/// Takes a step out.
pub fn remove(database: &dyn Database, id: &str) -> Result<()> {
    // The highest number that went is kept: the next step must not get it again.
    let gone = "INSERT INTO evolve_meta (key, value) SELECT 'seq', seq FROM evolve_steps WHERE id = ?1 ON CONFLICT (key) \
                DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))";
    database.execute(gone, &[t(id)])?;
    database.execute("DELETE FROM evolve_steps WHERE id = ?1", &[t(id)])?;
    database.execute("DELETE FROM evolve_written WHERE step = ?1", &[t(id)])?;
    super::rejects::clear(database, id)?;
    super::defaults::clear(database, id)?;
    super::ids::clear(database, id)?;
    super::names::clear(database, id)?;
    super::hidden::clear(database, id)?;
    super::answers::clear(database, id)?;
    Ok(())
}

/// What takes a step back.
#[derive(Debug, Clone, Default)]
pub struct WayBack {
    /// Derived acts.
    pub inverse: Vec<Inverse>,
    /// The down file's text.
    pub down: Option<String>,
    /// The stage file's path and text.
    pub declared: Option<(String, String)>,
    /// What it wrote when it was applied.
    pub account: Rows,
}

/// What takes a step back, from the ledger alone.
pub fn way_back(database: &dyn Database, id: &str) -> Result<WayBack> {
    let sql = "SELECT s.inverse, s.down, x.path, x.body, s.account FROM evolve_steps AS s \
               LEFT JOIN evolve_texts AS x ON x.digest = s.declared WHERE s.id = ?1";
    let rows = database.query(sql, &[t(id)])?;
    let Some(row) = rows.first() else {
        return Err(Error::new(codes::BAD_LEDGER, format!("the ledger has no step {id}")));
    };
    let unreadable = |_| Error::new(codes::BAD_LEDGER, format!("the ledger's inverse of {id} cannot be read"));
    let inverse = text(row, 0).map(|json| serde_json::from_str(&json).map_err(unreadable)).transpose()?;
    Ok(WayBack {
        inverse: inverse.unwrap_or_default(),
        down: text(row, 1),
        declared: text(row, 2).zip(text(row, 3)),
        account: text(row, 4).and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
    })
}

/// The stage files that hold one of these words and that steps were declared in: path, text, and the steps.
pub fn declared_with(database: &dyn Database, words: [&str; 2]) -> Result<Vec<(String, String, Vec<String>)>> {
    let sql = "SELECT x.path, x.body, (SELECT json_group_array(s.id) FROM evolve_steps AS s WHERE s.declared = x.digest) \
               FROM evolve_texts AS x WHERE (instr(x.body, ?1) > 0 OR instr(x.body, ?2) > 0) \
               AND EXISTS (SELECT 1 FROM evolve_steps AS s WHERE s.declared = x.digest) ORDER BY x.path, x.digest";
    let rows = database.query(sql, &words.map(t))?;
    let word = |row: &[Value], at: usize| text(row, at).unwrap_or_default();
    Ok(rows
        .iter()
        .map(|row| (word(row, 0), word(row, 1), serde_json::from_str(&word(row, 2)).unwrap_or_default()))
        .collect())
}

/// Whether a transaction with this nonce was committed. Without a nonce nobody knows: what was adopted has none either.
pub fn committed(database: &dyn Database, nonce: &str) -> Result<bool> {
    if nonce.is_empty() {
        return Ok(false);
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM evolve_steps WHERE nonce = ?1) OR EXISTS (SELECT 1 FROM evolve_events WHERE nonce = ?1)";
    Ok(database.query(sql, &[t(nonce)])?.first().and_then(|row| integer(row, 0)) == Some(1))
}

fn read(mut row: Vec<Value>) -> Result<Applied> {
    let seq = integer(&row, 0).unwrap_or(0);
    let mut word = |at: usize| taken(&mut row, at).unwrap_or_default();
    let state = match word(7).as_str() {
        "done" => StepState::Done,
        "half" => StepState::Half,
        "undoing" => StepState::Undoing,
        other => {
            return Err(Error::new(
                codes::BAD_LEDGER,
                format!("the ledger's step {} has the unknown state {other}", word(1)),
            ));
        }
    };
    Ok(Applied {
        seq,
        id: word(1),
        kind: word(2),
        stage: word(3),
        stage_version: word(4),
        title: word(5),
        digest: word(6),
        state,
        reversible: word(8),
        undo: word(9),
        applied_at: word(10),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::survey::Asked;

    #[test]
    fn a_number_is_never_given_twice() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let database = Asked(&connection);
        crate::ledger::create(&database, "trial").unwrap();
        let put = |seq: i64| {
            let sql = "INSERT INTO evolve_steps SELECT ?1, 'V' || ?1, '', '', '', '', '', 'done', '', '', '', 0, '', '', '', NULL, NULL, NULL, '', '', ''";
            connection.execute(sql, [seq]).unwrap();
        };
        (1..=3).for_each(|seq| {
            assert_eq!(next_seq(&database).unwrap(), seq);
            put(seq);
        });
        remove(&database, "V3").unwrap();
        assert_eq!(next_seq(&database).unwrap(), 4);
        ["V2", "V1"].iter().for_each(|id| remove(&database, id).unwrap());
        assert_eq!(next_seq(&database).unwrap(), 4);
        put(4);
        assert_eq!(next_seq(&database).unwrap(), 5);
    }
}
