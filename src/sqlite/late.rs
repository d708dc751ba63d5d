//! Rows that came behind the cursor, and whose key a row has that the same step wrote: in the order of the walk they might
//! have been first, and which of two is first is what most rules for conflicts go by.
//!
//! Takes the rows that are about to be moved late; refuses by key where it would matter.

use crate::error::Result;
use crate::movement::{Conflict, Undo, Write};
use crate::sql::quoted;
use crate::sqlite::batch::Next;
use crate::sqlite::mover::SqliteMover;
use crate::value::Value;

impl SqliteMover<'_> {
    /// Refuses rows that come late where an earlier place among the others would have given something else.
    pub(super) fn refuse_late(&self, next: &Next) -> Result<()> {
        let Write::Insert(rule) = &self.movement.write else { return Ok(()) };
        if matches!(rule, Conflict::Fail | Conflict::NewKey(_)) {
            return Ok(());
        }
        let refused = self.put_refused_aside(next)?;
        let rendering = self.rendering();
        if self.number(&rendering.existing(next.range, refused), &next.values)? == 0 {
            return Ok(());
        }
        let (_, key) = self.watched();
        let keys: Vec<String> = (0..key.len().max(1)).map(|at| format!("evolve_key_{at}")).collect();
        // Without a journal that can be read it is not known who wrote a row.
        let known = self.movement.undo == Undo::Journal && self.sealing.is_none();
        let written = known.then(|| format!("SELECT {} FROM {}", keys.join(", "), quoted(&self.store)));
        let tied = match rule {
            Conflict::Newest(column) => Some(column.as_str()),
            _ => None,
        };
        let late: Vec<Vec<Value>> =
            self.ask(&rendering.late(next.range, refused, written.as_deref(), tied), &next.values)?;
        if late.is_empty() {
            return Ok(());
        }
        Err(self.moved_on(
            "came in while others were moved, with keys that others of them have",
            &super::gone::words(&late),
        ))
    }
}
