//! One statement of SQLite's SQL, read into what it does.
//!
//! Takes a statement's text; gives a [`Parsed`]. Knows SQLite's grammar (through its parser) and no database.

use crate::change::What;
use crate::schema::ObjectKind;
use crate::sql::{TokenKind, unquoted};
use sqlite3_parser::ast::{
    AlterTableBody, Cmd, ColumnConstraint, ColumnDefinition, CreateTableBody, Expr, InsertBody, Literal, Name,
    OneSelect, QualifiedName, ResolveType, ResultColumn, Select, SelectTable, Stmt,
};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

/// What one statement does, and what a reader of several must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What it does.
    pub what: What,
    /// Where rows are carried from one table into another, how.
    pub carry: Option<Carry>,
    /// Why a migration may not hold it, or only where it says so.
    pub special: Option<Special>,
    /// For ADD COLUMN: whether a constraint of the column keeps it from being dropped again.
    pub refers: bool,
    /// Whether rows that are there may be deleted to make room (`OR REPLACE`), which no trigger sees.
    pub replaces: bool,
    /// Whether it makes something that lives as long as the connection only.
    pub temporary: bool,
    /// For CREATE TABLE: whether it is filled from a query at once.
    pub filled: bool,
}

/// `INSERT INTO into (columns) SELECT values FROM from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carry {
    /// The table that is filled.
    pub into: String,
    /// Its columns, where they are named.
    pub columns: Option<Vec<String>>,
    /// The one table that is read.
    pub from: String,
    /// What is selected: a plain column, `*`, or something computed.
    pub values: Vec<Carried>,
    /// Whether rows may be left out.
    pub filtered: bool,
}

/// One selected value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// A column as it is.
    Column(String),
    /// All columns.
    Star,
    /// Anything else.
    Computed,
}

/// Statements that need more than a place in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE.
    Transaction(Boundary),
    /// ATTACH and DETACH.
    Attach,
    /// VACUUM, and settings that work outside a transaction only.
    Outside,
    /// A setting that opens a database to damage.
    Dangerous,
    /// A setting that evolve sets by itself as the step needs it.
    ForeignKeys,
}

/// Which boundary of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// BEGIN.
    Begin,
    /// COMMIT or END.
    Commit,
    /// ROLLBACK, SAVEPOINT, RELEASE.
    Other,
}

impl Parsed {
    fn plain(what: What) -> Self {
        Self { what, carry: None, special: None, refers: false, replaces: false, temporary: false, filled: false }
    }

    fn special(what: What, special: Special) -> Self {
        Self { special: Some(special), ..Self::plain(what) }
    }
}

/// Reads one statement. What the parser does not know is [`What::Opaque`]: the database itself has the last word on
/// whether it is SQL.
pub fn parse(statement: &str) -> Parsed {
    let bump = Bump::new();
    let mut parser = Parser::new(&bump, statement.as_bytes());
    match parser.next() {
        Ok(Some(Cmd::Stmt(statement))) => read(&statement),
        Ok(Some(_)) => Parsed::plain(What::Nothing),
        Ok(None) | Err(_) => Parsed::plain(What::Opaque),
    }
}

/// `CREATE TABLE … AS` with the same columns and no row: the query is not run, however long it would take.
pub fn without_rows(statement: &str) -> String {
    let tokens = crate::sql::tokens(statement).unwrap_or_default();
    let is_as = |token: &&crate::sql::Token| {
        token.kind == TokenKind::Word && statement[token.at.clone()].eq_ignore_ascii_case("as")
    };
    let Some(at) = tokens.iter().find(is_as) else { return statement.to_owned() };
    let query = statement[at.at.end..].trim_end().trim_end_matches(';');
    format!("{} SELECT * FROM ({query}\n) LIMIT 0", &statement[..at.at.end])
}

