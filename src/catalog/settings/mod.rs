//! Settings: evolve.toml, the chosen environment, variables and flags, one over the other.
//!
//! Takes a [`Config`], the variables and the flags as values; gives [`Settings`], and for each key where it came from.
//! Must not know a command or an engine.

pub(crate) mod base64;
mod env;
mod keys;
mod layers;
mod rows;
mod secret;
pub mod values;

pub use env::Env;
pub(in crate::catalog) use keys::parse as parse_keys;
pub use keys::{DeclaredKeys, Key, Keys};
pub use layers::{Origin, Shown};
pub use rows::{ROWS, Row, Takes, row};
pub use secret::Secret;

use layers::Layers;
use std::path::PathBuf;
use std::time::Duration;

use super::config::Config;
use super::defaults::Defaults;
use crate::error::{Error, Result, codes};
use crate::risk::Risk;

/// What the command line says about settings; it wins over everything.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--database URL`.
    pub database: Option<Secret>,
    /// `--env NAME`.
    pub env: Option<String>,
    /// `--lock-wait DURATION`.
    pub wait: Option<String>,
    /// `--on-conflict WORD`.
    pub on_conflict: Option<String>,
    /// `--on-invalid WORD`.
    pub on_invalid: Option<String>,
}

/// All settings, resolved.
#[derive(Debug)]
pub struct Settings {
    /// The project's name.
    pub project: String,
    /// The chosen environment.
    pub environment: Option<String>,
    /// The name of refinery's history table.
    pub history_table: String,
    /// Whether foreign keys are enforced.
    pub foreign_keys: bool,
    /// What runs may do.
    pub policy: Policy,
    /// Which restore points are taken and kept.
    pub restore_points: RestorePoints,
    /// With what columns are protected; read only when a run needs them.
    pub keys: Keys,
    /// The schema versions the application can work with.
    pub app_requires: Option<semver::VersionReq>,
    /// Each key: its value as it may be shown, and where it came from.
    pub shown: Vec<Shown>,
    /// Variables that look like settings and are none.
    pub unknown_variables: Vec<String>,
    database: Result<Option<Secret>>,
    database_origin: Origin,
}

/// What runs may do.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `up` refuses a plan above it.
    pub max_risk: Risk,
    /// Whether what a step destroys is kept.
    pub keep: Keep,
    /// The most rows of a step that must be one transaction.
    pub at_once: u64,
    /// How long to wait for another run.
    pub wait: Duration,
    /// How long one attempt waits for another writer's lock.
    pub lock_timeout: Duration,
    /// How long attempts are repeated.
    pub lock_deadline: Duration,
    /// How large and how long batches are.
    pub batch: Batch,
    /// What holds of odd rows where a step does not say it.
    pub defaults: Defaults,
}

/// Whether what a step destroys is kept in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Whatever its size.
    Always,
    /// Up to 256 MB a step by the plan's figures.
    Small,
    /// Never.
    Never,
}

/// Where somebody said how many rows a batch has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nowhere: it adapts.
    Nowhere,
    /// In evolve.toml: a step may say otherwise.
    InFiles,
    /// On the command line or in a variable: for all steps of this run.
    ForTheRun,
}

/// How large and how long batches are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Rows a batch, at most.
    pub rows: u64,
    /// Bytes a batch, at most.
    pub bytes: u64,
    /// How long a batch should take.
    pub target: Duration,
    /// How long to rest after one.
    pub pause: Duration,
    /// Where the number of rows was said; one that was said stays.
    pub said: Said,
}

/// Which restore points are taken and kept.
#[derive(Debug, Clone)]
pub struct RestorePoints {
    /// Where they are written; relative to the project's folder.
    pub dir: PathBuf,
    /// Before which plans.
    pub when: When,
    /// How many are kept.
    pub keep: usize,
    /// How old one becomes.
    pub max_age: Duration,
    /// Whether they are compressed.
    pub compress: bool,
    /// Whether encryption is asked for, which this version refuses.
    pub encrypt: bool,
}

