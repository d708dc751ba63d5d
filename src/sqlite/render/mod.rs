//! A Movement as SQLite's SQL.
//!
//! Takes a Movement and the shapes of its tables; gives the statements of its batches, forward and back. Every value
//! that is not declared is a bound parameter; every name is quoted by the one function. Runs nothing.

mod account;
mod ask;
mod back;
mod capture;
mod collide;
mod formula;
mod gone;
mod meanwhile;
mod refuse;
mod rekey;
mod rule;
mod size;
mod unique;
mod write;

pub use account::{Key, STAND_IN};
pub use capture::{Ears, came, gone, held, may};
pub use formula::Why;
pub use size::octets;

use crate::columns::Function;
use crate::movement::{Missing, Movement};
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::shape;
use formula::{Rows, formula, references};
use std::sync::Arc;

/// What of the source a batch is about, counted from the parameters: those after the cursor come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// From the very first row to the given key.
    First,
    /// Behind the cursor up to the given key.
    Between,
    /// Behind the cursor, without end.
    After,
    /// All rows.
    All,
    /// All rows of the table, whether they are selected or not.
    Any,
    /// Those that appeared or changed behind the cursor, as they were gathered.
    Meanwhile,
}

/// A Movement with what is needed to render it.
#[derive(Debug)]
pub struct Rendering<'a> {
    movement: &'a Movement,
    source: &'a Table,
    target: &'a Table,
    /// The column functions, by number.
    pub calls: Vec<Arc<dyn Function>>,
    /// The columns whose values may be refused, by number.
    pub whys: Vec<Why>,
    values: Vec<String>,
    references: Vec<String>,
    rules: Vec<String>,
    key: Vec<String>,
    /// Columns that are written beside the Movement's own, with their values, and compared with nothing.
    beside: Vec<(String, String)>,
    /// What the tables begin with in which rows stand that came and are not moved, where they are to be left out.
    aside: Option<String>,
}

impl<'a> Rendering<'a> {
    /// A Movement over these tables.
    pub fn new(movement: &'a Movement, source: &'a Table, target: &'a Table) -> Self {
        let mut calls = Vec::new();
        let key = walk(movement, source);
        let rows = Rows { table: movement.from.alias.as_ref().unwrap_or(&source.name), key: &key };
        let values = movement.columns.iter().map(|assign| formula(&assign.value, rows, &mut calls)).collect();
        let references = movement.columns.iter().flat_map(|assign| references(assign, rows, &mut calls)).collect();
        let rules =
            movement.rules.iter().map(|rule| rule::rendered(rule, movement, source, rows, &mut calls)).collect();
        let whys = movement.columns.iter().filter_map(|assign| Why::of(assign, rows)).collect();
        Self { key, movement, source, target, calls, whys, values, references, rules, beside: Vec::new(), aside: None }
    }

    fn join(&self) -> String {
        let lookup = self.movement.lookup.as_ref();
        lookup
            .map(|lookup| format!(" LEFT JOIN {} ON {}", quoted(&lookup.table), paren(&lookup.on)))
            .unwrap_or_default()
    }

    /// The SQL of one column's value, for looking at it alone: where a condition stands, in which no aggregate and no window
    /// can be, because they make one row of several, or count within a batch.
    pub fn value(&self, index: usize) -> String {
        format!("SELECT 1 FROM {}{} WHERE ({}) IS NULL", self.from(), self.join(), self.values[index])
    }

