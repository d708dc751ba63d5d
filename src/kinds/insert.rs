//! What `copy`, `convert`, the parts of a `merge` and the pieces of a `split` are: rows of one table become new rows of
//! another.
//!
//! Takes the declared tables and columns; gives touches and one Movement. Must not know an engine.

use super::Hides;
use super::ends::Ends;
use super::reads::{is_volatile, of_formula, of_key, of_sql};
use super::step::{invalid, key, named, rules, table, undo_once, unknown_column};
use super::{new_key, step};
use crate::catalog::{OnConflict, OnInvalid, SqlText, Transformation, Triggers, UndoDeclared};
use crate::columns::Column;
use crate::error::{Error, Place, Result, codes};
use crate::movement::{Assign, Conflict, Formula, Movement, Relation, Undo, Write};
use crate::schema::{Table, Tables};
use crate::sql::{self, TokenKind};
use crate::touch::{Spot, Touches};
use std::collections::BTreeSet;

/// One walk over a table that makes rows of another.
#[derive(Debug)]
pub struct Insert {
    /// The table that is read.
    pub from: String,
    /// The table that is written.
    pub into: String,
    /// Its columns; all of the same name where there are none.
    pub columns: Option<Vec<(String, Column)>>,
    /// A condition of its own, besides the step's `where`.
    pub when: Option<SqlText>,
    /// The key it walks by.
    pub walk: Walk,
    /// Where its tables are named.
    pub ends: Ends,
    /// Where it is declared.
    pub place: Place,
}

/// The key of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Walk {
    /// The step's `key`, else the table's primary key.
    Step,
    /// The table's primary key; the step's `key` is the target's.
    Primary,
    /// These columns.
    By(Vec<String>),
}

impl Walk {
    fn said<'a>(&'a self, step: &'a Transformation) -> Option<&'a [String]> {
        match self {
            Self::Step => step.key.as_deref(),
            Self::Primary => None,
            Self::By(columns) => Some(columns),
        }
    }
}

/// What a declared column is worth: the kind's own way with links and labels.
pub type Formulas<'a> = &'a dyn Fn(&str, &Column) -> Result<Formula>;

impl Insert {
    /// What it touches.
    pub fn touches(
        &self,
        step: &Transformation,
        dialect: &str,
        known: &dyn Tables,
        formulas: Formulas<'_>,
    ) -> Result<Touches> {
        let mut touches = Touches::default();
        touches.writes.add(&Spot::table(&self.into));
        for condition in step.filter.iter().chain(&self.when) {
            touches.reads.extend(&of_sql(condition.of(dialect)?, &self.from, known));
        }
        let Some(columns) = &self.columns else {
            touches.reads.add(&Spot::table(&self.from));
            return Ok(touches);
        };
        for (name, column) in columns {
            touches.reads.extend(&of_formula(&formulas(name, column)?, &self.from, known));
        }
        step::rules_touch(columns.iter().map(|(_, column)| column), &mut touches);
        touches.reads.extend(&of_key(self.walk.said(step), &self.from, known));
        Ok(touches)
    }

    /// Its one Movement.
    pub fn lower(
        &self,
        step: &Transformation,
        dialect: &str,
        tables: &dyn Tables,
        formulas: Formulas<'_>,
    ) -> Result<Movement> {
        let source = table(tables, &self.from, &self.ends.from)?;
        let target = table(tables, &self.into, &self.ends.into)?;
        let columns = self.assigns(step, &source, &target, tables, formulas)?;
        refuse_missing(&target, &columns, &self.place)?;
        let from = Relation {
            table: source.name.clone(),
            source: step.source(&source.name).cloned(),
            alias: None,
            filter: self.filter(step, dialect)?,
            key: key(self.walk.said(step), &source, &self.place)?,
        };
        let hidden = self.hidden(formulas)?;
        step::refuse_hidden_key(&from.key, &hidden, &self.place)?;
        let conflict = self.conflict(step, &target, &columns)?;
        let derived = derived_key(&target, &columns)
            .filter(|_| conflict == Conflict::Fail && steady(&from, &columns, &target, tables))
            // A source may be gone, or have other rows, when the step goes back.
            .filter(|_| from.source.is_none())
            .filter(|_| !leaves_out(step, &columns));
        let fires = step.triggers != Some(Triggers::Hold) && tables.has_triggers(&target.name);
        Ok(Movement {
            name: target.name.clone(),
            undo: self.undo(step, dialect, derived, fires)?,
            from,
            lookup: None,
            into: target.name.clone(),
            columns,
            write: Write::Insert(conflict),
            rules: rules(step, dialect)?,
            invalid: invalid(step),
            hidden,
        })
    }

    /// The names of the keys that it needs.
    pub fn keys(&self, step: &Transformation) -> BTreeSet<String> {
        let columns = self.columns.iter().flatten().map(|(name, column)| (name, column));
        step::keys(step, columns, step::overwrites(step))
    }

