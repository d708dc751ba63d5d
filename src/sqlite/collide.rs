//! The first row of a batch that comes where another is: looked for before the batch, with no transaction open.

use crate::conflict::{Decision, Field};
use crate::engine::Collision;
use crate::error::Result;
use crate::movement::{Conflict, Formula, Invalid, NewKey, Write};
use crate::sqlite::batch::Next;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::value::Value;

impl SqliteMover<'_> {
    pub(super) fn first_collision(
        &self,
        after: Option<&[Value]>,
        until: Option<&[Value]>,
        rows: u64,
    ) -> Result<Option<Collision>> {
        let Some(next) = self.next(after, until, rows)? else { return Ok(None) };
        match self.look_for_collision(&next, after) {
            // A value that does not convert ends the batch itself, which names the row.
            Err(_) if self.movement.invalid == Invalid::Fail && self.rendering().may_refuse() => Ok(None),
            found => found,
        }
    }

    fn look_for_collision(&self, next: &Next, after: Option<&[Value]>) -> Result<Option<Collision>> {
        let refused = self.put_refused_aside(next)?;
        let rendering = self.rendering();
        let taken = self.ask(&rendering.first_taken(next.range, refused), &next.values)?.pop();
        let mut first =
            taken.map(|key| Ok::<_, crate::error::Error>((self.rows_before(after, &key)?, key))).transpose()?;
        for sql in rendering.first_twins(next.range, refused) {
            if let Some(key) = self.ask(&sql, &next.values)?.pop() {
                let before = self.rows_before(after, &key)?;
                if first.as_ref().is_none_or(|(least, _)| before < *least) {
                    first = Some((before, key));
                }
            }
        }
        let Some((before, key)) = first else { return Ok(None) };
        if before > 0 {
            return Ok(Some(Collision { before, key, fields: Vec::new(), elsewhere: false }));
        }
        let fields = self.fields(after, &key, refused)?;
        let elsewhere = self.shares_another_key(after, &key, refused)?;
        Ok(Some(Collision { before, key, fields, elsewhere }))
    }

    /// Whether the row between the cursor and this key has a key of one that is there, besides the one it could get anew.
    fn shares_another_key(&self, after: Option<&[Value]>, key: &[Value], refused: bool) -> Result<bool> {
        let Write::Insert(Conflict::Ask(Some(new_key))) = &self.movement.write else { return Ok(false) };
        let (range, ends) = up_to(after, key);
        let sql = self.rendering().taken_elsewhere(range, refused, &new_key.column);
        sql.map_or(Ok(false), |sql| Ok(self.number(&sql, &ends)? > 0))
    }

    /// How many rows lie behind the cursor and before a row.
    fn rows_before(&self, after: Option<&[Value]>, key: &[Value]) -> Result<u64> {
        let (range, ends) = up_to(after, key);
        Ok(self.number(&self.rendering().count(range), &ends)?.saturating_sub(1))
    }

    /// Both rows, of the one that lies between the cursor and this key.
    fn fields(&self, after: Option<&[Value]>, key: &[Value], refused: bool) -> Result<Vec<Field>> {
        let (range, ends) = up_to(after, key);
        let found = self.ask(&self.rendering().both(range, refused), &ends)?.pop().unwrap_or_default();
        let width = self.movement.columns.len();
        let same = self.movement.into.eq_ignore_ascii_case(&self.movement.from.table);
        let hidden = |column: &str| same && self.movement.hidden.iter().any(|it| it.eq_ignore_ascii_case(column));
        let fields = self.movement.columns.iter().enumerate().map(|(at, assign)| {
            // Nor what others protect: in the row that is there, and in what the incoming one is made of.
            let sealed = self.sealing.as_ref().is_some_and(|sealing| sealing.has(&assign.column));
            let shown = assign.protection().is_none()
                && !(hidden(&assign.column) || sealed || self.is_made_of_hidden(&assign.value));
            let value = |at: usize| found.get(at).filter(|_| shown).cloned();
            Field { column: assign.column.clone(), there: value(width + at), incoming: value(at) }
        });
        Ok(fields.collect())
    }

    /// Whether a value is made of a column that is protected.
    fn is_made_of_hidden(&self, value: &Formula) -> bool {
        let hidden = |name: &str| self.movement.hidden.iter().any(|it| it.eq_ignore_ascii_case(name));
        match value {
            Formula::Column(name) => hidden(name),
            Formula::Sql(text) => crate::sql::names(text).iter().any(|name| hidden(name)),
            Formula::Call(_, inner) => self.is_made_of_hidden(inner),
            Formula::Constant(_) | Formula::New(..) => false,
        }
    }

    /// The rule that a decision stands for.
    pub(super) fn ruled(&self, decision: Option<Decision>, new_key: Option<&NewKey>) -> Conflict {
        match (decision, new_key) {
            (Some(Decision::Keep), _) => Conflict::Skip,
            (Some(Decision::Take), _) => Conflict::Overwrite,
            (Some(Decision::Fill), _) => {
                Conflict::Fill(self.movement.columns.iter().map(|assign| assign.column.clone()).collect())
            }
            (Some(Decision::NewKey), Some(key)) => Conflict::NewKey(key.clone()),
            (Some(Decision::NewKey) | None, _) => Conflict::Fail,
        }
    }
}

/// The range from the cursor to a row.
fn up_to(after: Option<&[Value]>, key: &[Value]) -> (Range, Vec<Value>) {
    let range = if after.is_some() { Range::Between } else { Range::First };
    (range, after.into_iter().flatten().chain(key).cloned().collect())
}
