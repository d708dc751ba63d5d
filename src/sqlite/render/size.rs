//! How large rows of the source are, asked before a batch is cut.

use super::{Range, Rendering, name};
use crate::schema::Column;
use crate::sql::quoted;

impl Rendering<'_> {
    /// The size of the largest of the first so many rows of a range (the last parameter); nothing where no column can be
    /// large.
    pub fn largest(&self, range: Range) -> Option<String> {
        let octets = self.octets()?;
        Some(format!("SELECT coalesce(max(evolve_b), 0) FROM ({})", self.sized(range, &octets)))
    }

    /// How many of the first so many rows of a range (the last parameter but one) are together no larger than this (the
    /// last). The length of a value is read, the value is not.
    pub fn fitting(&self, range: Range) -> Option<String> {
        let octets = self.octets()?;
        let keys: Vec<String> = (0..self.key.len()).map(|at| format!("evolve_k{at}")).collect();
        Some(format!(
            "SELECT count(*) FROM (SELECT sum(evolve_b) OVER (ORDER BY {} ROWS UNBOUNDED PRECEDING) AS evolve_all FROM ({})) \
             WHERE evolve_all <= ?",
            keys.join(", "),
            self.sized(range, &octets)
        ))
    }

    fn sized(&self, range: Range, octets: &str) -> String {
        let keys = self.key.iter().enumerate().map(|(at, key)| format!("{key} AS evolve_k{at}"));
        format!(
            "SELECT {}, {octets} AS evolve_b FROM {} WHERE {} ORDER BY {} LIMIT ?",
            keys.collect::<Vec<_>>().join(", "),
            self.from(),
            self.selection(range),
            self.key.join(", ")
        )
    }

    fn octets(&self) -> Option<String> {
        octets(&name(self.movement, self.source), &self.source.columns)
    }
}

/// The bytes of a row's columns that may be large, in sums of sums: an expression may not be too deep. Nothing where no
/// column can be large.
pub fn octets<'c>(row: &str, columns: impl IntoIterator<Item = &'c Column>) -> Option<String> {
    let large = columns.into_iter().filter(|column| !column.generated && may_be_large(column));
    let large: Vec<String> =
        large.map(|column| format!("coalesce(octet_length({row}.{}), 0)", quoted(&column.name))).collect();
    let sums: Vec<String> = large.chunks(50).map(|some| format!("({})", some.join(" + "))).collect();
    (!sums.is_empty()).then(|| sums.join(" + "))
}

/// Whether values of a column may be large: a number is not, and what is declared as one is taken for it.
fn may_be_large(column: &Column) -> bool {
    let declared = column.declared.to_ascii_uppercase();
    !["INT", "REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL", "BOOL"].iter().any(|word| declared.contains(word))
}
