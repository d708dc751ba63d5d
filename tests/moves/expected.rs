//! The naïve model: one row after another, over values in vectors.

use super::case::Tables;
use super::shape::Shape;
use super::step::{Conflict, Filter, Invalid, Missing, Piece, Step, Value, Work};
use crate::model::{Account, Collation, Row, V};

/// What must come of a step: the rows of each table it writes, in no order, and its account.
#[derive(Debug, Clone)]
pub struct Expected {
    pub targets: Vec<Vec<Row>>,
    pub source: Vec<Row>,
    pub account: Account,
}

/// What a step makes of these tables; `None` where it must fail.
pub fn expected(step: &Step, tables: &Tables) -> Option<Expected> {
    let mut all =
        Expected { targets: tables.targets.clone(), source: tables.sources[0].clone(), account: Account::default() };
    match &step.work {
        Work::Copy(piece) | Work::Convert(piece) => insert(step, piece, tables, &mut all, false)?,
        Work::Merge(pieces) => pieces.iter().try_for_each(|piece| insert(step, piece, tables, &mut all, true))?,
        Work::Split(pieces) => pieces.iter().try_for_each(|piece| insert(step, piece, tables, &mut all, false))?,
        Work::Enrich { columns, .. } => enrich(step, columns, tables, &mut all)?,
        Work::LookUp { missing, first, .. } => look_up(step, (*missing, *first), tables, &mut all)?,
    }
    Some(all)
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

/// What a row becomes; `None` where it is refused.
fn made(step: &Step, columns: &[(usize, Value)], row: &Row) -> Option<Vec<(usize, V)>> {
    if !holds(step.rule, row) {
        return None;
    }
    columns.iter().map(|(at, value)| Some((*at, value.of(row)?))).collect()
}

fn insert(step: &Step, piece: &Piece, tables: &Tables, all: &mut Expected, merge: bool) -> Option<()> {
    let shape = &tables.source_shapes[piece.source];
    let target_shape = &tables.target_shapes[piece.target];
    // A merge walks by the primary key unless a part says otherwise.
    let by_key =
        piece.key.is_some() || matches!(shape.apart, super::shape::Apart::Primary | super::shape::Apart::WithoutRowid);
    debug_assert!(merge || piece.key == shape.declared_key());
    let rows =
        walked(&tables.sources[piece.source], shape, by_key, |row| holds(step.filter, row) && holds(piece.when, row));
    let (target, account) = (&mut all.targets[piece.target], &mut all.account);
    for row in rows {
        account.read += 1;
        match made(step, &piece.columns, &row) {
            None if step.invalid == Invalid::Fail => return None,
            None => account.rejected += 1,
            Some(incoming) => put(step.conflict, &incoming, target, target_shape, account)?,
        }
    }
    Some(())
}

fn put(
    rule: Conflict,
    incoming: &[(usize, V)],
    target: &mut Vec<Row>,
    shape: &Shape,
    account: &mut Account,
) -> Option<()> {
    let value = |at: usize| incoming.iter().find(|(column, _)| *column == at).map_or(&V::Null, |(_, value)| value);
    let same = |row: &Row| {
        shape.unique().is_some_and(|key| key.iter().all(|(at, collation)| value(*at).same(&row[*at], *collation)))
    };
    let width = super::shape::VALUES + shape.columns.len();
    let mut row: Row = (0..width).map(|at| value(at).clone()).collect();
    row.push(V::Text(b"x".to_vec()));
    // Whatever becomes of it, a row is first judged by itself.
    if !shape.admits(&row) {
        return None;
    }
    let Some(there) = target.iter_mut().find(|row| same(row)) else {
        target.push(row);
        account.inserted += 1;
        return Some(());
    };
    let written = match rule {
        Conflict::Fail => return None,
        Conflict::Skip => false,
        Conflict::Overwrite => incoming.iter().any(|(at, value)| there[*at] != *value),
        Conflict::Newest => *value(2) != V::Null && value(2).order(&there[2], Collation::Binary).is_gt(),
        Conflict::Fill => {
            let empty =
                [0, 1].into_iter().filter(|at| there[*at] == V::Null && *value(*at) != V::Null).collect::<Vec<_>>();
            empty.iter().for_each(|at| there[*at] = value(*at).clone());
            account.updated += u64::from(!empty.is_empty());
            account.skipped += u64::from(empty.is_empty());
            return shape.admits(there).then_some(());
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
    shape.admits(there).then_some(())
}

/// Writes columns of a row that is there, where one of them differs; nothing where its table does not take it then.
fn change(shape: &Shape, row: &mut Row, columns: &[(usize, V)], account: &mut Account) -> Option<()> {
    if columns.iter().all(|(at, value)| row[*at] == *value) {
        account.unchanged += 1;
        return Some(());
    }
    columns.iter().for_each(|(at, value)| row[*at] = value.clone());
    account.updated += 1;
    shape.admits(row).then_some(())
}

fn enrich(step: &Step, columns: &[(usize, Value)], tables: &Tables, all: &mut Expected) -> Option<()> {
    for row in all.source.iter_mut().filter(|row| holds(step.filter, row)) {
        all.account.read += 1;
        match made(step, columns, row) {
            None if step.invalid == Invalid::Fail => return None,
            None => all.account.rejected += 1,
            Some(columns) => change(&tables.source_shapes[0], row, &columns, &mut all.account)?,
        }
    }
    Some(())
}

fn look_up(step: &Step, (missing, first): (Missing, bool), tables: &Tables, all: &mut Expected) -> Option<()> {
    let shape = &tables.source_shapes[0];
    for row in all.source.iter_mut().filter(|row| holds(step.filter, row)) {
        all.account.read += 1;
        if made(step, &[], row).is_none() {
            all.account.rejected += 1;
            if step.invalid == Invalid::Fail {
                return None;
            }
            continue;
        }
        let found: Vec<&V> = tables
            .lookup
            .iter()
            .filter(|(code, _)| code.same(&row[1], Collation::Binary))
            .map(|(_, val)| val)
            .collect();
        if found.len() > 1 && !first {
            return None;
        }
        let value = found.into_iter().max_by(|one, other| one.order(other, Collation::Binary)).cloned();
        match (value, missing) {
            (None, Missing::Fail) => return None,
            (None, Missing::Keep) => all.account.skipped += 1,
            (None, Missing::Default) => change(shape, row, &[(0, V::Text(b"none".to_vec()))], &mut all.account)?,
            (Some(value), _) => change(shape, row, &[(0, value)], &mut all.account)?,
        }
    }
    Some(())
}