    /// The columns that hold in plain what it protects.
    pub fn hides(&self, dialect: &str) -> Hides {
        Hides::of(&self.from, &self.into, self.columns.iter().flatten(), |name, column| {
            column.formula(name, dialect).ok()
        })
    }

    fn hidden(&self, formulas: Formulas<'_>) -> Result<Vec<String>> {
        let columns = self.columns.iter().flatten();
        let formulas = columns.map(|(name, column)| Ok((column, formulas(name, column)?)));
        Ok(step::hidden(formulas.collect::<Result<Vec<_>>>()?.into_iter()))
    }

    fn assigns(
        &self,
        step: &Transformation,
        source: &Table,
        target: &Table,
        tables: &dyn Tables,
        formulas: Formulas<'_>,
    ) -> Result<Vec<Assign>> {
        let Some(columns) = &self.columns else { return same_names(source, target, &self.place) };
        columns
            .iter()
            .filter(|(_, column)| !column.protection().is_some_and(|protection| protection.drops))
            .map(|(name, column)| {
                let known = target.column(name).filter(|column| !column.generated);
                let Some(known) = known else { return Err(unknown_column(target, name).at(column.place.clone())) };
                let value = formulas(name, column)?;
                if let Formula::Column(from) = &value
                    && source.column(from).is_none()
                {
                    return Err(unknown_column(source, from).at(column.place.clone()));
                }
                let rules = step::column_rules(column, &target.name, step::may_change(step), tables)?;
                Ok(Assign { column: known.name.clone(), value, rules, place: column.place.clone() })
            })
            .collect()
    }

    /// The step's `where` and its own condition, each in parentheses of its own where there are two.
    fn filter(&self, step: &Transformation, dialect: &str) -> Result<Option<String>> {
        let conditions: Vec<&SqlText> = step.filter.iter().chain(&self.when).collect();
        match conditions.as_slice() {
            [] => Ok(None),
            [one] => one.of(dialect).map(|text| Some(text.to_owned())),
            several => several
                .iter()
                .map(|condition| enclosed(condition, dialect))
                .collect::<Result<Vec<_>>>()
                .map(|all| Some(all.join(" AND "))),
        }
    }

    /// The rule for keys that are there already.
    fn conflict(&self, step: &Transformation, target: &Table, columns: &[Assign]) -> Result<Conflict> {
        Ok(match step.conflict() {
            OnConflict::Fail => Conflict::Fail,
            OnConflict::Skip => Conflict::Skip,
            OnConflict::Overwrite => Conflict::Overwrite,
            OnConflict::Fill(names) => {
                // What this walk has no value for cannot be filled by it.
                let mut filled = named(names, target, &self.place)?;
                filled.retain(|name| gives(columns, name));
                if filled.is_empty() { Conflict::Skip } else { Conflict::Fill(filled) }
            }
            OnConflict::Newest(name) => {
                let name = named(std::slice::from_ref(name), target, &self.place)?.remove(0);
                if !gives(columns, &name) {
                    let message = format!("`newest` compares {}.{name}, which gets no value here", target.name);
                    return Err(Error::new(codes::BAD_COLUMN, message)
                        .hint(format!("add {name} to the columns"))
                        .at(self.place.clone()));
                }
                Conflict::Newest(name)
            }
            OnConflict::NewKey(name) => Conflict::NewKey(new_key::of(name, target, columns, &self.place)?),
            OnConflict::Ask => Conflict::Ask(new_key::any(target, columns)),
        })
    }

    /// How it is taken back: as declared, else derived where the target's key follows from the source, else by journal.
    /// A trigger that fires may change what is written, which then is not what would be written again.
    fn undo(&self, step: &Transformation, dialect: &str, derived: Option<Vec<String>>, fires: bool) -> Result<Undo> {
        Ok(match &step.undo {
            Some(UndoDeclared::None) if *step.conflict() == OnConflict::Ask => {
                let message = "on_conflict = \"ask\" asks between batches, and a step with undo = \"none\" is to be one";
                return Err(Error::new(codes::BAD_VALUE, message)
                    .hint("leave undo out: evolve then keeps a journal")
                    .at(step.place.clone()));
            }
            Some(UndoDeclared::None) => Undo::None,
            Some(UndoDeclared::Journal) => Undo::Journal,
            Some(UndoDeclared::Sql(text)) => Undo::Sql(text.of(dialect)?.to_owned()),
            Some(UndoDeclared::Derive) => Undo::Derive {
                key: derived.ok_or_else(|| {
                    Error::new(codes::BAD_VALUE, "undo = \"derive\" needs a key of the target that follows from a table, on_conflict = \"fail\", and no row that is left out for what it holds")
                        .hint("leave undo out: evolve then keeps a journal")
                        .at(self.place.clone())
                })?,
            },
            None => derived.filter(|_| !fires).map_or(Undo::Journal, |key| Undo::Derive { key }),
        })
    }
}

