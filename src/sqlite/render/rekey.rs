//! The statements that give rows of a batch new keys where their own are taken.
//!
//! The batch's keys stand in a table of their own, in the order of the walk and as the target stores and compares them: the
//! first row with a key has it, whatever the batches.

use super::{Range, Rendering};
use crate::columns::literal;
use crate::movement::{Conflict, Made, NewKey};
use crate::sql::quoted;
use crate::value::Value;

/// The table of a batch's keys.
const ARRIVALS: &str = "temp.evolve_arrivals";

impl Rendering<'_> {
    /// The statements that make the table anew, its values compared by this collation.
    pub fn make_arrivals(&self, key: &NewKey, collation: &str) -> String {
        let at = self.number_of(key);
        let keys: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_k{at}{}", self.key_type(at))).collect();
        let names: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_k{at}")).collect();
        format!(
            "DROP TABLE IF EXISTS {ARRIVALS}; CREATE TEMP TABLE evolve_arrivals (evolve_n INTEGER PRIMARY KEY, evolve_to, \
             evolve_v{} COLLATE {}, {}); CREATE INDEX temp.evolve_arrivals_v ON evolve_arrivals (evolve_v); \
             CREATE INDEX temp.evolve_arrivals_k ON evolve_arrivals ({})",
            self.stored_type(at),
            quoted(collation),
            keys.join(", "),
            names.join(", ")
        )
    }

    /// The statement that fills the table from a range.
    pub fn arrive(&self, key: &NewKey, range: Range, refused: bool) -> String {
        let names: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_k{at}")).collect();
        format!(
            "INSERT INTO {ARRIVALS} (evolve_v, {}) SELECT {}, {} FROM {} WHERE {}{} ORDER BY {}",
            names.join(", "),
            self.values[self.number_of(key)],
            self.key.join(", "),
            self.from(),
            self.selection(range),
            if refused { self.without_refused() } else { String::new() },
            self.key.join(", ")
        )
    }

    /// The statement that marks the rows whose key is taken. Without a key there is nothing to be taken, but for a column
    /// that the database would number itself.
    pub fn mark_taken(&self, key: &NewKey, numbered: bool) -> String {
        let none = if numbered { "evolve_v IS NULL OR " } else { "" };
        format!(
            "UPDATE {ARRIVALS} SET evolve_to = 0 WHERE {none}EXISTS (SELECT 1 FROM main.{} AS evolve_t \
             WHERE evolve_arrivals.evolve_v = evolve_t.{}) OR EXISTS (SELECT 1 FROM {ARRIVALS} AS evolve_e \
             WHERE evolve_e.evolve_v = evolve_arrivals.evolve_v AND evolve_e.evolve_n < evolve_arrivals.evolve_n)",
            self.into(),
            quoted(&key.column)
        )
    }

    /// How many of these have a key, and the keys of some of them.
    pub fn taken(&self) -> [String; 2] {
        let names: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_k{at}")).collect();
        let these = format!("FROM {ARRIVALS} WHERE evolve_to = 0 AND evolve_v IS NOT NULL");
        [format!("SELECT count(*) {these}"), format!("SELECT {} {these} ORDER BY evolve_n LIMIT 5", names.join(", "))]
    }

    /// The statement that leaves only these.
    pub fn leave_taken(&self) -> String {
        format!("DELETE FROM {ARRIVALS} WHERE evolve_to IS NULL")
    }

    /// The statement that gives them new keys: behind `?1` in the order of the walk, or made of each row's key and the label.
    pub fn give_keys(&self, key: &NewKey, label: &str) -> String {
        match key.made {
            Made::Number => format!(
                "UPDATE {ARRIVALS} SET evolve_to = ?1 + evolve_r.n FROM (SELECT evolve_n AS at, \
                 row_number() OVER (ORDER BY evolve_n) AS n FROM {ARRIVALS}) AS evolve_r \
                 WHERE evolve_arrivals.evolve_n = evolve_r.at"
            ),
            Made::Ulid => {
                let names: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_k{at}")).collect();
                format!(
                    "UPDATE {ARRIVALS} SET evolve_to = evolve_new('ulid', {}, {})",
                    literal(&Value::Text(label.to_owned())),
                    names.join(", ")
                )
            }
        }
    }

    /// The statement that writes the new keys into the id map: `?1` step, `?2` Movement, `?3` table, `?4` column.
    pub fn map_keys(&self) -> String {
        let names: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_k{at}")).collect();
        let names = names.join(", ");
        format!(
            "INSERT INTO evolve_ids (step, movement, tbl, col, key, shown, old, new) SELECT ?1, ?2, ?3, ?4, \
             evolve_key({names}), evolve_shown({names}), evolve_v, evolve_to FROM {ARRIVALS} WHERE evolve_v IS NOT NULL"
        )
    }

    /// The statement that writes a batch of which some rows have new keys.
    pub fn write_rekeyed(&self, key: &NewKey, range: Range, refused: bool) -> String {
        let at = self.number_of(key);
        let same: Vec<String> =
            self.key.iter().enumerate().map(|(at, key)| format!("evolve_a.evolve_k{at} IS {key}")).collect();
        let mut values = self.values.clone();
        values[at] = format!(
            "coalesce((SELECT evolve_a.evolve_to FROM {ARRIVALS} AS evolve_a WHERE {}), {})",
            same.join(" AND "),
            values[at]
        );
        let without = self.unless_refused(refused);
        self.insert(range, &Conflict::Fail, &without, &values)
    }

    /// The questions for the highest number of the source's rows, and of the target.
    pub fn highest(&self, key: &NewKey) -> [String; 3] {
        let column = quoted(&key.column);
        [
            format!(
                "SELECT max(CAST({} AS INTEGER)) FROM {} WHERE {}",
                self.values[self.number_of(key)],
                self.from(),
                self.selection(Range::All)
            ),
            format!("SELECT max({column}) FROM main.{}", self.into()),
            format!("SELECT max({column}) FROM main.{} WHERE typeof({column}) = 'integer'", self.into()),
        ]
    }

    fn number_of(&self, key: &NewKey) -> usize {
        let same = |column: &str| column.eq_ignore_ascii_case(&key.column);
        self.movement.columns.iter().position(|assign| same(&assign.column)).unwrap_or(0)
    }

    /// The type of a column of the key that is walked.
    fn key_type(&self, at: usize) -> String {
        let names = if self.movement.from.key.is_empty() { &self.source.primary_key } else { &self.movement.from.key };
        let by_number = self.movement.from.key.is_empty() && self.source.rowid;
        match names.get(at).and_then(|name| self.source.column(name)).map(|column| column.declared.as_str()) {
            _ if by_number => " INTEGER".to_owned(),
            None | Some("") => String::new(),
            Some(declared) => format!(" {}", quoted(declared)),
        }
    }
}
