//! The statements that take back what was made of rows that are no more as they were when they were moved.
//!
//! They are rendered over the table of such rows, which has the shape of the source and stands under its name.

use super::{Range, Rendering, target_identity};
use crate::sql::quoted;

/// The table of the target's rows that are found to be made of rows that are gone.
const FOUND: &str = "evolve_found";

/// The table of rows that are there still, and of which the target has the row to be changed.
const RENEWED: &str = "evolve_renewed";

/// The table of what was made of rows that are gone, as the target stores it.
const MADE: &str = "evolve_made";

impl Rendering<'_> {
    /// Notes which rows, of those that `former` has as they were, came back with the same key: of them the target's row is
    /// changed where it stands, since others may refer to it. Only what is as it was written.
    pub fn note_renewed(&self, former: &Self, key: &[String], refused: bool, as_written: &[String]) -> String {
        let without = self.unless_refused(refused);
        let numbers = self.numbered();
        let shown: Vec<String> = numbers.iter().map(|number| format!("evolve_v.{number}")).collect();
        let same = numbers.iter().map(|number| format!("evolve_v.{number} = evolve_o.{number}"));
        let columns = self.movement.columns.iter().enumerate();
        let is_key = |name: &str| key.iter().any(|column| column.eq_ignore_ascii_case(name));
        let keyed = columns.filter(|(_, assign)| is_key(&assign.column));
        let keyed = keyed.map(|(at, _)| format!("evolve_v.evolve_c{at} IS evolve_o.evolve_c{at}"));
        let all: Vec<String> = same.chain(keyed).chain(as_written.iter().cloned()).collect();
        format!(
            "DROP TABLE IF EXISTS temp.{RENEWED}; CREATE TEMP TABLE {RENEWED} AS SELECT {} FROM ({}) AS evolve_v, \
             ({}) AS evolve_o, {} AS evolve_t WHERE {} AND {}",
            shown.join(", "),
            self.incoming(Range::Meanwhile, &without),
            former.incoming(Range::All, &former.unless_refused(refused)),
            self.into(),
            self.by_key(key).replace("evolve_v.", "evolve_o."),
            super::joined(&all, " AND ")
        )
    }

    /// Gives those rows of the target the values that their rows have now.
    pub fn renew(&self, key: &[String], refused: bool) -> String {
        let (target, numbers) = (self.into(), self.numbered().join(", "));
        let columns = self.movement.columns.iter().enumerate();
        let set: Vec<String> =
            columns.map(|(at, assign)| format!("{} = evolve_v.evolve_c{at}", quoted(&assign.column))).collect();
        format!(
            "UPDATE {target} SET {} FROM ({}) AS evolve_v WHERE {} AND ({}) IN (SELECT {numbers} FROM temp.{RENEWED})",
            set.join(", "),
            self.incoming(Range::Meanwhile, &self.unless_refused(refused)),
            self.by_key(key).replace("evolve_t.", &format!("{target}.")),
            self.numbered().iter().map(|number| format!("evolve_v.{number}")).collect::<Vec<_>>().join(", ")
        )
    }

    /// Forgets what was heard of them.
    pub fn forget_renewed(&self, gone: &str, came: &str) -> String {
        let (numbers, identity) = (self.numbered().join(", "), target_identity(self.source).join(", "));
        format!(
            "DELETE FROM {gone} WHERE ({identity}) IN (SELECT {numbers} FROM temp.{RENEWED}); \
             DELETE FROM {came} WHERE ({numbers}) IN (SELECT {numbers} FROM temp.{RENEWED})"
        )
    }

    /// Deletes the target's rows that were made of these rows, found by a key; only those that are as they were written.
    pub fn unmake(&self, key: &[String], refused: bool, as_written: &[String]) -> String {
        let identity = target_identity(self.target);
        let shown: Vec<String> = identity.iter().map(|column| format!("evolve_t.{column}")).collect();
        let pairs = self.by_key(key).replace("evolve_v.", "evolve_o.");
        let all: Vec<String> = std::iter::once(pairs).chain(as_written.iter().cloned()).collect();
        format!(
            "DELETE FROM {0} WHERE ({1}) IN (SELECT {2} FROM ({3}) AS evolve_o, {0} AS evolve_t WHERE {4})",
            self.into(),
            identity.join(", "),
            shown.join(", "),
            self.incoming(Range::All, &self.unless_refused(refused)),
            super::joined(&all, " AND ")
        )
    }

    /// Makes the table of what was made of these rows, and puts it there: as the target stores it, so that it can be
    /// compared by its bytes.
    pub fn make_again(&self, refused: bool) -> String {
        let columns = self.movement.columns.iter().enumerate();
        let columns: Vec<String> = columns.map(|(at, _)| format!("evolve_c{at}{}", self.stored_type(at))).collect();
        let names: Vec<String> = (0..columns.len()).map(|at| format!("evolve_v.evolve_c{at}")).collect();
        format!(
            "DROP TABLE IF EXISTS temp.{MADE}; DROP TABLE IF EXISTS temp.{FOUND}; CREATE TEMP TABLE {MADE} ({}); \
             INSERT INTO temp.{MADE} SELECT {} FROM ({}) AS evolve_v",
            columns.join(", "),
            names.join(", "),
            self.incoming(Range::All, &self.unless_refused(refused))
        )
    }

    /// Looks for as many rows of the target as were made, each the same in every column that was written, of those that
    /// the journal says were. Rows that are alike stand for each other.
    pub fn find_made(&self, journal: &str, journal_keys: &[String]) -> String {
        let made: Vec<String> = (0..self.movement.columns.len()).map(|at| format!("evolve_c{at}")).collect();
        let there = self.movement.columns.iter().map(|assign| format!("evolve_t.{}", quoted(&assign.column)));
        let there: Vec<String> = there.collect();
        // By the columns first, of which one may be indexed; that they are the same in class too is seen by their hash.
        let pairs = there.iter().zip(&made).map(|(there, made)| format!("{there} COLLATE BINARY IS evolve_m.{made}"));
        let pairs: Vec<String> = pairs.collect();
        let identity = target_identity(self.target);
        let names: Vec<String> = (0..identity.len()).map(|at| format!("evolve_k{at}")).collect();
        let keys = identity.iter().zip(&names).map(|(key, name)| format!("evolve_t.{key} AS {name}"));
        let (numbers, keys) = (names.join(", "), keys.collect::<Vec<_>>().join(", "));
        format!(
            "CREATE TEMP TABLE {FOUND} AS WITH evolve_m AS MATERIALIZED \
             (SELECT *, {made} AS evolve_h, count(*) AS evolve_n FROM temp.{MADE} GROUP BY {made}), \
             evolve_a AS MATERIALIZED (SELECT {keys}, evolve_h, evolve_n FROM evolve_m, {into} AS evolve_t \
             WHERE {pairs} AND {there} = evolve_h), \
             evolve_b AS (SELECT {numbers}, evolve_n, row_number() OVER (PARTITION BY evolve_h ORDER BY {numbers}) AS evolve_at \
             FROM evolve_a WHERE ({numbers}) IN (SELECT {journal_keys} FROM {journal} WHERE evolve_op = 'i')) \
             SELECT {numbers} FROM evolve_b WHERE evolve_at <= evolve_n",
            made = crate::sqlite::keep::hash_of(&made),
            there = crate::sqlite::keep::hash_of(&there),
            pairs = super::joined(&pairs, " AND "),
            into = self.into(),
            journal_keys = journal_keys.join(", "),
            journal = quoted(journal),
        )
    }

    /// Deletes the rows that were found so.
    pub fn unmake_found(&self) -> String {
        let identity = target_identity(self.target);
        let names: Vec<String> = (0..identity.len()).map(|at| format!("evolve_k{at}")).collect();
        format!(
            "DELETE FROM {} WHERE ({}) IN (SELECT {} FROM temp.{FOUND})",
            self.into(),
            identity.join(", "),
            names.join(", ")
        )
    }

    /// Takes the rejects of these rows out of the ledger; of the step `?1`, of its Movement `?2`.
    pub fn unreject(&self) -> String {
        format!(
            "DELETE FROM evolve_rejects WHERE step = ?1 AND movement = ?2 AND key IN (SELECT {} FROM {} WHERE {})",
            self.ledger_key(&self.key.join(", ")),
            self.from(),
            self.filter()
        )
    }
}
