//! What writes down who comes, changes and goes behind the cursor: tables and triggers in the database itself, so that
//! whoever writes is heard.
//!
//! Four tables. `came`: rows by what identifies them, as they are now not moved. `gone`: rows as they were when they were
//! moved, or would have been, that are so no more. `held`: those of them that wait until the end. `may`: rows that a
//! statement may be about to replace: where the application's connection has no recursive triggers, nobody is told when it
//! does.

use super::{Key, Rendering, joined, target_identity};
use crate::movement::Assign;
use crate::schema::Column;
use crate::sql::{names, quoted};
use crate::sqlite::shape;

/// What the triggers must know of the source besides its shape.
#[derive(Debug)]
pub struct Ears<'a> {
    /// The name that those of the tables begin with.
    pub store: &'a str,
    /// The collation of each of the source's columns.
    pub collations: &'a [String],
    /// The unique keys by which a row may replace another: columns with collations.
    pub unique: &'a [Key],
    /// The columns whose values must not be written down.
    pub hidden: &'a [String],
}

/// The table of rows that came.
pub fn came(store: &str) -> String {
    quoted(&format!("{store}_came"))
}

/// The table of rows as they are no more.
pub fn gone(store: &str) -> String {
    quoted(&format!("{store}_gone"))
}

/// The table of such rows that wait.
pub fn held(store: &str) -> String {
    quoted(&format!("{store}_held"))
}

/// The table of rows that may have been replaced.
pub fn may(store: &str) -> String {
    quoted(&format!("{store}_may"))
}

