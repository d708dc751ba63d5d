//! A formula as SQL, and the chain of functions that may refuse its value.

use super::paren;
use crate::columns::{ColumnRule, Function, New, literal};
use crate::movement::{Assign, Formula};
use crate::sql::quoted;
use crate::sqlite::functions::call_name;
use crate::value::Value;
use std::sync::Arc;

/// A column whose value may be refused: the value before its functions, and the functions.
#[derive(Debug)]
pub struct Why {
    /// The column of the target.
    pub column: String,
    /// The functions, the first one first.
    pub functions: Vec<Arc<dyn Function>>,
    pub(super) base: String,
}

impl Why {
    pub(super) fn of(assign: &Assign, rows: Rows<'_>) -> Option<Self> {
        let (mut value, mut functions) = (&assign.value, Vec::new());
        while let Formula::Call(function, inner) = value {
            functions.push(Arc::clone(function));
            value = inner;
        }
        if functions.is_empty() {
            return None;
        }
        functions.reverse();
        Some(Self { column: assign.column.clone(), functions, base: formula(value, rows, &mut Vec::new()) })
    }
}

/// The source's rows: their table, and the key that is walked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) table: &'a str,
    pub(super) key: &'a [String],
}

pub(super) fn formula(value: &Formula, rows: Rows<'_>, calls: &mut Vec<Arc<dyn Function>>) -> String {
    match value {
        Formula::Column(column) => format!("{}.{}", quoted(rows.table), quoted(column)),
        Formula::Constant(value) => literal(value),
        Formula::Sql(text) => paren(text),
        Formula::New(new, label) => {
            let kind = match new {
                New::Ulid => "ulid",
                New::Uuid => "uuid",
                New::Now => "now",
            };
            format!("evolve_new('{kind}', {}, {})", literal(&Value::Text(label.clone())), rows.key.join(", "))
        }
        Formula::Call(function, inner) => {
            let inner = formula(inner, rows, calls);
            function.sql(&inner).unwrap_or_else(|| {
                calls.push(Arc::clone(function));
                format!("{}({inner})", call_name(calls.len() - 1))
            })
        }
    }
}

/// For each `references`: why a row is refused whose value, before it is protected, does not stand where it should.
pub(super) fn references(assign: &Assign, rows: Rows<'_>, calls: &mut Vec<Arc<dyn Function>>) -> Vec<String> {
    let mut whys = Vec::new();
    for rule in &assign.rules {
        let ColumnRule::References { table, column } = rule else { continue };
        // Not a correlated EXISTS: a name in the value must not find a column of the other table.
        let value = formula(assign.value.plain(), rows, calls);
        whys.push(format!(
            "CASE WHEN ({value}) IS NOT NULL AND ({value}) COLLATE BINARY NOT IN (SELECT {column} FROM {table} WHERE {column} IS NOT NULL) THEN {} END",
            literal(&Value::Text(format!("{}\u{1f}{}\u{1f}{}", assign.column, rule.name(), rule.reason()))),
            column = quoted(column),
            table = quoted(table),
        ));
    }
    whys
}
