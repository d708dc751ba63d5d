//! Where a reject's row is taken from when it is tried again: the source, or its own record.
//!
//! Takes a reject of a Movement; gives what became of it. The record counts where somebody changed it, and where nothing else
//! is left of the row.

use super::rejects::{Retry, forward};
use super::tried::Tried;
use crate::conflict::Decision;
use crate::engine::{Database as _, Mover, Session as _};
use crate::error::{Result, codes};
use crate::ledger::rejects::{self, Waiting};
use crate::movement::{Movement, Write};
use crate::schema::Tables as _;
use crate::sql::quoted;
use crate::sqlite::replay::{Former, Record};

/// Where a row is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// It stands in the source.
    Source,
    /// What is left of it, or what somebody made of it, is its record.
    Record,
    /// It stands in the source, and the step selects it no more.
    Unselected,
}

/// The columns by which a reject is found.
fn columns(movement: &Movement, one: &Waiting) -> Vec<String> {
    match (&one.columns, movement.from.key.as_slice()) {
        (Some(columns), _) => columns.clone(),
        (None, []) => vec!["rowid".to_owned()],
        (None, named) => named.to_vec(),
    }
}

/// The condition that a row has one of these keys, which are of the same columns.
fn has_key(movement: &Movement, some: &[Waiting]) -> String {
    // By the table's own name: what is looked up may have columns of the same names.
    let table = quoted(movement.from.alias.as_ref().unwrap_or(&movement.from.table));
    let names = some.first().map(|one| columns(movement, one)).unwrap_or_default();
    let names: Vec<String> = names.iter().map(|column| format!("{table}.{}", quoted(column))).collect();
    let keys: Vec<String> = some.iter().map(|one| format!("({})", one.key.join(", "))).collect();
    format!("({}) IN (VALUES {})", names.join(", "), keys.join(", "))
}

/// A Movement over these rows alone.
pub fn narrowed(movement: &Movement, some: &[Waiting]) -> Movement {
    let mut narrow = movement.clone();
    let filter = movement.from.filter.as_ref().map(|filter| format!("({filter}\n) AND ")).unwrap_or_default();
    narrow.from.filter = Some(format!("{filter}{}", has_key(movement, some)));
    narrow
}

impl Retry<'_, '_> {
    /// Where the row of a reject is taken from.
    pub(super) fn ground(&self, number: usize, one: &Waiting) -> Result<Ground> {
        let movement = &self.movements[number];
        let stands = movement.from.source.is_some() || self.session.table(&movement.from.table).is_some();
        let some = std::slice::from_ref(one);
        // What changes its own rows has nothing to do with a record of them.
        let is_mended = one.changed && movement.write != Write::Update;
        if is_mended || !stands || !self.finds(movement, &has_key(movement, some))? {
            return Ok(Ground::Record);
        }
        let selected = narrowed(movement, some).from.filter.unwrap_or_default();
        Ok(if self.finds(movement, &selected)? { Ground::Source } else { Ground::Unselected })
    }

    fn finds(&self, movement: &Movement, condition: &str) -> Result<bool> {
        let alias = movement.from.alias.as_ref().map(|alias| format!(" AS {}", quoted(alias))).unwrap_or_default();
        let from = quoted(&movement.from.table);
        let sql = format!("SELECT 1 FROM {from}{alias} WHERE {condition} LIMIT 1");
        Ok(!self.session.query(&sql, &[])?.is_empty())
    }

    /// The Movement over one reject's row, wherever that is taken from; nothing where it cannot be tried.
    pub(super) fn ready(&self, number: usize, one: &Waiting) -> Result<Option<Box<dyn Mover + '_>>> {
        let (movement, context) = (&self.movements[number], self.context(number));
        match self.ground(number, one)? {
            Ground::Unselected => Ok(None),
            Ground::Source => {
                let narrow = narrowed(movement, std::slice::from_ref(one));
                self.session.mover(&narrow, &context).map(Some)
            }
            Ground::Record => match self.lay(number, one)? {
                Ok(former) => self.session.over_record(movement, &context, former).map(Some),
                Err(_) => Ok(None),
            },
        }
    }

    /// Lays a reject's row where it is walked, from its record; or says why that cannot be.
    fn lay(&self, number: usize, one: &Waiting) -> Result<std::result::Result<&Former, String>> {
        let movement = &self.movements[number];
        if movement.write == Write::Update {
            return Ok(Err("the step changes the rows that it reads: mend them where they stand".to_owned()));
        }
        let Some(former) = &self.formers[number] else {
            return Ok(Err(format!("{} is gone, and nothing says what it was", movement.from.table)));
        };
        let by = columns(movement, one);
        let is_number = matches!(by.as_slice(), [name] if former.is_number(name));
        let row = one.key.first().filter(|_| is_number).map(String::as_str);
        let laid = self.session.lay(movement, former, Record { number: one.number, row, changed: one.changed })?;
        Ok(laid.map(|()| former))
    }

    /// A reject tried from its record. What the database says against it is the reason why it stays.
    pub(super) fn replay(&self, number: usize, one: &Waiting, decision: Option<Decision>) -> Result<Tried> {
        let mut tried = Tried::default();
        let former = match self.lay(number, one)? {
            Ok(former) => former,
            Err(why) => {
                tried.stays(&why, &one.shown);
                return Ok(tried);
            }
        };
        let moved = self.attempt(number, || {
            let mover = self.session.over_record(&self.movements[number], &self.context(number), former)?;
            let rows = forward(&*mover, decision)?;
            match (rows.read, rows.rejected) {
                (0, _) => {}
                (_, 0) => rejects::remove(self.session, one.number)?,
                _ => rejects::renew(self.session, one.number)?,
            }
            Ok(rows)
        });
        match moved {
            Ok(Some(rows)) if rows.read == 0 => tried.stays("the step does not select their records", &one.shown),
            Ok(Some(rows)) => {
                tried = self.counted(number, rows)?;
                tried.replayed = 1;
            }
            Ok(None) => tried = self.out_of_turn(number, one),
            Err(error) if error.code().id == codes::INTERRUPTED.id => return Err(error),
            Err(error) => tried.stays(error.message(), &one.shown),
        }
        Ok(tried)
    }
}
