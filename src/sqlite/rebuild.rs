//! A rebuild, recognised: a table made under another name, filled from the old one, which is dropped and replaced.
//!
//! Takes what a reader has seen of a file so far; rewrites its [`Reading`] so that the four statements are one Change
//! with one inverse.

use crate::change::{Change, Rebuild, What};
use crate::inverse::{Inverse, RemakeTable};
use crate::reading::{How, Reading};
use crate::schema::{ObjectKind, Table};
use crate::sql::normal;
use crate::sqlite::affinity::affinity;
use crate::sqlite::parse::{Carried, Carry};
use crate::sqlite::shape;
use crate::touch::Spot;

/// An object that a file dropped, as it was.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// Its name.
    pub name: String,
    /// The statement that made it.
    pub sql: String,
    /// The statements that made its indexes and triggers.
    pub belongings: Vec<String>,
    /// Its shape, where it is a table.
    pub shape: Option<Table>,
    /// Where its rows are kept.
    pub kept: Option<usize>,
}

impl Dropped {
    /// An index, trigger or view.
    pub fn object(name: &str, sql: String) -> Self {
        Self { name: name.to_owned(), sql, belongings: Vec::new(), shape: None, kept: None }
    }
}

/// How a rebuild goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    /// It is none.
    No,
    /// Row by row: by a key that both shapes have.
    ByKey,
    /// As a whole: the old table as it was kept, in place of the new one.
    Whole,
}

/// Whether the table `now`, just renamed from `under`, replaces `old` with its rows carried over; if so the reading
/// says so from here on.
pub fn recognise(
    reading: &mut Reading,
    old: &Dropped,
    under: &str,
    now: &Table,
    carries: &[Carry],
    index: usize,
) -> Recognised {
    let Some(was) = &old.shape else { return Recognised::No };
    let mut fitting = carries
        .iter()
        .filter(|carry| carry.into.eq_ignore_ascii_case(under) && carry.from.eq_ignore_ascii_case(&old.name));
    let (Some(carry), None) = (fitting.next(), fitting.next()) else { return Recognised::No };
    let Some(pairs) = pairs(carry, was, now) else { return Recognised::No };
    if changed_under_way(reading, under) || pairs.iter().any(|(new, _)| now.column(new).is_none()) {
        return Recognised::No;
    }
    let carried: Vec<(String, String)> = pairs
        .iter()
        .filter_map(|(new, old)| Some((new.clone(), old.clone()?)))
        .filter(|(new, old)| same_affinity(now, new, was, old))
        .collect();
    let shape = normal(&now.sql);
    let lets_out = ["on conflict ignore", "on conflict replace"].iter().any(|words| shape.contains(words));
    let filtered = carry.filtered || lets_out;
    let came = |column: &str| carried.iter().any(|(new, _)| new.eq_ignore_ascii_case(column));
    let went = |column: &str| carried.iter().any(|(_, old)| old.eq_ignore_ascii_case(column));
    let lost: Vec<String> = shape::stored(was).into_iter().filter(|column| !went(column)).collect();
    let others: Vec<String> = shape::stored(now).into_iter().filter(|column| !came(column)).collect();
    let computed: Vec<String> =
        others.iter().filter(|column| pairs.iter().any(|(new, _)| new.eq_ignore_ascii_case(column))).cloned().collect();
    let rebuild = Rebuild { table: now.name.clone(), under: under.to_owned(), carried, lost, computed, filtered };
    let key = key(was, now, &rebuild);
    let recognised = if key.is_empty() { Recognised::Whole } else { Recognised::ByKey };
    if recognised == Recognised::ByKey {
        settle_keep(reading, old, &rebuild, &key, &others, index);
        settle_inverse(reading, old, now, &rebuild, key, others);
    }
    settle_touches(reading, was, now, &rebuild);
    settle_changes(reading, rebuild);
    recognised
}

/// Whether rows of the new table are more, or others, than the one INSERT carried into it.
fn changed_under_way(reading: &Reading, under: &str) -> bool {
    let is = |table: &str| table.eq_ignore_ascii_case(under);
    let inserts =
        reading.changes.iter().filter(|change| matches!(&change.what, What::Insert { table, .. } if is(table)));
    let others =
        |change: &Change| matches!(&change.what, What::Update { table, .. } | What::Delete { table, .. } if is(table));
    inserts.count() != 1 || reading.changes.iter().any(others)
}

/// Each filled column of the new table with the column of the old one it is taken from, if it is one as it is.
fn pairs(carry: &Carry, was: &Table, now: &Table) -> Option<Vec<(String, Option<String>)>> {
    let mut values = Vec::new();
    for value in &carry.values {
        match value {
            Carried::Column(column) => values.push(was.column(column).map(|column| column.name.clone())),
            Carried::Star => values.extend(was.columns.iter().map(|column| Some(column.name.clone()))),
            Carried::Computed => values.push(None),
        }
    }
    let targets = carry.columns.clone().unwrap_or_else(|| shape::stored(now));
    (targets.len() == values.len()).then(|| targets.into_iter().zip(values).collect())
}

