//! Which Movements of a step cannot be counted before the step runs, and why.

use crate::sql;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::statement;

/// Why a step's rows cannot be known: it is a statement, or a Movement reads what one before it writes.
pub(super) fn why(movers: &[SqliteMover<'_>]) -> Option<String> {
    movers.iter().enumerate().find_map(|(number, mover)| {
        let into = &mover.movement.into;
        if statement::of(&mover.movement).is_some() {
            return Some(format!("{into} is written by one statement, whose rows are not counted before"));
        }
        let read = reads(mover);
        let filled = movers[..number].iter().map(|before| before.movement.into.to_lowercase());
        let filled: Vec<String> = filled.filter(|table| read.contains(table)).collect();
        let table = filled.first()?;
        Some(format!("{into} is made of {table}, which the step itself fills before: not counted"))
    })
}

/// Every name that a Movement's questions say, in lower case, its target's own left out unless it reads it.
fn reads(mover: &SqliteMover<'_>) -> Vec<String> {
    let rendering = mover.rendering();
    let text = format!("{}; {}", rendering.refused(Range::All), rendering.reading());
    let tokens = sql::tokens(&text).unwrap_or_default();
    tokens.into_iter().map(|token| sql::unquoted(&text[token.at]).to_lowercase()).collect()
}
