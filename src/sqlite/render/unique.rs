//! Which rows of a batch have a value that must be unique and is taken.
//!
//! Every value of the walk so far stands in a table of its own, in the order of the key and as the target stores it: so
//! the verdict is the same whatever the batches. `?1` is the last number before the batch.

use super::{Range, Rendering, paren};
use crate::columns::{ColumnRule, literal};
use crate::movement::Write;
use crate::sql::quoted;
use crate::value::Value;

impl Rendering<'_> {
    /// The columns whose values must be unique, by number.
    pub fn unique(&self) -> Vec<usize> {
        let columns = self.movement.columns.iter().enumerate();
        columns.filter(|(_, assign)| assign.rules.contains(&ColumnRule::Unique)).map(|(at, _)| at).collect()
    }

    /// The statements that make the table of a column's values anew.
    pub fn make_taken(&self, at: usize) -> String {
        let table = taken(at);
        let mut columns = vec!["evolve_n INTEGER PRIMARY KEY".to_owned(), format!("evolve_v{}", self.stored_type(at))];
        columns.extend((0..self.key.len()).map(|at| format!("evolve_k{at}")));
        columns.extend(
            self.own_key().iter().enumerate().map(|(at, column)| format!("evolve_p{at}{}", self.stored_type(*column))),
        );
        format!(
            "DROP TABLE IF EXISTS temp.{table}; CREATE TEMP TABLE {table} ({}); CREATE INDEX temp.{table}_v ON {table} (evolve_v)",
            columns.join(", ")
        )
    }

    /// The statement that adds the values of a range, but for rows that are refused already.
    pub fn take(&self, at: usize, range: Range) -> String {
        let mut columns = vec!["evolve_v".to_owned()];
        let mut values = vec![format!("evolve_v.evolve_c{at}")];
        for (number, key) in self.key.iter().enumerate() {
            columns.push(format!("evolve_k{number}"));
            values.push(key.clone());
        }
        for (number, column) in self.own_key().iter().enumerate() {
            columns.push(format!("evolve_p{number}"));
            values.push(format!("evolve_v.evolve_c{column}"));
        }
        let row = self.identity().into_iter().enumerate().map(|(at, key)| format!("{key} IS evolve_v.evolve_k{at}"));
        format!(
            "INSERT INTO temp.{} ({}) SELECT {} FROM ({}) AS evolve_v JOIN {} ON {} WHERE evolve_v.evolve_c{at} IS NOT NULL ORDER BY {}",
            taken(at),
            columns.join(", "),
            values.join(", "),
            self.incoming(range, &self.without_refused()),
            self.from(),
            row.collect::<Vec<_>>().join(" AND "),
            self.key.join(", ")
        )
    }

    /// The question for the last number of a column's values.
    pub fn last_taken(&self, at: usize) -> String {
        format!("SELECT coalesce(max(evolve_n), 0) FROM temp.{}", taken(at))
    }

    /// The rows behind `?1` whose value is taken: their key, and why.
    pub fn doubles(&self, at: usize) -> String {
        let assign = &self.movement.columns[at];
        let rule = ColumnRule::Unique;
        let words = literal(&Value::Text(format!("{}\u{1f}{}\u{1f}{}", assign.column, rule.name(), rule.reason())));
        let keys: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_u.evolve_k{at}")).collect();
        format!(
            "SELECT {}, {words} FROM temp.{table} AS evolve_u WHERE evolve_u.evolve_n > ?1 AND (EXISTS (SELECT 1 FROM \
             temp.{table} AS evolve_e WHERE evolve_e.evolve_v = evolve_u.evolve_v AND evolve_e.evolve_n < evolve_u.evolve_n) \
             OR EXISTS (SELECT 1 FROM {into} WHERE {into}.{column} = evolve_u.evolve_v COLLATE BINARY AND {})) \
             ORDER BY evolve_u.evolve_n",
            keys.join(", "),
            self.others(),
            table = taken(at),
            into = self.into(),
            column = quoted(&assign.column),
        )
    }

    /// Which rows of the target count: those the walk does not write itself.
    fn others(&self) -> String {
        match &self.movement.write {
            Write::Update => {
                format!("NOT coalesce({}, 0)", self.movement.from.filter.as_deref().map_or("1".to_owned(), paren))
            }
            Write::Insert(_) | Write::Statement(_) => {
                let own = self.own_key();
                let same = own.iter().enumerate().map(|(at, column)| {
                    let column = quoted(&self.movement.columns[*column].column);
                    format!("{}.{column} IS evolve_u.evolve_p{at}", self.into())
                });
                let same: Vec<String> = same.collect();
                if same.is_empty() { "true".to_owned() } else { format!("NOT ({})", same.join(" AND ")) }
            }
        }
    }

    /// The columns of the target's primary key, by number, where the walk gives them: the row itself is no double.
    fn own_key(&self) -> Vec<usize> {
        if self.movement.write == Write::Update {
            return Vec::new();
        }
        let given =
            |name: &String| self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(name));
        self.target.primary_key.iter().map(given).collect::<Option<_>>().unwrap_or_default()
    }

    /// The type under which the target stores a column's values.
    pub(super) fn stored_type(&self, at: usize) -> String {
        let column = self.target.column(&self.movement.columns[at].column);
        match column.map(|column| column.declared.as_str()) {
            None | Some("") => String::new(),
            Some(declared) => format!(" {}", quoted(declared)),
        }
    }
}

/// The table of the values of a column.
fn taken(at: usize) -> String {
    format!("evolve_taken_{at}")
}
