//! A migration of SQLite's dialect, read: statement after statement over a scratch database.
//!
//! Takes the text and the scratch database as it stands before it; gives a [`Reading`], and leaves the scratch database
//! as it stands after it. Reads no rows, writes no file.

use crate::change::{Change, What};
use crate::error::{Error, Result, Text, codes};
use crate::inverse::Inverse;
use crate::reading::{How, Keep, Reading};
use crate::schema::{ObjectKind, Table, Tables as _};
use crate::sql::{self, normal, quoted};
use crate::sqlite::complaint::sql_error;
use crate::sqlite::parse::{self, Boundary, Parsed, Special};
use crate::sqlite::rebuild::Dropped;
use crate::sqlite::scratch::{Asked, Scratch, is_internal};
use crate::sqlite::shape;
use crate::touch::{Spot, Touches};
use std::collections::BTreeSet;
use std::ops::Range;

/// Reads a migration. `transactional` is false where its head says `transaction = none`.
pub fn read(scratch: &Scratch, text: &Text, transactional: bool) -> Result<Reading> {
    let statements = sql::statements(&text.text).map_err(|open| {
        Error::new(codes::BAD_SQL, format!("a {} is opened here and never closed", open.what))
            .at(text.place(open.at..open.at + 1))
    })?;
    if statements.is_empty() {
        return Err(Error::new(codes::EMPTY_MIGRATION, "the migration has no statement").at(text.place(0..0)));
    }
    let mut reader = Reader::new(scratch, text, transactional);
    for at in statements {
        reader.statement(at)?;
    }
    reader.finish()
}

/// The reader's place in a file.
pub(super) struct Reader<'a> {
    pub(super) scratch: &'a Scratch,
    pub(super) text: &'a Text,
    pub(super) transactional: bool,
    pub(super) reading: Reading,
    /// Tables that this file made, by lower-case name.
    pub(super) made: BTreeSet<String>,
    /// Tables that this file dropped, as they were.
    pub(super) dropped: Vec<Dropped>,
    /// Rows carried from one table into another.
    pub(super) carries: Vec<parse::Carry>,
    /// The stores of the run of row statements that is under way.
    pub(super) capturing: Vec<usize>,
    /// The statement after an open BEGIN.
    pub(super) block: Option<usize>,
}

impl<'a> Reader<'a> {
    fn new(scratch: &'a Scratch, text: &'a Text, transactional: bool) -> Self {
        Self {
            scratch,
            text,
            transactional,
            reading: Reading::default(),
            made: BTreeSet::new(),
            dropped: Vec::new(),
            carries: Vec::new(),
            capturing: Vec::new(),
            block: None,
        }
    }

    fn statement(&mut self, at: Range<usize>) -> Result<()> {
        let sql = &self.text.text[at.clone()];
        let parsed = parse::parse(sql);
        let asks = |statement: rusqlite::Statement<'_>| statement.parameter_count() > 0;
        if parse::has_parameters(sql) && self.scratch.connection().prepare(sql).is_ok_and(asks) {
            let message = "it waits for a value, and a migration has nobody to give it one";
            return Err(Error::new(codes::BAD_SQL, message).at(self.text.place(at)));
        }
        let index = self.reading.statements.len();
        self.reading.statements.push(at.clone());
        if let Some(special) = parsed.special
            && self.special(special, index, &at)?
        {
            return Ok(());
        }
        let what = parsed.what.clone();
        match &what {
            What::Insert { .. } | What::Update { .. } | What::Delete { .. } => self.rows(&parsed, sql, index, &at)?,
            What::Nothing | What::Setting { .. } if !parsed.temporary => {
                let asked = self.ask(sql, &at)?;
                self.reading.touches.reads.extend(&asked.reads);
            }
            _ => self.definition(&parsed, sql, index, &at)?,
        }
        Ok(())
    }

