//! What SQLite makes of values by the declared type of their column.
//!
//! Takes a declared type and a Movement; gives the Movement with a guard wherever a function's value would be stored as
//! another. Must not know what any function does.

use crate::columns::{Numbers, guarded};
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
    if target.is_view || target.is_virtual {
        return;
    }
    let is_strict = shape::is_strict(target);
    for assign in &mut movement.columns {
        let Some(column) = target.column(&assign.column) else { continue };
        let numbers = match affinity(&column.declared) {
            "real" => Numbers::Real,
            "numeric" if is_strict && column.declared.eq_ignore_ascii_case("ANY") => continue,
            "integer" | "numeric" => Numbers::Any,
            _ => continue,
        };
        guard_value(&mut assign.value, numbers);
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
