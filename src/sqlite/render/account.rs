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

    /// The columns beside a target's own that hold the key of the row that comes, on the table that stands for it.
    pub fn stand_in_keys(&self) -> Vec<(String, String)> {
        self.identity().into_iter().enumerate().map(|(at, key)| (format!("evolve_k{at}"), key)).collect()
    }

    /// Writes the keys of the rows that come beside the target's own columns.
    pub fn with_keys_beside(mut self) -> Self {
        self.beside = self.stand_in_keys();
        self
    }

    /// Puts the rows that would be changed, as they are then, where they stand for the target.
    pub fn put_changed(&self, columns: &[String], refused: bool) -> String {
        let target = self.into();
        let value = |column: &String| match self.number(column) {
            Some(at) => format!("evolve_v.evolve_c{at}"),
            None => format!("{target}.{}", quoted(column)),
        };
        let keys: Vec<String> = self.stand_in_keys().into_iter().map(|(name, _)| name).collect();
        let names: Vec<String> = columns.iter().map(|column| quoted(column)).chain(keys.iter().cloned()).collect();
        let keys = keys.iter().map(|name| format!("evolve_v.{name}"));
        format!(
            "INSERT INTO temp.{STAND_IN} ({}) SELECT {} FROM ({}) AS evolve_v JOIN {target} ON {} WHERE {}",
            names.join(", "),
            columns.iter().map(value).chain(keys).collect::<Vec<_>>().join(", "),
            self.all(refused),
            self.same_row("evolve_v"),
            self.differ()
        )
    }

    /// The values of these columns in all rows that come; `None` where a Movement does not give them.
    pub fn given(&self, columns: &[String], refused: bool) -> Option<String> {
        let places: Option<Vec<String>> =
            columns.iter().map(|column| self.number(column).map(|at| format!("evolve_c{at}"))).collect();
        Some(format!("SELECT {} FROM ({})", places?.join(", "), self.all(refused)))
    }

    /// The rows that come, as `evolve_v`, joined with those of `evolve_b` that refer to them by these columns.
    pub fn earlier(&self, columns: &[String], refused: bool) -> Option<String> {
        let pair = |(at, column): (usize, &String)| {
            Some(format!("evolve_v.evolve_c{} = +evolve_b.v{at}", self.number(column)?))
        };
        let pairs: Option<Vec<String>> = columns.iter().enumerate().map(pair).collect();
        Some(format!("({}) AS evolve_v ON {}", self.all(refused), pairs?.join(" AND ")))
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
