//! `[source.NAME]`: data outside the database that a stage file reads.
//!
//! Takes the declarations of a stage file; gives [`Source`]s, and which of them a transformation reads. Must not know the
//! data: an application offers it, row by row, and only a run needs it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use toml::de::DeValue;

use super::fields::{Fields, Node, check_identifier, check_target};
use crate::error::{Error, Place, Result, codes};
use crate::schema::{Column, Table, Tables};

/// Keys of sources that are files.
const OF_FILES: [&str; 2] = ["file", "records"];

/// Data outside the database, as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it is called in `from`, and where its rows are laid while a step runs.
    pub name: String,
    /// Which of its versions: another one may give other rows.
    pub version: u32,
    /// The columns of its rows.
    pub columns: Vec<String>,
    /// Those that tell its rows apart; none where rows are told apart by their order.
    pub key: Vec<String>,
    /// Where it is declared.
    pub place: Place,
}

impl Source {
    /// As it is said in a sentence.
    pub fn words(&self) -> String {
        format!("the source {}, version {},", self.name, self.version)
    }

    /// What it is to a transformation: a table of this shape.
    pub fn table(&self) -> Table {
        let column = |name: &String| Column {
            name: name.clone(),
            declared: String::new(),
            not_null: self.key.contains(name),
            default: None,
            generated: false,
        };
        Table {
            name: self.name.clone(),
            sql: String::new(),
            columns: self.columns.iter().map(column).collect(),
            primary_key: self.key.clone(),
            unique: Vec::new(),
            rowid: true,
            is_virtual: false,
            is_view: false,
        }
    }

    /// What of it is part of a step's digest.
    pub(super) fn canonical(&self) -> String {
        format!("source {self} {:?} {:?}", self.columns, self.key)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// The tables of a database, and beside them the sources of a transformation as tables.
pub struct Beside<'a> {
    /// The sources.
    pub sources: &'a [Arc<Source>],
    /// The tables.
    pub tables: &'a dyn Tables,
}

impl Tables for Beside<'_> {
    fn table(&self, name: &str) -> Option<Table> {
        let source = self.sources.iter().find(|source| source.name.eq_ignore_ascii_case(name));
        source.map(|source| source.table()).or_else(|| self.tables.table(name))
    }

    fn names(&self) -> Vec<String> {
        let sources = self.sources.iter().map(|source| source.name.to_ascii_lowercase());
        self.tables.names().into_iter().chain(sources).collect()
    }

    fn has_triggers(&self, table: &str) -> bool {
        self.tables.has_triggers(table)
    }
}

/// Reads the declarations, by name.
pub(super) fn read(root: &Fields<'_>) -> Result<BTreeMap<String, Arc<Source>>> {
    let Some(node) = root.peek("source") else { return Ok(BTreeMap::new()) };
    let mut sections = node.fields()?;
    let read = sections.entries().into_iter().map(|(name, node)| {
        check_identifier(&name)
            .and_then(|()| check_target(&name))
            .map_err(|error| error.at(sections.place_of(&name)))?;
        Ok((name.clone(), Arc::new(one(name, &node)?)))
    });
    read.collect()
}

fn one(name: String, node: &Node<'_>) -> Result<Source> {
    let mut fields = node.fields()?;
    let place = fields.place();
    if let Some(key) = OF_FILES.into_iter().find(|key| fields.has(key)) {
        return Err(Error::new(codes::NOT_YET, "a source that is a file comes in a later version of evolve")
            .hint("an application that embeds evolve offers the rows itself: Project::source")
            .at(fields.place_of(key)));
    }
    let missing = fields.missing("version").hint("version = 1: the one that the application offers");
    let version = fields.integer("version", 0..=i64::from(u32::MAX))?.ok_or(missing)?;
    let missing = fields.missing("columns").hint("columns = [\"id\", \"email\"]: what each of its rows has");
    let listed = fields.has("columns").then(|| fields.names("columns")).ok_or(missing)??;
    let columns = each_once(listed, "columns", &fields)?;
    let key = fields.names("key")?;
    let key = if fields.has("key") { each_once(key, "key", &fields)? } else { key };
    if let Some(other) = key.iter().find(|name| !columns.contains(name)) {
        let message = format!("{other} is of the key of the source {name}, and not one of its columns");
        return Err(Error::new(codes::BAD_COLUMN, message).at(fields.place_of("key")));
    }
    fields.finish()?;
    Ok(Source { name, version: u32::try_from(version).unwrap_or_default(), columns, key, place })
}