    /// The key of the last row of a batch of `?` rows (the last parameter is one less): no row where fewer are left.
    pub fn boundary(&self, range: Range) -> String {
        format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT 1 OFFSET ?",
            self.key.join(", "),
            self.from(),
            self.selection(range),
            self.key.join(", ")
        )
    }

    /// The key of the last row of all.
    pub fn last(&self, range: Range) -> String {
        let descending: Vec<String> = self.key.iter().map(|key| format!("{key} DESC")).collect();
        format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT 1",
            self.key.join(", "),
            self.from(),
            self.selection(range),
            descending.join(", ")
        )
    }

    /// How many rows a range selects.
    pub fn count(&self, range: Range) -> String {
        format!("SELECT count(*) FROM {} WHERE {}", self.from(), self.selection(range))
    }

    /// Whether some row's key is NULL, so that it cannot be walked.
    pub fn null_keys(&self) -> String {
        let nulls: Vec<String> = self.key.iter().map(|key| format!("{key} IS NULL")).collect();
        format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {} AND ({}))", self.from(), self.filter(), nulls.join(" OR "))
    }

    /// The new values of a range's rows, by row, as `evolve_v`: `k0…` the row's own number or key, `c0…` the values.
    fn incoming(&self, range: Range, without: &str) -> String {
        let identity = self.identity();
        let keys = identity.iter().enumerate().map(|(at, key)| format!("{key} AS evolve_k{at}"));
        let values = self.values.iter().enumerate().map(|(at, value)| format!("{value} AS evolve_c{at}"));
        let columns: Vec<String> = keys.chain(values).collect();
        let (join, first) = match &self.movement.lookup {
            None => (String::new(), None),
            Some(lookup) => {
                let outer = if lookup.missing == Missing::Default { "LEFT JOIN" } else { "JOIN" };
                let join = format!(" {outer} {} ON {}", quoted(&lookup.table), paren(&lookup.on));
                (join, lookup.first_by.as_ref())
            }
        };
        let from = self.from();
        let (selection, without) = (self.selection(range), &format!("{without}{}", self.unless_came()));
        match first {
            None => {
                format!("SELECT {} FROM {from}{join} WHERE {}", columns.join(", "), fenced(selection, without))
            }
            Some(order) => format!(
                "SELECT * FROM (SELECT {}, row_number() OVER (PARTITION BY {} ORDER BY {order}) AS evolve_n \
                 FROM {from}{join} WHERE {selection}{without}) WHERE evolve_n = 1",
                columns.join(", "),
                identity.join(", ")
            ),
        }
    }

    /// What identifies a row of the source: its own number where it has one, else the primary key.
    fn identity(&self) -> Vec<String> {
        let table = name(self.movement, self.source);
        target_identity(self.source).into_iter().map(|column| format!("{table}.{column}")).collect()
    }

    fn from(&self) -> String {
        let alias = self.movement.from.alias.as_deref().map(|alias| format!(" AS {}", quoted(alias)));
        quoted(&self.source.name) + &alias.unwrap_or_default()
    }

    fn into(&self) -> String {
        quoted(&self.target.name)
    }

    fn filter(&self) -> String {
        self.movement.from.filter.as_deref().map_or("true".to_owned(), paren)
    }

    fn selection(&self, range: Range) -> String {
        let filter = self.filter();
        let keys = tuple(&self.key);
        let marks = tuple(&vec!["?".to_owned(); self.key.len()]);
        match range {
            Range::All => filter,
            Range::Any => "true".to_owned(),
            Range::Meanwhile => format!("{filter} AND {}", self.is_meanwhile()),
            Range::First => format!("{filter} AND {keys} <= {marks}"),
            Range::After => format!("{filter} AND {keys} > {marks}"),
            Range::Between => format!("{filter} AND {keys} > {marks} AND {keys} <= {marks}"),
        }
    }
}

/// A selection without the rows that are refused. A value of such a row must not even be computed: its function would fail. A
/// limit keeps SQLite from computing values before it has left those rows out.
fn fenced(selection: String, without: &str) -> String {
    if without.is_empty() { selection } else { format!("{selection}{without} LIMIT -1") }
}

/// What identifies a row of a table: its own number where it has one, else the primary key.
pub fn target_identity(table: &Table) -> Vec<String> {
    match shape::rowid_name(table) {
        Some(rowid) => vec![rowid.to_owned()],
        None => table.primary_key.iter().map(|column| quoted(column)).collect(),
    }
}

/// What the source is called in expressions.
fn name(movement: &Movement, source: &Table) -> String {
    quoted(movement.from.alias.as_ref().unwrap_or(&source.name))
}

/// The columns a relation is walked by, as SQL.
fn walk(movement: &Movement, source: &Table) -> Vec<String> {
    let table = name(movement, source);
    if movement.from.key.is_empty() {
        return target_identity(source).into_iter().map(|column| format!("{table}.{column}")).collect();
    }
    movement.from.key.iter().map(|column| format!("{table}.{}", quoted(column))).collect()
}

fn tuple(items: &[String]) -> String {
    match items {
        [one] => one.clone(),
        several => format!("({})", several.join(", ")),
    }
}

/// An expression in parentheses; a comment at its end stays inside.
fn paren(text: &str) -> String {
    format!("({text}\n)")
}

/// Conditions joined by AND or OR, in groups where there are many: SQLite takes an expression of a thousand levels.
pub fn joined(conditions: &[String], word: &str) -> String {
    const TOGETHER: usize = 50;
    if conditions.len() <= TOGETHER {
        return conditions.join(word);
    }
    let groups: Vec<String> = conditions.chunks(TOGETHER).map(|some| format!("({})", some.join(word))).collect();
    joined(&groups, word)
}
