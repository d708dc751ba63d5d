//! What `copy` and `convert` share: rows of one table become new rows of another.
//!
//! Takes the declared tables and columns; gives touches and one Movement. Must not know an engine.

use crate::catalog::{OnConflict, OnInvalid, RuleDeclared, SqlText, Transformation, Triggers, UndoDeclared};
use crate::columns::Column;
use crate::error::{Error, Place, Result, codes, nearest};
use crate::movement::{Assign, Conflict, Formula, Invalid, Movement, Relation, Rule, Undo, Write};
use crate::schema::{Table, Tables};
use crate::sql;
use crate::touch::{Spot, Spots, Touches};

/// The tables, and the columns where they are named.
#[derive(Debug)]
pub struct Insert {
    /// The table that is read.
    pub from: String,
    /// The table that is written.
    pub into: String,
    /// Its columns; all of the same name where there are none.
    pub columns: Option<Vec<(String, Column)>>,
}

impl Insert {
    /// What it touches.
    pub fn touches(&self, step: &Transformation, dialect: &str, known: &dyn Tables) -> Result<Touches> {
        let mut touches = Touches::default();
        touches.writes.add(&Spot::table(&self.into));
        let Some(columns) = &self.columns else {
            touches.reads.add(&Spot::table(&self.from));
            touches.reads.extend(&mentioned(step.filter.as_ref(), dialect, &self.from, known)?);
            return Ok(touches);
        };
        for (target, column) in columns {
            let formula = column.formula(target, dialect)?;
            touches.reads.extend(&of_formula(&formula, &self.from, known));
        }
        touches.reads.extend(&mentioned(step.filter.as_ref(), dialect, &self.from, known)?);
        touches.reads.extend(&of_key(step, &self.from, known));
        Ok(touches)
    }

    /// Its one Movement.
    pub fn lower(&self, step: &Transformation, dialect: &str, tables: &dyn Tables) -> Result<Vec<Movement>> {
        refuse_later(step)?;
        let source = table(tables, &self.from, &step.place)?;
        let target = table(tables, &self.into, &step.place)?;
        let columns = self.assigns(&source, &target, step, dialect)?;
        refuse_missing(&target, &columns, &step.place)?;
        let conflict = conflict(step, &target)?;
        let undo = undo(step, dialect, &target, &columns, &conflict)?;
        let filter = step.filter.as_ref().map(|filter| filter.of(dialect).map(str::to_owned)).transpose()?;
        Ok(vec![Movement {
            name: target.name.clone(),
            from: Relation { table: source.name.clone(), filter, key: key(step, &source)? },
            lookup: None,
            into: target.name.clone(),
            columns,
            write: Write::Insert(conflict),
            undo,
            rules: rules(step, dialect)?,
            invalid: invalid(step),
        }])
    }

    fn assigns(&self, source: &Table, target: &Table, step: &Transformation, dialect: &str) -> Result<Vec<Assign>> {
        let Some(columns) = &self.columns else { return same_names(source, target, &step.place) };
        columns
            .iter()
            .map(|(name, column)| {
                let known = target.column(name).filter(|column| !column.generated);
                let Some(known) = known else { return Err(unknown_column(target, name).at(column.place.clone())) };
                let value = column.formula(name, dialect)?;
                if let Formula::Column(from) = &value
                    && source.column(from).is_none()
                {
                    return Err(unknown_column(source, from).at(column.place.clone()));
                }
                Ok(Assign { column: known.name.clone(), value, place: column.place.clone() })
            })
            .collect()
    }
}

/// Every column that both tables have.
fn same_names(source: &Table, target: &Table, place: &Place) -> Result<Vec<Assign>> {
    let writable = target.columns.iter().filter(|column| !column.generated && source.column(&column.name).is_some());
    let columns: Vec<Assign> = writable
        .map(|column| Assign {
            column: column.name.clone(),
            value: Formula::Column(column.name.clone()),
            place: place.clone(),
        })
        .collect();
    if columns.is_empty() {
        let message = format!("{} and {} have no column of the same name", source.name, target.name);
        return Err(Error::new(codes::BAD_COLUMN, message).at(place.clone()));
    }
    Ok(columns)
}

