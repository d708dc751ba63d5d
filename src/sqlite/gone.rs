//! What was made of rows that are no more as they were when they were moved: found in the target, and taken back.
//!
//! Takes the table in which such rows stand as they were; gives what is to be taken off the account. A row of the target is
//! deleted only where it is as it was written; where it cannot be told which row was made of which, the keys are named.

use crate::engine::Settled;
use crate::error::Result;
use crate::ledger::cursors::shown;
use crate::movement::{Conflict, Formula, Invalid, Movement, Undo, Write};
use crate::report::Rows;
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{Range, Rendering, came};
use crate::value::Value;

/// What became of rows whose former selves cannot be found again.
const CHANGED: &str = "changed or went after they were moved";

impl SqliteMover<'_> {
    /// Takes back what was made of rows that are gone; what comes off the account. `after` is how far rows were walked. What
    /// can only be found by a look at the whole target may wait, unless another former self of the same row waits already.
    pub(super) fn let_go(&self, after: Option<&[Value]>, when: Settled) -> Result<Rows> {
        let (rendering, store) = (self.rendering(), self.meanwhile());
        let mut off = Rows::default();
        if self.movement.write == Write::Update || self.finder().is_some() || !self.can_wait() || self.may_meet()? {
            off.add(self.let_go_of("gone", after)?);
            return Ok(off);
        }
        if when == Settled::Now || self.number(&rendering.meets_held(&store), &[])? > 0 {
            off.add(self.let_go_of("held", after)?);
        }
        match when {
            Settled::Now => off.add(self.let_go_of("gone", after)?),
            Settled::InTime => self.batch_of(&rendering.hold(&store))?,
        }
        Ok(off)
    }

    /// Takes back what was made of the rows of one of the tables, and empties it.
    fn let_go_of(&self, which: &str, after: Option<&[Value]>) -> Result<Rows> {
        let name = format!("{}_{which}", self.meanwhile());
        let table = quoted(&name);
        if self.number(&format!("SELECT EXISTS (SELECT 1 FROM {table})"), &[])? == 0 {
            return Ok(Rows::default());
        }
        // What refers to a row that is about to go may go right after it.
        self.batch_of("PRAGMA defer_foreign_keys = on")?;
        let (movement, shape) = self.over(&name);
        let former = Rendering::new(&movement, &shape, &self.target);
        let off = match &self.movement.write {
            Write::Update => {
                // One that is not there any more has nothing to be taken back of.
                let keys = self.ask(&former.still_there(&self.source.name), &[])?;
                self.refuse_changed(&keys).map(|()| Rows::default())?
            }
            _ => self.take_back(&former, &table, after)?,
        };
        self.batch_of(&format!("DELETE FROM {table}"))?;
        Ok(off)
    }

    /// Whether what was made of rows can be found by its values alone: the journal says what the step wrote.
    fn can_wait(&self) -> bool {
        self.movement.undo == Undo::Journal && self.movement.hidden.is_empty() && self.is_plain()
    }

    /// Whether a row that is written may meet what was made of its former self: by a key that is no finder, as NULL may be in
    /// it, it holds for some rows only, or is over an expression.
    fn may_meet(&self) -> Result<bool> {
        let given: Vec<&str> = self.movement.columns.iter().map(|assign| assign.column.as_str()).collect();
        let given = serde_json::Value::from(given).to_string();
        let sql = "SELECT EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') AS i, pragma_index_xinfo(i.name, 'main') AS c \
                   WHERE i.\"unique\" AND c.\"key\" AND (c.name IS NULL OR lower(c.name) IN \
                   (SELECT lower(value) FROM json_each(?2))))";
        Ok(self.number(sql, &[Value::Text(self.target.name.clone()), Value::Text(given)])? > 0)
    }

    /// Whether each row becomes one row of the target, whatever others do.
    fn is_plain(&self) -> bool {
        let alone = self.movement.columns.iter().all(|assign| assign.rules.is_empty());
        let judged = self.movement.invalid != Invalid::Fail && !alone;
        self.movement.write == Write::Insert(Conflict::Fail) && !judged && self.rendering().is_steady()
    }

    /// What was made of these rows, taken back.
    fn take_back(&self, former: &Rendering<'_>, table: &str, after: Option<&[Value]>) -> Result<Rows> {
        let finder = self.finder();
        if !self.is_plain() || (finder.is_none() && !self.can_wait()) {
            let steady = former.is_steady();
            let keys = self.ask(&former.some_keys(if steady { Range::All } else { Range::Any }), &[])?;
            return self.refuse_changed(&keys).map(|()| Rows::default());
        }
        if let Some((key, after)) = finder.as_ref().zip(after) {
            self.renew(former, table, key, after)?;
        }
        let (read, keys) = (self.number(&former.count(Range::All), &[])?, former.some_keys(Range::All));
        if read == 0 {
            return Ok(Rows::default());
        }
        let keys = self.ask(&keys, &[])?;
        let rejected = self.unreject(former)?;
        let inserted = match &finder {
            Some(key) => self.write(&former.unmake(key, rejected > 0, &self.as_written()?), &[])?,
            None => self.unmake_by_values(former, rejected > 0)?,
        };
        if inserted + rejected != read {
            self.refuse_changed(&keys)?;
        }
        Ok(Rows { read, inserted, rejected, ..Rows::default() })
    }

    /// Rows that changed and have the same key in the target still: the row there is changed where it stands. Not one that
    /// is ahead of the cursor now: it is moved when its turn comes.
    fn renew(&self, former: &Rendering<'_>, table: &str, key: &[String], after: &[Value]) -> Result<()> {
        let (rendering, store) = (self.rendering(), self.meanwhile());
        self.batch_of(&rendering.gather(&store))?;
        self.write(&rendering.leave_ahead(), after)?;
        let refused = rendering.may_refuse();
        if refused {
            self.empty_table()?;
            for some in [former.refused(Range::All), rendering.refused(Range::Meanwhile)] {
                self.write(&format!("INSERT INTO temp.{} {some}", rendering.refused_table()), &[])?;
            }
        }
        self.batch_of(&rendering.note_renewed(former, key, refused, &self.as_written()?))?;
        self.write(&rendering.renew(key, refused), &[])?;
        self.batch_of(&rendering.forget_renewed(table, &came(&store)))
    }

    /// Rows of the target that no row of the source accounts for, where nobody listened: if they are as many as are missing,
    /// they are those that the step made of rows that are gone.
    pub(super) fn let_strangers_go(&self, key: &[String], account: Rows) -> Result<Rows> {
        let rendering = self.rendering();
        let found = self.number(&rendering.found(Range::All, key), &[])?;
        if found >= account.inserted || !rendering.is_steady() {
            return Ok(Rows::default());
        }
        let lost = account.inserted - found;
        if self.number(&rendering.count_strangers(key), &[])? != lost {
            let strangers = self.ask(&rendering.strangers(key), &[])?;
            let which = format!("rows of {} are left over: {}", self.target.name, words(&strangers));
            return Err(self.moved_on("went after they were moved", &which));
        }
        let deleted = self.write(&rendering.delete_strangers(key), &[])?;
        Ok(Rows { read: deleted, inserted: deleted, ..Rows::default() })
    }

    fn refuse_changed(&self, keys: &[Vec<Value>]) -> Result<()> {
        if keys.is_empty() { Ok(()) } else { Err(self.moved_on(CHANGED, &words(keys))) }
    }

    /// The Movement over rows as they were, which stand in this table of the same shape, under the source's name.
    pub(super) fn over(&self, name: &str) -> (Movement, Table) {
        let (mut movement, mut table) = (self.movement.clone(), self.source.clone());
        movement.from.alias.get_or_insert_with(|| table.name.clone());
        for assign in movement.columns.iter_mut().filter(|assign| !self.is_told(&assign.value)) {
            // It was not written down, and is not looked at.
            assign.value = Formula::Constant(Value::Null);
            assign.rules.clear();
        }
        name.clone_into(&mut movement.from.table);
        name.clone_into(&mut table.name);
        (movement, table)
    }

    /// A key of the target by which a row that was made is found: all its columns are given, and can be told.
    pub(super) fn finder(&self) -> Option<Vec<String>> {
        let given = |name: &String| {
            let assign = self.movement.columns.iter().find(|assign| assign.column.eq_ignore_ascii_case(name));
            assign.is_some_and(|assign| self.is_told(&assign.value))
        };
        match &self.movement.undo {
            Undo::Derive { key } => Some(key.clone()).filter(|key| key.iter().all(given)),
            _ => self.target.keys().find(|key| key.iter().all(given) && self.no_nulls(key)).map(<[String]>::to_vec),
        }
    }

    /// The conditions under which a row of the target is as it was written: by its old self `evolve_o`, as far as that is told.
    pub(super) fn as_written(&self) -> Result<Vec<String>> {
        let told = self.movement.columns.iter().enumerate().filter(|(_, assign)| self.is_told(&assign.value));
        let same = told
            .map(|(at, assign)| format!("evolve_t.{} COLLATE BINARY IS evolve_o.evolve_c{at}", quoted(&assign.column)));
        Ok(same.chain(self.bystanders()?).collect())
    }

    /// Whether a value can be made again of a row that was written down without what is hidden.
    fn is_told(&self, value: &Formula) -> bool {
        let named = value.names();
        !self.movement.hidden.iter().any(|hidden| named.contains(&hidden.to_lowercase()))
    }

    /// Whether a key of the target holds no NULL, by which nothing is found. Its own number never is one.
    fn no_nulls(&self, key: &[String]) -> bool {
        let number = crate::sqlite::shape::rowid_alias(&self.target);
        key.iter().all(|name| {
            Some(name.as_str()) == number
                || self.target.column(name).is_some_and(|column| column.not_null)
                || (!self.target.rowid && self.target.primary_key.contains(name))
        })
    }

    /// Of these rows, how many had been refused: they stand where they are left out, and are no rejects any more.
    fn unreject(&self, former: &Rendering<'_>) -> Result<u64> {
        if !former.may_refuse() || self.movement.invalid == Invalid::Fail {
            return Ok(0);
        }
        self.empty_table()?;
        let table = former.refused_table();
        let refused = self.write(&format!("INSERT INTO temp.{table} {}", former.refused(Range::All)), &[])?;
        if self.movement.invalid == Invalid::Quarantine {
            let number = i64::try_from(self.number).unwrap_or(0);
            self.write(&former.unreject(), &[Value::Text(self.step.clone()), Value::Integer(number)])?;
        }
        Ok(refused)
    }

    /// Deletes the rows of the target that are the same, in all that was written, as what is made of these rows.
    fn unmake_by_values(&self, former: &Rendering<'_>, refused: bool) -> Result<u64> {
        let (_, key) = self.watched();
        let keys: Vec<String> = (0..key.len().max(1)).map(|at| format!("evolve_key_{at}")).collect();
        self.batch_of(&former.make_again(refused))?;
        self.batch_of(&former.find_made(&self.store, &keys))?;
        self.write(&former.unmake_found(), &[])
    }

    /// Takes out of the journal what was made and taken back: its keys may be anybody's now.
    pub(super) fn forget_unmade(&self) -> Result<()> {
        if !self.is_plain() || self.movement.undo != Undo::Journal || self.has_triggers()? {
            // They may have written what the journal says of a row.
            return Ok(());
        }
        let (_, key) = self.watched();
        let keys: Vec<String> = (0..key.len().max(1)).map(|at| format!("evolve_key_{at}")).collect();
        let store = quoted(&self.store);
        let sql = format!(
            "DELETE FROM {store} WHERE evolve_op = 'd' OR ({keys}) IN (SELECT {keys} FROM {store} AS evolve_d \
             WHERE evolve_op = 'd' AND evolve_d.evolve_n > {store}.evolve_n)",
            keys = keys.join(", ")
        );
        self.write(&sql, &[]).map(drop)
    }
}

/// Keys for people.
pub(super) fn words(keys: &[Vec<Value>]) -> String {
    keys.iter().map(|key| shown(key)).collect::<Vec<_>>().join("; ")
}
