//! A rule over a whole row, as SQL over the row of the source: what it says of new values is what they are made of.

use super::formula::{Rows, formula};
use super::paren;
use crate::columns::Function;
use crate::movement::{Assign, Movement, Rule};
use crate::schema::Table;
use crate::sql::{self, Token, TokenKind};
use std::sync::Arc;

/// What stands before a column that is meant as it will be written.
const NEW: &str = "new";

/// Words of SQL that are no columns unless they are quoted.
const WORDS: [&str; 26] = [
    "and", "as", "asc", "between", "by", "case", "cast", "collate", "desc", "distinct", "else", "end", "escape",
    "exists", "false", "from", "glob", "in", "is", "like", "not", "null", "or", "then", "true", "when",
];

/// The rule over a row of the source.
pub(super) fn rendered(
    rule: &Rule,
    movement: &Movement,
    source: &Table,
    rows: Rows<'_>,
    calls: &mut Vec<Arc<dyn Function>>,
) -> String {
    let Ok(tokens) = sql::tokens(&rule.sql) else { return rule.sql.clone() };
    let (mut text, mut done, mut at) = (String::new(), 0, 0);
    while at < tokens.len() {
        let Some((assign, width)) = meant(&tokens, at, &rule.sql, movement, source) else {
            at += 1;
            continue;
        };
        text.push_str(&rule.sql[done..tokens[at].at.start]);
        text.push_str(&paren(&formula(assign.value.plain(), rows, calls)));
        (done, at) = (tokens[at + width - 1].at.end, at + width);
    }
    text.push_str(&rule.sql[done..]);
    text
}

/// The column whose new value is meant from a token on, and by how many tokens.
fn meant<'m>(
    tokens: &[Token],
    at: usize,
    text: &str,
    movement: &'m Movement,
    source: &Table,
) -> Option<(&'m Assign, usize)> {
    let word = |at: usize| tokens.get(at).map(|token| sql::word(text, token));
    let is_name = |at: usize| {
        tokens.get(at).is_some_and(|token| match token.kind {
            TokenKind::Word => !WORDS.contains(&sql::word(text, token).to_ascii_lowercase().as_str()),
            TokenKind::QuotedName => true,
            _ => false,
        })
    };
    let assigned = |at: usize| {
        let name = word(at).map(sql::unquoted)?;
        movement.columns.iter().find(|assign| assign.column.eq_ignore_ascii_case(&name))
    };
    if !is_name(at) || (at > 0 && word(at - 1) == Some(".")) {
        return None;
    }
    if word(at + 1) == Some(".") {
        let is_new =
            word(at).is_some_and(|name| name.eq_ignore_ascii_case(NEW)) && !source.name.eq_ignore_ascii_case(NEW);
        return if is_new { assigned(at + 2).map(|assign| (assign, 3)) } else { None };
    }
    let name = word(at).map(sql::unquoted)?;
    if word(at + 1) == Some("(") || source.column(&name).is_some() {
        return None;
    }
    assigned(at).map(|assign| (assign, 1))
}
