//! SQLite as the left side of a plan sees it: files are read over a scratch database in memory.

use crate::catalog::{Script, Source};
use crate::engine::{Dialect, Reader};
use crate::error::{Error, Result, Text, codes};
use crate::inverse::Inverse;
use crate::movement::{Formula, Movement};
use crate::reading::Reading;
use crate::schema::{Table, Tables};
use crate::sqlite::complaint::is_missing_function;
use crate::sqlite::read;
use crate::sqlite::render::{Range, Rendering};
use crate::sqlite::scratch::Scratch;
use crate::sqlite::{affinity, functions, landing, parse, statement, unwind};
use crate::touch::Touches;
use std::sync::Arc;

/// SQLite's dialect.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sqlite {
    /// Whether text in double quotes must go on meaning text, because the schema at hand holds such.
    pub double_quoted_text: bool,
}

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn reader(&self, schema: &[String]) -> Result<Box<dyn Reader>> {
        let scratch = Scratch::new(schema, self.double_quoted_text).map_err(|error| {
            let message = message(&error);
            let code = if is_missing_function(&message) { codes::MISSING_FUNCTION } else { codes::BAD_LEDGER };
            Error::new(code, format!("the schema of the database cannot be read: {message}"))
                .hint("an application's own functions and collations are registered through the library")
        })?;
        Ok(Box::new(SqliteReader(scratch, Vec::new())))
    }
}

#[derive(Debug)]
struct SqliteReader(Scratch, Vec<Arc<Source>>);

impl SqliteReader {
    fn settle(&mut self) -> Result<()> {
        self.0.settle().map_err(|error| Error::new(codes::BAD_LEDGER, message(&error)))
    }
}

impl Tables for SqliteReader {
    fn table(&self, name: &str) -> Option<Table> {
        self.0.table(name)
    }

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn has_triggers(&self, table: &str) -> bool {
        self.0.has_triggers(table)
    }
}

impl Reader for SqliteReader {
    fn read(&mut self, script: &Script) -> Result<Reading> {
        self.settle()?;
        read::read(&self.0, &script.text, !script.directives.transaction_none)
    }

    fn unwind(&mut self, acts: &[Inverse]) -> Result<()> {
        self.settle()?;
        unwind::unwind(&self.0, acts).map_err(|error| Error::new(codes::BAD_SQL, message(&error)))
    }

    fn stand(&mut self, sources: &[Arc<Source>]) -> Result<()> {
        for source in self.1.drain(..) {
            landing::leave(self.0.connection(), &source)?;
        }
        self.1 = sources.to_vec();
        sources.iter().try_for_each(|source| landing::land(self.0.connection(), source, &mut std::iter::empty()))
    }

    fn compile(&self, movement: &Movement) -> Result<Touches> {
        let missing = |name: &str| Error::new(codes::UNKNOWN_TABLE, format!("there is no table {name}"));
        let outside = movement.from.source.as_ref().map(|source| source.table());
        let source =
            outside.or_else(|| self.table(&movement.from.table)).ok_or_else(|| missing(&movement.from.table))?;
        let target = self.table(&movement.into).ok_or_else(|| missing(&movement.into))?;
        if let Some(sql) = statement::of(movement) {
            let asked = self.0.ask(sql).map_err(|error| expression(&error))?;
            return Ok(Touches { reads: asked.reads, writes: asked.writes, ..Touches::default() });
        }
        single_expressions(movement)?;
        affinity::check_constants(movement, &target)?;
        let rendering = Rendering::new(movement, &source, &target);
        functions::register_calls(self.0.connection(), &rendering.calls).map_err(|error| expression(&error))?;
        functions::register_whys(self.0.connection(), &rendering.whys).map_err(|error| expression(&error))?;
        for (index, assign) in movement.columns.iter().enumerate() {
            self.0.ask(&rendering.value(index)).map_err(|error| expression(&error).at(assign.place.clone()))?;
        }
        for (index, rule) in movement.rules.iter().enumerate() {
            self.0.ask(&rendering.rule(index)).map_err(|error| expression(&error).at(rule.place.clone()))?;
        }
        self.0.ask(&rendering.boundary(Range::After)).map_err(|error| expression(&error))?;
        if let Some((count, _)) = rendering.matches(Range::All, false) {
            self.0.ask(&count).map_err(|error| expression(&error))?;
        }
        if rendering.may_refuse() {
            self.0.ask(&rendering.refused(Range::All)).map_err(|error| expression(&error))?;
        }
        let asked = self.0.ask(&rendering.write(Range::Between, false)).map_err(|error| expression(&error))?;
        Ok(Touches { reads: asked.reads, writes: asked.writes, ..Touches::default() })
    }

    fn schema(&self) -> Vec<String> {
        self.0.schema().unwrap_or_default()
    }

    fn question(&self, sql: &str, _: &Text) -> Result<()> {
        let asked = self.0.ask(sql).map_err(|error| expression(&error))?;
        if !parse::is_select(sql) || !asked.writes.is_empty() {
            let message = "a check is one SELECT, and writes nothing";
            return Err(Error::new(codes::BAD_EXPRESSION, message));
        }
        Ok(())
    }
}

/// Every expression is exactly one: nothing can slip out of its parentheses.
fn single_expressions(movement: &Movement) -> Result<()> {
    let bad = |what: &str| Error::new(codes::BAD_EXPRESSION, format!("{what} is not one SQL expression"));
    for assign in &movement.columns {
        if let Some(text) = sql_of(&assign.value)
            && !parse::is_expression(text)
        {
            return Err(bad(&format!("the value of {}", assign.column)).at(assign.place.clone()));
        }
    }
    if let Some(rule) = movement.rules.iter().find(|rule| !parse::is_expression(&rule.sql)) {
        return Err(bad(&format!("the rule “{}”", rule.name)).at(rule.place.clone()));
    }
    match &movement.from.filter {
        Some(filter) if !parse::is_expression(filter) => return Err(bad("`where`")),
        _ => {}
    }
    match &movement.lookup {
        Some(lookup) if !parse::is_expression(&lookup.on) => Err(bad("`on` of the lookup")),
        _ => Ok(()),
    }
}

fn sql_of(formula: &Formula) -> Option<&str> {
    match formula {
        Formula::Sql(text) => Some(text),
        Formula::Call(_, inner) => sql_of(inner),
        Formula::Column(_) | Formula::Constant(_) | Formula::New(..) => None,
    }
}

fn expression(error: &rusqlite::Error) -> Error {
    let message = message(error);
    let code = if is_missing_function(&message) { codes::MISSING_FUNCTION } else { codes::BAD_EXPRESSION };
    Error::new(code, message)
}

/// The database's own words.
pub fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}
