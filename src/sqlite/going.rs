//! Which rows of its target a Movement would take back, told beforehand by identity: in a temporary table of each target.
//!
//! Takes a Movement's journal, or its source again where rows are found by it. Of a row stand there what identifies it, and
//! whether it goes: that is so where the first thing that the step did to it was to make it. Movements tell in their order.

use crate::error::Result;
use crate::movement::Undo;
use crate::sql::quoted;
use crate::sqlite::functions;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{Range, target_identity};
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::value::Value;

/// The temporary table of a target's rows.
pub fn table(target: &str) -> String {
    format!("temp.{}", quoted(&format!("evolve_going_{}", target.to_ascii_lowercase())))
}

/// Whether a row, of which this identifies it, goes: 1 or 0; NULL where it does not stand there. A value, which cannot be made a
/// part of a join that begins with it; found by the key, because neither side is converted.
pub fn told(target: &str, identity: &[String]) -> String {
    let same = identity.iter().enumerate().map(|(at, column)| format!("evolve_g.evolve_k{at} = +{column}"));
    let same = same.collect::<Vec<_>>().join(" AND ");
    format!("(SELECT evolve_goes FROM {} AS evolve_g WHERE {same})", table(target))
}

/// The names of what identifies a row in it.
fn names(width: usize) -> String {
    (0..width).map(|at| format!("evolve_k{at}")).collect::<Vec<_>>().join(", ")
}

/// The condition that a row is in none of these journals; it goes on a condition that is there.
pub fn besides(identity: &[String], journals: &[String]) -> String {
    let keys: Vec<String> = (0..identity.len()).map(|at| format!("evolve_key_{at}")).collect();
    let one = |journal: &String| {
        format!(" AND ({}) NOT IN (SELECT {} FROM {})", identity.join(", "), keys.join(", "), quoted(journal))
    };
    journals.iter().map(one).collect()
}

impl SqliteMover<'_> {
    /// Registers its column functions, whose names all Movements share.
    pub(super) fn register(&self) -> Result<()> {
        let rendering = self.rendering();
        functions::register_calls(self.connection, &rendering.calls)
            .and_then(|()| functions::register_whys(self.connection, &rendering.whys))
            .and_then(|()| self.sealing.iter().try_for_each(|sealing| sealing.register(self.connection)))
            .map_err(|error| database_error(&error))
    }

    /// Puts the rows that it would take back where they are looked for.
    pub(super) fn tell_going(&self, until: Option<&[Value]>) -> Result<()> {
        let (rows, values) = match &self.movement.undo {
            Undo::Journal => (self.journalled_rows()?, &[][..]),
            Undo::Derive { key } => {
                let range = if until.is_some() { Range::First } else { Range::All };
                let found = self.rendering().identities(range, key);
                (Some(format!("SELECT *, 1 FROM ({found})")), until.unwrap_or_default())
            }
            Undo::Sql(_) | Undo::None => (None, &[][..]),
        };
        let Some(rows) = rows else { return Ok(()) };
        let (table, width) = (table(&self.target.name), target_identity(&self.target).len());
        let names = names(width);
        let make =
            format!("CREATE TABLE IF NOT EXISTS {table} ({names}, evolve_goes, PRIMARY KEY ({names})) WITHOUT ROWID");
        self.connection.execute_batch(&make).map_err(|error| database_error(&error))?;
        self.write(&format!("INSERT OR IGNORE INTO {table} {rows}"), values).map(|_| ())
    }

    /// The rows of the journal, the oldest entry first.
    fn journalled_rows(&self) -> Result<Option<String>> {
        if shape::table(self.connection, &self.store).map_err(|error| database_error(&error))?.is_none() {
            return Ok(None);
        }
        let keys = (0..target_identity(&self.target).len()).map(|at| format!("evolve_key_{at}"));
        let keys = keys.collect::<Vec<_>>().join(", ");
        Ok(Some(format!("SELECT {keys}, evolve_op = 'i' FROM {} ORDER BY evolve_n", quoted(&self.store))))
    }
}