fn same_affinity(now: &Table, new: &str, was: &Table, old: &str) -> bool {
    let of = |table: &Table, column: &str| table.column(column).map(|column| affinity(&column.declared));
    of(now, new) == of(was, old)
}

/// The key by which a row is found in both shapes, never NULL: (old, new).
fn key(was: &Table, now: &Table, rebuild: &Rebuild) -> Vec<(String, String)> {
    let new_name = |old: &String| {
        let pair = rebuild.carried.iter().find(|(_, from)| from.eq_ignore_ascii_case(old))?;
        Some((old.clone(), pair.0.clone()))
    };
    let alias = shape::rowid_alias(was);
    let never_null =
        |name: &String| !was.rowid || alias == Some(name) || was.column(name).is_some_and(|column| column.not_null);
    was.keys()
        .filter(|key| key.iter().all(never_null))
        .filter_map(|key| key.iter().map(new_name).collect::<Option<Vec<_>>>())
        .find(|pairs| {
            now.keys().any(|key| {
                key.len() == pairs.len()
                    && pairs.iter().all(|(_, new)| key.iter().any(|column| column.eq_ignore_ascii_case(new)))
            })
        })
        .unwrap_or_default()
}

fn settle_keep(
    reading: &mut Reading,
    old: &Dropped,
    rebuild: &Rebuild,
    key: &[(String, String)],
    others: &[String],
    index: usize,
) {
    let Some(kept) = old.kept else { return };
    let keep = &mut reading.keeps[kept];
    keep.statements.1 = index;
    keep.key = key.iter().map(|(old, _)| old.clone()).collect();
    keep.rowid = false;
    keep.how = How::Replaced { added: others.to_vec(), new_key: key.iter().map(|(_, new)| new.clone()).collect() };
    if rebuild.lost.is_empty() && rebuild.computed.is_empty() && !rebuild.filtered {
        keep.how = How::Nothing;
    } else if !rebuild.filtered {
        keep.columns.clone_from(&rebuild.lost);
    }
}

fn settle_inverse(
    reading: &mut Reading,
    old: &Dropped,
    now: &Table,
    rebuild: &Rebuild,
    key: Vec<(String, String)>,
    others: Vec<String>,
) {
    let kept = old.kept.filter(|kept| reading.keeps[*kept].how != How::Nothing);
    let columns = old.shape.as_ref().map(shape::stored).unwrap_or_default();
    let default = |column: &String| now.column(column).and_then(|column| column.default.clone());
    let remake = RemakeTable {
        table: old.name.clone(),
        statements: std::iter::once(old.sql.clone()).chain(old.belongings.iter().cloned()).collect(),
        columns,
        carried: rebuild.carried.iter().map(|(new, old)| (old.clone(), new.clone())).collect(),
        added: others.iter().map(|column| (column.clone(), default(column))).collect(),
        key,
        kept,
        filtered: rebuild.filtered,
    };
    let made_again = |act: &Inverse| matches!(act, Inverse::MakeTable(make) if make.table == old.name);
    if let Some(at) = reading.inverse.iter().rposition(made_again) {
        reading.inverse[at] = Inverse::RemakeTable(remake);
    }
    reading.inverse.retain(|act| !act.drops(&rebuild.under));
    reading.filled.retain(|table| !table.eq_ignore_ascii_case(&rebuild.table));
}

fn settle_touches(reading: &mut Reading, was: &Table, now: &Table, rebuild: &Rebuild) {
    let touches = &mut reading.touches;
    for name in [&rebuild.under, &rebuild.table] {
        for spots in [&mut touches.creates, &mut touches.destroys, &mut touches.writes, &mut touches.reads] {
            spots.forget_table(name);
        }
    }
    touches.needs.add(&Spot::table(&rebuild.table));
    for column in was.columns.iter().filter(|column| now.column(&column.name).is_none()) {
        touches.destroys.add(&Spot::column(&rebuild.table, &column.name));
    }
    for column in now.columns.iter().filter(|column| was.column(&column.name).is_none()) {
        touches.creates.add(&Spot::column(&rebuild.table, &column.name));
    }
    for column in &rebuild.computed {
        touches.writes.add(&Spot::column(&rebuild.table, column));
    }
}

fn settle_changes(reading: &mut Reading, rebuild: Rebuild) {
    let part = |what: &What| match what {
        What::Create { kind: ObjectKind::Table, name, .. } => name.eq_ignore_ascii_case(&rebuild.under),
        What::Insert { table, .. } => table.eq_ignore_ascii_case(&rebuild.under),
        What::Drop { kind: ObjectKind::Table, name, .. } => name.eq_ignore_ascii_case(&rebuild.table),
        What::RenameTable { from, .. } => from.eq_ignore_ascii_case(&rebuild.under),
        _ => false,
    };
    let parts: Vec<Change> = reading.changes.iter().filter(|change| part(&change.what)).cloned().collect();
    reading.changes.retain(|change| !part(&change.what));
    let at = parts.first().map_or(0, |change| change.at.start)..parts.last().map_or(0, |change| change.at.end);
    reading.changes.push(Change { what: What::Rebuild(rebuild), at });
}