/// Whether a text is exactly one expression.
pub fn is_expression(text: &str) -> bool {
    if has_parameters(text) || !is_closed(text) {
        return false;
    }
    let bump = Bump::new();
    let wrapped = format!("SELECT (\n{text}\n)");
    let mut parser = Parser::new(&bump, wrapped.as_bytes());
    let Ok(Some(Cmd::Stmt(Stmt::Select(select)))) = parser.next() else { return false };
    let OneSelect::Select { columns: [ResultColumn::Expr(Expr::Parenthesized(inner), None)], from: None, .. } =
        &select.body.select
    else {
        return matches!(
            &select.body.select,
            OneSelect::Select { columns: [ResultColumn::Expr(Expr::Subquery(_), None)], from: None, .. }
        );
    };
    inner.len() == 1 && select.body.compounds.is_none() && matches!(parser.next(), Ok(None))
}

/// Whether a text has a parameter, which would take a value that is not its own.
pub fn has_parameters(text: &str) -> bool {
    let tokens = crate::sql::tokens(text).unwrap_or_default();
    tokens.iter().any(|token| match token.kind {
        TokenKind::Sign => matches!(&text[token.at.clone()], "?" | ":" | "@" | "#"),
        TokenKind::Word => text[token.at.clone()].starts_with('$'),
        _ => false,
    })
}

/// Whether nothing of a text gets out of parentheses around it: what closes was opened in it, and no statement ends.
fn is_closed(text: &str) -> bool {
    let mut open = 0_i64;
    let inside = |tokens: Vec<crate::sql::Token>| {
        tokens.iter().all(|token| {
            match &text[token.at.clone()] {
                "(" => open += 1,
                ")" => open -= 1,
                ";" => return false,
                _ => {}
            }
            open >= 0
        })
    };
    crate::sql::tokens(text).is_ok_and(inside) && open == 0
}

/// Whether a text is exactly one SELECT.
pub fn is_select(text: &str) -> bool {
    let bump = Bump::new();
    let mut parser = Parser::new(&bump, text.as_bytes());
    matches!(parser.next(), Ok(Some(Cmd::Stmt(Stmt::Select(_)))))
        && matches!(parser.next(), Ok(None))
        && !has_parameters(text)
}

fn read(statement: &Stmt<'_>) -> Parsed {
    match statement {
        Stmt::CreateTable { body: CreateTableBody::AsSelect(_), temporary, .. } => {
            let what = if *temporary { What::Nothing } else { create(statement) };
            Parsed { temporary: *temporary, filled: true, ..Parsed::plain(what) }
        }
        Stmt::CreateTable { temporary: true, .. }
        | Stmt::CreateView { temporary: true, .. }
        | Stmt::CreateTrigger { temporary: true, .. } => Parsed { temporary: true, ..Parsed::plain(What::Nothing) },
        Stmt::CreateTable { .. } | Stmt::CreateIndex { .. } | Stmt::CreateView { .. } => {
            Parsed::plain(create(statement))
        }
        Stmt::CreateTrigger { .. } | Stmt::CreateVirtualTable { .. } => Parsed::plain(create(statement)),
        Stmt::DropIndex { .. } | Stmt::DropTable { .. } | Stmt::DropTrigger { .. } | Stmt::DropView { .. } => {
            Parsed::plain(drop(statement))
        }
        Stmt::AlterTable(table, body) => alter(&table_name(table), body),
        Stmt::Insert { or_conflict, tbl_name, columns, body, .. } => {
            let into = table_name(tbl_name);
            let or_replace = matches!(or_conflict, Some(ResolveType::Replace));
            let replaces = or_replace || matches!(body, InsertBody::Select(_, Some(_)));
            let columns = columns.as_ref().map(|columns| columns.iter().map(name).collect());
            let carry = match body {
                InsertBody::Select(select, None) => carry(&into, columns, select),
                InsertBody::Select(_, Some(_)) | InsertBody::DefaultValues => None,
            };
            let lets_out = matches!(or_conflict, Some(ResolveType::Ignore | ResolveType::Replace));
            let carry = carry.map(|carry| Carry { filtered: carry.filtered || lets_out, ..carry });
            Parsed { carry, replaces: or_replace, ..Parsed::plain(What::Insert { table: into, replaces }) }
        }
        Stmt::Update { tbl_name, sets, where_clause, or_conflict, .. } => Parsed {
            replaces: matches!(or_conflict, Some(ResolveType::Replace)),
            ..Parsed::plain(What::Update {
                table: table_name(tbl_name),
                columns: sets.iter().flat_map(|set| set.col_names.iter().map(name)).collect(),
                filtered: where_clause.is_some(),
            })
        },
        Stmt::Delete { tbl_name, where_clause, .. } => {
            Parsed::plain(What::Delete { table: table_name(tbl_name), filtered: where_clause.is_some() })
        }
        Stmt::Begin(..) => Parsed::special(What::Nothing, Special::Transaction(Boundary::Begin)),
        Stmt::Commit(_) => Parsed::special(What::Nothing, Special::Transaction(Boundary::Commit)),
        Stmt::Rollback { .. } | Stmt::Savepoint(_) | Stmt::Release(_) => {
            Parsed::special(What::Nothing, Special::Transaction(Boundary::Other))
        }
        Stmt::Attach { .. } | Stmt::Detach(_) => Parsed::special(What::Opaque, Special::Attach),
        Stmt::Vacuum(..) => Parsed::special(What::Setting { name: "vacuum".into() }, Special::Outside),
        Stmt::Pragma(setting, body) => pragma(&table_name(setting), body.is_some()),
        Stmt::Analyze(_) | Stmt::Reindex { .. } | Stmt::Select(_) => Parsed::plain(What::Nothing),
    }
}

