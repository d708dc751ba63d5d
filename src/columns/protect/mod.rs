//! `protect`: a value that is written so that it can be shown, compared or kept, and not read.
//!
//! The keys are not in stage files: a protecting function is declared without them, and gets them, with its column's
//! label, when a Movement is made ready to run.

use super::{Function, FunctionRow, Invalid, Sample};
use crate::catalog::Keys;
use crate::error::Result;
use crate::value::Value;
use std::sync::Arc;
use way::Way;

mod cipher;
mod class;
mod hash;
mod hmac;
mod mask;
mod open;
mod spot;
#[cfg(test)]
mod tests;
mod turn;
mod way;
mod within;

pub use cipher::Cipher;
pub use open::{Opener, json};
pub use turn::Turner;

const NAME: &str = "protect";

/// `protect = "mask"`.
pub(super) const ROW: FunctionRow = FunctionRow {
    key: "protect",
    means: "Protects the value, last of all: mask, hash or encrypt, as a whole or within JSON; or drop it. NULL stays.",
    parse: |fields| match fields.take("protect") {
        None => Ok(Vec::new()),
        Some(node) => Ok(vec![Arc::new(Protect::of(Way::read(&node)?))]),
    },
    samples: &[
        Sample::gives(r#"protect = "mask""#, "'ann.lee@example.org'", "'a***e@example.org'"),
        Sample::gives(r#"protect = "mask""#, "'Ann Parker'", "'*** P***r'"),
        Sample::gives(r#"protect = "mask""#, "NULL", "NULL"),
        Sample::gives(
            r#"protect = { "/name" = "mask", "/pin" = "drop" }"#,
            r#"'{"name": "Parker", "pin": 1}'"#,
            r#"'{"name":"P***r"}'"#,
        ),
        Sample::refuses(r#"protect = "mask""#, "x'616263'"),
        Sample::refuses(r#"protect = { "/name" = "mask" }"#, "'no document'"),
    ],
};

/// What a protecting function says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// Whether the column is not written at all.
    pub drops: bool,
    /// The names of the keys it needs.
    pub keys: Vec<String>,
    /// How values of another key of the same way are told from those of this one, where the whole value shows it.
    pub mark: Option<Mark>,
}

/// How protected values begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// With whatever key: a pattern of GLOB.
    pub any: &'static str,
    /// With this key.
    pub own: String,
    /// With the key before, whose values are to be brought to this one.
    pub previous: Option<String>,
}

#[derive(Debug)]
struct Protect {
    way: Way,
    protection: Protection,
}

impl Protect {
    fn of(way: Way) -> Self {
        let protection = Protection { drops: matches!(way, Way::Drop), keys: way.keys(), mark: None };
        Self { way, protection }
    }
}

impl Function for Protect {
    fn name(&self) -> &'static str {
        NAME
    }

    fn call(&self, input: Value) -> std::result::Result<Value, Invalid> {
        self.way.call(input)
    }

    fn protection(&self) -> Option<&Protection> {
        Some(&self.protection)
    }

    fn with_keys(&self, keys: &Keys, label: &str) -> Result<Option<Arc<dyn Function>>> {
        let way = self.way.with_keys(keys, label)?;
        let mark = way.mark();
        Ok(Some(Arc::new(Self { way, protection: Protection { mark, ..self.protection.clone() } })))
    }

    fn ciphers(&self, keys: &Keys, label: &str) -> Vec<Cipher> {
        self.way.ciphers(keys, label)
    }

    fn encrypts_with(&self, key: &str) -> bool {
        self.way.encrypts_with(key)
    }

    fn hashes_with(&self, key: &str) -> bool {
        self.way.hashes_with(key)
    }
}

/// The key that stands in where what is kept must be encrypted and no key is named.
pub const DEFAULT_KEY: &str = way::DEFAULT;
