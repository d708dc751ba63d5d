//! A plain value of a stage file as a value of a database.

use crate::catalog::Node;
use crate::error::{Error, Result, codes};
use crate::value::Value;

/// The value of a string, number or boolean; true and false are 1 and 0.
pub(super) fn scalar(node: &Node<'_>) -> Result<Value> {
    match node.kind() {
        "string" => node.text().map(Value::Text),
        "integer" => node.integer().map(Value::Integer),
        "float" => real(node).map(Value::Real),
        "boolean" => node.boolean().map(|yes| Value::Integer(yes.into())),
        "datetime" => Err(node.wrong("a plain value").hint("put the date in quotes")),
        _ => Err(node.wrong("a text, a number, true or false")),
    }
}

/// The text of a plain value, for lists that compare as text.
pub(super) fn scalar_text(node: &Node<'_>) -> Result<String> {
    let value = scalar(node)?;
    let text = super::function::text_of("value", &value).map(std::borrow::Cow::into_owned);
    text.map_err(|invalid| bad(node, invalid.reason))
}

fn real(node: &Node<'_>) -> Result<f64> {
    node.number_text()?.parse().map_err(|_| node.wrong("a number"))
}

/// The pair of values of a list of two.
pub(super) fn pair<'a>(node: &Node<'a>, shape: &str) -> Result<(Node<'a>, Node<'a>)> {
    let mut items = node.list()?.into_iter();
    match (items.next(), items.next(), items.next()) {
        (Some(first), Some(second), None) => Ok((first, second)),
        _ => Err(node.wrong(&format!("a list of two: {shape}"))),
    }
}

/// A column that cannot be understood, at the place of this value: its key and these words.
pub(super) fn bad(node: &Node<'_>, words: impl std::fmt::Display) -> Error {
    Error::new(codes::BAD_COLUMN, format!("`{}` {words}", node.path())).at(node.place())
}

/// The refusal of a word that none of `known` is.
pub(super) fn unknown<'k>(node: &Node<'_>, what: &str, word: &str, known: impl IntoIterator<Item = &'k str>) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    let error = bad(node, format!("names `{word}`, which `{what}` does not have"));
    match crate::error::nearest(word, known.iter().copied()) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error.hint(format!("it has {}", known.join(", "))),
    }
}
