//! What a column function is: a value in, a value or a reason out.

use super::{Cipher, Protection, Registered, Sample};
use crate::catalog::{Fields, FunctionId, Keys};
use crate::value::Value;
use std::sync::Arc;
use std::{borrow::Cow, fmt};

/// A column function with its arguments: pure, deterministic, the same on every engine.
pub trait Function: fmt::Debug + Send + Sync {
    /// Its key in a stage file, for messages.
    fn name(&self) -> &'static str;

    /// The value it makes of this one; NULL comes in only where [`Function::takes_null`].
    fn call(&self, input: Value) -> Result<Value, Invalid>;

    /// SQL (SQLite's) over a rendered expression that does exactly the same without calling back, where there is any.
    fn sql(&self, _input: &str) -> Option<String> {
        None
    }

    /// Whether it is called for NULL at all. Otherwise NULL passes through untouched.
    fn takes_null(&self) -> bool {
        false
    }

    /// How it protects values, where it does.
    fn protection(&self) -> Option<&Protection> {
        None
    }

    /// Itself with its keys, for the column of this label; nothing where it needs none.
    fn with_keys(&self, _keys: &Keys, _label: &str) -> crate::error::Result<Option<Arc<dyn Function>>> {
        Ok(None)
    }

    /// Which function of an application's own it is, where it is one, and how many arguments it is given.
    fn foreign(&self) -> Option<(&FunctionId, usize)> {
        None
    }

    /// Itself as the application registered it, where it is the application's and is registered.
    fn registered(&self, _registered: &Registered) -> Option<Arc<dyn Function>> {
        None
    }

    /// What it encrypts with for the column of this label, by the keys that can be read.
    fn ciphers(&self, _keys: &Keys, _label: &str) -> Vec<Cipher> {
        Vec::new()
    }

    /// Whether it encrypts with the key of this name.
    fn encrypts_with(&self, _key: &str) -> bool {
        false
    }

    /// Whether it makes codes with the key of this name, which nothing brings to another key.
    fn hashes_with(&self, _key: &str) -> bool {
        false
    }
}

/// Why a function does not take a value. The reason never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The function's name; empty where the function itself is at fault.
    pub function: Cow<'static, str>,
    /// What is wrong, as the rest of a sentence about the value: "is no integer".
    pub reason: String,
}

impl Invalid {
    /// A refusal by this function.
    pub fn new(function: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self { function: function.into(), reason: reason.into() }
    }

    /// No refusal of a value: the function itself is at fault, as these words say. It is the step's failure.
    pub fn broken(words: impl Into<String>) -> Self {
        Self { function: Cow::Borrowed(""), reason: words.into() }
    }

    /// Whether the function is at fault, not the value.
    pub fn is_broken(&self) -> bool {
        self.function.is_empty()
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_broken() {
            true => f.write_str(&self.reason),
            false => write!(f, "{}: the value {}", self.function, self.reason),
        }
    }
}

impl std::error::Error for Invalid {}

/// Functions, in the order in which they are called.
pub type Functions = Vec<Arc<dyn Function>>;

/// One function of a column table: its key, what it does, how it is read.
#[derive(Debug)]
pub struct FunctionRow {
    /// The key under which it stands, `apply`.
    pub key: &'static str,
    /// What it does, in one sentence.
    pub means: &'static str,
    /// Takes its own keys of the table; nothing where they are not there.
    pub parse: fn(&mut Fields<'_>) -> crate::error::Result<Functions>,
    /// Examples, which are documentation and tests at once.
    pub samples: &'static [Sample],
}

/// The text of a value, for functions that work on text: numbers count as their shortest text.
pub(super) fn text_of<'v>(function: &'static str, value: &'v Value) -> Result<Cow<'v, str>, Invalid> {
    match value {
        Value::Text(text) => Ok(Cow::Borrowed(text)),
        Value::Integer(number) => Ok(Cow::Owned(number.to_string())),
        Value::Real(number) if number.is_finite() => Ok(Cow::Owned(shortest(*number))),
        Value::Real(_) => Err(Invalid::new(function, "is not a finite number")),
        Value::Blob(_) | Value::Unclear(_) => Err(Invalid::new(function, "is a blob, not text")),
        Value::Null => Err(Invalid::new(function, "is NULL")),
    }
}

/// The shortest text that reads back as the same real: `0.1`, `1.0`, `1e16`.
pub(super) fn shortest(number: f64) -> String {
    format!("{number:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_their_shortest_text_and_blobs_as_none() {
        assert_eq!(text_of("x", &Value::Integer(-7)).unwrap(), "-7");
        assert_eq!(text_of("x", &Value::Real(0.1)).unwrap(), "0.1");
        assert_eq!(text_of("x", &Value::Blob(vec![0xff])).unwrap_err().reason, "is a blob, not text");
    }

    #[test]
    fn b52_f149_what_is_not_finite_is_refused() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(text_of("x", &Value::Real(number)).is_err());
        }
    }
}
