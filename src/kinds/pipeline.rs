//! `pipeline`: several movements of data in a row, under one id and with one way back.

use super::step::{share_hidden, undo_once};
use super::{Hides, KINDS, Kind, KindRow, hint_slid, label, parts};
use crate::catalog::{Fields, Node, Transformation, UndoDeclared};
use crate::check::Check;
use crate::error::{Error, Place, Result, codes};
use crate::movement::Movement;
use crate::schema::Tables;
use crate::touch::Touches;
use std::collections::BTreeSet;

/// The kind's row.
pub const ROW: KindRow =
    KindRow { key: "pipeline", means: "Does several of the other kinds in a row, as one step.", parse };

/// `[[pipeline.do]]`, in their order: each may read what an earlier one wrote.
#[derive(Debug)]
struct Pipeline {
    parts: Vec<Transformation>,
}

/// Keys that every kind takes, and that mean rows of one table: a pipeline has none of its own.
const OF_A_PART: [&str; 4] = ["key", "where", "on_conflict", "rule"];

fn parse(fields: &mut Fields<'_>) -> Result<Box<dyn Kind>> {
    if let Some(key) = OF_A_PART.into_iter().find(|key| fields.has(key)) {
        let message =
            format!("`{}.{key}` is about rows of one table, and a pipeline has none of its own", fields.path());
        return Err(Error::new(codes::UNKNOWN_KEY, message)
            .hint(format!("write `{key}` in the part that is meant, such as [{}.do.convert]", fields.path()))
            .at(fields.place_of(key)));
    }
    let nodes = parts(fields, "do")?;
    let parts = nodes.iter().map(|node| read(node, fields)).collect::<Result<_>>()?;
    Ok(Box::new(Pipeline { parts }))
}

/// One `[[pipeline.do]]`: a table with the table of one kind in it.
fn read(node: &Node<'_>, whole: &Fields<'_>) -> Result<Transformation> {
    let mut fields = node.fields()?;
    let place = fields.place();
    let path = node.path();
    for key in OF_A_PART.into_iter().chain(["on_invalid", "undo", "from", "into", "table", "columns"]) {
        fields.elsewhere(key, &format!("`{key}` belongs to the kind: write it below [{path}.convert] or its like"));
    }
    hint_slid(&mut fields, node);
    let given: Vec<_> = KINDS.iter().filter_map(|row| Some((row, fields.take(row.key)?))).collect();
    fields.finish()?;
    let (row, node) = match given.as_slice() {
        [one] => one,
        [] => {
            return Err(Error::new(codes::MISSING_KEY, format!("`{path}` does not say what is done"))
                .hint(format!("a kind stands in it, such as [{path}.convert]"))
                .at(place));
        }
        [_, (row, node), ..] => {
            return Err(Error::new(
                codes::BAD_VALUE,
                format!("one part does one thing, and `{}` is a second", row.key),
            )
            .hint(format!("write [[{path}]] above it, for a part of its own"))
            .at(node.place()));
        }
    };
    if row.key == ROW.key {
        return Err(Error::new(codes::BAD_VALUE, "a pipeline cannot stand in a pipeline")
            .hint("write its parts here, one after another")
            .at(node.place()));
    }
    if node.kind() == "array" {
        return Err(node.wrong("a table").hint(format!("write [{}] with one bracket", node.path())));
    }
    Transformation::read_part(row, node, whole)
}

impl Kind for Pipeline {
    fn touches(&self, _: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        let mut touches = Touches::default();
        for part in &self.parts {
            let of_part = part.declared.touches(part, dialect, known);
            touches.extend(&of_part.map_err(|error| error.at(part.place.clone()))?);
        }
        Ok(touches)
    }

    fn keys(&self, step: &Transformation) -> BTreeSet<String> {
        let parts = self.parts.iter().map(|part| part.under(&step.defaults));
        parts.flat_map(|part| part.declared.keys(&part)).collect()
    }

    fn hides(&self, _: &Transformation, dialect: &str) -> Hides {
        let mut hides = Hides::default();
        self.parts.iter().for_each(|part| hides.extend(part.declared.hides(part, dialect)));
        hides
    }

    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        let mut all: Vec<Movement> = Vec::new();
        let mut counted: Vec<(String, &Transformation)> = Vec::new();
        let parts: Vec<Transformation> = self.parts.iter().map(|part| part.under(&step.defaults)).collect();
        for (at, part) in parts.iter().enumerate() {
            let movements = part.lower(dialect, tables).map_err(|error| error.at(part.place.clone()))?;
            refuse_uncounted(&counted, part, &movements)?;
            if let Some(first) = movements.first().filter(|_| part.has_checks(dialect)) {
                counted.push((first.from.table.clone(), part));
            }
            let number = (at + 1).to_string();
            all.extend(movements.into_iter().map(|movement| label::movement_under(&number, movement)));
        }
        if let Some(UndoDeclared::Sql(_)) = step.undo {
            undo_once(&mut all);
        }
        share_hidden(&mut all);
        Ok(all)
    }

    fn place(&self, movement: &Movement) -> Option<&Place> {
        self.parts.iter().find_map(|part| part.declared.place(movement))
    }

    fn checks(&self, _: &Transformation, dialect: &str) -> Result<Vec<Check>> {
        let checks = self.parts.iter().map(|part| part.declared.checks(part, dialect));
        Ok(checks.collect::<Result<Vec<_>>>()?.concat())
    }
}

impl Transformation {
    fn has_checks(&self, dialect: &str) -> bool {
        self.declared.checks(self, dialect).is_ok_and(|checks| !checks.is_empty())
    }
}

/// What a part counts in its source is asked when the whole pipeline is done: the source must still be as it was.
fn refuse_uncounted(
    counted: &[(String, &Transformation)],
    part: &Transformation,
    movements: &[Movement],
) -> Result<()> {
    let written = |source: &str| movements.iter().any(|movement| movement.into.eq_ignore_ascii_case(source));
    let Some((source, split)) = counted.iter().find(|(source, _)| written(source)) else { return Ok(()) };
    let message = format!("{source} is written here after the {} before has read it", split.kind.key);
    Err(Error::new(codes::BAD_VALUE, message)
        .hint("at the end its rows are counted, to see that none was lost: make two steps of it, with `needs`")
        .at(part.place.clone()))
}