    /// Whether a special statement is dealt with here; refuses what a migration may not hold.
    fn special(&mut self, special: Special, index: usize, at: &Range<usize>) -> Result<bool> {
        let refuse = |message: &str, hint: &str| {
            Err(Error::new(codes::FORBIDDEN_SQL, message).hint(hint).at(self.text.place(at.clone())))
        };
        match special {
            Special::Attach => {
                refuse("a migration cannot attach another database", "move the data with a transformation")
            }
            Special::Dangerous => refuse(
                "this setting opens the database to damage, or shuts it to evolve",
                "take it out of the migration",
            ),
            Special::Transaction(_) if self.transactional => refuse(
                "evolve runs the whole file in one transaction; it cannot hold BEGIN, COMMIT, ROLLBACK or SAVEPOINT",
                "leave them out, or write `-- evolve: transaction = none` at the head of the file",
            ),
            Special::Outside if self.transactional => refuse(
                "this statement does nothing, or fails, inside a transaction",
                "put it into a file of its own with `-- evolve: transaction = none` at its head",
            ),
            Special::Transaction(boundary) => self.boundary(boundary, index, at),
            Special::Outside => {
                let sql = self.text.text[at.clone()].trim_end_matches(';').to_owned();
                self.reading.outside.push((index, sql));
                self.reading.changes.push(Change { what: What::Setting { name: "outside".into() }, at: at.clone() });
                Ok(true)
            }
            Special::ForeignKeys => {
                let words = "evolve switches foreign keys as each step needs them; this setting does nothing here";
                self.reading.remarks.push(("R601", words.to_owned(), at.clone()));
                Ok(true)
            }
        }
    }

    fn boundary(&mut self, boundary: Boundary, index: usize, at: &Range<usize>) -> Result<bool> {
        let error = |message: &str| Err(Error::new(codes::FORBIDDEN_SQL, message).at(self.text.place(at.clone())));
        match (boundary, self.block) {
            (Boundary::Begin, None) => self.block = Some(index + 1),
            (Boundary::Commit, Some(first)) => {
                self.reading.blocks.push(first..index);
                self.block = None;
            }
            (Boundary::Begin, Some(_)) => return error("a transaction is open already"),
            (Boundary::Commit, None) => return error("there is no BEGIN before this COMMIT"),
            (Boundary::Other, _) => return error("only BEGIN and COMMIT may stand in a `transaction = none` file"),
        }
        Ok(true)
    }

    /// INSERT, UPDATE, DELETE: only prepared; what it touches comes from the database itself.
    fn rows(&mut self, parsed: &Parsed, sql: &str, index: usize, at: &Range<usize>) -> Result<()> {
        let mut asked = self.ask(sql, at)?;
        if !matches!(parsed.what, What::Insert { replaces: false, .. }) {
            let actions = self.scratch.ask_actions(sql).map_err(|error| sql_error(self.text, at, &error))?;
            asked.writes.extend(&actions.writes);
            asked.direct = actions.direct;
        }
        self.reading.touches.reads.extend(&asked.reads);
        self.reading.touches.writes.extend(&asked.writes);
        self.carries.extend(parsed.carry.clone());
        for table in asked.written(self.scratch) {
            let key = table.to_ascii_lowercase();
            if self.made.contains(&key) {
                if matches!(parsed.what, What::Insert { .. }) && !self.reading.filled.contains(&key) {
                    self.reading.filled.push(key);
                }
            } else {
                self.capture(&table, parsed, sql, index);
            }
        }
        self.reading.changes.push(Change { what: parsed.what.clone(), at: at.clone() });
        Ok(())
    }

    /// Sees to it that what happens to the rows of a table that was there before is kept.
    fn capture(&mut self, table: &str, parsed: &Parsed, sql: &str, index: usize) {
        if let Some(store) =
            self.capturing.iter().find(|store| self.reading.keeps[**store].table.eq_ignore_ascii_case(table))
        {
            self.reading.keeps[*store].statements.1 = index;
            return;
        }
        let Some(shape) = self.scratch.table(table) else { return };
        if shape.is_virtual && is_command(sql, table) {
            return;
        }
        let rowid = shape::rowid_name(&shape).is_some();
        let replaced = parsed.replaces || normal(&shape.sql).contains("on conflict replace");
        let watched = !shape.is_virtual && !shape.is_view && !renumbers(&parsed.what, &shape);
        if !watched || replaced || (!rowid && shape.primary_key.is_empty()) {
            let why = if replaced { "rows it replaces are seen by no trigger" } else { "its rows cannot be watched" };
            self.no_inverse(format!("{table}: {why}"));
            return;
        }
        let key = if rowid { Vec::new() } else { shape.primary_key.clone() };
        let kept = self.keep(index, &shape, How::Captured, key.clone());
        self.capturing.push(kept);
        let columns = shape::stored(&shape);
        self.reading.inverse.push(Inverse::Rewind { table: shape.name, kept, columns, key });
    }

