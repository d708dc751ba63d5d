//! `content_hash(a, b, …)`: one hash over all rows of a question, so that the content of two tables can be compared.
//!
//! The definition, which is the same on every engine:
//!
//! - a value is its class as one byte, then its bytes: NULL is `00`; an integer `01` and 8 bytes, two's complement, big
//!   end first (true is 1, false 0); a float `02` and its 8 bytes of IEEE 754, big end first, -0.0 being 0.0; text `03`,
//!   blob `04`, each with its length in bytes as 8 bytes, big end first, and then its bytes, of text as UTF-8;
//! - a row is the SHA-256 of its values in the order they are named, read as one number, big end first;
//! - the answer is the sum of all rows modulo 2^256, as 64 lower-case hexadecimal digits.
//!
//! So the order of rows does not matter, a row that comes twice counts twice, and no rows at all are 64 zeros. 1, 1.0 and
//! '1' are three values. It finds what was lost or changed; it does not guard against somebody who makes rows to fool it.

use crate::sqlite::functions::flags;
use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};

/// What it is called.
pub const NAME: &str = "content_hash";

/// Registers it. Without a column there is nothing to compare: that is an error, and not always the same answer.
pub fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_aggregate_function(NAME, -1, flags(), ContentHash)?;
    connection.create_aggregate_function(NAME, 0, flags(), Nothing)
}

/// Takes it away again.
pub fn remove(connection: &Connection) {
    for columns in [-1, 0] {
        let _ = connection.remove_function(NAME, columns);
    }
}

/// Whether a connection has a function of this name that is not evolve's.
pub fn is_taken(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM pragma_function_list WHERE name = ?1)", [NAME], |row| row.get(0))
}

struct ContentHash;

impl Aggregate<Sum, String> for ContentHash {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Sum> {
        Ok(Sum::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Sum) -> rusqlite::Result<()> {
        let mut row = Sha256::new();
        for at in 0..context.len() {
            add(&mut row, context.get_raw(at));
        }
        sum.add(&row.finalize().into());
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Sum>) -> rusqlite::Result<String> {
        Ok(sum.unwrap_or_default().0.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The sum so far, big end first.
#[derive(Default)]
struct Sum([u8; 32]);

impl Sum {
    fn add(&mut self, row: &[u8; 32]) {
        let mut carry = 0_u16;
        for (digit, other) in self.0.iter_mut().zip(row).rev() {
            let [high, low] = (u16::from(*digit) + u16::from(*other) + carry).to_be_bytes();
            (*digit, carry) = (low, u16::from(high));
        }
    }
}

fn add(row: &mut Sha256, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => row.update([0]),
        ValueRef::Integer(value) => {
            row.update([1]);
            row.update(value.to_be_bytes());
        }
        ValueRef::Real(value) => {
            row.update([2]);
            // Adding 0.0 makes -0.0 a 0.0, and changes nothing else.
            row.update((value + 0.0).to_be_bytes());
        }
        ValueRef::Text(bytes) => add_bytes(row, 3, bytes),
        ValueRef::Blob(bytes) => add_bytes(row, 4, bytes),
    }
}

fn add_bytes(row: &mut Sha256, class: u8, bytes: &[u8]) {
    row.update([class]);
    row.update((bytes.len() as u64).to_be_bytes());
    row.update(bytes);
}

/// The same without a column.
struct Nothing;

impl Aggregate<(), String> for Nothing {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    fn step(&self, _: &mut Context<'_>, _: &mut ()) -> rusqlite::Result<()> {
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, _: Option<()>) -> rusqlite::Result<String> {
        Err(rusqlite::Error::UserFunctionError(
            "content_hash() takes the columns to compare: content_hash(a, b)".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(rows: &str, columns: &str) -> rusqlite::Result<String> {
        let connection = Connection::open_in_memory()?;
        register(&connection)?;
        let sql = format!("WITH t (a, b) AS ({rows}) SELECT content_hash({columns}) FROM t");
        connection.query_row(&sql, [], |row| row.get(0))
    }

    /// The definition, written down a second time with other means.
    fn defined(rows: &[&[u8]]) -> String {
        let rows: Vec<[u8; 32]> = rows.iter().map(|row| Sha256::digest(row).into()).collect();
        let mut digits = [0_u32; 32];
        for at in (0..32).rev() {
            let column: u32 = rows.iter().map(|row| u32::from(row[at])).sum::<u32>() + digits[at];
            digits[at] = column % 256;
            if at > 0 {
                digits[at - 1] += column / 256;
            }
        }
        digits.iter().map(|digit| format!("{digit:02x}")).collect()
    }

    #[test]
    fn it_is_as_it_is_defined() {
        let one = hash("VALUES (1, 'ä')", "a, b").expect("a hash");
        let row = [&[1, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 2][..], "ä".as_bytes()].concat();
        assert_eq!(one, defined(&[&row]));
        let three = hash("VALUES (NULL, x'ff'), (-0.0, 1.5), (0.0, 1.5)", "a, b").expect("a hash");
        let first = [0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];
        let other = [&[2, 0, 0, 0, 0, 0, 0, 0, 0, 2][..], &1.5_f64.to_be_bytes()].concat();
        assert_eq!(three, defined(&[&first, &other, &other]));
        let hundred = hash(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 100) SELECT i, i FROM n",
            "a",
        );
        let rows: Vec<Vec<u8>> = (1..=100_i64).map(|i| [&[1][..], &i.to_be_bytes()].concat()).collect();
        assert_eq!(hundred.expect("a hash"), defined(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    }

    #[test]
    fn order_does_not_matter_and_all_else_does() {
        let of = |rows: &str| hash(rows, "a, b").expect(rows);
        assert_eq!(of("VALUES (1, 2), (3, 4)"), of("VALUES (3, 4), (1, 2)"));
        let all = [
            "VALUES (1, 2)",
            "VALUES (1, 2), (1, 2)",
            "VALUES (1, 2), (1, 2), (1, 2)",
            "VALUES (2, 1)",
            "VALUES (1.0, 2)",
            "VALUES ('1', 2)",
            "VALUES (x'31', 2)",
            "VALUES (NULL, 2)",
            "VALUES ('', 2)",
            "VALUES ('a', 'bc')",
            "VALUES ('ab', 'c')",
            "VALUES (1, 4), (3, 2)",
            "VALUES (1, 2), (3, 4)",
            "SELECT 1, 2 WHERE false",
        ];
        let hashes: std::collections::BTreeSet<String> = all.iter().map(|rows| of(rows)).collect();
        assert_eq!(hashes.len(), all.len());
        assert_eq!(of("SELECT 1, 2 WHERE false"), "0".repeat(64), "no rows are a sum of nothing");
    }

    #[test]
    fn without_columns_it_is_an_error_and_not_an_answer() {
        for rows in ["VALUES (1, 2)", "SELECT 1, 2 WHERE false"] {
            for columns in ["", "*"] {
                let error = hash(rows, columns).expect_err("an error").to_string();
                assert!(error.contains("takes the columns"), "{error}");
            }
        }
    }
}
