//! Files put in their place whole: written beside it, synced, renamed.
//!
//! Takes paths relative to a folder, and texts. Whoever reads at the same time, and whatever dies meanwhile, there is
//! the old file or the new one. Must not know what is written.

use crate::error::{Error, Place, Result, codes};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// A file to write: its path relative to the folder, and its text.
pub type New = (String, String);

/// Writes files that are not there: all, or none. Folders are made as they are needed.
pub fn new(root: &Path, files: &[New]) -> Result<()> {
    if let Some((path, _)) = files.iter().find(|(path, _)| fs::symlink_metadata(root.join(path)).is_ok()) {
        return Err(exists(path));
    }
    for (at, (path, text)) in files.iter().enumerate() {
        if let Err(error) = create(&root.join(path), text) {
            remove(root, &files[..at]);
            return Err(failed(path, &error));
        }
    }
    Ok(())
}

/// Takes files back that were just written.
pub fn remove(root: &Path, files: &[New]) {
    for (path, _) in files {
        // Whoever is told of the first failure need not be told of a second.
        let _ = fs::remove_file(root.join(path));
    }
}

/// Writes a file that may be there. A link stays one, permissions stay as they are.
pub fn instead(root: &Path, path: &str, text: &str) -> Result<()> {
    replace(&root.join(path), text).map_err(|error| failed(path, &error))
}

fn create(target: &Path, text: &str) -> io::Result<()> {
    let folder = folder(target);
    fs::create_dir_all(folder)?;
    let file = beside(folder, text)?;
    // Whoever was quicker keeps the file.
    file.persist_noclobber(target).map_err(|error| error.error)?;
    sync(folder)
}

fn replace(target: &Path, text: &str) -> io::Result<()> {
    let real = match fs::canonicalize(target) {
        Ok(real) => real,
        Err(error) if error.kind() == io::ErrorKind::NotFound => target.to_owned(),
        Err(error) => return Err(error),
    };
    let file = beside(folder(&real), text)?;
    if let Ok(old) = fs::metadata(&real) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.persist(&real).map_err(|error| error.error)?;
    sync(folder(&real))
}

/// A hidden file beside the target, with the text in it and on the disk.
fn beside(folder: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".evolve-").suffix(".tmp");
    let permissions = readable();
    if let Some(permissions) = &permissions {
        builder.permissions(permissions.clone());
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// As any new file: what the umask leaves.
#[cfg(unix)]
fn readable() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn readable() -> Option<fs::Permissions> {
    None
}

/// A rename is on the disk when its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn exists(path: &str) -> Error {
    Error::new(codes::EXISTS, format!("`{path}` is there already; nothing was written"))
        .at(Place::file(path))
        .hint("choose another name, or move the file away")
}

fn failed(path: &str, error: &io::Error) -> Error {
    Error::new(codes::NOT_WRITABLE, format!("`{path}` cannot be written: {}", error.kind())).at(Place::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(folder: &Path, path: &str) -> String {
        fs::read_to_string(folder.join(path)).unwrap()
    }

    #[test]
    fn what_is_there_is_never_written_over_and_nothing_else_is_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "mine").unwrap();
        let files = [("a".to_owned(), "new".to_owned()), ("b".to_owned(), "new".to_owned())];
        let error = new(folder.path(), &files).unwrap_err();
        assert_eq!((error.code(), error.place().unwrap().file.as_str()), (codes::EXISTS, "b"));
        assert_eq!(text(folder.path(), "b"), "mine");
        assert!(!folder.path().join("a").exists());
    }

    #[test]
    fn a_failure_takes_back_what_came_before_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plans"), "no folder").unwrap();
        let files = [("migrations/a".to_owned(), "new".to_owned()), ("plans/b".to_owned(), "new".to_owned())];
        let error = new(folder.path(), &files).unwrap_err();
        assert_eq!(error.code(), codes::NOT_WRITABLE);
        assert!(!folder.path().join("migrations/a").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("real"), "old").unwrap();
        fs::set_permissions(folder.path().join("real"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real", folder.path().join("link")).unwrap();
        instead(folder.path(), "link", "new").unwrap();
        assert!(fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
        assert_eq!(text(folder.path(), "real"), "new");
        assert_eq!(fs::metadata(folder.path().join("real")).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_as_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        new(folder.path(), &[("a".to_owned(), String::new())]).unwrap();
        fs::write(folder.path().join("b"), "").unwrap();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode("a"), mode("b"));
    }
}
