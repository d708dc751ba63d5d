//! A project's files as values: which there are, and what is in them.
//!
//! Takes a folder, or what an application embeds; gives paths with `/` and their canonical text. Listing reads no
//! migration: each file is read once, when it is asked for, from any thread. Only regular files inside the folder are
//! read. Must not know what the files mean, except for the two folders that evolve.toml names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::canonical::canonical;
use super::disk;
use super::folders::Folders;
use super::name;
use crate::error::{Error, Place, Result, Text, codes};

/// The name of the file that makes a folder a project.
pub const CONFIG: &str = "evolve.toml";
/// The name of the file of checksums.
pub const SUM: &str = "evolve.sum";

/// The largest TOML file and the largest sum.
const LARGEST_TEXT: u64 = 8 << 20;
/// The largest SQL file.
const LARGEST_SQL: u64 = 64 << 20;

/// One file, read when it is asked for.
#[derive(Debug)]
pub struct File {
    path: String,
    source: Source,
    text: OnceLock<Text>,
}

#[derive(Debug)]
enum Source {
    Disk(PathBuf),
    Memory(&'static str),
}

impl File {
    fn new(path: String, source: Source) -> Arc<Self> {
        Arc::new(Self { path, source, text: OnceLock::new() })
    }

    /// The path relative to the project's folder, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file's text in canonical form.
    pub fn text(&self) -> Result<&Text> {
        if let Some(text) = self.text.get() {
            return Ok(text);
        }
        let text = self.read().map_err(|error| error.at(Place::file(&*self.path)))?;
        Ok(self.text.get_or_init(|| Text::new(&*self.path, text)))
    }

    fn read(&self) -> Result<String> {
        let largest = if self.path.ends_with(".sql") { LARGEST_SQL } else { LARGEST_TEXT };
        match &self.source {
            Source::Memory(text) if text.len() as u64 > largest => Err(disk::too_large(largest)),
            Source::Memory(text) => canonical(text.as_bytes()),
            Source::Disk(path) => canonical(&disk::read(path, largest)?),
        }
    }
}

/// Something about the files that is no error and should be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is, one sentence without a full stop.
    pub message: String,
    /// The file or folder.
    pub path: String,
}

/// The files of a project.
#[derive(Debug)]
pub struct Files {
    root: Option<PathBuf>,
    folders: Folders,
    config: Arc<File>,
    sum: Option<Arc<File>>,
    migrations: BTreeMap<String, Arc<File>>,
    stages: BTreeMap<String, Arc<File>>,
    ignored: Vec<String>,
    warnings: Vec<Warning>,
}

impl Files {
    /// Lists the project in this folder.
    pub fn read(root: &Path) -> Result<Self> {
        let inside = disk::Root::open(root)?;
        let Some(config) = inside.file(CONFIG)? else { return Err(no_project(root)) };
        let mut files = Self::of(Some(root.to_owned()), File::new(CONFIG.to_owned(), Source::Disk(config)))?;
        if let Some(sum) = inside.file_itself(SUM)? {
            files.sum = Some(File::new(SUM.to_owned(), Source::Disk(sum)));
        }
        let folders = files.folders.clone();
        for (path, on_disk) in inside.walk(&folders.migrations, folders.migrations_given)? {
            files.add_migration(path, Source::Disk(on_disk));
        }
        for (path, on_disk) in inside.list(&folders.plans, folders.plans_given)? {
            files.add_stage(path, Source::Disk(on_disk))?;
        }
        files.warnings = inside.open_to_all(&[".", CONFIG, SUM, &folders.migrations, &folders.plans]);
        files.refuse_twins()?;
        Ok(files)
    }

