//! A restore point whose copy was written anew, and points that are given up.
//!
//! Takes a copy that was changed; gives the point that takes the place of the old one, under an id of its own: at each
//! moment one of them is whole, and once the new one is listed the old one goes.

use super::{Manifest, Points, create_private, digest, private, rename, sync_folder};
use crate::engine::Copies;
use crate::error::{Error, Result, codes};
use std::fs;
use std::path::Path;

impl Points {
    /// Lists a copy that is to take the place of a point, tried as a new one is. The old one may go then.
    pub fn replace(&self, database: &dyn Copies, old: &Manifest, id: &str, copy: &Path) -> Result<Manifest> {
        let listed = self.list()?.into_iter().find(|point| point.id == id);
        if let Some(whole) = listed.filter(|point| self.verify(point).is_ok()) {
            let _ = fs::remove_file(copy);
            return Ok(whole);
        }
        let [part, trial] = ["part", "trial"].map(|ending| self.folder.join(format!("{id}.{ending}")));
        // What was written to has counted that; a copy of it begins as every copy does.
        let copied = create_private(&part).and_then(|()| database.again(copy, &part));
        let tried = copied.and_then(|()| Self::tried(database, &part, &trial));
        for gone in [copy, &trial] {
            let _ = fs::remove_file(gone);
            database.tidy(gone);
        }
        let (sha256, bytes) = tried.inspect_err(|_| {
            let _ = fs::remove_file(&part);
        })?;
        private(&part)?;
        rename(&part, &self.file(id))?;
        let manifest = Manifest { id: id.to_owned(), bytes, sha256, ..old.clone() };
        self.publish(&manifest)?;
        Ok(manifest)
    }

    /// Gives a point up: it is not listed any more, and then it is gone.
    pub fn remove(&self, point: &Manifest) -> Result<()> {
        let gone = |path: &Path| match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let message = format!("{} cannot be removed: {error}", path.display());
                Err(Error::new(codes::NOT_WRITABLE, message))
            }
            _ => Ok(()),
        };
        gone(&self.folder.join(format!("{}.json", point.id)))?;
        sync_folder(&self.folder)?;
        gone(&self.file(&point.id))
    }

    /// Restores a copy for a try; its digest and size, where that gave the same, sound database.
    pub(super) fn tried(database: &dyn Copies, part: &Path, trial: &Path) -> Result<(String, u64)> {
        create_private(trial)?;
        let sha256 = digest(part)?;
        database.again(part, trial)?;
        let sound = digest(trial)? == sha256 && database.is_sound(trial)?;
        database.tidy(part);
        database.tidy(trial);
        if !sound || digest(part)? != sha256 {
            return Err(Error::new(
                codes::BAD_RESTORE_POINT,
                "the test restore of a new restore point did not give the same, sound database",
            )
            .hint("look at the database first: `PRAGMA integrity_check`"));
        }
        let bytes = fs::metadata(part).map_or(0, |meta| meta.len());
        Ok((sha256, bytes))
    }
}
