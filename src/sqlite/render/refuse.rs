//! Which rows of a batch are refused before the database sees them, and why.

use super::{Range, Rendering, paren};
use crate::columns::literal;
use crate::movement::Invalid;
use crate::schema::Column;
use crate::sql::quoted;
use crate::sqlite::functions::why_name;
use crate::sqlite::shape;
use crate::value::Value;

impl Rendering<'_> {
    /// Whether rows may be refused before the database sees them.
    pub fn may_refuse(&self) -> bool {
        !self.whys.is_empty() || self.is_judged()
    }

    /// Whether rows may be left out as refused.
    pub fn leaves_out(&self) -> bool {
        self.may_refuse() && self.movement.invalid != Invalid::Fail
    }

    /// Whether rows are looked at before the database sees them. Where a row that is refused is the end, what the functions
    /// of columns say is heard from the database itself.
    pub fn is_looked_at(&self) -> bool {
        self.leaves_out() || self.is_judged()
    }

    /// Whether rows are judged by more than the functions of their columns.
    pub fn is_judged(&self) -> bool {
        !self.movement.rules.is_empty() || self.movement.columns.iter().any(|assign| !assign.rules.is_empty())
    }

    /// A question that compiles if and only if this rule does.
    pub fn rule(&self, index: usize) -> String {
        format!("SELECT 1 FROM {}{} WHERE {}", self.from(), self.join(), paren(&self.rules[index]))
    }

    /// The rows of a range that are refused: their key, and why: column, function and reason, parted by U+001F.
    pub fn refused(&self, range: Range) -> String {
        let keys = self.key.iter().enumerate().map(|(at, key)| format!("{key} AS evolve_k{at}"));
        let columns = self.whys.iter().enumerate().map(|(number, why)| format!("{}({})", why_name(number), why.base));
        let rules = self.movement.rules.iter().zip(&self.rules).map(|(rule, sql)| {
            let words = literal(&Value::Text(format!("\u{1f}{}\u{1f}does not hold", rule.name)));
            // Behind the columns' own functions: what one of them refuses has no new value.
            format!("CASE WHEN NOT coalesce({}, 1) THEN {words} END", paren(sql))
        });
        let whys: Vec<String> =
            columns.chain(rules).chain(self.references.iter().cloned()).chain(["NULL".to_owned()]).collect();
        let keys: Vec<String> = keys.collect();
        let (whys, from, join, selection) = (whys.join(", "), self.from(), self.join(), self.selection(range));
        let first = self.movement.lookup.as_ref().and_then(|lookup| lookup.first_by.as_ref());
        let names: Vec<String> = (0..keys.len()).map(|at| format!("evolve_k{at}")).collect();
        let Some(order) = first else {
            if self.movement.lookup.is_some() {
                // One that finds several, which is refused for something else, is one row all the same.
                let identity = self.identity();
                let rows = (0..identity.len()).map(|at| format!("evolve_i{at}")).collect::<Vec<_>>();
                let named = identity.iter().zip(&rows).map(|(column, name)| format!("{column} AS {name}"));
                return format!(
                    "SELECT {}, min(evolve_why) AS evolve_why FROM (SELECT {}, {}, coalesce({whys}, NULL) AS evolve_why \
                     FROM {from}{join} WHERE {selection}) WHERE evolve_why IS NOT NULL GROUP BY {}",
                    names.join(", "),
                    keys.join(", "),
                    named.collect::<Vec<_>>().join(", "),
                    rows.join(", ")
                );
            }
            let all = format!(
                "SELECT {}, coalesce({whys}, NULL) AS evolve_why FROM {from}{join} WHERE {selection}",
                keys.join(", ")
            );
            return format!("SELECT * FROM ({all}) WHERE evolve_why IS NOT NULL");
        };
        // A row that finds several is judged once, by the first.
        format!(
            "SELECT {}, evolve_why FROM (SELECT {}, coalesce({whys}, NULL) AS evolve_why, \
             row_number() OVER (PARTITION BY {} ORDER BY {order}) AS evolve_n FROM {from}{join} WHERE {selection}) \
             WHERE evolve_n = 1 AND evolve_why IS NOT NULL",
            names.join(", "),
            keys.join(", "),
            self.identity().join(", ")
        )
    }

    /// A refused row, by its number `?1` in the table of refused ones: its own columns as a JSON object, without what a
    /// protected column is made of; its key as the ledger has it, and for people. Nothing leaves the database on the way: a
    /// key that is no text in UTF-8 would come back as another.
    pub fn record(&self) -> String {
        let table = super::name(self.movement, self.source);
        let columns = self.source.columns.iter().filter(|column| !self.is_hidden(column)).map(|column| {
            let (name, column) = (literal(&Value::Text(column.name.clone())), quoted(&column.name));
            format!("{name}, json(evolve_said({table}.{column}))")
        });
        let keys: Vec<String> = self.refused_columns().iter().map(|key| format!("evolve_r.{key}")).collect();
        let same = self.key.iter().zip(&keys).map(|(column, key)| format!("{column} IS {key}"));
        let keys = keys.join(", ");
        format!(
            "SELECT json_object({}), {}, evolve_shown({keys}) FROM temp.{} AS evolve_r LEFT JOIN {} ON {} \
             WHERE evolve_r.rowid = ?1",
            columns.collect::<Vec<_>>().join(", "),
            self.ledger_key(&keys),
            self.refused_table(),
            self.from(),
            same.collect::<Vec<_>>().join(" AND ")
        )
    }

    /// The SQL of a key as the ledger has rejects. Where the walk is not by the declared key, because there is none or some
    /// row has NULL in it, the key says of which columns it is.
    pub(super) fn ledger_key(&self, keys: &str) -> String {
        if !self.movement.from.key.is_empty() {
            return format!("evolve_key({keys})");
        }
        let columns = match shape::rowid_name(self.source) {
            Some(rowid) => rowid.to_owned(),
            None => self.source.primary_key.join("\u{1f}"),
        };
        format!("evolve_key_by({}, {keys})", literal(&Value::Text(columns)))
    }

    /// Where something is hidden, computed columns are too: they may be made of it.
    fn is_hidden(&self, column: &Column) -> bool {
        let hidden = &self.movement.hidden;
        hidden.iter().any(|name| name.eq_ignore_ascii_case(&column.name)) || (column.generated && !hidden.is_empty())
    }

    /// The table of a batch's refused rows; keys of so many parts have one of their own.
    pub fn refused_table(&self) -> String {
        format!("evolve_refused_{}", self.key.len())
    }

    /// The columns of the table of a batch's refused rows: one for each part of the key.
    pub fn refused_columns(&self) -> Vec<String> {
        (0..self.key.len()).map(|at| format!("k{at}")).collect()
    }
}
