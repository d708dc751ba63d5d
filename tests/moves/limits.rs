//! What generated tables ask of each row beside its keys: NOT NULL, a CHECK, STRICT.

use super::dice::Dice;
use super::shape::{Apart, Shape, VALUES};
use super::step::{Filter, name};
use crate::model::{Row, V};
use std::ops::Range;

/// What a table asks of each row beside its keys.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// A column before those of the key that takes no NULL.
    not_null: Option<usize>,
    check: Option<Filter>,
}

/// CHECKs; what is neither true nor false holds.
const CHECKS: &[Filter] = &[
    ("n < 8", |row| !matches!(row[1], V::Int(n) if n >= 8)),
    ("stamp IS NOT '5'", |row| row[2] != V::Int(5)),
    ("typeof(v) <> 'blob'", |row| !matches!(row[0], V::Blob(_))),
    ("length(t) < 3", |row| !matches!(&row[3], V::Text(text) if text.len() >= 3)),
    ("n + stamp < 12 OR t = 'B'", |row| {
        !matches!((&row[1], &row[2]), (V::Int(n), V::Int(stamp)) if n + stamp >= 12)
            || matches!(&row[3], V::Text(text) if text == b"B")
            || row[3] == V::Null
    }),
];

/// Of a target only: what comes is never `own`, so that only a row that was there and is changed breaks it.
const OF_TARGETS: &[Filter] = &[("extra <> 'own' OR stamp < 4 OR v IS NULL", |row| {
    row[row.len() - 1] != V::Text(b"own".to_vec())
        || !matches!(row[2], V::Int(stamp) if stamp >= 4)
        || row[0] == V::Null
})];

impl Limits {
    /// For a table, of whose columns before those of the key a step gives these.
    pub fn roll(dice: &mut Dice, is_target: bool, given: Range<usize>) -> Self {
        let checks: Vec<Filter> = CHECKS.iter().chain(OF_TARGETS.iter().filter(|_| is_target)).copied().collect();
        Self {
            not_null: dice.percent(25).then(|| given.start + dice.below(given.len())),
            check: dice.percent(60).then(|| *dice.pick(&checks)),
        }
    }

    /// The columns before those of the key.
    pub fn columns(&self, strict: bool) -> String {
        let any = if strict { " ANY" } else { "" };
        let types = [any, " INTEGER", " INTEGER", " TEXT"];
        let column = |at: usize| {
            let null = if self.not_null == Some(at) { " NOT NULL" } else { "" };
            format!("{}{}{null}", name(at), types[at])
        };
        (0..VALUES).map(column).collect::<Vec<_>>().join(", ")
    }

    /// Its CHECK, behind the columns.
    pub fn check(&self) -> String {
        self.check.map_or(String::new(), |(sql, _)| format!(", CONSTRAINT asked CHECK ({sql} -- so\n)"))
    }

    /// What it has of them.
    pub fn named(&self) -> impl Iterator<Item = &'static str> {
        let not_null = self.not_null.is_some().then_some("NOT NULL");
        not_null.into_iter().chain(self.check.is_some().then_some("CHECK"))
    }

    /// Whether a row of a table of this shape may stand in it.
    pub fn admit(&self, shape: &Shape, row: &Row) -> bool {
        let in_key = |at: usize| {
            let (value, column) = (&row[VALUES + at], &shape.columns[at]);
            let fits = match column.declared {
                "INTEGER" | "INT" => matches!(value, V::Int(_) | V::Null),
                "TEXT" => matches!(value, V::Text(_) | V::Null),
                "BLOB" => matches!(value, V::Blob(_) | V::Null),
                "REAL" => matches!(value, V::Real(_) | V::Null),
                _ => true,
            };
            // A primary key of a STRICT table takes no NULL.
            fits && (*value != V::Null || shape.apart != Apart::Primary)
        };
        self.not_null.is_none_or(|at| row[at] != V::Null)
            && self.check.is_none_or(|(_, holds)| holds(row))
            && (!shape.strict || (0..shape.columns.len()).all(in_key))
    }
}
