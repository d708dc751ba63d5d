//! SQL text cut into statements and tokens, with the bytes they stand at.
//!
//! Takes text of any dialect evolve speaks; gives ranges of it. Knows quotes, comments and the bodies of triggers, nothing else.

use std::ops::Range;

/// A token: what it is and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The bytes it stands at.
    pub at: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare word or number.
    Word,
    /// A name in `"…"`, `` `…` `` or `[…]`.
    QuotedName,
    /// `'…'`.
    Text,
    /// `;`.
    Semicolon,
    /// Anything else, a character each.
    Sign,
}

/// A quote or comment that is not closed: where it opens, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclosed {
    /// The byte at which it opens.
    pub at: usize,
    /// What is open, in words.
    pub what: &'static str,
}

/// All tokens of a text; comments and space are left out.
pub fn tokens(text: &str) -> Result<Vec<Token>, Unclosed> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = text[at..].find('\n').map_or(bytes.len(), |end| at + end + 1);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let end = text[at + 2..].find("*/").ok_or(Unclosed { at, what: "comment" })?;
                at += end + 4;
                continue;
            }
            b'\'' => {
                at = closing(bytes, at, b'\'').ok_or(Unclosed { at, what: "text in single quotes" })?;
                TokenKind::Text
            }
            quote @ (b'"' | b'`') => {
                at = closing(bytes, at, quote).ok_or(Unclosed { at, what: "quoted name" })?;
                TokenKind::QuotedName
            }
            b'[' => {
                let end = text[at..].find(']').ok_or(Unclosed { at, what: "name in brackets" })?;
                at += end + 1;
                TokenKind::QuotedName
            }
            b';' => {
                at += 1;
                TokenKind::Semicolon
            }
            byte if is_word(byte) => {
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
                TokenKind::Word
            }
            _ => {
                at += 1;
                TokenKind::Sign
            }
        };
        tokens.push(Token { kind, at: start..at });
    }
    Ok(tokens)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// The byte after the closing quote; a doubled quote is part of the text.
fn closing(bytes: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    loop {
        let end = at + bytes[at..].iter().position(|byte| *byte == quote)?;
        if bytes.get(end + 1) != Some(&quote) {
            return Some(end + 1);
        }
        at = end + 2;
    }
}

/// The statements of a text, each from its first token to its semicolon or the end; empty ones are left out.
pub fn statements(text: &str) -> Result<Vec<Range<usize>>, Unclosed> {
    let tokens = tokens(text)?;
    let mut statements = Vec::new();
    let mut first = 0;
    while first < tokens.len() {
        let length = statement_length(text, &tokens[first..]);
        let tokens_of = &tokens[first..first + length];
        if tokens_of.iter().any(|token| token.kind != TokenKind::Semicolon) {
            statements.push(tokens_of[0].at.start..tokens_of[length - 1].at.end);
        }
        first += length;
    }
    Ok(statements)
}

/// How many tokens the first statement has, its semicolon included.
fn statement_length(text: &str, tokens: &[Token]) -> usize {
    let body = is_trigger(text, tokens);
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if body && token.kind == TokenKind::Word {
            match word(text, token).to_ascii_uppercase().as_str() {
                "BEGIN" if depth == 0 => depth = 1,
                "CASE" if depth > 0 => depth += 1,
                "END" if depth > 0 => depth -= 1,
                _ => {}
            }
        }
        if token.kind == TokenKind::Semicolon && depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

fn is_trigger(text: &str, tokens: &[Token]) -> bool {
    let words: Vec<String> = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .take(3)
        .map(|token| word(text, token).to_ascii_uppercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["CREATE", "TRIGGER", ..] | ["CREATE", "TEMP" | "TEMPORARY", "TRIGGER"])
}

/// The text of a token.
pub fn word<'a>(text: &'a str, token: &Token) -> &'a str {
    &text[token.at.clone()]
}

/// A name without its quotes.
pub fn unquoted(name: &str) -> String {
    let inner = || &name[1..name.len() - 1];
    match name.as_bytes().first() {
        Some(b'"') if name.len() > 1 => inner().replace("\"\"", "\""),
        Some(b'`') if name.len() > 1 => inner().replace("``", "`"),
        Some(b'\'') if name.len() > 1 => inner().replace("''", "'"),
        Some(b'[') if name.len() > 1 => inner().to_owned(),
        _ => name.to_owned(),
    }
}

/// A name in double quotes, safe to stand in any statement. The one function that quotes names.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names a text mentions, without quotes, in lower case: every word that could be one.
pub fn names(text: &str) -> Vec<String> {
    let Ok(tokens) = tokens(text) else { return Vec::new() };
    let named = tokens.iter().filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName));
    let mut names: Vec<String> = named.map(|token| unquoted(word(text, token)).to_lowercase()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether an expression may give something else each time: random numbers, the time.
pub fn is_volatile(text: &str) -> bool {
    const WORDS: [&str; 6] = ["random", "randomblob", "current_timestamp", "current_date", "current_time", "now"];
    let lower = text.to_lowercase();
    names(text).iter().any(|name| WORDS.contains(&name.as_str()))
        || lower.contains("'now'")
        || ["date()", "time()", "datetime()", "julianday()", "unixepoch()"]
            .iter()
            .any(|call| lower.replace(' ', "").contains(call))
}

/// A statement in a form in which two that differ in space, comments, case of bare words or quotes of names only are
/// the same.
pub fn normal(sql: &str) -> String {
    let Ok(tokens) = tokens(sql) else { return sql.to_owned() };
    let words = tokens.iter().filter(|token| token.kind != TokenKind::Semicolon).map(|token| match token.kind {
        TokenKind::Word | TokenKind::QuotedName => unquoted(word(sql, token)).to_lowercase(),
        _ => word(sql, token).to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        statements(text).unwrap().into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn statements_are_cut_at_semicolons_outside_quotes_and_comments() {
        let text = "-- a;\nSELECT ';' ; /* ; */ SELECT \";\" FROM [a;b] ;; SELECT 'it''s'";
        assert_eq!(cut(text), ["SELECT ';' ;", "SELECT \";\" FROM [a;b] ;", "SELECT 'it''s'"]);
    }

    #[test]
    fn a_trigger_is_one_statement() {
        let text = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; SELECT 1; END; SELECT 2;";
        assert_eq!(cut(text).len(), 2);
        assert_eq!(cut("CREATE TABLE \"begin\"(x); SELECT 1").len(), 2);
    }

    #[test]
    fn b31_an_open_quote_is_found_where_it_opens() {
        assert_eq!(
            statements("SELECT 1; SELECT 'abc").unwrap_err(),
            Unclosed { at: 17, what: "text in single quotes" }
        );
        assert_eq!(statements("/* x").unwrap_err().what, "comment");
        assert_eq!(statements("SELECT \"x").unwrap_err().at, 7);
        assert_eq!(statements("SELECT [x").unwrap_err().at, 7);
    }

    #[test]
    fn b14_names_survive_quoting() {
        for name in ["order", "a\"b", "x;--", "naïve", "[x]", "a`b", " "] {
            assert_eq!(unquoted(&quoted(name)), name);
        }
    }

    #[test]
    fn the_normal_form_forgets_quotes_space_and_comments() {
        assert_eq!(normal("CREATE TABLE \"a\" (x  INT) -- y"), normal("create table a(x int);"));
        assert_ne!(normal("SELECT 'A'"), normal("SELECT 'a'"));
    }
}
