//! The acts of taking a migration back, run on SQLite.
//!
//! Takes one [`Inverse`] and the stores of its step. Whatever would destroy a row or value that evolve did not write is
//! an error that names it, unless the caller gives it up.

use crate::engine::{Database as _, Session as _, UndoContext};
use crate::error::{Error, Result, codes};
use crate::inverse::{Changed, Inverse, MakeTable, RemakeTable};
use crate::schema::{Column, Table, Tables as _};
use crate::sql::quoted;
use crate::sqlite::preserve::{self, These};
use crate::sqlite::sealing::{Sealing, opened, sealed_key};
use crate::sqlite::session::SqliteSession;
use crate::sqlite::survey::database_error;
use crate::sqlite::unseal::{self, Remaking};
use crate::sqlite::{keep, refill, render, rewind, shape, witness};
use crate::value::Value;

/// Runs one act.
pub fn act(session: &SqliteSession<'_>, inverse: &Inverse, context: &UndoContext<'_>) -> Result<()> {
    match inverse {
        Inverse::Sealed { seal, act } => unseal::act(session, act, seal, context),
        other => plain(session, other, context, None),
    }
}

/// Runs one act, its store being encrypted by this.
pub fn plain(
    session: &SqliteSession<'_>,
    inverse: &Inverse,
    context: &UndoContext<'_>,
    sealing: Option<&Sealing>,
) -> Result<()> {
    match inverse {
        Inverse::Sealed { .. } => Err(unreadable(context)),
        Inverse::Sql(sql) => session.statement(sql),
        Inverse::DropTable { table } => drop_table(session, table, context),
        Inverse::DropColumn { table, column, default } => {
            drop_column(session, table, column, default.as_deref(), context)
        }
        Inverse::MakeTable(make) => make_table(session, make, context, sealing),
        Inverse::RemakeTable(remake) => remake_table(session, &Remaking { remake, sealing }, context),
        Inverse::Rewind { table, kept, columns, key } => {
            let rewind =
                rewind::Rewind { table, store: &context.store(*kept), columns, key, sealing, brings_back: false };
            if context.others.changed == Changed::Refuse {
                rewind.check(&session.connection, &[])?;
            }
            let held = triggers_to_hold(session, table)?;
            for (name, _) in &held {
                session.statement(&format!("DROP TRIGGER {}", quoted(name)))?;
            }
            while !rewind.batch(&session.connection, 10_000, context.others)?.1 {}
            held.iter().try_for_each(|(_, sql)| session.statement(sql))?;
            session.statement(&format!("DROP TABLE {}", quoted(rewind.store)))
        }
    }
}

/// Triggers that would write once more what goes back by itself: all of a table but those that write a virtual table,
/// which has no other way back.
pub fn triggers_to_hold(session: &SqliteSession<'_>, table: &str) -> Result<Vec<(String, String)>> {
    let sql = "SELECT lower(name) FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'";
    let indexes: Vec<String> = session.query(sql, &[])?.iter().filter_map(|row| crate::ledger::text(row, 0)).collect();
    let writes_index = |sql: &str| crate::sql::names(sql).iter().any(|name| indexes.contains(name));
    let triggers = belongings(session, table)?.into_iter().filter(|(kind, _, _)| kind == "trigger");
    Ok(triggers.filter(|(_, _, sql)| !writes_index(sql)).map(|(_, name, sql)| (name, sql)).collect())
}

fn drop_table(session: &SqliteSession<'_>, name: &str, context: &UndoContext<'_>) -> Result<()> {
    let Some(table) = session.table(name) else { return Ok(()) };
    let condition = format!(
        "{} NOT IN (SELECT hash FROM evolve_written WHERE step = ?1 AND tbl = ?2)",
        keep::hash("evolve_t.", &shape::stored(&table))
    );
    let values = [Value::Text(context.step.to_owned()), Value::Text(name.to_lowercase())];
    let why = "would go with the table, and evolve did not write them";
    preserve::meet(&session.connection, context.others, &These::of(&table, &condition, &values), why)?;
    session.statement(&format!("DROP TABLE {}", quoted(&table.name)))
}

