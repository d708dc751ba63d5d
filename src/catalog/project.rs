//! The catalog: everything a project's files say, compared with each other.
//!
//! Takes [`Files`]; gives migrations by version, stages by version, and who owns what. Migrations' texts are read when
//! they are asked for. Must not know a database, nor the order of steps: that is the graph's.

use std::collections::{BTreeMap, BTreeSet};

use super::config::Config;
use super::defaults::Defaults;
use super::files::{Files, Warning};
use super::migration::{self, Migration};
use super::stage::Stage;
use super::sum::{self, Sum};
use super::transformation::Transformation;
use crate::error::{Error, Place, Result, codes, nearest};

/// A project, read.
#[derive(Debug)]
pub struct Catalog {
    /// Its files.
    pub files: Files,
    /// evolve.toml.
    pub config: Config,
    /// Its migrations, by version.
    pub migrations: Vec<Migration>,
    /// Its stages, by version.
    pub stages: Vec<Stage>,
    /// Stage by the id of a step.
    owners: BTreeMap<String, usize>,
    /// Migration by id.
    by_id: BTreeMap<String, usize>,
}

/// Whether the files are as they were sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumState {
    /// There is no evolve.sum: the project runs, with a warning.
    Absent,
    /// Every file is as it was sealed.
    Verified,
}

impl Catalog {
    /// Reads a project. Whatever can be said without the migrations' texts is said here; evolve.sum is not looked at,
    /// so that `evolve seal` can write it anew.
    pub fn read(files: Files) -> Result<Self> {
        let config = Config::parse(files.config().text()?)?;
        let migrations = migration::list(&files)?;
        let stages = read_stages(&files, &migrations)?;
        let owners = own(&migrations, &stages)?;
        let by_id = migrations.iter().enumerate().map(|(at, migration)| (migration.id.clone(), at)).collect();
        Ok(Self { files, config, migrations, stages, owners, by_id })
    }

    /// Says what holds where a transformation does not say it.
    pub fn settle(&mut self, defaults: &Defaults) {
        for transformation in self.stages.iter_mut().flat_map(|stage| &mut stage.transformations) {
            transformation.defaults = defaults.clone();
        }
    }

    /// A migration by its id, `V4`.
    pub fn migration(&self, id: &str) -> Option<&Migration> {
        self.by_id.get(id).map(|at| &self.migrations[*at])
    }

    /// A transformation by its id.
    pub fn transformation(&self, id: &str) -> Option<&Transformation> {
        let steps = &self.owner(id)?.transformations;
        steps.binary_search_by(|step| step.id.as_str().cmp(id)).ok().map(|at| &steps[at])
    }

    /// A stage by its name, or by its version.
    pub fn stage(&self, name_or_version: &str) -> Option<&Stage> {
        let by_name = self.stages.iter().find(|stage| stage.name == name_or_version);
        by_name.or_else(|| self.stages.iter().find(|stage| stage.version.to_string() == name_or_version))
    }

    /// The stage that a step belongs to.
    pub fn owner(&self, step: &str) -> Option<&Stage> {
        self.owners.get(step).map(|at| &self.stages[*at])
    }

    /// Every name that a person could have meant: ids of steps, and stages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.owners.keys().map(String::as_str).chain(self.stages.iter().map(|stage| stage.name.as_str()))
    }

    /// evolve.sum, if there is one.
    pub fn sum(&self) -> Result<Option<Sum>> {
        self.files.sum().map(|file| Sum::parse(file.text()?)).transpose()
    }

    /// Whether the files are as they were sealed; an error that names them if not.
    pub fn verify_sum(&self) -> Result<SumState> {
        let Some(sealed) = self.sum()? else { return Ok(SumState::Absent) };
        let differences = sealed.verify(&self.files)?;
        if differences.is_empty() { Ok(SumState::Verified) } else { Err(sum::not_as_sealed(&differences)) }
    }

    /// What should be said about the files and is no error.
    pub fn warnings(&self) -> &[Warning] {
        self.files.warnings()
    }

    /// Files in the project's folders that are none of evolve's.
    pub fn ignored(&self) -> &[String] {
        self.files.ignored()
    }
}

fn read_stages(files: &Files, migrations: &[Migration]) -> Result<Vec<Stage>> {
    let mut stages = files.stages().map(|file| Stage::parse(file.text()?)).collect::<Result<Vec<_>>>()?;
    if stages.is_empty() {
        return Ok(vec![Stage::main(migrations.iter().map(|migration| migration.id.clone()).collect())]);
    }
    stages.sort_by(|a, b| a.version.cmp(&b.version));
    for pair in stages.windows(2) {
        if pair[0].version.cmp_precedence(&pair[1].version).is_eq() {
            let message = format!("the stages `{}` and `{}` have one version", pair[0].name, pair[1].name);
            return Err(twice(message, &pair[1].place, &pair[0].place));
        }
    }
    Ok(stages)
}

/// Stage by step; each migration is listed by exactly one stage, each name is there once.
fn own(migrations: &[Migration], stages: &[Stage]) -> Result<BTreeMap<String, usize>> {
    refuse_one_name_twice(stages)?;
    let known: BTreeSet<&str> = migrations.iter().map(|migration| migration.id.as_str()).collect();
    let mut owners = BTreeMap::new();
    for (at, stage) in stages.iter().enumerate() {
        for (id, place) in stage.migrations.iter().zip(&stage.listed_at) {
            if !known.contains(id.as_str()) {
                return Err(unknown_migration(id, place, migrations));
            }
            if let Some(other) = owners.insert(id.clone(), at) {
                let other: &Stage = &stages[other];
                let message = format!("{id} is listed by two stages, `{}` and `{}`", other.name, stage.name);
                let message = if other.name == stage.name { format!("{id} is listed twice") } else { message };
                return Err(Error::new(codes::UNOWNED, message).at(place.clone()));
            }
        }
        owners.extend(stage.transformations.iter().map(|step| (step.id.clone(), at)));
    }
    match migrations.iter().find(|migration| !owners.contains_key(&migration.id)) {
        Some(unowned) => Err(Error::new(codes::UNOWNED, format!("no stage lists {}", unowned.id))
            .at(Place::file(&*unowned.path))
            .hint(format!("add \"{}\" to `migrations` of a stage file", unowned.id))),
        None => Ok(owners),
    }
}

fn refuse_one_name_twice(stages: &[Stage]) -> Result<()> {
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    let steps = stages.iter().flat_map(|stage| &stage.transformations).map(|step| (&*step.id, &step.place));
    for (name, place) in stages.iter().map(|stage| (&*stage.name, &stage.place)).chain(steps) {
        if let Some(other) = seen.insert(name, place) {
            return Err(twice(format!("two things of the project are called `{name}`"), place, other));
        }
    }
    Ok(())
}

fn twice(message: String, place: &Place, other: &Place) -> Error {
    Error::new(codes::DUPLICATE_ID, message).at(place.clone()).hint(format!("the other one is at {other}"))
}

fn unknown_migration(id: &str, place: &Place, migrations: &[Migration]) -> Error {
    let error = Error::new(codes::UNOWNED, format!("there is no migration {}", id.escape_debug())).at(place.clone());
    match nearest(id, migrations.iter().map(|migration| migration.id.as_str())) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("write the file, or take it off the list"),
    }
}

#[cfg(test)]
mod tests;
