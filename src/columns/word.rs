//! A function that is called by a word: the members of `apply`, `cast` and `is`.

use super::scalar::{bad, unknown};
use super::{Function, Sample};
use crate::catalog::Node;
use crate::error::Result;
use std::sync::Arc;

/// One word: what it does, and how the function is made of it.
#[derive(Debug)]
pub struct WordRow {
    /// The word.
    pub key: &'static str,
    /// What it does, in one sentence.
    pub means: &'static str,
    /// How the function is made.
    pub make: Make,
    /// Examples, which are documentation and tests at once.
    pub samples: &'static [Sample],
}

/// How a function is made of its word.
#[derive(Debug)]
pub enum Make {
    /// The word alone: `"trim"`.
    Plain(fn() -> Arc<dyn Function>),
    /// The word with an argument: `{ split_part = [" ", 1] }`.
    With(fn(&Node<'_>) -> Result<Arc<dyn Function>>),
}

/// The function that a string, or a table of one key, means among these words.
pub(super) fn read(rows: &'static [WordRow], what: &str, node: &Node<'_>) -> Result<Arc<dyn Function>> {
    if node.kind() != "table" {
        let word = node.text()?;
        return match find(rows, what, &word, node)?.make {
            Make::Plain(make) => Ok(make()),
            Make::With(_) => {
                Err(bad(node, format!("names `{word}`, which needs an argument")).hint(example(rows, &word)))
            }
        };
    }
    let mut entries = node.fields()?.entries().into_iter();
    let (Some((word, argument)), None) = (entries.next(), entries.next()) else {
        return Err(bad(node, format!("takes one word of `{what}` and its argument in a table")));
    };
    match find(rows, what, &word, &argument)?.make {
        Make::With(make) => make(&argument),
        Make::Plain(_) => Err(bad(&argument, format!("gives an argument to `{word}`, which takes none"))
            .hint(format!("write \"{word}\""))),
    }
}

fn find(rows: &'static [WordRow], what: &str, word: &str, node: &Node<'_>) -> Result<&'static WordRow> {
    let known = || rows.iter().map(|row| row.key);
    rows.iter().find(|row| row.key == word).ok_or_else(|| unknown(node, what, word, known()))
}

fn example(rows: &'static [WordRow], word: &str) -> String {
    let sample = rows.iter().find(|row| row.key == word).and_then(|row| row.samples.first());
    sample.map_or_else(String::new, |sample| format!("such as {}", sample.toml))
}
