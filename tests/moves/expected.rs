//! The naïve model: one row after another, over values in vectors.

use super::case::Tables;
use super::shape::Shape;
use super::step::{Conflict, Filter, Invalid, Missing, Piece, Step, Value, Work};
use crate::model::{Account, Collation, Row, V};

/// What must come of a step: the rows of each table it writes, in no order, and its account.
#[derive(Debug, Clone)]
pub struct Expected {
    pub targets: Vec<Vec<Row>>,
    pub sources: Vec<Vec<Row>>,
    pub account: Account,
    /// How many rows each Movement reads, in their order.
    pub reads: Vec<u64>,
    /// What is put aside: Movement, table, column and rule, and some of the row's values.
    pub rejects: Vec<String>,
}

/// The code of the error that ends a step.
pub type Code = &'static str;

/// Its table does not take a row.
pub const CONSTRAINT: Code = "E0712";
const CONFLICT: Code = "E0707";
const REJECTED: Code = "E0711";
const MANY: Code = "E0701";
const MISSING: Code = "E0701";

/// The errors a step may end with that ends with this one in the model. A batch is looked at as a whole: a row of it that is
/// refused is named before one that comes first and cannot be written. A lookup goes through its rows in another order.
pub fn may_end_with(step: &Step, code: Code) -> Vec<Code> {
    let refuses = step.invalid == Invalid::Fail && step.is_judged();
    match (&step.work, code) {
        (Work::LookUp { .. }, _) if refuses => vec![REJECTED, MISSING],
        (_, CONFLICT) if refuses => vec![CONFLICT, REJECTED],
        _ => vec![code],
    }
}

/// What a step makes of these tables, or the error it must end with.
pub fn expected(step: &Step, tables: &Tables) -> Result<Expected, Code> {
    let mut all = Expected {
        targets: tables.targets.clone(),
        sources: tables.sources.clone(),
        account: Account::default(),
        reads: Vec::new(),
        rejects: Vec::new(),
    };
    match &step.work {
        Work::Copy(piece) | Work::Convert(piece) => insert(step, piece, tables, &mut all, false)?,
        Work::Merge(pieces) => pieces.iter().try_for_each(|piece| insert(step, piece, tables, &mut all, true))?,
        Work::Split(pieces) => pieces.iter().try_for_each(|piece| insert(step, piece, tables, &mut all, false))?,
        Work::Enrich { columns, .. } => enrich(step, columns, tables, &mut all)?,
        Work::Pipeline { first, then } => {
            insert(step, first, tables, &mut all, false)?;
            let (shape, rows) = (&tables.target_shapes[first.target], &mut all.targets[first.target]);
            for row in rows.iter_mut() {
                change(shape, row, &made(std::slice::from_ref(then), row), &mut all.account)?;
            }
            all.account.read += rows.len() as u64;
            all.reads.push(rows.len() as u64);
        }
        Work::LookUp { missing, first, .. } => look_up(step, (*missing, *first), tables, &mut all)?,
    }
    Ok(all)
}

fn holds(filter: Option<Filter>, row: &Row) -> bool {
    filter.is_none_or(|(_, holds)| holds(row))
}

/// The rows of a walk, in its order: by the key, or by their number where there is none or some of it is NULL.
fn walked(rows: &[Row], shape: &Shape, by_key: bool, selected: impl Fn(&Row) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.iter().filter(|row| selected(row)).cloned().collect();
    let null = rows.iter().any(|row| row[super::shape::VALUES..].contains(&V::Null));
    if by_key && !null {
        rows.sort_by(|one, other| shape.order(one, other));
    }
    rows
}

/// What a row becomes that nothing refuses.
fn made(columns: &[(usize, Value)], row: &Row) -> Vec<(usize, V)> {
    columns.iter().map(|(at, value)| (*at, value.of(row))).collect()
}

/// Column and rule that refuse a row.
fn refused(step: &Step, columns: &[(usize, Value)], row: &Row) -> Option<(String, &'static str)> {
    let required = columns.iter().find(|(_, value)| matches!(value, Value::Required(at) if row[*at] == V::Null));
    let required = required.map(|(at, _)| (super::step::name(*at), "required"));
    required.or_else(|| (!holds(step.rule, row)).then(|| (String::new(), "a rule")))
}

impl Expected {
    /// Refuses a row, as the step says.
    fn refuse(&mut self, step: &Step, source: usize, row: &Row, (column, rule): (String, &str)) -> Result<(), Code> {
        self.account.rejected += 1;
        match step.invalid {
            Invalid::Fail => return Err(REJECTED),
            Invalid::Skip => {}
            Invalid::Quarantine => {
                let values = row[1..super::shape::VALUES].iter().map(shown).collect::<Vec<_>>();
                self.rejects.push(format!("{} s{source} {column} {rule} {}", self.reads.len(), values.join(" ")));
            }
        }
        Ok(())
    }
}

/// A value as a reject's record shows it.
fn shown(value: &V) -> String {
    match value {
        V::Int(value) => value.to_string(),
        V::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => "null".to_owned(),
    }
}

