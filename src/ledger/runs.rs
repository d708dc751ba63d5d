//! Runs: each execution of a plan, open until its end was reported.

use super::{integer, maybe, now, t, text};
use crate::engine::Database;
use crate::error::{Error, Result, codes};
use crate::value::Value;

/// The table.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS evolve_runs (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, \
     command TEXT NOT NULL, target TEXT NOT NULL, goal TEXT NOT NULL, plan TEXT NOT NULL, state TEXT NOT NULL, \
     who TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, tool TEXT NOT NULL, started TEXT NOT NULL, \
     updated TEXT NOT NULL, ended TEXT, step TEXT, origin TEXT NOT NULL)";

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What it is called.
    pub id: String,
    /// `up` or `down`.
    pub command: String,
    /// The target as it was said: `mvp4`, `--staged 3`, `latest`.
    pub target: String,
    /// What it stands for: the ids of the steps, in the order of the plan. Never computed anew.
    pub goal: Vec<String>,
    /// The digest of its plan.
    pub plan: String,
    /// Whether it is open, and how it ended.
    pub state: RunState,
    /// Who began it.
    pub who: String,
    /// On which host.
    pub host: String,
    /// In which process.
    pub pid: i64,
    /// By which version of evolve.
    pub tool: String,
    /// When it was begun.
    pub started: String,
    /// When it was last heard of.
    pub updated: String,
    /// When it ended.
    pub ended: Option<String>,
    /// The step it was last in.
    pub step: Option<String>,
    /// The stage and head the database stood at.
    pub origin: String,
}

/// Whether a run is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// Its end was not reported.
    Open,
    /// It ended so.
    Ended(String),
}

impl RunState {
    /// The word in the table.
    pub fn word(&self) -> &str {
        match self {
            Self::Open => "open",
            Self::Ended(outcome) => outcome,
        }
    }
}

const COLUMNS: &str =
    "id, command, target, goal, plan, state, who, host, pid, tool, started, updated, ended, step, origin";

/// The run that is open, if there is one.
pub fn open(database: &dyn Database) -> Result<Option<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM evolve_runs WHERE state = 'open' ORDER BY n DESC LIMIT 1");
    database.query(&sql, &[])?.first().map(|row| read(row)).transpose()
}

/// All runs, the oldest first.
pub fn all(database: &dyn Database) -> Result<Vec<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM evolve_runs ORDER BY n");
    database.query(&sql, &[])?.iter().map(|row| read(row)).collect()
}

/// The runs just before this one that stood for the same plan and failed before anything of it was in, the oldest first.
pub fn failed_before(database: &dyn Database, run: &Run) -> Result<Vec<String>> {
    let sql = "WITH earlier AS (SELECT r.n, r.id, r.plan = ?2 AND r.state = 'step_undone' AND NOT EXISTS (\
               SELECT 1 FROM evolve_events AS e WHERE e.run = r.id AND e.direction = r.command) AS same \
               FROM evolve_runs AS r WHERE r.n < (SELECT n FROM evolve_runs WHERE id = ?1)) \
               SELECT id FROM earlier WHERE n > coalesce((SELECT max(n) FROM earlier WHERE NOT same), 0) ORDER BY n";
    let rows = database.query(sql, &[t(&run.id), t(&run.plan)])?;
    Ok(rows.iter().filter_map(|row| text(row, 0)).collect())
}

/// Writes a new run down.
pub fn begin(database: &dyn Database, run: &Run) -> Result<()> {
    let goal = serde_json::to_string(&run.goal).unwrap_or_default();
    let values = [
        t(&run.id),
        t(&run.command),
        t(&run.target),
        t(goal),
        t(&run.plan),
        t(run.state.word()),
        t(&run.who),
        t(&run.host),
        Value::Integer(run.pid),
        t(&run.tool),
        t(&run.started),
        t(&run.updated),
        maybe(run.ended.clone()),
        maybe(run.step.clone()),
        t(&run.origin),
    ];
    let sql = format!(
        "INSERT INTO evolve_runs ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
    );
    database.execute(&sql, &values)?;
    Ok(())
}

/// Notes which step a run is in.
pub fn at(database: &dyn Database, run: &str, step: &str) -> Result<()> {
    database.execute("UPDATE evolve_runs SET step = ?2, updated = ?3 WHERE id = ?1", &[t(run), t(step), t(now())])?;
    Ok(())
}

/// Closes a run with its outcome.
pub fn end(database: &dyn Database, run: &str, outcome: &str) -> Result<()> {
    let sql = "UPDATE evolve_runs SET state = ?2, ended = ?3, updated = ?3 WHERE id = ?1";
    database.execute(sql, &[t(run), t(outcome), t(now())])?;
    Ok(())
}

fn read(row: &[Value]) -> Result<Run> {
    let word = |at: usize| text(row, at).unwrap_or_default();
    let goal = serde_json::from_str(&word(3))
        .map_err(|_| Error::new(codes::BAD_LEDGER, format!("the run {} has a goal that cannot be read", word(0))))?;
    Ok(Run {
        id: word(0),
        command: word(1),
        target: word(2),
        goal,
        plan: word(4),
        state: if word(5) == "open" { RunState::Open } else { RunState::Ended(word(5)) },
        who: word(6),
        host: word(7),
        pid: integer(row, 8).unwrap_or(0),
        tool: word(9),
        started: word(10),
        updated: word(11),
        ended: text(row, 12),
        step: text(row, 13),
        origin: word(14),
    })
}
