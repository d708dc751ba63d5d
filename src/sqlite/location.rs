//! Where a SQLite database is: its URL understood, its file looked at by `stat` only.
//!
//! Never opens the file: closing any descriptor of it would drop SQLite's own locks.

use crate::error::{Error, Result, codes};
use std::path::{Path, PathBuf};

/// A database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The absolute path, its folder resolved.
    pub path: PathBuf,
}

impl Location {
    /// Understands `sqlite:PATH` or `sqlite://PATH`, relative to the project's folder.
    pub fn parse(url: &str, folder: &Path) -> Result<Self> {
        let bad = |message: String| {
            Err(Error::new(codes::BAD_URL, message).hint("sqlite:knowledge.db, or sqlite:/absolute/path.db"))
        };
        let Some((scheme, rest)) = url.split_once(':') else {
            return bad("the database URL has no scheme".to_owned());
        };
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" | "sqlite3" => {}
            "postgres" | "postgresql" => {
                return Err(
                    Error::new(codes::NOT_YET, "the PostgreSQL engine is not there yet").hint("use a sqlite: URL")
                );
            }
            _ => return bad("the database URL has a scheme that evolve does not know".to_owned()),
        }
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.contains('?') || path.contains('#') {
            return bad("the database URL has parameters, and evolve knows none".to_owned());
        }
        let person = rest.strip_prefix("//").and_then(|rest| rest.rsplit_once('@')).map_or("", |(person, _)| person);
        if person.contains(':') {
            return bad("the database URL has a user and a password, and a file has neither".to_owned());
        }
        if path.is_empty() || path.contains('\0') {
            return bad("the database URL names no file".to_owned());
        }
        if path == ":memory:" || path.starts_with("file:") {
            return bad("the database URL names no file on disk".to_owned());
        }
        Self::of(&folder.join(path))
    }

    /// A database at this path.
    pub fn of(path: &Path) -> Result<Self> {
        let folder = || Error::new(codes::BAD_URL, "the database URL names a folder").hint("name a file in it");
        let name = path.file_name().ok_or_else(folder)?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let parent = parent.canonicalize().map_err(|error| {
            Error::new(
                codes::NO_DATABASE,
                format!("the folder of the database, {}, cannot be reached: {error}", parent.display()),
            )
        })?;
        let path = parent.join(name);
        Ok(Self { path: path.canonicalize().unwrap_or(path) })
    }

    /// What is there: `None` if nothing is, its size if it is a file.
    pub fn size(&self) -> Result<Option<u64>> {
        match std::fs::metadata(&self.path) {
            Ok(meta) if meta.is_file() => Ok(Some(meta.len())),
            Ok(meta) => {
                let what = if meta.is_dir() { "a folder" } else { "no regular file" };
                Err(Error::new(codes::NOT_A_DATABASE, format!("{} is {what}", self.path.display())))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(Error::new(codes::NOT_A_DATABASE, format!("{} cannot be reached: {error}", self.path.display())))
            }
        }
    }

    /// A file beside the database: `-wal`, `-journal`, the lock.
    pub fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        self.path.with_file_name(name)
    }

    /// Refuses a file with several names: each name would have a journal of its own.
    pub fn refuse_links(&self) -> Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        match std::fs::metadata(&self.path) {
            Ok(meta) if meta.nlink() > 1 => Err(Error::new(
                codes::LINKED,
                format!(
                    "{} has {} names (hard links), each of which would have a journal of its own",
                    self.path.display(),
                    meta.nlink()
                ),
            )
            .hint("copy the database with `VACUUM INTO` and remove the other names")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b22_urls_are_parsed_and_parameters_refused() {
        let parse = |url: &str| Location::parse(url, Path::new("/tmp")).map(|it| it.path.display().to_string());
        assert_eq!(parse("sqlite:a.db").unwrap(), "/tmp/a.db");
        assert_eq!(parse("sqlite:///tmp/a b.db").unwrap(), "/tmp/a b.db");
        for bad in [
            "a.db",
            "sqlite:",
            "sqlite:a.db?vfs=x&mode=memory",
            "mysql://x",
            "sqlite::memory:",
            "sqlite:file:x?mode=ro",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
