//! A migration: one SQL file with its twins and reverses.
//!
//! Takes the listed files; gives migrations by version, whose texts, directives and digests are read when they are
//! asked for. Must not know SQL beyond comments, nor in which stage a migration is.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::digest;
use super::directives::Directives;
use super::files::{File, Files};
use super::head;
use super::name::{self, FileName, MigrationKind};
use crate::error::{Error, Place, Result, Text, codes, nearest};

/// One migration.
#[derive(Debug)]
pub struct Migration {
    /// `V4`, `U4` or `R__name`.
    pub id: String,
    /// V, U or R.
    pub kind: MigrationKind,
    /// The version; 0 for a repeatable.
    pub version: i64,
    /// The words of the file name, as refinery hashes them.
    pub name: String,
    /// The plain file.
    pub path: String,
    up: Sides,
    down: Option<Sides>,
    scripts: Cells<Script>,
}

/// A file and its twins.
#[derive(Debug, Default)]
struct Sides {
    plain: Option<Arc<File>>,
    twins: BTreeMap<&'static str, Arc<File>>,
}

impl Sides {
    fn of(&self, dialect: &str) -> Option<&Arc<File>> {
        self.twins.get(dialect).or(self.plain.as_ref())
    }

    fn slot(&mut self, dialect: Option<&'static str>, file: Arc<File>) {
        match dialect {
            Some(dialect) => drop(self.twins.insert(dialect, file)),
            None => self.plain = Some(file),
        }
    }

    fn any(&self) -> Option<&Arc<File>> {
        self.plain.as_ref().or_else(|| self.twins.values().next())
    }
}

/// One value for each engine with a file of its own, and one for the others.
#[derive(Debug)]
struct Cells<T>([OnceLock<T>; name::DIALECTS.len() + 1]);

impl<T> Cells<T> {
    fn new() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }

    fn of(&self, dialect: &str) -> &OnceLock<T> {
        let at = name::DIALECTS.iter().position(|known| *known == dialect);
        &self.0[at.unwrap_or(name::DIALECTS.len())]
    }
}

/// What runs on one engine.
#[derive(Debug, Clone)]
pub struct Script {
    /// The twin's text, or the plain file's.
    pub text: Text,
    /// The plain file's text, which is what refinery's history knows.
    pub plain: Text,
    /// The directives at the head of what runs.
    pub directives: Directives,
    /// `sha256:…` over the id, the name and the text of what runs.
    pub digest: String,
}

impl Script {
    /// A down file, as what would run.
    pub fn of_down(text: &Text) -> Result<Self> {
        let directives = Directives::parse(text)?;
        Ok(Self { text: text.clone(), plain: text.clone(), directives, digest: String::new() })
    }
}

impl Migration {
    /// What runs on this engine.
    pub fn script(&self, dialect: &str) -> Result<&Script> {
        let cell = self.scripts.of(dialect);
        if let Some(script) = cell.get() {
            return Ok(script);
        }
        let script = self.read_script(dialect)?;
        Ok(cell.get_or_init(|| script))
    }

    fn read_script(&self, dialect: &str) -> Result<Script> {
        let text = self.text_of(self.up.of(dialect))?;
        let plain = self.text_of(self.up.plain.as_ref())?;
        let directives = Directives::of(&text, &head::of_filled(&text)?)?;
        let digest = digest::of_step(&[&self.id, &self.name, &text.text]);
        Ok(Script { text, plain, directives, digest })
    }

    fn text_of(&self, file: Option<&Arc<File>>) -> Result<Text> {
        let missing =
            || Error::new(codes::NOT_READABLE, format!("{} has no file", self.id)).at(Place::file(&*self.path));
        file.ok_or_else(missing)?.text().cloned()
    }

    /// Whether there is a reverse for this engine; it is not read.
    pub fn has_down(&self, dialect: &str) -> bool {
        self.down_file(dialect).is_some()
    }