fn drop_column(
    session: &SqliteSession<'_>,
    table: &str,
    column: &str,
    default: Option<&str>,
    context: &UndoContext<'_>,
) -> Result<()> {
    let Some(shape) = session.table(table) else { return Ok(()) };
    let condition = format!("evolve_t.{} COLLATE BINARY IS NOT ({})", quoted(column), default.unwrap_or("NULL"));
    let why = format!("have a value in {column}, which would go, and evolve did not write it");
    let these = These { called: table, ..These::of(&shape, &condition, &[]) };
    preserve::meet(&session.connection, context.others, &these, &why)?;
    session.statement(&format!("ALTER TABLE {} DROP COLUMN {}", quoted(table), quoted(column)))
}

fn make_table(
    session: &SqliteSession<'_>,
    make: &MakeTable,
    context: &UndoContext<'_>,
    sealing: Option<&Sealing>,
) -> Result<()> {
    let (create, rest) = make.statements.split_first().ok_or_else(|| unreadable(context))?;
    session.statement(create)?;
    if let Some(kept) = make.kept {
        let store = context.store(kept);
        let mut columns: Vec<String> = make.columns.iter().map(|column| quoted(column)).collect();
        let mut values: Vec<String> =
            make.columns.iter().map(|column| opened(sealing, column, &quoted(column))).collect();
        if make.rowid {
            let rowid = keep::rowid(&session.connection, &make.table).map_err(|error| database_error(&error))?;
            columns.insert(0, rowid.to_owned());
            values.insert(0, "evolve_rowid".to_owned());
        }
        session.statement(&format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY rowid",
            quoted(&make.table),
            columns.join(", "),
            values.join(", "),
            quoted(&store)
        ))?;
        session.statement(&format!("DROP TABLE {}", quoted(&store)))?;
        keep::give_mark_back(&session.connection, &make.table, &store).map_err(|error| database_error(&error))?;
    }
    rest.iter().try_for_each(|statement| session.statement(statement))
}

/// Makes a table again in its old shape: the new one is set aside, the old one made by its own statement and filled.
fn remake_table(session: &SqliteSession<'_>, remake: &Remaking<'_>, context: &UndoContext<'_>) -> Result<()> {
    let Some(now) = session.table(&remake.table) else { return Err(unreadable(context)) };
    let (create, rest) = remake.statements.split_first().ok_or_else(|| unreadable(context))?;
    let store = remake.kept.map(|kept| context.store(kept));
    let changed = changed(remake, &now, store.as_deref());
    if let Some(condition) = &changed {
        let why = "have values in columns that would go, and evolve did not write them";
        let these = These { called: &remake.table, ..These::of(&now, condition, &[]) };
        preserve::meet(&session.connection, context.others, &these, why)?;
    }
    let number = witness::issued(&session.connection, &remake.table).map_err(|error| database_error(&error))?;
    let views = dependent_views(session, &remake.table)?;
    let belongings = belongings(session, &remake.table)?;
    for (kind, name, _) in &belongings {
        session.statement(&format!("DROP {kind} {}", quoted(name)))?;
    }
    for (name, _) in &views {
        session.statement(&format!("DROP VIEW {}", quoted(name)))?;
    }
    let aside = format!("evolve_aside_{}", remake.table);
    session.statement("PRAGMA legacy_alter_table = ON")?;
    session.statement(&format!("ALTER TABLE {} RENAME TO {}", quoted(&remake.table), quoted(&aside)))?;
    session.statement("PRAGMA legacy_alter_table = OFF")?;
    session.statement(create)?;
    let was = session.table(&remake.table).ok_or_else(|| unreadable(context))?;
    let shapes = Shapes { now: &now, was: &was, aside: &aside };
    unseal::refuse_other_class(remake, &was, &now, remake.sealing)?;
    if let Some(store) = &store {
        without_place(session, remake, &shapes, (store, changed.as_deref()), context)?;
    }
    refill::fill(session, remake, &shapes, store.as_deref(), context)?;
    session.statement(&format!("DROP TABLE {}", quoted(&aside)))?;
    rest.iter().try_for_each(|statement| session.statement(statement))?;
    for (_, statements) in &views {
        statements.iter().try_for_each(|sql| session.statement(sql))?;
    }
    put_back(session, remake, &belongings, context)?;
    if let Some(store) = &store {
        session.statement(&format!("DROP TABLE {}", quoted(store)))?;
    }
    match number {
        Some(number) => {
            session.execute("DELETE FROM main.sqlite_sequence WHERE name = ?1", &[Value::Text(aside)])?;
            witness::carry(&session.connection, &remake.table, number).map_err(|error| database_error(&error))
        }
        None => Ok(()),
    }
}

