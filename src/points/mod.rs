//! Restore points: verified snapshots with their place in the ledger, each one file and a manifest beside it.
//!
//! Takes the folder of the points and an engine's [`Copies`]; gives points. Must not know an engine. A point is listed only once its manifest is
//! there, and its manifest is written only after a test restore gave the same bytes.

mod replaced;

use crate::engine::Copies;
use crate::error::{Error, Result, codes};
use crate::report::RestorePoint;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What is known of a restore point without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format of this manifest.
    pub format: u32,
    /// What the point is called.
    pub id: String,
    /// When it was taken, RFC 3339.
    pub taken: String,
    /// The project.
    pub project: String,
    /// The database's path.
    pub database: PathBuf,
    /// The stage it stood at.
    pub stage: Option<String>,
    /// The last step that was in.
    pub head: Option<String>,
    /// The run that took it.
    pub run: String,
    /// The size of the snapshot.
    pub bytes: u64,
    /// SHA-256 of the snapshot, as hex.
    pub sha256: String,
}

/// What stands between the id of a point and what tells the one that took its place.
pub const REPLACED: &str = "-key-";

/// The folder of a project's restore points.
#[derive(Debug, Clone)]
pub struct Points {
    folder: PathBuf,
    ending: &'static str,
}

impl Points {
    /// The points in a folder, whose copies end like this.
    pub fn new(folder: PathBuf, ending: &'static str) -> Self {
        Self { folder, ending }
    }

    /// Every point with a manifest, the oldest first.
    pub fn list(&self) -> Result<Vec<Manifest>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cannot_read(&self.folder, &error)),
        };
        let mut points = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                points.extend(
                    fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str::<Manifest>(&text).ok()),
                );
            }
        }
        points.sort_by(|a, b| (&a.taken, &a.id).cmp(&(&b.taken, &b.id)));
        Ok(points)
    }

    /// A point by name, or the newest.
    pub fn find(&self, id: Option<&str>) -> Result<Manifest> {
        let points = self.list()?;
        let found = match id {
            // What took a point's place has an id that begins with its own.
            Some(id) => {
                let named = points.iter().find(|point| point.id == id);
                let replaced =
                    || points.iter().find(|point| point.id.strip_prefix(id).is_some_and(|it| it.starts_with(REPLACED)));
                named.or_else(replaced).cloned()
            }
            None => points.last().cloned(),
        };
        found.ok_or_else(|| {
            let message =
                id.map_or("there is no restore point".to_owned(), |id| format!("there is no restore point {id}"));
            Error::new(codes::NO_RESTORE_POINT, message).hint("evolve backup list shows what there is")
        })
    }

    /// The snapshot of a point.
    pub fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{}", self.ending))
    }

    /// Takes a point: snapshot, test restore, comparison, integrity check, and only then the manifest.
    pub fn take(&self, database: &dyn Copies, about: Manifest) -> Result<Manifest> {
        self.make_folder()?;
        self.refuse_full(database)?;
        let part = self.folder.join(format!("{}.part", about.id));
        let trial = self.folder.join(format!("{}.trial", about.id));
        let result = Self::verified(database, &part, &trial);
        let _ = fs::remove_file(&trial);
        let (sha256, bytes) = result.inspect_err(|_| {
            let _ = fs::remove_file(&part);
        })?;
        private(&part)?;
        rename(&part, &self.file(&about.id))?;
        let manifest = Manifest { bytes, sha256, ..about };
        self.publish(&manifest)?;
        Ok(manifest)
    }

    fn verified(database: &dyn Copies, part: &Path, trial: &Path) -> Result<(String, u64)> {
        create_private(part)?;
        database.take(part)?;
        Self::tried(database, part, trial)
    }

    /// Refuses a point that is not as it was taken.
    pub fn verify(&self, manifest: &Manifest) -> Result<()> {
        let file = self.file(&manifest.id);
        if digest(&file)? == manifest.sha256 {
            return Ok(());
        }
        Err(Error::new(codes::BAD_RESTORE_POINT, format!("the restore point {} is not as it was taken", manifest.id))
            .hint("take another: evolve backup list shows them"))
    }

    /// A copy of a point that may be written to, beside it.
    pub fn scratch(&self, database: &dyn Copies, manifest: &Manifest) -> Result<PathBuf> {
        let scratch = self.folder.join(format!("{}.scratch", manifest.id));
        database.tidy(&scratch);
        create_private(&scratch)?;
        database.again(&self.file(&manifest.id), &scratch)?;
        database.tidy(&self.file(&manifest.id));
        Ok(scratch)
    }

    fn make_folder(&self) -> Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(|error| cannot_write(&self.folder, &error))
    }

    /// Snapshot and test restore need twice the database.
    fn refuse_full(&self, database: &dyn Copies) -> Result<()> {
        let need = database.size().saturating_mul(2);
        let Ok(stat) = rustix::fs::statvfs(&self.folder) else { return Ok(()) };
        let have = stat.f_bavail.saturating_mul(stat.f_frsize);
        if have >= need {
            return Ok(());
        }
        let message = format!(
            "a restore point needs {need} bytes in {} for a moment, and {have} are free",
            self.folder.display()
        );
        Err(Error::new(codes::NO_SPACE, message).hint("make room, or point [restore_points] dir at another disk"))
    }

    fn publish(&self, manifest: &Manifest) -> Result<()> {
        let path = self.folder.join(format!("{}.json", manifest.id));
        let text = serde_json::to_string_pretty(manifest).unwrap_or_default();
        let written = tempfile::NamedTempFile::new_in(&self.folder).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        });
        written.map_err(|error| cannot_write(&path, &error))?;
        sync_folder(&self.folder)
    }
}

impl From<&Manifest> for RestorePoint {
    fn from(manifest: &Manifest) -> Self {
        Self { id: manifest.id.clone(), stage: manifest.stage.clone(), bytes: manifest.bytes, verified: true }
    }
}

/// A new, empty file that only its owner can read.
pub(crate) fn create_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = fs::remove_file(path);
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map(|_| ()).map_err(|error| cannot_write(path, &error))
}

fn private(path: &Path) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|error| cannot_write(path, &error))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| cannot_write(to, &error))
}

fn sync_folder(folder: &Path) -> Result<()> {
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| cannot_write(folder, &error))
}

/// SHA-256 of a file that is no open database, as hex.
fn digest(file: &Path) -> Result<String> {
    let unreadable = |error: std::io::Error| {
        Error::new(codes::BAD_RESTORE_POINT, format!("{} cannot be read: {error}", file.display()))
    };
    let mut reader = fs::File::open(file).map_err(unreadable)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0_u8; 1 << 16]);
    loop {
        match reader.read(&mut buffer).map_err(unreadable)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    Error::new(codes::NOT_READABLE, format!("{} cannot be read: {error}", path.display()))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::new(codes::NOT_WRITABLE, format!("{} cannot be written: {error}", path.display()))
}
