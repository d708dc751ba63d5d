//! The two folders that evolve.toml names: where the migrations are, and where the stage files.
//!
//! Takes evolve.toml; gives the folders, confined to the project's own. Must not know any other key: this is what a
//! build script needs of the settings.

use super::fields::{Document, Fields, Node};
use crate::error::{Result, Text};

/// Where the project's files are, relative to its folder, with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// `migrations` unless evolve.toml says otherwise.
    pub migrations: String,
    /// Whether evolve.toml names the folder: then it must be there.
    pub migrations_given: bool,
    /// `plans` unless evolve.toml says otherwise.
    pub plans: String,
    /// Whether evolve.toml names the folder: then it must be there.
    pub plans_given: bool,
}

impl Folders {
    /// Reads `[project] migrations` and `plans` of evolve.toml.
    pub fn parse(config: &Text) -> Result<Self> {
        let document = Document::parse_secretive(config)?;
        let mut project = document.fields().fields("project")?;
        let (migrations, migrations_given) = folder(project.as_mut(), "migrations")?;
        let (plans, plans_given) = folder(project.as_mut(), "plans")?;
        Ok(Self { migrations, migrations_given, plans, plans_given })
    }
}

fn folder(project: Option<&mut Fields<'_>>, key: &str) -> Result<(String, bool)> {
    match project.and_then(|project| project.take(key)) {
        Some(node) => Ok((beneath(&node)?, true)),
        None => Ok((key.to_owned(), false)),
    }
}

/// A relative path that stays in the project's folder, without `./` and a slash at its end.
fn beneath(node: &Node<'_>) -> Result<String> {
    let given = node.filled_text()?;
    let parts: Vec<_> = given.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let leaves = given.starts_with('/') || parts.contains(&"..") || given.contains(['\\', ':']);
    if leaves || given.contains("${") || given.chars().any(char::is_control) {
        return Err(node.bad("takes a folder inside the project's, with `/`").hint("such as \"db/migrations\""));
    }
    if parts.is_empty() { Ok(".".to_owned()) } else { Ok(parts.join("/")) }
}
