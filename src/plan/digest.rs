//! The digest of a plan: over format, engine, target, ledger head, schema and each step; never over what was measured.

use crate::report::Direction;
use sha2::{Digest as _, Sha256};

/// What a digest covers.
#[derive(Debug)]
pub struct Covered<'a> {
    /// The engine.
    pub engine: &'a str,
    /// Up or down.
    pub direction: Direction,
    /// The target as it was said.
    pub target: &'a str,
    /// The last step that is in.
    pub head: Option<&'a str>,
    /// The digest of the schema.
    pub schema: &'a str,
    /// Id and digest of each step, in order.
    pub steps: Vec<(&'a str, &'a str)>,
}

/// The digest.
pub fn digest(covered: &Covered<'_>) -> String {
    let mut hash = Sha256::new();
    let direction = match covered.direction {
        Direction::Up => "up",
        Direction::Down => "down",
    };
    let mut add = |part: &str| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    };
    for part in ["plan 1", covered.engine, direction, covered.target, covered.head.unwrap_or(""), covered.schema] {
        add(part);
    }
    for (id, digest) in &covered.steps {
        add(id);
        add(digest);
    }
    format!("sha256:{}", hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
