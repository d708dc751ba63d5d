//! A project to begin with, which runs as it is.

use super::{names, put};
use crate::catalog::{CONFIG, check_name, name};
use crate::error::{Error, Place, Result, codes};
use crate::report::WrittenReport;
use std::path::Path;

/// Starts a project in this folder, which is made if it is not there. Where migrations or stage files are there
/// already, only evolve.toml is written. Without a name the project is called as the folder.
pub fn init(folder: &Path, name: Option<&str>) -> Result<WrittenReport> {
    if let Some(name) = name {
        check_name(name)?;
    }
    let name = name.map_or_else(|| name_of(folder), str::to_owned);
    let words = Some(names::snake(&name)).filter(|words| !words.is_empty() && words.is_ascii());
    let words = words.map_or_else(|| "project".to_owned(), |words| words.chars().take(60).collect());
    std::fs::create_dir_all(folder).map_err(|error| {
        let shown = folder.display().to_string();
        Error::new(codes::NOT_WRITABLE, format!("the folder cannot be made: {}", error.kind())).at(Place::file(shown))
    })?;
    let found = Found::of(folder);
    let mut files = vec![(CONFIG.to_owned(), config(&name, &words, &found))];
    if found == Found::Nothing {
        files.push((format!("migrations/V1__{words}.sql"), MIGRATION.to_owned()));
        files.push(("plans/mvp1.toml".to_owned(), STAGE.to_owned()));
        if !folder.join(".gitignore").exists() {
            files.push((".gitignore".to_owned(), GITIGNORE.to_owned()));
        }
    }
    put::new(folder, &files)?;
    Ok(WrittenReport { notes: notes(folder, &found, &words), files: files.into_iter().map(|(path, _)| path).collect() })
}

/// The folder's own name, if it can be one.
fn name_of(folder: &Path) -> String {
    let whole = std::path::absolute(folder).and_then(|path| path.canonicalize().or(Ok(path)));
    let name = whole.ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
    name.filter(|name| check_name(name).is_ok()).unwrap_or_else(|| "project".to_owned())
}

/// What of a project is there already.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// A folder of migrations, such as refinery's.
    Migrations,
    /// Stage files too.
    Stages,
}

impl Found {
    fn of(folder: &Path) -> Self {
        if holds(&folder.join("plans"), 0, &|name| name.ends_with(".toml")) {
            Self::Stages
        } else if holds(&folder.join("migrations"), DEEPEST, &|file| !name::is_ignored(file)) {
            Self::Migrations
        } else {
            Self::Nothing
        }
    }
}

/// Folders below folders, at most: as deep as migrations are looked for.
const DEEPEST: usize = 32;

/// Whether a file of such a name is in this folder, or so many levels below it.
fn holds(folder: &Path, below: usize, wanted: &dyn Fn(&str) -> bool) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => below > 0 && holds(&entry.path(), below - 1, wanted),
        _ => entry.file_name().to_str().is_some_and(wanted),
    })
}

fn notes(folder: &Path, found: &Found, words: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if *found != Found::Nothing {
        notes.push(format!("`[database] url` in {CONFIG} is a guess, {words}.db: put your database there"));
        notes.push("`evolve init --adopt` takes over a database that refinery has migrated".to_owned());
    }
    if *found == Found::Migrations {
        notes.push(
            "your migrations are the project's one stage, `main`; `evolve new stage mvp1` begins with stages"
                .to_owned(),
        );
    }
    let ignored = std::fs::read_to_string(folder.join(".gitignore")).unwrap_or_default();
    if !ignored.contains(".evolve") {
        notes.push(
            "add `.evolve/` and `*.db*` to .gitignore: restore points and databases are this machine's own".to_owned(),
        );
    }
    notes
}

fn config(name: &str, words: &str, found: &Found) -> String {
    let guess = if *found == Found::Nothing {
        "EVOLVE_DATABASE_URL and --database win over this"
    } else {
        "a guess: put your database here"
    };
    let name = toml::Value::String(name.to_owned());
    format!(
        "\
# `evolve status` says where the database stands, `evolve plan` what would come, `evolve up` does it.

[project]
name = {name}

[database]
url = \"sqlite:{words}.db\"  # {guess}
foreign_keys = true  # as the application runs it

# Another database of the same project, for --env staging.
# [environment.staging]
# url = \"${{STAGING_DATABASE_URL}}\"

# What `up` refuses: any plan above this risk (none, low, medium, high, critical).
# [policy]
# max_risk = \"high\"
"
    )
}

const MIGRATION: &str = "\
-- What the first version of the application keeps. Change it as you like until it was applied somewhere that counts;
-- from then on every change is a migration of its own: `evolve new migration NAME`.

CREATE TABLE notes (
    id          INTEGER PRIMARY KEY,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL DEFAULT '',
    created_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);

CREATE INDEX notes_by_created_at ON notes (created_at);
";

const STAGE: &str = "\
# A stage is a milestone of the product: what belongs to it stands here. `evolve new stage NAME` begins the next one.

[stage]
name       = \"mvp1\"
version    = \"1.0.0\"
title      = \"The first version\"
migrations = [\"V1\"]
downtime   = false
";

const GITIGNORE: &str = "\
# Restore points, logs, reports: this machine's own, may be deleted.
/.evolve/
# Databases.
*.db
*.db-wal
*.db-shm
";
