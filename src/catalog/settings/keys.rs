//! `[keys]` and `[environment.X.keys]`: with what columns are protected.
//!
//! Takes where each key is; reads one only when it is asked for, checks it, and never shows it. Where an environment is
//! chosen only its own keys count: a key that was left out of it is missing, not the one for no environment.

mod command;

use super::{Env, base64};
use crate::catalog::fields::{Fields, Node, check_identifier};
use crate::error::{Error, Place, Result, codes};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The keys of one section, by name.
pub type DeclaredKeys = BTreeMap<String, DeclaredKey>;

/// Where a key is, and where the one is that it takes the place of.
#[derive(Debug, Clone)]
pub struct DeclaredKey {
    source: Source,
    place: Place,
    previous: Option<Box<DeclaredKey>>,
}

#[derive(Debug, Clone)]
enum Source {
    File(String),
    Variable(String),
    Command(Vec<String>),
}

/// A key of 32 bytes. Its `Debug` shows its id only, and it is overwritten when it is dropped.
pub struct Key {
    bytes: [u8; 32],
    id: String,
}

/// The keys of the chosen environment.
pub struct Keys {
    declared: DeclaredKeys,
    environment: Option<String>,
    root: PathBuf,
    env: Env,
    read: Mutex<BTreeMap<String, Arc<Key>>>,
    made_up: bool,
}

/// No file with a key is longer.
const MOST: u64 = 4096;

/// Reads a section of keys.
pub(in crate::catalog) fn parse(mut fields: Fields<'_>) -> Result<DeclaredKeys> {
    let parsed = fields.entries().into_iter().map(|(name, node)| {
        check_identifier(&name).map_err(|error| error.at(fields.place_of(&name)))?;
        Ok((name, declared(&node)?))
    });
    parsed.collect()
}

fn declared(node: &Node<'_>) -> Result<DeclaredKey> {
    let mut fields = node.fields()?;
    let (file, variable) = (fields.text("file")?, fields.text("variable")?);
    let command = fields.texts("command")?;
    let previous = fields.take("previous").map(|node| declared(&node).map(Box::new)).transpose()?;
    fields.finish()?;
    let source = match (file, variable, command.as_slice()) {
        (Some(file), None, []) if !file.trim().is_empty() => Source::File(file),
        (None, Some(variable), []) if !variable.trim().is_empty() => Source::Variable(variable),
        (None, None, [program, ..]) if !program.trim().is_empty() => Source::Command(command),
        _ => {
            return Err(node.bad(
                "takes { file = \"keys/email.key\" }, { variable = \"EMAIL_KEY\" } or { command = [\"pass\", \"email\"] }",
            ));
        }
    };
    if let Some(older) = previous.as_ref().and_then(|previous| previous.previous.as_ref()) {
        let message = "a previous key has no previous one: rotate first";
        return Err(Error::new(codes::BAD_VALUE, message).at(older.place.clone()));
    }
    Ok(DeclaredKey { source, place: node.place(), previous })
}

impl Keys {
    /// These keys, of this environment.
    pub fn new(declared: DeclaredKeys, environment: Option<String>, env: Env) -> Self {
        Self { declared, environment, root: PathBuf::from("."), env, read: Mutex::default(), made_up: false }
    }

    /// No keys at all.
    pub fn none() -> Self {
        Self::new(DeclaredKeys::new(), None, Env::default())
    }

    /// Keys that stand in for any: each is made of its name, and none is read from anywhere. What they encrypt is to be
    /// thrown away.
    pub fn stand_ins() -> Self {
        Self { made_up: true, ..Self::none() }
    }

    /// Relative paths begin in this folder.
    pub fn beneath(&mut self, root: &Path) {
        self.root = root.to_owned();
    }

    /// A key by its name; read once.
    pub fn read(&self, name: &str) -> Result<Arc<Key>> {
        let mut read = self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(key) = read.get(name) {
            return Ok(Arc::clone(key));
        }
        if self.made_up {
            return Ok(Arc::new(Key::of_bytes(Sha256::digest(name.as_bytes()).into())));
        }
        let declared = self.declared.get(name).ok_or_else(|| self.missing(name))?;
        let key = self.of_source(name, declared)?;
        read.insert(name.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    /// The key that one takes the place of, where it says so.
    pub fn previous(&self, name: &str) -> Result<Option<Arc<Key>>> {
        let Some(previous) = self.declared.get(name).and_then(|declared| declared.previous.as_deref()) else {
            return Ok(None);
        };
        // No identifier begins like this.
        let place = format!("/{name}");
        let known = |read: &Mutex<BTreeMap<String, Arc<Key>>>| {
            read.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&place).cloned()
        };
        if let Some(key) = known(&self.read) {
            return Ok(Some(key));
        }
        let key = self.of_source(name, previous)?;
        self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(place, Arc::clone(&key));
        Ok(Some(key))
    }

    /// The names of all keys.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.declared.keys().map(String::as_str)
    }

    /// The names of the keys that take the place of others.
    pub fn turning(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().filter(|(_, declared)| declared.previous.is_some()).map(|(name, _)| name.as_str())
    }

