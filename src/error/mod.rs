//! What goes wrong, as a value: a code from the one table, what happened, where, and what to do.
//!
//! Takes words and places; gives [`Error`]. Text and exit code are made of it in one place of the command line.
//! Must not know who shows it, nor any engine.

pub mod codes;
mod place;

pub use codes::{Code, Exit};
pub use place::{Place, Text};

use std::fmt;

/// The result of everything fallible in evolve.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One failure: its [`Code`], a message in plain words, and, where they are known, its place and the way out.
///
/// Messages and hints never hold a secret and never a row's value.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: &'static Code,
    message: String,
    hint: Option<String>,
    place: Option<Place>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of this code, in these words.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), hint: None, place: None, cause: None }))
    }

    /// What to do about it: a command, a key, a name that was meant.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Where it stands. The first place that was given stays.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// What lies beneath, for a log; it is never shown as it is, because foreign errors print what they were given.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Itself, and that it came up while something was put right after another failure, which is told first.
    #[must_use]
    pub fn after(mut self, first: &Self) -> Self {
        self.0.message = format!("{}; and what it did cannot be taken back: {}", first.message(), self.0.message);
        self
    }

    /// The row of the table of codes.
    pub fn code(&self) -> &'static Code {
        self.0.code
    }

    /// What happened, one sentence without a full stop.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// File, line and column, where the failure has one.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> Exit {
        self.0.code.exit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{place}: ")?;
        }
        write!(f, "{} [{}]", self.message(), self.code().id)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| &**cause as &(dyn std::error::Error + 'static))
    }
}

/// The name among `names` that was probably meant: at most a third of its letters away, or the beginning of the other.
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given_lower = given.to_lowercase();
    let begins = |long: &str, short: &str| short.chars().count() >= 4 && long.starts_with(short);
    let away = |name: &str| match distance(&given_lower, name) {
        far if begins(&given_lower, name) || begins(name, &given_lower) => far.min(1),
        far => far,
    };
    names
        .into_iter()
        .map(|name| (away(&name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1.max(name.chars().count().max(given.chars().count()) / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each costing one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substitute.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_stranger_is_not() {
        let names = ["migrations", "version", "requires"];
        assert_eq!(nearest("migratoins", names), Some("migrations"));
        assert_eq!(nearest("versoin", names), Some("version"));
        assert_eq!(nearest("versions_of_it", names), Some("version"));
        assert_eq!(nearest("banana", names), None);
    }
}