/// Before which plans a restore point is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before each.
    Always,
    /// Before one that destroys, cannot be undone, or takes over a minute.
    Risky,
    /// Before none.
    Never,
}

impl Settings {
    /// Puts the layers together. The database's URL is looked up here and its absence told when it is asked for.
    pub fn resolve(config: &Config, env: &Env, flags: &Flags) -> Result<Self> {
        let layers = Layers::new(config, env, flags)?;
        let (database, database_origin) = layers.database();
        Ok(Self {
            project: config.name().to_owned(),
            environment: layers.environment.clone(),
            history_table: layers.text("project.history_table")?,
            foreign_keys: layers.switch("database.foreign_keys")?,
            policy: policy(&layers)?,
            restore_points: restore_points(&layers)?,
            keys: keys(config, layers.environment.as_deref(), env),
            app_requires: layers.versions("app.requires")?,
            shown: layers.shown(),
            unknown_variables: layers.unknown_variables(),
            database,
            database_origin,
        })
    }

    /// The database's URL; an error if nobody says it, or the variable it refers to is not set.
    pub fn database_url(&self) -> Result<&Secret> {
        match &self.database {
            Ok(Some(url)) => Ok(url),
            Ok(None) => Err(Error::new(codes::MISSING_KEY, "no database is named")
                .hint("[database] url in evolve.toml, EVOLVE_DATABASE_URL, or --database URL")),
            Err(error) => Err(layers::again(error)),
        }
    }

    /// Where the URL came from. With [`Origin::LastResort`] a command that writes must first see this project's ledger.
    pub fn database_origin(&self) -> Origin {
        self.database_origin
    }
}

/// The keys of the chosen environment; without one those of `[keys]`.
fn keys(config: &Config, environment: Option<&str>, env: &Env) -> Keys {
    let declared = match environment {
        Some(name) => config.environment_keys.get(name).cloned().unwrap_or_default(),
        None => config.keys.clone(),
    };
    Keys::new(declared, environment.map(str::to_owned), env.clone())
}

fn policy(layers: &Layers<'_>) -> Result<Policy> {
    let keep = [("always", Keep::Always), ("small", Keep::Small), ("never", Keep::Never)];
    Ok(Policy {
        max_risk: rows::risk(&layers.text("policy.max_risk")?),
        keep: layers.word("policy.keep", &keep)?,
        wait: layers.duration("policy.wait")?,
        lock_timeout: layers.duration("policy.lock_timeout")?,
        lock_deadline: layers.duration("policy.lock_deadline")?,
        at_once: layers.count("policy.at_once")?,
        batch: Batch {
            rows: layers.count("policy.batch.rows")?,
            bytes: layers.count("policy.batch.bytes")?,
            target: layers.duration("policy.batch.target")?,
            pause: layers.duration("policy.batch.pause")?,
            said: match layers.origin("policy.batch.rows") {
                Origin::Default => Said::Nowhere,
                Origin::Variable | Origin::Flag => Said::ForTheRun,
                _ => Said::InFiles,
            },
        },
        defaults: layers.defaults()?,
    })
}

fn restore_points(layers: &Layers<'_>) -> Result<RestorePoints> {
    let when = [("always", When::Always), ("risky", When::Risky), ("never", When::Never)];
    Ok(RestorePoints {
        dir: PathBuf::from(layers.text("restore_points.dir")?),
        when: layers.word("restore_points.when", &when)?,
        keep: usize::try_from(layers.count("restore_points.keep")?).unwrap_or(usize::MAX),
        max_age: layers.duration("restore_points.max_age")?,
        compress: layers.switch("restore_points.compress")?,
        encrypt: layers.switch("restore_points.encrypt")?,
    })
}

#[cfg(test)]
mod tests;
