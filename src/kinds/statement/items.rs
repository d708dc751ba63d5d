//! The values that a `SELECT` gives, one by one.

use super::parts::Words;
use crate::sql::{TokenKind, unquoted, word};

/// One value, or all columns.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// `*`.
    All,
    /// An expression, and what it is called where it is called something.
    One(String, Option<String>),
}

/// Functions that make one value of several rows.
const AGGREGATES: [&str; 13] = [
    "avg",
    "count",
    "group_concat",
    "json_group_array",
    "json_group_object",
    "jsonb_group_array",
    "jsonb_group_object",
    "max",
    "median",
    "min",
    "string_agg",
    "sum",
    "total",
];

/// Words behind which a name is no alias, but the next operand.
const BEFORE_OPERAND: [&str; 18] = [
    "AND", "OR", "NOT", "IS", "LIKE", "GLOB", "REGEXP", "MATCH", "IN", "BETWEEN", "COLLATE", "ESCAPE", "CASE", "WHEN",
    "THEN", "ELSE", "FROM", "DISTINCT",
];

/// Words that end an expression and are no alias.
const LAST: [&str; 3] = ["END", "ISNULL", "NOTNULL"];

/// The values between two tokens, read of a table of this name; else why they are no values of one row each.
pub(super) fn read(
    words: &Words<'_>,
    begin: usize,
    end: usize,
    table: &str,
) -> Result<Result<Vec<Item>, &'static str>, String> {
    let mut items = Vec::new();
    let mut at = begin;
    while at <= end {
        let next = words.next_of(at, &|word| word == ",")?.min(end);
        match item(words, at, next, table) {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return Err("has a comma with no value beside it".to_owned()),
            Err(why) => return Ok(Err(why)),
        }
        at = next + 1;
    }
    Ok(Ok(items))
}

fn item(words: &Words<'_>, from: usize, to: usize, table: &str) -> Result<Option<Item>, &'static str> {
    if from >= to {
        return Ok(None);
    }
    if words.word_at(to - 1) == "*" && (to - from == 1 || words.word_at(to - 2) == ".") {
        let of = words.tokens.get((to - 1).saturating_sub(2)).filter(|_| to - from > 1);
        let of = of.map(|token| unquoted(word(words.text, token)));
        return match of.is_none_or(|of| of.eq_ignore_ascii_case(table)) {
            true => Ok(Some(Item::All)),
            false => Err("it takes all columns of another table"),
        };
    }
    if makes_one_of_several(words, from, to) {
        return Err("it makes one value of several rows");
    }
    let named = |at: usize| words.tokens.get(at).map(|token| unquoted(word(words.text, token)));
    let explicit = (to - from > 2 && words.word_at(to - 2) == "AS").then_some(to - 2);
    let end = match explicit {
        Some(end) => end,
        None if ends_with_alias(words, from, to) => to - 1,
        None => to,
    };
    let alias = (end < to).then(|| named(to - 1)).flatten();
    Ok(Some(Item::One(words.between(from, end), alias)))
}

/// Whether the last token is a name of its own, behind a whole expression.
fn ends_with_alias(words: &Words<'_>, from: usize, to: usize) -> bool {
    let [.., before, last] = &words.tokens[from..to] else { return false };
    let (left, right) = (words.word_at(to - 2), words.word_at(to - 1));
    let is_name = match last.kind {
        TokenKind::QuotedName => true,
        TokenKind::Word => !LAST.contains(&right.as_str()) && !right.starts_with(|first: char| first.is_ascii_digit()),
        _ => false,
    };
    let behind_operand = match before.kind {
        TokenKind::Word => !BEFORE_OPERAND.contains(&left.as_str()),
        TokenKind::QuotedName | TokenKind::Text => true,
        TokenKind::Sign => left == ")",
        TokenKind::Semicolon => false,
    };
    is_name && behind_operand
}

/// Whether an aggregate or a window stands in an expression, outside of its own selections.
fn makes_one_of_several(words: &Words<'_>, from: usize, to: usize) -> bool {
    let mut at = from;
    while at < to {
        let here = words.word_at(at);
        let opens = words.word_at(at + 1) == "(";
        let name = unquoted(word(words.text, &words.tokens[at])).to_lowercase();
        if here == "(" && matches!(words.word_at(at + 1).as_str(), "SELECT" | "WITH" | "VALUES") {
            at = closing(words, at, to);
        } else if opens && AGGREGATES.contains(&name.as_str()) {
            // min and max of several values are of one row.
            let several =
                ["min", "max"].contains(&name.as_str()) && has_comma(words, at + 2, closing(words, at + 1, to));
            if !several {
                return true;
            }
        } else if matches!(here.as_str(), "OVER" | "FILTER") && words.word_at(at.saturating_sub(1)) == ")" {
            return true;
        }
        at += 1;
    }
    false
}

fn has_comma(words: &Words<'_>, from: usize, to: usize) -> bool {
    words.next_of(from, &|word| word == ",").is_ok_and(|at| at < to)
}

/// The token that closes the parenthesis at a place.
fn closing(words: &Words<'_>, open: usize, to: usize) -> usize {
    let mut depth = 0_usize;
    for at in open..to {
        match words.word_at(at).as_str() {
            "(" => depth += 1,
            ")" if depth == 1 => return at,
            ")" => depth -= 1,
            _ => {}
        }
    }
    to
}
