//! One table, or one store of kept rows, that is gone through: which of its columns are to be written anew, and how.
//!
//! Takes a table and SQL for its columns; gives SQL. Must not run any.

use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::shape;

/// A table or store on its way.
#[derive(Debug)]
pub struct Walk {
    /// Its name.
    pub(super) name: String,
    /// What the tables whose rows it holds are called by now, in lower case.
    pub(super) tables: Vec<String>,
    /// The columns rows are found by, quoted.
    pub(super) key: Vec<String>,
    /// Whether that is one number.
    pub(super) numbered: bool,
    pub(super) values: Vec<Held>,
    /// Whether a batch was done, and behind which row the next one begins, where that is a number.
    pub(super) begun: bool,
    pub(super) after: Option<i64>,
    pub(super) is_store: bool,
}

/// A column of a walk, as SQL: what it means before and after, and what is written.
#[derive(Debug)]
pub(super) struct Held {
    pub name: String,
    /// What the columns whose values it holds are called by now: table and column.
    pub now: Vec<(String, String)>,
    pub before: String,
    pub after: String,
    pub written: String,
    /// Whether some of it is to be written.
    pub due: bool,
}

impl Held {
    /// The condition of rows whose value is to be written.
    pub fn changes(&self) -> String {
        format!("{} COLLATE BINARY IS NOT {}", self.written, quoted(&self.name))
    }
}

impl Walk {
    /// A walk over a table.
    pub(super) fn of(table: &Table, tables: Vec<String>, values: Vec<Held>, is_store: bool) -> Self {
        let number = shape::rowid_name(table).map(str::to_owned);
        let key = match &number {
            Some(number) => vec![number.clone()],
            None => table.primary_key.iter().map(|column| quoted(column)).collect(),
        };
        let name = table.name.clone();
        Self { name, tables, key, numbered: number.is_some(), values, begun: false, after: None, is_store }
    }

    /// What is gone through, for people: a table, or what is kept of one.
    pub fn shown(&self) -> String {
        match self.is_store && !self.tables.is_empty() {
            true => format!("kept of {} ({})", self.tables.join(", "), self.name),
            false => self.name.clone(),
        }
    }

    /// Whether something of it is to be written anew.
    pub fn is_due(&self) -> bool {
        self.values.iter().any(|held| held.due)
    }

    /// The columns that are to be written.
    pub(super) fn due(&self) -> impl Iterator<Item = &Held> {
        self.values.iter().filter(|held| held.due)
    }

    /// The condition of rows that are to be brought over.
    pub(super) fn changes(&self) -> String {
        self.due().map(Held::changes).collect::<Vec<_>>().join(" OR ")
    }

    /// The condition of rows behind the last batch.
    pub(super) fn behind(&self) -> String {
        let key = self.key.join(", ");
        match (self.begun, self.after) {
            (true, Some(after)) => format!(" AND {key} > {after}"),
            // Within the database: a key that is no text in UTF-8 would come back as another value.
            (true, None) => format!(" AND ({key}) > (SELECT * FROM temp.evolve_behind)"),
            (false, _) => String::new(),
        }
    }
}
