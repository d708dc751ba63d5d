//! What each kind reads of a stage file, and the Movements it gives for it.

mod insert;
mod merge;
mod pipeline;
mod split;

use crate::catalog::{Stage, Transformation};
use crate::engine::{Dialect, Reader};
use crate::error::{Error, Result, Text};
use crate::movement::{Formula, Movement, Undo};
use crate::sqlite::Sqlite;

/// A stage file with this in it, from line 4 on.
fn stage(toml: &str) -> Result<Stage> {
    let text = format!("[stage]\nname = \"trial\"\nversion = \"1.0.0\"\n{toml}");
    Stage::parse(&Text::new("plans/trial.toml", text))
}

/// The one transformation of a stage file.
fn step(toml: &str) -> Result<Transformation> {
    stage(toml).map(|mut stage| stage.transformations.remove(0))
}

/// A database in which nothing is real.
fn reader(schema: &[&str]) -> Box<dyn Reader> {
    let schema: Vec<String> = schema.iter().map(|statement| (*statement).to_owned()).collect();
    Sqlite::default().reader(&schema).unwrap()
}

/// The Movements over these tables; each compiles.
fn lowered(toml: &str, schema: &[&str]) -> Result<Vec<Movement>> {
    let (step, reader) = (step(toml)?, reader(schema));
    let movements = step.declared.lower(&step, "sqlite", &*reader)?;
    movements.iter().for_each(|movement| drop(reader.compile(movement).unwrap()));
    Ok(movements)
}

fn refused(toml: &str, schema: &[&str]) -> Error {
    lowered(toml, schema).map(|movements| panic!("{toml}\n{movements:?}")).unwrap_err()
}

/// Code, line and words of a refusal.
#[track_caller]
fn assert_refused(error: &Error, code: &crate::error::Code, line: usize, words: &str) {
    let hint = error.hint_text().unwrap_or_default();
    let found = (error.code().id, error.place().map(|place| place.line));
    assert_eq!(found, (code.id, Some(line)), "{error}\n{hint}");
    assert!(format!("{error} {hint}").contains(words), "{words}: {error}\n{hint}");
}

/// A formula in short.
fn short(formula: &Formula) -> String {
    match formula {
        Formula::Column(name) => name.clone(),
        Formula::Constant(value) => value.to_string(),
        Formula::Sql(text) => format!("({text})"),
        Formula::New(new, label) => format!("{new:?} {label}"),
        Formula::Call(function, inner) => format!("{} {}", function.name(), short(inner)),
    }
}

/// Columns and their values in short.
fn columns(movement: &Movement) -> Vec<String> {
    movement.columns.iter().map(|assign| format!("{} = {}", assign.column, short(&assign.value))).collect()
}

fn undo(movements: &[Movement]) -> Vec<&'static str> {
    movements.iter().map(|movement| movement.undo.word()).collect()
}

#[test]
fn every_kind_says_what_it_does() {
    for kind in super::KINDS {
        assert!(kind.means.ends_with('.'), "{}", kind.key);
    }
}
