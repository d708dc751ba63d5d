//! The statements that write a batch.

use super::{Range, Rendering, joined};
use crate::movement::{Conflict, Formula, Undo, Write};
use crate::sql::quoted;
use crate::sqlite::shape;
use crate::value::Value;

impl Rendering<'_> {
    /// The statement that writes a batch; with `refused`, without the rows that stand in the table of refused ones.
    pub fn write(&self, range: Range, refused: bool) -> String {
        let without = self.unless_refused(refused);
        match &self.movement.write {
            Write::Insert(conflict) => self.insert(range, conflict, &without, &self.findable(&self.values)),
            Write::Update => self.update(range, &without),
            Write::Statement(sql) => sql.clone(),
        }
    }

    /// The condition that a row is none of the refused ones.
    pub(super) fn without_refused(&self) -> String {
        let keys = self.key.iter().enumerate().map(|(at, key)| format!("evolve_r.k{at} IS {key}"));
        let keys: Vec<String> = keys.collect();
        format!(
            " AND NOT EXISTS (SELECT 1 FROM temp.{} AS evolve_r WHERE {})",
            self.refused_table(),
            keys.join(" AND ")
        )
    }

    /// That condition, where some are refused.
    pub(super) fn unless_refused(&self, refused: bool) -> String {
        if refused { self.without_refused() } else { String::new() }
    }

    /// The statement that writes a batch by another rule than the Movement's own.
    pub fn write_as(&self, range: Range, refused: bool, conflict: &Conflict) -> String {
        let without = self.unless_refused(refused);
        self.insert(range, conflict, &without, &self.findable(&self.values))
    }

    pub(super) fn insert(&self, range: Range, conflict: &Conflict, without: &str, values: &[String]) -> String {
        let columns = self.movement.columns.iter().map(|assign| quoted(&assign.column));
        let columns = columns.chain(self.beside.iter().map(|(column, _)| column.clone()));
        let values = values.iter().chain(self.beside.iter().map(|(_, value)| value)).map(String::as_str);
        format!(
            "INSERT {}INTO {} ({}) SELECT {} FROM {} WHERE {}{without} ORDER BY {}{}",
            self.or_abort(),
            self.into(),
            columns.collect::<Vec<_>>().join(", "),
            values.collect::<Vec<_>>().join(", "),
            self.from(),
            self.selection(range),
            self.key.join(", "),
            self.on_conflict(conflict)
        )
    }

    /// What keeps the target's own `ON CONFLICT` clauses from replacing rows, or leaving them out, unsaid. Where it has none
    /// it is left out: a trigger would have to take this word for its own.
    pub(super) fn or_abort(&self) -> &'static str {
        if crate::sql::normal(&self.target.sql).contains("on conflict") { "OR ABORT " } else { "" }
    }

    /// These values, the key of the target a refusal where it is NULL and the database would make a number of its own: a
    /// row that is to be found again by its key must have the one that follows from its source.
    pub(super) fn findable(&self, values: &[String]) -> Vec<String> {
        let number = shape::rowid_alias(self.target);
        let is_found_by = |name: &str| match &self.movement.undo {
            Undo::Derive { key } => number == Some(name) && key.iter().any(|column| column.eq_ignore_ascii_case(name)),
            _ => false,
        };
        let guarded = self.movement.columns.iter().zip(values).map(|(assign, value)| {
            let name = self.target.column(&assign.column).map_or("", |column| &column.name);
            match is_found_by(name) && self.may_be_null(&assign.value) {
                true => format!("coalesce({value}, evolve_no_key())"),
                false => value.clone(),
            }
        });
        guarded.collect()
    }

    fn may_be_null(&self, value: &Formula) -> bool {
        let is_number = |name: &str| shape::rowid_alias(self.source).is_some_and(|it| it.eq_ignore_ascii_case(name));
        match value {
            Formula::Column(name) => {
                !is_number(name) && !self.source.column(name).is_some_and(|column| column.not_null)
            }
            Formula::Constant(value) => *value == Value::Null,
            Formula::New(..) => false,
            Formula::Sql(_) | Formula::Call(..) => true,
        }
    }

    pub(super) fn on_conflict(&self, conflict: &Conflict) -> String {
        let target = self.into();
        let assigned: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let taken = |column: &String| format!("{column} = excluded.{column}");
        let beside: Vec<String> = self.beside.iter().map(|(column, _)| taken(column)).collect();
        let all: Vec<String> = assigned.iter().map(taken).chain(beside.iter().cloned()).collect();
        match conflict {
            // A key is given anew before, and whoever is asked was.
            Conflict::Fail | Conflict::NewKey(_) | Conflict::Ask(_) => String::new(),
            Conflict::Skip => " ON CONFLICT DO NOTHING".to_owned(),
            Conflict::Overwrite => {
                // By bytes, whatever the column's collation, and by class.
                let differ: Vec<String> = assigned
                    .iter()
                    .map(|it| {
                        format!(
                            "{target}.{it} COLLATE BINARY IS NOT excluded.{it} OR typeof({target}.{it}) <> typeof(excluded.{it})"
                        )
                    })
                    .collect();
                format!(" ON CONFLICT DO UPDATE SET {} WHERE {}", all.join(", "), joined(&differ, " OR "))
            }
            Conflict::Fill(columns) => {
                let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
                let set: Vec<String> = columns
                    .iter()
                    .map(|column| format!("{column} = coalesce({target}.{column}, excluded.{column})"))
                    .chain(beside)
                    .collect();
                let empty: Vec<String> = columns
                    .iter()
                    .map(|column| format!("({target}.{column} IS NULL AND excluded.{column} IS NOT NULL)"))
                    .collect();
                format!(" ON CONFLICT DO UPDATE SET {} WHERE {}", set.join(", "), joined(&empty, " OR "))
            }
            Conflict::Newest(column) => {
                let column = quoted(column);
                format!(
                    " ON CONFLICT DO UPDATE SET {} WHERE excluded.{column} > {target}.{column} \
                     OR ({target}.{column} IS NULL AND excluded.{column} IS NOT NULL)",
                    all.join(", ")
                )
            }
        }
    }

    pub(super) fn update(&self, range: Range, without: &str) -> String {
        let target = self.into();
        let columns: Vec<String> = self.movement.columns.iter().map(|assign| quoted(&assign.column)).collect();
        let set: Vec<String> =
            columns.iter().enumerate().map(|(at, column)| format!("{column} = evolve_v.evolve_c{at}")).collect();
        format!(
            "UPDATE {}{target} SET {} FROM ({}) AS evolve_v WHERE {} AND ({})",
            self.or_abort(),
            set.join(", "),
            self.incoming(range, without),
            self.same_row("evolve_v"),
            self.differ()
        )
    }

    /// The condition that a walked row would change: by bytes, and by class where the column keeps any class as it comes.
    pub(super) fn differ(&self) -> String {
        let target = self.into();
        let differ = self.movement.columns.iter().enumerate().map(|(at, assign)| {
            let (old, new) = (format!("{target}.{}", quoted(&assign.column)), format!("evolve_v.evolve_c{at}"));
            let class = match self.target.column(&assign.column) {
                Some(column) if self.keeps_class(&column.declared) => format!(" OR typeof({old}) <> typeof({new})"),
                _ => String::new(),
            };
            format!("{old} COLLATE BINARY IS NOT {new}{class}")
        });
        joined(&differ.collect::<Vec<_>>(), " OR ")
    }

    pub(super) fn same_row(&self, other: &str) -> String {
        let target = self.into();
        let pairs = self.identity().into_iter().enumerate().map(|(at, key)| {
            let column = key.rsplit_once('.').map_or(key.clone(), |(_, column)| column.to_owned());
            format!("{target}.{column} IS {other}.evolve_k{at}")
        });
        pairs.collect::<Vec<_>>().join(" AND ")
    }
}

impl Rendering<'_> {
    /// Whether a column of the target of this type stores values as they come: 1 stays 1, and 1.0 stays 1.0.
    fn keeps_class(&self, declared: &str) -> bool {
        let declared = declared.to_ascii_uppercase();
        let is = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        let any = declared == "ANY" && crate::sqlite::shape::is_strict(self.target);
        declared.is_empty() || any || (is(&["BLOB"]) && !is(&["INT", "CHAR", "CLOB", "TEXT"]))
    }
}
