//! A naïve model of moving rows: one row after another, over values that compare as SQLite's do.

use crate::rig::Project;
use rusqlite::types::ValueRef;
use std::cmp::Ordering;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum V {
    Null,
    Int(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

/// How texts of a key compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Collation {
    Binary,
    NoCase,
    RTrim,
}

pub type Row = Vec<V>;

/// What a step says of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Account {
    pub read: u64,
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub skipped: u64,
    pub rejected: u64,
}

impl V {
    pub fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Int(value),
            ValueRef::Real(value) => Self::Real(value),
            ValueRef::Text(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }

    fn class(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Int(_) | Self::Real(_) => 1,
            Self::Text(_) => 2,
            Self::Blob(_) => 3,
        }
    }

    /// As SQLite orders: NULL, numbers, texts, blobs.
    pub fn order(&self, other: &Self, collation: Collation) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => collated(a, collation).cmp(&collated(b, collation)),
            (Self::Blob(a), Self::Blob(b)) => a.cmp(b),
            (Self::Real(a), Self::Real(b)) => a.partial_cmp(b).expect("SQLite keeps no NaN"),
            (Self::Int(a), Self::Real(b)) => exactly(*a, *b),
            (Self::Real(a), Self::Int(b)) => exactly(*b, *a).reverse(),
            (a, b) => a.class().cmp(&b.class()),
        }
    }

    /// Whether two keys are one: NULL is no key.
    pub fn same(&self, other: &Self, collation: Collation) -> bool {
        *self != Self::Null && self.order(other, collation) == Ordering::Equal
    }
}

/// An integer against a real, by their values: beyond 2^53 not every integer is a real.
fn exactly(integer: i64, real: f64) -> Ordering {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if real >= BEYOND {
        return Ordering::Less;
    }
    if real < -BEYOND {
        return Ordering::Greater;
    }
    #[allow(clippy::cast_possible_truncation)]
    let whole = real.trunc() as i64;
    integer.cmp(&whole).then(0.0_f64.partial_cmp(&real.fract()).expect("a fraction"))
}

fn collated(bytes: &[u8], collation: Collation) -> Vec<u8> {
    match collation {
        Collation::Binary => bytes.to_vec(),
        Collation::NoCase => bytes.to_ascii_lowercase(),
        Collation::RTrim => {
            let end = bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
            bytes[..end].to_vec()
        }
    }
}

/// All rows of a question.
pub fn rows(project: &Project, sql: &str) -> Vec<Row> {
    let connection = project.open();
    let mut statement = connection.prepare(sql).expect(sql);
    let width = statement.column_count();
    let mut rows = statement.query([]).expect(sql);
    let mut all = Vec::new();
    while let Some(row) = rows.next().expect(sql) {
        all.push((0..width).map(|at| V::of(row.get_ref(at).expect("a value"))).collect());
    }
    all
}

/// Rows in no order.
pub fn sorted(rows: &[Row]) -> Vec<String> {
    let mut lines: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    lines.sort();
    lines
}

/// The account of a step in a run's document.
pub fn account(document: &serde_json::Value, step: &str) -> Account {
    let steps = document["result"]["steps"].as_array().unwrap_or_else(|| panic!("{document}"));
    let step = steps.iter().find(|found| found["id"] == step).unwrap_or_else(|| panic!("{document}"));
    let number = |key: &str| step[key].as_u64().unwrap_or_else(|| panic!("{key}: {document}"));
    Account {
        read: number("read"),
        inserted: number("inserted"),
        updated: number("updated"),
        unchanged: number("unchanged"),
        skipped: number("skipped"),
        rejected: number("rejected"),
    }
}

/// What happens to a row whose key is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    Fail,
    Skip,
    Overwrite,
    /// Fills these columns, by their place.
    Fill(&'static [usize]),
    /// The greater in this column wins.
    Newest(usize),
}

/// Moves rows into a target, one after another; `None` where one is in the way. `keys` are the target's unique keys: places
/// of columns with their collations. Rows of the target may have more columns at their end, which get `rest`.
pub fn insert(
    incoming: &[Row],
    target: &[Row],
    keys: &[Vec<(usize, Collation)>],
    rule: Rule,
    rest: &[V],
) -> Option<(Vec<Row>, Account)> {
    let (mut target, mut account) = (target.to_vec(), Account::default());
    for row in incoming {
        account.read += 1;
        let same = |other: &Row| {
            keys.iter().any(|key| key.iter().all(|(at, collation)| row[*at].same(&other[*at], *collation)))
        };
        let Some(at) = target.iter().position(same) else {
            target.push(row.iter().chain(rest).cloned().collect());
            account.inserted += 1;
            continue;
        };
        match rule {
            Rule::Fail => return None,
            Rule::Skip => account.skipped += 1,
            Rule::Overwrite if target[at][..row.len()] == row[..] => account.unchanged += 1,
            Rule::Overwrite => {
                target[at][..row.len()].clone_from_slice(row);
                account.updated += 1;
            }
            Rule::Fill(columns) => {
                let empty = |column: &&usize| target[at][**column] == V::Null && row[**column] != V::Null;
                let fill: Vec<usize> = columns.iter().filter(empty).copied().collect();
                if fill.is_empty() {
                    account.skipped += 1
                } else {
                    account.updated += 1
                }
                fill.into_iter().for_each(|column| target[at][column] = row[column].clone());
            }
            Rule::Newest(column) => {
                let (new, old) = (&row[column], &target[at][column]);
                if *new != V::Null && new.order(old, Collation::Binary) == Ordering::Greater {
                    target[at][..row.len()].clone_from_slice(row);
                    account.updated += 1;
                } else {
                    account.skipped += 1;
                }
            }
        }
    }
    Some((target, account))
}
