//! An `INSERT` in its parts, as far as its words say: what is written, what is read, which rows, which values.
//!
//! Takes a text; gives [`Parts`], or what is wrong with it. Must not know which tables there are, nor an engine: what it is
//! unsure of does not fit a Movement, and runs as it is.

use super::items::{self, Item};
use crate::sql::{Token, TokenKind, tokens, unquoted, word};

/// A statement that inserts rows.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts {
    /// The table that is written.
    pub into: String,
    /// Its columns, where they are named.
    pub columns: Option<Vec<String>>,
    /// Whether rows that are there may be replaced.
    pub replaces: bool,
    /// What is inserted.
    pub body: Body,
}

/// What is inserted.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    /// Rows of one table, each by itself.
    Rows(Select),
    /// Anything else: why it is no such walk.
    Whole(&'static str),
}

/// `SELECT … FROM one_table WHERE …`.
#[derive(Debug, PartialEq, Eq)]
pub struct Select {
    /// The values.
    pub items: Vec<Item>,
    /// The table.
    pub from: String,
    /// What it is called in the expressions.
    pub alias: Option<String>,
    /// The condition.
    pub filter: Option<String>,
    /// Whether rows whose key is there already are left out.
    pub skips: bool,
}

/// Words that begin what no walk over one table has.
const ENDS: [(&str, &str); 8] = [
    ("GROUP", "it groups rows"),
    ("HAVING", "it groups rows"),
    ("WINDOW", "it looks at rows through a window"),
    ("ORDER", "it orders rows"),
    ("LIMIT", "it takes some of the rows"),
    ("UNION", "it puts several selections together"),
    ("EXCEPT", "it puts several selections together"),
    ("INTERSECT", "it puts several selections together"),
];

const JOINS: [&str; 9] = ["JOIN", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "USING"];

/// Reads a statement; an error is the rest of a sentence about it.
pub fn read(text: &str) -> Result<Parts, String> {
    let mut tokens = tokens(text).map_err(|open| format!("has a {} that is never closed", open.what))?;
    while tokens.pop_if(|token| token.kind == TokenKind::Semicolon).is_some() {}
    if tokens.iter().any(|token| token.kind == TokenKind::Semicolon) {
        return Err("is more than one statement".to_owned());
    }
    let waits = |token: &Token| match token.kind {
        TokenKind::Sign => matches!(word(text, token), "?" | ":" | "@" | "#"),
        TokenKind::Word => word(text, token).starts_with('$'),
        _ => false,
    };
    if tokens.iter().any(waits) {
        return Err("waits for a value, and nobody gives it one".to_owned());
    }
    let mut words = Words { text, tokens: &tokens, at: 0 };
    words.statement()
}

/// A place in a statement.
pub(super) struct Words<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
}

