//! Defaults < file < environment < variable < flag: which one a key's value comes from.

use super::rows::{ROWS, Row, Takes, row};
use super::{Env, Flags, Secret, values};
use crate::catalog::Defaults;
use crate::catalog::config::{Config, Given, Layer};
use crate::catalog::defaults;
use crate::error::{Error, Place, Result, codes, nearest};
use std::time::Duration;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A section of evolve.toml.
    File,
    /// `[environment.X]` of evolve.toml.
    Environment,
    /// The key's own variable.
    Variable,
    /// The command line.
    Flag,
    /// `DATABASE_URL`, which may have been meant for something else: good enough for a question.
    LastResort,
}

/// One key as it may be shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The setting.
    pub row: &'static Row,
    /// Its value without secrets; nothing if it has none.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// Where it is written, if it is.
    pub place: Option<Place>,
}

/// The layers, the environment being chosen.
pub(super) struct Layers<'a> {
    base: &'a Layer,
    over: Option<&'a Layer>,
    env: &'a Env,
    flags: &'a Flags,
    /// The chosen environment.
    pub environment: Option<String>,
}

/// A value before `${…}` is looked up.
struct Picked {
    origin: Origin,
    text: Secret,
    place: Option<Place>,
}

impl Picked {
    fn written(origin: Origin, given: &Given) -> Self {
        Self { origin, text: given.text.clone(), place: Some(given.place.clone()) }
    }

    fn said(origin: Origin, text: &str) -> Self {
        Self { origin, text: Secret::new(text), place: None }
    }
}

impl<'a> Layers<'a> {
    pub fn new(config: &'a Config, env: &'a Env, flags: &'a Flags) -> Result<Self> {
        let mut layers = Self { base: &config.base, over: None, env, flags, environment: None };
        layers.environment = layers.optional("project.default_environment")?;
        if let Some(name) = &layers.environment {
            let over = config.environments.get(name).ok_or_else(|| unknown_environment(name, config))?;
            layers.over = Some(over);
        }
        Ok(layers)
    }

    fn pick(&self, row: &Row) -> Option<Picked> {
        let flag = self.flag(row.key).map(|text| Picked::said(Origin::Flag, text));
        let variable = || self.variable(row).map(|text| Picked::said(Origin::Variable, text));
        let over = || self.over?.get(row.key).map(|given| Picked::written(Origin::Environment, given));
        let base = || self.base.get(row.key).map(|given| Picked::written(Origin::File, given));
        let default = || (!row.default.is_empty()).then(|| Picked::said(Origin::Default, row.default));
        flag.or_else(variable).or_else(over).or_else(base).or_else(default)
    }

    fn flag(&self, key: &str) -> Option<&str> {
        match key {
            "database.url" => self.flags.database.as_ref().map(Secret::expose),
            "project.default_environment" => self.flags.env.as_deref(),
            "policy.wait" => self.flags.wait.as_deref(),
            "policy.on_conflict" => self.flags.on_conflict.as_deref(),
            "policy.on_invalid" => self.flags.on_invalid.as_deref(),
            _ => None,
        }
    }

    fn variable(&self, row: &Row) -> Option<&str> {
        row.variable().and_then(|name| self.env.get(&name))
    }

    /// The value with its variables looked up, and right for the row.
    fn value(&self, row: &Row, picked: &Picked) -> Result<String> {
        let place = |error: Error| match &picked.place {
            Some(place) => error.at(place.clone()),
            None => error,
        };
        let text = match picked.place {
            Some(_) => self.env.interpolate(picked.text.expose()).map_err(place)?,
            None => picked.text.expose().to_owned(),
        };
        row.check(&text).map_err(|words| place(self.bad(row, picked.origin, &words)))?;
        Ok(text)
    }

    fn bad(&self, row: &Row, origin: Origin, words: &str) -> Error {
        let name = match origin {
            Origin::Variable => row.variable().unwrap_or_default(),
            Origin::Flag => flag_name(row.key).to_owned(),
            _ => format!("`{}`", row.key),
        };
        Error::new(codes::BAD_VALUE, format!("{name} {words}"))
    }

    fn optional(&self, key: &str) -> Result<Option<String>> {
        let Some(row) = row(key) else { return Ok(None) };
        self.pick(row).map(|picked| self.value(row, &picked)).transpose()
    }

    pub fn text(&self, key: &str) -> Result<String> {
        Ok(self.optional(key)?.unwrap_or_default())
    }

    pub fn origin(&self, key: &str) -> Origin {
        row(key).and_then(|row| self.pick(row)).map_or(Origin::Default, |picked| picked.origin)
    }

    pub fn switch(&self, key: &str) -> Result<bool> {
        self.parsed(key, values::switch)
    }

