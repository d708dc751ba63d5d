//! `evolve.sum` written anew: what a person vouches for from now on.
//!
//! Takes the project's files; writes one file, whole, and says what differs from what was sealed before. Must not know
//! whether a difference is right: that is the person's to say.

use crate::catalog::{Files, SUM, Sum};
use crate::error::{Error, Result, Text};
use crate::report::WrittenReport;
use crate::scaffold::{embedded, put};
use std::collections::{BTreeMap, BTreeSet};

/// So many differences are named one by one.
const SHOWN: usize = 50;

/// Seals the files as they are. Where they are as sealed already, nothing is written.
pub fn seal(files: &Files) -> Result<WrittenReport> {
    let Some(root) = files.root() else { return Err(embedded()) };
    let text = Sum::seal(files)?;
    let before = files.sum().map(|file| file.text());
    if let Some(Ok(before)) = &before
        && *before.text == *text
    {
        return Ok(WrittenReport { files: Vec::new(), notes: Vec::new() });
    }
    put::instead(root, SUM, &text)?;
    let notes = match before {
        None => vec![format!("{} sealed for the first time", count(files.sealed().len()))],
        Some(before) => against(before, &text),
    };
    Ok(WrittenReport { files: vec![SUM.to_owned()], notes })
}

/// What differs from the sum before. One that was merged with conflicts still says what either side had sealed.
fn against(before: Result<&Text>, now: &str) -> Vec<String> {
    let broken = |error: &Error| format!("the one before could not be used, and is replaced: {}", error.message());
    match before {
        Err(error) => vec![broken(&error)],
        Ok(before) => {
            let mut notes: Vec<String> = Sum::parse(before).err().iter().map(broken).collect();
            notes.extend(differences(&lines(&before.text), &lines(now)));
            notes
        }
    }
}

/// Digests by path, of every line that has both.
fn lines(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut lines = BTreeMap::<_, BTreeSet<_>>::new();
    for (digest, path) in text.lines().filter_map(|line| line.split_once("  ")).filter(|(digest, _)| digest.len() == 64)
    {
        lines.entry(path).or_default().insert(digest);
    }
    lines
}

/// `added`, `changed` or `removed` with the path, by path.
fn differences(before: &BTreeMap<&str, BTreeSet<&str>>, now: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let gone = before.keys().filter(|path| !now.contains_key(*path)).map(|path| (*path, "removed"));
    let new = now.iter().filter_map(|(path, digests)| match before.get(path) {
        None => Some((*path, "added")),
        Some(sealed) if !digests.is_subset(sealed) => Some((*path, "changed")),
        Some(_) => None,
    });
    let mut all: Vec<(&str, &str)> = gone.chain(new).collect();
    all.sort_unstable();
    let named = all.iter().take(SHOWN).map(|(path, what)| format!("{what} {}", path.escape_debug()));
    let more = (all.len() > SHOWN).then(|| format!("and {} more", all.len() - SHOWN));
    named.chain(more).collect()
}

fn count(files: usize) -> String {
    format!("{files} {}", if files == 1 { "file" } else { "files" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::codes;
    use std::fs;
    use std::path::Path;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "evolve.toml", "[project]\nname = \"x\"\n");
        files.iter().for_each(|(path, text)| write(folder.path(), path, text));
        folder
    }

    fn write(folder: &Path, path: &str, text: &str) {
        fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
        fs::write(folder.join(path), text).unwrap();
    }

    fn sealed(folder: &Path) -> WrittenReport {
        seal(&Files::read(folder).unwrap()).unwrap()
    }

    #[test]
    fn what_is_sealed_is_named_and_sealing_again_writes_nothing() {
        let folder = project(&[("migrations/V1__a.sql", "SELECT 1;\n"), ("migrations/V2__b.sql", "SELECT 2;\n")]);
        let root = folder.path();
        let first = sealed(root);
        assert_eq!(
            (first.files, first.notes),
            (vec![SUM.to_owned()], vec!["2 files sealed for the first time".to_owned()])
        );
        assert_eq!(sealed(root), WrittenReport { files: Vec::new(), notes: Vec::new() });
        write(root, "migrations/V1__a.sql", "SELECT 3;\n");
        fs::remove_file(root.join("migrations/V2__b.sql")).unwrap();
        write(root, "migrations/V3__c.sql", "SELECT 4;\n");
        assert_eq!(
            sealed(root).notes,
            ["changed migrations/V1__a.sql", "removed migrations/V2__b.sql", "added migrations/V3__c.sql"]
        );
        assert_eq!(fs::read_dir(root).unwrap().count(), 3, "nothing is left beside it");
        let files = Files::read(root).unwrap();
        assert_eq!(Sum::parse(files.sum().unwrap().text().unwrap()).unwrap().verify(&files).unwrap(), []);
    }

    #[test]
    fn b40_f122_a_sum_with_conflict_markers_is_replaced_and_what_neither_side_sealed_is_named() {
        let folder = project(&[("migrations/V1__a.sql", "SELECT 1;\n")]);
        let root = folder.path();
        sealed(root);
        let ours = fs::read_to_string(root.join(SUM)).unwrap();
        write(root, SUM, &ours.replacen('\n', "\n<<<<<<< HEAD\n", 1));
        write(root, "migrations/V2__b.sql", "SELECT 2;\n");
        let notes = sealed(root).notes;
        assert!(notes[0].contains("conflict marker"), "{notes:?}");
        assert_eq!(notes[1..], ["added migrations/V2__b.sql"]);
        assert!(sealed(root).files.is_empty());
    }

    #[test]
    fn many_differences_are_counted() {
        let folder = project(&[]);
        sealed(folder.path());
        (1..=60).for_each(|at| write(folder.path(), &format!("migrations/V{at}__a.sql"), "SELECT 1;\n"));
        let notes = sealed(folder.path()).notes;
        assert_eq!((notes.len(), notes.last().unwrap().as_str()), (51, "and 10 more"));
    }

    #[test]
    fn an_embedded_project_has_no_folder_to_write_to() {
        let files = Files::embedded(&[("evolve.toml", "[project]\nname = \"x\"\n")]).unwrap();
        assert_eq!(seal(&files).unwrap_err().code(), codes::NO_PROJECT);
    }

    #[test]
    fn the_example_is_sealed() {
        crate::build::check(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/embedded")).unwrap();
    }
}
