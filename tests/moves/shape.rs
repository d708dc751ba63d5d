//! What generated tables look like: keys of every type, collation, direction and place, and the values that go into them.

use super::dice::Dice;
use super::limits::Limits;
use crate::model::{Collation, Row, V};
use Collation::{Binary, NoCase, RTrim};

/// A column of a key.
#[derive(Debug, Clone)]
pub struct Column {
    pub declared: &'static str,
    pub collation: Collation,
    pub nullable: bool,
    pub descending: bool,
}

/// What makes rows of a table different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// The columns are the primary key.
    Primary,
    /// They are the primary key of a table that has no row numbers.
    WithoutRowid,
    /// They are unique beside a number that is the primary key.
    Beside,
    /// The same in a table that has no row numbers.
    BesideWithoutRowid,
    /// A unique index is all there is.
    Index,
    /// Nothing; rows may be there twice.
    Nothing,
}

/// A table: `v`, `n`, `stamp`, `t`, then the columns of the key.
#[derive(Debug, Clone)]
pub struct Shape {
    pub columns: Vec<Column>,
    pub apart: Apart,
    /// Whether its types are enforced.
    pub strict: bool,
    /// How `g` is kept, which follows from `n`; none where there is no such column.
    pub generated: Option<&'static str>,
    /// How far its row numbers are apart.
    pub gap: i64,
    /// Whether `stamp`, `n` and `t` together are unique too.
    pub twice: bool,
    /// What it asks of rows besides.
    pub limits: Limits,
}

/// The columns before those of the key.
pub const VALUES: usize = 4;

const TYPES: &[(&str, usize)] =
    &[("INTEGER", 5), ("INT", 2), ("TEXT", 6), ("BLOB", 3), ("REAL", 4), ("", 4), ("NUMERIC", 2)];

impl Shape {
    /// The shape of a source.
    pub fn roll(dice: &mut Dice) -> Self {
        let apart = *dice.pick(&[
            Apart::Primary,
            Apart::Primary,
            Apart::Primary,
            Apart::WithoutRowid,
            Apart::WithoutRowid,
            Apart::Beside,
            Apart::BesideWithoutRowid,
            Apart::Index,
            Apart::Nothing,
        ]);
        let count = *dice.pick(&[1, 1, 1, 2, 2, 3, 4]);
        let strict = dice.percent(20);
        let columns = (0..count).map(|_| column(dice, apart, strict)).collect();
        let generated = if dice.percent(25) { Some(*dice.pick(&["VIRTUAL", "STORED"])) } else { None };
        let gap = *dice.pick(&[1, 1, 7, 1 << 40]);
        Self { columns, apart, strict, generated, gap, twice: false, limits: Limits::default() }
    }

    /// A target for rows of this one: the same columns, sometimes compared otherwise, unique in one way or none.
    pub fn target(&self, dice: &mut Dice, must_be_unique: bool) -> Self {
        let no_null = self.columns.iter().all(|column| !column.nullable);
        let mut ways = vec![Apart::Primary, Apart::Primary, Apart::Index];
        if no_null {
            ways.extend([Apart::WithoutRowid, Apart::WithoutRowid]);
        }
        if !must_be_unique {
            ways.push(Apart::Nothing);
        }
        let mut columns = self.columns.clone();
        for column in &mut columns {
            column.descending = dice.percent(20);
            if column.declared == "ANY" {
                column.declared = "";
            }
            if dice.percent(25) {
                column.collation = collation(dice);
            }
        }
        Self {
            columns,
            apart: *dice.pick(&ways),
            strict: false,
            generated: None,
            gap: self.gap,
            twice: false,
            limits: Limits::default(),
        }
    }

    pub fn key_names(&self) -> Vec<String> {
        (0..self.columns.len()).map(|at| format!("k{at}")).collect()
    }

    /// The columns that a step walks by where it must say so.
    pub fn declared_key(&self) -> Option<Vec<String>> {
        matches!(self.apart, Apart::Beside | Apart::BesideWithoutRowid | Apart::Index).then(|| self.key_names())
    }

    pub fn has_rowid(&self) -> bool {
        !matches!(self.apart, Apart::WithoutRowid | Apart::BesideWithoutRowid)
    }

