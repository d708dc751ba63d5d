//! What a table asks of each of its rows: NOT NULL, CHECK, and the types of a STRICT table.
//!
//! Takes a table's shape and its statement; gives conditions over a row that is about to be written. Asks nothing.

use crate::schema::{Column, Table};
use crate::sql::{Token, TokenKind, quoted, tokens, unquoted, word};
use crate::sqlite::shape;
use std::ops::Range;

/// What a table asks of each row.
#[derive(Debug)]
pub(super) struct Limit {
    /// As its table says it: `NOT NULL of t.n`, `CHECK (n > 0) of t`, `CHECK positive (n > 0) of t`.
    pub(super) words: String,
    /// The condition under which a row called `NEW` breaks it.
    pub(super) broken: String,
    /// What a CHECK asks: the table that stands for the target has it as a computed column, whose operands have the types and
    /// collations of the columns.
    pub(super) check: Option<String>,
    /// Every name in it, in lower case.
    names: Vec<String>,
}

impl Limit {
    /// Whether a change of these columns, or of one that is computed, may break it.
    pub(super) fn may_break(&self, columns: &[&str], table: &Table) -> bool {
        let computed = table.columns.iter().filter(|column| column.generated).map(|column| column.name.as_str());
        columns.iter().copied().chain(computed).any(|column| self.is_about(column))
    }

    /// Asks it of no row.
    pub(super) fn leave(&mut self) {
        "0".clone_into(&mut self.broken);
    }

    /// Whether it names a column.
    pub(super) fn is_about(&self, column: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(column))
    }
}

/// Where a row's number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// The row has it.
    Given,
    /// The database makes it: it is not known before, and breaks nothing.
    Made,
}

/// Everything a table asks of each row.
pub(super) fn of(table: &Table, number: Number) -> Vec<Limit> {
    let mut all = Vec::new();
    let alias = shape::rowid_alias(table);
    let is_strict = options(&table.sql).iter().any(|option| option.eq_ignore_ascii_case("strict"));
    for column in table.columns.iter().filter(|column| alias != Some(&column.name)) {
        let in_key = !table.rowid && table.primary_key.contains(&column.name);
        if column.not_null || in_key {
            all.push(of_column(column, format!("NOT NULL of {}.{}", table.name, column.name), "IS NULL"));
        }
        let takes = match column.declared.to_ascii_uppercase().as_str() {
            "INT" | "INTEGER" => "'integer'",
            "REAL" => "'real', 'integer'",
            "TEXT" => "'text'",
            "BLOB" => "'blob'",
            _ => continue,
        };
        if is_strict {
            let mut limit =
                of_column(column, format!("the type {} of {}.{}", column.declared, table.name, column.name), "");
            limit.broken = format!("typeof(NEW.{}) NOT IN ({takes}, 'null')", quoted(&column.name));
            all.push(limit);
        }
    }
    all.extend(checks(table));
    let unknown = alias.filter(|_| number == Number::Made);
    for (at, limit) in all.iter_mut().enumerate() {
        let by_number = NUMBERS.iter().any(|name| limit.is_about(name) && table.column(name).is_none());
        limit.check.take_if(|_| by_number);
        if limit.broken.is_empty() {
            let is_open = limit.check.is_none() || unknown.is_some_and(|alias| limit.is_about(alias));
            limit.broken = if is_open { "0".to_owned() } else { format!("NEW.{}", flag(at)) };
        }
    }
    all
}

/// The computed column of what the limit with this number asks.
pub(super) fn flag(number: usize) -> String {
    format!("evolve_f{number}")
}

fn of_column(column: &Column, words: String, broken: &str) -> Limit {
    let name = quoted(&column.name);
    Limit { words, broken: format!("NEW.{name} {broken}"), check: None, names: vec![column.name.to_lowercase()] }
}

/// The words behind a statement's last parenthesis.
pub(super) fn options(sql: &str) -> Vec<String> {
    let all = tokens(sql).unwrap_or_default();
    let end = all.iter().rposition(|token| word(sql, token) == ")").unwrap_or(0);
    all[end..].iter().map(|token| unquoted(word(sql, token))).collect()
}

