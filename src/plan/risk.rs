//! The risk of a step, from its changes alone: what it breaks, destroys, or cannot take back.
//!
//! Takes a step and the tables its own stage made; gives reasons, each with a code that can be allowed by name.

use crate::change::What;
use crate::graph::{Body, Step};
use crate::inverse::{Changed, Inverse};
use crate::report::Reversible;
use crate::risk::Risk;
use crate::schema::ObjectKind;
use std::collections::BTreeSet;

/// Why a step is as risky as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The code by which it is allowed.
    pub code: &'static str,
    /// The risk.
    pub risk: Risk,
    /// What it is, in words.
    pub words: String,
    /// Whether the application of the stage before must be away.
    pub downtime: bool,
}

const CODES: [&str; 14] =
    ["R101", "R102", "R103", "R104", "R105", "R106", "R201", "R202", "R301", "R302", "R303", "R801", "R802", "R805"];

impl Reason {
    fn new(code: &'static str, risk: Risk, words: impl Into<String>) -> Self {
        Self { code, risk, words: words.into(), downtime: false }
    }

    fn breaking(self) -> Self {
        Self { downtime: true, ..self }
    }

    /// As it stands in a report: `critical R101: drops usage`.
    pub fn written(&self) -> String {
        format!("{} {}: {}", self.risk, self.code, self.words)
    }

    /// Reads what [`Reason::written`] gave.
    pub fn parse(written: &str) -> Option<Self> {
        let (head, words) = written.split_once(": ")?;
        let (risk, code) = head.split_once(' ')?;
        let code = CODES.into_iter().find(|known| *known == code)?;
        Some(Self::new(code, risk.parse().ok()?, words))
    }
}

/// The reasons of a step to be applied. `own` are the tables that steps of its stage have made.
pub fn up(step: &Step, own: &BTreeSet<String>, reversible: Reversible) -> Vec<Reason> {
    let mut reasons = match &step.body {
        Body::Migration(migration) => {
            let mut made = Made { before: own, here: BTreeSet::new() };
            migration.reading.changes.iter().filter_map(|change| of_change(&change.what, &mut made)).collect()
        }
        Body::Transformation(..) => vec![Reason::new("R802", Risk::Low, "moves data; its inverse is known")],
    };
    match reversible {
        Reversible::No | Reversible::RestorePoint => {
            reasons.push(Reason::new("R801", Risk::Critical, "cannot be taken back without a restore point"));
            reasons.retain(|reason| reason.code != "R802");
        }
        Reversible::File => reasons.push(Reason::new("R805", Risk::Medium, "its way back was written by hand")),
        Reversible::Derived | Reversible::Inverse | Reversible::Kept => {}
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.risk));
    reasons
}

/// The tables that are new: those that steps before made, and this one so far.
struct Made<'a> {
    before: &'a BTreeSet<String>,
    here: BTreeSet<String>,
}

