//! A Movement as SQLite's SQL.
//!
//! Takes a Movement and the shapes of its tables; gives the statements of its batches, forward and back. Every value
//! that is not declared is a bound parameter; every name is quoted by the one function. Runs nothing.

use crate::columns::{Function, New, literal};
use crate::movement::{Assign, Conflict, Formula, Missing, Movement, Write};
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::functions::{call_name, why_name};
use crate::sqlite::shape;
use crate::value::Value;
use std::sync::Arc;

/// The table of a batch's refused rows.
pub const REFUSED: &str = "temp.evolve_refused";

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
    key: Vec<String>,
}

impl<'a> Rendering<'a> {
    /// A Movement over these tables.
    pub fn new(movement: &'a Movement, source: &'a Table, target: &'a Table) -> Self {
        let mut calls = Vec::new();
        let key = walk(movement, source);
        let rows = Rows { table: &source.name, key: &key };
        let values = movement.columns.iter().map(|assign| formula(&assign.value, rows, &mut calls)).collect();
        let whys = movement.columns.iter().filter_map(|assign| Why::of(assign, rows)).collect();
        Self { key, movement, source, target, calls, whys, values }
    }

    /// Whether rows may be refused before the database sees them.
    pub fn may_refuse(&self) -> bool {
        !self.whys.is_empty() || !self.movement.rules.is_empty()
    }

    /// The rows of a range that are refused: their key, and why: column, function and reason, parted by U+001F.
    pub fn refused(&self, range: Range) -> String {
        let keys = self.key.iter().enumerate().map(|(at, key)| format!("{key} AS evolve_k{at}"));
        let columns = self.whys.iter().enumerate().map(|(number, why)| format!("{}({})", why_name(number), why.base));
        let rules = self.movement.rules.iter().map(|rule| {
            let words = literal(&Value::Text(format!("\u{1f}{}\u{1f}does not hold", rule.name)));
            format!("CASE WHEN NOT coalesce({}, 1) THEN {words} END", paren(&rule.sql))
        });
        let whys: Vec<String> = columns.chain(rules).chain(["NULL".to_owned()]).collect();
        format!(
            "SELECT * FROM (SELECT {}, coalesce({}, NULL) AS evolve_why FROM {}{} WHERE {}) WHERE evolve_why IS NOT NULL",
            keys.collect::<Vec<_>>().join(", "),
            whys.join(", "),
            self.from(),
            self.join(),
            self.selection(range)
        )
    }

    /// A refused row's own columns as a JSON object, by its key.
    pub fn record(&self) -> String {
        let columns = self.source.columns.iter().map(|column| {
            let (name, column) = (literal(&Value::Text(column.name.clone())), quoted(&column.name));
            format!("{name}, CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE {column} END")
        });
        format!(
            "SELECT json_object({}) FROM {} WHERE {}",
            columns.collect::<Vec<_>>().join(", "),
            self.from(),
            self.key.iter().map(|key| format!("{key} IS ?")).collect::<Vec<_>>().join(" AND ")
        )
    }

    /// The columns of the table of a batch's refused rows: one for each part of the key.
    pub fn refused_columns(&self) -> Vec<String> {
        (0..self.key.len()).map(|at| format!("k{at}")).collect()
    }

    fn join(&self) -> String {
        let lookup = self.movement.lookup.as_ref();
        lookup
            .map(|lookup| format!(" LEFT JOIN {} ON {}", quoted(&lookup.table), paren(&lookup.on)))
            .unwrap_or_default()
    }