/// Where a constraint decides by itself what becomes of a row that breaks it: `ON CONFLICT IGNORE`, `REPLACE`.
pub(super) fn decides_itself(sql: &str) -> bool {
    let all = tokens(sql).unwrap_or_default();
    let words: Vec<String> = all.iter().map(|token| word(sql, token).to_ascii_lowercase()).collect();
    words.windows(3).any(|run| run[0] == "on" && run[1] == "conflict" && (run[2] == "ignore" || run[2] == "replace"))
}

/// Its CHECKs. The word is reserved: where it stands between the columns, it is one.
fn checks(table: &Table) -> Vec<Limit> {
    let sql = &table.sql;
    let all = tokens(sql).unwrap_or_default();
    let mut depth = 0;
    let mut found = Vec::new();
    for (at, token) in all.iter().enumerate() {
        match word(sql, token) {
            "(" => depth += 1,
            ")" => depth -= 1,
            text if depth == 1 && token.kind == TokenKind::Word && text.eq_ignore_ascii_case("check") => {
                if let Some(inner) = inside(sql, &all[at + 1..]) {
                    found.push(check(table, named(sql, &all[..at]), inner));
                }
            }
            _ => {}
        }
    }
    found
}

fn check(table: &Table, name: Option<String>, inner: Range<usize>) -> Limit {
    let condition = &table.sql[inner];
    let names = tokens(condition).unwrap_or_default();
    let names = names.iter().map(|token| unquoted(word(condition, token)).to_lowercase()).collect();
    let name = name.map_or(String::new(), |name| format!("{name} "));
    Limit {
        words: format!("CHECK {name}({}) of {}", condition.trim(), table.name),
        broken: String::new(),
        check: Some(condition.to_owned()),
        names,
    }
}

/// What stands between the parentheses that open here.
fn inside(sql: &str, from: &[Token]) -> Option<Range<usize>> {
    let mut depth = 0;
    for token in from {
        match word(sql, token) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(from.first()?.at.end..token.at.start).filter(|inner| inner.start <= inner.end);
        }
    }
    None
}

/// The name of the constraint that begins behind these tokens.
fn named(sql: &str, before: &[Token]) -> Option<String> {
    let [.., keyword, name] = before else { return None };
    word(sql, keyword).eq_ignore_ascii_case("constraint").then(|| unquoted(word(sql, name)))
}

/// The names by which a row's number can be asked for.
pub(super) const NUMBERS: [&str; 3] = ["rowid", "_rowid_", "oid"];

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    fn words(sql: &str) -> Vec<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        of(&shape::table(&connection, "t").unwrap().unwrap(), Number::Given)
            .into_iter()
            .map(|limit| limit.words)
            .collect()
    }

    #[test]
    fn what_a_table_asks_of_rows_is_read_from_its_statement() {
        let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id > 0), \"check\" TEXT DEFAULT 'CHECK (no)' NOT NULL, \
                   n INT CONSTRAINT positive CHECK (n > 0 -- not )\n), g AS (coalesce(n, (1))) NOT NULL, \
                   CHECK (length(\"check\") < (3)), CONSTRAINT [both of] CHECK (n <> id))";
        let expected = [
            "NOT NULL of t.check",
            "NOT NULL of t.g",
            "CHECK (id > 0) of t",
            "CHECK positive (n > 0 -- not )) of t",
            "CHECK (length(\"check\") < (3)) of t",
            "CHECK both of (n <> id) of t",
        ];
        assert_eq!(words(sql), expected);
        assert_eq!(words("CREATE TABLE t (a, b, PRIMARY KEY (b)) WITHOUT ROWID"), ["NOT NULL of t.b"]);
        let strict = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, a ANY, x TEXT) STRICT";
        assert_eq!(words(strict), ["the type INT of t.n", "the type TEXT of t.x"]);
    }

    #[test]
    fn a_table_that_decides_by_itself_is_told_apart() {
        assert!(decides_itself("CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE)"));
        assert!(!decides_itself("CREATE TABLE t (a UNIQUE ON CONFLICT FAIL, b DEFAULT 'ON CONFLICT IGNORE')"));
    }
}
