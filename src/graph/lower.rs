//! A transformation lowered over the tables that are there when its turn comes: each statement compiles, and tells what it
//! touches.

use crate::catalog::Transformation;
use crate::engine::Reader;
use crate::error::{Error, Place, Result, codes};
use crate::movement::Movement;
use crate::touch::Touches;

/// The Movements of a transformation, and what they touch. Its sources stand beside the tables meanwhile.
pub(super) fn over(
    reader: &mut dyn Reader,
    declared: &Transformation,
    dialect: &str,
) -> Result<(Vec<Movement>, Touches)> {
    refuse_same_name(declared, reader)?;
    reader.stand(&declared.sources)?;
    let movements = lower(declared, dialect, reader)?;
    let mut touches = Touches::default();
    for movement in &movements {
        let touched = reader.compile(movement).map_err(|error| error.at(fault(declared, movement, reader).clone()))?;
        touches.extend(&touched);
    }
    reader.stand(&[])?;
    Ok((movements, touches))
}

/// The Movements of a transformation over these tables, with its checks seen to be questions.
fn lower(declared: &Transformation, dialect: &str, reader: &dyn Reader) -> Result<Vec<Movement>> {
    let movements = declared.lower(dialect, &AsTables(reader)).map_err(|error| error.at(declared.place.clone()))?;
    for check in &declared.checks {
        reader.question(check.sql.of(dialect)?, &declared.text).map_err(|error| error.at(check.place.clone()))?;
    }
    Ok(movements)
}

/// Refuses a source that has the name of a table: an expression could mean either.
fn refuse_same_name(declared: &Transformation, reader: &dyn Reader) -> Result<()> {
    match declared.sources.iter().find(|source| reader.table(&source.name).is_some()) {
        None => Ok(()),
        Some(source) => {
            let message =
                format!("the source {} has the name of a table that is there when {} runs", source.name, declared.id);
            Err(Error::new(codes::BAD_NAME, message).hint("give the source another name").at(source.place.clone()))
        }
    }
}

/// Where a Movement does not compile that says no place of its own: at its condition, if it compiles without; else at the
/// text it is made of.
fn fault<'a>(declared: &'a Transformation, movement: &Movement, reader: &dyn Reader) -> &'a Place {
    let mut without = movement.clone();
    match (&declared.filter, without.from.filter.take()) {
        (Some(filter), Some(_)) if reader.compile(&without).is_ok() => &filter.place,
        _ => declared.declared.place(movement).unwrap_or(&declared.place),
    }
}

/// A reader, seen as its tables only.
struct AsTables<'a>(&'a dyn Reader);

impl crate::schema::Tables for AsTables<'_> {
    fn table(&self, name: &str) -> Option<crate::schema::Table> {
        self.0.table(name)
    }

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn has_triggers(&self, table: &str) -> bool {
        self.0.has_triggers(table)
    }
}
