//! Rows that a step wrote over and that are gone, or have another key by now: nobody would have their old values.

use super::Rewind;
use crate::error::Result;
use crate::sql::quoted;
use crate::sqlite::functions::value;
use crate::sqlite::going::besides;
use crate::sqlite::sealing::opened;
use crate::sqlite::survey::database_error;
use crate::sqlite::undo::in_the_way;
use crate::value::Value;
use rusqlite::Connection;

impl Rewind<'_> {
    /// Refuses if a row that was there before, and was written over, is not there. Rows that stand in the journals of
    /// `later` are left out.
    pub fn check_lost(&self, connection: &Connection, later: &[String]) -> Result<()> {
        let lost = self.lost(connection, later).map_err(|error| database_error(&error))?;
        in_the_way(self.table, "that the step wrote over are gone, or have another key", &lost)
    }

    fn lost(&self, connection: &Connection, later: &[String]) -> rusqlite::Result<Vec<Vec<Value>>> {
        let keys = self.keys(connection)?;
        let kept: Vec<String> = (0..keys.len()).map(|at| format!("evolve_s.evolve_key_{at}")).collect();
        let plain: Vec<String> = kept
            .iter()
            .enumerate()
            .map(|(at, kept)| opened(self.sealing, self.key.get(at).map_or("", String::as_str), kept))
            .collect();
        let there: Vec<String> =
            keys.iter().zip(&plain).map(|(key, kept)| format!("evolve_t.{key} = {kept}")).collect();
        // What the step made itself, or took away, is another matter.
        let sql = format!(
            "SELECT {} FROM {} AS evolve_s WHERE true{} GROUP BY {} HAVING min(evolve_s.evolve_op) = 'u' AND max(evolve_s.evolve_op) = 'u' \
             AND NOT EXISTS (SELECT 1 FROM {} AS evolve_t WHERE {}) LIMIT 20",
            plain.join(", "),
            quoted(self.store),
            besides(&kept, later),
            kept.join(", "),
            quoted(self.table),
            there.join(" AND ")
        );
        let mut statement = connection.prepare(&sql)?;
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|at| row.get_ref(at).map(value)).collect())?;
        rows.collect()
    }
}
