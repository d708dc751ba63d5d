//! What a value is held against: a number, exactly, or a text.

use super::decimal::Decimal;
use super::scalar::scalar;
use crate::catalog::Node;
use crate::error::Result;
use crate::value::Value;
use std::cmp::Ordering;

/// A bound of `min` or `max`.
#[derive(Debug)]
pub(super) enum Bound {
    /// Numbers, and text that is one.
    Number(Decimal),
    /// Text, byte by byte.
    Text(String),
}

impl Bound {
    /// Reads a number or a text; a date stands in quotes.
    pub(super) fn read(node: &Node<'_>) -> Result<Self> {
        match scalar(node)? {
            Value::Text(text) => Ok(Self::Text(text)),
            number => Decimal::of(&number).map(Self::Number).ok_or_else(|| node.wrong("a number or a text")),
        }
    }

    /// How the value compares to the bound; nothing where it cannot be compared.
    pub(super) fn compare(&self, value: &Value) -> Option<Ordering> {
        match (self, value) {
            (Self::Number(bound), value) => Decimal::of(value).map(|number| number.compare(bound)),
            (Self::Text(bound), Value::Text(text)) => Some(text.as_str().cmp(bound)),
            (Self::Text(_), _) => None,
        }
    }

    /// Why a value cannot be compared.
    pub(super) fn expects(&self) -> &'static str {
        match self {
            Self::Number(_) => "is no number",
            Self::Text(_) => "is no text",
        }
    }
}
