//! Directives: `-- evolve: key = value` at the head of a migration.
//!
//! Takes the text; gives what it asks for, or an error at the word. Must not know which rules there are, nor which
//! steps.

use std::ops::Range;

use super::fields::{Document, Fields};
use super::head::{self, Head};
use crate::error::{Error, Place, Result, Text, codes, nearest};

/// The directives a migration can have.
const KEYS: [&str; 3] = ["transaction", "allow", "needs"];

/// A rule that is allowed to find something in this file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// The rule's code, `R102`.
    pub code: String,
    /// Why it is right here.
    pub why: String,
    /// Where it is written.
    pub place: Place,
}

/// What the head of a migration asks for.
#[derive(Debug, Clone, Default)]
pub struct Directives {
    /// `transaction = none`: the file runs statement by statement, or in its own transactions.
    pub transaction_none: bool,
    /// `allow = { R102 = "why" }`.
    pub allow: Vec<Allow>,
    /// `needs = ["V2"]`: the ids of steps that come before.
    pub needs: Vec<String>,
}

impl Directives {
    /// Reads the directives of a migration, or of a reverse.
    pub fn parse(text: &Text) -> Result<Self> {
        Self::of(text, &head::scan(&text.text))
    }

    pub(super) fn of(text: &Text, head: &Head) -> Result<Self> {
        let mut directives = Self::default();
        for comment in head.comments.iter().cloned() {
            let Some(part) = directive(&text.text, &comment) else { continue };
            if head.statement.is_some_and(|statement| statement < comment.start) {
                return Err(bad("a directive stands after the first statement", text, comment)
                    .hint("directives stand at the head of the file"));
            }
            directives.read(text, part)?;
        }
        Ok(directives)
    }

    fn read(&mut self, text: &Text, part: Range<usize>) -> Result<()> {
        let line = &text.text[part.clone()];
        let key = line.split('=').next().unwrap_or_default().trim();
        if !line.contains('=') {
            return Err(bad("a directive is not `key = value`", text, part));
        }
        if !KEYS.contains(&key) {
            return Err(unknown(key, text, part));
        }
        if key == "transaction" {
            return self.read_transaction(text, part);
        }
        let document = Document::parse_part(text, part).map_err(as_directive)?;
        let mut fields = document.fields();
        match key {
            "needs" => self.needs.extend(fields.identifiers(key).map_err(as_directive)?),
            _ => self.allow.extend(read_allow(&mut fields).map_err(as_directive)?),
        }
        fields.finish().map_err(as_directive)
    }

    /// The value may stand without quotes.
    fn read_transaction(&mut self, text: &Text, part: Range<usize>) -> Result<()> {
        let value = text.text[part.clone()].split_once('=').map_or("", |(_, value)| value.trim());
        let value = value.split('#').next().unwrap_or_default().trim();
        if !matches!(value, "none" | "\"none\"" | "'none'") {
            return Err(
                bad("`transaction` takes `none`", text, part).hint("without the directive a file is one transaction")
            );
        }
        self.transaction_none = true;
        Ok(())
    }
}

/// Where the directive of a comment is, if it has one.
fn directive(sql: &str, comment: &Range<usize>) -> Option<Range<usize>> {
    let words = sql[comment.clone()].trim_start_matches('-');
    let trimmed = words.trim_start();
    let (mark, rest) = trimmed.split_at_checked("evolve".len())?;
    let rest = rest.trim_start();
    let is_one = mark.eq_ignore_ascii_case("evolve") && rest.starts_with(':');
    let rest = rest.get(1..)?.trim_start();
    is_one.then(|| comment.end - rest.len()..comment.end - (rest.len() - rest.trim_end().len()))
}

fn read_allow(fields: &mut Fields<'_>) -> Result<Vec<Allow>> {
    let Some(mut table) = fields.fields("allow")? else { return Ok(Vec::new()) };
    let entries = table.entries();
    entries
        .into_iter()
        .map(|(code, why)| {
            let place = table.place_of(&code);
            let digits = code.strip_prefix('R').unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Error::new(codes::BAD_DIRECTIVE, "`allow` takes codes of rules, such as R102").at(place));
            }
            Ok(Allow { why: why.filled_text()?, code, place })
        })
        .collect()
}

fn as_directive(error: Error) -> Error {
    let mut directive = Error::new(codes::BAD_DIRECTIVE, error.message());
    if let Some(place) = error.place() {
        directive = directive.at(place.clone());
    }
    match error.hint_text() {
        Some(hint) => directive.hint(hint),
        None => directive.hint("the value is written as in TOML: -- evolve: needs = [\"V2\"]"),
    }
}

fn unknown(key: &str, text: &Text, part: Range<usize>) -> Error {
    let error = bad(&format!("unknown directive `{}`", key.escape_debug()), text, part);
    match nearest(key, KEYS) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("known are transaction, allow and needs"),
    }
}

fn bad(message: &str, text: &Text, part: Range<usize>) -> Error {
    Error::new(codes::BAD_DIRECTIVE, message).at(text.place(part))
}
