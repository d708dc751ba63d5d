//! Sources that an application offers: rows from outside the database, read once and in order.
//!
//! Takes what the application registers; gives rows as the stage file declares them, counted and digested on their way, or
//! an error that names the row. Must not know where an engine lays them.

use crate::catalog::Source;
use crate::error::{Error, Result, codes};
use crate::value::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A row of a source, or the rest of a sentence about why there is none.
pub type Offered = std::result::Result<Vec<Value>, String>;

/// The rows of a source.
type Rows = Box<dyn Iterator<Item = Offered>>;

/// What an application registers.
#[derive(Clone)]
struct Offer {
    columns: Vec<String>,
    open: Arc<dyn Fn() -> Rows + Send + Sync>,
}

/// The sources that an application has registered, by name and version.
#[derive(Clone, Default)]
pub struct Offers(BTreeMap<(String, u32), Offer>);

impl Offers {
    /// Registers one; an earlier one of the same name and version is forgotten.
    pub fn add<R>(&mut self, name: &str, version: u32, columns: &[&str], rows: impl Fn() -> R + Send + Sync + 'static)
    where
        R: IntoIterator<Item = Offered>,
        R::IntoIter: 'static,
    {
        let columns = columns.iter().map(ToString::to_string).collect();
        let open = Arc::new(move || Box::new(rows().into_iter()) as Rows);
        self.0.insert((name.to_owned(), version), Offer { columns, open });
    }

    /// Whether this one is there, in this version.
    pub fn has(&self, source: &Source) -> bool {
        self.0.contains_key(&(source.name.clone(), source.version))
    }

    /// Refuses what reads a source that is not there, is there in another version only, or has other columns.
    pub fn require(&self, step: &str, source: &Source) -> Result<()> {
        self.offer(source).map(drop).map_err(|error| {
            let same = Error::new(error.code(), format!("{step} reads {}", error.message()));
            match error.hint_text() {
                Some(hint) => same.hint(hint),
                None => same,
            }
        })
    }

    /// The rows of a source, from its first.
    pub fn open(&self, source: &Source) -> Result<Reading> {
        let offer = self.offer(source)?;
        let place = |name: &String| offer.columns.iter().position(|offered| offered == name);
        let order = source.columns.iter().filter_map(place).collect();
        let rows = catch_unwind(AssertUnwindSafe(|| (offer.open)())).map_err(|_| broken(source, "panicked"))?;
        Ok(Reading { source: source.clone(), rows, order, read: 0, digest: Sha256::new() })
    }

    fn offer(&self, source: &Source) -> Result<&Offer> {
        let missing = |message: String| Error::new(codes::MISSING_SOURCE, message);
        let Some(offer) = self.0.get(&(source.name.clone(), source.version)) else {
            let error = missing(format!("{} which is not registered here", source.words()));
            let others = self.0.keys().filter(|(name, _)| *name == source.name).map(|(_, version)| version.to_string());
            return Err(match others.collect::<Vec<_>>().as_slice() {
                [] => error.hint("an application of your own offers it: run this step from the one that has it"),
                versions => error.hint(format!("registered here: version {}", versions.join(", "))),
            });
        };
        let sorted = |columns: &[String]| {
            let mut columns = columns.to_vec();
            columns.sort();
            columns
        };
        if sorted(&offer.columns) != sorted(&source.columns) {
            let (words, declared) = (source.words(), source.columns.join(", "));
            let error = missing(format!("{words} whose columns are declared as {declared}"));
            return Err(error.hint(format!("registered here with {}", offer.columns.join(", "))));
        }
        Ok(offer)
    }
}

impl fmt::Debug for Offers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A source that is being read.
pub struct Reading {
    source: Source,
    rows: Rows,
    /// For each declared column, which of the offered ones it is.
    order: Vec<usize>,
    read: u64,
    digest: Sha256,
}

impl Reading {
    /// The digest of all rows that were read: of each its values, in the order of the declared columns.
    pub fn digest(self) -> String {
        self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn row(&mut self, offered: Offered) -> Result<Vec<Value>> {
        self.read += 1;
        let bad = |what: &str| broken(&self.source, &format!("gave row {} {what}", self.read));
        let mut offered =
            offered.map_err(|why| broken(&self.source, &format!("failed at row {}: {why}", self.read)))?;
        if offered.len() != self.order.len() {
            return Err(bad(&format!("with {} values for {} columns", offered.len(), self.order.len())));
        }
        let row: Vec<Value> = self.order.iter().map(|at| std::mem::replace(&mut offered[*at], Value::Null)).collect();
        if row.iter().any(|value| matches!(value, Value::Real(number) if number.is_nan())) {
            return Err(bad("with a number that is none"));
        }
        row.iter().for_each(|value| digest(value, &mut self.digest));
        Ok(row)
    }
}

impl Iterator for Reading {
    type Item = Result<Vec<Value>>;