/// Indexes and triggers that are in the way of making the old ones again: kind, name, statement.
fn belongings(session: &SqliteSession<'_>, table: &str) -> Result<Vec<(String, String, String)>> {
    let sql = "SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE \
               AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid";
    let rows = session.query(sql, &[Value::Text(table.to_owned())])?;
    let text = |row: &[Value], at| crate::ledger::text(row, at);
    Ok(rows.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?, text(row, 2)?))).collect())
}

/// What the step did not know of the table's indexes and triggers is somebody's own, and stays.
fn put_back(
    session: &SqliteSession<'_>,
    remake: &RemakeTable,
    belongings: &[(String, String, String)],
    context: &UndoContext<'_>,
) -> Result<()> {
    for (kind, name, sql) in belongings {
        let there = "SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE";
        if !session.query(there, &[Value::Text(name.clone())])?.is_empty() {
            continue;
        }
        if let (Err(error), true) = (session.statement(sql), context.others.changed != Changed::Discard) {
            let words = format!("the {kind} {name} does not fit the old {}: {}", remake.table, error.message());
            let hint = "drop it, or --discard-changed gives it up; --preserve-data keeps rows only";
            return Err(Error::new(codes::ROWS_IN_THE_WAY, words).hint(hint));
        }
    }
    Ok(())
}

/// Views that mention a table, with their triggers; they are made again afterwards.
fn dependent_views(session: &SqliteSession<'_>, table: &str) -> Result<Vec<(String, Vec<String>)>> {
    let rows = session.query("SELECT name, sql FROM main.sqlite_schema WHERE type = 'view' ORDER BY rowid", &[])?;
    let views = rows.iter().filter_map(|row| Some((crate::ledger::text(row, 0)?, crate::ledger::text(row, 1)?)));
    let dependent = views.filter(|(_, sql)| crate::sql::names(sql).contains(&table.to_lowercase()));
    let with_triggers = |(name, sql): (String, String)| {
        let triggers = shape::belongings(&session.connection, &name).map_err(|error| database_error(&error))?;
        Ok((name, std::iter::once(sql).chain(triggers).collect()))
    };
    dependent.map(with_triggers).collect()
}

/// A table on its way back into its old shape.
#[derive(Debug)]
pub struct Shapes<'a> {
    /// As the step left it.
    pub now: &'a Table,
    /// As it is again.
    pub was: &'a Table,
    /// The name under which the rows wait.
    pub aside: &'a str,
}

