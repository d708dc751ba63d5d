//! A key that slid under `[<kind>.columns]`: in TOML it belongs to the last header, so one written below it becomes a
//! column by accident.
//!
//! Takes a transformation's table; refuses what looks slid. A column may have any of these names: it says so with
//! `{ sql = "…" }`, and names that columns often have (`id`, `title`) are looked at only where the key is missing above.

use super::fields::{Fields, Node};
use crate::error::{Error, Result, codes};

/// Keys of every kind that hardly a column is called, and whether a string there would be one of the key's words.
const KEYS: [&str; 9] =
    ["where", "needs", "key", "batch", "on_invalid", "max_rejects", "on_conflict", "undo", "triggers"];

/// Words that only these keys take.
const WORDS: [&str; 10] =
    ["fail", "skip", "quarantine", "overwrite", "ask", "derive", "journal", "none", "fire", "forbid"];

/// Refuses a table whose `columns` holds a key of the transformation itself.
pub(super) fn refuse(fields: &mut Fields<'_>) -> Result<()> {
    // The table is read by its kind later: this is a look, not a taking.
    let Some(columns) = fields.peek("columns") else { return Ok(()) };
    if columns.kind() != "table" {
        return Ok(());
    }
    for (key, value) in columns.fields()?.entries() {
        if KEYS.contains(&key.as_str()) && !fields.has(&key) && is_no_column(&key, &value)? {
            return Err(Error::new(codes::UNKNOWN_KEY, format!("`{key}` slid into the table `{}`", columns.path()))
                .at(value.place())
                .hint(format!(
                    "in TOML a key belongs to the last header: write it above [{}]; a column of this name is written \
                     {key} = {{ sql = \"…\" }}",
                    columns.path()
                )));
        }
    }
    Ok(())
}

fn is_no_column(key: &str, value: &Node<'_>) -> Result<bool> {
    Ok(match value.kind() {
        "string" => key == "where" || key == "max_rejects" || WORDS.contains(&value.text()?.as_str()),
        "table" => {
            let fields = value.fields()?;
            !["from", "value", "sql", "new", "link"].iter().any(|source| fields.has(source))
        }
        _ => true,
    })
}