    fn next(&mut self) -> Option<Self::Item> {
        // What it says when it panics may hold values, and is not repeated.
        let next = catch_unwind(AssertUnwindSafe(|| self.rows.next()));
        match next {
            Ok(offered) => Some(self.row(offered?)),
            Err(_) => Some(Err(broken(&self.source, &format!("panicked at row {}", self.read + 1)))),
        }
    }
}

/// What a source did wrong.
fn broken(source: &Source, what: &str) -> Error {
    Error::new(codes::STEP_FAILED, format!("{} {what}", source.words())).at(source.place.clone())
}

/// A value with its class and its length, so that no two rows are taken for one another.
fn digest(value: &Value, into: &mut Sha256) {
    let mut one = |class: u8, bytes: &[u8]| {
        into.update([class]);
        into.update((bytes.len() as u64).to_le_bytes());
        into.update(bytes);
    };
    match value {
        Value::Null => one(b'n', &[]),
        Value::Integer(number) => one(b'i', &number.to_le_bytes()),
        Value::Real(number) => one(b'r', &number.to_bits().to_le_bytes()),
        Value::Text(text) => one(b't', text.as_bytes()),
        Value::Blob(bytes) => one(b'b', bytes),
        Value::Unclear(bytes) => one(b'u', bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;

    fn crm(columns: &[&str]) -> Source {
        Source {
            name: "crm".to_owned(),
            version: 2,
            columns: columns.iter().map(ToString::to_string).collect(),
            key: Vec::new(),
            place: Place::file("plans/one.toml"),
        }
    }

    fn offering(rows: Vec<Offered>) -> Offers {
        let mut sources = Offers::default();
        sources.add("crm", 2, &["id", "email"], move || rows.clone());
        sources
    }

    fn row(id: i64, email: &str) -> Offered {
        Ok(vec![Value::Integer(id), Value::Text(email.to_owned())])
    }

    #[test]
    fn rows_come_in_the_order_of_the_declared_columns_and_their_digest_tells_them_apart() {
        let digest = |rows: Vec<Offered>, columns: &[&str]| {
            let sources = offering(rows);
            let mut reading = sources.open(&crm(columns)).unwrap();
            let read: Vec<_> = reading.by_ref().collect::<Result<_>>().unwrap();
            (read, reading.digest())
        };
        let (read, one) = digest(vec![row(1, "a"), row(2, "b")], &["email", "id"]);
        assert_eq!(read[1], [Value::Text("b".to_owned()), Value::Integer(2)]);
        let again = digest(vec![row(1, "a"), row(2, "b")], &["email", "id"]).1;
        let other = digest(vec![row(2, "b"), row(1, "a")], &["email", "id"]).1;
        assert!(one == again && one != other && one.len() == 64);
    }

    #[test]
    fn what_is_wrong_with_a_row_names_it() {
        let message = |rows: Vec<Offered>| {
            let last = offering(rows).open(&crm(&["id", "email"])).unwrap().last();
            last.unwrap().unwrap_err().message().to_owned()
        };
        let start = "the source crm, version 2,";
        assert_eq!(
            message(vec![row(1, "a"), Err("the file ends early".to_owned())]),
            format!("{start} failed at row 2: the file ends early")
        );
        assert_eq!(message(vec![Ok(vec![Value::Null])]), format!("{start} gave row 1 with 1 values for 2 columns"));
        let nan = vec![Value::Real(f64::NAN), Value::Null];
        assert_eq!(message(vec![Ok(nan)]), format!("{start} gave row 1 with a number that is none"));
    }

    #[test]
    fn another_version_or_other_columns_are_another_source() {
        let sources = offering(Vec::new());
        let older = Source { version: 1, ..crm(&["id", "email"]) };
        let error = sources.require("people", &older).unwrap_err();
        assert_eq!(error.message(), "people reads the source crm, version 1, which is not registered here");
        assert_eq!((error.code().id, error.hint_text()), ("E0518", Some("registered here: version 2")));
        let error = sources.require("people", &crm(&["id"])).unwrap_err();
        assert_eq!(error.hint_text(), Some("registered here with id, email"));
        assert!(sources.require("people", &crm(&["email", "id"])).is_ok());
    }
}