/// A table, or an error that names the nearest one.
pub fn table(tables: &dyn Tables, name: &str, place: &Place) -> Result<Table> {
    tables.table(name).ok_or_else(|| {
        let names = tables.names();
        let error =
            Error::new(codes::UNKNOWN_TABLE, format!("there is no table {name} when this step runs")).at(place.clone());
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("was {near} meant?")),
            None => error,
        }
    })
}

/// The error for a column that a table does not have, or that cannot be written.
pub fn unknown_column(table: &Table, name: &str) -> Error {
    if table.column(name).is_some_and(|column| column.generated) {
        return Error::new(
            codes::BAD_COLUMN,
            format!("{}.{name} is computed by the database and cannot be written", table.name),
        );
    }
    let error = Error::new(codes::UNKNOWN_TABLE, format!("{} has no column {name}", table.name));
    match nearest(name, table.columns.iter().map(|column| column.name.as_str())) {
        Some(near) => error.hint(format!("was {near} meant?")),
        None => error,
    }
}

fn refuse_missing(target: &Table, columns: &[Assign], place: &Place) -> Result<()> {
    let given = |name: &str| columns.iter().any(|assign| assign.column.eq_ignore_ascii_case(name));
    let automatic = |name: &str| target.rowid && target.primary_key.len() == 1 && target.primary_key[0] == name;
    let missing = target.columns.iter().find(|column| {
        column.not_null
            && column.default.is_none()
            && !column.generated
            && !given(&column.name)
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

/// Parts of the declaration that come with a later version.
pub fn refuse_later(step: &Transformation) -> Result<()> {
    match step.triggers {
        None | Some(Triggers::Fire) => Ok(()),
        Some(_) => {
            Err(Error::new(codes::NOT_YET, "triggers other than \"fire\" are not there yet").at(step.place.clone()))
        }
    }
}

/// The rules over whole rows.
pub fn rules(step: &Transformation, dialect: &str) -> Result<Vec<Rule>> {
    let rule =
        |declared: &RuleDeclared| Ok(Rule { name: declared.name.clone(), sql: declared.sql.of(dialect)?.to_owned() });
    step.rules.iter().map(rule).collect()
}

/// What becomes of rows that are not valid.
pub fn invalid(step: &Transformation) -> Invalid {
    match step.on_invalid {
        OnInvalid::Fail => Invalid::Fail,
        OnInvalid::Skip => Invalid::Skip,
        OnInvalid::Quarantine => Invalid::Quarantine,
    }
}

/// The rule for keys that are there already.
fn conflict(step: &Transformation, target: &Table) -> Result<Conflict> {
    let column = |name: &String| {
        let known = target.column(name);
        known.map(|column| column.name.clone()).ok_or_else(|| unknown_column(target, name).at(step.place.clone()))
    };
    Ok(match &step.on_conflict {
        OnConflict::Fail => Conflict::Fail,
        OnConflict::Skip => Conflict::Skip,
        OnConflict::Overwrite => Conflict::Overwrite,
        OnConflict::Fill(columns) => Conflict::Fill(columns.iter().map(column).collect::<Result<_>>()?),
        OnConflict::Newest(name) => Conflict::Newest(column(name)?),
        OnConflict::NewKey(_) | OnConflict::Ask => {
            let message = "this on_conflict rule is not there yet";
            return Err(Error::new(codes::NOT_YET, message).at(step.place.clone()));
        }
    })
}

/// How the step is taken back: as declared, else derived where the target's key follows from the source, else by journal.
fn undo(step: &Transformation, dialect: &str, target: &Table, columns: &[Assign], conflict: &Conflict) -> Result<Undo> {
    let derived = || derived_key(target, columns).filter(|_| *conflict == Conflict::Fail);
    Ok(match &step.undo {
        Some(UndoDeclared::None) => Undo::None,
        Some(UndoDeclared::Journal) => Undo::Journal,
        Some(UndoDeclared::Sql(text)) => Undo::Sql(text.of(dialect)?.to_owned()),
        Some(UndoDeclared::Derive) => Undo::Derive {
            key: derived().ok_or_else(|| {
                Error::new(codes::BAD_VALUE, "undo = \"derive\" needs a key of the target that follows from the source, and on_conflict = \"fail\"")
                    .hint("leave undo out: evolve then keeps a journal")
                    .at(step.place.clone())
            })?,
        },
        None => derived().map_or(Undo::Journal, |key| Undo::Derive { key }),
    })
}

/// A key of the target whose columns are all given, each the same whenever it is computed again.
fn derived_key(target: &Table, columns: &[Assign]) -> Option<Vec<String>> {
    let given = |name: &String| columns.iter().find(|assign| assign.column.eq_ignore_ascii_case(name));
    if columns.iter().any(|assign| volatile(&assign.value)) {
        return None;
    }
    let no_null =
        |name: &String| target.primary_key.contains(name) || target.column(name).is_some_and(|column| column.not_null);
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

fn volatile(formula: &Formula) -> bool {
    match formula {
        Formula::Sql(text) => sql::is_volatile(text),
        Formula::Call(_, inner) => volatile(inner),
        Formula::New(..) => true,
        Formula::Column(_) | Formula::Constant(_) => false,
    }
}

/// The key that is walked: as declared, else the primary key; empty where rows have a number of their own.
pub fn key(step: &Transformation, source: &Table) -> Result<Vec<String>> {
    if let Some(key) = &step.key {
        let known = |name: &String| source.column(name).map(|column| column.name.clone());
        return key
            .iter()
            .map(|name| known(name).ok_or_else(|| unknown_column(source, name).at(step.place.clone())))
            .collect();
    }
    if source.primary_key.is_empty() && !source.rowid {
        let message = format!("{} has no key that could be walked", source.name);
        return Err(Error::new(codes::NO_KEY, message).hint("name one: key = [\"column\"]").at(step.place.clone()));
    }
    Ok(source.primary_key.clone())
}

/// The columns of `from`, and other tables, that an expression mentions.
pub fn mentioned(text: Option<&SqlText>, dialect: &str, from: &str, known: &dyn Tables) -> Result<Spots> {
    Ok(text.map(|text| text.of(dialect)).transpose()?.map(|text| of_sql(text, from, known)).unwrap_or_default())
}

/// What a formula reads.
pub fn of_formula(formula: &Formula, from: &str, known: &dyn Tables) -> Spots {
    match formula {
        Formula::Column(name) => [Spot::column(from, name)].into_iter().collect(),
        Formula::Constant(_) | Formula::New(..) => Spots::default(),
        Formula::Sql(text) => of_sql(text, from, known),
        Formula::Call(_, inner) => of_formula(inner, from, known),
    }
}

/// What SQL over a row of `from` reads: columns of it by name, and any other table as a whole.
pub fn of_sql(text: &str, from: &str, known: &dyn Tables) -> Spots {
    let mut spots = Spots::default();
    let source = known.table(from);
    for name in sql::names(text) {
        if source.as_ref().is_some_and(|table| table.column(&name).is_some()) {
            spots.add(&Spot::column(from, &name));
        } else if !name.eq_ignore_ascii_case(from) && known.table(&name).is_some() {
            spots.add(&Spot::table(&name));
        }
    }
    spots
}

/// The key that is walked, as far as it is known.
pub fn of_key(step: &Transformation, from: &str, known: &dyn Tables) -> Spots {
    let key = step.key.clone().or_else(|| known.table(from).map(|table| table.primary_key)).unwrap_or_default();
    let mut spots: Spots = key.iter().map(|column| Spot::column(from, column)).collect();
    if spots.is_empty() {
        spots.add(&Spot::table(from));
    }
    spots
}
