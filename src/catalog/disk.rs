//! The project's folder on disk: regular files inside it, and nothing else.
//!
//! Takes paths; gives bytes. A link is followed to a file inside the folder only; folders that are links, devices and
//! pipes are refused, so that nothing is read by accident or for ever. Must not know what the files are.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::files::Warning;
use crate::error::{Error, Place, Result, codes};

/// Folders below folders, at most.
const DEEPEST: usize = 32;

/// A project's folder.
pub(super) struct Root {
    given: PathBuf,
    canonical: PathBuf,
}

/// Path in the project, and on disk.
pub(super) type Found = (String, PathBuf);

impl Root {
    pub fn open(root: &Path) -> Result<Self> {
        let canonical = fs::canonicalize(root).map_err(|error| not_readable(&root.display().to_string(), &error))?;
        Ok(Self { given: root.to_owned(), canonical })
    }

    /// One regular file, or a link to one inside the folder; nothing if there is none.
    pub fn file(&self, path: &str) -> Result<Option<PathBuf>> {
        let on_disk = self.given.join(path);
        match fs::symlink_metadata(&on_disk) {
            Ok(found) => self.regular(path, on_disk, found.file_type()).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(not_readable(path, &error)),
        }
    }

    /// One regular file that is no link.
    pub fn file_itself(&self, path: &str) -> Result<Option<PathBuf>> {
        match fs::symlink_metadata(self.given.join(path)) {
            Ok(found) if found.is_symlink() => Err(outside(path, "a link", "make it a file of its own")),
            _ => self.file(path),
        }
    }

    /// Every file in this folder and those below it, by path. Hidden folders are not entered.
    pub fn walk(&self, folder: &str, must_exist: bool) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let mut open = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = open.pop() {
            for (path, on_disk, kind) in self.entries(&folder, must_exist && depth == 0)? {
                let sql = path.to_ascii_lowercase().ends_with(".sql");
                if !kind.is_dir() {
                    self.push(&mut found, path, on_disk, kind)?;
                } else if sql {
                    return Err(outside(&path, "a folder", "rename the folder"));
                } else if depth == DEEPEST {
                    return Err(outside(&path, "a folder too far down", "move the migrations up"));
                } else {
                    open.push((path, depth + 1));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Every file directly in this folder, by path.
    pub fn list(&self, folder: &str, must_exist: bool) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for (path, on_disk, kind) in self.entries(folder, must_exist)? {
            if !kind.is_dir() {
                self.push(&mut found, path, on_disk, kind)?;
            } else if path.to_ascii_lowercase().ends_with(".toml") {
                return Err(outside(&path, "a folder", "rename the folder"));
            }
        }
        found.sort();
        Ok(found)
    }

    fn push(&self, found: &mut Vec<Found>, path: String, on_disk: PathBuf, kind: fs::FileType) -> Result<()> {
        let on_disk = self.regular(&path, on_disk, kind)?;
        found.push((path, on_disk));
        Ok(())
    }

    /// What is directly in this folder and not hidden.
    fn entries(&self, folder: &str, must_exist: bool) -> Result<Vec<(String, PathBuf, fs::FileType)>> {
        let on_disk = self.given.join(folder);
        match fs::symlink_metadata(&on_disk) {
            Ok(found) if found.is_symlink() => return Err(outside(folder, "a link", "make it a folder of its own")),
            Ok(found) if !found.is_dir() => return Err(outside(folder, "no folder", "name a folder in evolve.toml")),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => return Ok(Vec::new()),
            _ => {}
        }
        let fail = |error: io::Error| not_readable(folder, &error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(&on_disk).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = plain_name(folder, &entry)?;
            if !name.starts_with('.') {
                let path = if folder == "." { name } else { format!("{folder}/{name}") };
                entries.push((path, entry.path(), entry.file_type().map_err(fail)?));
            }
        }
        Ok(entries)
    }

    fn regular(&self, path: &str, on_disk: PathBuf, kind: fs::FileType) -> Result<PathBuf> {
        if kind.is_file() {
            return Ok(on_disk);
        }
        if !kind.is_symlink() {
            return Err(outside(
                path,
                if kind.is_dir() { "a folder" } else { "a device, pipe or socket" },
                "remove it",
            ));
        }
        let target = fs::canonicalize(&on_disk).map_err(|error| not_readable(path, &error))?;
        let inside = target.starts_with(&self.canonical);
        if inside && target.is_file() {
            Ok(target)
        } else {
            Err(outside(path, "a link out of the project's folder", "copy what it leads to"))
        }
    }

    /// Warnings for what any user of the machine may change.
    pub fn open_to_all(&self, paths: &[&str]) -> Vec<Warning> {
        let open = paths.iter().filter(|path| writable_by_all(&self.given.join(path)));
        open.map(|path| Warning {
            message: format!("any user of this machine may write `{path}`"),
            path: (*path).to_owned(),
        })
        .collect()
    }
}

#[cfg(unix)]
fn writable_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn writable_by_all(_: &Path) -> bool {
    false
}

/// A name that can stand in evolve.sum and in a message.
fn plain_name(folder: &str, entry: &fs::DirEntry) -> Result<String> {
    let refuse = |name: String| {
        Error::new(
            codes::BAD_FILE_NAME,
            format!("`{}` in `{folder}` cannot be the name of a file here", name.escape_debug()),
        )
        .at(Place::file(folder))
        .hint("names are UTF-8 without control characters and backslashes")
    };
    match entry.file_name().into_string() {
        Ok(name) if name.contains('\\') || name.chars().any(char::is_control) => Err(refuse(name)),
        Ok(name) => Ok(name),
        Err(name) => Err(refuse(name.to_string_lossy().into_owned())),
    }
}

/// The bytes of a regular file of at most this size.
pub(super) fn read(path: &Path, largest: u64) -> Result<Vec<u8>> {
    let failed =
        |error: io::Error| Error::new(codes::NOT_READABLE, format!("the file cannot be read: {}", error.kind()));
    let found = fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return Err(Error::new(codes::OUTSIDE, "it is no regular file"));
    }
    let file = fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::with_capacity(usize::try_from(found.len().min(largest)).unwrap_or(0) + 1);
    file.take(largest + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > largest { Err(too_large(largest)) } else { Ok(bytes) }
}

pub(super) fn too_large(largest: u64) -> Error {
    Error::new(codes::TOO_LARGE, format!("the file is larger than {} MiB", largest >> 20))
}

fn not_readable(path: &str, error: &io::Error) -> Error {
    Error::new(codes::NOT_READABLE, format!("`{path}` cannot be read: {}", error.kind())).at(Place::file(path))
}

fn outside(path: &str, what: &str, hint: &str) -> Error {
    Error::new(codes::OUTSIDE, format!("`{path}` is {what}")).at(Place::file(path)).hint(hint)
}
