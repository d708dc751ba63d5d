//! A Movement on a SQLite connection: batches that the database executes itself, forward and back.
//!
//! Takes rendered SQL; gives what each batch did. The caller's transaction holds rows, counters and cursor together.

use crate::columns::foreign;
use crate::conflict::Decision;
use crate::engine::{Batch, Collision, MoveContext, Mover, Others, Settled, store};
use crate::error::{Error, Result, codes};
use crate::inverse::Changed;
use crate::ledger::hidden;
use crate::movement::{Movement, Undo, Write};
use crate::report::Rows;
use crate::schema::Table;
use crate::sql::quoted;
use crate::sqlite::dialect::message;
use crate::sqlite::functions::Making;
use crate::sqlite::keep::{self, Watch};
use crate::sqlite::render::{Range, Rendering};
use crate::sqlite::sealing::Sealing;
use crate::sqlite::survey::{Asked, database_error, execute, query};
use crate::sqlite::{affinity, functions, shape, statement};
use crate::value::Value;
use rusqlite::{Connection, ErrorCode};
use std::cell::Cell;

/// A Movement, ready to run.
#[derive(Debug)]
pub struct SqliteMover<'a> {
    pub(super) connection: &'a Connection,
    pub(super) movement: Movement,
    pub(super) source: Table,
    pub(super) target: Table,
    pub(super) store: String,
    pub(super) step: String,
    pub(super) number: usize,
    pub(super) run: String,
    pub(super) bytes: u64,
    pub(super) sealing: Option<Sealing>,
    /// Whether it follows which values are taken.
    pub(super) follows: Cell<bool>,
    /// Whether the key was seen to be the one that wrote what is there.
    key_seen: Cell<bool>,
    /// Whether what others do to the source is written down.
    pub(super) listens: Cell<bool>,
    /// Whether rows that came are left out, because they are not moved as they are.
    pub(super) aside: Cell<bool>,
    /// The version of the database when it was made ready.
    pub(super) began_at: i64,
    /// The version of the database when it was last asked whether it is another.
    seen_at: Cell<i64>,
    /// The highest number that the source gives a key, once it was needed.
    pub(super) highest_read: Cell<Option<i64>>,
}

impl<'a> SqliteMover<'a> {
    /// Looks at the tables and registers the column functions.
    pub fn new(connection: &'a Connection, movement: &Movement, context: &MoveContext<'_>) -> Result<Self> {
        let table = |name: &str| {
            let found = shape::table(connection, name).map_err(|error| database_error(&error))?;
            found.ok_or_else(|| Error::new(codes::UNKNOWN_TABLE, format!("there is no table {name}")))
        };
        let outside = movement.from.source.as_ref().map(|source| source.table());
        let source = outside.map_or_else(|| table(&movement.from.table), Ok)?;
        Self::with(connection, movement, context, source, table(&movement.into)?)
    }

    /// As [`SqliteMover::new`], over a table that was looked at already and may stand in for the source.
    pub(super) fn with(
        connection: &'a Connection,
        movement: &Movement,
        context: &MoveContext<'_>,
        source: Table,
        target: Table,
    ) -> Result<Self> {
        let mut movement = movement.with_keys(context.keys)?;
        foreign::bind(&mut movement, context.functions);
        let elsewhere = hidden::of_step(&Asked(connection), context.step)?;
        let sealing = Sealing::of(&movement, &target, &elsewhere, context.keys)?;
        movement.hidden.extend(elsewhere.of(&movement.from.table).map(|hidden| hidden.column.clone()));
        affinity::guard(&mut movement, &target);
        let probe = Rendering::new(&movement, &source, &target);
        let making =
            Making { step: context.step.to_owned(), run: context.run.to_owned(), began: milliseconds(context.began) };
        functions::register_calls(connection, &probe.calls)
            .and_then(|()| functions::register_whys(connection, &probe.whys))
            .and_then(|()| functions::register_new(connection, making))
            .and_then(|()| sealing.iter().try_for_each(|sealing| sealing.register(connection)))
            .map_err(|error| database_error(&error))?;
        if may_be_null(&movement, &source) && is_true(connection, &probe.null_keys())? {
            if source.rowid && shape::rowid_name(&source).is_none() {
                let message = format!("some rows of {} have NULL in the key that is walked", source.name);
                return Err(
                    Error::new(codes::NO_KEY, message).hint("name another key, or leave these rows out with `where`")
                );
            }
            // Rows have a number of their own, or a primary key that holds no NULL: it orders those without a key too.
            movement.from.key.clear();
        }
        Ok(Self {
            connection,
            movement,
            source,
            target,
            store: store(context.seq, context.movement),
            step: context.step.to_owned(),
            number: context.movement,
            run: context.run.to_owned(),
            bytes: context.bytes,
            sealing,
            follows: Cell::new(false),
            listens: Cell::new(false),
            aside: Cell::new(false),
            began_at: version(connection)?,
            seen_at: Cell::new(version(connection)?),
            key_seen: Cell::new(false),
            highest_read: Cell::new(None),
        })
    }