fn insert(step: &Step, piece: &Piece, tables: &Tables, all: &mut Expected, merge: bool) -> Result<(), Code> {
    let shape = &tables.source_shapes[piece.source];
    let target_shape = &tables.target_shapes[piece.target];
    // A merge walks by the primary key unless a part says otherwise.
    let by_key =
        piece.key.is_some() || matches!(shape.apart, super::shape::Apart::Primary | super::shape::Apart::WithoutRowid);
    debug_assert!(merge || piece.key == shape.declared_key());
    let rows =
        walked(&tables.sources[piece.source], shape, by_key, |row| holds(step.filter, row) && holds(piece.when, row));
    for row in &rows {
        all.account.read += 1;
        if let Some(why) = refused(step, &piece.columns, row) {
            all.refuse(step, piece.source, row, why)?;
            continue;
        }
        let (target, incoming) = (&mut all.targets[piece.target], made(&piece.columns, row));
        put(step.conflict, &incoming, target, target_shape, &mut all.account)?;
    }
    all.reads.push(rows.len() as u64);
    Ok(())
}

fn put(
    rule: Conflict,
    incoming: &[(usize, V)],
    target: &mut Vec<Row>,
    shape: &Shape,
    account: &mut Account,
) -> Result<(), Code> {
    let value = |at: usize| incoming.iter().find(|(column, _)| *column == at).map_or(&V::Null, |(_, value)| value);
    let same = |row: &Row| {
        shape.unique().iter().any(|key| key.iter().all(|(at, collation)| value(*at).same(&row[*at], *collation)))
    };
    let width = super::shape::VALUES + shape.columns.len();
    let mut row: Row = (0..width).map(|at| value(at).clone()).collect();
    row.push(V::Text(b"x".to_vec()));
    // Whatever becomes of it, a row is first judged by itself.
    taken(shape, &row)?;
    let Some(there) = target.iter_mut().find(|row| same(row)) else {
        target.push(row);
        account.inserted += 1;
        return Ok(());
    };
    let written = match rule {
        Conflict::Fail => return Err(CONFLICT),
        Conflict::Skip => false,
        Conflict::Overwrite => incoming.iter().any(|(at, value)| there[*at] != *value),
        Conflict::Newest => *value(2) != V::Null && value(2).order(&there[2], Collation::Binary).is_gt(),
        Conflict::Fill => {
            let empty =
                [0, 1].into_iter().filter(|at| there[*at] == V::Null && *value(*at) != V::Null).collect::<Vec<_>>();
            empty.iter().for_each(|at| there[*at] = value(*at).clone());
            account.updated += u64::from(!empty.is_empty());
            account.skipped += u64::from(empty.is_empty());
            return taken(shape, there);
        }
    };
    match (written, rule) {
        (true, _) => {
            incoming.iter().for_each(|(at, value)| there[*at] = value.clone());
            account.updated += 1;
        }
        (false, Conflict::Overwrite) => account.unchanged += 1,
        (false, _) => account.skipped += 1,
    }
    taken(shape, there)
}

/// A row that its table does not take fails the step, whatever is said of refused rows.
fn taken(shape: &Shape, row: &Row) -> Result<(), Code> {
    if shape.admits(row) { Ok(()) } else { Err(CONSTRAINT) }
}

/// Writes columns of a row that is there, where one of them differs.
fn change(shape: &Shape, row: &mut Row, columns: &[(usize, V)], account: &mut Account) -> Result<(), Code> {
    if columns.iter().all(|(at, value)| row[*at] == *value) {
        account.unchanged += 1;
        return Ok(());
    }
    columns.iter().for_each(|(at, value)| row[*at] = value.clone());
    account.updated += 1;
    taken(shape, row)
}

/// The rows of the source that a step over them selects, out of it and to be put back.
fn selected(step: &Step, all: &mut Expected) -> Vec<(usize, Row)> {
    let rows = all.sources[0].iter().enumerate().filter(|(_, row)| holds(step.filter, row));
    let rows: Vec<_> = rows.map(|(at, row)| (at, row.clone())).collect();
    all.account.read += rows.len() as u64;
    rows
}

fn enrich(step: &Step, columns: &[(usize, Value)], tables: &Tables, all: &mut Expected) -> Result<(), Code> {
    let rows = selected(step, all);
    for (at, row) in &rows {
        match refused(step, columns, row) {
            Some(why) => all.refuse(step, 0, row, why)?,
            None => {
                let there = &mut all.sources[0][*at];
                change(&tables.source_shapes[0], there, &made(columns, row), &mut all.account)?;
            }
        }
    }
    all.reads.push(rows.len() as u64);
    Ok(())
}

fn look_up(step: &Step, (missing, first): (Missing, bool), tables: &Tables, all: &mut Expected) -> Result<(), Code> {
    let (shape, rows) = (&tables.source_shapes[0], selected(step, all));
    for (at, row) in &rows {
        if let Some(why) = refused(step, &[], row) {
            all.refuse(step, 0, row, why)?;
            continue;
        }
        let found: Vec<&V> = tables
            .lookup
            .iter()
            .filter(|(code, _)| code.same(&row[1], Collation::Binary))
            .map(|(_, val)| val)
            .collect();
        if found.len() > 1 && !first {
            return Err(MANY);
        }
        let value = found.into_iter().max_by(|one, other| one.order(other, Collation::Binary)).cloned();
        let (row, account) = (&mut all.sources[0][*at], &mut all.account);
        match (value, missing) {
            (None, Missing::Fail) => return Err(MISSING),
            (None, Missing::Keep) => account.skipped += 1,
            (None, Missing::Default) => change(shape, row, &[(0, V::Text(b"none".to_vec()))], account)?,
            (Some(value), _) => change(shape, row, &[(0, value)], account)?,
        }
    }
    all.reads.push(rows.len() as u64);
    Ok(())
}
