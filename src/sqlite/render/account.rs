//! Questions of a dry run: which rows run into others, and into each other, by one unique key.

use super::{Range, Rendering, joined};
use crate::sql::quoted;

/// The temporary table that stands for a target.
pub const STAND_IN: &str = "evolve_stand_in";

/// A unique key: its columns, each with the collation it is compared by.
pub type Key = Vec<(String, String)>;

impl Rendering<'_> {
    /// What a walk reads, as one question.
    pub fn reading(&self) -> String {
        self.incoming(Range::All, "")
    }

    /// Whether some row has a key that the target has.
    pub fn meets(&self, key: &Key, refused: bool) -> String {
        format!("SELECT EXISTS ({})", self.met(key, refused, "1"))
    }

    /// The keys of some rows whose key the target has.
    pub fn meeting(&self, key: &Key, refused: bool) -> String {
        format!("{} LIMIT 5", self.met(key, refused, &self.row_keys().join(", ")))
    }

    /// Whether rows have the same key. They are compared more loosely than any target does.
    pub fn has_twins(&self, key: &Key, refused: bool) -> String {
        format!("SELECT EXISTS ({})", self.twins_by(key, refused, "1"))
    }

    /// The keys of some rows of which another has the same key.
    pub fn twin_keys(&self, key: &Key, refused: bool) -> String {
        let shown: Vec<String> = self.row_keys().iter().map(|key| format!("max({key})")).collect();
        format!("{} LIMIT 5", self.twins_by(key, refused, &shown.join(", ")))
    }

    /// Copies the rows of the target that rows run into where they stand for it.
    pub fn admit(&self, columns: &[String], key: &Key, refused: bool) -> String {
        let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let values: Vec<String> = names.iter().map(|name| format!("evolve_t.{name}")).collect();
        format!(
            "INSERT OR IGNORE INTO temp.{STAND_IN} ({}) SELECT {} FROM ({}) AS evolve_v JOIN main.{} AS evolve_t ON {}",
            names.join(", "),
            values.join(", "),
            self.all(refused),
            self.into(),
            self.same_key(key)
        )
    }

    /// Whether a row comes without the number that the target's rows are known by; `None` where none can.
    pub fn without_number(&self, alias: &str, refused: bool) -> Option<String> {
        let at = self.number(alias)?;
        Some(format!(
            "SELECT EXISTS (SELECT 1 FROM ({}) AS evolve_v WHERE evolve_v.evolve_c{at} IS NULL)",
            self.all(refused)
        ))
    }

    fn all(&self, refused: bool) -> String {
        let without = self.unless_refused(refused);
        self.incoming(Range::All, &without)
    }

    fn number(&self, column: &str) -> Option<usize> {
        self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(column))
    }

    fn row_keys(&self) -> Vec<String> {
        (0..self.identity().len()).map(|at| format!("evolve_v.evolve_k{at}")).collect()
    }

    fn met(&self, key: &Key, refused: bool, shown: &str) -> String {
        format!(
            "SELECT {shown} FROM ({}) AS evolve_v WHERE EXISTS (SELECT 1 FROM {} AS evolve_t WHERE {})",
            self.all(refused),
            self.into(),
            self.same_key(key)
        )
    }

    fn same_key(&self, key: &Key) -> String {
        let pairs = key.iter().filter_map(|(column, collation)| {
            let at = self.number(column)?;
            Some(format!("evolve_t.{} = evolve_v.evolve_c{at} COLLATE {}", quoted(column), quoted(collation)))
        });
        joined(&pairs.collect::<Vec<_>>(), " AND ")
    }

    fn twins_by(&self, key: &Key, refused: bool, shown: &str) -> String {
        let columns = || key.iter().filter_map(|(column, _)| Some((column, self.number(column)?)));
        let same: Vec<String> =
            columns().map(|(column, at)| self.loose(column, &format!("evolve_v.evolve_c{at}"))).collect();
        let no_null: Vec<String> = columns().map(|(_, at)| format!("evolve_v.evolve_c{at} IS NOT NULL")).collect();
        format!(
            "SELECT {shown} FROM ({}) AS evolve_v WHERE {} GROUP BY {} HAVING count(*) > 1",
            self.all(refused),
            no_null.join(" AND "),
            same.join(", ")
        )
    }

    /// A value as no two that a column of the target takes for the same differ.
    fn loose(&self, column: &str, value: &str) -> String {
        let declared = self.target.column(column).map_or(String::new(), |column| column.declared.to_ascii_uppercase());
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if has(&["INT"]) {
            format!("CAST({value} AS REAL)")
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            format!("lower(rtrim(CAST({value} AS TEXT)))")
        } else if declared.is_empty() || has(&["BLOB", "ANY"]) {
            format!(
                "CASE typeof({value}) WHEN 'text' THEN lower(rtrim({value})) WHEN 'blob' THEN {value} ELSE CAST({value} AS REAL) END"
            )
        } else {
            format!("CAST({value} AS REAL)")
        }
    }
}
