//! One value of a database, in the storage classes that every engine can carry.

use serde::Serialize;

/// A value. Text is valid UTF-8. To functions of columns whatever is not comes as [`Value::Blob`]; where a row must be found
/// again it stays text, as [`Value::Unclear`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A 64-bit float.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Text that is no UTF-8, by its bytes. Only a question to the database gives it: keys, and rows that are shown.
    Unclear(Vec<u8>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value:?}"),
            Self::Text(value) => f.write_str(value),
            Self::Blob(value) | Self::Unclear(value) => {
                f.write_str("x'")?;
                value.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("'")
            }
        }
    }
}
