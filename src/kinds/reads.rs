//! What a declaration reads, as far as its words say.
//!
//! Takes formulas and SQL over the row of a table; gives [`Spots`]. Must not know an engine: names are looked for, nothing
//! is compiled.

use crate::movement::Formula;
use crate::schema::Tables;
use crate::sql;
use crate::touch::{Spot, Spots};

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
pub fn of_key(said: Option<&[String]>, from: &str, known: &dyn Tables) -> Spots {
    let key = said.map(<[String]>::to_vec).or_else(|| known.table(from).map(|table| table.primary_key));
    let mut spots: Spots = key.unwrap_or_default().iter().map(|column| Spot::column(from, column)).collect();
    if spots.is_empty() {
        spots.add(&Spot::table(from));
    }
    spots
}

/// Whether a formula may give something else when it is computed again.
pub fn is_volatile(formula: &Formula) -> bool {
    match formula {
        Formula::Sql(text) => sql::is_volatile(text),
        Formula::Call(_, inner) => is_volatile(inner),
        Formula::New(..) => true,
        Formula::Column(_) | Formula::Constant(_) => false,
    }
}