    /// Notes something that is to be kept.
    pub(super) fn keep(&mut self, index: usize, shape: &Table, how: How, key: Vec<String>) -> usize {
        let kept = self.reading.keeps.len();
        let rowid = shape::rowid_name(shape).is_some() && shape::rowid_alias(shape).is_none();
        self.reading.keeps.push(Keep {
            kept,
            statements: (index, index),
            table: shape.name.clone(),
            columns: shape::stored(shape),
            key,
            rowid,
            how,
        });
        kept
    }

    /// Notes that no inverse can be derived.
    pub(super) fn no_inverse(&mut self, why: String) {
        self.reading.no_inverse.get_or_insert(why);
    }

    /// Whatever changes the schema: executed in the scratch database, its inverse taken from how it stood before.
    fn definition(&mut self, parsed: &Parsed, sql: &str, index: usize, at: &Range<usize>) -> Result<()> {
        self.capturing.clear();
        let what = self.completed(parsed.what.clone());
        let before = self.before(&what);
        self.detach(&what);
        if let Some(reason) = self.refusal(&what) {
            return Err(Error::new(codes::FORBIDDEN_SQL, reason).at(self.text.place(at.clone())));
        }
        let asked = self.scratch.execute(&scratched(parsed, sql)).map_err(|error| sql_error(self.text, at, &error))?;
        if parsed.temporary {
            return Ok(());
        }
        if let (true, What::Create { name, .. }) = (parsed.filled, &what) {
            self.reading.filled.push(name.to_ascii_lowercase());
        }
        self.touch(&what, &asked);
        // What follows may fold this statement and earlier ones into one Change.
        self.reading.changes.push(Change { what: what.clone(), at: at.clone() });
        self.invert(&what, parsed, before, index);
        Ok(())
    }

    /// An object of evolve's own is not a migration's to make or drop.
    fn refusal(&self, what: &What) -> Option<String> {
        let name = match what {
            What::Create { name, .. } | What::Drop { name, .. } => name,
            What::RenameTable { from, to } => {
                if is_internal(to) {
                    to
                } else {
                    from
                }
            }
            What::AddColumn { table, .. } | What::DropColumn { table, .. } | What::RenameColumn { table, .. } => table,
            _ => return None,
        };
        is_internal(name)
            .then(|| format!("{name} is not the project's: names beginning with evolve_ or sqlite_ are taken"))
    }

    /// The table of an index or trigger that is dropped, which its statement does not say.
    fn completed(&self, what: What) -> What {
        match what {
            What::Drop { kind: kind @ (ObjectKind::Index | ObjectKind::Trigger), name, tolerant, .. } => {
                let stored = self.scratch.stored(&kind.word().to_lowercase(), &name).ok().flatten();
                What::Drop { kind, table: stored.map(|(_, table)| table).unwrap_or_default(), name, tolerant }
            }
            what => what,
        }
    }

    /// The table a statement changes, as it stands before.
    fn before(&self, what: &What) -> Option<Dropped> {
        let table = match what {
            What::Drop { kind: ObjectKind::Table, name, .. } => name,
            What::DropColumn { table, .. } | What::AddColumn { table, .. } => table,
            What::AddConstraint { table } | What::DropConstraint { table } => table,
            What::Drop { kind, name, .. } => {
                let (sql, _) = self.scratch.stored(&kind.word().to_lowercase(), name).ok().flatten()?;
                let of_view = *kind == ObjectKind::View;
                let belongings =
                    of_view.then(|| shape::belongings(self.scratch.connection(), name).unwrap_or_default());
                return Some(Dropped { belongings: belongings.unwrap_or_default(), ..Dropped::object(name, sql) });
            }
            What::Create { kind, name, tolerant: true, .. } => {
                let (sql, _) = self.scratch.stored(&kind.word().to_lowercase(), name).ok().flatten()?;
                return Some(Dropped::object(name, sql));
            }
            _ => return None,
        };
        let shape = self.scratch.table(table)?;
        let belongings = shape::belongings(self.scratch.connection(), table).ok()?;
        Some(Dropped { kept: None, name: shape.name.clone(), belongings, sql: shape.sql.clone(), shape: Some(shape) })
    }

