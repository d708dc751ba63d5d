//! A new stage file, with the next major version.

use super::put;
use crate::catalog::{Catalog, Stage, canonical, check_identifier};
use crate::error::{Error, Place, Result, Text, codes};
use crate::report::WrittenReport;
use semver::Version;
use std::path::Path;

/// Writes the file. The first stage file of a project lists every migration there is.
pub fn write(catalog: &Catalog, root: &Path, name: &str, other: Option<&str>) -> Result<WrittenReport> {
    if let Some(other) = other {
        let message = format!(
            "a stage comes after the last one, and belongs to none: {} cannot be named here",
            other.escape_debug()
        );
        return Err(Error::new(codes::BAD_VALUE, message));
    }
    check_identifier(name)?;
    refuse_taken(catalog, name)?;
    let last = catalog.stages.last().filter(|stage| !stage.path.is_empty());
    let major = last.map_or(Some(1), |stage| stage.version.major.checked_add(1));
    let major =
        major.ok_or_else(|| Error::new(codes::BAD_STAGE, "the last stage has the largest major version there is"))?;
    let migrations =
        if last.is_none() { catalog.migrations.iter().map(|it| it.id.clone()).collect() } else { Vec::new() };
    let text = text(name, major, last, &migrations);
    let folder = catalog.files.plans_folder();
    let path = if folder == "." { format!("{name}.toml") } else { format!("{folder}/{name}.toml") };
    parse(&path, &text)?;
    put::new(root, &[(path.clone(), text)])?;
    let notes = match migrations.len() {
        0 => Vec::new(),
        1 => vec![format!("{path} is the first stage file, and lists the one migration there is")],
        count => vec![format!("{path} is the first stage file, and lists all {count} migrations there are")],
    };
    Ok(WrittenReport { files: vec![path], notes })
}

fn text(name: &str, major: u64, last: Option<&Stage>, migrations: &[String]) -> String {
    let requires = last.map(|last| {
        format!("requires   = \"{}\"               # the stage versions it can start from\n", requires(&last.version))
    });
    let ids: Vec<String> = migrations.iter().map(|id| format!("\"{id}\"")).collect();
    format!(
        "\
[stage]
name       = \"{name}\"
version    = \"{major}.0.0\"              # a change that breaks the application before it needs a new major
# title    = \"…\"                  # what a person calls it
{}migrations = [{}]                   # `evolve new migration NAME` writes one and lists it here
downtime   = false                # `evolve plan` contradicts it if it knows better

# Data that moves stands here: `evolve new convert NAME` and its like write a step ready to fill in.
",
        requires.unwrap_or_default(),
        ids.join(", ")
    )
}

/// What a stage after this one can start from.
fn requires(version: &Version) -> String {
    if version.pre.is_empty() { format!("^{}.{}", version.major, version.minor) } else { format!("={version}") }
}

/// A name that a step or stage of the project has already.
pub fn refuse_taken(catalog: &Catalog, name: &str) -> Result<()> {
    match catalog.names().any(|taken| taken == name) && catalog.stage(name).is_none_or(|stage| !stage.path.is_empty()) {
        true => Err(Error::new(codes::DUPLICATE_ID, format!("the project has something called `{name}` already"))),
        false => Ok(()),
    }
}

/// A stage file's text as it is, to the byte.
pub fn raw(root: &Path, path: &str) -> Result<String> {
    let failed = |error: std::io::Error| {
        Error::new(codes::NOT_READABLE, format!("`{path}` cannot be read: {}", error.kind())).at(Place::file(path))
    };
    std::fs::read_to_string(root.join(path)).map_err(failed)
}

/// The stage that a text is; an error has no place, for the text is in no file yet.
pub fn parse(path: &str, text: &str) -> Result<Stage> {
    let canonical = canonical(text.as_bytes())?;
    Stage::parse(&Text::new(path, canonical)).map_err(|error| {
        let plain = Error::new(error.code(), error.message());
        match error.hint_text() {
            Some(hint) => plain.hint(hint),
            None => plain,
        }
    })
}
