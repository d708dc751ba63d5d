//! The old shape of a table, filled: from the rows as they are now, and from what was kept of them.
//!
//! Takes both shapes. A row that the old shape's constraints refuse is somebody's: it is named by what refuses it, kept, or
//! given up.

use crate::engine::{Database as _, Session as _, UndoContext};
use crate::error::{Error, Result, codes};
use crate::inverse::Changed;
use crate::ledger;
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::preserve::{self, These};
use crate::sqlite::sealing::opened;
use crate::sqlite::session::SqliteSession;
use crate::sqlite::shape;
use crate::sqlite::undo::{Shapes, own_row};
use crate::sqlite::unseal::Remaking;

/// Fills it.
pub fn fill(
    session: &SqliteSession<'_>,
    remake: &Remaking<'_>,
    shapes: &Shapes<'_>,
    store: Option<&str>,
    context: &UndoContext<'_>,
) -> Result<()> {
    let fills = fills(remake, shapes, store);
    let refused = match fills.iter().try_for_each(|fill| session.statement(fill)) {
        Err(error) if error.message().contains("constraint failed") => error,
        filled => return filled,
    };
    let words = format!("rows of {} do not fit the table as it was: {}", remake.table, refused.message());
    if context.others.changed == Changed::Refuse {
        let hint =
            "change them; or --preserve-data keeps them in a table of their own, --discard-changed gives them up";
        return Err(Error::new(codes::ROWS_IN_THE_WAY, words).hint(hint));
    }
    session.statement(&format!("DELETE FROM {}", quoted(&remake.table)))?;
    // What comes back has its place before what came since.
    fills.iter().skip(1).try_for_each(|fill| session.statement(fill))?;
    let before = count(session, &remake.table)?;
    if let Some(first) = fills.first() {
        session.statement(&format!(
            "{} ORDER BY evolve_t.{}",
            first.replacen("INSERT", "INSERT OR IGNORE", 1),
            order(shapes.now)
        ))?;
    }
    if context.others.changed == Changed::Discard {
        return Ok(());
    }
    let found = count(session, &remake.table)? - before;
    let aside = Table { name: shapes.aside.to_owned(), ..shapes.now.clone() };
    let condition =
        format!("NOT EXISTS (SELECT 1 FROM {} AS evolve_w WHERE {})", quoted(&remake.table), same_row(remake, shapes));
    let these = These { called: &remake.table, ..These::of(&aside, &condition, &[]) };
    let kept = preserve::keep(&session.connection, context.others, &these)?;
    if i64::try_from(kept).ok() == Some(count(session, shapes.aside)? - found) {
        return Ok(());
    }
    let hint = "--preserve-data cannot tell them from those that fit: change them first";
    Err(Error::new(codes::ROWS_IN_THE_WAY, words).hint(hint))
}

fn count(session: &SqliteSession<'_>, table: &str) -> Result<i64> {
    let rows = session.query(&format!("SELECT count(*) FROM {}", quoted(table)), &[])?;
    Ok(rows.first().and_then(|row| ledger::integer(row, 0)).unwrap_or(0))
}

/// In which order rows come: the older before the newer, as far as the table says.
fn order(now: &Table) -> String {
    match shape::rowid_name(now) {
        Some(rowid) => rowid.to_owned(),
        None => now.primary_key.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", evolve_t."),
    }
}

/// How a row that waits, `evolve_t`, finds itself in the old shape, `evolve_w`.
fn same_row(remake: &Remaking<'_>, shapes: &Shapes<'_>) -> String {
    if remake.key.is_empty() {
        let of = |table| shape::rowid_name(table).unwrap_or("rowid");
        return format!("evolve_w.{} = evolve_t.{}", of(shapes.was), of(shapes.now));
    }
    let pairs = remake.key.iter().map(|(old, new)| format!("evolve_w.{} = evolve_t.{}", quoted(old), quoted(new)));
    pairs.collect::<Vec<_>>().join(" AND ")
}

/// The statements that fill the old shape: rows that are there, and rows that the step had left out.
fn fills(remake: &Remaking<'_>, shapes: &Shapes<'_>, store: Option<&str>) -> Vec<String> {
    let Shapes { now, was, aside } = *shapes;
    let table = quoted(&remake.table);
    let mut targets: Vec<String> = remake.columns.iter().map(|column| quoted(column)).collect();
    let carried = |column: &String| remake.carried.iter().find(|(old, _)| old == column).map(|(_, new)| new);
    let Some(store) = store else {
        let pairs: Vec<(String, String)> =
            remake.columns.iter().filter_map(|column| Some((quoted(column), quoted(carried(column)?)))).collect();
        let (mut to, mut from): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        if let (Some(new), Some(old)) = (hidden_rowid(now), hidden_rowid(was)) {
            to.insert(0, old.to_owned());
            from.insert(0, new.to_owned());
        }
        return vec![format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {} AS evolve_t",
            to.join(", "),
            from.join(", "),
            quoted(aside)
        )];
    };
    let mark = if remake.key.is_empty() { "evolve_rowid" } else { "evolve_key_0" };
    let kept = |side: &str, column: &str| opened(remake.sealing, column, &format!("{side}{}", quoted(column)));
    let mut values: Vec<String> = remake
        .columns
        .iter()
        .map(|column| match carried(column) {
            Some(new) => format!("evolve_t.{}", quoted(new)),
            None => match was.column(column).and_then(|column| column.default.as_ref()) {
                // A row that came since never had a value here.
                Some(default) => {
                    format!("CASE WHEN evolve_s.{mark} IS NULL THEN ({default}) ELSE {} END", kept("evolve_s.", column))
                }
                None => kept("evolve_s.", column),
            },
        })
        .collect();
    let found = own_row(remake, now);
    if let (true, Some(new), Some(old)) = (remake.key.is_empty(), hidden_rowid(now), hidden_rowid(was)) {
        targets.insert(0, old.to_owned());
        values.insert(0, format!("evolve_t.{new}"));
    }
    let mut fills = vec![format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {} AS evolve_t LEFT JOIN {} AS evolve_s ON {found}",
        targets.join(", "),
        values.join(", "),
        quoted(aside),
        quoted(store)
    )];
    if remake.filtered {
        let columns: Vec<String> = remake.columns.iter().map(|column| quoted(column)).collect();
        let values: Vec<String> = remake.columns.iter().map(|column| kept("", column)).collect();
        fills.push(format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {} WHERE evolve_new IS NULL",
            columns.join(", "),
            values.join(", "),
            quoted(store)
        ));
    }
    fills
}

/// The rowid's name where it is not a column, and so would be lost.
fn hidden_rowid(table: &Table) -> Option<&'static str> {
    if shape::rowid_alias(table).is_some() { None } else { shape::rowid_name(table) }
}
