//! `sql = "INSERT … SELECT …"` instead of columns, for `copy` and `convert`.
//!
//! Takes the statement; gives the Movement that does the same, batch by batch, where each row of one table makes its own
//! row of another; else one that is the statement as it stands. What decides is in the declaration and the tables alone, so
//! that it is decided alike on the way up and on the way back.

mod fit;
mod items;
mod parts;

use super::reads::of_sql;
use super::step::table;
use super::{Kind, insert};
use crate::catalog::{Fields, OnConflict, SqlText, Transformation, UndoDeclared, check_target};
use crate::error::{Error, Place, Result, codes};
use crate::movement::{Conflict, Movement, Relation, Undo, Write};
use crate::schema::{Table, Tables};
use crate::sql;
use crate::touch::{Spot, Touches};
use fit::Walked;
use parts::{Body, Parts};

/// Keys that say what the statement says itself.
const SAID: [&str; 4] = ["from", "into", "columns", "where"];

/// A statement of a step.
#[derive(Debug)]
struct Statement {
    sql: SqlText,
    place: Place,
}

/// The statement that stands instead of columns, where one does.
pub fn parse(fields: &mut Fields<'_>) -> Result<Option<Box<dyn Kind>>> {
    let Some(sql) = fields.sql("sql")? else { return Ok(None) };
    if let Some(key) = SAID.into_iter().find(|key| fields.has(key)) {
        let message = format!("`{}.{key}` stands beside `sql`, which says that itself", fields.path());
        return Err(Error::new(codes::BAD_VALUE, message)
            .hint(format!("leave out one of the two: `{key}` or `sql`"))
            .at(fields.place_of(key)));
    }
    let statement = Statement { place: sql.place.clone(), sql };
    for text in statement.sql.any.iter().chain(statement.sql.by.values()) {
        statement.read(text)?;
    }
    Ok(Some(Box::new(statement)))
}

impl Kind for Statement {
    fn touches(&self, _: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        let text = self.sql.of(dialect)?;
        let parts = self.read(text)?;
        let mut touches = Touches::default();
        touches.writes.add(&Spot::table(&parts.into));
        match &parts.body {
            Body::Rows(select) => {
                touches.reads.extend(&of_sql(text, &select.from, known));
                if known.table(&select.from).is_none() || select.items.contains(&items::Item::All) {
                    touches.reads.add(&Spot::table(&select.from));
                }
            }
            Body::Whole(_) => {
                let others = sql::names(text).into_iter().filter(|name| !name.eq_ignore_ascii_case(&parts.into));
                let tables = others.filter(|name| known.table(name).is_some());
                touches.reads.extend(&tables.map(|name| Spot::table(&name)).collect());
            }
        }
        Ok(touches)
    }

    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        let text = self.sql.of(dialect)?;
        let parts = self.read(text)?;
        let target = table(tables, &parts.into, &self.place)?;
        let movement = match fit::walk(&parts, step, &target, tables, &self.place)? {
            Ok(walked) => self.walk(walked, step, dialect, tables)?,
            Err(why) => self.whole(&parts, why, text, step, &target, dialect)?,
        };
        insert::together(step, vec![movement])
    }

    fn place(&self, movement: &Movement) -> Option<&Place> {
        let own = match &movement.write {
            Write::Statement(text) => self.sql.any.iter().chain(self.sql.by.values()).any(|own| own == text),
            Write::Insert(_) | Write::Update => movement.columns.iter().any(|column| column.place == self.place),
        };
        own.then_some(&self.place)
    }
}

impl Statement {
    fn read(&self, text: &str) -> Result<Parts> {
        let bad = |why: String| {
            Error::new(codes::BAD_SQL, format!("the statement {why}"))
                .hint("such as INSERT INTO target (a, b) SELECT x, y FROM source WHERE z IS NOT NULL")
                .at(self.place.clone())
        };
        let parts = parts::read(text).map_err(bad)?;
        check_target(&parts.into).map_err(|error| error.at(self.place.clone()))?;
        Ok(parts)
    }

