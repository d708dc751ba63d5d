//! One value of a TOML table, asked for as what it should be.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::DeValue;

use super::source::Source;
use super::{Fields, SqlText, names};
use crate::error::{Error, Place, Result, codes, nearest};

/// One value: what it is, and where it stands.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    source: Source,
    path: String,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Node<'a> {
    pub(super) fn new(source: Source, path: String, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { source, path, value }
    }

    /// What the value is: `string`, `integer`, `float`, `boolean`, `datetime`, `array` or `table`.
    pub fn kind(&self) -> &'static str {
        match self.value.get_ref() {
            DeValue::String(_) => "string",
            DeValue::Integer(_) => "integer",
            DeValue::Float(_) => "float",
            DeValue::Boolean(_) => "boolean",
            DeValue::Datetime(_) => "datetime",
            DeValue::Array(_) => "array",
            DeValue::Table(_) => "table",
        }
    }

    /// The key as a person would write it, `policy.batch.rows`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where the value stands.
    pub fn place(&self) -> Place {
        self.source.place(self.value.span())
    }

    /// A text, without NUL.
    pub fn text(&self) -> Result<String> {
        let DeValue::String(text) = self.value.get_ref() else { return Err(self.wrong("a string")) };
        if text.contains('\0') {
            return Err(self.bad("must not hold a NUL"));
        }
        Ok(text.clone().into_owned())
    }

    /// A text that is not blank.
    pub fn filled_text(&self) -> Result<String> {
        let text = self.text()?;
        if text.trim().is_empty() { Err(self.bad("must not be empty")) } else { Ok(text) }
    }

    /// An integer.
    pub fn integer(&self) -> Result<i64> {
        self.integer_in(i64::MIN..=i64::MAX)
    }

    /// An integer in this range.
    pub fn integer_in(&self, range: RangeInclusive<i64>) -> Result<i64> {
        let DeValue::Integer(digits) = self.value.get_ref() else { return Err(self.wrong("an integer")) };
        match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(value) if range.contains(&value) => Ok(value),
            _ => Err(self.bad(&format!("takes an integer from {} to {}", range.start(), range.end()))),
        }
    }

    /// A truth value.
    pub fn boolean(&self) -> Result<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A number's digits in base ten; a float's as they are written.
    pub fn number_text(&self) -> Result<String> {
        match self.value.get_ref() {
            DeValue::Integer(_) => self.integer().map(|value| value.to_string()),
            DeValue::Float(float) => match float.as_str().parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(float.as_str().to_owned()),
                _ => Err(self.bad("takes a finite number")),
            },
            _ => Err(self.wrong("a number")),
        }
    }

    /// A text, or a number's digits.
    pub fn scalar_text(&self) -> Result<String> {
        match self.value.get_ref() {
            DeValue::Integer(_) | DeValue::Float(_) => self.number_text(),
            DeValue::String(_) => self.text(),
            _ => Err(self.wrong("a string or a number")),
        }
    }

    /// The elements of a list or of an array of tables.
    pub fn list(&self) -> Result<Vec<Node<'a>>> {
        let DeValue::Array(elements) = self.value.get_ref() else { return Err(self.wrong("an array")) };
        Ok(elements.iter().map(|value| Node::new(self.source.clone(), self.path.clone(), value)).collect())
    }

    /// The elements of a list, or the one value that is no list.
    pub fn one_or_more(&self) -> Result<Vec<Node<'a>>> {
        if matches!(self.value.get_ref(), DeValue::Array(_)) { self.list() } else { Ok(vec![self.clone()]) }
    }

    /// A table.
    pub fn fields(&self) -> Result<Fields<'a>> {
        let DeValue::Table(table) = self.value.get_ref() else { return Err(self.wrong("a table")) };
        Ok(Fields::new(self.source.clone(), self.path.clone(), self.value.span(), table))
    }

    /// SQL: a text, or a table of texts by engine.
    pub fn sql(&self) -> Result<SqlText> {
        match self.value.get_ref() {
            DeValue::String(_) => {
                Ok(SqlText { any: Some(self.filled_text()?), by: BTreeMap::new(), place: self.place() })
            }
            DeValue::Table(_) => SqlText::by_engine(self.fields()?),
            _ => Err(self.wrong("SQL: a string, or a table { sqlite = \"…\", postgres = \"…\" }")),
        }
    }

    /// One of a few words, and what it stands for.
    pub fn choice<T: Clone>(&self, words: &[(&str, T)]) -> Result<T> {
        let given = self.text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == given) {
            return Ok(value.clone());
        }
        let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let error = self.bad(&format!("takes {}", one_of(&all)));
        Err(match nearest(&given, all) {
            Some(near) => error.hint(format!("did you mean \"{near}\"?")),
            None => error,
        })
    }

    /// The name of a table or column.
    pub fn name(&self) -> Result<String> {
        self.named(names::check_name)
    }

    /// The name of a table or column that is written to.
    pub fn target(&self) -> Result<String> {
        self.named(names::check_target)
    }

    /// A name of evolve's own: an id, a stage.
    pub fn identifier(&self) -> Result<String> {
        self.named(names::check_identifier)
    }

    fn named(&self, check: fn(&str) -> Result<()>) -> Result<String> {
        let DeValue::String(name) = self.value.get_ref() else { return Err(self.wrong("a name")) };
        check(name).map_err(|error| error.at(self.place()))?;
        Ok(name.clone().into_owned())
    }

    /// The value itself, for a digest.
    #[cfg(feature = "sqlite")]
    pub(in crate::catalog) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    /// What the file declares of an application's own.
    #[cfg(feature = "sqlite")]
    pub fn application(&self) -> &crate::catalog::application::Application {
        &self.source.application
    }

    /// What of an application's own the value uses.
    #[cfg(feature = "sqlite")]
    pub(in crate::catalog) fn used(&self) -> crate::catalog::application::Used {
        self.source.application.used(self.value.get_ref())
    }

    /// The error for a value of another type.
    pub fn wrong(&self, expected: &str) -> Error {
        let article = if matches!(self.kind(), "integer" | "array") { "an" } else { "a" };
        let message = format!("`{}` takes {expected}, not {article} {}", self.path, self.kind());
        Error::new(codes::WRONG_TYPE, message).at(self.place())
    }

    /// The error for a value that is not taken: `` `key` `` and these words. They must not hold the value.
    pub fn bad(&self, words: &str) -> Error {
        Error::new(codes::BAD_VALUE, format!("`{}` {words}", self.path)).at(self.place())
    }
}

/// `a`, `b` or `c`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