    /// The SQL of one column's value, for looking at it alone.
    pub fn value(&self, index: usize) -> String {
        format!("SELECT {} FROM {}{}", self.values[index], self.from(), self.join())
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

    /// The statement that writes a batch; with `refused`, without the rows that stand in the table of refused ones.
    pub fn write(&self, range: Range, refused: bool) -> String {
        let keys = self.key.iter().enumerate().map(|(at, key)| format!("evolve_r.k{at} IS {key}"));
        let without = match refused {
            false => String::new(),
            true => format!(
                " AND NOT EXISTS (SELECT 1 FROM {REFUSED} AS evolve_r WHERE {})",
                keys.collect::<Vec<_>>().join(" AND ")
            ),
        };
        match &self.movement.write {
            Write::Insert(conflict) => self.insert(range, conflict, &without),
            Write::Update => self.update(range, &without),
        }
    }

    fn insert(&self, range: Range, conflict: &Conflict, without: &str) -> String {
        let columns: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} WHERE {}{without} ORDER BY {}{}",
            self.into(),
            columns.join(", "),
            self.values.join(", "),
            self.from(),
            self.selection(range),
            self.key.join(", "),
            self.on_conflict(conflict)
        )
    }

    fn on_conflict(&self, conflict: &Conflict) -> String {
        let target = self.into();
        let assigned: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let all: Vec<String> = assigned.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        match conflict {
            Conflict::Fail => String::new(),
            Conflict::Skip => " ON CONFLICT DO NOTHING".to_owned(),
            Conflict::Overwrite => {
                let differ: Vec<String> =
                    assigned.iter().map(|column| format!("{target}.{column} IS NOT excluded.{column}")).collect();
                format!(" ON CONFLICT DO UPDATE SET {} WHERE {}", all.join(", "), differ.join(" OR "))
            }
            Conflict::Fill(columns) => {
                let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
                let set: Vec<String> = columns
                    .iter()
                    .map(|column| format!("{column} = coalesce({target}.{column}, excluded.{column})"))
                    .collect();
                let empty: Vec<String> = columns
                    .iter()
                    .map(|column| format!("({target}.{column} IS NULL AND excluded.{column} IS NOT NULL)"))
                    .collect();
                format!(" ON CONFLICT DO UPDATE SET {} WHERE {}", set.join(", "), empty.join(" OR "))
            }
            Conflict::Newest(column) => {
                let column = quoted(column);
                format!(
                    " ON CONFLICT DO UPDATE SET {} WHERE excluded.{column} > {target}.{column} \
                     OR ({target}.{column} IS NULL AND excluded.{column} IS NOT NULL)",
                    all.join(", ")
                )
            }
        }
    }

    /// How many rows of a range have a key that the target has already.
    pub fn existing(&self, range: Range) -> String {
        let assigned = |name: &String| {
            let at = self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(name))?;
            Some(format!("evolve_t.{} = {}", quoted(name), self.values[at]))
        };
        let keys: Vec<String> = self
            .target
            .keys()
            .filter_map(|key| key.iter().map(assigned).collect::<Option<Vec<_>>>())
            .map(|key| format!("EXISTS (SELECT 1 FROM {} AS evolve_t WHERE {})", self.into(), key.join(" AND ")))
            .collect();
        let exists = if keys.is_empty() { "0".to_owned() } else { keys.join(" OR ") };
        format!("SELECT count(*) FROM {} WHERE {} AND ({exists})", self.from(), self.selection(range))
    }

    /// How many rows of a range have a key that the target has already, with the very same values.
    pub fn same(&self, range: Range) -> Option<String> {
        let assigned = |name: &String| {
            let at = self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(name))?;
            Some(format!("evolve_t.{} = evolve_v.evolve_c{at}", quoted(name)))
        };
        let key = self.target.keys().find_map(|key| key.iter().map(assigned).collect::<Option<Vec<_>>>())?;
        let same = self.movement.columns.iter().enumerate();
        let same: Vec<String> =
            same.map(|(at, assign)| format!("evolve_t.{} IS evolve_v.evolve_c{at}", quoted(&assign.column))).collect();
        Some(format!(
            "SELECT count(*) FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {} WHERE {}",
            self.incoming(range, ""),
            self.into(),
            key.join(" AND "),
            same.join(" AND ")
        ))
    }

    /// How many of the walked rows would change.
    pub fn differing(&self) -> String {
        let target = self.into();
        let differ: Vec<String> = self
            .movement
            .columns
            .iter()
            .enumerate()
            .map(|(at, assign)| format!("{target}.{} IS NOT evolve_v.evolve_c{at}", quoted(&assign.column)))
            .collect();
        format!(
            "SELECT count(*) FROM ({}) AS evolve_v JOIN {target} ON {} WHERE {}",
            self.incoming(Range::All, ""),
            self.same_row("evolve_v"),
            differ.join(" OR ")
        )
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
        let selection = format!("{}{without}", self.selection(range));
        match first {
            None => format!("SELECT {} FROM {from}{join} WHERE {selection}", columns.join(", ")),
            Some(order) => format!(
                "SELECT * FROM (SELECT {}, row_number() OVER (PARTITION BY {} ORDER BY {order}) AS evolve_n \
                 FROM {from}{join} WHERE {selection}) WHERE evolve_n = 1",
                columns.join(", "),
                identity.join(", ")
            ),
        }
    }

    fn update(&self, range: Range, without: &str) -> String {
        let target = self.into();
        let columns: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let set: Vec<String> =
            columns.iter().enumerate().map(|(at, column)| format!("{column} = evolve_v.evolve_c{at}")).collect();
        let differ: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| format!("{target}.{column} IS NOT evolve_v.evolve_c{at}"))
            .collect();
        format!(
            "UPDATE {target} SET {} FROM ({}) AS evolve_v WHERE {} AND ({})",
            set.join(", "),
            self.incoming(range, without),
            self.same_row("evolve_v"),
            differ.join(" OR ")
        )
    }

    fn same_row(&self, other: &str) -> String {
        let target = self.into();
        let pairs = self.identity().into_iter().enumerate().map(|(at, key)| {
            let column = key.rsplit_once('.').map_or(key.clone(), |(_, column)| column.to_owned());
            format!("{target}.{column} IS {other}.evolve_k{at}")
        });
        pairs.collect::<Vec<_>>().join(" AND ")
    }

    /// How many rows of a range find a match, and a row that finds several: for `on_missing` and `on_many`.
    pub fn matches(&self, range: Range) -> Option<(String, String)> {
        let lookup = self.movement.lookup.as_ref()?;
        let (from, selection, on) = (self.from(), self.selection(range), paren(&lookup.on));
        let table = quoted(&lookup.table);
        let count =
            format!("SELECT count(*) FROM {from} WHERE {selection} AND EXISTS (SELECT 1 FROM {table} WHERE {on})");
        let many = format!(
            "SELECT {} FROM {from} JOIN {table} ON {on} WHERE {selection} GROUP BY {} HAVING count(*) > 1 LIMIT 20",
            self.key.join(", "),
            self.identity().join(", ")
        );
        Some((count, many))
    }

    /// A row of a range that finds no match.
    pub fn unmatched(&self, range: Range) -> Option<String> {
        let lookup = self.movement.lookup.as_ref()?;
        Some(format!(
            "SELECT {} FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM {} WHERE {}) LIMIT 20",
            self.key.join(", "),
            self.from(),
            self.selection(range),
            quoted(&lookup.table),
            paren(&lookup.on)
        ))
    }

    /// What was written from a range, as it would be written now, joined to the target by its key: the target's rows
    /// that are not so any more.
    pub fn changed(&self, range: Range, key: &[String]) -> String {
        let differ: Vec<String> = self
            .movement
            .columns
            .iter()
            .enumerate()
            .map(|(at, assign)| format!("evolve_t.{} IS NOT evolve_v.evolve_c{at}", quoted(&assign.column)))
            .collect();
        let shown: Vec<String> = key.iter().map(|column| format!("evolve_t.{}", quoted(column))).collect();
        format!(
            "SELECT {} FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {} WHERE {} LIMIT 20",
            shown.join(", "),
            self.incoming(range, ""),
            self.into(),
            self.by_key(key),
            differ.join(" OR ")
        )
    }

    /// Gives rows of the target the values their rows of the source have now, where they differ.
    pub fn stale(&self, key: &[String]) -> String {
        let target = self.into();
        let columns: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let set: Vec<String> =
            columns.iter().enumerate().map(|(at, column)| format!("{column} = evolve_v.evolve_c{at}")).collect();
        let differ =
            columns.iter().enumerate().map(|(at, column)| format!("{target}.{column} IS NOT evolve_v.evolve_c{at}"));
        format!(
            "UPDATE {target} SET {} FROM ({}) AS evolve_v WHERE {} AND ({})",
            set.join(", "),
            self.incoming(Range::All, ""),
            self.by_key(key).replace("evolve_t.", &format!("{target}.")),
            differ.collect::<Vec<_>>().join(" OR ")
        )
    }

    /// Inserts what rows of the source have no row in the target.
    pub fn missing(&self, key: &[String]) -> String {
        let columns: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let values: Vec<String> = (0..columns.len()).map(|at| format!("evolve_v.evolve_c{at}")).collect();
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM ({}) AS evolve_v WHERE NOT EXISTS (SELECT 1 FROM {} AS evolve_t WHERE {})",
            self.into(),
            columns.join(", "),
            values.join(", "),
            self.incoming(Range::All, ""),
            self.into(),
            self.by_key(key)
        )
    }

    /// How many rows of the target are found again from a range.
    pub fn found(&self, range: Range, key: &[String]) -> String {
        format!(
            "SELECT count(*) FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {}",
            self.incoming(range, ""),
            self.into(),
            self.by_key(key)
        )
    }

    /// Rows of the target that no row of the source accounts for.
    pub fn strangers(&self, key: &[String]) -> String {
        // One walk over the source, each row looked up in the target: not one over the source for each row of the target.
        let named = |table: &str, columns: &[String]| -> String {
            columns.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        };
        let identity = target_identity(self.target);
        let key_columns: Vec<String> = key.iter().map(|column| quoted(column)).collect();
        format!(
            "SELECT {1} FROM {0} AS evolve_s WHERE ({2}) NOT IN \
             (SELECT {3} FROM ({4}) AS evolve_v JOIN {0} AS evolve_t ON {5}) LIMIT 20",
            self.into(),
            named("evolve_s", &key_columns),
            named("evolve_s", &identity),
            named("evolve_t", &identity),
            self.incoming(Range::All, ""),
            self.by_key(key)
        )
    }

    /// Deletes the rows of the target that a range wrote. Where `unchanged`, only those that are as they were written.
    pub fn delete(&self, range: Range, key: &[String], unchanged: bool) -> String {
        let identity = target_identity(self.target);
        let shown: Vec<String> = identity.iter().map(|column| format!("evolve_t.{column}")).collect();
        let mut condition = String::new();
        if unchanged {
            let same = self.movement.columns.iter().enumerate();
            let same: Vec<String> = same
                .map(|(at, assign)| format!("evolve_t.{} IS evolve_v.evolve_c{at}", quoted(&assign.column)))
                .collect();
            condition = format!(" WHERE {}", same.join(" AND "));
        }
        format!(
            "DELETE FROM {0} WHERE ({1}) IN (SELECT {2} FROM ({3}) AS evolve_v JOIN {0} AS evolve_t ON {4}{condition})",
            self.into(),
            identity.join(", "),
            shown.join(", "),
            self.incoming(range, ""),
            self.by_key(key)
        )
    }

    fn by_key(&self, key: &[String]) -> String {
        let pairs = key.iter().filter_map(|column| {
            let at = self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(column))?;
            Some(format!("evolve_t.{} = evolve_v.evolve_c{at}", quoted(column)))
        });
        pairs.collect::<Vec<_>>().join(" AND ")
    }

    /// What identifies a row of the source: its own number where it has one, else the primary key.
    fn identity(&self) -> Vec<String> {
        let table = self.from();
        target_identity(self.source).into_iter().map(|column| format!("{table}.{column}")).collect()
    }

    fn from(&self) -> String {
        quoted(&self.source.name)
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
            Range::First => format!("{filter} AND {keys} <= {marks}"),
            Range::After => format!("{filter} AND {keys} > {marks}"),
            Range::Between => format!("{filter} AND {keys} > {marks} AND {keys} <= {marks}"),
        }
    }
}

/// What identifies a row of a table: its own number where it has one, else the primary key.
pub fn target_identity(table: &Table) -> Vec<String> {
    match shape::rowid_name(table) {
        Some(rowid) => vec![rowid.to_owned()],
        None => table.primary_key.iter().map(|column| quoted(column)).collect(),
    }
}

/// The columns a relation is walked by, as SQL.
fn walk(movement: &Movement, source: &Table) -> Vec<String> {
    let table = quoted(&source.name);
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

/// A column whose value may be refused: the value before its functions, and the functions.
#[derive(Debug)]
pub struct Why {
    /// The column of the target.
    pub column: String,
    /// The functions, the first one first.
    pub functions: Vec<Arc<dyn Function>>,
    base: String,
}

impl Why {
    fn of(assign: &Assign, rows: Rows<'_>) -> Option<Self> {
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
struct Rows<'a> {
    table: &'a str,
    key: &'a [String],
}

fn formula(value: &Formula, rows: Rows<'_>, calls: &mut Vec<Arc<dyn Function>>) -> String {
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
