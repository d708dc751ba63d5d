//! The account of a Movement that changes the very rows it walks.

use super::limits::{Limit, Number};
use super::sieve::Sound;
use super::{Account, Found, Manner};
use crate::error::Result;
use crate::movement::Missing;
use crate::report::Rows;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::shape;
use crate::value::Value;

impl SqliteMover<'_> {
    /// What it would do. `movers` are all of the step.
    pub(super) fn update_account(&self, movers: &[SqliteMover<'_>], manner: &Manner<'_>) -> Result<Account> {
        let mut account = Account::default();
        let refused = self.set_aside()?;
        self.tell_refused(&refused, &mut account);
        let (rendering, without) = (self.rendering(), refused.count > 0);
        let read = self.number(&rendering.count(Range::All), &[])?;
        let Some(mut skipped) = self.lonely(read, &refused, &mut account)? else { return Ok(account) };
        let updated = match self.number(&rendering.differing(without), &[]) {
            Ok(updated) => updated,
            Err(error) => return account.fails_by(self, error).map(|()| account),
        };
        let Some(left_out) = self.judge_changed(&mut account, movers, manner, without)? else { return Ok(account) };
        skipped += left_out;
        let (rejected, updated) = (refused.count, updated.saturating_sub(left_out));
        let unchanged = read.saturating_sub(updated + skipped + rejected);
        account.rows = Some(Rows { read, updated, unchanged, skipped, rejected, ..Rows::default() });
        Ok(account)
    }

    /// How many rows are left as they are because they find no match; `None` where nothing can be counted.
    fn lonely(&self, read: u64, refused: &Found, account: &mut Account) -> Result<Option<u64>> {
        let (rendering, without) = (self.rendering(), refused.count > 0);
        let Some((lookup, (count, many))) = self.movement.lookup.as_ref().zip(rendering.matches(Range::All, without))
        else {
            return Ok(Some(0));
        };
        let matched = self.number(&count, &[])?;
        let lonely = read.saturating_sub(refused.count + matched);
        let several = if lookup.first_by.is_none() { self.keys_of(&many)? } else { Vec::new() };
        if !several.is_empty() {
            let (from, keys) = (&self.movement.from.table, several.join("; "));
            account.fails_as(format!("rows of {from} would fail the step, finding several matches: {keys}"));
            return Ok(None);
        }
        match lookup.missing {
            Missing::Keep => return Ok(Some(lonely)),
            Missing::Fail if lonely > 0 => {
                let keys = rendering.unmatched(Range::All, without).map(|sql| self.keys_of(&sql)).transpose()?;
                let found = Found { count: lonely, keys: keys.unwrap_or_default() };
                account.fails(&self.movement, &found, "finding no match", None);
            }
            Missing::Fail | Missing::Default => {}
        }
        Ok(Some(0))
    }

    /// Judges the rows that would change, as they are then; how many the target would not take. `None` where nothing can be
    /// counted, because the statement itself fails.
    fn judge_changed(
        &self,
        account: &mut Account,
        movers: &[SqliteMover<'_>],
        manner: &Manner<'_>,
        refused: bool,
    ) -> Result<Option<u64>> {
        let mut sieve = self.sieve(Number::Given, manner)?;
        let set = self.set_columns();
        sieve.limits.iter_mut().filter(|limit| !limit.may_break(&set, &self.target)).for_each(Limit::leave);
        sieve.references.retain(|reference| reference.may_break(&set));
        let put = self.rendering().put_changed(&shape::stored(&self.target), refused);
        let looked = self
            .make_stand_in(self.key_width(), &sieve.limits)
            .and_then(|()| self.lay(&sieve, Sound::Dropped))
            .and_then(|()| self.write(&put, &[]));
        if let Err(error) = looked {
            return account.fails_by(self, error).map(|()| None);
        }
        let left_out = self.tell_limits(&sieve, account)?;
        self.tell_children(&set, manner, account)?;
        self.tell_references(&sieve, movers, manner, account)?;
        if left_out > 0 || !self.sets_key()? {
            return Ok(Some(left_out));
        }
        // Which row has a key at which moment, only the statement itself can tell.
        self.make_stand_in(0, &[])?;
        self.admit_all()?;
        let onto = self.onto_stand_in();
        self.set_aside()?;
        match onto.write(&onto.rendering().write(Range::All, refused), &[]) {
            Ok(_) => Ok(Some(0)),
            Err(error) => account.fails_by(self, error).map(|()| None),
        }
    }

    /// Whether it sets a column by which rows of the target must differ.
    fn sets_key(&self) -> Result<bool> {
        let alias = shape::rowid_alias(&self.target);
        let is_set = |name: &str| self.set_columns().iter().any(|column| column.eq_ignore_ascii_case(name));
        if alias.is_some_and(is_set) {
            return Ok(true);
        }
        let sql = "SELECT DISTINCT c.name FROM pragma_index_list(?1, 'main') AS i, pragma_index_xinfo(i.name, 'main') AS c \
                   WHERE i.\"unique\" AND (c.\"key\" OR i.partial)";
        let rows = self.ask(sql, &[Value::Text(self.target.name.clone())])?;
        // A key over an expression may be about any column, and so may a computed one.
        let computed = |name: &str| self.target.column(name).is_some_and(|column| column.generated);
        Ok(rows.iter().any(|row| crate::ledger::text(row, 0).is_none_or(|name| is_set(&name) || computed(&name))))
    }
}