    pub fn duration(&self, key: &str) -> Result<Duration> {
        self.parsed(key, values::duration)
    }

    pub fn count(&self, key: &str) -> Result<u64> {
        self.parsed(key, |text| values::count(text, &(0..=i64::MAX)))
    }

    /// What holds of odd rows where a step does not say it.
    pub fn defaults(&self) -> Result<Defaults> {
        let limit = self.optional("policy.max_rejects")?.is_some();
        Ok(Defaults {
            on_conflict: self.parsed("policy.on_conflict", defaults::conflict)?,
            on_invalid: self.word("policy.on_invalid", &defaults::INVALID_WORDS)?,
            max_rejects: if limit { Some(self.parsed("policy.max_rejects", values::limit)?) } else { None },
        })
    }

    pub fn versions(&self, key: &str) -> Result<Option<semver::VersionReq>> {
        if self.optional(key)?.is_none() { Ok(None) } else { self.parsed(key, values::versions).map(Some) }
    }

    pub fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<T> {
        let find = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        self.parsed(key, |text| find(text).ok_or_else(|| "takes another word".to_owned()))
    }

    /// The row has checked the text already: an error here is one between the row and its reader.
    fn parsed<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T> {
        parse(&self.text(key)?).map_err(|words| Error::new(codes::BAD_VALUE, format!("`{key}` {words}")))
    }

    /// The database's URL and where it came from; a variable that is not set is told when the URL is asked for.
    pub fn database(&self) -> (Result<Option<Secret>>, Origin) {
        let row = row("database.url");
        match row.and_then(|row| self.pick(row).map(|picked| (row, picked))) {
            Some((row, picked)) => (self.value(row, &picked).map(|url| Some(Secret::new(url))), picked.origin),
            None => match self.env.get("DATABASE_URL") {
                Some(url) => (Ok(Some(Secret::new(url))), Origin::LastResort),
                None => (Ok(None), Origin::Default),
            },
        }
    }

    pub fn shown(&self) -> Vec<Shown> {
        ROWS.iter().map(|row| self.show(row)).collect()
    }

    fn show(&self, row: &'static Row) -> Shown {
        let picked = self.pick(row);
        let (origin, place) = picked.as_ref().map_or((Origin::Default, None), |p| (p.origin, p.place.clone()));
        let value = picked.map(|picked| match self.value(row, &picked) {
            Ok(text) if matches!(row.takes, Takes::Secret) => show_secret(row, text),
            Ok(text) => text,
            Err(error) => format!("({})", error.message()),
        });
        let (value, origin) = match (row.key, value) {
            ("database.url", None) => match self.database() {
                (Ok(Some(url)), origin) => (Some(url.redacted()), origin),
                _ => (None, origin),
            },
            (_, value) => (value, origin),
        };
        Shown { row, value, origin, place }
    }

    /// Variables that begin like a setting's and are none: probably misspelt.
    pub fn unknown_variables(&self) -> Vec<String> {
        let known: Vec<_> = ROWS.iter().filter_map(Row::variable).collect();
        let sections =
            ["EVOLVE_DATABASE_", "EVOLVE_POLICY_", "EVOLVE_RESTORE_POINTS_", "EVOLVE_NOTIFY_", "EVOLVE_APP_"];
        let names = sections.into_iter().flat_map(|section| self.env.names(section));
        names.filter(|name| !known.iter().any(|known| known == name)).map(str::to_owned).collect()
    }
}

/// A URL without its password; of a webhook nothing, its path is the secret.
fn show_secret(row: &Row, text: String) -> String {
    if row.key == "database.url" { Secret::new(text).redacted() } else { "***".to_owned() }
}

fn flag_name(key: &str) -> &'static str {
    match key {
        "database.url" => "--database",
        "policy.wait" => "--lock-wait",
        "policy.on_conflict" => "--on-conflict",
        "policy.on_invalid" => "--on-invalid",
        _ => "--env",
    }
}

fn unknown_environment(name: &str, config: &Config) -> Error {
    let error =
        Error::new(codes::UNKNOWN_ENV, format!("evolve.toml has no [environment.{name}]")).at(config.place.clone());
    let known: Vec<_> = config.environments.keys().map(String::as_str).collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => error.hint("it has no environment at all"),
        None => error.hint(format!("it has {}", known.join(", "))),
    }
}

/// An error once more, for who asks a second time.
pub(super) fn again(error: &Error) -> Error {
    let mut copy = Error::new(error.code(), error.message());
    if let Some(place) = error.place() {
        copy = copy.at(place.clone());
    }
    match error.hint_text() {
        Some(hint) => copy.hint(hint),
        None => copy,
    }
}