    /// The statements that make it.
    pub fn sql(&self, name: &str, more: &str) -> String {
        let number = match self.apart {
            Apart::Beside => "id INTEGER PRIMARY KEY, ",
            Apart::BesideWithoutRowid => "id INTEGER NOT NULL PRIMARY KEY, ",
            _ => "",
        };
        let alone = self.is_alias();
        let columns: Vec<String> = (self.columns.iter().enumerate())
            .map(|(at, column)| {
                let null = if column.nullable { "" } else { " NOT NULL" };
                let key = if alone { " PRIMARY KEY" } else { "" };
                let declared = if self.strict && column.declared.is_empty() { "ANY" } else { column.declared };
                format!("k{at} {declared}{null} COLLATE {}{key}", word(column.collation))
            })
            .collect();
        let list: Vec<String> = (self.columns.iter().enumerate())
            .map(|(at, column)| format!("k{at}{}", if column.descending { " DESC" } else { "" }))
            .collect();
        let list = list.join(", ");
        let generated =
            self.generated.map(|kept| format!("g INTEGER GENERATED ALWAYS AS (coalesce(n, 0) + 1) {kept}, "));
        let generated = generated.unwrap_or_default();
        let (key, closes, index) = match self.apart {
            _ if alone => (String::new(), "", String::new()),
            Apart::Primary => (format!(", PRIMARY KEY ({list})"), "", String::new()),
            Apart::WithoutRowid => (format!(", PRIMARY KEY ({list})"), " WITHOUT ROWID", String::new()),
            Apart::Beside => (format!(", UNIQUE ({list})"), "", String::new()),
            Apart::BesideWithoutRowid => (format!(", UNIQUE ({list})"), " WITHOUT ROWID", String::new()),
            Apart::Index => (String::new(), "", format!("CREATE UNIQUE INDEX {name}_apart ON {name} ({list});\n")),
            Apart::Nothing => (String::new(), "", String::new()),
        };
        let closes = match (closes, self.strict) {
            (closes, false) => closes.to_owned(),
            ("", true) => " STRICT".to_owned(),
            (closes, true) => format!("{closes}, STRICT"),
        };
        let twice = if self.twice {
            format!("CREATE UNIQUE INDEX {name}_twice ON {name} (stamp, n, t);\n")
        } else {
            String::new()
        };
        format!(
            "CREATE TABLE {name} ({number}{}, {generated}{}{more}{key}{}){closes};\n{index}{twice}",
            self.limits.columns(self.strict),
            columns.join(", "),
            self.limits.check()
        )
    }

    /// Whether it can enforce its types, all of which it must know then.
    pub fn may_be_strict(&self) -> bool {
        self.columns.iter().all(|column| column.declared != "NUMERIC")
    }

    /// Whether it takes a row, whatever its keys say.
    pub fn admits(&self, row: &Row) -> bool {
        self.limits.admit(self, row)
    }

    /// Whether its one key column is the row's number.
    pub fn is_alias(&self) -> bool {
        self.apart == Apart::Primary && self.columns.len() == 1 && self.columns[0].declared == "INTEGER"
    }

    /// A row's values in the columns of the key.
    pub fn key(&self, dice: &mut Dice) -> Vec<V> {
        self.columns.iter().map(|column| column.value(dice, self.strict)).collect()
    }

    /// For each unique key the places of its columns in a row, with their collations.
    pub fn unique(&self) -> Vec<Vec<(usize, Collation)>> {
        let places = self.columns.iter().enumerate().map(|(at, column)| (VALUES + at, column.collation));
        let first = (self.apart != Apart::Nothing).then(|| places.collect());
        let second = self.twice.then(|| [2, 1, 3].map(|at| (at, Binary)).to_vec());
        first.into_iter().chain(second).collect()
    }

    /// What a row of this place among the others is numbered, where it has a number besides its key: in another order than
    /// the rows came in, with gaps, below zero too.
    pub fn number(&self, at: usize) -> Option<(&'static str, i64)> {
        let name = match self.apart {
            Apart::Beside | Apart::BesideWithoutRowid => "id",
            _ if self.has_rowid() && !self.is_alias() => "rowid",
            _ => return None,
        };
        Some((name, (i64::try_from((at * 37) % 101).expect("small") - 20) * self.gap))
    }

    /// How rows of the source compare in the order of the walk.
    pub fn order(&self, one: &Row, other: &Row) -> std::cmp::Ordering {
        let places = self.columns.iter().enumerate();
        let mut orders = places.map(|(at, column)| one[VALUES + at].order(&other[VALUES + at], column.collation));
        orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    }
}

