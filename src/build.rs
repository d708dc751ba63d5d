//! For an application's `build.rs`: a changed, missing or unsealed file fails the build, by name.
//!
//! Takes the project's folder; gives nothing, or what an application embeds. Needs neither a database nor the rest of
//! evolve:
//!
//! ```toml
//! [build-dependencies]
//! evolve = { version = "0.1", default-features = false, features = ["build"] }
//! ```
//! ```no_run
//! evolve::build::verify(".");
//! ```

use std::fmt::Write as _;
use std::path::Path;

use crate::catalog::{CONFIG, File, Files, SUM, Sum, list_migrations, not_as_sealed};
use crate::error::{Error, Place, Result, codes};

/// Checks that the files are as `evolve.sum` has sealed them. Prints what cargo watches.
///
/// # Panics
///
/// If they are not, or cannot be read: that is how a build script fails. The message names the files and the command.
pub fn verify(root: impl AsRef<Path>) {
    let root = root.as_ref();
    watch(root);
    if let Err(error) = check(root) {
        fail(&error);
    }
}

/// The same as [`verify`], without printing and without panicking. A project without `evolve.sum` is an error here.
pub fn check(root: impl AsRef<Path>) -> Result<()> {
    checked(root.as_ref()).map(drop)
}

/// [`verify`], and then a file for the application to include: its project as `EVOLVE_PROJECT`, for
/// `Files::embedded(EVOLVE_PROJECT)`.
///
/// ```ignore
/// include!(concat!(env!("OUT_DIR"), "/evolve_project.rs"));
/// ```
///
/// # Panics
///
/// As [`verify`]; and if the file cannot be written.
pub fn embed(root: impl AsRef<Path>) {
    let root = root.as_ref();
    watch(root);
    if let Err(error) = checked(root).and_then(|files| write_embedded(root, &files)) {
        fail(&error);
    }
}

fn checked(root: &Path) -> Result<Files> {
    let files = Files::read(root)?;
    list_migrations(&files)?;
    let Some(sum) = files.sum() else {
        return Err(Error::new(codes::NOT_AS_SEALED, "there is no evolve.sum").hint("`evolve seal` writes it"));
    };
    let differences = Sum::parse(sum.text()?)?.verify(&files)?;
    if differences.is_empty() { Ok(files) } else { Err(not_as_sealed(&differences)) }
}

/// Cargo runs the script again when one of these changes; of a folder it looks at every file.
#[allow(clippy::print_stdout)]
fn watch(root: &Path) {
    let folders =
        Files::read(root).map(|files| [files.migrations_folder().to_owned(), files.plans_folder().to_owned()]);
    let folders = folders.unwrap_or_else(|_| ["migrations".to_owned(), "plans".to_owned()]);
    for path in [CONFIG, SUM].into_iter().chain(folders.iter().map(String::as_str)) {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
}

#[allow(clippy::panic)]
fn fail(error: &Error) -> ! {
    let hint = error.hint_text().map(|hint| format!("\n  {hint}")).unwrap_or_default();
    panic!("evolve: {error}{hint}")
}

fn write_embedded(root: &Path, files: &Files) -> Result<()> {
    let out = std::env::var_os("OUT_DIR")
        .ok_or_else(|| Error::new(codes::MISSING_VARIABLE, "OUT_DIR is not set: `embed` runs in a build script"))?;
    let target = Path::new(&out).join("evolve_project.rs");
    let source = embedded_source(root, files)?;
    std::fs::write(&target, source).map_err(|error| {
        Error::new(codes::NOT_WRITABLE, format!("evolve_project.rs cannot be written: {}", error.kind()))
    })
}

fn embedded_source(root: &Path, files: &Files) -> Result<String> {
    let root = std::fs::canonicalize(root)
        .map_err(|error| Error::new(codes::NOT_READABLE, format!("the project cannot be read: {}", error.kind())))?;
    let mut source = String::from(
        "/// The project's files, for `evolve::Files::embedded`.\npub static EVOLVE_PROJECT: &[(&str, &str)] = &[\n",
    );
    let all = [Some(files.config()), files.sum()].into_iter().flatten().chain(files.sealed().into_values());
    for path in all.map(|file: &std::sync::Arc<File>| file.path()) {
        let absolute = root.join(path);
        let absolute = absolute.to_str().ok_or_else(|| {
            Error::new(codes::OUTSIDE, "the project's path is not UTF-8, so it cannot be included")
                .at(Place::file(path))
        })?;
        let _ = writeln!(source, "    ({path:?}, include_str!({absolute:?})),");
    }
    Ok(source + "];\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("migrations")).unwrap();
        std::fs::write(folder.path().join(CONFIG), "[project]\nname = \"x\"\n").unwrap();
        std::fs::write(folder.path().join("migrations/V1__a.sql"), "SELECT 1;\n").unwrap();
        let sum = Sum::seal(&Files::read(folder.path()).unwrap()).unwrap();
        std::fs::write(folder.path().join(SUM), sum).unwrap();
        folder
    }

    #[test]
    fn what_is_sealed_builds() {
        check(project().path()).unwrap();
    }

    #[test]
    fn what_is_changed_missing_unsealed_or_misnamed_does_not_build_and_is_named() {
        for (path, text, code) in [
            ("migrations/V1__a.sql", "SELECT 2;\n", codes::NOT_AS_SEALED),
            ("migrations/V2__b.sql", "SELECT 2;\n", codes::NOT_AS_SEALED),
            ("migrations/V2-b.sql", "SELECT 2;\n", codes::BAD_FILE_NAME),
        ] {
            let folder = project();
            std::fs::write(folder.path().join(path), text).unwrap();
            let error = check(folder.path()).unwrap_err();
            assert_eq!(error.code(), code, "{path}");
            assert!(error.to_string().contains(path), "{error}");
        }
        let folder = project();
        std::fs::remove_file(folder.path().join(SUM)).unwrap();
        assert_eq!(check(folder.path()).unwrap_err().hint_text(), Some("`evolve seal` writes it"));
    }

    #[test]
    #[should_panic(expected = "evolve seal")]
    fn a_build_fails_by_panic() {
        let folder = project();
        std::fs::remove_file(folder.path().join("migrations/V1__a.sql")).unwrap();
        verify(folder.path());
    }

    #[test]
    fn what_is_embedded_names_every_file() {
        let folder = project();
        let source = embedded_source(folder.path(), &Files::read(folder.path()).unwrap()).unwrap();
        assert!(source.contains("(\"evolve.toml\", include_str!(\"/"));
        assert!(source.contains("(\"evolve.sum\"") && source.contains("(\"migrations/V1__a.sql\""));
    }
}
