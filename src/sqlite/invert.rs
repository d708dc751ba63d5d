//! The inverse of each change of schema, taken of how things stood before it.
//!
//! Takes what a statement does and what was there; adds the acts that undo it to the [`Reader`]'s reading.

use crate::change::What;
use crate::inverse::{Inverse, MakeTable, RemakeTable};
use crate::reading::How;
use crate::schema::{ObjectKind, Tables as _};
use crate::sql::{normal, quoted};
use crate::sqlite::parse::{self, Parsed};
use crate::sqlite::read::Reader;
use crate::sqlite::rebuild::{self, Dropped, Recognised};
use crate::sqlite::shape;

impl Reader<'_> {
    /// Adds the inverse of a change.
    pub(super) fn invert(&mut self, what: &What, parsed: &Parsed, before: Option<Dropped>, index: usize) {
        match what {
            What::Create { tolerant: true, .. } if before.is_some() => {}
            What::Create { kind: ObjectKind::Table, name, .. } => self.invert_create(name, index),
            What::Create { kind, name, .. } => self.sql(format!("DROP {} IF EXISTS {}", kind.word(), quoted(name))),
            What::Drop { kind: ObjectKind::Table, .. } => {
                if let Some(before) = before {
                    self.invert_drop(before, index);
                }
            }
            What::Drop { .. } => {
                if let Some(before) = before {
                    before.belongings.into_iter().rev().for_each(|belonging| self.sql(belonging));
                    self.sql(before.sql);
                }
            }
            // What the file itself made goes as a whole.
            What::AddColumn { table, .. } | What::RenameColumn { table, .. }
                if self.made.contains(&table.to_ascii_lowercase()) => {}
            What::RenameTable { from, to } => self.invert_rename(from, to, index),
            What::RenameColumn { table, from, to } => {
                self.sql(format!("ALTER TABLE {} RENAME COLUMN {} TO {}", quoted(table), quoted(to), bare(from)));
            }
            What::AddColumn { table, column, .. } if !parsed.refers => {
                let default = self.scratch.table(table).and_then(|shape| shape.column(column)?.default.clone());
                self.reading.inverse.push(Inverse::DropColumn {
                    table: table.clone(),
                    column: column.clone(),
                    default,
                });
            }
            What::AddColumn { table, .. }
            | What::DropColumn { table, .. }
            | What::AddConstraint { table }
            | What::DropConstraint { table } => {
                self.invert_reshape(table, before, index);
            }
            _ => self.no_inverse("a statement that evolve cannot look into".to_owned()),
        }
    }

    fn sql(&mut self, sql: String) {
        self.reading.inverse.push(Inverse::Sql(sql));
    }

    fn invert_create(&mut self, name: &str, index: usize) {
        self.made.insert(name.to_ascii_lowercase());
        let statement = &self.text.text[self.reading.statements[index].clone()];
        if normal(statement).starts_with("create virtual ") {
            self.sql(format!("DROP TABLE {}", quoted(name)));
        } else {
            self.reading.inverse.push(Inverse::DropTable { table: name.to_owned() });
            self.reading.filled.push(name.to_ascii_lowercase());
        }
    }

    fn invert_drop(&mut self, mut before: Dropped, index: usize) {
        let lower = before.name.to_ascii_lowercase();
        if self.made.remove(&lower) {
            // Made and dropped by the same file: neither is seen from outside.
            self.reading.filled.retain(|table| *table != lower);
            self.reading.inverse.retain(|act| *act != Inverse::DropTable { table: before.name.clone() });
            for spots in [
                &mut self.reading.touches.creates,
                &mut self.reading.touches.destroys,
                &mut self.reading.touches.writes,
                &mut self.reading.touches.reads,
            ] {
                spots.forget_table(&lower);
            }
            return;
        }
        let Some(shape) = before.shape.clone() else { return };
        let mut statements = vec![before.sql.clone()];
        statements.extend(before.belongings.iter().cloned());
        let external = shape.is_virtual && normal(&shape.sql).contains("content =");
        if external {
            statements.push(format!("INSERT INTO {0}({0}) VALUES ('rebuild')", quoted(&shape.name)));
        }
        let kept = (!external).then(|| self.keep(index, &shape, How::Whole, Vec::new()));
        before.kept = kept;
        self.reading.inverse.push(Inverse::MakeTable(MakeTable {
            table: shape.name.clone(),
            statements,
            columns: shape::stored(&shape),
            rowid: shape::rowid_name(&shape).is_some() && shape::rowid_alias(&shape).is_none(),
            kept,
        }));
        self.dropped.push(before);
    }

    fn invert_rename(&mut self, from: &str, to: &str, index: usize) {
        let made = self.made.remove(&from.to_ascii_lowercase());
        if made {
            self.made.insert(to.to_ascii_lowercase());
            for table in &mut self.reading.filled {
                if table.eq_ignore_ascii_case(from) {
                    *table = to.to_ascii_lowercase();
                }
            }
        }
        let dropped = self.dropped.iter().position(|dropped| dropped.name.eq_ignore_ascii_case(to));
        if let (true, Some(dropped)) = (made, dropped)
            && let Some(now) = self.scratch.table(to)
        {
            let old = &self.dropped[dropped];
            match rebuild::recognise(&mut self.reading, old, from, &now, &self.carries, index) {
                Recognised::No => {}
                Recognised::Whole => drop(self.dropped.remove(dropped)),
                Recognised::ByKey => {
                    self.dropped.remove(dropped);
                    // It was there before: what the file does to it from here on is kept.
                    self.made.remove(&to.to_ascii_lowercase());
                    return;
                }
            }
        }
        if made {
            // It goes under its last name, before what had that name is made again.
            self.reading.inverse.retain(|act| !act.drops(from));
            self.reading.inverse.push(Inverse::DropTable { table: to.to_owned() });
            return;
        }
        self.sql(format!("ALTER TABLE {} RENAME TO {}", quoted(to), bare(from)));
    }

    /// A column or constraint came or went in place.
    fn invert_reshape(&mut self, table: &str, before: Option<Dropped>, index: usize) {
        let (Some(before), Some(now)) = (before, self.scratch.table(table)) else { return };
        let Some(was) = &before.shape else { return };
        if self.made.contains(&table.to_ascii_lowercase()) {
            return;
        }
        let common = |column: &String| now.column(column).is_some_and(|it| !it.generated);
        let carried: Vec<_> =
            shape::stored(was).into_iter().filter(common).map(|column| (column.clone(), column)).collect();
        let lost = carried.len() < shape::stored(was).len();
        let rowid = shape::rowid_name(was).is_some() && shape::rowid_name(&now).is_some();
        let key: Vec<_> =
            if rowid { Vec::new() } else { was.primary_key.iter().map(|key| (key.clone(), key.clone())).collect() };
        if lost && !rowid && key.is_empty() {
            return self.no_inverse(format!("{table}: its rows have nothing to be found by"));
        }
        let kept = lost.then(|| {
            let how = How::Replaced { added: Vec::new(), new_key: key.iter().map(|(_, new)| new.clone()).collect() };
            let kept = self.keep(index, was, how, key.iter().map(|(old, _)| old.clone()).collect());
            self.reading.keeps[kept].rowid = rowid;
            self.reading.keeps[kept].columns.retain(|column| now.column(column).is_none());
            kept
        });
        let added = now
            .columns
            .iter()
            .filter(|column| !column.generated && was.column(&column.name).is_none())
            .map(|column| (column.name.clone(), column.default.clone()))
            .collect();
        self.reading.inverse.push(Inverse::RemakeTable(RemakeTable {
            table: before.name,
            statements: std::iter::once(before.sql).chain(before.belongings).collect(),
            columns: shape::stored(was),
            carried,
            added,
            key,
            kept,
            filtered: false,
        }));
    }
}

/// A name without quotes where it needs none, so that stored SQL reads as it was written.
fn bare(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    let literal = ["null", "true", "false"].iter().any(|word| name.eq_ignore_ascii_case(word));
    let keyword = plain && (literal || !parse::is_expression(name));
    if plain && !keyword { name.to_owned() } else { quoted(name) }
}
