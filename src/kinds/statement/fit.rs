//! Whether a statement is a walk over one table, whose batches do what the whole would do.

use super::items::Item;
use super::parts::{Body, Parts, Select};
use crate::catalog::{SqlText, Transformation};
use crate::columns::{Column, Origin};
use crate::error::{Error, Place, Result, codes};
use crate::kinds::ends::Ends;
use crate::kinds::insert::{Insert, Walk};
use crate::kinds::step::table;
use crate::schema::{Table, Tables};
use crate::sql::{self, TokenKind};

/// A statement as a walk.
pub struct Walked {
    /// What is walked, and what is written.
    pub insert: Insert,
    /// What the source is called in the expressions.
    pub alias: Option<String>,
    /// Whether rows whose key is there are left out.
    pub skips: bool,
}

/// The statement as a walk over one table; else why it is none.
pub fn walk(
    parts: &Parts,
    step: &Transformation,
    target: &Table,
    tables: &dyn Tables,
    place: &Place,
) -> Result<std::result::Result<Walked, &'static str>> {
    let select = match &parts.body {
        Body::Rows(select) => select,
        Body::Whole(why) => return Ok(Err(why)),
    };
    let source = table(tables, &select.from, place)?;
    if let Some(why) = hindrance(select, step, &source, target, tables) {
        return Ok(Err(why));
    }
    let names = names(parts, target, place)?;
    let values = values(select, &source, place);
    if names.len() != values.len() {
        let message = format!("the statement gives {} values for {} columns", values.len(), names.len());
        return Err(Error::new(codes::BAD_COLUMN, message).at(place.clone()));
    }
    let insert = Insert {
        from: source.name,
        into: target.name.clone(),
        columns: Some(names.into_iter().zip(values).collect()),
        when: select.filter.as_ref().map(|filter| SqlText::plain(filter.clone(), place.clone())),
        walk: Walk::Step,
        ends: Ends::both(place),
        place: place.clone(),
    };
    Ok(Ok(Walked { insert, alias: select.alias.clone(), skips: select.skips }))
}

/// What keeps batches from doing what the whole statement would do.
fn hindrance(
    select: &Select,
    step: &Transformation,
    source: &Table,
    target: &Table,
    tables: &dyn Tables,
) -> Option<&'static str> {
    let is = |name: &str, other: &str| name.eq_ignore_ascii_case(other);
    if is(&source.name, &target.name) {
        return Some("it reads the table that it writes");
    }
    if step.key.is_none() && source.primary_key.is_empty() && !source.rowid {
        return Some("its source has no key that could be walked");
    }
    if select.alias.as_ref().is_some_and(|alias| is(alias, &target.name)) {
        return Some("its source is called as its target is");
    }
    let expressions = || {
        let values = select.items.iter().filter_map(|item| match item {
            Item::All => None,
            Item::One(text, _) => Some(text),
        });
        values.chain(&select.filter)
    };
    // A later batch would see what an earlier one wrote.
    let sees = |name: &String| is(name, &target.name) || tables.table(name).is_some_and(|table| table.is_view);
    if expressions().any(|text| selects(text) && sql::names(text).iter().any(sees)) {
        return Some("an expression of it may read the table that it writes");
    }
    let named = |alias: &String| {
        let filter = select.filter.as_deref().map(sql::names).unwrap_or_default();
        source.column(alias).is_none() && filter.iter().any(|name| is(name, alias))
    };
    let aliases = select.items.iter().filter_map(|item| match item {
        Item::All => None,
        Item::One(_, alias) => alias.as_ref(),
    });
    aliases.into_iter().any(named).then_some("its condition names one of its values")
}

/// Whether an expression may look into a table.
fn selects(text: &str) -> bool {
    let tokens = sql::tokens(text).unwrap_or_default();
    let is = |at: usize, expected: &str| {
        tokens.get(at).is_some_and(|token| sql::word(text, token).eq_ignore_ascii_case(expected))
    };
    (0..tokens.len()).any(|at| match tokens[at].kind {
        TokenKind::Word => is(at, "SELECT") || (is(at, "IN") && !is(at + 1, "(")),
        _ => false,
    })
}

/// The columns that are written.
fn names(parts: &Parts, target: &Table, place: &Place) -> Result<Vec<String>> {
    let Some(columns) = &parts.columns else {
        return Ok(target.columns.iter().filter(|it| !it.generated).map(|it| it.name.clone()).collect());
    };
    let twice = |at: &usize| columns[..*at].iter().any(|other| other.eq_ignore_ascii_case(&columns[*at]));
    match (0..columns.len()).find(twice) {
        None => Ok(columns.clone()),
        Some(at) => {
            let message = format!("the statement writes the column {} twice", columns[at]);
            Err(Error::new(codes::BAD_COLUMN, message).at(place.clone()))
        }
    }
}

/// The values, as columns of a declaration.
fn values(select: &Select, source: &Table, place: &Place) -> Vec<Column> {
    let column = |origin: Origin| Column { origin, functions: Vec::new(), rules: Vec::new(), place: place.clone() };
    let mut values = Vec::new();
    for item in &select.items {
        match item {
            Item::All => {
                values.extend(
                    source.columns.iter().map(|it| column(Origin::Sql(expression(&sql::quoted(&it.name), place)))),
                );
            }
            Item::One(text, _) => values.push(column(Origin::Sql(expression(text, place)))),
        }
    }
    values
}

fn expression(text: &str, place: &Place) -> SqlText {
    SqlText::plain(text, place.clone())
}
