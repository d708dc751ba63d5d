//! The run lock: a file of its own beside the database, held by the operating system, gone with its holder.
//!
//! Takes the database's path; gives a guard. Knows no clock and no process id: those are only for people to read. The
//! file is removed by whoever held it.

use crate::error::{Error, Result, codes};
use crate::observe::{Event, Observer, Stop};
use crate::report::Holder;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The database is ours until this is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    /// How many bytes it has told; 0 before the first time.
    told: usize,
}

/// How often a waiting run looks again.
const LOOK: Duration = Duration::from_millis(40);

impl Lock {
    /// Takes the lock; waits for another run as long as `wait`.
    pub fn take(path: &Path, wait: Duration, observer: &dyn Observer, stop: &Stop) -> Result<Self> {
        let deadline = Instant::now() + wait;
        let mut told = false;
        loop {
            if let Some(lock) = Self::attempt(path)? {
                return Ok(lock);
            }
            if !told {
                let holder = holder(path).map_or_else(|| "another run".to_owned(), |holder| words(&holder));
                observer.event(Event::Waiting { holder });
                told = true;
            }
            if stop.requested().is_some() {
                return Err(crate::run::stopped(stop));
            }
            if Instant::now() >= deadline {
                let holder = holder(path).map_or_else(|| "another run".to_owned(), |holder| words(&holder));
                return Err(Error::new(codes::HELD, format!("{holder} holds the database"))
                    .hint("wait for it, or raise --lock-wait"));
            }
            std::thread::sleep(LOOK.min(deadline.saturating_duration_since(Instant::now())));
        }
    }

    fn attempt(path: &Path) -> Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(cannot(path, &error)),
        }
        // The file may have been removed by its last holder between open and lock: then it locks nothing.
        let same = match (std::fs::symlink_metadata(path), file.metadata()) {
            (Ok(named), Ok(open)) => named.ino() == open.ino() && named.dev() == open.dev(),
            _ => false,
        };
        Ok(same.then(|| Self { file, path: path.to_owned(), told: 0 }))
    }

    /// Writes down who holds it and what it is doing, for people.
    pub fn tell(&mut self, holder: &Holder) {
        let Ok(mut text) = serde_json::to_string(holder) else { return };
        // Never shorter than before, so that one write replaces all of it: each step of a run comes by here.
        text.extend(std::iter::repeat_n(' ', self.told.saturating_sub(text.len())));
        let emptied = if self.told == 0 { self.file.set_len(0) } else { Ok(()) };
        let written = emptied.and_then(|()| self.file.write_all_at(text.as_bytes(), 0));
        self.told = text.len();
        if let Err(error) = written {
            tracing::debug!(target: "evolve::lock", %error, "the holder could not be written down");
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is locked: nobody else can hold it, so nobody else's file is removed.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Who holds a database now; nobody where the file is not locked.
pub fn holder(path: &Path) -> Option<Holder> {
    let mut file = OpenOptions::new().read(true).custom_flags(no_follow()).open(path).ok()?;
    if file.try_lock_shared().is_ok() {
        return None;
    }
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn words(holder: &Holder) -> String {
    let step = holder.step.as_ref().map(|step| format!(", in {step}")).unwrap_or_default();
    format!(
        "{} (run {}, process {} on {}{step}, since {})",
        holder.command, holder.run, holder.pid, holder.host, holder.since
    )
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_follow())
        .open(path)
        .map_err(|error| cannot(path, &error))
}

fn no_follow() -> i32 {
    i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0)
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::new(codes::READ_ONLY, format!("the run lock {} cannot be taken: {error}", path.display()))
        .hint("the folder of the database must be writable")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Silent;

    #[test]
    fn f19_f20_a_lock_is_held_once_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.lock");
        let take = |wait| Lock::take(&path, Duration::from_millis(wait), &Silent, &Stop::new());
        let mut first = take(0).unwrap();
        first.tell(&Holder {
            run: "r".into(),
            command: "up".into(),
            step: None,
            host: "h".into(),
            pid: 1,
            since: "now".into(),
        });
        assert_eq!(take(10).unwrap_err().code().id, codes::HELD.id);
        assert_eq!(holder(&path).unwrap().run, "r");
        drop(first);
        assert!(!path.exists());
        assert!(holder(&path).is_none());
        drop(take(0).unwrap());
    }

    #[test]
    fn f22_a_planted_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("db.lock"), folder.path().join("victim"));
        std::fs::write(&victim, "x").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(Lock::take(&path, Duration::ZERO, &Silent, &Stop::new()).is_err());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "x");
    }
}
