//! `enrich`: rows of one table get some columns computed or looked up; only rows that change are written.

use super::ends;
use super::reads::{of_formula, of_key, of_sql};
use super::step;
use super::step::{invalid, key, rules, table, unknown_column};
use super::{Hides, Kind, KindRow};
use crate::catalog::{Fields, OnConflict, OnInvalid, SqlText, Transformation, UndoDeclared};
use crate::columns::Column;
use crate::error::{Error, Place, Result, codes};
use crate::movement::{Assign, Formula, Lookup, Missing, Movement, Relation, Undo, Write};
use crate::schema::Tables;
use crate::touch::{Spot, Touches};
use std::collections::BTreeSet;

/// The kind's row.
pub const ROW: KindRow = KindRow {
    key: "enrich",
    means: "Fills columns of a table from expressions and from what is looked up in another.",
    parse,
};

#[derive(Debug)]
struct Enrich {
    table: String,
    /// Where it is named.
    place: Place,
    lookup: Option<Declared>,
    columns: Vec<(String, Column)>,
}

/// `lookup = { table, on }` with `on_missing` and `on_many`.
#[derive(Debug)]
struct Declared {
    table: String,
    /// Where it is named.
    place: Place,
    on: SqlText,
    missing: Missing,
    first_by: Option<SqlText>,
}

fn parse(fields: &mut Fields<'_>) -> Result<Box<dyn Kind>> {
    let table = fields.required_target("table")?;
    let place = ends::named(fields, "table");
    let lookup = match fields.fields("lookup")? {
        Some(lookup) => Some(parse_lookup(lookup, fields)?),
        None => None,
    };
    let columns = super::columns(fields)?;
    Ok(Box::new(Enrich { table, place, lookup, columns }))
}

fn parse_lookup(mut lookup: Fields<'_>, fields: &mut Fields<'_>) -> Result<Declared> {
    let table = lookup.required_name("table")?;
    let named = ends::named(&lookup, "table");
    let on = lookup.required_sql("on")?;
    let order = lookup.sql("order")?;
    let place = lookup.place();
    lookup.finish()?;
    let missing = [("keep", Missing::Keep), ("fail", Missing::Fail), ("default", Missing::Default)];
    let missing = fields.choice("on_missing", &missing)?.ok_or_else(|| {
        Error::new(codes::MISSING_KEY, "what happens to a row that finds nothing must be said")
            .hint("on_missing = \"keep\", \"fail\" or \"default\"")
            .at(place.clone())
    })?;
    let first = fields.choice("on_many", &[("fail", false), ("first", true)])?.ok_or_else(|| {
        Error::new(codes::MISSING_KEY, "what happens to a row that finds several must be said")
            .hint("on_many = \"fail\", or \"first\" with `order` in the lookup")
            .at(place.clone())
    })?;
    let order = order.or(fields.sql("order")?);
    if first && order.is_none() {
        let message = "on_many = \"first\" needs an order: which of several is the first";
        return Err(Error::new(codes::MISSING_KEY, message)
            .hint("lookup = { …, order = \"components.id\" }")
            .at(place));
    }
    Ok(Declared { table, place: named, on, missing, first_by: order.filter(|_| first) })
}

impl Kind for Enrich {
    fn touches(&self, step: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        let mut touches = Touches::default();
        touches.writes.extend(&self.columns.iter().map(|(name, _)| Spot::column(&self.table, name)).collect());
        for (name, column) in &self.columns {
            let formula = column.formula(name, dialect)?;
            touches.reads.extend(&of_formula(&formula, &self.table, known));
        }
        step::rules_touch(self.columns.iter().map(|(_, column)| column), &mut touches);
        if let Some(lookup) = &self.lookup {
            touches.reads.extend(&of_sql(lookup.on.of(dialect)?, &self.table, known));
            touches.reads.add(&Spot::table(&lookup.table));
        }
        if let Some(condition) = &step.filter {
            touches.reads.extend(&of_sql(condition.of(dialect)?, &self.table, known));
        }
        touches.reads.extend(&of_key(step.key.as_deref(), &self.table, known));
        Ok(touches)
    }

