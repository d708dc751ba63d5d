//! Which objects of a schema hold text in double quotes, so that they can be named.
//!
//! Takes the statements of a schema; each object is tried with double-quoted text on and off in a scratch database. What
//! compiles only with it on, holds some.

use crate::change::What;
use crate::schema::ObjectKind;
use crate::sql::quoted;
use crate::sqlite::parse;
use crate::sqlite::scratch::Scratch;
use crate::sqlite::shape;

/// The names of the objects, in the order they were made.
pub fn holders(schema: &[String]) -> Vec<String> {
    let Ok(scratch) = Scratch::new(&[], true) else { return Vec::new() };
    let mut found = Vec::new();
    for sql in schema {
        let What::Create { kind, name, table, .. } = parse::parse(sql).what else {
            let _ = scratch.execute(sql);
            continue;
        };
        let strictly = sql.contains('"')
            && match kind {
                ObjectKind::Table | ObjectKind::Index => differs(&scratch, |scratch| scratch.execute(sql).is_ok()),
                ObjectKind::View => {
                    let _ = scratch.execute(sql);
                    differs(&scratch, |scratch| scratch.ask(&format!("SELECT 1 FROM {}", quoted(&name))).is_ok())
                }
                ObjectKind::Trigger => trigger_differs(&scratch, sql, &table),
            };
        if strictly {
            found.push(name);
        }
        // Harmless where it is there by now.
        let _ = scratch.execute(sql);
    }
    found
}

/// Whether something fails with double-quoted text off, and not with it on.
fn differs(scratch: &Scratch, works: impl Fn(&Scratch) -> bool) -> bool {
    let strictly = scratch.strictly(|| works(scratch));
    !strictly && works(scratch)
}

/// Whether something that fires a trigger differs with it, and did not without.
fn trigger_differs(scratch: &Scratch, sql: &str, table: &str) -> bool {
    let fires = firing(scratch, table);
    let differing = |statement: &&String| differs(scratch, |scratch| scratch.ask(statement).is_ok());
    let same: Vec<&String> = fires.iter().filter(|statement| !differing(statement)).collect();
    scratch.execute(sql).is_ok() && same.iter().any(differing)
}

/// Statements that fire whatever triggers a table has.
fn firing(scratch: &Scratch, table: &str) -> Vec<String> {
    let name = quoted(table);
    let columns =
        shape::table(scratch.connection(), table).ok().flatten().map(|shape| shape.columns).unwrap_or_default();
    let set: Vec<String> = columns
        .iter()
        .filter(|column| !column.generated)
        .map(|column| format!("{0} = {0}", quoted(&column.name)))
        .collect();
    vec![
        format!("INSERT INTO {name} DEFAULT VALUES"),
        format!("UPDATE {name} SET {}", set.join(", ")),
        format!("DELETE FROM {name}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_instead_of_rows_is_looked_into() {
        for text in ["'made'", "\"made\""] {
            let schema = [
                "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT)".to_owned(),
                "CREATE VIEW v AS SELECT id FROM t WHERE state = \"open\"".to_owned(),
                format!("CREATE TRIGGER i INSTEAD OF INSERT ON v BEGIN INSERT INTO t (state) VALUES ({text}); END"),
            ];
            let expected: &[&str] = if text.starts_with('"') { &["v", "i"] } else { &["v"] };
            assert_eq!(holders(&schema), expected);
        }
    }
}
