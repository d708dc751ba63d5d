//! `copy`: rows of one table become rows of another, the same values.

use super::ends::Ends;
use super::insert::{Insert, Walk, together};
use super::{Hides, Kind, KindRow, optional_columns, source, statement};
use crate::catalog::{Fields, Transformation};
use crate::error::Result;
use crate::movement::Movement;
use crate::schema::Tables;
use crate::touch::Touches;
use std::collections::BTreeSet;

/// The kind's row.
pub const ROW: KindRow =
    KindRow { key: "copy", means: "Copies rows of one table into another, with the same values.", parse };

#[derive(Debug)]
struct Copy(Insert);

fn parse(fields: &mut Fields<'_>) -> Result<Box<dyn Kind>> {
    if let Some(kind) = statement::parse(fields)? {
        return Ok(kind);
    }
    let (from, into) = (source(fields, "from")?, fields.required_target("into")?);
    let columns = optional_columns(fields)?;
    let ends = Ends::of(fields, "from", "into");
    Ok(Box::new(Copy(Insert { from, into, columns, when: None, walk: Walk::Step, ends, place: fields.place() })))
}

impl Kind for Copy {
    fn touches(&self, step: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        self.0.touches(step, dialect, known, &|name, column| column.formula(name, dialect))
    }

    fn keys(&self, step: &Transformation) -> BTreeSet<String> {
        self.0.keys(step)
    }

    fn hides(&self, _: &Transformation, dialect: &str) -> Hides {
        self.0.hides(dialect)
    }

    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        let movement = self.0.lower(step, dialect, tables, &|name, column| column.formula(name, dialect))?;
        together(step, vec![movement])
    }
}
