//! The way back of a Movement whose target's key follows from the source: rows found again, looked at, deleted.

use crate::engine::{Batch, Others};
use crate::error::Result;
use crate::inverse::Changed;
use crate::report::Rows;
use crate::sql::{is_volatile, quoted};
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::preserve::{self, These};
use crate::sqlite::render::Range;
use crate::sqlite::undo::in_the_way;
use crate::value::Value;

impl SqliteMover<'_> {
    pub(super) fn back_derived(
        &self,
        key: &[String],
        after: Option<&[Value]>,
        until: Option<&[Value]>,
        rows: u64,
        others: &Others<'_>,
    ) -> Result<Batch> {
        let Some(next) = self.next(after, until, rows)? else { return Ok(Batch { end: true, ..Batch::default() }) };
        let rendering = self.rendering();
        let unchanged = match others.changed {
            Changed::Refuse => Some(self.bystanders()?),
            Changed::Discard => None,
            Changed::Preserve => {
                let condition = rendering.is_changed(next.range, key, &self.bystanders()?);
                preserve::keep(self.connection, others, &These::of(&self.target, &condition, &next.values))?;
                None
            }
        };
        let deleted = self.write(&rendering.delete(next.range, key, unchanged), &next.values)?;
        let rows = Rows { read: deleted, updated: deleted, ..Rows::default() };
        Ok(Batch { rows, last: Some(next.last), end: next.end })
    }

    /// Rows as they were written; and where rows of the source vanished since, no row of the target that could be theirs.
    pub(super) fn check_derived(
        &self,
        key: &[String],
        until: Option<&[Value]>,
        account: Option<Rows>,
        later: &[String],
    ) -> Result<()> {
        let rendering = self.rendering();
        let (range, ends) = match until {
            Some(until) => (Range::First, until),
            None => (Range::All, &[][..]),
        };
        let changed = self.ask(&rendering.changed(range, key, &self.bystanders()?, later), ends)?;
        in_the_way(&self.target.name, "are not as the step wrote them", &changed)?;
        // Of rows that went while others were listened to, what was made of them is gone too.
        let Some(account) = account.filter(|_| !self.aside.get()) else { return Ok(()) };
        if self.number(&rendering.count(range), ends)? >= account.read
            || self.number(&rendering.found(range, key), ends)? >= account.inserted
        {
            return Ok(());
        }
        let strangers = self.ask(&rendering.strangers(key), &[])?;
        in_the_way(&self.target.name, "cannot be told from rows whose source row is gone", &strangers)
    }

    /// Conditions that hold for columns the step did not write, as long as nobody did: they have their defaults. Where
    /// triggers may have written them, nothing can be said.
    pub(super) fn bystanders(&self) -> Result<Vec<String>> {
        if self.has_triggers()? {
            return Ok(Vec::new());
        }
        let written = |name: &str| self.movement.columns.iter().any(|assign| assign.column.eq_ignore_ascii_case(name));
        let key = |name: &str| self.target.primary_key.iter().any(|column| column.eq_ignore_ascii_case(name));
        let others = self
            .target
            .columns
            .iter()
            .filter(|column| !column.generated && !written(&column.name) && !key(&column.name));
        Ok(others
            .filter_map(|column| {
                let default = column.default.as_deref().unwrap_or("NULL");
                (!is_volatile(default))
                    .then(|| format!("evolve_t.{} COLLATE BINARY IS ({default})", quoted(&column.name)))
            })
            .collect())
    }
}
