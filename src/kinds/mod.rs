//! The kinds of transformation: one file and one row each.
//!
//! A kind takes its own part of a declaration and gives [`Movement`](crate::movement::Movement)s. It must not know an
//! engine, nor how a Movement is run.

use crate::catalog::{Fields, Transformation};
use crate::check::Check;
use crate::columns::Column;
use crate::error::{Error, Result, codes};
use crate::movement::Movement;
use crate::schema::Tables;
use crate::touch::Touches;

/// One kind: its key in a stage file, what it is, and how its own part of the table is read.
#[derive(Debug)]
pub struct KindRow {
    /// The key of its table, `[[convert]]`.
    pub key: &'static str,
    /// What it does, in one sentence.
    pub means: &'static str,
    /// Reads the keys that are this kind's own; the ones all kinds share have been taken.
    pub parse: fn(&mut Fields<'_>) -> Result<Box<dyn Kind>>,
}

/// What a declared transformation of a kind can say about itself.
pub trait Kind: std::fmt::Debug + Send + Sync {
    /// What it touches, as far as the declaration says. `known` has every table of its stage, before and after.
    fn touches(&self, step: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches>;

    /// The Movements it stands for, over the tables that are there when it runs.
    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>>;

    /// What must hold afterwards by the nature of the kind, whatever the declaration checks besides.
    fn checks(&self, _step: &Transformation, _dialect: &str) -> Result<Vec<Check>> {
        Ok(Vec::new())
    }
}

mod convert;
mod copy;
mod enrich;
mod insert;

/// Every kind.
pub const KINDS: &[KindRow] = &[copy::ROW, convert::ROW, enrich::ROW];

/// Kinds of the design that come later, so that their names are no unknown keys.
pub const LATER: &[&str] = &["merge", "split", "pipeline"];

/// `from` and `into` of a kind that reads one table and writes one.
fn tables(fields: &mut Fields<'_>) -> Result<(String, String)> {
    if let Some(from) = fields.peek("from")
        && from.fields().is_ok()
    {
        return Err(Error::new(codes::NOT_YET, "sources outside the database are not there yet").at(from.place()));
    }
    Ok((fields.required_name("from")?, fields.required_target("into")?))
}

/// `[<kind>.columns]`, in the order it is written.
fn columns(fields: &mut Fields<'_>) -> Result<Vec<(String, Column)>> {
    let missing = fields.missing("columns");
    let mut columns = fields.fields("columns")?.ok_or(missing)?;
    let parsed: Vec<(String, Column)> = columns
        .entries()
        .into_iter()
        .map(|(name, node)| Ok((name.clone(), Column::parse(&name, &node)?)))
        .collect::<Result<_>>()?;
    match parsed.is_empty() {
        true => Err(Error::new(codes::BAD_COLUMN, "there is no column here").at(columns.place())),
        false => Ok(parsed),
    }
}
