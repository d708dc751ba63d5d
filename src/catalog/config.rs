//! evolve.toml: what it says, key by key, before variables and flags.
//!
//! Takes the text; gives what is given and where. `${VARIABLE}` stays as it is written: it is looked up when the
//! setting is needed. Which keys there are is said by the table of settings. Must not know any environment variable.

use std::collections::BTreeMap;

use super::fields::{Document, Fields, Node};
use super::settings::{DeclaredKeys, ROWS, Row, Secret, Takes, parse_keys, row};
use crate::error::{Error, Place, Result, Text, codes};

/// One value of evolve.toml: as text, and where it stands.
#[derive(Debug, Clone)]
pub struct Given {
    /// The value as it is written.
    pub text: Secret,
    /// Where it is written.
    pub place: Place,
}

/// What one part of the file gives, by key.
pub type Layer = BTreeMap<&'static str, Given>;

/// A parsed evolve.toml.
#[derive(Debug)]
pub struct Config {
    /// What the sections give.
    pub base: Layer,
    /// What `[environment.X]` gives on top, by X.
    pub environments: BTreeMap<String, Layer>,
    /// What `[keys]` gives, for when no environment is chosen.
    pub keys: DeclaredKeys,
    /// What `[environment.X.keys]` gives, by X.
    pub environment_keys: BTreeMap<String, DeclaredKeys>,
    /// Where the file begins.
    pub place: Place,
}

impl Config {
    /// Reads evolve.toml.
    pub fn parse(text: &Text) -> Result<Self> {
        let document = Document::parse_secretive(text)?;
        let mut root = document.fields();
        let mut base = Layer::new();
        for later in ["source", "param"] {
            if let Some(node) = root.take(later) {
                return Err(not_yet(&node));
            }
        }
        let keys = root.fields("keys")?.map(parse_keys).transpose()?.unwrap_or_default();
        let (environments, environment_keys) = read_environments(&mut root)?;
        read_sections(&mut root, "", &mut base, |_| true)?;
        root.elsewhere(
            "function",
            "[function.NAME] stands in the stage file that uses it: the ledger keeps it with the step",
        );
        root.finish()?;
        if !base.contains_key("project.name") {
            return Err(Error::new(codes::MISSING_KEY, "evolve.toml does not name the project")
                .at(Place::file(&*text.name))
                .hint("[project] name = \"…\""));
        }
        Ok(Self { base, environments, keys, environment_keys, place: Place::file(&*text.name) })
    }

    /// The project's name.
    pub fn name(&self) -> &str {
        self.base.get("project.name").map_or("", |given| given.text.expose())
    }
}

fn not_yet(node: &Node<'_>) -> Error {
    Error::new(codes::NOT_YET, format!("`[{}.…]` comes in a later version of evolve", node.path())).at(node.place())
}

fn read_environments(root: &mut Fields<'_>) -> Result<(BTreeMap<String, Layer>, BTreeMap<String, DeclaredKeys>)> {
    let (mut environments, mut keys) = (BTreeMap::new(), BTreeMap::new());
    let Some(mut sections) = root.fields("environment")? else { return Ok((environments, keys)) };
    for (name, node) in sections.entries() {
        super::fields::check_identifier(&name).map_err(|error| error.at(sections.place_of(&name)))?;
        let mut fields = node.fields()?;
        let mut layer = Layer::new();
        // An environment is mostly another database: its keys stand directly in its section.
        for key in ["database.url", "database.foreign_keys"] {
            if let (Some(row), Some(node)) = (row(key), fields.take(&key["database.".len()..])) {
                layer.insert(row.key, read_value(row, &node)?);
            }
        }
        if let Some(declared) = fields.fields("keys")? {
            keys.insert(name.clone(), parse_keys(declared)?);
        }
        read_sections(&mut fields, "", &mut layer, Row::by_environment)?;
        fields.finish()?;
        environments.insert(name, layer);
    }
    Ok((environments, keys))
}

/// Reads the keys below `prefix`, and the tables below that.
fn read_sections(fields: &mut Fields<'_>, prefix: &str, layer: &mut Layer, fits: fn(&Row) -> bool) -> Result<()> {
    let rows = ROWS.iter().filter(|row| fits(row) && row.key.starts_with(prefix));
    let mut parts: Vec<_> = rows.map(|row| row.key[prefix.len()..].split('.').next().unwrap_or_default()).collect();
    parts.dedup();
    for part in parts {
        let Some(node) = fields.take(part) else { continue };
        let key = format!("{prefix}{part}");
        let Some(row) = row(&key) else {
            let mut below = node.fields()?;
            read_sections(&mut below, &format!("{key}."), layer, fits)?;
            below.finish()?;
            continue;
        };
        if layer.insert(row.key, read_value(row, &node)?).is_some() {
            return Err(Error::new(codes::DUPLICATE_ID, format!("`{key}` is given twice")).at(node.place()));
        }
    }
    Ok(())
}

fn read_value(row: &Row, node: &Node<'_>) -> Result<Given> {
    let text = match &row.takes {
        Takes::Switch => node.boolean()?.to_string(),
        Takes::Count(range) => node.integer_in(range.clone())?.to_string(),
        Takes::Encryption => read_encryption(node)?.to_string(),
        Takes::Limit => node.scalar_text()?,
        Takes::Conflict if node.kind() == "table" => {
            return Err(node.bad("names a rule that needs no column: fill, newest and new_key are said by a step"));
        }
        _ => node.text()?,
    };
    if !text.contains("${") {
        row.check(&text).map_err(|words| node.bad(&words))?;
    }
    Ok(Given { text: Secret::new(text), place: node.place() })
}

/// Whether encryption is asked for. With what is not read: this version has none.
fn read_encryption(node: &Node<'_>) -> Result<bool> {
    if node.kind() == "boolean" {
        return node.boolean();
    }
    let mut fields = node.fields()?;
    let (key_file, passphrase) = (fields.text("key_file")?, fields.text("passphrase")?);
    fields.finish()?;
    match key_file.or(passphrase) {
        Some(_) => Ok(true),
        None => Err(node.bad("takes { key_file = \"…\" } or { passphrase = \"${VARIABLE}\" }")),
    }
}
