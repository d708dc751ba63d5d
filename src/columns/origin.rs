//! Where a column's value comes from.

use super::scalar::{bad, scalar};
use crate::catalog::{Fields, Node, SqlText};
use crate::error::{Error, Result, codes};
use crate::value::Value;

/// Where a column's value comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The declaration is an SQL expression, nothing else.
    Expression(SqlText),
    /// `from`: a column; or, with a slash at its head, a JSON Pointer into a source's record.
    From(String),
    /// `value`: a constant.
    Value(Value),
    /// `sql`: an SQL expression with functions upon it.
    Sql(SqlText),
    /// `new`: a value that is made for each row.
    New(New),
    /// `link`: the generated key of another piece of the same row, `people.id`.
    Link(String),
    /// None of them: the column of the same name as the target.
    Whole,
}

/// A value that is made for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {
    /// A ULID.
    Ulid,
    /// A UUID, version 7.
    Uuid,
    /// The time of the run.
    Now,
}

/// Its words.
const NEW: [(&str, New); 3] = [("ulid", New::Ulid), ("uuid", New::Uuid), ("now", New::Now)];

impl Origin {
    /// Reads whichever origin the column `name` declares.
    pub(super) fn parse(name: &str, fields: &mut Fields<'_>) -> Result<Self> {
        let given = ["from", "value", "sql", "new", "link"].map(|key| fields.take(key).map(|node| (key, node)));
        let mut given = given.into_iter().flatten();
        let Some((key, node)) = given.next() else { return Ok(Self::Whole) };
        if let Some((other, second)) = given.next() {
            let message = format!("the column `{name}` has both `{key}` and `{other}`");
            return Err(Error::new(codes::BAD_COLUMN, message)
                .at(second.place())
                .hint("a value has one origin: keep one"));
        }
        match key {
            "from" => node.name().map(Self::From),
            "value" => scalar(&node).map(Self::Value),
            "sql" => node.sql().map(Self::Sql),
            "new" => node.choice(&NEW).map(Self::New),
            _ => link(&node).map(Self::Link),
        }
    }
}

/// `people.id`: a piece and its column.
fn link(node: &Node<'_>) -> Result<String> {
    let link = node.name()?;
    match link.split_once('.') {
        Some((table, column)) if !table.is_empty() && !column.is_empty() => Ok(link),
        _ => Err(bad(node, "takes a table and its column").hint("such as \"people.id\"")),
    }
}