/// The reason a change gives, if any. Tables that the stage itself made are nobody's yet.
fn of_change(what: &What, own: &mut Made<'_>) -> Option<Reason> {
    let new = |table: &str| {
        let table = table.to_lowercase();
        own.here.contains(&table) || own.before.contains(&table)
    };
    Some(match what {
        What::Create { kind: ObjectKind::Table | ObjectKind::View, name, .. } => {
            own.here.insert(name.to_lowercase());
            return None;
        }
        What::Create { unique: true, table, name, .. } if !new(table) => Reason::new(
            "R301",
            Risk::Medium,
            format!("{name} makes rows of {table} unique, and rows that are there may refuse it"),
        ),
        What::Drop { kind: ObjectKind::Table, name, .. } if !new(name) => {
            Reason::new("R101", Risk::Critical, format!("drops the table {name}")).breaking()
        }
        What::Drop { kind: ObjectKind::View, name, .. } if !new(name) => {
            Reason::new("R202", Risk::High, format!("drops the view {name}")).breaking()
        }
        What::Drop { kind: ObjectKind::Trigger, name, table, .. } if !new(table) => {
            Reason::new("R106", Risk::Medium, format!("drops the trigger {name}"))
        }
        What::RenameTable { from, to } if !new(from) => {
            own.here.insert(to.to_lowercase());
            Reason::new(
                "R201",
                Risk::High,
                format!("renames {from} to {to}: the application of the stage before looks for {from}"),
            )
            .breaking()
        }
        What::RenameColumn { table, from, to } if !new(table) => Reason::new(
            "R201",
            Risk::High,
            format!("renames {table}.{from} to {to}: the application of the stage before looks for {from}"),
        )
        .breaking(),
        What::DropColumn { table, column } if !new(table) => {
            Reason::new("R102", Risk::Critical, format!("drops the column {table}.{column}")).breaking()
        }
        What::AddConstraint { table } if !new(table) => {
            Reason::new("R302", Risk::Medium, format!("rows of {table} that are there may refuse the new constraint"))
        }
        What::DropConstraint { table } if !new(table) => Reason::new(
            "R302",
            Risk::Medium,
            format!("{table} loses a constraint: rows that come may refuse the way back"),
        ),
        What::Rebuild(rebuild) if !rebuild.lost.is_empty() || rebuild.filtered => {
            let lost = if rebuild.filtered { "rows".to_owned() } else { rebuild.lost.join(", ") };
            Reason::new("R104", Risk::Critical, format!("rebuilds {} without {lost}", rebuild.table)).breaking()
        }
        What::Rebuild(rebuild) => Reason::new(
            "R303",
            Risk::Medium,
            format!("rebuilds {}: rows that are there may refuse the new shape", rebuild.table),
        ),
        What::Delete { table, filtered, .. } if !new(table) => {
            let which = if *filtered { "rows" } else { "all rows" };
            Reason::new("R103", Risk::Critical, format!("deletes {which} of {table}"))
        }
        What::Update { table, filtered: false, .. } if !new(table) => {
            Reason::new("R105", Risk::Medium, format!("updates all rows of {table}"))
        }
        What::Insert { table, .. } | What::Update { table, .. } if !new(table) => {
            Reason::new("R802", Risk::Low, format!("writes rows of {table}"))
        }
        What::Opaque => Reason::new("R801", Risk::Critical, "does something that evolve cannot look into").breaking(),
        _ => return None,
    })
}

/// The reasons of a step to be undone.
pub fn down(kind: &str, reversible: Reversible, inverse: &[Inverse], changed: Changed) -> Vec<Reason> {
    let mut reasons = Vec::new();
    match changed {
        Changed::Refuse => {}
        Changed::Preserve => {
            let words = "rows that evolve did not write may go, and are kept in tables of their own";
            reasons.push(Reason::new("R103", Risk::High, words).breaking());
        }
        Changed::Discard => {
            reasons.push(Reason::new("R103", Risk::Critical, "rows that evolve did not write may go").breaking());
        }
    }
    match reversible {
        Reversible::File => {
            reasons.push(Reason::new("R805", Risk::Medium, "its way back was written by hand").breaking())
        }
        _ if kind != "migration" => reasons.push(Reason::new("R802", Risk::Low, "takes back rows it wrote")),
        _ => {}
    }
    for act in inverse {
        match act.bare() {
            Inverse::DropTable { table } => {
                reasons.push(Reason::new("R201", Risk::High, format!("{table} goes again")).breaking());
            }
            Inverse::DropColumn { table, column, .. } => {
                reasons.push(Reason::new("R201", Risk::High, format!("{table}.{column} goes again")).breaking());
            }
            Inverse::RemakeTable(remake) => {
                reasons
                    .push(Reason::new("R201", Risk::High, format!("{} gets its old shape", remake.table)).breaking());
            }
            Inverse::Rewind { table, .. } => {
                reasons.push(Reason::new("R802", Risk::Low, format!("rows of {table} become what they were")));
            }
            Inverse::Sql(sql) if sql.starts_with("ALTER TABLE") => {
                reasons.push(Reason::new("R201", Risk::High, "a name becomes what it was").breaking());
            }
            Inverse::MakeTable(_) | Inverse::Sql(_) | Inverse::Sealed { .. } => {}
        }
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.risk));
    reasons.dedup();
    reasons
}
