//! What a key leaves when another takes its place: which values can be brought over, and which cannot.

use super::Cipher;
use super::way::Way;
use super::within::Path;
use crate::catalog::Keys;
use crate::error::Result;

impl Way {
    /// What brings values that it encrypted with this key from the key before; nothing where it does not.
    pub fn turning(&self, name: &str, keys: &Keys, label: &str) -> Result<Option<Self>> {
        Ok(match self {
            Self::Encrypt { key, .. } if key == name => Some(Self::Turn(Box::new(Cipher::of(keys, name, label)?))),
            Self::Within(paths) => {
                let turning = paths.iter().map(|(path, way)| {
                    Ok(way.turning(name, keys, &below(label, path))?.map(|way| (path.clone(), way)))
                });
                let turning: Vec<Path> = turning.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
                (!turning.is_empty()).then_some(Self::Within(turning))
            }
            _ => None,
        })
    }

    /// Whether it makes codes with this key, which nothing brings to another.
    pub fn hashes_with(&self, name: &str) -> bool {
        match self {
            Self::Hash { key, .. } => key == name,
            Self::Within(paths) => paths.iter().any(|(_, way)| way.hashes_with(name)),
            _ => false,
        }
    }
}

/// The label of what lies within a document.
pub(super) fn below(label: &str, path: &[String]) -> String {
    format!("{label}/{}", path.join("/"))
}
