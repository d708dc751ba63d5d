//! Derived acts followed in the scratch database, where there are no rows: only what they make of the schema.

use crate::inverse::Inverse;
use crate::sql::quoted;
use crate::sqlite::scratch::Scratch;

/// Undoes acts, the last first.
pub fn unwind(scratch: &Scratch, acts: &[Inverse]) -> rusqlite::Result<()> {
    acts.iter().rev().try_for_each(|act| follow(scratch, act))
}

fn follow(scratch: &Scratch, act: &Inverse) -> rusqlite::Result<()> {
    let run = |sql: &str| scratch.execute(sql).map(|_| ());
    match act {
        Inverse::Sql(sql) => run(sql),
        Inverse::DropTable { table } => run(&format!("DROP TABLE {}", quoted(table))),
        Inverse::DropColumn { table, column, .. } => {
            run(&format!("ALTER TABLE {} DROP COLUMN {}", quoted(table), quoted(column)))
        }
        Inverse::MakeTable(make) => make.statements.iter().try_for_each(|sql| run(sql)),
        Inverse::RemakeTable(remake) => {
            run(&format!("DROP TABLE {}", quoted(&remake.table)))?;
            remake.statements.iter().try_for_each(|sql| run(sql))
        }
        Inverse::Rewind { .. } => Ok(()),
        Inverse::Sealed { act, .. } => follow(scratch, act),
    }
}
