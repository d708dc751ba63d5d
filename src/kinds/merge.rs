//! `merge`: rows of several tables become rows of one, which are the same where their key is.

use super::ends::{self, Ends};
use super::insert::{Insert, Walk, gives, together};
use super::step::{named, table};
use super::{Hides, Kind, KindRow, declared_source, label, new_key, optional_columns, part, parts};
use crate::catalog::{Fields, Node, OnConflict, Transformation, UndoDeclared};
use crate::columns::Column;
use crate::error::{Error, Place, Result, codes};
use crate::movement::{Formula, Movement, Undo};
use crate::schema::{Table, Tables};
use crate::touch::Touches;
use std::collections::BTreeSet;

/// The kind's row.
pub const ROW: KindRow = KindRow {
    key: "merge",
    means: "Merges rows of several tables into one, by a key, with a rule for conflicts.",
    parse,
};

/// `[[merge.from]]`, in the order they are written: on a tie the earlier one wins.
#[derive(Debug)]
struct Merge {
    into: String,
    /// Where its target is named.
    place: Place,
    parts: Vec<Insert>,
}

fn parse(fields: &mut Fields<'_>) -> Result<Box<dyn Kind>> {
    let nodes = parts(fields, "from")?;
    if !fields.has("key") {
        return Err(missing_key(fields, &nodes));
    }
    let into = fields.required_target("into")?;
    let place = ends::named(fields, "into");
    let parts = nodes.iter().map(|node| read(node, &into, &place)).collect::<Result<_>>()?;
    Ok(Box::new(Merge { into, place, parts }))
}

fn missing_key(fields: &Fields<'_>, parts: &[Node<'_>]) -> Error {
    let slid = parts.iter().filter_map(|node| node.fields().ok()).find(|part| part.has("key"));
    let error = fields.missing("key");
    match slid {
        Some(part) => error.hint(format!(
            "`key` of line {} belongs to [[{}]], where it is the key that is walked; the merge's own, columns of its \
             target, stands above",
            part.place_of("key").line,
            part.path()
        )),
        None => error.hint("the columns of the target by which two rows are the same: key = [\"email\"]"),
    }
}

fn read(node: &Node<'_>, into: &str, into_place: &Place) -> Result<Insert> {
    let mut fields = part(node)?;
    let place = fields.place();
    let named = if fields.has("source") { "source" } else { "table" };
    let from = match fields.take("source") {
        Some(outside) => declared_source(&outside)?,
        None => fields.required_name("table")?,
    };
    let when = fields.sql("where")?;
    let walk = Transformation::read_key(&mut fields)?.map_or(Walk::Primary, Walk::By);
    let columns = optional_columns(&mut fields)?;
    let ends = Ends { from: ends::named(&fields, named), into: into_place.clone() };
    fields.elsewhere("table", "a part reads one of the two: `table` or `source`");
    fields.finish()?;
    if from.eq_ignore_ascii_case(into) {
        let message = format!("{into} is what the merge writes: its rows are there already");
        return Err(Error::new(codes::BAD_VALUE, message)
            .hint("leave this part out; `on_conflict` says what becomes of rows that are there")
            .at(place));
    }
    Ok(Insert { from, into: into.to_owned(), columns, when, walk, ends, place })
}

impl Kind for Merge {
    fn touches(&self, step: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        let mut touches = Touches::default();
        for part in &self.parts {
            touches.extend(&part.touches(step, dialect, known, &|name, column| column.formula(name, dialect))?);
        }
        Ok(touches)
    }

    fn keys(&self, step: &Transformation) -> BTreeSet<String> {
        self.parts.iter().flat_map(|part| part.keys(step)).collect()
    }

    fn hides(&self, _: &Transformation, dialect: &str) -> Hides {
        let mut hides = Hides::default();
        self.parts.iter().for_each(|part| hides.extend(part.hides(dialect)));
        hides
    }

    fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        if let Some(UndoDeclared::Derive) = step.undo {
            let message = "what a merge wrote follows from no one row: undo = \"journal\", \"none\" or SQL";
            return Err(Error::new(codes::BAD_VALUE, message).at(step.place.clone()));
        }
        let target = table(tables, &self.into, &self.place)?;
        let key = key(step, &target)?;
        refuse_other_new_key(step, &key)?;
        let labels = label::of_parts(self.parts.iter().map(|part| part.from.as_str()));
        let formula = |label: &str, name: &str, column: &Column| -> Result<Formula> {
            Ok(label::under(label, column.formula(name, dialect)?))
        };
        let movements = self.parts.iter().zip(&labels).map(|(part, label)| {
            let mut movement = part.lower(step, dialect, tables, &|name, column| formula(label, name, column))?;
            if let Some(lost) = key.iter().find(|name| !gives(&movement.columns, name)) {
                let message = format!("{lost} is of the merge's key, and {} gives it no value", part.from);
                return Err(Error::new(codes::BAD_COLUMN, message).at(part.place.clone()));
            }
            new_key::only_by(&mut movement, &key);
            if let Undo::Derive { .. } = movement.undo {
                // Another part may have written the same row.
                movement.undo = Undo::Journal;
            }
            Ok(movement)
        });
        together(step, movements.collect::<Result<_>>()?)
    }
}

/// Rows that are the same by the merge's key are one: only the key itself can be given anew.
fn refuse_other_new_key(step: &Transformation, key: &[String]) -> Result<()> {
    match step.conflict() {
        OnConflict::NewKey(name) if !matches!(key, [only] if only.eq_ignore_ascii_case(name)) => {
            let message =
                format!("`new_key` names {name}, and rows with the same {} would still be one", key.join(", "));
            Err(Error::new(codes::BAD_VALUE, message)
                .hint(format!("key = [\"{name}\"], or another on_conflict"))
                .at(step.place.clone()))
        }
        _ => Ok(()),
    }
}

/// The key by which rows are the same; the database must see to it that they are.
fn key(step: &Transformation, target: &Table) -> Result<Vec<String>> {
    let key = named(step.key.as_deref().unwrap_or_default(), target, &step.place)?;
    let is_key = |unique: &[String]| unique.len() == key.len() && unique.iter().all(|column| key.contains(column));
    if target.keys().any(is_key) {
        return Ok(key);
    }
    let columns = key.iter().map(|name| crate::sql::quoted(name)).collect::<Vec<_>>().join(", ");
    let index = crate::sql::quoted(&format!("{}_by_{}", target.name, key.join("_")));
    Err(Error::new(codes::NO_KEY, format!("nothing keeps rows of {} apart by {}", target.name, key.join(", ")))
        .hint(format!(
            "a unique index is missing; in a migration before: CREATE UNIQUE INDEX {index} ON {} ({columns})",
            crate::sql::quoted(&target.name)
        ))
        .at(step.place.clone()))
}