fn create(statement: &Stmt<'_>) -> What {
    let (kind, name, table, unique, tolerant) = match statement {
        Stmt::CreateTable { tbl_name, if_not_exists, .. }
        | Stmt::CreateVirtualTable { tbl_name, if_not_exists, .. } => {
            (ObjectKind::Table, table_name(tbl_name), table_name(tbl_name), false, *if_not_exists)
        }
        Stmt::CreateIndex { unique, if_not_exists, idx_name, tbl_name, .. } => {
            (ObjectKind::Index, table_name(idx_name), name(tbl_name), *unique, *if_not_exists)
        }
        Stmt::CreateTrigger { if_not_exists, trigger_name, tbl_name, .. } => {
            (ObjectKind::Trigger, table_name(trigger_name), table_name(tbl_name), false, *if_not_exists)
        }
        Stmt::CreateView { if_not_exists, view_name, .. } => {
            (ObjectKind::View, table_name(view_name), table_name(view_name), false, *if_not_exists)
        }
        _ => return What::Opaque,
    };
    What::Create { kind, name, table, unique, tolerant }
}

/// A DROP; the table of an index or trigger is not in its text, and stays empty.
fn drop(statement: &Stmt<'_>) -> What {
    let (kind, name, tolerant) = match statement {
        Stmt::DropTable { if_exists, tbl_name } => (ObjectKind::Table, tbl_name, *if_exists),
        Stmt::DropIndex { if_exists, idx_name } => (ObjectKind::Index, idx_name, *if_exists),
        Stmt::DropTrigger { if_exists, trigger_name } => (ObjectKind::Trigger, trigger_name, *if_exists),
        Stmt::DropView { if_exists, view_name } => (ObjectKind::View, view_name, *if_exists),
        _ => return What::Opaque,
    };
    let name = table_name(name);
    let table = match kind {
        ObjectKind::Table | ObjectKind::View => name.clone(),
        ObjectKind::Index | ObjectKind::Trigger => String::new(),
    };
    What::Drop { kind, name, table, tolerant }
}

