//! Tables of TOML, read key by key.
//!
//! Takes a [`Text`]; gives typed values, and errors at their line that say what was expected. Must not know which keys
//! there are: who reads a table asks for them, and what nobody asked for is an error. Values that may be secret are
//! never part of a message.

mod names;
mod node;
mod source;
mod sql;

pub(super) use names::is_combining;
pub use names::{check_identifier, check_name, check_target};
pub use node::Node;
pub use source::Document;
pub use sql::SqlText;

use source::Source;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Place, Result, Text, codes, nearest};

/// One table being read. Each key that was asked for is taken; [`finish`](Fields::finish) refuses the others.
#[derive(Debug)]
pub struct Fields<'a> {
    source: Source,
    path: String,
    span: Range<usize>,
    entries: Vec<Entry<'a>>,
    asked: Vec<String>,
    elsewhere: Vec<(String, String)>,
}

#[derive(Debug)]
struct Entry<'a> {
    key: &'a str,
    span: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
    taken: bool,
}

impl<'a> Fields<'a> {
    /// The table at `path` (empty for the whole file), its entries in the order they are written.
    fn new(source: Source, path: String, span: Range<usize>, table: &'a DeTable<'a>) -> Self {
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| Entry { key: key.get_ref(), span: key.span(), value, taken: false })
            .collect();
        entries.sort_by_key(|entry| entry.span.start);
        Self { source, path, span, entries, asked: Vec::new(), elsewhere: Vec::new() }
    }

    /// The table's name as a person would write it, `policy.batch`; empty for the whole file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file this table stands in.
    pub fn text_of_file(&self) -> &Text {
        &self.source.text
    }

    /// Where the table begins.
    pub fn place(&self) -> Place {
        self.source.place(self.span.clone())
    }

    /// Where the key stands, or the table if it has no such key.
    pub fn place_of(&self, key: &str) -> Place {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        self.source.place(entry.map_or(self.span.clone(), |entry| entry.span.clone()))
    }

    /// Whether the table has this key; it does not take it.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// The value of a key, which is taken with this.
    pub fn take(&mut self, key: &str) -> Option<Node<'a>> {
        if !self.asked.iter().any(|asked| asked == key) {
            self.asked.push(key.to_owned());
        }
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        self.entries[at].taken = true;
        Some(self.node(at))
    }

    /// The value of a key, which is not taken with this.
    pub fn peek(&self, key: &str) -> Option<Node<'a>> {
        self.entries.iter().position(|entry| entry.key == key).map(|at| self.node(at))
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, key: &str) -> Result<Node<'a>> {
        self.take(key).ok_or_else(|| self.missing(key))
    }

    /// Everything that was not taken yet, in the order it is written.
    pub fn entries(&mut self) -> Vec<(String, Node<'a>)> {
        let open: Vec<_> = (0..self.entries.len()).filter(|&at| !self.entries[at].taken).collect();
        open.iter().for_each(|&at| self.entries[at].taken = true);
        open.into_iter().map(|at| (self.entries[at].key.to_owned(), self.node(at))).collect()
    }

    /// A text.
    pub fn text(&mut self, key: &str) -> Result<Option<String>> {
        self.take(key).map(|node| node.text()).transpose()
    }

    /// A text that must be there and not be blank.
    pub fn required_text(&mut self, key: &str) -> Result<String> {
        self.required(key)?.filled_text()
    }

    /// A truth value.
    pub fn boolean(&mut self, key: &str) -> Result<Option<bool>> {
        self.take(key).map(|node| node.boolean()).transpose()
    }

    /// An integer in this range.
    pub fn integer(&mut self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>> {
        self.take(key).map(|node| node.integer_in(range)).transpose()
    }

    /// A list of texts; none if the key is not there.
    pub fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        let Some(node) = self.take(key) else { return Ok(Vec::new()) };
        node.list()?.iter().map(Node::filled_text).collect()
    }

    /// One name of a table or column.
    pub fn name(&mut self, key: &str) -> Result<Option<String>> {
        self.take(key).map(|node| node.name()).transpose()
    }

    /// One name of a table or column that must be there.
    pub fn required_name(&mut self, key: &str) -> Result<String> {
        self.required(key)?.name()
    }

    /// The name of a table or column that is written to: not one of SQLite's or evolve's own.
    pub fn required_target(&mut self, key: &str) -> Result<String> {
        self.required(key)?.target()
    }

    /// Names of tables or columns: a list, or one text; none if the key is not there.
    pub fn names(&mut self, key: &str) -> Result<Vec<String>> {
        let Some(node) = self.take(key) else { return Ok(Vec::new()) };
        node.one_or_more()?.iter().map(Node::name).collect()
    }

    /// Identifiers of evolve's own (ids, stage names): a list, or one text; none if the key is not there.
    pub fn identifiers(&mut self, key: &str) -> Result<Vec<String>> {
        let Some(node) = self.take(key) else { return Ok(Vec::new()) };
        node.one_or_more()?.iter().map(Node::identifier).collect()
    }

    /// One of a few words, and what it stands for.
    pub fn choice<T: Clone>(&mut self, key: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        self.take(key).map(|node| node.choice(words)).transpose()
    }

    /// A table below this one.
    pub fn fields(&mut self, key: &str) -> Result<Option<Fields<'a>>> {
        self.take(key).map(|node| node.fields()).transpose()
    }

    /// A list, or an array of tables.
    pub fn list(&mut self, key: &str) -> Result<Option<Vec<Node<'a>>>> {
        self.take(key).map(|node| node.list()).transpose()
    }

    /// SQL, for every engine or by engine.
    pub fn sql(&mut self, key: &str) -> Result<Option<SqlText>> {
        self.take(key).map(|node| node.sql()).transpose()
    }

    /// SQL that must be there.
    pub fn required_sql(&mut self, key: &str) -> Result<SqlText> {
        self.required(key)?.sql()
    }

    /// If the table holds `key` and nobody asks for it, this is what the error advises.
    pub fn elsewhere(&mut self, key: &str, hint: &str) {
        self.elsewhere.push((key.to_owned(), hint.to_owned()));
    }

    /// The end: a key nobody asked for is an error at its place that names the nearest one.
    pub fn finish(self) -> Result<()> {
        match self.entries.iter().find(|entry| !entry.taken) {
            Some(entry) => Err(self.unknown(entry)),
            None => Ok(()),
        }
    }

    /// The error for a key that must be there and is not; it says if the key slid into a table below.
    pub fn missing(&self, key: &str) -> Error {
        let message =
            if self.path.is_empty() { format!("`{key}` is missing") } else { format!("`{}` needs `{key}`", self.path) };
        let error = Error::new(codes::MISSING_KEY, message).at(self.place());
        match self.slid(key) {
            Some((table, line)) => error.hint(format!(
                "`{key}` of line {line} belongs to the table `{table}` above it: in TOML a key belongs to the last \
                 header, so move it up"
            )),
            None => error,
        }
    }

    /// The table directly below that holds this key, and the line.
    fn slid(&self, key: &str) -> Option<(String, usize)> {
        self.entries.iter().find_map(|entry| {
            let (found, _) = entry.value.get_ref().as_table()?.get_key_value(key)?;
            Some((self.below(entry.key), self.source.place(found.span()).line))
        })
    }

    fn unknown(&self, entry: &Entry<'_>) -> Error {
        let error = Error::new(codes::UNKNOWN_KEY, format!("unknown key `{}`", self.below(entry.key)))
            .at(self.source.place(entry.span.clone()));
        if let Some((_, hint)) = self.elsewhere.iter().find(|(key, _)| key == entry.key) {
            return error.hint(hint);
        }
        match nearest(entry.key, self.asked.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if self.asked.is_empty() => error,
            None => error.hint(format!("known here: {}", self.asked.join(", "))),
        }
    }

    fn node(&self, at: usize) -> Node<'a> {
        let entry = &self.entries[at];
        Node::new(self.source.clone(), self.below(entry.key), entry.value)
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

#[cfg(test)]
mod tests;
