//! Where a migration's comments are, and where its first statement begins.
//!
//! Takes SQL; gives comments and positions. It knows quotes and comments of both engines and nothing else of SQL.

use std::ops::Range;

use crate::error::{Error, Place, Result, Text, codes};

/// The comments of a text, and where the first statement begins.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Each `--` comment, without its line end.
    pub comments: Vec<Range<usize>>,
    /// The first byte that is neither white space, comment nor `;`; nothing if there is none.
    pub statement: Option<usize>,
}

/// Finds comments and the first statement.
pub(super) fn scan(sql: &str) -> Head {
    let mut head = Head::default();
    let mut at = 0;
    while at < sql.len() {
        let rest = &sql[at..];
        let length = if rest.starts_with("--") {
            let length = rest.find('\n').unwrap_or(rest.len());
            head.comments.push(at..at + length);
            length
        } else if let Some(words) = rest.strip_prefix("/*") {
            words.find("*/").map_or(rest.len(), |end| end + 4)
        } else {
            let (length, is_statement) = token(rest);
            if is_statement {
                head.statement.get_or_insert(at);
            }
            length
        };
        at += length;
    }
    head
}

/// The length of what begins here, and whether it is part of a statement.
fn token(rest: &str) -> (usize, bool) {
    let Some(first) = rest.chars().next() else { return (0, false) };
    match first {
        '\'' | '"' | '`' => (quoted(rest, first), true),
        '$' => (dollar_quoted(rest).unwrap_or(1), true),
        ';' => (1, false),
        c if c.is_whitespace() => (c.len_utf8(), false),
        c if c.is_ascii_alphanumeric() || c == '_' => {
            (rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(rest.len()), true)
        }
        c => (c.len_utf8(), true),
    }
}

/// A doubled quote reads as two quoted texts side by side, which is as good here.
fn quoted(rest: &str, quote: char) -> usize {
    rest[1..].find(quote).map_or(rest.len(), |end| end + 2)
}

/// PostgreSQL's `$$ … $$` and `$tag$ … $tag$`.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag_end = rest[1..].find('$')? + 2;
    let tag = &rest[..tag_end];
    let inner = &tag[1..tag.len() - 1];
    let is_tag =
        inner.chars().all(|c| c.is_alphanumeric() || c == '_') && !inner.starts_with(|c: char| c.is_ascii_digit());
    let end = rest[tag_end..].find(tag)?;
    is_tag.then_some(tag_end + end + tag_end)
}

/// The same of a file that holds a statement: one without does nothing, and the ledger would say that it did.
pub(super) fn of_filled(text: &Text) -> Result<Head> {
    let head = scan(&text.text);
    if head.statement.is_some() {
        return Ok(head);
    }
    Err(Error::new(codes::EMPTY_MIGRATION, format!("`{}` holds no statement", text.name))
        .at(Place::file(&*text.name))
        .hint("write the statement, or remove the file; `SELECT 1;` does nothing on purpose"))
}
