//! A temporary table that stands for a target: made by the same statement, with the same unique keys.
//!
//! It holds the target's rows that come into question, so that rows can be tried on it. Nothing else of the database is
//! written.

use super::limits::{Limit, flag};
use crate::error::{Error, Result, codes};
use crate::schema::Table;
use crate::sql::{quoted, tokens, unquoted, word};
use crate::sqlite::mover::SqliteMover;
use crate::sqlite::render::{Key, STAND_IN};
use crate::sqlite::shape;
use crate::sqlite::survey::database_error;
use crate::value::Value;

/// The unique keys of a target, as rows run into each other by them.
pub(super) struct Keys {
    /// Those of which a Movement gives every column.
    pub(super) given: Vec<Key>,
    /// Whether there are others, by which rows may collide too: then only all rows together tell.
    pub(super) others: bool,
}

impl SqliteMover<'_> {
    /// The unique keys of the target.
    pub(super) fn unique_keys(&self) -> Result<Keys> {
        let sql = "SELECT i.name, c.name, c.coll, i.partial FROM pragma_index_list(?1, 'main') AS i, \
                   pragma_index_xinfo(i.name, 'main') AS c WHERE i.\"unique\" AND c.\"key\" ORDER BY i.seq, c.seqno";
        let mut all: Vec<(String, Option<Key>)> = Vec::new();
        if let Some(alias) = shape::rowid_alias(&self.target) {
            all.push((String::new(), Some(vec![(alias.to_owned(), "BINARY".to_owned())])));
        }
        for row in self.ask(sql, &[Value::Text(self.target.name.clone())])? {
            let text = |at: usize| crate::ledger::text(&row, at);
            let whole = crate::ledger::integer(&row, 3) == Some(0);
            let part = text(1).zip(text(2)).filter(|_| whole);
            let index = text(0).unwrap_or_default();
            match all.last_mut() {
                Some((last, key)) if *last == index => {
                    *key = key.take().zip(part).map(|(mut key, part)| {
                        key.push(part);
                        key
                    });
                }
                _ => all.push((index, part.map(|part| vec![part]))),
            }
        }
        let gives = |(column, _): &(String, String)| {
            self.movement.columns.iter().any(|assign| assign.column.eq_ignore_ascii_case(column))
        };
        let has_default = |(column, _): &(String, String)| {
            self.target.column(column).is_none_or(|column| column.default.is_some() || column.generated)
        };
        let mut keys = Keys { given: Vec::new(), others: false };
        for (_, key) in all {
            match key {
                Some(key) if key.iter().all(gives) => keys.given.push(key),
                // A column that is not given is NULL, which is like no other.
                Some(key) if !key.iter().filter(|part| !gives(part)).any(has_default) => {}
                _ => keys.others = true,
            }
        }
        Ok(keys)
    }

    /// Makes the table, empty, with so many columns for the key of the row that comes, and one for each CHECK that is judged.
    pub(super) fn make_stand_in(&self, keys: usize, judged: &[Limit]) -> Result<()> {
        let odd = || Error::new(codes::DATABASE, format!("the statement of {} cannot be read", self.target.name));
        let check = |(at, limit): (usize, &Limit)| {
            let condition = rewritten(limit.check.as_ref()?, &self.target, false);
            Some(format!("{} AS (NOT ({condition}\n))", flag(at)))
        };
        let keys = (0..keys).map(|at| format!("evolve_k{at}"));
        let more: Vec<String> = keys.chain(judged.iter().enumerate().filter_map(check)).collect();
        let body = body(&self.target, &more).ok_or_else(odd)?;
        let mut make = format!("DROP TABLE IF EXISTS temp.{STAND_IN}; CREATE TEMP TABLE {STAND_IN} {body};");
        let indexes = self.ask(
            "SELECT m.sql FROM main.sqlite_schema AS m JOIN pragma_index_list(?1, 'main') AS i ON i.name = m.name \
             WHERE m.type = 'index' AND m.sql IS NOT NULL AND i.\"unique\" ORDER BY i.seq",
            &[Value::Text(self.target.name.clone())],
        )?;
        for (number, row) in indexes.iter().enumerate() {
            let sql = crate::ledger::text(row, 0).unwrap_or_default();
            // CREATE UNIQUE INDEX name ON table (…)
            let words = tokens(&sql).map_err(|_| odd())?;
            let table = words.get(5).ok_or_else(odd)?;
            make.push_str(&format!(
                "\nCREATE UNIQUE INDEX temp.{STAND_IN}_{number} ON {STAND_IN}{};",
                &sql[table.at.end..]
            ));
        }
        self.connection.execute_batch(&make).map_err(|error| database_error(&error))
    }

    /// Copies all rows of the target into it, with their numbers.
    pub(super) fn admit_all(&self) -> Result<()> {
        let number = shape::rowid_name(&self.target).filter(|_| shape::rowid_alias(&self.target).is_none());
        let columns = shape::stored(&self.target);
        let columns = columns.iter().map(|column| quoted(column)).chain(number.map(str::to_owned));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let sql = format!("INSERT INTO temp.{STAND_IN} ({columns}) SELECT {columns} FROM main.{}", self.into());
        self.write(&sql, &[]).map(|_| ())
    }

    /// Copies the rows of the target into it that this Movement's rows run into.
    pub(super) fn admit(&self, keys: &[Key], refused: bool) -> Result<()> {
        let columns = shape::stored(&self.target);
        let rendering = self.rendering();
        keys.iter().try_for_each(|key| self.write(&rendering.admit(&columns, key, refused), &[]).map(|_| ()))
    }

    fn into(&self) -> String {
        quoted(&self.target.name)
    }

    /// The same Movement, into the table that stands for its target.
    pub(super) fn onto_stand_in(&self) -> Self {
        let (mut movement, mut target) = (self.movement.clone(), self.target.clone());
        movement.into = STAND_IN.to_owned();
        target.name = STAND_IN.to_owned();
        SqliteMover::of_parts(self, movement, target)
    }
}

