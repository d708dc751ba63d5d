//! One column of a target: where its value comes from, and what is put upon it.

use super::scalar::{bad, scalar};
use super::{FUNCTIONS, Function, Functions, Invalid, LATER};
use crate::catalog::{Fields, Node, SqlText};
use crate::error::{Error, Place, Result, codes};
use crate::movement::Formula;
use crate::value::Value;
use std::sync::Arc;

/// A declared column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Where its value comes from.
    pub origin: Origin,
    /// What is called upon it, in this order.
    pub functions: Functions,
    /// Where it is declared.
    pub place: Place,
}

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

impl Column {
    /// Reads the declaration of the column `name`: an SQL expression, or a table.
    pub fn parse(name: &str, node: &Node<'_>) -> Result<Self> {
        let place = node.place();
        if node.kind() != "table" || is_by_engine(&node.fields()?) {
            return Ok(Self { origin: Origin::Expression(node.sql()?), functions: Vec::new(), place });
        }
        let mut fields = node.fields()?;
        let origin = Origin::parse(name, &mut fields)?;
        let mut functions = Vec::new();
        for row in FUNCTIONS {
            functions.extend((row.parse)(&mut fields)?);
        }
        for key in LATER {
            if let Some(node) = fields.take(key) {
                return Err(not_yet(format!("the column function `{key}`"), node.place()));
            }
        }
        fields.finish()?;
        Ok(Self { origin, functions, place })
    }

    /// The column as a value over the row of the source; functions of a constant are called here, once.
    pub fn formula(&self, target: &str, dialect: &str) -> Result<Formula> {
        let start = match &self.origin {
            Origin::Value(value) => return self.constant(target, value.clone()),
            Origin::Expression(sql) | Origin::Sql(sql) => Formula::Sql(sql.of(dialect)?.to_owned()),
            Origin::From(column) if column.starts_with('/') => {
                return Err(not_yet("`from` with a JSON Pointer, into a source,", self.place.clone()).hint(
                    "for JSON in a column write { from = \"column\", apply = [{ json_get = \"/owner/name\" }] }",
                ));
            }
            Origin::From(column) => Formula::Column(column.clone()),
            Origin::New(new) => Formula::New(*new, target.to_owned()),
            Origin::Link(_) => {
                let message = "`link` stands only in a split: it is the value that another piece of the same row has";
                return Err(Error::new(codes::BAD_COLUMN, message).at(self.place.clone()));
            }
            Origin::Whole => Formula::Column(target.to_owned()),
        };
        Ok(self.upon(start))
    }

    /// The column's functions upon a value that is known from elsewhere, such as the one a link leads to.
    pub fn upon(&self, start: Formula) -> Formula {
        let call = |input, function: &Arc<dyn Function>| Formula::Call(Arc::clone(function), Box::new(input));
        self.functions.iter().fold(start, call)
    }

    /// What the functions make of a value, in their order; NULL passes those that do not take it.
    pub fn call(&self, value: Value) -> std::result::Result<Value, Invalid> {
        self.functions.iter().try_fold(value, |value, function| match value {
            Value::Null if !function.takes_null() => Ok(Value::Null),
            value => function.call(value),
        })
    }

    fn constant(&self, target: &str, value: Value) -> Result<Formula> {
        let refused =
            |why: Invalid| Error::new(codes::BAD_COLUMN, format!("the value of `{target}` is refused: {why}"));
        self.call(value).map(Formula::Constant).map_err(|why| refused(why).at(self.place.clone()))
    }
}

impl Origin {
    fn parse(name: &str, fields: &mut Fields<'_>) -> Result<Self> {
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

/// `{ sqlite = "…", postgres = "…" }` stands for an expression.
fn is_by_engine(fields: &Fields<'_>) -> bool {
    ["sqlite", "postgres"].iter().any(|dialect| fields.has(dialect))
}

fn not_yet(what: impl std::fmt::Display, place: Place) -> Error {
    Error::new(codes::NOT_YET, format!("{what} comes in a later version of evolve")).at(place)
}
