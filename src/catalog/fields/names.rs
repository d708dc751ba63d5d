//! What can be a name in a project's files.

use crate::error::{Error, Result, codes};

/// The longest name of a table or column, in bytes.
const LONGEST_NAME: usize = 255;
/// The longest name of evolve's own.
const LONGEST_IDENTIFIER: usize = 64;

/// The name of a table or column: anything printable, since it is always quoted.
pub fn check_name(name: &str) -> Result<()> {
    let why = if name.is_empty() {
        "must not be empty"
    } else if name.trim() != name {
        "must not begin or end with white space"
    } else if name.len() > LONGEST_NAME {
        "must not be longer than 255 bytes"
    } else if name.chars().any(char::is_control) {
        "must not hold control characters"
    } else if name.chars().any(is_combining) {
        "must be written with composed letters (NFC), not with combining marks"
    } else {
        return Ok(());
    };
    Err(bad(name, why))
}

/// The name of a table or column that is written to: none of SQLite's, refinery's or evolve's own.
pub fn check_target(name: &str) -> Result<()> {
    check_name(name)?;
    let lower = name.to_ascii_lowercase();
    match ["sqlite_", "evolve_", "refinery_"].into_iter().find(|own| lower.starts_with(own)) {
        Some(own) => Err(bad(name, &format!("is not yours to write: names that begin with `{own}` are taken"))),
        None => Ok(()),
    }
}

/// A name of evolve's own, an id or a stage: `[A-Za-z_][A-Za-z0-9_-]*`, at most 64 letters.
pub fn check_identifier(name: &str) -> Result<()> {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if name.is_empty() {
        Err(bad(name, "must not be empty"))
    } else if name.len() > LONGEST_IDENTIFIER {
        Err(bad(name, "must not be longer than 64 letters"))
    } else if !(first && rest) {
        Err(bad(name, "must be made of letters, digits, `_` and `-`, and not begin with a digit"))
    } else {
        Ok(())
    }
}

/// Marks that make one name of two spellings (NFC and NFD), and letters that have a second spelling.
pub(in crate::catalog) fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1100}'..='\u{11ff}' | '\u{2126}' | '\u{212a}' | '\u{212b}')
}

fn bad(name: &str, why: &str) -> Error {
    let mut shown: String = name.chars().take(40).flat_map(char::escape_debug).collect();
    if name.chars().count() > 40 {
        shown.push('…');
    }
    Error::new(codes::BAD_NAME, format!("the name `{shown}` {why}"))
}
