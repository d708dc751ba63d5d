//! One column of a target: where its value comes from, and what is put upon it.

use super::apply::json_get;
use super::{ColumnRule, FUNCTIONS, Function, Functions, Invalid, Origin, Protection, RULES, json};
use crate::catalog::{DIALECTS, Node};
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
    /// What the database judges besides.
    pub rules: Vec<ColumnRule>,
    /// Where it is declared.
    pub place: Place,
}

const LINK_ELSEWHERE: &str = "`link` stands only in a split: it is what another piece of the same row has";

impl Column {
    /// Reads the declaration of the column `name`: an SQL expression, or a table.
    pub fn parse(name: &str, node: &Node<'_>) -> Result<Self> {
        let place = node.place();
        // `{ sqlite = "…", postgres = "…" }` stands for an expression.
        let by_engine = |dialect: &&str| node.fields().is_ok_and(|fields| fields.has(dialect));
        if node.kind() != "table" || DIALECTS.iter().any(by_engine) {
            return Ok(Self {
                origin: Origin::Expression(node.sql()?),
                functions: Vec::new(),
                rules: Vec::new(),
                place,
            });
        }
        let mut fields = node.fields()?;
        let origin = Origin::parse(name, &mut fields)?;
        let mut functions = Vec::new();
        for row in FUNCTIONS {
            functions.extend((row.parse)(&mut fields)?);
        }
        let mut rules = Vec::new();
        for row in RULES {
            rules.extend((row.parse)(&mut fields)?);
        }
        fields.finish()?;
        Ok(Self { origin, functions, rules, place })
    }

    /// The column as a value over the row of the source; functions of a constant are called here, once.
    pub fn formula(&self, target: &str, dialect: &str) -> Result<Formula> {
        Ok(self.upon(match &self.origin {
            // Keys and an application's functions are not known yet: what needs one is called row by row.
            Origin::Value(value) if self.waits() => Formula::Constant(value.clone()),
            Origin::Value(value) => return self.constant(target, value.clone()),
            Origin::Expression(sql) | Origin::Sql(sql) => Formula::Sql(sql.of(dialect)?.to_owned()),
            Origin::From(pointer) if pointer.starts_with('/') => self.within(pointer)?,
            Origin::From(column) => Formula::Column(column.clone()),
            Origin::New(new) => Formula::New(*new, target.to_owned()),
            Origin::Link(_) => return Err(Error::new(codes::BAD_COLUMN, LINK_ELSEWHERE).at(self.place.clone())),
            Origin::Whole => Formula::Column(target.to_owned()),
        }))
    }

    /// What a JSON Pointer leads to: first to a column, and on into the JSON that it holds.
    fn within(&self, pointer: &str) -> Result<Formula> {
        let parts = json::pointer(pointer).filter(|parts| !parts[0].is_empty());
        let Some((column, rest)) = parts.as_deref().and_then(<[String]>::split_first) else {
            return Err(Error::new(codes::BAD_COLUMN, "`from` takes a column, or a JSON Pointer that begins with one")
                .hint("such as \"/owner/name\"; ~0 is ~ and ~1 is /")
                .at(self.place.clone()));
        };
        let column = Formula::Column(column.clone());
        Ok(if rest.is_empty() { column } else { Formula::Call(json_get(rest.to_vec()), Box::new(column)) })
    }

    /// Whether it waits for something that only a run has.
    fn waits(&self) -> bool {
        self.functions.iter().any(|function| function.protection().is_some() || function.foreign().is_some())
    }

    /// How it is protected, where it is.
    pub fn protection(&self) -> Option<&Protection> {
        self.functions.iter().find_map(|function| function.protection())
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
