//! Which keys a restore point needs: said before it is brought back, and after.

use crate::catalog::Keys;
use crate::error::Result;
use crate::points::Manifest;
use crate::project::Project;
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Location, connect, rotate};

impl Project {
    /// What is to be said of keys that encrypted what a restore point holds. One that cannot be looked into says nothing.
    pub(in crate::project) fn needed(&self, point: &Manifest) -> Vec<String> {
        let ids = || -> Result<Vec<String>> {
            let connection = connect::unchanging(&Location::of(&self.points().file(&point.id))?)?;
            let standing = survey::of_connection(&connection, Depth::Standing, &self.history_table)?.standing;
            // Without a transformation nothing is encrypted.
            if standing.applied.iter().all(|step| step.kind == "migration") {
                return Ok(Vec::new());
            }
            Ok(rotate::ids(&connection)?.into_iter().collect())
        };
        let ids = ids().unwrap_or_default();
        ids.iter().filter_map(|id| said(&self.settings.keys, &point.id, id)).collect()
    }
}

fn said(keys: &Keys, point: &str, id: &str) -> Option<String> {
    let mut before = None;
    for name in keys.names() {
        if keys.read(name).is_ok_and(|key| key.id() == id) {
            return None;
        }
        if keys.previous(name).is_ok_and(|key| key.is_some_and(|key| key.id() == id)) {
            before = Some(name);
        }
    }
    Some(match before {
        Some(name) => {
            format!(
                "{point} holds values of the key before `{name}`: `evolve rotate {name}` brings them to the key of now"
            )
        }
        None => format!(
            "{point} holds values of the key with the id {id}, and no key in evolve.toml is it: to read them name it as the \
             `previous` of the key that took its place, and `evolve rotate`"
        ),
    })
}