fn alter(table: &str, body: &AlterTableBody<'_>) -> Parsed {
    let table = table.to_owned();
    let what = match body {
        AlterTableBody::RenameTo(to) => What::RenameTable { from: table, to: name(to) },
        AlterTableBody::RenameColumn { old, new } => What::RenameColumn { table, from: name(old), to: name(new) },
        AlterTableBody::DropColumn(column) => What::DropColumn { table, column: name(column) },
        AlterTableBody::AddColumn(column) => {
            return Parsed { refers: refers(column), ..Parsed::plain(add_column(table, column)) };
        }
        AlterTableBody::AddConstraint(_) | AlterTableBody::SetColumnNotNull(..) => What::AddConstraint { table },
        AlterTableBody::DropConstraint(_) | AlterTableBody::DropColumnNotNull(_) => What::DropConstraint { table },
    };
    Parsed::plain(what)
}

fn add_column(table: String, column: &ColumnDefinition<'_>) -> What {
    let has = |wanted: fn(&ColumnConstraint<'_>) -> bool| column.constraints.iter().any(|it| wanted(&it.constraint));
    What::AddColumn {
        table,
        column: name(&column.col_name),
        not_null: has(|it| matches!(it, ColumnConstraint::NotNull { nullable: false, .. })),
        default: has(
            |it| matches!(it, ColumnConstraint::Default(value) if !matches!(value, Expr::Literal(Literal::Null))),
        ),
    }
}

fn refers(column: &ColumnDefinition<'_>) -> bool {
    column.constraints.iter().any(|it| {
        matches!(
            it.constraint,
            ColumnConstraint::ForeignKey { .. } | ColumnConstraint::Check(_) | ColumnConstraint::Generated { .. }
        )
    })
}

fn carry(into: &str, columns: Option<Vec<String>>, select: &Select<'_>) -> Option<Carry> {
    let OneSelect::Select { distinctness, columns: values, from, where_clause, group_by, .. } = &select.body.select
    else {
        return None;
    };
    let from = from.as_ref()?;
    let SelectTable::Table(table, ..) = from.select? else { return None };
    let filtered = distinctness.is_some()
        || where_clause.is_some()
        || group_by.is_some()
        || from.joins.as_ref().is_some_and(|joins| !joins.is_empty())
        || select.limit.is_some()
        || select.with.is_some()
        || select.body.compounds.is_some();
    let values = values.iter().map(carried).collect();
    Some(Carry { into: into.to_owned(), columns, from: table_name(table), values, filtered })
}

fn carried(value: &ResultColumn<'_>) -> Carried {
    match value {
        ResultColumn::Star | ResultColumn::TableStar(_) => Carried::Star,
        ResultColumn::Expr(Expr::Id(id), _) => Carried::Column(unquoted(id.0)),
        ResultColumn::Expr(Expr::Name(column) | Expr::Qualified(_, column), _) => Carried::Column(name(column)),
        ResultColumn::Expr(..) => Carried::Computed,
    }
}

fn pragma(setting: &str, sets: bool) -> Parsed {
    let setting = setting.to_ascii_lowercase();
    let special = match setting.as_str() {
        "foreign_keys" | "defer_foreign_keys" | "legacy_alter_table" => Some(Special::ForeignKeys),
        "writable_schema" | "ignore_check_constraints" | "temp_store_directory" => Some(Special::Dangerous),
        "query_only" if sets => Some(Special::Dangerous),
        "schema_version" if sets => Some(Special::Dangerous),
        "journal_mode" | "auto_vacuum" | "page_size" | "incremental_vacuum" | "locking_mode" | "synchronous"
        | "wal_checkpoint" | "encoding"
            if sets || setting.ends_with("vacuum") || setting == "wal_checkpoint" =>
        {
            Some(Special::Outside)
        }
        _ => None,
    };
    Parsed { special, ..Parsed::plain(if sets { What::Setting { name: setting } } else { What::Nothing }) }
}

fn table_name(qualified: &QualifiedName<'_>) -> String {
    name(&qualified.name)
}

fn name(name: &Name<'_>) -> String {
    unquoted(name.0)
}

#[cfg(test)]
mod tests;
