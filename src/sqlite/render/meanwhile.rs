//! The statements about rows that appear or change behind the cursor: what writes them down, and what looks at them.
//!
//! The store and its triggers stand in the database itself, so that whoever writes is heard. A row is known by what
//! identifies it, not by the key that is walked, which may change.

use super::{Range, Rendering, target_identity};
use crate::movement::{Assign, Formula};
use crate::sql::{self, names, quoted};

/// The table of the rows that are looked at once more.
pub const MEANWHILE: &str = "temp.evolve_meanwhile";

/// What was written down of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is a new one, or there anew.
    Appeared,
    /// It was there, and changed.
    Changed,
}

impl Rendering<'_> {
    /// Makes the store, and the triggers that fill it from now on.
    pub fn capture(&self, store: &str) -> String {
        let (names, table) = (self.numbered().join(", "), quoted(&self.source.name));
        let of_new: Vec<String> = target_identity(self.source).iter().map(|column| format!("NEW.{column}")).collect();
        let made = format!("CREATE TABLE IF NOT EXISTS {} (evolve_op TEXT NOT NULL, {names})", quoted(store));
        let trigger = |op: &str, event: &str| {
            format!(
                "CREATE TRIGGER IF NOT EXISTS main.{} AFTER {event} ON {table} BEGIN \
                 INSERT INTO {} (evolve_op, {names}) VALUES ('{op}', {}); END",
                quoted(&format!("{store}_{op}")),
                quoted(store),
                of_new.join(", ")
            )
        };
        let updated = self.looked_at().map_or(String::new(), |event| format!("; {}", trigger("u", &event)));
        format!("{made}; {}{updated}", trigger("i", "INSERT"))
    }

    /// Drops the triggers and the store.
    pub fn release(store: &str) -> String {
        let trigger = |op: &str| format!("DROP TRIGGER IF EXISTS main.{}; ", quoted(&format!("{store}_{op}")));
        format!("{}{}DROP TABLE IF EXISTS {}", trigger("i"), trigger("u"), quoted(store))
    }

    /// Forgets what was heard of rows that a batch has just walked over: it saw them as they are.
    pub fn pass(&self, store: &str, range: Range) -> String {
        format!(
            "DELETE FROM {} WHERE EXISTS (SELECT 1 FROM {} WHERE {} AND {})",
            quoted(store),
            self.from(),
            self.same_as(&quoted(store)),
            self.selection(range)
        )
    }

    /// Puts rows of the store into the table of those that are looked at.
    pub fn gather(&self, store: &str, heard: Heard) -> String {
        let names = self.numbered().join(", ");
        let having = match heard {
            Heard::Appeared => " HAVING max(evolve_op = 'i')",
            Heard::Changed => " HAVING NOT max(evolve_op = 'i')",
        };
        format!(
            "DROP TABLE IF EXISTS {MEANWHILE}; \
             CREATE TEMP TABLE evolve_meanwhile AS SELECT {names} FROM {} GROUP BY {names}{having}",
            quoted(store)
        )
    }

    /// The keys of some rows that are looked at.
    pub fn looked_upon(&self) -> String {
        let key = self.key.join(", ");
        format!("SELECT {key} FROM {} WHERE {} LIMIT 20", self.from(), self.selection(Range::Meanwhile))
    }

    /// The condition that a row of the source is one of those that are looked at.
    pub(super) fn is_meanwhile(&self) -> String {
        format!("{} IN (SELECT {} FROM {MEANWHILE})", super::tuple(&self.identity()), self.numbered().join(", "))
    }

    fn same_as(&self, store: &str) -> String {
        let pairs = self.identity().into_iter().zip(self.numbered());
        pairs.map(|(column, at)| format!("{column} = {store}.{at}")).collect::<Vec<_>>().join(" AND ")
    }

    fn numbered(&self) -> Vec<String> {
        (0..self.identity().len()).map(|at| format!("evolve_k{at}")).collect()
    }

    /// The event by which a row is moved otherwise, or not at all: an update of columns that are looked at.
    fn looked_at(&self) -> Option<String> {
        let movement = self.movement;
        let mut named: Vec<String> = movement.from.key.iter().map(|column| column.to_lowercase()).collect();
        named.extend(movement.from.filter.iter().flat_map(|filter| names(filter)));
        named.extend(movement.rules.iter().flat_map(|rule| names(&rule.sql)));
        named.extend(movement.columns.iter().flat_map(|assign| assign.value.names()));
        let mut columns = self.source.columns.iter().filter(|column| named.contains(&column.name.to_lowercase()));
        let names: Vec<String> = columns.clone().map(|column| quoted(&column.name)).collect();
        match (names.is_empty(), columns.any(|column| column.generated)) {
            (true, _) => None,
            // What a computed column is made of is the database's business.
            (false, true) => Some("UPDATE".to_owned()),
            (false, false) => Some(format!("UPDATE OF {}", names.join(", "))),
        }
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