/// Rows that the old shape has no place for: they lack what it asks of each row, or have the key of one that comes back.
fn without_place(
    session: &SqliteSession<'_>,
    remake: &Remaking<'_>,
    shapes: &Shapes<'_>,
    (store, changed): (&str, Option<&str>),
    context: &UndoContext<'_>,
) -> Result<()> {
    let own = own_row(remake, shapes.now);
    let carried = |name: &str| remake.carried.iter().any(|(old, _)| old.eq_ignore_ascii_case(name));
    let asked = |column: &Column| column.not_null && column.default.is_none() && !column.generated;
    let mut conditions = Vec::new();
    if shapes.was.columns.iter().any(|column| asked(column) && !carried(&column.name)) {
        conditions.push(format!("NOT EXISTS (SELECT 1 FROM {} AS evolve_s WHERE {own})", quoted(store)));
    }
    if remake.filtered {
        let left_out = format!("evolve_s.evolve_new IS NULL AND {own}");
        conditions.push(format!("EXISTS (SELECT 1 FROM {} AS evolve_s WHERE {left_out})", quoted(store)));
    }
    if conditions.is_empty() {
        return Ok(());
    }
    let conditions = conditions.join(" OR ");
    // What is preserved already for its values is not preserved again.
    let rest = changed.map(|changed| format!("({conditions}) AND NOT ({changed})"));
    let aside = Table { name: shapes.aside.to_owned(), ..shapes.now.clone() };
    let these = These { called: &remake.table, ..These::of(&aside, rest.as_ref().unwrap_or(&conditions), &[]) };
    preserve::meet(&session.connection, context.others, &these, "have no place in the table as it was")?;
    match context.others.changed {
        Changed::Refuse => Ok(()),
        Changed::Preserve | Changed::Discard => {
            session.statement(&format!("DELETE FROM {} AS evolve_t WHERE {conditions}", quoted(shapes.aside)))
        }
    }
}

/// The condition over a row, `evolve_t`, that it has values in columns that go with the new shape which the step did not
/// write.
fn changed(remake: &Remaking<'_>, now: &Table, store: Option<&str>) -> Option<String> {
    if remake.added.is_empty() {
        return None;
    }
    let filled: Vec<String> = remake
        .added
        .iter()
        .map(|(column, default)| {
            format!("evolve_t.{} COLLATE BINARY IS NOT ({})", quoted(column), default.as_deref().unwrap_or("NULL"))
        })
        .collect();
    let filled = filled.join(" OR ");
    let own = store.map_or("0".to_owned(), |store| {
        let columns: Vec<String> = remake.added.iter().map(|(column, _)| column.clone()).collect();
        format!(
            "{} IN (SELECT evolve_new FROM {} AS evolve_s WHERE {})",
            keep::hash("evolve_t.", &columns),
            quoted(store),
            own_row(remake, now)
        )
    });
    // NULL where the step had left the row out of whose key this one is.
    Some(format!("({filled}) AND ({own}) IS NOT TRUE"))
}

/// How a row of the new shape, `evolve_t`, finds what was kept of it, `evolve_s`.
pub fn own_row(remake: &Remaking<'_>, now: &Table) -> String {
    match remake.key.as_slice() {
        [] => format!("evolve_s.evolve_rowid = evolve_t.{}", shape::rowid_name(now).unwrap_or("rowid")),
        pairs => {
            // The row's key is encrypted, not the store's decrypted: so the store is searched by an index.
            let pairs = pairs.iter().enumerate().map(|(at, (old, new))| {
                let own = sealed_key(remake.sealing, old, &format!("evolve_t.{}", quoted(new)));
                format!("evolve_s.evolve_key_{at} = {own}")
            });
            pairs.collect::<Vec<_>>().join(" AND ")
        }
    }
}

/// The columns by which a person knows a row.
pub fn shown(table: &Table) -> String {
    if table.primary_key.is_empty() {
        return render::target_identity(table).join(", ");
    }
    table.primary_key.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
}

/// The error that names rows which stand in the way, if there are any.
pub fn in_the_way(table: &str, why: &str, found: &[Vec<Value>]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = found.iter().map(|row| crate::ledger::cursors::shown(row)).collect();
    let more = if found.len() >= 20 { ", …" } else { "" };
    Err(Error::new(codes::ROWS_IN_THE_WAY, format!("rows of {table} {why}: {}{more}", keys.join("; ")))
        .hint("--preserve-data keeps them in a table of their own, --discard-changed gives them up"))
}

fn unreadable(context: &UndoContext<'_>) -> Error {
    Error::new(codes::BAD_LEDGER, format!("the ledger's way back of {} does not fit the database", context.step))
}