    /// The ids of a key and of the one before it, where they can be read without running a command.
    pub fn ids(&self, name: &str) -> Option<(String, String)> {
        let declared = self.declared.get(name)?;
        let at_hand = |declared: &DeclaredKey| !matches!(declared.source, Source::Command(_));
        if !at_hand(declared) || !declared.previous.as_deref().is_some_and(at_hand) {
            return None;
        }
        let (now, before) = (self.read(name).ok()?, self.previous(name).ok()??);
        Some((before.id().to_owned(), now.id().to_owned()))
    }

    fn of_source(&self, name: &str, declared: &DeclaredKey) -> Result<Arc<Key>> {
        let key = match &declared.source {
            Source::File(file) => self.of_file(name, file),
            Source::Variable(variable) => self.of_variable(name, variable),
            Source::Command(words) => self.of_command(name, words),
        };
        key.map(Arc::new).map_err(|error| error.at(declared.place.clone()))
    }

    fn missing(&self, name: &str) -> Error {
        let section = match &self.environment {
            Some(environment) => format!("[environment.{environment}.keys]"),
            None => "[keys]".to_owned(),
        };
        let message = format!("the key `{name}` is needed, and {} has none of this name", self.whose());
        Error::new(codes::MISSING_SECRET_KEY, message).hint(format!(
            "{section} {name} = {{ file = \"…\" }}, {{ variable = \"…\" }} or {{ command = […] }} in evolve.toml"
        ))
    }

    fn whose(&self) -> String {
        match &self.environment {
            Some(environment) => format!("the environment `{environment}`"),
            None => "evolve.toml (no environment is chosen)".to_owned(),
        }
    }

    fn of_file(&self, name: &str, file: &str) -> Result<Key> {
        let path = self.root.join(self.env.interpolate(file)?);
        let unusable = |why: String| {
            let message = format!("the key `{name}` of {} cannot be used: {} {why}", self.whose(), path.display());
            Error::new(codes::MISSING_SECRET_KEY, message)
        };
        let opened =
            std::fs::File::open(&path).map_err(|error| unusable(format!("cannot be read ({})", error.kind())))?;
        let about = opened.metadata().map_err(|error| unusable(format!("cannot be read ({})", error.kind())))?;
        if !about.is_file() {
            return Err(unusable("is no regular file".to_owned()));
        }
        let mode = about.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(unusable(format!("can be read by others (mode {mode:04o})"))
                .hint(format!("chmod 600 {}", path.display())));
        }
        let mut bytes = Vec::new();
        let read = opened.take(MOST).read_to_end(&mut bytes);
        let key = Key::of(&bytes);
        bytes.fill(0);
        read.map_err(|error| unusable(format!("cannot be read ({})", error.kind())))?;
        key.ok_or_else(|| unusable(FORM.to_owned()))
    }

    fn of_variable(&self, name: &str, variable: &str) -> Result<Key> {
        let unusable = |why: &str| {
            let message = format!("the key `{name}` of {} cannot be used: the variable {variable} {why}", self.whose());
            Error::new(codes::MISSING_SECRET_KEY, message)
        };
        let text = self.env.get(variable).ok_or_else(|| unusable("is not set"))?;
        Key::of(text.as_bytes()).ok_or_else(|| unusable(FORM))
    }

    fn of_command(&self, name: &str, words: &[String]) -> Result<Key> {
        let program = words.first().map_or("", String::as_str);
        let unusable = |why: &str| {
            let message = format!("the key `{name}` of {} cannot be used: the command {program} {why}", self.whose());
            Error::new(codes::MISSING_SECRET_KEY, message)
                .hint("what it complains of is not shown here: run it by hand to see it")
        };
        let words = words.iter().map(|word| self.env.interpolate(word)).collect::<Result<Vec<_>>>()?;
        let mut bytes = command::said(&words, &self.root, MOST).map_err(|why| unusable(&why))?;
        let key = Key::of(&bytes);
        bytes.fill(0);
        key.ok_or_else(|| unusable(FORM))
    }
}

const FORM: &str = "does not hold 32 bytes, as they are, in base 64 or in hexadecimal";

impl Key {
    /// The key of 32 bytes, or of their text; a line's end behind it does not count.
    pub fn of(given: &[u8]) -> Option<Self> {
        let bare = given.strip_suffix(b"\n").map(|bare| bare.strip_suffix(b"\r").unwrap_or(bare)).unwrap_or(given);
        let plain = [given, bare].into_iter().find_map(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = plain.or_else(|| {
            let text = std::str::from_utf8(bare).ok()?.trim();
            let bytes = if text.len() == 64 { hexadecimal(text) } else { base64::decode(text) };
            <[u8; 32]>::try_from(bytes?.as_slice()).ok()
        });
        bytes.map(Self::of_bytes)
    }

    fn of_bytes(bytes: [u8; 32]) -> Self {
        let digest = Sha256::digest(bytes);
        let id = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self { bytes, id }
    }

    /// The first eight hexadecimal digits of its SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bytes, for the one place that needs them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::try_from(digit(pair[0])? << 4 | digit(*pair.get(1)?)?).ok()).collect()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.bytes.fill(0);
        std::hint::black_box(&self.bytes);
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.declared.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