    fn keys(&self, step: &Transformation) -> BTreeSet<String> {
        step::keys(step, self.columns.iter().map(|(name, column)| (name, column)), true)
    }

    fn hides(&self, step: &Transformation, dialect: &str) -> Hides {
        let columns = self.columns.iter();
        let mut hides =
            Hides::of(&self.table, &self.table, columns.clone(), |name, column| column.formula(name, dialect).ok());
        // Where a row may be left as it was, so may be its plain value.
        let every_row = step.filter.is_none() && self.lookup.is_none() && step.invalid() == OnInvalid::Fail;
        let written = |column: &Column| column.protection().is_some_and(|protection| !protection.drops);
        let shut = columns.filter(|(_, column)| every_row && written(column));
        hides.shut = shut.map(|(name, _)| (self.table.to_lowercase(), name.to_lowercase())).collect();
        hides
    }

    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        if step.on_conflict.as_ref().is_some_and(|rule| *rule != OnConflict::Fail) {
            let message = "enrich writes rows that are there: it has no on_conflict";
            return Err(Error::new(codes::BAD_VALUE, message).at(step.place.clone()));
        }
        let target = table(tables, &self.table, &self.place)?;
        let lookup = self.lookup.as_ref().map(|declared| declared.lower(dialect, tables)).transpose()?;
        let formulas = self.columns.iter().map(|(name, column)| Ok((column, column.formula(name, dialect)?)));
        let hidden = step::hidden(formulas.collect::<Result<Vec<(&Column, Formula)>>>()?.into_iter());
        let columns = self
            .columns
            .iter()
            .filter(|(_, column)| !column.protection().is_some_and(|protection| protection.drops))
            .map(|(name, column)| {
                let known = target.column(name).filter(|column| !column.generated);
                let known = known.ok_or_else(|| unknown_column(&target, name).at(column.place.clone()))?;
                Ok(Assign {
                    column: known.name.clone(),
                    value: column.formula(name, dialect)?,
                    rules: step::column_rules(column, &target.name, false, tables)?,
                    place: column.place.clone(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let undo = match &step.undo {
            None | Some(UndoDeclared::Journal) => Undo::Journal,
            Some(UndoDeclared::None) => Undo::None,
            Some(UndoDeclared::Sql(text)) => Undo::Sql(text.of(dialect)?.to_owned()),
            Some(UndoDeclared::Derive) => {
                let message = "what an enrich overwrites follows from nothing: undo = \"journal\", \"none\" or SQL";
                return Err(Error::new(codes::BAD_VALUE, message).at(step.place.clone()));
            }
        };
        let filter = step.filter.as_ref().map(|filter| filter.of(dialect).map(str::to_owned)).transpose()?;
        let key = key(step.key.as_deref(), &target, &step.place)?;
        step::refuse_hidden_key(&key, &hidden, &step.place)?;
        Ok(vec![Movement {
            name: target.name.clone(),
            from: Relation { table: target.name.clone(), source: None, alias: None, filter, key },
            lookup,
            into: target.name.clone(),
            columns,
            write: Write::Update,
            undo,
            rules: rules(step, dialect)?,
            invalid: invalid(step),
            hidden,
        }])
    }
}

impl Declared {
    fn lower(&self, dialect: &str, tables: &dyn Tables) -> Result<Lookup> {
        let found = table(tables, &self.table, &self.place)?;
        let first_by = self.first_by.as_ref().map(|order| order.of(dialect).map(str::to_owned)).transpose()?;
        Ok(Lookup { table: found.name, on: self.on.of(dialect)?.to_owned(), first_by, missing: self.missing })
    }
}