impl Rendering<'_> {
    /// Makes the tables, and the triggers that fill them from now on.
    pub fn capture(&self, ears: &Ears<'_>) -> String {
        let (came, numbers) = (came(ears.store), self.numbered().join(", "));
        let mut made = vec![
            format!("CREATE TABLE IF NOT EXISTS {came} ({})", self.identity_columns(ears).join(", ")),
            format!("CREATE INDEX IF NOT EXISTS {} ON {came} ({numbers})", quoted(&format!("{}_by_key", ears.store))),
        ];
        for (at, table) in [gone(ears.store), held(ears.store), may(ears.store)].iter().enumerate() {
            made.push(format!("CREATE TABLE IF NOT EXISTS {table} ({})", self.row_columns(ears).join(", ")));
            if shape::rowid_name(self.source).is_none() {
                // Rows are found in them by their number elsewhere.
                let (name, key) = (quoted(&format!("{}_by_key_{at}", ears.store)), target_identity(self.source));
                made.push(format!("CREATE INDEX IF NOT EXISTS {name} ON {table} ({})", key.join(", ")));
            }
        }
        let changed = self.changed_row();
        let (goes, comes) = (self.goes(ears), self.comes(ears));
        made.push(self.trigger(ears, "i", "AFTER INSERT", &comes));
        made.push(self.trigger(ears, "d", "AFTER DELETE", &goes));
        if !changed.is_empty() {
            let event = format!("AFTER UPDATE ON {} WHEN {changed}", quoted(&self.source.name));
            made.push(self.trigger(ears, "u", &event, &format!("{goes}; {comes}")));
        }
        if let Some(replaced) = self.replaced(ears) {
            let own = format!("NOT ({})", self.pairs("OLD", "evolve_s"));
            made.push(self.trigger(ears, "r", "BEFORE INSERT", &self.note(ears, &replaced)));
            let event = format!("BEFORE UPDATE ON {} WHEN {}", quoted(&self.source.name), self.other_keys(ears));
            made.push(self.trigger(ears, "s", &event, &self.note(ears, &format!("({replaced}) AND {own}"))));
        }
        made.join("; ")
    }

    /// Drops the triggers and the tables.
    pub fn release(store: &str) -> String {
        let triggers = ["i", "d", "u", "r", "s"];
        let triggers = triggers.map(|op| format!("DROP TRIGGER IF EXISTS main.{}", quoted(&format!("{store}_{op}"))));
        let tables = [came(store), gone(store), held(store), may(store)]
            .map(|table| format!("DROP TABLE IF EXISTS main.{table}"));
        triggers.into_iter().chain(tables).collect::<Vec<_>>().join("; ")
    }

    /// The names of what identifies a row, in the table of those that came.
    pub(super) fn numbered(&self) -> Vec<String> {
        (0..target_identity(self.source).len()).map(|at| format!("evolve_k{at}")).collect()
    }

    /// The columns of a row that is written down, its own number among them.
    pub(super) fn noted(&self) -> Vec<String> {
        let number = shape::rowid_name(self.source).filter(|_| shape::rowid_alias(self.source).is_none());
        let columns = self.source.columns.iter().map(|column| quoted(&column.name));
        number.map(str::to_owned).into_iter().chain(columns).collect()
    }

    /// The condition that two names stand for the same row of the source.
    pub(super) fn pairs(&self, one: &str, other: &str) -> String {
        let pairs = target_identity(self.source).into_iter().map(|key| format!("{one}.{key} = {other}.{key}"));
        pairs.collect::<Vec<_>>().join(" AND ")
    }

    /// The condition that a row stands in the table of those that came.
    pub(super) fn is_among_came(&self, row: &str, store: &str) -> String {
        let pairs = target_identity(self.source).into_iter().zip(self.numbered());
        let pairs: Vec<String> = pairs.map(|(key, at)| format!("{row}.{key} = {at}")).collect();
        format!("EXISTS (SELECT 1 FROM {} WHERE {})", came(store), pairs.join(" AND "))
    }

    fn trigger(&self, ears: &Ears<'_>, op: &str, event: &str, body: &str) -> String {
        let on = if event.contains(" ON ") { String::new() } else { format!(" ON {}", quoted(&self.source.name)) };
        let name = quoted(&format!("{}_{op}", ears.store));
        format!("CREATE TRIGGER IF NOT EXISTS main.{name} {event}{on} BEGIN {body}; END")
    }

    /// A row is there that was not, or is another now.
    fn comes(&self, ears: &Ears<'_>) -> String {
        let new: Vec<String> = target_identity(self.source).iter().map(|key| format!("NEW.{key}")).collect();
        format!(
            "INSERT INTO {} SELECT {} WHERE NOT {}",
            came(ears.store),
            new.join(", "),
            self.is_among_came("NEW", ears.store)
        )
    }

    /// A row is not as it was: if it came since, it is as if it never had; else it is written down as it was.
    fn goes(&self, ears: &Ears<'_>) -> String {
        let pairs = target_identity(self.source).into_iter().zip(self.numbered());
        let same: Vec<String> = pairs.map(|(key, at)| format!("OLD.{key} = {at}")).collect();
        format!(
            "INSERT INTO {gone} ({}) SELECT {} WHERE NOT {} AND NOT EXISTS (SELECT 1 FROM {gone} AS evolve_g WHERE {}); \
             DELETE FROM {} WHERE {}",
            self.noted().join(", "),
            self.seen("OLD", ears).join(", "),
            self.is_among_came("OLD", ears.store),
            self.pairs("OLD", "evolve_g"),
            came(ears.store),
            same.join(" AND "),
            gone = gone(ears.store),
        )
    }

    /// Rows of the source are written down that a condition, over `evolve_s`, selects.
    fn note(&self, ears: &Ears<'_>, condition: &str) -> String {
        format!(
            "INSERT INTO {may} ({}) SELECT {} FROM {} AS evolve_s WHERE ({condition}) AND NOT {} \
             AND NOT EXISTS (SELECT 1 FROM {may} AS evolve_g WHERE {})",
            self.noted().join(", "),
            self.seen("evolve_s", ears).join(", "),
            quoted(&self.source.name),
            self.is_among_came("evolve_s", ears.store),
            self.pairs("evolve_s", "evolve_g"),
            may = may(ears.store),
        )
    }

    /// The values of a row as they are written down: without what nothing may hold in plain.
    fn seen(&self, row: &str, ears: &Ears<'_>) -> Vec<String> {
        let is_hidden = |name: &str| ears.hidden.iter().any(|hidden| quoted(hidden).eq_ignore_ascii_case(name));
        let value = |name: String| if is_hidden(&name) { "NULL".to_owned() } else { format!("{row}.{name}") };
        self.noted().into_iter().map(value).collect()
    }

    /// The condition that a row `evolve_s` has a key of `NEW`'s; `None` where no row can replace another.
    fn replaced(&self, ears: &Ears<'_>) -> Option<String> {
        let number = shape::rowid_name(self.source).map(|rowid| format!("evolve_s.{rowid} = NEW.{rowid}"));
        let keys = ears.unique.iter().map(|key| {
            let pairs = key.iter().map(|(column, collation)| {
                format!("evolve_s.{0} = NEW.{0} COLLATE {1}", quoted(column), quoted(collation))
            });
            format!("({})", pairs.collect::<Vec<_>>().join(" AND "))
        });
        let all: Vec<String> = number.into_iter().chain(keys).collect();
        (!all.is_empty()).then(|| joined(&all, " OR "))
    }

    /// The condition that an update gives a row another key.
    fn other_keys(&self, ears: &Ears<'_>) -> String {
        let number = shape::rowid_name(self.source).map(str::to_owned);
        let keyed = ears.unique.iter().flatten().map(|(column, _)| quoted(column));
        let others = number.into_iter().chain(keyed).map(|column| differs(&column));
        joined(&others.collect::<Vec<_>>(), " OR ")
    }

    /// The condition that an update changes what is looked at, or what identifies the row.
    fn changed_row(&self) -> String {
        let movement = self.movement;
        let mut named: Vec<String> = movement.from.key.iter().map(|column| column.to_lowercase()).collect();
        named.extend(movement.from.filter.iter().flat_map(|filter| names(filter)));
        named.extend(movement.rules.iter().flat_map(|rule| names(&rule.sql)));
        named.extend(movement.columns.iter().flat_map(|Assign { value, .. }| value.names()));
        let looked_at = |column: &&Column| {
            named.contains(&column.name.to_lowercase()) || self.source.primary_key.contains(&column.name)
        };
        let columns = self.source.columns.iter().filter(looked_at).map(|column| quoted(&column.name));
        let number = shape::rowid_name(self.source).map(str::to_owned);
        joined(&number.into_iter().chain(columns).map(|column| differs(&column)).collect::<Vec<_>>(), " OR ")
    }

    /// What identifies a row, as columns of a table: of the same class and collation.
    fn identity_columns(&self, ears: &Ears<'_>) -> Vec<String> {
        if shape::rowid_name(self.source).is_some() {
            return vec!["evolve_k0 INTEGER".to_owned()];
        }
        let columns = self.source.primary_key.iter().enumerate();
        columns.map(|(at, name)| format!("evolve_k{at}{}", self.kind(name, ears))).collect()
    }

    /// The columns of the source, as columns of a table that holds rows of it: no constraint but a number of its own.
    fn row_columns(&self, ears: &Ears<'_>) -> Vec<String> {
        let alias = shape::rowid_alias(self.source);
        let column = |name: &String| match alias {
            Some(alias) if alias == name => format!("{} INTEGER PRIMARY KEY", quoted(name)),
            _ => format!("{}{}", quoted(name), self.kind(name, ears)),
        };
        self.source.columns.iter().map(|it| column(&it.name)).collect()
    }

    /// Affinity and collation of a column.
    fn kind(&self, name: &str, ears: &Ears<'_>) -> String {
        let Some(at) = self.source.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name)) else {
            return String::new();
        };
        let collation = ears.collations.get(at).map_or("BINARY", String::as_str);
        format!(" {} COLLATE {}", affinity(&self.source.columns[at].declared), quoted(collation))
    }
}

/// The condition that an update changes a column: in value, in bytes or in class.
fn differs(column: &str) -> String {
    format!("OLD.{column} COLLATE BINARY IS NOT NEW.{column} OR typeof(OLD.{column}) <> typeof(NEW.{column})")
}

/// A type of the affinity that a declared one has. Values of `ANY` stay as they are.
fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if has(&["INT"]) {
        "INTEGER"
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        "TEXT"
    } else if declared.is_empty() || declared == "ANY" || has(&["BLOB"]) {
        "BLOB"
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "REAL"
    } else {
        "NUMERIC"
    }
}