impl Words<'_> {
    /// The bare word or sign at a place, in capitals; empty for anything in quotes and at the end.
    pub(super) fn word_at(&self, at: usize) -> String {
        match self.tokens.get(at) {
            Some(token) if matches!(token.kind, TokenKind::Word | TokenKind::Sign) => {
                word(self.text, token).to_ascii_uppercase()
            }
            _ => String::new(),
        }
    }

    fn takes(&mut self, expected: &str) -> bool {
        let found = self.word_at(self.at) == expected;
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at)?;
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        self.at += usize::from(is_name);
        is_name.then(|| unquoted(word(self.text, token)))
    }

    /// A table of this database.
    fn table(&mut self) -> Result<String, String> {
        let no_name = || "names no table".to_owned();
        let name = self.name().ok_or_else(no_name)?;
        if !self.takes(".") {
            return Ok(name);
        }
        match name.eq_ignore_ascii_case("main") {
            true => self.name().ok_or_else(no_name),
            false => Err(format!("names a table of another database, {name}")),
        }
    }

    /// The text from one token up to another.
    pub(super) fn between(&self, from: usize, to: usize) -> String {
        match self.tokens.get(from..to) {
            Some([first, .., last]) => self.text[first.at.start..last.at.end].to_owned(),
            Some([one]) => self.text[one.at.clone()].to_owned(),
            _ => String::new(),
        }
    }

    /// The next token outside of parentheses that is one of these words, from a place on.
    pub(super) fn next_of(&self, from: usize, wanted: &dyn Fn(&str) -> bool) -> Result<usize, String> {
        let mut depth = 0_usize;
        for at in from..self.tokens.len() {
            match self.word_at(at).as_str() {
                "(" => depth += 1,
                ")" => depth = depth.checked_sub(1).ok_or("closes a parenthesis that it did not open")?,
                word if depth == 0 && wanted(word) => return Ok(at),
                _ => {}
            }
        }
        match depth {
            0 => Ok(self.tokens.len()),
            _ => Err("opens a parenthesis that it does not close".to_owned()),
        }
    }

    fn statement(&mut self) -> Result<Parts, String> {
        let other = || "is no INSERT … SELECT".to_owned();
        let with = self.word_at(0) == "WITH";
        if with {
            self.at = self.next_of(0, &|word| matches!(word, "INSERT" | "REPLACE"))?;
        }
        let mut manner = String::new();
        if self.takes("REPLACE") {
            "REPLACE".clone_into(&mut manner);
        } else if !self.takes("INSERT") {
            return Err(other());
        } else if self.takes("OR") {
            manner = self.word_at(self.at);
            self.at += 1;
        }
        if manner == "ROLLBACK" {
            return Err("would end the transaction that it runs in (OR ROLLBACK)".to_owned());
        }
        if !self.takes("INTO") {
            return Err(other());
        }
        let into = self.table()?;
        if self.takes("AS") {
            self.name();
        }
        let columns = self.columns()?;
        let body = match self.word_at(self.at).as_str() {
            "SELECT" => self.select()?,
            "WITH" => Body::Whole("it has a WITH"),
            "VALUES" | "DEFAULT" => Body::Whole("it reads no table"),
            _ => return Err(other()),
        };
        let body = match (manner.as_str(), body) {
            _ if with => Body::Whole("it has a WITH"),
            ("" | "ABORT", body) => body,
            _ => Body::Whole("it says OR …, which is not what on_conflict says"),
        };
        Ok(Parts { into, columns, replaces: manner == "REPLACE", body })
    }

    fn columns(&mut self) -> Result<Option<Vec<String>>, String> {
        if !self.takes("(") {
            return Ok(None);
        }
        let mut columns = Vec::new();
        loop {
            columns.push(self.name().ok_or("has something else than names between the parentheses of its columns")?);
            if self.takes(")") {
                return Ok(Some(columns));
            }
            if !self.takes(",") {
                return Err("has something else than names between the parentheses of its columns".to_owned());
            }
        }
    }

    fn select(&mut self) -> Result<Body, String> {
        self.at += 1;
        if self.takes("DISTINCT") {
            return Ok(Body::Whole("it takes rows that differ only once"));
        }
        self.takes("ALL");
        let begin = self.at;
        let mut end = begin;
        loop {
            end = self.next_of(end, &|word| word == "FROM" || ends(word).is_some())?;
            // `a IS NOT DISTINCT FROM b` is an expression.
            match self.word_at(end).as_str() {
                "FROM" if self.word_at(end - 1) == "DISTINCT" => end += 1,
                "FROM" => break,
                "" => return Ok(Body::Whole("it reads no table")),
                word => return Ok(Body::Whole(ends(word).unwrap_or("it reads no table"))),
            }
        }
        self.at = end + 1;
        if self.word_at(self.at) == "(" {
            return Ok(Body::Whole("it reads a selection"));
        }
        let from = self.table()?;
        if self.word_at(self.at) == "(" {
            return Ok(Body::Whole("it reads what a function gives"));
        }
        let alias = self.alias();
        let items = match items::read(self, begin, end, alias.as_deref().unwrap_or(&from))? {
            Ok(items) => items,
            Err(why) => return Ok(Body::Whole(why)),
        };
        let mut filter = None;
        if self.takes("WHERE") {
            let last = self.next_of(self.at, &|word| word == "ON" || word == "RETURNING" || ends(word).is_some())?;
            filter = Some(self.between(self.at, last));
            self.at = last;
        }
        let rest: Vec<String> = (self.at..self.tokens.len()).map(|at| self.word_at(at)).collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        Ok(match rest.as_slice() {
            [] => Body::Rows(Select { items, from, alias, filter, skips: false }),
            ["ON", "CONFLICT", "DO", "NOTHING"] if filter.is_some() => {
                Body::Rows(Select { items, from, alias, filter, skips: true })
            }
            ["ON", ..] => Body::Whole("it says what happens on a conflict"),
            [word, ..] => Body::Whole(ends(word).unwrap_or("it reads several tables")),
        })
    }

    fn alias(&mut self) -> Option<String> {
        if self.takes("AS") {
            return self.name();
        }
        let word = self.word_at(self.at);
        let others = ["WHERE", "ON", "NOT", "INDEXED", "RETURNING"];
        if others.contains(&word.as_str()) || JOINS.contains(&word.as_str()) || ends(&word).is_some() {
            return None;
        }
        self.name()
    }
}

fn ends(word: &str) -> Option<&'static str> {
    ENDS.iter().find(|(known, _)| *known == word).map(|(_, why)| *why)
}
