//! The kinds of transformation: one file and one row each.
//!
//! A kind takes its own part of a declaration and gives [`Movement`]s. It must not know an
//! engine, nor how a Movement is run.

use crate::catalog::{Fields, Node, Transformation};
use crate::check::Check;
use crate::columns::Column;
use crate::error::{Error, Place, Result, codes, nearest};
use crate::movement::Movement;
use crate::schema::Tables;
use crate::touch::Touches;
use std::collections::BTreeSet;

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

    /// The names of the keys with which it protects columns, and what it overwrites of them.
    fn keys(&self, _step: &Transformation) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// The columns that hold in plain what it protects elsewhere.
    fn hides(&self, _step: &Transformation, _dialect: &str) -> Hides {
        Hides::default()
    }

    /// Where the text stands that one of its Movements is made of, where it is one text.
    fn place(&self, _movement: &Movement) -> Option<&Place> {
        None
    }

    /// What must hold afterwards by the nature of the kind, whatever the declaration checks besides.
    fn checks(&self, _step: &Transformation, _dialect: &str) -> Result<Vec<Check>> {
        Ok(Vec::new())
    }
}

mod convert;
mod copy;
mod elsewhere;
mod ends;
mod enrich;
mod hides;
mod insert;
mod label;
mod merge;
mod new_key;
mod pipeline;
mod reads;
mod split;
mod statement;
mod step;

pub use elsewhere::Elsewhere;
pub use hides::{Hidden, Hides, Protected};

/// Every kind.
pub const KINDS: &[KindRow] = &[copy::ROW, convert::ROW, merge::ROW, split::ROW, enrich::ROW, pipeline::ROW];

/// Kinds of the design that come later, so that their names are no unknown keys.
pub const LATER: &[&str] = &[];

/// What a kind reads under this key: the name of a table, or of a source, `{ source = "crm" }`.
fn source(fields: &mut Fields<'_>, key: &str) -> Result<String> {
    let from = fields.required(key)?;
    let Ok(mut outside) = from.fields() else { return from.name() };
    let name = outside.required("source")?;
    outside.finish()?;
    declared_source(&name)
}

/// The name of a source that the stage file declares.
fn declared_source(node: &Node<'_>) -> Result<String> {
    let (name, declared) = (node.identifier()?, &node.application().sources);
    if declared.contains_key(&name) {
        return Ok(name);
    }
    let error = Error::new(codes::BAD_VALUE, format!("this file declares no source {name}")).at(node.place());
    Err(match nearest(&name, declared.keys().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None => error.hint(format!("[source.{name}] with version and columns says what it is")),
    })
}

/// `[<kind>.columns]`, in the order it is written.
fn columns(fields: &mut Fields<'_>) -> Result<Vec<(String, Column)>> {
    let missing = fields.missing("columns");
    let mut columns = fields.fields("columns")?.ok_or(missing)?;
    let parsed: Vec<(String, Column)> = columns
        .entries()
        .into_iter()
        .map(|(name, node)| {
            crate::catalog::check_name(&name).map_err(|error| error.at(node.place()))?;
            Ok((name.clone(), Column::parse(&name, &node)?))
        })
        .collect::<Result<_>>()?;
    match parsed.is_empty() {
        true => Err(Error::new(codes::BAD_COLUMN, "there is no column here").at(columns.place())),
        false => Ok(parsed),
    }
}

/// The columns, where they are named.
fn optional_columns(fields: &mut Fields<'_>) -> Result<Option<Vec<(String, Column)>>> {
    if fields.has("columns") { columns(fields).map(Some) } else { Ok(None) }
}

/// The tables of `[[<kind>.<key>]]`, of which there is at least one.
fn parts<'a>(fields: &mut Fields<'a>, key: &str) -> Result<Vec<Node<'a>>> {
    let node = fields.required(key)?;
    let header = format!("write [[{}]] with two brackets", node.path());
    if node.kind() != "array" {
        return Err(node.wrong("an array of tables").hint(header));
    }
    let parts = node.list()?;
    match parts.iter().find(|part| part.kind() != "table") {
        Some(part) => Err(part.wrong("an array of tables").hint(header)),
        None if parts.is_empty() => Err(node.bad("needs at least one table").hint(header)),
        None => Ok(parts),
    }
}

/// Keys of a whole step, which slide into one of its parts when they are written below it.
const OF_THE_STEP: [&str; 17] = [
    "id",
    "title",
    "description",
    "needs",
    "key",
    "batch",
    "where",
    "on_invalid",
    "rule",
    "max_rejects",
    "on_conflict",
    "undo",
    "triggers",
    "check",
    "from",
    "into",
    "do",
];

/// One part of a step; of a key that slid into it the error says where it belongs.
fn part<'a>(node: &Node<'a>) -> Result<Fields<'a>> {
    let mut part = node.fields()?;
    hint_slid(&mut part, node);
    Ok(part)
}

/// Says of keys of the step where they belong.
fn hint_slid(part: &mut Fields<'_>, node: &Node<'_>) {
    let whole = node.path().rsplit_once('.').map_or("", |(whole, _)| whole);
    for key in OF_THE_STEP {
        part.elsewhere(
            key,
            &format!(
                "`{key}` belongs to `{whole}`, not to a part of it: in TOML a key belongs to the last header, so \
                 write it above [[{}]]",
                node.path()
            ),
        );
    }
}

#[cfg(test)]
mod tests;
