//! Which row of a batch comes first where another is, and what both are.

use super::{Range, Rendering, fenced};
use crate::sql::quoted;

impl Rendering<'_> {
    /// The key of the first row of a range, in the order of the walk, whose key the target has.
    pub fn first_taken(&self, range: Range, refused: bool) -> String {
        format!(
            "SELECT {0} FROM ({1}) AS evolve_v WHERE {2} ORDER BY {0} LIMIT 1",
            self.walked_keys().join(", "),
            self.walked(range, refused),
            self.key_is_there(None)
        )
    }

    /// For each key of the target: the key of the first row of a range that would get the same as one before it. Values
    /// are compared more loosely than any target does: a row too many is only a batch more.
    pub fn first_twins(&self, range: Range, refused: bool) -> Vec<String> {
        let value = |name: &String| {
            let at = self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(name))?;
            Some(format!("evolve_v.evolve_c{at}"))
        };
        let keys = self.target.keys().filter_map(|key| key.iter().map(value).collect::<Option<Vec<_>>>());
        let walked = self.walked_keys().join(", ");
        keys.map(|key| {
            let no_null: Vec<String> = key.iter().map(|value| format!("{value} IS NOT NULL")).collect();
            let same: Vec<String> = key.iter().map(|value| format!("lower(rtrim(CAST({value} AS TEXT)))")).collect();
            format!(
                "SELECT {walked} FROM (SELECT {walked}, row_number() OVER (PARTITION BY {} ORDER BY {walked}) AS evolve_n \
                 FROM ({}) AS evolve_v WHERE {}) WHERE evolve_n = 2 ORDER BY {walked} LIMIT 1",
                same.join(", "),
                self.walked(range, refused),
                no_null.join(" AND ")
            )
        })
        .collect()
    }

    /// Both rows: what comes, column by column, then what is there.
    pub fn both(&self, range: Range, refused: bool) -> String {
        let columns = self.movement.columns.iter().enumerate();
        let (incoming, there): (Vec<_>, Vec<_>) = columns
            .map(|(at, assign)| (format!("evolve_v.evolve_c{at}"), format!("evolve_t.{}", quoted(&assign.column))))
            .unzip();
        format!(
            "SELECT {}, {} FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {} LIMIT 1",
            incoming.join(", "),
            there.join(", "),
            self.walked(range, refused),
            self.into(),
            self.shared_keys(None).join(" OR ")
        )
    }

    /// Whether a row of a range has a key that the target has, besides the one of this column; nothing where it has no other.
    pub fn taken_elsewhere(&self, range: Range, refused: bool, column: &str) -> Option<String> {
        let named = self.shared_keys(Some(column));
        let others = self.shared_keys(None).into_iter().filter(|key| !named.contains(key));
        let others: Vec<String> =
            others.map(|key| format!("EXISTS (SELECT 1 FROM {} AS evolve_t WHERE {key})", self.into())).collect();
        let walked = self.walked(range, refused);
        (!others.is_empty())
            .then(|| format!("SELECT EXISTS (SELECT 1 FROM ({walked}) AS evolve_v WHERE {})", others.join(" OR ")))
    }

    /// The keys of some rows of a range whose key a row of the target has that is one of those `written`, or any where that is
    /// not known; where only a tie matters, one with the same value in this column.
    pub fn late(&self, range: Range, refused: bool, written: Option<&str>, tied: Option<&str>) -> String {
        let identity: Vec<String> =
            super::target_identity(self.target).iter().map(|column| format!("evolve_t.{column}")).collect();
        let mut conditions = vec![format!("({})", self.shared_keys(None).join(" OR "))];
        conditions.extend(written.map(|written| format!("({}) IN ({written})", identity.join(", "))));
        let columns = self.movement.columns.iter().enumerate();
        let tied = columns.filter(|(_, assign)| tied.is_some_and(|tied| assign.column.eq_ignore_ascii_case(tied)));
        conditions
            .extend(tied.map(|(at, assign)| format!("evolve_t.{} IS evolve_v.evolve_c{at}", quoted(&assign.column))));
        format!(
            "SELECT {} FROM ({}) AS evolve_v, {} AS evolve_t WHERE {} LIMIT 20",
            self.walked_keys().join(", "),
            self.walked(range, refused),
            self.into(),
            conditions.join(" AND ")
        )
    }

    fn walked_keys(&self) -> Vec<String> {
        (0..self.key.len()).map(|at| format!("evolve_w{at}")).collect()
    }

    /// The rows of a range with the key that is walked, and their new values.
    fn walked(&self, range: Range, refused: bool) -> String {
        let keys = self.key.iter().enumerate().map(|(at, key)| format!("{key} AS evolve_w{at}"));
        let values = self.values.iter().enumerate().map(|(at, value)| format!("{value} AS evolve_c{at}"));
        let without = if refused { self.without_refused() } else { String::new() };
        format!(
            "SELECT {} FROM {} WHERE {}",
            keys.chain(values).collect::<Vec<_>>().join(", "),
            self.from(),
            fenced(self.selection(range), &without)
        )
    }
}
