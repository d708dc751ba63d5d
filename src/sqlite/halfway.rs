//! The way back of a Movement that was followed and did not end: what it made of rows that others changed or took away
//! since is found by what the triggers wrote down, and goes first; what it made of all others is found by the source.
//!
//! Takes the tables that the triggers fill, which are there until the Movement is gone.

use crate::engine::Others;
use crate::error::Result;
use crate::inverse::Changed;
use crate::movement::Undo;
use crate::sql::quoted;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::preserve::{self, These};
use crate::sqlite::render::{self, Range, Rendering};
use crate::sqlite::undo::in_the_way;
use crate::value::Value;

/// What is said of rows that others wrote to.
const CHANGED: &str = "are not as the step wrote them";

impl SqliteMover<'_> {
    /// From now on, rows that came meanwhile are none of those that were moved: their values may not even be computed.
    pub(super) fn leave_out_came(&self) -> Result<()> {
        let name = format!("{}_gone", self.meanwhile());
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1)";
        self.aside.set(self.number(sql, &[Value::Text(name)])? > 0);
        Ok(())
    }

    /// Takes back what was made of rows that are no more as they were, of those behind one key and up to another.
    pub(super) fn take_back_gone(
        &self,
        after: Option<&[Value]>,
        until: Option<&[Value]>,
        others: &Others<'_>,
    ) -> Result<u64> {
        self.leave_out_came()?;
        let Undo::Derive { key } = &self.movement.undo else { return Ok(0) };
        if !self.aside.get() {
            return Ok(0);
        }
        let (rendering, store) = (self.rendering(), self.meanwhile());
        for table in [render::may(&store), render::gone(&store)] {
            self.write(&rendering.settle(&table, until.is_some()), until.unwrap_or_default())?;
            if let Some(after) = after {
                self.write(&rendering.forget_back(&table), after)?;
            }
        }
        self.batch_of(&rendering.promote(&store))?;
        let name = format!("{store}_gone");
        let (movement, shape) = self.over(&name);
        let former = Rendering::new(&movement, &shape, &self.target);
        if self.finder().is_none() {
            // A key that was not written down.
            let keys = self.ask(&former.some_keys(Range::All), &[])?;
            in_the_way(&self.source.name, "changed or went after they were moved", &keys)?;
            return Ok(0);
        }
        let mut deleted = self.write(&former.unmake(key, false, &self.as_written()?), &[])?;
        let changed = former.identities(Range::All, key);
        match others.changed {
            Changed::Refuse => in_the_way(&self.target.name, CHANGED, &self.ask(&changed, &[])?)?,
            Changed::Preserve => {
                let condition = format!("({}) IN ({changed})", render::target_identity(&self.target).join(", "));
                preserve::keep(self.connection, others, &These::of(&self.target, &condition, &[]))?;
            }
            Changed::Discard => {}
        }
        deleted += self.write(&former.unmake(key, false, &[]), &[])?;
        self.batch_of(&format!("DELETE FROM {}", quoted(&name)))?;
        Ok(deleted)
    }
}
