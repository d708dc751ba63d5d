//! Where a declaration names its tables: an error about a table points at its name, not at the step.

use crate::catalog::Fields;
use crate::error::Place;

/// Where the table that is read and the table that is written are named.
#[derive(Debug, Clone)]
pub struct Ends {
    /// The one that is read.
    pub from: Place,
    /// The one that is written.
    pub into: Place,
}

impl Ends {
    /// Under these keys of one table.
    pub fn of(fields: &Fields<'_>, from: &str, into: &str) -> Self {
        Self { from: named(fields, from), into: named(fields, into) }
    }

    /// Both in one text.
    pub fn both(place: &Place) -> Self {
        Self { from: place.clone(), into: place.clone() }
    }
}

/// Where a table is named under this key; the whole, if it is not.
pub fn named(fields: &Fields<'_>, key: &str) -> Place {
    fields.peek(key).map_or_else(|| fields.place(), |node| node.place())
}
