//! A key that slid under `[<kind>.columns]`: in TOML it belongs to the last header, so one written below it becomes a
//! column by accident. So do keys below the columns of a part (`[merge.from.columns]`).
//!
//! Takes a transformation's table; refuses what looks slid. A column may have any of these names: it says so with
//! `{ sql = "…" }`, and names that columns often have (`id`, `title`) are looked at only where the key is missing above.

use super::fields::{Fields, Node};
use crate::error::{Error, Result, codes};

/// Keys of every kind that hardly a column is called, and whether a string there would be one of the key's words.
const KEYS: [&str; 9] =
    ["where", "needs", "key", "batch", "on_invalid", "max_rejects", "on_conflict", "undo", "triggers"];

/// The arrays of tables that a kind's parts stand in, and the parts' keys that hardly a column is called.
const PARTS: [(&str, [&str; 2]); 2] = [("from", ["where", "key"]), ("into", ["when", "key"])];

/// Words that only these keys take.
const WORDS: [&str; 10] =
    ["fail", "skip", "quarantine", "overwrite", "ask", "derive", "journal", "none", "fire", "forbid"];

/// Refuses a table whose `columns`, or those of one of its parts, hold a key of the transformation itself.
pub(super) fn refuse(fields: &Fields<'_>) -> Result<()> {
    refuse_in(fields, fields, &KEYS)?;
    for (parts, keys) in PARTS {
        let Some(parts) = fields.peek(parts).filter(|node| node.kind() == "array") else { continue };
        for part in parts.list()?.iter().filter(|part| part.kind() == "table") {
            let part = part.fields()?;
            refuse_in(&part, &part, &keys)?;
            refuse_in(&part, fields, &KEYS)?;
        }
    }
    Ok(())
}

/// Refuses keys of `owner` in the `columns` of a table.
fn refuse_in(table: &Fields<'_>, owner: &Fields<'_>, keys: &[&str]) -> Result<()> {
    // The table is read by its kind later: this is a look, not a taking.
    let Some(columns) = table.peek("columns").filter(|columns| columns.kind() == "table") else { return Ok(()) };
    for (key, value) in columns.fields()?.entries() {
        if keys.contains(&key.as_str()) && !owner.has(&key) && is_no_column(&key, &value)? {
            let above = if owner.path() == table.path() { columns.path() } else { table.path() };
            return Err(Error::new(codes::UNKNOWN_KEY, format!("`{key}` slid into the table `{}`", columns.path()))
                .at(value.place())
                .hint(format!(
                    "in TOML a key belongs to the last header: write it above [{above}], where it is a key of `{}`; a \
                     column of this name is written {key} = {{ sql = \"…\" }}",
                    owner.path()
                )));
        }
    }
    Ok(())
}

fn is_no_column(key: &str, value: &Node<'_>) -> Result<bool> {
    Ok(match value.kind() {
        "string" => ["where", "when", "max_rejects"].contains(&key) || WORDS.contains(&value.text()?.as_str()),
        "table" => {
            let fields = value.fields()?;
            !["from", "value", "sql", "new", "link"].iter().any(|source| fields.has(source))
        }
        _ => true,
    })
}
