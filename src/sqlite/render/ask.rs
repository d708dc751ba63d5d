//! Questions about a batch: keys that are there already, matches of a lookup, rows that would change.

use super::{Range, Rendering, paren};
use crate::sql::quoted;

impl Rendering<'_> {
    /// How many rows of a range, without the refused ones, have a key that the target has already.
    pub fn existing(&self, range: Range, refused: bool) -> String {
        let incoming = self.incoming(range, &self.unless_refused(refused));
        format!("SELECT count(*) FROM ({incoming}) AS evolve_v WHERE {}", self.key_is_there(None))
    }

    /// The keys of some rows of a range, without the refused ones, whose key the target has already.
    pub fn conflicts(&self, range: Range, refused: bool) -> String {
        let keys: Vec<String> = (0..self.identity().len()).map(|at| format!("evolve_v.evolve_k{at}")).collect();
        format!(
            "SELECT {} FROM ({}) AS evolve_v WHERE {} LIMIT 20",
            keys.join(", "),
            self.incoming(range, &self.unless_refused(refused)),
            self.key_is_there(None)
        )
    }

    /// For each key of the target: the later one of rows of a range that would get the same, whatever their case.
    pub fn twins(&self, range: Range, refused: bool) -> Vec<String> {
        let shown: Vec<String> = (0..self.identity().len()).map(|at| format!("max(evolve_v.evolve_k{at})")).collect();
        let value = |name: &String| {
            let at = self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(name))?;
            Some(format!("evolve_v.evolve_c{at}"))
        };
        let keys = self.target.keys().filter_map(|key| key.iter().map(value).collect::<Option<Vec<_>>>());
        keys.map(|key| {
            let no_null: Vec<String> = key.iter().map(|value| format!("{value} IS NOT NULL")).collect();
            let same: Vec<String> = key.iter().map(|value| format!("{value} COLLATE NOCASE")).collect();
            format!(
                "SELECT {} FROM ({}) AS evolve_v WHERE {} GROUP BY {} HAVING count(*) > 1 LIMIT 20",
                shown.join(", "),
                self.incoming(range, &self.unless_refused(refused)),
                no_null.join(" AND "),
                same.join(", ")
            )
        })
        .collect()
    }

    pub(super) fn key_is_there(&self, by: Option<&str>) -> String {
        let there = self.shared_keys(by).into_iter();
        let keys: Vec<String> =
            there.map(|key| format!("EXISTS (SELECT 1 FROM {} AS evolve_t WHERE {key})", self.into())).collect();
        if keys.is_empty() { "0".to_owned() } else { keys.join(" OR ") }
    }

    /// For each key of the target, or the one of this column: the condition that `evolve_t` and `evolve_v` have the same.
    pub(super) fn shared_keys(&self, by: Option<&str>) -> Vec<String> {
        let assigned = |name: &String| {
            let at = self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(name))?;
            Some(format!("evolve_t.{} = evolve_v.evolve_c{at}", quoted(name)))
        };
        let is_meant = |key: &&[String]| by.is_none_or(|by| matches!(key, [column] if column.eq_ignore_ascii_case(by)));
        let keys = self.target.keys().filter(is_meant);
        keys.filter_map(|key| key.iter().map(assigned).collect::<Option<Vec<_>>>())
            .map(|pairs| format!("({})", pairs.join(" AND ")))
            .collect()
    }

    /// How many of the walked rows would change; with `refused`, without those in the table of refused ones.
    pub fn differing(&self, refused: bool) -> String {
        let without = self.unless_refused(refused);
        format!(
            "SELECT count(*) FROM ({}) AS evolve_v JOIN {} ON {} WHERE {}",
            self.incoming(Range::All, &without),
            self.into(),
            self.same_row("evolve_v"),
            self.differ()
        )
    }

    /// How many rows of a range find a match, and a row that finds several: for `on_missing` and `on_many`. With `refused`,
    /// rows that stand in the table of refused ones look nothing up.
    pub fn matches(&self, range: Range, refused: bool) -> Option<(String, String)> {
        let lookup = self.movement.lookup.as_ref()?;
        let (from, selection, on) = (self.from(), self.selected(range, refused), paren(&lookup.on));
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

    /// A row of a range that finds no match, and is none of those refused.
    pub fn unmatched(&self, range: Range, refused: bool) -> Option<String> {
        let lookup = self.movement.lookup.as_ref()?;
        Some(format!(
            "SELECT {} FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM {} WHERE {}) LIMIT 20",
            self.key.join(", "),
            self.from(),
            self.selected(range, refused),
            quoted(&lookup.table),
            paren(&lookup.on)
        ))
    }
    fn selected(&self, range: Range, refused: bool) -> String {
        let without = self.unless_refused(refused);
        format!("{}{without}", self.selection(range))
    }
}