    /// The reverse for this engine, if there is one. Its own directives are [`Directives::parse`]d by who runs it.
    pub fn down(&self, dialect: &str) -> Result<Option<&Text>> {
        let Some(file) = self.down_file(dialect) else { return Ok(None) };
        let text = file.text()?;
        head::of_filled(text)?;
        Ok(Some(text))
    }

    fn down_file(&self, dialect: &str) -> Option<&Arc<File>> {
        self.down.as_ref().and_then(|down| down.of(dialect))
    }

    /// The file that runs on this engine.
    pub fn path_of(&self, dialect: &str) -> &str {
        self.up.of(dialect).map_or(&self.path, |file| file.path())
    }
}

/// The migrations among these files, by version.
pub fn list(files: &Files) -> Result<Vec<Migration>> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for file in files.migrations() {
        if let Some(name) = name::read(file.path())? {
            groups.entry(name.base.clone()).or_insert_with(|| Group::new(&name)).add(&name, file);
        }
    }
    if let Some(orphan) = groups.values().find(|group| group.up.plain.is_none()) {
        return Err(orphaned(orphan, &groups));
    }
    let mut migrations = groups.into_values().map(Group::into_migration).collect::<Result<Vec<_>>>()?;
    migrations.sort_by(|a, b| (a.version, a.kind, &a.path).cmp(&(b.version, b.kind, &b.path)));
    refuse_one_version_twice(&migrations)?;
    Ok(migrations)
}

struct Group {
    name: FileName,
    up: Sides,
    down: Option<Sides>,
}

impl Group {
    fn new(name: &FileName) -> Self {
        Self { name: name.clone(), up: Sides::default(), down: None }
    }

    fn add(&mut self, name: &FileName, file: &Arc<File>) {
        let sides = if name.down { self.down.get_or_insert_default() } else { &mut self.up };
        sides.slot(name.dialect, Arc::clone(file));
    }

    fn path(&self) -> String {
        let file = self.up.any().or_else(|| self.down.as_ref().and_then(Sides::any));
        file.map_or_else(|| self.name.base.clone(), |file| file.path().to_owned())
    }

    fn into_migration(self) -> Result<Migration> {
        let path = self.path();
        let FileName { kind, version, name, .. } = self.name.clone();
        if kind == MigrationKind::Repeatable {
            return Err(Error::new(codes::NOT_YET, "repeatable migrations come in a later version of evolve")
                .at(Place::file(path))
                .hint("until then make the view or trigger in a migration with a version"));
        }
        let (up, down, scripts) = (self.up, self.down, Cells::new());
        Ok(Migration { id: self.name.id(), kind, version, name, path, up, down, scripts })
    }
}

fn orphaned(orphan: &Group, groups: &BTreeMap<String, Group>) -> Error {
    let plain = format!("{}.sql", orphan.name.base);
    let error =
        Error::new(codes::ORPHAN_DOWN, format!("`{}` has no `{plain}`", orphan.path())).at(Place::file(orphan.path()));
    let whole = groups.values().filter(|group| group.up.plain.is_some());
    let same = whole.clone().find(|group| group.name.id() == orphan.name.id());
    let near = nearest(&orphan.name.base, whole.map(|group| group.name.base.as_str()));
    match same.map(|group| group.name.base.as_str()).or(near) {
        Some(near) => {
            error.hint(format!("does it belong to `{near}.sql`? then give it the same name before the first dot"))
        }
        None => error.hint("write the forward file, or remove this one"),
    }
}

fn refuse_one_version_twice(migrations: &[Migration]) -> Result<()> {
    match migrations.windows(2).find(|pair| pair[0].version == pair[1].version) {
        Some([first, second]) => Err(Error::new(
            codes::DUPLICATE_VERSION,
            format!("version {} is in two files: `{}` and `{}`", first.version, first.path, second.path),
        )
        .at(Place::file(&*second.path))
        .hint("give one of them the next free version")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
