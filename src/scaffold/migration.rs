//! A new migration: the file with the next free version, and its line in the stage file.

use super::{list, names, put};
use crate::catalog::{Catalog, Stage, name};
use crate::error::{Error, Place, Result, codes};
use crate::report::WrittenReport;
use std::path::Path;

/// Writes the file and lists it in the stage's.
pub fn write(catalog: &Catalog, root: &Path, given: &str, stage: &Stage) -> Result<WrittenReport> {
    let words = names::migration(given)?;
    let (version, digits) = next(catalog)?;
    let folder = catalog.files.migrations_folder();
    let folder = if folder == "." { String::new() } else { format!("{folder}/") };
    let path = format!("{folder}V{digits}__{words}.sql");
    name::read(&path).map_err(|error| Error::new(codes::BAD_NAME, error.message()))?;
    let id = format!("V{version}");
    let listed = listed(root, stage, &id)?;
    let new = [(path.clone(), text(&words, &path))];
    put::new(root, &new)?;
    let mut report = WrittenReport { files: vec![path], notes: Vec::new() };
    match listed {
        Listed::NoFile => {
            report.notes.push(format!("the project has no stage files: {id} belongs to its one stage, `main`"))
        }
        Listed::ByHand => report.notes.push(format!("add \"{id}\" to `migrations` in {}", stage.path)),
        Listed::Text(text) => {
            put::instead(root, &stage.path, &text).inspect_err(|_| put::remove(root, &new))?;
            report.files.push(stage.path.clone());
            report.notes.push(format!("{} lists {id} now", stage.path));
        }
    }
    Ok(report)
}

/// How the migration gets into its stage.
enum Listed {
    /// By being there.
    NoFile,
    /// A person does it.
    ByHand,
    /// This is the stage file's new text.
    Text(String),
}

fn listed(root: &Path, stage: &Stage, id: &str) -> Result<Listed> {
    if stage.path.is_empty() {
        return Ok(Listed::NoFile);
    }
    let text = super::stage::raw(root, &stage.path)?;
    Ok(list::with(&text, id).map_or(Listed::ByHand, Listed::Text))
}

/// The next version, and its digits: with as many zeros as the last file's name has.
fn next(catalog: &Catalog) -> Result<(i64, String)> {
    let Some(last) = catalog.migrations.iter().max_by_key(|migration| migration.version) else {
        return Ok((1, "1".to_owned()));
    };
    let version = last.version.checked_add(1).ok_or_else(|| {
        Error::new(codes::BAD_NAME, format!("{} has the largest version there is", last.id))
            .at(Place::file(&*last.path))
    })?;
    let file_name = last.path.rsplit('/').next().unwrap_or_default();
    let digits: String = file_name.chars().skip(1).take_while(char::is_ascii_digit).collect();
    let width = if digits.starts_with('0') { digits.len() } else { 1 };
    Ok((version, format!("{version:0width$}")))
}

fn text(words: &str, path: &str) -> String {
    let down = path.trim_end_matches(".sql");
    format!(
        "\
-- {}: say here what for.
--
-- The statements below run in one transaction, together with their record. Where their way back follows from them, evolve
-- derives it; where it does not, `evolve plan` says so, and {down}.down.sql can hold it.

",
        names::title(words)
    )
}
