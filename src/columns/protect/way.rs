//! The ways in which a value is protected, as they are declared, and with their keys.

use super::turn::below;
use super::within::{self, Path};
use super::{Cipher, Mark, NAME, hash::Hasher, mask::mask};
use crate::catalog::{Keys, Node};
use crate::columns::Invalid;
use crate::columns::function::text_of;
use crate::columns::json::pointer;
use crate::columns::scalar::bad;
use crate::error::Result;
use crate::value::Value;

/// The key where none is named.
pub(super) const DEFAULT: &str = "default";

/// One way. Those with a key do nothing without it.
#[derive(Debug, Clone)]
pub(super) enum Way {
    Drop,
    Mask,
    Hash {
        key: String,
        ready: Option<Hasher>,
    },
    Encrypt {
        key: String,
        ready: Option<Box<Cipher>>,
    },
    /// Within a column of JSON.
    Within(Vec<Path>),
}

impl Way {
    /// `"mask"`, `"encrypt"`, `{ encrypt = "email" }`, or pointers into JSON.
    pub fn read(node: &Node<'_>) -> Result<Self> {
        if node.kind() == "table" {
            let entries = node.fields()?.entries();
            if entries.iter().any(|(key, _)| key.starts_with('/')) || entries.is_empty() {
                return Self::read_within(node, &entries);
            }
        }
        Self::read_one(node)
    }

    /// A way for one value.
    fn read_one(node: &Node<'_>) -> Result<Self> {
        if node.kind() != "table" {
            return node.choice(&[
                ("mask", Self::Mask),
                ("hash", Self::Hash { key: DEFAULT.to_owned(), ready: None }),
                ("encrypt", Self::Encrypt { key: DEFAULT.to_owned(), ready: None }),
                ("drop", Self::Drop),
            ]);
        }
        let mut fields = node.fields()?;
        let named = |node: Option<Node<'_>>| node.map(|node| node.identifier()).transpose();
        let (hash, encrypt) = (named(fields.take("hash"))?, named(fields.take("encrypt"))?);
        fields.finish()?;
        match (hash, encrypt) {
            (Some(key), None) => Ok(Self::Hash { key, ready: None }),
            (None, Some(key)) => Ok(Self::Encrypt { key, ready: None }),
            _ => Err(bad(node, "takes one way and its key").hint("such as { encrypt = \"email\" }")),
        }
    }

    fn read_within(whole: &Node<'_>, entries: &[(String, Node<'_>)]) -> Result<Self> {
        let mut paths: Vec<Path> = Vec::new();
        for (text, node) in entries {
            let path = pointer(text).filter(|path| !path.is_empty());
            let path = path.ok_or_else(|| {
                bad(node, "is no JSON Pointer into a document").hint("such as { \"/githubToken\" = \"encrypt\" }")
            })?;
            if paths.iter().any(|(other, _)| other.starts_with(&path) || path.starts_with(other)) {
                return Err(bad(node, "lies within another one of these pointers, or holds it"));
            }
            paths.push((path, Self::read_one(node)?));
        }
        if paths.is_empty() { Err(bad(whole, "names no way")) } else { Ok(Self::Within(paths)) }
    }

    /// The names of the keys it needs.
    pub fn keys(&self) -> Vec<String> {
        match self {
            Self::Drop | Self::Mask => Vec::new(),
            Self::Hash { key, .. } | Self::Encrypt { key, .. } => vec![key.clone()],
            Self::Within(paths) => paths.iter().flat_map(|(_, way)| way.keys()).collect(),
        }
    }

    /// Itself with its keys, for the column of this label.
    pub fn with_keys(&self, keys: &Keys, label: &str) -> Result<Self> {
        Ok(match self {
            Self::Drop | Self::Mask => self.clone(),
            Self::Hash { key, .. } => Self::Hash { key: key.clone(), ready: Some(Hasher::new(&*keys.read(key)?)) },
            Self::Encrypt { key, .. } => {
                Self::Encrypt { key: key.clone(), ready: Some(Box::new(Cipher::of(keys, key, label)?)) }
            }
            Self::Within(paths) => {
                let ready = |(path, way): &Path| -> Result<Path> {
                    Ok((path.clone(), way.with_keys(keys, &below(label, path))?))
                };
                Self::Within(paths.iter().map(ready).collect::<Result<_>>()?)
            }
        })
    }

    /// How what it wrote is told from what another key wrote.
    pub fn mark(&self) -> Option<Mark> {
        match self {
            Self::Hash { ready: Some(hasher), .. } => Some(hasher.mark()),
            Self::Encrypt { ready: Some(cipher), .. } => Some(cipher.mark()),
            _ => None,
        }
    }

    /// The protected value.
    pub fn call(&self, value: Value) -> std::result::Result<Value, Invalid> {
        let without = || Invalid::new(NAME, "cannot be protected without its key");
        match self {
            Self::Drop => Ok(Value::Null),
            Self::Mask => Ok(Value::Text(mask(&text_of(NAME, &value)?))),
            Self::Hash { ready, .. } => ready.as_ref().ok_or_else(without)?.call(&value),
            Self::Encrypt { ready, .. } => Ok(ready.as_ref().ok_or_else(without)?.seal(value)),
            Self::Within(paths) => within::call(paths, &value),
        }
    }
}
