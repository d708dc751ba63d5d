//! The table of settings: every key of evolve.toml, one row each.
//!
//! Parsing, variables, defaults and what `evolve info` shows are made of it. A new setting is a row, and a field where
//! it is used.

use std::ops::RangeInclusive;

use super::values;
use crate::catalog::defaults;
use crate::risk::Risk;

/// One setting.
#[derive(Debug)]
pub struct Row {
    /// The key with its sections, `policy.batch.rows`.
    pub key: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What it is if nobody says otherwise; empty if it is nothing then.
    pub default: &'static str,
    /// What it is for, in one sentence.
    pub help: &'static str,
}

/// What a setting takes.
#[derive(Debug)]
pub enum Takes {
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// true or false.
    Switch,
    /// An integer in a range.
    Count(RangeInclusive<i64>),
    /// `500ms`, `60s`, `10m`, `2h`, `30d` or `0`.
    Duration,
    /// A rule for conflicts that needs no column.
    Conflict,
    /// A number of rows, or a share of them.
    Limit,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A range of versions.
    Versions,
    /// The name of a table that is spliced into SQL.
    Table,
    /// A table with a key file or a passphrase, or false.
    Encryption,
}

const RISKS: &[&str] = &["none", "low", "medium", "high", "critical"];

macro_rules! row {
    ($key:literal, $takes:expr, $default:literal, $help:literal) => {
        Row { key: $key, takes: $takes, default: $default, help: $help }
    };
}

/// Every setting.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row!("project.name", Takes::Text, "", "What the project is called; its ledger carries the name."),
    row!("project.migrations", Takes::Text, "migrations", "The folder of the migrations."),
    row!("project.plans", Takes::Text, "plans", "The folder of the stage files."),
    row!("project.default_environment", Takes::Text, "", "The environment when none is named."),
    row!("project.history_table", Takes::Table, "refinery_schema_history", "The name of refinery's history table."),
    row!("database.url", Takes::Secret, "", "The database."),
    row!("database.foreign_keys", Takes::Switch, "true", "Whether foreign keys are enforced, as the application runs it."),
    row!("policy.max_risk", Takes::Word(RISKS), "high", "`up` refuses a plan above this risk."),
    row!("policy.keep", Takes::Word(&["always", "small", "never"]), "small", "Whether what a step destroys is kept in the database."),
    row!("policy.wait", Takes::Duration, "10m", "How long to wait for another run."),
    row!("policy.lock_timeout", Takes::Duration, "500ms", "How long one attempt waits for another writer's lock."),
    row!("policy.lock_deadline", Takes::Duration, "60s", "How long attempts are repeated."),
    row!("policy.on_conflict", Takes::Conflict, "fail", "What a step that does not say it does with a row whose key is there already."),
    row!("policy.on_invalid", Takes::Word(&["fail", "skip", "quarantine"]), "fail", "What a step that does not say it does with a row that is not valid."),
    row!("policy.max_rejects", Takes::Limit, "", "How many rows may be rejected of a step that does not say it: a number, or a share such as 10%."),
    row!("policy.at_once", Takes::Count(1..=1_000_000_000_000), "1000000", "Rows of a step that must be one transaction, at most."),
    row!("policy.batch.rows", Takes::Count(1..=10_000_000), "10000", "Rows a batch, at most."),
    row!("policy.batch.bytes", Takes::Count(1..=1_000_000_000_000), "64000000", "Bytes a batch, at most; a single row may be larger."),
    row!("policy.batch.target", Takes::Duration, "100ms", "How long a batch should take."),
    row!("policy.batch.pause", Takes::Duration, "0", "How long to rest between batches."),
    row!("restore_points.dir", Takes::Text, ".evolve/restore", "Where restore points are written."),
    row!("restore_points.when", Takes::Word(&["always", "risky", "never"]), "risky", "Before which plans a restore point is taken."),
    row!("restore_points.keep", Takes::Count(1..=100_000), "5", "How many restore points are kept."),
    row!("restore_points.max_age", Takes::Duration, "30d", "How old a restore point becomes."),
    row!("restore_points.compress", Takes::Switch, "true", "Whether restore points are compressed."),
    row!("restore_points.encrypt", Takes::Encryption, "false", "Whether restore points are encrypted, and with what."),
    row!("notify.webhook", Takes::Secret, "", "Who is told about runs."),
    row!("app.requires", Takes::Versions, "", "The schema versions the application can work with."),
];

/// The row of a key.
pub fn row(key: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.key == key)
}

impl Row {
    /// The one variable that sets it: `restore_points.dir` is `EVOLVE_RESTORE_POINTS_DIR`. What says where the project
    /// is can be set in the file only, and the environment by `EVOLVE_ENV`.
    pub fn variable(&self) -> Option<String> {
        match self.key {
            "project.default_environment" => Some("EVOLVE_ENV".to_owned()),
            key if key.starts_with("project.") => None,
            key => Some(format!("EVOLVE_{}", key.replace('.', "_").to_uppercase())),
        }
    }

    /// Whether an environment's section may set it.
    pub fn by_environment(&self) -> bool {
        !self.key.starts_with("project.")
    }

    /// What is wrong with this text as the setting's value; the words never hold the value.
    pub fn check(&self, given: &str) -> Result<(), String> {
        match &self.takes {
            Takes::Text | Takes::Secret if given.trim().is_empty() => Err("must not be empty".to_owned()),
            Takes::Text | Takes::Secret if given.contains('\0') => Err("must not hold a NUL".to_owned()),
            Takes::Text | Takes::Secret => Ok(()),
            Takes::Switch | Takes::Encryption => values::switch(given).map(drop),
            Takes::Count(range) => values::count(given, range).map(drop),
            Takes::Duration => values::duration(given).map(drop),
            Takes::Word(words) if words.contains(&given) => Ok(()),
            Takes::Word(words) => Err(format!("takes {}", words.join(", "))),
            Takes::Conflict => defaults::conflict(given).map(drop),
            Takes::Limit => values::limit(given).map(drop),
            Takes::Versions => values::versions(given).map(drop),
            Takes::Table => values::table(given),
        }
    }
}

/// The word for a risk, as a value of its type.
pub(super) fn risk(word: &str) -> Risk {
    word.parse().unwrap_or_default()
}
