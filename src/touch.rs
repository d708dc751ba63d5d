//! What a step reads, writes, creates and destroys: `table.column` or `table.*`.
//!
//! Gives [`Touches`], from which the graph derives its edges and the plan its `reads` and `writes`. Must not know SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A column of a table, or all of them. Names compare as SQL's do: without regard to ASCII case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    table: String,
    column: Option<String>,
}

impl Spot {
    /// `table.column`.
    pub fn column(table: &str, column: &str) -> Self {
        Self { table: table.to_ascii_lowercase(), column: Some(column.to_ascii_lowercase()) }
    }

    /// `table.*`.
    pub fn table(table: &str) -> Self {
        Self { table: table.to_ascii_lowercase(), column: None }
    }

    /// The table's name, in lower case.
    pub fn table_name(&self) -> &str {
        &self.table
    }

    /// The column's name, in lower case, where one is meant.
    pub fn column_name(&self) -> Option<&str> {
        self.column.as_deref()
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column.as_deref().unwrap_or("*"))
    }
}

/// A set of spots in which a whole table covers its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spots {
    tables: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl Spots {
    /// Adds a spot; a table's columns are forgotten once the whole table is in.
    pub fn add(&mut self, spot: &Spot) {
        match (self.tables.get_mut(&spot.table), &spot.column) {
            (Some(None), _) => {}
            (Some(columns), None) => *columns = None,
            (Some(Some(columns)), Some(column)) => {
                columns.insert(column.clone());
            }
            (None, column) => {
                let columns = column.as_ref().map(|column| BTreeSet::from([column.clone()]));
                self.tables.insert(spot.table.clone(), columns);
            }
        }
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: &Self) {
        other.iter().for_each(|spot| self.add(&spot));
    }

    /// Every spot, in order.
    pub fn iter(&self) -> impl Iterator<Item = Spot> + '_ {
        self.tables.iter().flat_map(|(table, columns)| match columns {
            None => vec![Spot { table: table.clone(), column: None }],
            Some(columns) => {
                columns.iter().map(|column| Spot { table: table.clone(), column: Some(column.clone()) }).collect()
            }
        })
    }

    /// The tables that are touched.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// Takes all of a table out.
    pub fn forget_table(&mut self, table: &str) {
        self.tables.remove(&table.to_ascii_lowercase());
    }

    /// Whether something of this table is in.
    pub fn has_table(&self, table: &str) -> bool {
        self.tables.contains_key(&table.to_ascii_lowercase())
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// The first spot that both sets touch.
    pub fn meets(&self, other: &Self) -> Option<Spot> {
        self.tables.iter().find_map(|(table, mine)| {
            let theirs = other.tables.get(table)?;
            let column = match (mine, theirs) {
                (None, None) => None,
                (None, Some(columns)) | (Some(columns), None) => columns.iter().next().cloned(),
                (Some(mine), Some(theirs)) => Some(mine.intersection(theirs).next()?.clone()),
            };
            Some(Spot { table: table.clone(), column })
        })
    }
}

impl FromIterator<Spot> for Spots {
    fn from_iter<I: IntoIterator<Item = Spot>>(spots: I) -> Self {
        let mut set = Self::default();
        spots.into_iter().for_each(|spot| set.add(&spot));
        set
    }
}

/// All that a step touches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touches {
    /// What must be there, without a row of it being read: the columns of an index, the tables of a view.
    pub needs: Spots,
    /// Rows and columns it reads.
    pub reads: Spots,
    /// Rows and columns it writes.
    pub writes: Spots,
    /// What is not there before it.
    pub creates: Spots,
    /// What is not there after it, or not with its values: dropped, renamed away, deleted.
    pub destroys: Spots,
    /// It may touch anything: a barrier.
    pub everything: bool,
}

impl Touches {
    /// What it needs to be there.
    pub fn uses(&self) -> Spots {
        let mut uses = self.reads.clone();
        uses.extend(&self.needs);
        uses.extend(&self.writes);
        uses
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: &Self) {
        self.needs.extend(&other.needs);
        self.reads.extend(&other.reads);
        self.writes.extend(&other.writes);
        self.creates.extend(&other.creates);
        self.destroys.extend(&other.destroys);
        self.everything |= other.everything;
    }
}