    /// The project that an application carries inside itself: pairs of path and text, as `evolve::build::embed` writes
    /// them.
    pub fn embedded(pairs: &'static [(&'static str, &'static str)]) -> Result<Self> {
        let config =
            pairs.iter().find(|(path, _)| *path == CONFIG).ok_or_else(|| no_project(Path::new("(embedded)")))?;
        let mut files = Self::of(None, File::new(CONFIG.to_owned(), Source::Memory(config.1)))?;
        let folders = files.folders.clone();
        for (path, text) in pairs {
            let source = Source::Memory(text);
            if *path == SUM {
                files.sum = Some(File::new(SUM.to_owned(), source));
            } else if path.strip_prefix(&*folders.migrations).is_some_and(|rest| rest.starts_with('/')) {
                files.add_migration((*path).to_owned(), source);
            } else if path.rsplit_once('/').is_some_and(|(folder, _)| folder == folders.plans) {
                files.add_stage((*path).to_owned(), source)?;
            }
        }
        files.refuse_twins()?;
        Ok(files)
    }

    fn of(root: Option<PathBuf>, config: Arc<File>) -> Result<Self> {
        let folders = Folders::parse(config.text()?)?;
        let (migrations, stages) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { root, folders, config, sum: None, migrations, stages, ignored: Vec::new(), warnings: Vec::new() })
    }

    fn add_migration(&mut self, path: String, source: Source) {
        if name::is_ignored(path.rsplit('/').next().unwrap_or(&path)) {
            self.ignored.push(path);
        } else {
            self.migrations.insert(path.clone(), File::new(path, source));
        }
    }

    fn add_stage(&mut self, path: String, source: Source) -> Result<()> {
        let file_name = path.rsplit('/').next().unwrap_or(&path);
        if file_name.starts_with('.') || !file_name.to_ascii_lowercase().ends_with(".toml") {
            self.ignored.push(path);
            return Ok(());
        }
        if !file_name.ends_with(".toml") {
            let message = format!("`{file_name}` looks like a stage file and is not one: its ending is not `.toml`");
            return Err(Error::new(codes::BAD_FILE_NAME, message).at(Place::file(path)));
        }
        self.stages.insert(path.clone(), File::new(path, source));
        Ok(())
    }

    /// Two paths that one file system keeps apart and another does not.
    fn refuse_twins(&self) -> Result<()> {
        let mut seen = BTreeMap::new();
        for path in self.migrations.keys().chain(self.stages.keys()) {
            if let Some(other) = seen.insert(path.to_lowercase(), path) {
                let message = format!("`{other}` and `{path}` differ by capital letters only");
                return Err(Error::new(codes::BAD_FILE_NAME, message)
                    .at(Place::file(path))
                    .hint("some file systems hold only one of them: rename or remove one"));
            }
        }
        Ok(())
    }

    /// The project's folder; nothing if it is embedded.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The folder of the migrations, relative to the project's.
    pub fn migrations_folder(&self) -> &str {
        &self.folders.migrations
    }

    /// The folder of the stage files, relative to the project's.
    pub fn plans_folder(&self) -> &str {
        &self.folders.plans
    }

    /// evolve.toml.
    pub fn config(&self) -> &Arc<File> {
        &self.config
    }

    /// evolve.sum, if there is one.
    pub fn sum(&self) -> Option<&Arc<File>> {
        self.sum.as_ref()
    }

    /// Every file of the migrations folder that is a migration, or looks like one, by path.
    pub fn migrations(&self) -> impl Iterator<Item = &Arc<File>> {
        self.migrations.values()
    }

    /// The stage files, by path.
    pub fn stages(&self) -> impl Iterator<Item = &Arc<File>> {
        self.stages.values()
    }

    /// What evolve.sum seals: migrations with their twins and reverses, and stage files, by path.
    pub fn sealed(&self) -> BTreeMap<&str, &Arc<File>> {
        self.migrations.iter().chain(&self.stages).map(|(path, file)| (path.as_str(), file)).collect()
    }

    /// One file of the project by its path.
    pub fn get(&self, path: &str) -> Option<&Arc<File>> {
        match path {
            CONFIG => Some(&self.config),
            SUM => self.sum.as_ref(),
            _ => self.migrations.get(path).or_else(|| self.stages.get(path)),
        }
    }

    /// Files in the two folders that are none of evolve's.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// What should be said about the files.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

fn no_project(root: &Path) -> Error {
    Error::new(codes::NO_PROJECT, format!("there is no evolve.toml in {}", root.display()))
        .hint("`evolve init` starts a project; `--project DIR` names another folder")
}

#[cfg(test)]
mod tests;
