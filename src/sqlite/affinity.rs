//! What SQLite makes of values by the declared type of their column.
//!
//! Takes a declared type and a Movement; gives the Movement with a guard wherever a function's value would be stored as
//! another. Must not know what any function does.

use crate::columns::{Numbers, guarded, kept};
use crate::error::{Error, Result, codes};
use crate::movement::{Formula, Movement};
use crate::schema::Table;
use crate::sqlite::shape;

/// SQLite's rules for the affinity of a declared type (datatype3.html, section 3.1).
pub fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    match () {
        () if has("INT") => "integer",
        () if has("CHAR") || has("CLOB") || has("TEXT") => "text",
        () if has("BLOB") || declared.is_empty() => "blob",
        () if has("REAL") || has("FLOA") || has("DOUB") => "real",
        () => "numeric",
    }
}

/// Puts a guard upon the functions of each column that makes numbers of text: a value that would be stored as another is
/// refused, as any that does not convert.
pub fn guard(movement: &mut Movement, target: &Table) {
    for assign in &mut movement.columns {
        if let Some(numbers) = numbers(target, &assign.column) {
            guard_value(&mut assign.value, numbers);
        }
    }
}

/// Refuses a constant that its column would store as another, before anything is done.
pub fn check_constants(movement: &Movement, target: &Table) -> Result<()> {
    for assign in &movement.columns {
        let Formula::Constant(value) = &assign.value else { continue };
        let Some(numbers) = numbers(target, &assign.column) else { continue };
        if let Err(why) = kept(value.clone(), numbers) {
            let message = format!("the value of `{}` is refused: {why}", assign.column);
            return Err(Error::new(codes::BAD_COLUMN, message).at(assign.place.clone()));
        }
    }
    Ok(())
}

/// Which numbers a column makes of text, where it makes any.
fn numbers(target: &Table, column: &str) -> Option<Numbers> {
    let column = target.column(column).filter(|_| !target.is_view && !target.is_virtual)?;
    match affinity(&column.declared) {
        "real" => Some(Numbers::Real),
        "numeric" if column.declared.eq_ignore_ascii_case("ANY") && shape::is_strict(target) => None,
        "integer" | "numeric" => Some(Numbers::Any),
        _ => None,
    }
}

/// The last function that is not SQL: what is SQL gives constants of the file, or what came in.
fn guard_value(value: &mut Formula, numbers: Numbers) {
    let Formula::Call(function, inner) = value else { return };
    if function.sql("\"x\"").is_none() {
        *function = guarded(function, numbers);
    } else if function.sql("x()").is_some() {
        guard_value(inner, numbers);
    }
}
