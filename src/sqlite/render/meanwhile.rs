//! The statements about rows that came, changed or went behind the cursor, as triggers wrote them down.
//!
//! A row is known by what identifies it, not by the key that is walked, which may change.

use super::capture::{came, gone, held, may};
use super::{Range, Rendering, name};
use crate::movement::{Assign, Formula};
use crate::sql::{self, names, quoted};

/// The table of the rows that are looked at once more.
pub const MEANWHILE: &str = "temp.evolve_meanwhile";

impl Rendering<'_> {
    /// Forgets what was heard of rows that a batch has just walked over: it saw them as they are.
    pub fn pass(&self, store: &str, range: Range) -> String {
        let pairs = self.identity().into_iter().zip(self.numbered());
        let same: Vec<String> = pairs.map(|(column, at)| format!("{column} = {}.{at}", came(store))).collect();
        format!(
            "DELETE FROM {} WHERE EXISTS (SELECT 1 FROM {} WHERE {} AND {})",
            came(store),
            self.from(),
            same.join(" AND "),
            self.selection(range)
        )
    }

    /// Forgets rows of a table of rows that were ahead of the cursor: they had not been moved. A row whose key holds NULL
    /// never was, either.
    pub fn settle(&self, table: &str, walked: bool) -> String {
        let marks = super::tuple(&vec!["?".to_owned(); self.key.len()]);
        let ahead = match walked {
            true => format!(" WHERE ({} <= {marks}) IS NOT TRUE", super::tuple(&self.key)),
            false => String::new(),
        };
        format!("DELETE FROM {table} AS {}{ahead}", name(self.movement, self.source))
    }

    /// Forgets rows of a table of rows up to a key: what was made of them is taken back already.
    pub fn forget_back(&self, table: &str) -> String {
        let marks = super::tuple(&vec!["?".to_owned(); self.key.len()]);
        format!(
            "DELETE FROM {table} AS {} WHERE {} <= {marks}",
            name(self.movement, self.source),
            super::tuple(&self.key)
        )
    }

    /// The same, without the rows that stand among those that came: they are not moved as they are now.
    pub fn aside(mut self, store: String) -> Self {
        self.aside = Some(store);
        self
    }

    /// The condition that a row is none of them, where they are to be left out.
    pub(super) fn unless_came(&self) -> String {
        let row = name(self.movement, self.source);
        let among = self.aside.as_ref().map(|store| self.is_among_came(&row, store));
        among.map(|among| format!(" AND NOT {among}")).unwrap_or_default()
    }

    /// Rows that may have been replaced and were: they are not there, or there anew, and nobody told.
    pub fn promote(&self, store: &str) -> String {
        let columns = self.noted().join(", ");
        format!(
            "INSERT INTO {gone} ({columns}) SELECT {columns} FROM {may} AS evolve_m \
             WHERE (NOT EXISTS (SELECT 1 FROM {} AS evolve_s WHERE {}) OR {}) \
             AND NOT EXISTS (SELECT 1 FROM {gone} AS evolve_g WHERE {}); DELETE FROM {may}",
            quoted(&self.source.name),
            self.pairs("evolve_m", "evolve_s"),
            self.is_among_came("evolve_m", store),
            self.pairs("evolve_m", "evolve_g"),
            gone = gone(store),
            may = may(store),
        )
    }

    /// Whether a row is gone of which a former self waits already.
    pub fn meets_held(&self, store: &str) -> String {
        let pairs = self.pairs("evolve_g", "evolve_h");
        let (gone, held) = (gone(store), held(store));
        format!("SELECT EXISTS (SELECT 1 FROM {gone} AS evolve_g, {held} AS evolve_h WHERE {pairs})")
    }

    /// Lets rows that are gone wait.
    pub fn hold(&self, store: &str) -> String {
        let (columns, gone) = (self.noted().join(", "), gone(store));
        format!("INSERT INTO {} ({columns}) SELECT {columns} FROM {gone}; DELETE FROM {gone}", held(store))
    }

    /// Puts the rows that came into the table of those that are looked at.
    pub fn gather(&self, store: &str) -> String {
        let names = self.numbered().join(", ");
        format!(
            "DROP TABLE IF EXISTS {MEANWHILE}; CREATE TEMP TABLE evolve_meanwhile AS SELECT DISTINCT {names} FROM {}",
            came(store)
        )
    }

    /// Leaves out of them those that are ahead of a key, or are not there.
    pub fn leave_ahead(&self) -> String {
        let pairs = self.identity().into_iter().zip(self.numbered());
        let same: Vec<String> = pairs.map(|(column, at)| format!("{column} = evolve_meanwhile.{at}")).collect();
        format!(
            "DELETE FROM {MEANWHILE} WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {} AND {})",
            self.from(),
            same.join(" AND "),
            self.selection(Range::First)
        )
    }

    /// The condition that a row of the source is one of those that are looked at.
    pub(super) fn is_meanwhile(&self) -> String {
        format!("{} IN (SELECT {} FROM {MEANWHILE})", super::tuple(&self.identity()), self.numbered().join(", "))
    }

    /// The keys of some rows of a range.
    pub fn some_keys(&self, range: Range) -> String {
        format!("SELECT {} FROM {} WHERE {} LIMIT 20", self.key.join(", "), self.from(), self.selection(range))
    }

    /// The keys of some rows, of those written down as gone, that are there still.
    pub fn still_there(&self, source: &str) -> String {
        let key = self.key.join(", ");
        let pairs = self.pairs(&name(self.movement, self.source), "evolve_s");
        format!(
            "SELECT {key} FROM {} WHERE {} AND EXISTS (SELECT 1 FROM {} AS evolve_s WHERE {pairs}) LIMIT 20",
            self.from(),
            self.filter(),
            quoted(source)
        )
    }

    /// Whether the same rows are selected whatever was written to the target.
    pub fn is_steady(&self) -> bool {
        let into = self.target.name.to_lowercase();
        !self.movement.from.filter.as_deref().is_some_and(|text| sql::is_volatile(text) || names(text).contains(&into))
    }
}

impl Rendering<'_> {
    /// Whether what is written follows from what is written: a second time gives something else.
    pub fn reads_itself(&self) -> bool {
        let movement = self.movement;
        let own = [Some(&self.source.name), movement.from.alias.as_ref()];
        let is_own = |table: &str| own.iter().flatten().any(|name| name.eq_ignore_ascii_case(table));
        let reads = |assign: &Assign| own_names(&assign.value, &is_own);
        let read: Vec<String> = movement.columns.iter().flat_map(reads).collect();
        movement.columns.iter().any(|assign| read.contains(&assign.column.to_lowercase()))
    }
}

/// The names in a formula that may be columns of the source, in lower case: all but those that another table's name
/// stands before.
fn own_names(formula: &Formula, is_own: &dyn Fn(&str) -> bool) -> Vec<String> {
    match formula {
        Formula::Sql(text) => {
            let Ok(tokens) = sql::tokens(text) else { return names(text) };
            let word = |at: usize| sql::unquoted(sql::word(text, &tokens[at]));
            let elsewhere = |at: usize| at > 1 && word(at - 1) == "." && !is_own(&word(at - 2));
            (0..tokens.len()).filter(|at| !elsewhere(*at)).map(|at| word(at).to_lowercase()).collect()
        }
        Formula::Call(_, inner) => own_names(inner, is_own),
        other => other.names(),
    }
}