    /// Remembers a table whose children would suffer with foreign keys on.
    fn detach(&mut self, what: &What) {
        let table = match what {
            What::Drop { kind: ObjectKind::Table, name, .. } => name,
            What::RenameTable { from, .. } => from,
            _ => return,
        };
        let referring = shape::referring(self.scratch.connection(), table).unwrap_or_default();
        if !referring.is_empty()
            && !self.made.contains(&table.to_ascii_lowercase())
            && !self.reading.detached.contains(table)
        {
            self.reading.detached.push(table.clone());
        }
    }

    fn touch(&mut self, what: &What, asked: &Asked) {
        let touches = &mut self.reading.touches;
        match what {
            What::Create { kind: ObjectKind::Table | ObjectKind::View, name, .. } => {
                touches.creates.add(&Spot::table(name));
                if !asked.reads.is_empty() && !self.scratch.table(name).is_some_and(|table| table.is_virtual) {
                    touches.reads.extend(&asked.reads);
                }
                if matches!(what, What::Create { kind: ObjectKind::View, .. })
                    && let Ok(of_view) = self.scratch.ask(&format!("SELECT * FROM {}", quoted(name)))
                {
                    touches.needs.extend(&of_view.reads);
                }
            }
            What::Create { table, .. } | What::AddConstraint { table } | What::DropConstraint { table } => {
                touches.needs.add(&Spot::table(table));
            }
            What::Drop { kind: ObjectKind::Table | ObjectKind::View, name, .. } => {
                touches.destroys.add(&Spot::table(name))
            }
            What::RenameTable { from, to } => {
                touches.destroys.add(&Spot::table(from));
                touches.creates.add(&Spot::table(to));
            }
            What::RenameColumn { table, from, to } => {
                touches.destroys.add(&Spot::column(table, from));
                touches.creates.add(&Spot::column(table, to));
            }
            What::AddColumn { table, column, .. } => touches.creates.add(&Spot::column(table, column)),
            What::DropColumn { table, column } => touches.destroys.add(&Spot::column(table, column)),
            What::Opaque => {
                touches.reads.extend(&asked.reads);
                touches.writes.extend(&asked.writes);
                touches.everything = true;
            }
            _ => {}
        }
    }

    fn ask(&self, sql: &str, at: &Range<usize>) -> Result<Asked> {
        self.scratch.ask(sql).map_err(|error| sql_error(self.text, at, &error))
    }

    fn finish(mut self) -> Result<Reading> {
        if let Some(first) = self.block {
            let at = self.reading.statements[first - 1].clone();
            return Err(Error::new(codes::FORBIDDEN_SQL, "this BEGIN has no COMMIT").at(self.text.place(at)));
        }
        self.made.iter().for_each(|table| {
            // What a file makes and fills is new as a whole.
            self.reading.touches.writes.forget_table(table);
            self.reading.touches.reads.forget_table(table);
            self.reading.touches.needs.forget_table(table);
        });
        let touches: &Touches = &self.reading.touches;
        let opaque = self.reading.changes.iter().any(|change| change.what == What::Opaque);
        debug_assert!(touches.everything || !opaque);
        Ok(self.reading)
    }
}

/// Whether rows are given other numbers by the number's own name, where no column keeps the old ones.
fn renumbers(what: &What, shape: &Table) -> bool {
    let What::Update { table, columns, .. } = what else { return false };
    let hidden = |name: &String| shape.column(name).is_none() && shape::rowid_alias(shape).is_none();
    table.eq_ignore_ascii_case(&shape.name) && columns.iter().any(hidden)
}

/// What is run in the scratch database for a statement: no query that fills a table.
fn scratched<'s>(parsed: &Parsed, sql: &'s str) -> std::borrow::Cow<'s, str> {
    if parsed.filled { parse::without_rows(sql).into() } else { sql.into() }
}

/// `INSERT INTO fts(fts) VALUES ('rebuild')`: a command to a virtual table, which changes no row of anybody's.
fn is_command(sql: &str, table: &str) -> bool {
    let table = normal(&quoted(table));
    normal(sql).starts_with(&format!("insert into {table} ( {table} "))
}
