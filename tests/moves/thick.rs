//! What the generated cases were like: tables that a batch is larger than, or that are empty, try little.

use super::case::{Case, Tables};
use super::expected::{CONSTRAINT, Code, Expected};
use super::shape::{Apart, Shape, VALUES};
use super::step::{Step, Work};
use crate::model::V;
use std::collections::BTreeMap;

/// How many cases there were, and what of them went over the end of a batch.
#[derive(Debug, Default)]
pub struct Seen {
    cases: u64,
    /// Cases that take two batches or more.
    cross: u64,
    /// Cases without a row to read.
    empty: u64,
    /// Of what kind they are that take two batches or more.
    classes: BTreeMap<String, u64>,
    /// What ends the others.
    fails: BTreeMap<Code, u64>,
    /// How often a run was stopped on the way up, and on the way down.
    pub stops: (u64, u64),
}

/// Each of these goes over the end of a batch at least so often in a thousand cases.
const CLASSES: &[(&str, u64)] = &[
    ("key INTEGER", 60),
    ("key INT", 20),
    ("key TEXT", 60),
    ("key BLOB", 30),
    ("key REAL", 40),
    ("key of no type", 30),
    ("key NUMERIC", 15),
    ("key Binary", 100),
    ("key NoCase", 60),
    ("key RTrim", 60),
    ("composite key", 100),
    ("descending key", 60),
    ("NULL in the key", 40),
    ("Primary", 100),
    ("WithoutRowid", 60),
    ("Beside", 30),
    ("BesideWithoutRowid", 30),
    ("Index", 30),
    ("Nothing", 20),
    ("STRICT", 60),
    ("generated column", 60),
    ("gaps", 60),
    ("two unique keys", 20),
    ("NOT NULL", 1),
    ("CHECK", 10),
    ("STRICT target", 3),
    ("rejects put aside", 30),
    ("copy", 60),
    ("convert", 100),
    ("merge", 60),
    ("split", 30),
    ("enrich", 30),
    ("look up", 20),
    ("pipeline", 30),
];

impl Seen {
    /// Notes a case, with what it has in a database.
    pub fn case(&mut self, case: &Case, tables: &Tables, expected: &Result<Expected, Code>) {
        self.cases += 1;
        let expected = match expected {
            Ok(expected) => expected,
            Err(code) => return *self.fails.entry(code).or_default() += 1,
        };
        let size = u64::try_from(case.step.batch).expect("small");
        self.empty += u64::from(expected.account.read == 0);
        if !expected.reads.iter().any(|rows| *rows > size) {
            return;
        }
        self.cross += 1;
        let mut classes = of_shape(&tables.source_shapes[0], &tables.sources[0]);
        classes.push(work(&case.step).to_owned());
        if tables.target_shapes.iter().any(|shape| shape.twice) {
            classes.push("two unique keys".to_owned());
        }
        let written = if tables.target_shapes.is_empty() { &tables.source_shapes } else { &tables.target_shapes };
        classes.extend(written.iter().flat_map(|shape| shape.limits.named()).map(str::to_owned));
        if tables.target_shapes.iter().any(|shape| shape.strict) {
            classes.push("STRICT target".to_owned());
        }
        if !expected.rejects.is_empty() {
            classes.push("rejects put aside".to_owned());
        }
        classes.sort();
        classes.dedup();
        classes.into_iter().for_each(|class| *self.classes.entry(class).or_default() += 1);
    }

    pub fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.cross += other.cross;
        self.empty += other.empty;
        self.stops = (self.stops.0 + other.stops.0, self.stops.1 + other.stops.1);
        other.classes.into_iter().for_each(|(class, count)| *self.classes.entry(class).or_default() += count);
        other.fails.into_iter().for_each(|(code, count)| *self.fails.entry(code).or_default() += count);
    }

    /// Enough of a thousand cases go over the end of a batch, of each kind.
    pub fn is_thick(&self) {
        assert_eq!(self.cases, 1000);
        assert!(self.cross >= 600, "{} of {} cases take two batches or more: {self:#?}", self.cross, self.cases);
        assert!(self.empty <= 150, "{} of {} cases read no row", self.empty, self.cases);
        let refused = self.fails.get(CONSTRAINT).copied().unwrap_or(0);
        assert!(refused >= 40, "{refused} cases have a row that its table does not take: {self:#?}");
        for (class, least) in CLASSES {
            let count = self.classes.get(*class).copied().unwrap_or(0);
            assert!(count >= *least, "{class}: {count} cases of two batches or more, {least} are wanted: {self:#?}");
        }
    }
}

fn work(step: &Step) -> &'static str {
    match step.work {
        Work::Copy(_) => "copy",
        Work::Convert(_) => "convert",
        Work::Merge(_) => "merge",
        Work::Split(_) => "split",
        Work::Enrich { .. } => "enrich",
        Work::LookUp { .. } => "look up",
        Work::Pipeline { .. } => "pipeline",
    }
}

/// What a source is like. Its columns are the key where it is walked by them.
fn of_shape(shape: &Shape, rows: &[Vec<V>]) -> Vec<String> {
    let mut classes = vec![format!("{:?}", shape.apart)];
    let mut note = |holds: bool, class: &str| classes.extend(holds.then(|| class.to_owned()));
    note(shape.strict, "STRICT");
    note(shape.generated.is_some(), "generated column");
    note(shape.gap > 1 && shape.number(0).is_some(), "gaps");
    if shape.apart == Apart::Nothing {
        return classes;
    }
    if rows.iter().any(|row| row[VALUES..].contains(&V::Null)) {
        note(true, "NULL in the key");
        return classes;
    }
    note(shape.columns.len() > 1, "composite key");
    note(shape.columns.iter().any(|column| column.descending), "descending key");
    for column in &shape.columns {
        let declared = if ["", "ANY"].contains(&column.declared) { "of no type" } else { column.declared };
        note(true, &format!("key {declared}"));
        note(true, &format!("key {:?}", column.collation));
    }
    classes
}
