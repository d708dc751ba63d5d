//! `copy`: rows of one table become rows of another, the same values.

use super::insert::Insert;
use super::{Kind, KindRow, tables};
use crate::catalog::{Fields, Transformation};
use crate::error::Result;
use crate::movement::Movement;
use crate::schema::Tables;
use crate::touch::Touches;

/// The kind's row.
pub const ROW: KindRow =
    KindRow { key: "copy", means: "Copies rows of one table into another, with the same values.", parse };

#[derive(Debug)]
struct Copy(Insert);

fn parse(fields: &mut Fields<'_>) -> Result<Box<dyn Kind>> {
    let (from, into) = tables(fields)?;
    let columns = match fields.has("columns") {
        true => Some(super::columns(fields)?),
        false => None,
    };
    Ok(Box::new(Copy(Insert { from, into, columns })))
}

impl Kind for Copy {
    fn touches(&self, step: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        self.0.touches(step, dialect, known)
    }

    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        self.0.lower(step, dialect, tables)
    }
}
