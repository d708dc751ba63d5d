//! The statements that find again what was written: to take it back, or to bring it up to date.

use super::{Range, Rendering, joined, target_identity};
use crate::sql::quoted;
use crate::sqlite::going::besides;

/// Columns of a table that is called so.
fn named(table: &str, columns: &[String]) -> Vec<String> {
    columns.iter().map(|column| format!("{table}.{column}")).collect()
}

impl Rendering<'_> {
    /// What was written from a range, as it would be written now, joined to the target by its key: the target's rows
    /// that are not so any more. Rows in the journals of `later` are left out.
    pub fn changed(&self, range: Range, key: &[String], others: &[String], later: &[String]) -> String {
        let shown: Vec<String> = key.iter().map(|column| format!("evolve_t.{}", quoted(column))).collect();
        format!(
            "SELECT {} FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {} WHERE ({}){} LIMIT 20",
            shown.join(", "),
            self.incoming(range, ""),
            self.into(),
            self.by_key(key),
            self.differs(others),
            besides(&named("evolve_t", &target_identity(self.target)), later)
        )
    }

    /// The condition over a row of the target, `evolve_t`, that it was written from a range and is not so any more.
    pub fn is_changed(&self, range: Range, key: &[String], others: &[String]) -> String {
        let identity = target_identity(self.target);
        let shown: Vec<String> = identity.iter().map(|column| format!("evolve_t.{column}")).collect();
        format!(
            "({}) IN (SELECT {} FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {} WHERE {})",
            identity.join(", "),
            shown.join(", "),
            self.incoming(range, ""),
            self.into(),
            self.by_key(key),
            self.differs(others)
        )
    }

    /// Whether a row of the target is not as it would be written now, or not as `others` say.
    fn differs(&self, others: &[String]) -> String {
        let columns = self.movement.columns.iter().enumerate().map(|(at, assign)| {
            format!("evolve_t.{} COLLATE BINARY IS NOT evolve_v.evolve_c{at}", quoted(&assign.column))
        });
        let differ: Vec<String> = columns.chain(others.iter().map(|same| format!("NOT ({same})"))).collect();
        joined(&differ, " OR ")
    }

    /// Gives rows of the target the values their rows of the source have now, where they differ.
    pub fn stale(&self, key: &[String]) -> String {
        let target = self.into();
        let columns: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let set: Vec<String> =
            columns.iter().enumerate().map(|(at, column)| format!("{column} = evolve_v.evolve_c{at}")).collect();
        let differ = columns
            .iter()
            .enumerate()
            .map(|(at, column)| format!("{target}.{column} COLLATE BINARY IS NOT evolve_v.evolve_c{at}"));
        format!(
            "UPDATE {}{target} SET {} FROM ({}) AS evolve_v WHERE {} AND ({})",
            self.or_abort(),
            set.join(", "),
            self.incoming(Range::All, ""),
            self.by_key(key).replace("evolve_t.", &format!("{target}.")),
            joined(&differ.collect::<Vec<_>>(), " OR ")
        )
    }

    /// Inserts what rows of the source have no row in the target.
    pub fn missing(&self, key: &[String]) -> String {
        let columns: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let values: Vec<String> = (0..columns.len()).map(|at| format!("evolve_v.evolve_c{at}")).collect();
        let values = self.findable(&values);
        format!(
            "INSERT {}INTO {} ({}) SELECT {} FROM ({}) AS evolve_v WHERE NOT EXISTS (SELECT 1 FROM {} AS evolve_t WHERE {})",
            self.or_abort(),
            self.into(),
            columns.join(", "),
            values.join(", "),
            self.incoming(Range::All, ""),
            self.into(),
            self.by_key(key)
        )
    }

    /// What identifies the rows of the target that are found again from a range.
    pub fn identities(&self, range: Range, key: &[String]) -> String {
        format!(
            "SELECT {} FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {}",
            named("evolve_t", &target_identity(self.target)).join(", "),
            self.incoming(range, ""),
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
        let columns: Vec<String> = key.iter().map(|column| format!("evolve_s.{}", quoted(column))).collect();
        format!(
            "SELECT {} FROM {} AS evolve_s WHERE {} LIMIT 20",
            columns.join(", "),
            self.into(),
            self.is_strange(key, "evolve_s.")
        )
    }

    /// How many there are.
    pub fn count_strangers(&self, key: &[String]) -> String {
        format!("SELECT count(*) FROM {} AS evolve_s WHERE {}", self.into(), self.is_strange(key, "evolve_s."))
    }

    /// Deletes them.
    pub fn delete_strangers(&self, key: &[String]) -> String {
        format!("DELETE FROM {} WHERE {}", self.into(), self.is_strange(key, ""))
    }

    /// The condition that no row of the source accounts for a row of the target.
    fn is_strange(&self, key: &[String], row: &str) -> String {
        // One walk over the source, each row looked up in the target: not one over the source for each row of the target.
        let identity = target_identity(self.target);
        let named = |table: &str| -> String {
            identity.iter().map(|column| format!("{table}{column}")).collect::<Vec<_>>().join(", ")
        };
        format!(
            "({}) NOT IN (SELECT {} FROM ({}) AS evolve_v JOIN {} AS evolve_t ON {})",
            named(row),
            named("evolve_t."),
            self.incoming(Range::All, ""),
            self.into(),
            self.by_key(key)
        )
    }

    /// Deletes the rows of the target that a range wrote. Where `unchanged`, only those that are as they were written.
    pub fn delete(&self, range: Range, key: &[String], unchanged: Option<Vec<String>>) -> String {
        let identity = target_identity(self.target);
        let shown: Vec<String> = identity.iter().map(|column| format!("evolve_t.{column}")).collect();
        let mut condition = String::new();
        if let Some(others) = unchanged {
            let same = self.movement.columns.iter().enumerate();
            let same: Vec<String> = same
                .map(|(at, assign)| {
                    format!("evolve_t.{} COLLATE BINARY IS evolve_v.evolve_c{at}", quoted(&assign.column))
                })
                .chain(others)
                .collect();
            condition = format!(" WHERE {}", joined(&same, " AND "));
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

    pub(super) fn by_key(&self, key: &[String]) -> String {
        let pairs = key.iter().filter_map(|column| {
            let at = self.movement.columns.iter().position(|assign| assign.column.eq_ignore_ascii_case(column))?;
            Some(format!("evolve_t.{} = evolve_v.evolve_c{at}", quoted(column)))
        });
        pairs.collect::<Vec<_>>().join(" AND ")
    }
}