    /// The same Movement as another, but for where it writes.
    pub(super) fn of_parts(like: &Self, movement: Movement, target: Table) -> Self {
        Self {
            connection: like.connection,
            movement,
            target,
            source: like.source.clone(),
            store: like.store.clone(),
            step: like.step.clone(),
            number: like.number,
            run: like.run.clone(),
            bytes: like.bytes,
            sealing: None,
            follows: Cell::new(false),
            listens: Cell::new(false),
            aside: Cell::new(false),
            began_at: like.began_at,
            seen_at: Cell::new(like.began_at),
            key_seen: Cell::new(true),
            highest_read: Cell::new(None),
        }
    }

    pub(super) fn rendering(&self) -> Rendering<'_> {
        let rendering = Rendering::new(&self.movement, &self.source, &self.target);
        if self.aside.get() { rendering.aside(self.meanwhile()) } else { rendering }
    }

    pub(super) fn ask(&self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        query(self.connection, sql, values).map_err(|error| self.explain(error))
    }

    pub(super) fn number(&self, sql: &str, values: &[Value]) -> Result<u64> {
        let rows = self.ask(sql, values)?;
        Ok(rows.first().and_then(|row| crate::ledger::integer(row, 0)).and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    pub(super) fn write(&self, sql: &str, values: &[Value]) -> Result<u64> {
        match execute(self.connection, sql, values) {
            Ok(changed) => Ok(changed as u64),
            Err(error) => Err(self.explain(error)),
        }
    }

    pub(super) fn version(&self) -> Result<i64> {
        version(self.connection)
    }

    pub(super) fn has_triggers(&self) -> Result<bool> {
        shape::has_triggers(self.connection, &self.target.name).map_err(|error| database_error(&error))
    }
}

impl Mover for SqliteMover<'_> {
    fn count(&self, after: Option<&[Value]>) -> Result<u64> {
        if statement::of(&self.movement).is_some() {
            return Err(statement::no_rows());
        }
        let range = if after.is_some() { Range::After } else { Range::All };
        self.number(&self.rendering().count(range), after.unwrap_or_default())
    }

    fn source(&self) -> String {
        self.source_digest()
    }

    fn lacks(&self, account: Rows, read: Option<&[Value]>, shared: bool) -> Result<Option<String>> {
        match read.map_or(Ok(None), |key| self.unlike_read(account.read, key, shared))? {
            None => self.missing_of(account),
            unlike => Ok(unlike),
        }
    }

    fn rows_there(&self, most: u64) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT ?1)", quoted(&self.target.name));
        self.number(&sql, &[Value::Integer(i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX))])
    }

    fn until(&self) -> Result<Option<Vec<Value>>> {
        let inserts = matches!(self.movement.write, Write::Insert(_));
        let own = inserts && self.movement.from.table.eq_ignore_ascii_case(&self.movement.into);
        // A trigger may write what is walked: how far it is walked must not depend on where batches end.
        if own || self.has_triggers()? { self.last() } else { Ok(None) }
    }

    fn last(&self) -> Result<Option<Vec<Value>>> {
        Ok(self.ask(&self.rendering().last(Range::All), &[])?.into_iter().next())
    }

    fn forward(&self, after: Option<&[Value]>, until: Option<&[Value]>, rows: u64) -> Result<Batch> {
        self.forward_as(after, until, rows, None)
    }

    fn collision(&self, after: Option<&[Value]>, until: Option<&[Value]>, rows: u64) -> Result<Option<Collision>> {
        self.first_collision(after, until, rows)
    }

    fn forward_as(
        &self,
        after: Option<&[Value]>,
        until: Option<&[Value]>,
        rows: u64,
        decision: Option<Decision>,
    ) -> Result<Batch> {
        if let Some(sql) = statement::of(&self.movement) {
            return self.run_whole(sql);
        }
        if !self.key_seen.replace(true) && after.is_some() {
            self.refuse_other_key()?;
        }
        let Some(next) = self.next(after, until, rows)? else { return Ok(Batch { end: true, ..Batch::default() }) };
        let rows = self.move_batch(&next, decision)?;
        self.pass(&next, after)?;
        Ok(Batch { rows, last: Some(next.last), end: next.end })
    }

    fn listen(&self) -> Result<()> {
        SqliteMover::listen(self)
    }

    fn is_listening(&self) -> bool {
        self.listens.get()
    }

    fn settle(&self, after: Option<&[Value]>, when: Settled) -> Result<Rows> {
        if !self.listens.get() {
            return Ok(Rows::default());
        }
        self.hear(after)?;
        self.let_go(after, when)
    }

    fn take_in(&self) -> Result<Rows> {
        if self.listens.get() && self.has_heard()? { self.take_in_heard() } else { Ok(Rows::default()) }
    }

    fn disturbed(&self) -> Result<bool> {
        let now = self.version()?;
        Ok(self.seen_at.replace(now) != now)
    }

    fn make_ready(&self) -> Result<()> {
        let rendering = self.rendering();
        functions::register_calls(self.connection, &rendering.calls)
            .and_then(|()| functions::register_whys(self.connection, &rendering.whys))
            .and_then(|()| self.sealing.iter().try_for_each(|sealing| sealing.register(self.connection)))
            .map_err(|error| database_error(&error))
    }

    fn converge(&self, after: Option<&[Value]>, account: Rows, resumed: bool) -> Result<Rows> {
        let is_read = self.movement.from.source.is_some();
        if !is_read && (resumed || self.is_disturbed()?) { self.catch_up(after, account) } else { Ok(account) }
    }

    fn unlisten(&self) -> Result<()> {
        SqliteMover::unlisten(self)
    }

    fn ready(&self) -> Result<()> {
        self.register()
    }

    fn settle_back(&self, after: Option<&[Value]>, until: Option<&[Value]>, others: &Others<'_>) -> Result<u64> {
        self.take_back_gone(after, until, others)
    }

    fn going(&self, until: Option<&[Value]>) -> Result<()> {
        self.leave_out_came()?;
        self.tell_going(until)
    }

    fn check_back(
        &self,
        until: Option<&[Value]>,
        account: Option<Rows>,
        others: &Others<'_>,
        later: &[String],
    ) -> Result<()> {
        self.refuse_other_key()?;
        self.leave_out_came()?;
        if others.changed != Changed::Refuse {
            return Ok(());
        }
        match &self.movement.undo {
            Undo::Derive { key } => self.check_derived(key, until, account, later),
            Undo::Journal => {
                let (columns, key) = self.watched();
                let rewind = self.rewind(&columns, &key);
                rewind.check(self.connection, later)?;
                match self.movement.write {
                    Write::Insert(_) => rewind.check_lost(self.connection, later),
                    // Of a row that is gone nothing is left that could come back.
                    Write::Update | Write::Statement(_) => Ok(()),
                }
            }
            Undo::Sql(_) | Undo::None => Ok(()),
        }
    }

    fn back(&self, after: Option<&[Value]>, until: Option<&[Value]>, rows: u64, others: &Others<'_>) -> Result<Batch> {
        match &self.movement.undo {
            Undo::Derive { key } => {
                self.leave_out_came()?;
                self.back_derived(key, after, until, rows, others)
            }
            Undo::Journal => {
                let (columns, key) = self.watched();
                let rewind = self.rewind(&columns, &key);
                let entries = rewind.within_bytes(self.connection, rows, self.bytes);
                let entries = entries.map_err(|error| database_error(&error))?;
                let (rows, end) = rewind.batch(self.connection, entries, others)?;
                Ok(Batch { rows, last: None, end })
            }
            Undo::Sql(sql) => {
                for range in crate::sql::statements(sql).unwrap_or_default() {
                    crate::sqlite::scratch::run(self.connection, &sql[range])
                        .map_err(|error| database_error(&error))?;
                }
                Ok(Batch { end: true, ..Batch::default() })
            }
            Undo::None => Err(Error::new(codes::NO_WAY_BACK, "the step says undo = \"none\"")),
        }
    }

    fn wrote_again(&self) -> Result<bool> {
        self.has_rewritten()
    }

    fn watch(&self, yes: bool) -> Result<()> {
        if !self.is_watched() {
            return Ok(());
        }
        let (columns, key) = self.watched();
        let watch = Watch { table: &self.target.name, columns: &columns, key: &key, sealing: self.sealing.as_ref() };
        let result = match yes {
            true => keep::watch(self.connection, &watch, &self.store),
            false => keep::unwatch(self.connection, &self.store),
        };
        result.map_err(|error| database_error(&error))?;
        // What was watched only to be counted is nobody's way back.
        if yes || self.movement.undo == Undo::Journal { Ok(()) } else { self.forget() }
    }

    fn forget(&self) -> Result<()> {
        let sql = format!("DROP TABLE IF EXISTS {}", quoted(&self.store));
        self.connection.execute_batch(&sql).map_err(|error| database_error(&error))
    }
}

/// A number that another connection's commit changes.
fn version(connection: &Connection) -> Result<i64> {
    let version = connection.query_row("PRAGMA data_version", [], |row| row.get(0));
    version.map_err(|error| database_error(&error))
}

/// Whether a key's columns allow NULL.
fn may_be_null(movement: &Movement, source: &Table) -> bool {
    let alias = shape::rowid_alias(source);
    movement.from.key.iter().any(|name| {
        !alias.is_some_and(|alias| alias.eq_ignore_ascii_case(name))
            && !source.column(name).is_some_and(|column| column.not_null)
            && (source.rowid || !source.primary_key.contains(name))
    })
}

fn is_true(connection: &Connection, sql: &str) -> Result<bool> {
    let found = connection.query_row(sql, [], |row| row.get::<_, bool>(0));
    found.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => Error::new(codes::INTERRUPTED, "stopped"),
        _ => Error::new(codes::DATABASE, message(&error)),
    })
}

/// Milliseconds since 1970 of a moment in RFC 3339.
fn milliseconds(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).unwrap_or(0)
}
