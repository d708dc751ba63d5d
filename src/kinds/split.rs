//! `split`: rows of one table become rows of several, by columns, by condition, or both.

use super::ends::{self, Ends};
use super::insert::{Insert, Walk, enclosed, together};
use super::{Hides, Kind, KindRow, new_key, optional_columns, part, parts, source};
use crate::catalog::{Fields, Node, SqlText, Transformation};
use crate::check::{Check, Expect, When};
use crate::error::{Place, Result};
use crate::movement::Movement;
use crate::schema::Tables;
use crate::sql::quoted;
use crate::touch::Touches;
use link::Pieces;
use std::collections::BTreeSet;

mod link;

/// The kind's row.
pub const ROW: KindRow =
    KindRow { key: "split", means: "Splits rows of one table into several, by columns or by conditions.", parse };

/// `[[split.into]]`: each piece is a walk over the same source.
#[derive(Debug)]
struct Split {
    from: String,
    pieces: Pieces,
}

fn parse(fields: &mut Fields<'_>) -> Result<Box<dyn Kind>> {
    let from = source(fields, "from")?;
    let place = ends::named(fields, "from");
    let pieces = parts(fields, "into")?.iter().map(|node| read(node, &from, &place)).collect::<Result<_>>()?;
    Ok(Box::new(Split { from, pieces: Pieces::of(pieces)? }))
}

fn read(node: &Node<'_>, from: &str, from_place: &Place) -> Result<Insert> {
    let mut fields = part(node)?;
    let place = fields.place();
    let into = fields.required_target("table")?;
    let when = fields.sql("when")?;
    let walk = Transformation::read_key(&mut fields)?.map_or(Walk::Step, Walk::By);
    let columns = optional_columns(&mut fields)?;
    let ends = Ends { from: from_place.clone(), into: ends::named(&fields, "table") };
    fields.finish()?;
    Ok(Insert { from: from.to_owned(), into, columns, when, walk, ends, place })
}

impl Kind for Split {
    fn touches(&self, step: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        let mut touches = Touches::default();
        for (at, piece) in self.pieces.all.iter().enumerate() {
            let formula = |name: &str, column: &_| self.pieces.formula(at, name, column, dialect);
            touches.extend(&piece.touches(step, dialect, known, &formula)?);
        }
        Ok(touches)
    }

    fn keys(&self, step: &Transformation) -> BTreeSet<String> {
        self.pieces.all.iter().flat_map(|piece| piece.keys(step)).collect()
    }

    fn hides(&self, _: &Transformation, dialect: &str) -> Hides {
        let mut hides = Hides::default();
        self.pieces.all.iter().for_each(|part| hides.extend(part.hides(dialect)));
        hides
    }

    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        let pieces = self.pieces.all.iter().enumerate();
        let movements = pieces.map(|(at, piece)| {
            let formula = |name: &str, column: &_| self.pieces.formula(at, name, column, dialect);
            piece.lower(step, dialect, tables, &formula)
        });
        let mut movements = together(step, movements.collect::<Result<_>>()?)?;
        self.pieces.refuse_loose(step, dialect, tables)?;
        for link in self.pieces.links() {
            // What others link to keeps its key.
            new_key::only_by(&mut movements[link.owner], &[]);
        }
        if self.pieces.link_made_values() {
            walk_alike(&mut movements, tables);
        }
        Ok(movements)
    }

    fn checks(&self, step: &Transformation, dialect: &str) -> Result<Vec<Check>> {
        let mut checks: Vec<Check> = self.nothing_lost(step, dialect)?.into_iter().collect();
        checks.extend(self.links_lead_somewhere(step, dialect)?);
        Ok(checks)
    }
}

impl Split {
    /// Where every piece has its condition, no row that is selected satisfies none.
    fn nothing_lost(&self, step: &Transformation, dialect: &str) -> Result<Option<Check>> {
        let conditions: Option<Vec<&SqlText>> = self.pieces.all.iter().map(|piece| piece.when.as_ref()).collect();
        let Some(conditions) = conditions else { return Ok(None) };
        let none = conditions.into_iter().map(|when| Ok(format!("{} IS NOT TRUE", enclosed(when, dialect)?)));
        let name = format!("every selected row of {} goes into a piece", self.from);
        self.none(step, dialect, name, none.collect::<Result<_>>()?).map(Some)
    }

    /// Where a piece that is linked to has a condition, it holds for every row of the piece that links to it.
    fn links_lead_somewhere(&self, step: &Transformation, dialect: &str) -> Result<Vec<Check>> {
        let mut pairs: Vec<(usize, usize)> = self.pieces.links().iter().map(|link| (link.piece, link.owner)).collect();
        pairs.dedup();
        let mut checks = Vec::new();
        for (piece, owner) in pairs {
            let (piece, owner) = (&self.pieces.all[piece], &self.pieces.all[owner]);
            let Some(there) = &owner.when else { continue };
            let mut conditions = vec![format!("{} IS NOT TRUE", enclosed(there, dialect)?)];
            if let Some(when) = &piece.when {
                conditions.push(format!("{} IS TRUE", enclosed(when, dialect)?));
            }
            let name = format!("every row of {} has the row of {} that it links to", piece.into, owner.into);
            checks.push(self.none(step, dialect, name, conditions)?);
        }
        Ok(checks)
    }

    /// The check that no selected row of the source satisfies all of these.
    fn none(&self, step: &Transformation, dialect: &str, name: String, mut conditions: Vec<String>) -> Result<Check> {
        if let Some(filter) = &step.filter {
            conditions.insert(0, enclosed(filter, dialect)?);
        }
        let sql = format!("SELECT count(*) FROM {} WHERE {}", quoted(&self.from), conditions.join(" AND "));
        Ok(Check {
            name,
            sql: SqlText::plain(sql, step.place.clone()),
            expect: Expect::Is("0".to_owned()),
            when: When::After,
            place: step.place.clone(),
        })
    }
}

/// Values that are made follow from the key that is walked. Where it may be NULL, some pieces could be walked by the rows'
/// own numbers and others by the key: all are walked by the numbers.
fn walk_alike(movements: &mut [Movement], tables: &dyn Tables) {
    let may_be_null = movements.iter().any(|movement| {
        let source = tables.table(&movement.from.table).filter(|source| source.rowid);
        let nullable = |column: &String| source.as_ref()?.column(column).map(|column| !column.not_null);
        movement.from.key.iter().filter_map(nullable).any(|nullable| nullable)
    });
    if may_be_null {
        movements.iter_mut().for_each(|movement| movement.from.key.clear());
    }
}
