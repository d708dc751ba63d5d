//! Which Movements of a step cannot be counted before the step runs, and why.

use super::{Account, Manner, limits};
use crate::catalog::Triggers;
use crate::error::Result;
use crate::sql;
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::Range;
use crate::sqlite::statement;

/// The account of a step whose rows cannot be known.
pub(super) fn account(movers: &[SqliteMover<'_>], manner: &Manner<'_>) -> Result<Option<Account>> {
    for mover in movers {
        let (into, names) = (&mover.movement.into, mover.triggers_met(manner.triggers)?);
        let [first, ..] = names.as_slice() else { continue };
        if manner.triggers == Triggers::Forbid {
            let mut account = Account::default();
            account.fails_as(format!(
                "{into} would fail the step: it has the trigger {first}, and the step forbids triggers"
            ));
            return Ok(Some(account));
        }
        let (word, does) = if names.len() == 1 { ("trigger", "fires") } else { ("triggers", "fire") };
        return Ok(Some(Account::unknown(format!(
            "not counted: the {word} {} of {into} {does} for its rows, and only a run knows what comes of that",
            names.join(", ")
        ))));
    }
    Ok(why(movers).map(Account::unknown))
}

/// Why: it is a statement, or a Movement reads what one before it writes, or the target decides by itself.
fn why(movers: &[SqliteMover<'_>]) -> Option<String> {
    movers.iter().enumerate().find_map(|(number, mover)| {
        let into = &mover.movement.into;
        if statement::of(&mover.movement).is_some() {
            return Some(format!("{into} is written by one statement, whose rows are not counted before"));
        }
        if limits::decides_itself(&mover.target.sql) {
            return Some(format!("{into} says ON CONFLICT in its own constraints: not counted"));
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