fn column(dice: &mut Dice, apart: Apart, strict: bool) -> Column {
    let all: usize = TYPES.iter().map(|(_, weight)| weight).sum();
    let mut left = dice.below(all);
    let declared = TYPES.iter().find(|(_, weight)| {
        left < *weight || {
            left -= weight;
            false
        }
    });
    let declared = match declared.expect("a type").0 {
        "" | "NUMERIC" if strict => "ANY",
        declared => declared,
    };
    let nullable = apart != Apart::WithoutRowid && declared != "INTEGER" && dice.percent(40);
    Column { declared, collation: collation(dice), nullable, descending: dice.percent(20) }
}

fn collation(dice: &mut Dice) -> Collation {
    *dice.pick(&[Binary, Binary, NoCase, RTrim])
}

fn word(collation: Collation) -> &'static str {
    match collation {
        Binary => "BINARY",
        NoCase => "NOCASE",
        RTrim => "RTRIM",
    }
}

const INTEGERS: &[i64] = &[0, 1, 2, 3, 5, 8, 10, -1, -2, i64::MAX, i64::MIN, i64::MAX - 1, 9_007_199_254_740_993];
const REALS: &[f64] = &[
    -0.0,
    0.5,
    0.1,
    0.3,
    0.30000000000000004,
    2.0,
    -2.5,
    1e308,
    -1e308,
    5e-324,
    9_007_199_254_740_992.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1e19,
];
const TEXTS: &[&[u8]] = &[
    b"",
    b"a",
    b"A",
    b"a ",
    b"a  ",
    b" a",
    b"b",
    b"B",
    b"Z",
    b"_",
    b"[",
    b"10",
    b"9",
    b"\xc3\xa4",
    b"\xc3\x84",
    b"\xf0\x9d\x84\x9e",
    b"a\x01",
    b"ab",
    b"aB ",
    b"\xff",
    b"it's \"it\"",
];
const BLOBS: &[&[u8]] = &[b"", b"\0", b"a", b"\xff", b"\0\0", b"\xff\0", b"10"];

fn integer(dice: &mut Dice) -> V {
    if dice.percent(40) { V::Int(i64::try_from(dice.below(30)).expect("small")) } else { V::Int(*dice.pick(INTEGERS)) }
}

fn real(dice: &mut Dice) -> V {
    if dice.percent(50) { V::Real(dice.below(90) as f64 / 4.0 - 5.0) } else { V::Real(*dice.pick(REALS)) }
}

fn blob(dice: &mut Dice) -> V {
    let parts = 1 + dice.below(3);
    V::Blob((0..parts).flat_map(|_| dice.pick(BLOBS).to_vec()).collect())
}

fn text(dice: &mut Dice) -> V {
    let mut bytes = dice.pick(TEXTS).to_vec();
    if dice.percent(30) {
        let more = *dice.pick::<&[u8]>(TEXTS);
        bytes.extend_from_slice(more);
    }
    V::Text(bytes)
}

/// A value of any class but NULL.
pub fn mixed(dice: &mut Dice) -> V {
    match dice.below(4) {
        0 => integer(dice),
        1 => real(dice),
        2 => text(dice),
        _ => blob(dice),
    }
}

impl Column {
    fn value(&self, dice: &mut Dice, strict: bool) -> V {
        if self.nullable && dice.percent(15) {
            return V::Null;
        }
        match self.declared {
            "INTEGER" => integer(dice),
            // A value of a class that its type has nothing against.
            _ if !strict && self.declared != "REAL" && dice.percent(8) => V::Blob(dice.pick(BLOBS).to_vec()),
            "INT" => integer(dice),
            "REAL" => real(dice),
            "TEXT" => text(dice),
            "BLOB" => blob(dice),
            _ => mixed(dice),
        }
    }
}

/// The values beside the key: v, n, stamp, t.
pub fn values(dice: &mut Dice) -> Vec<V> {
    let small = |dice: &mut Dice, most: usize| V::Int(i64::try_from(dice.below(most)).expect("small"));
    let or_null = |share: usize, value: fn(&mut Dice) -> V, dice: &mut Dice| {
        if dice.percent(share) { V::Null } else { value(dice) }
    };
    let v = or_null(20, mixed, dice);
    let n = if dice.percent(20) { V::Null } else { small(dice, 9) };
    let stamp = if dice.percent(20) { V::Null } else { small(dice, 6) };
    let t = or_null(20, |dice| V::Text(dice.pick::<&[u8]>(&[b"a", b"b", b"B", b"", b"c c"]).to_vec()), dice);
    vec![v, n, stamp, t]
}