    /// The walk over one table.
    fn walk(&self, walked: Walked, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Movement> {
        let formula = |name: &str, column: &crate::columns::Column| column.formula(name, dialect);
        let mut movement = walked.insert.lower(step, dialect, tables, &formula)?;
        movement.from.alias = walked.alias;
        if !walked.skips {
            return Ok(movement);
        }
        // `ON CONFLICT DO NOTHING` stands in the statement: the step need not say it again, and cannot say otherwise.
        if !matches!(step.on_conflict, None | Some(OnConflict::Fail | OnConflict::Skip)) {
            return Err(self.twice("on_conflict", "the statement says ON CONFLICT DO NOTHING"));
        }
        if let Some(UndoDeclared::Derive) = step.undo {
            let message =
                "undo = \"derive\" cannot tell rows that were left out on a conflict from those that were not";
            return Err(Error::new(codes::BAD_VALUE, message).hint("leave undo out").at(self.place.clone()));
        }
        movement.write = Write::Insert(Conflict::Skip);
        if step.undo.is_none() {
            movement.undo = Undo::Journal;
        }
        Ok(movement)
    }

    /// The statement as it stands.
    fn whole(
        &self,
        parts: &Parts,
        why: &str,
        text: &str,
        step: &Transformation,
        target: &Table,
        dialect: &str,
    ) -> Result<Movement> {
        let at_once = format!("it runs as one statement, because {why}");
        let refused = [
            ("key", step.key.is_some()),
            ("batch", step.batch.is_some()),
            ("rule", !step.rules.is_empty()),
            ("on_invalid", step.on_invalid.is_some()),
            ("max_rejects", step.max_rejects.is_some()),
            ("on_conflict", step.on_conflict.is_some()),
        ];
        if let Some((key, _)) = refused.into_iter().find(|(_, said)| *said) {
            return Err(self.twice(key, &at_once));
        }
        let undo = match &step.undo {
            Some(UndoDeclared::Sql(sql)) => Undo::Sql(sql.of(dialect)?.to_owned()),
            Some(UndoDeclared::None) => Undo::None,
            Some(UndoDeclared::Journal) => match unwatched(parts, target) {
                None => Undo::Journal,
                Some(what) => return Err(self.no_undo(format!("undo = \"journal\" sees nothing of it: {what}"))),
            },
            Some(UndoDeclared::Derive) => return Err(self.no_undo(format!("no undo can be derived: {at_once}"))),
            None => return Err(self.no_undo(format!("how it is taken back must be said: {at_once}"))),
        };
        Ok(Movement {
            name: target.name.clone(),
            from: Relation { table: target.name.clone(), source: None, alias: None, filter: None, key: Vec::new() },
            lookup: None,
            into: target.name.clone(),
            columns: Vec::new(),
            write: Write::Statement(text.to_owned()),
            undo,
            rules: Vec::new(),
            invalid: super::step::invalid(step),
            hidden: Vec::new(),
        })
    }

    fn twice(&self, key: &str, why: &str) -> Error {
        Error::new(codes::BAD_VALUE, format!("`{key}` cannot stand here: {why}"))
            .hint(format!("leave `{key}` out, or write from, into and columns instead of sql"))
            .at(self.place.clone())
    }

    fn no_undo(&self, message: String) -> Error {
        Error::new(codes::BAD_VALUE, message)
            .hint("undo = \"journal\", { sql = \"…\" } or \"none\"; with { sql = \"…\" } you say how it is taken back")
            .at(self.place.clone())
    }
}

/// Why what a statement does to a table is seen by no trigger, where it is not.
fn unwatched(parts: &Parts, target: &Table) -> Option<&'static str> {
    if parts.replaces || sql::normal(&target.sql).contains("on conflict replace") {
        return Some("rows that it replaces are seen by no trigger");
    }
    let no_table = target.is_view || target.is_virtual || (!target.rowid && target.primary_key.is_empty());
    no_table.then_some("the rows of its target cannot be watched")
}
