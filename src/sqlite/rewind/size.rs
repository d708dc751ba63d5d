//! How large the rows are that a journal gives back, asked before a batch of its entries is cut.
//!
//! Takes the journal; gives a number of entries. An entry counts with the old values that it holds and with the row as it
//! is, which goes or is written anew. Lengths are read, values are not.

use super::Rewind;
use crate::schema::Column;
use crate::sql::quoted;
use crate::sqlite::render::octets;
use crate::sqlite::sealing::opened;
use crate::sqlite::shape;
use crate::sqlite::size::{Question, fit, is_bounded};
use rusqlite::{Connection, params_from_iter};

impl Rewind<'_> {
    /// How many of so many entries, the newest first, a batch may have that is no larger than so many bytes.
    pub fn within_bytes(&self, connection: &Connection, entries: u64, bytes: u64) -> rusqlite::Result<u64> {
        if !is_bounded(entries, bytes) {
            return Ok(entries);
        }
        let Some(sized) = self.sized(connection)? else { return Ok(entries) };
        let largest = format!("SELECT coalesce(max(evolve_b), 0) FROM ({sized})");
        let fitting = format!(
            "SELECT count(*) FROM (SELECT sum(evolve_b) OVER (ORDER BY evolve_n DESC ROWS UNBOUNDED PRECEDING) AS evolve_all \
             FROM ({sized})) WHERE evolve_all <= ?"
        );
        fit(entries, bytes, |question, limits| {
            let sql = match question {
                Question::Largest => &largest,
                Question::Fitting => &fitting,
            };
            let number: i64 = connection.prepare_cached(sql)?.query_row(params_from_iter(limits), |row| row.get(0))?;
            Ok(u64::try_from(number).unwrap_or(0))
        })
    }

    /// The sizes of the newest so many entries; nothing where no column can be large.
    fn sized(&self, connection: &Connection) -> rusqlite::Result<Option<String>> {
        let Some(shape) = shape::table(connection, self.table)? else { return Ok(None) };
        let is_kept = |column: &&Column| self.columns.iter().any(|kept| kept.eq_ignore_ascii_case(&column.name));
        let kept = octets("evolve_s", shape.columns.iter().filter(is_kept));
        let sizes: Vec<String> = kept.into_iter().chain(octets("evolve_t", &shape.columns)).collect();
        if sizes.is_empty() {
            return Ok(None);
        }
        let pairs = self.keys(connection)?.into_iter().enumerate().map(|(at, key)| {
            let name = self.key.get(at).map_or("", String::as_str);
            format!("evolve_t.{key} = {}", opened(self.sealing, name, &format!("evolve_s.evolve_key_{at}")))
        });
        Ok(Some(format!(
            "SELECT evolve_s.evolve_n AS evolve_n, {} AS evolve_b FROM {} AS evolve_s LEFT JOIN {} AS evolve_t ON {} \
             ORDER BY evolve_s.evolve_n DESC LIMIT ?",
            sizes.join(" + "),
            quoted(self.store),
            quoted(self.table),
            pairs.collect::<Vec<_>>().join(" AND ")
        )))
    }
}