/// What stands behind the name of a table in its statement, as the table that stands for it has it: with more columns, and
/// without STRICT, so that a value of another type can be told of.
fn body(table: &Table, more: &[String]) -> Option<String> {
    let words = tokens(&table.sql).ok()?;
    let end = words.iter().rposition(|token| word(&table.sql, token) == ")")?;
    let is_strict = words[end..].iter().any(|token| word(&table.sql, token).eq_ignore_ascii_case("strict"));
    let open = words.get(3).filter(|token| word(&table.sql, token) == "(")?;
    let columns = rewritten(&table.sql[open.at.start..words[end].at.end], table, is_strict);
    let more: String = more.iter().map(|column| format!("{column}, ")).collect();
    let options = if table.rowid { "" } else { " WITHOUT ROWID" };
    Some(format!("({more}{}{options}", &columns[1..]))
}

/// A part of a table's statement for the table that stands for it: without the table's name before that of a column. A
/// STRICT table keeps ANY as it comes; any other would make numbers of it.
fn rewritten(text: &str, table: &Table, is_strict: bool) -> String {
    let words = tokens(text).unwrap_or_default();
    let (mut written, mut from, mut depth) = (String::new(), 0, 0);
    for (at, token) in words.iter().enumerate() {
        let said = word(text, token);
        let dot = words.get(at + 1).filter(|next| word(text, next) == ".");
        let begins = at > 1 && depth == 1 && ["(", ","].contains(&word(text, &words[at - 2]));
        let is = |name: &str| unquoted(said).eq_ignore_ascii_case(name);
        let other = match dot {
            None if is_strict && begins && is("any") => Some(("BLOB", token.at.end)),
            Some(dot) if is(&table.name) => Some(("", dot.at.end)),
            _ => None,
        };
        depth += i32::from(said == "(") - i32::from(said == ")");
        if let Some((other, end)) = other {
            written.push_str(&text[from..token.at.start]);
            written.push_str(other);
            from = end;
        }
    }
    written + &text[from..]
}