/// Names, of which there is one at least, and none twice.
fn each_once(names: Vec<String>, key: &str, fields: &Fields<'_>) -> Result<Vec<String>> {
    let twice = names.iter().enumerate().any(|(at, name)| names[..at].iter().any(|it| it.eq_ignore_ascii_case(name)));
    match names.is_empty() || twice {
        true => Err(Error::new(codes::BAD_VALUE, format!("`{key}` takes one or more columns, each once"))
            .at(fields.place_of(key))),
        false => Ok(names),
    }
}

/// The sources that a declared transformation reads: those that stand under `from`, and those that its `sql` names.
pub(super) fn used(value: &DeValue<'_>, declared: &BTreeMap<String, Arc<Source>>) -> Vec<Arc<Source>> {
    let mut names = Vec::new();
    if !declared.is_empty() {
        find(value, &mut names);
    }
    names.sort();
    names.dedup();
    names.iter().filter_map(|name| declared.get(name).cloned()).collect()
}

fn find(value: &DeValue<'_>, names: &mut Vec<String>) {
    match value {
        DeValue::Array(values) => values.iter().for_each(|value| find(value.get_ref(), names)),
        DeValue::Table(table) => {
            for (key, value) in table {
                match (&**key.get_ref(), value.get_ref()) {
                    ("from", DeValue::Array(parts)) => parts.iter().for_each(|part| named(part.get_ref(), names)),
                    ("from", from) => named(from, names),
                    ("sql", DeValue::String(text)) => names.extend(crate::sql::names(text)),
                    (_, other) => find(other, names),
                }
            }
        }
        _ => {}
    }
}

/// `{ source = "crm" }`.
fn named(from: &DeValue<'_>, names: &mut Vec<String>) {
    let DeValue::Table(table) = from else { return };
    let source = table.iter().find(|(key, _)| key.get_ref() == "source");
    names.extend(source.and_then(|(_, value)| value.get_ref().as_str()).map(str::to_owned));
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::DeTable;

    fn crm() -> BTreeMap<String, Arc<Source>> {
        let place = Place::file("plans/one.toml");
        let columns = vec!["id".to_owned(), "email".to_owned()];
        let source = Source { name: "crm".to_owned(), version: 2, columns, key: vec!["id".to_owned()], place };
        BTreeMap::from([(source.name.clone(), Arc::new(source))])
    }

    fn used_by(toml: &str) -> usize {
        used(&DeValue::Table(DeTable::parse(toml).unwrap().into_inner()), &crm()).len()
    }

    #[test]
    fn a_source_is_used_where_rows_come_from_and_nowhere_else() {
        assert_eq!(used_by("from = { source = 'crm' }"), 1);
        assert_eq!(used_by("[[from]]\nsource = 'crm'\n[[from]]\ntable = 'b'"), 1);
        assert_eq!(used_by("[[do]]\n[do.convert]\nfrom = { source = 'crm' }"), 1);
        assert_eq!(used_by("sql = 'INSERT INTO t SELECT id FROM crm'"), 1);
        assert_eq!(used_by("from = 'crm'\n[columns]\nsource = 'crm'"), 0);
        assert_eq!(used_by("from = { source = 'other' }"), 0);
    }

    #[test]
    fn it_stands_beside_the_tables_there_are() {
        struct None;
        impl Tables for None {
            fn table(&self, _: &str) -> Option<Table> {
                Option::None
            }
            fn names(&self) -> Vec<String> {
                vec!["t".to_owned()]
            }
            fn has_triggers(&self, _: &str) -> bool {
                false
            }
        }
        let sources: Vec<Arc<Source>> = crm().into_values().collect();
        let beside = Beside { sources: &sources, tables: &None };
        let table = beside.table("CRM").unwrap();
        assert_eq!(
            (table.primary_key, table.columns[0].not_null, table.columns[1].not_null),
            (vec!["id".to_owned()], true, false)
        );
        assert!(beside.table("t").is_none());
        assert_eq!(beside.names(), ["t", "crm"]);
    }
}