/// What holds for all walks of a step together.
pub fn together(step: &Transformation, mut movements: Vec<Movement>) -> Result<Vec<Movement>> {
    undo_once(&mut movements);
    step::share_hidden(&mut movements);
    if let OnConflict::Fill(names) = step.conflict()
        && let Some(idle) = names.iter().find(|name| !movements.iter().any(|movement| gives(&movement.columns, name)))
    {
        let message = format!("`fill` names {idle}, which gets no value here");
        return Err(Error::new(codes::BAD_COLUMN, message)
            .hint(format!("add {idle} to the columns"))
            .at(step.place.clone()));
    }
    Ok(movements)
}

/// Whether a column gets a value.
pub fn gives(columns: &[Assign], name: &str) -> bool {
    columns.iter().any(|assign| assign.column.eq_ignore_ascii_case(name))
}

/// A condition in parentheses that it cannot leave, nor eat with a comment at its end.
pub fn enclosed(condition: &SqlText, dialect: &str) -> Result<String> {
    let text = condition.of(dialect)?;
    let mut depth = 0_i64;
    let closed = sql::tokens(text).is_ok_and(|tokens| {
        tokens.iter().all(|token| {
            match (token.kind, sql::word(text, token)) {
                (TokenKind::Sign, "(") => depth += 1,
                (TokenKind::Sign, ")") => depth -= 1,
                _ => {}
            }
            depth >= 0 && token.kind != TokenKind::Semicolon
        })
    });
    if closed && depth == 0 {
        return Ok(format!("({text}\n)"));
    }
    Err(Error::new(codes::BAD_EXPRESSION, "the condition is not one SQL expression").at(condition.place.clone()))
}

/// Every column that both tables have.
fn same_names(source: &Table, target: &Table, place: &Place) -> Result<Vec<Assign>> {
    let writable = target.columns.iter().filter(|column| !column.generated && source.column(&column.name).is_some());
    let columns: Vec<Assign> = writable
        .map(|column| Assign {
            column: column.name.clone(),
            value: Formula::Column(column.name.clone()),
            rules: Vec::new(),
            place: place.clone(),
        })
        .collect();
    if columns.is_empty() {
        let message = format!("{} and {} have no column of the same name", source.name, target.name);
        return Err(Error::new(codes::BAD_COLUMN, message).at(place.clone()));
    }
    Ok(columns)
}

fn refuse_missing(target: &Table, columns: &[Assign], place: &Place) -> Result<()> {
    let automatic = |name: &str| target.rowid && target.primary_key.len() == 1 && target.primary_key[0] == name;
    let missing = target.columns.iter().find(|column| {
        column.not_null
            && column.default.is_none()
            && !column.generated
            && !gives(columns, &column.name)
            && !automatic(&column.name)
    });
    match missing {
        None => Ok(()),
        Some(column) => Err(Error::new(
            codes::BAD_COLUMN,
            format!("{}.{} takes no NULL and has no default, and the step gives it no value", target.name, column.name),
        )
        .hint(format!("add {} to the columns", column.name))
        .at(place.clone())),
    }
}

/// A key of the target whose columns are all given, and not all the same for every row.
fn derived_key(target: &Table, columns: &[Assign]) -> Option<Vec<String>> {
    // A number that is given as NULL is made by the database.
    let is_null = |value: &Formula| matches!(value, Formula::Sql(text) if text.trim().eq_ignore_ascii_case("null"));
    let given = |name: &String| {
        columns.iter().find(|assign| assign.column.eq_ignore_ascii_case(name) && !is_null(&assign.value))
    };
    // A key of text may hold NULLs, which are found again by nothing.
    let no_null = |name: &String| {
        let is_number = |declared: &str| target.primary_key.len() == 1 && declared.eq_ignore_ascii_case("INTEGER");
        let is_key = target.primary_key.contains(name);
        target.column(name).is_some_and(|it| it.not_null || (is_key && (!target.rowid || is_number(&it.declared))))
    };
    target
        .keys()
        .find(|key| {
            key.iter().all(|name| given(name).is_some() && no_null(name))
                && key
                    .iter()
                    .any(|name| given(name).is_some_and(|assign| !matches!(assign.value, Formula::Constant(_))))
        })
        .map(<[String]>::to_vec)
}

/// Whether rows that are selected may not be written: then a row of the target with such a row's key is not the step's.
fn leaves_out(step: &Transformation, columns: &[Assign]) -> bool {
    let judged = |assign: &Assign| !assign.rules.is_empty() || matches!(assign.value, Formula::Call(..));
    step.invalid() != OnInvalid::Fail && (!step.rules.is_empty() || columns.iter().any(judged))
}

/// Whether the same rows with the same values are selected whenever it is asked: nothing is volatile, and nothing looks at
/// the rows that are written.
fn steady(from: &Relation, columns: &[Assign], target: &Table, tables: &dyn Tables) -> bool {
    let filter = from.filter.as_deref();
    let looks = |formula: &Formula| of_formula(formula, &from.table, tables).has_table(&target.name);
    !columns.iter().any(|assign| is_volatile(&assign.value) || looks(&assign.value))
        && !filter
            .is_some_and(|text| sql::is_volatile(text) || of_sql(text, &from.table, tables).has_table(&target.name))
}
