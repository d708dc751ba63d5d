//! A generated step: what it says in a stage file, and what it means for a row.

use super::dice::Dice;
use super::shape::{Shape, VALUES};
use crate::model::{Row, V};
use std::fmt::Write as _;

/// A condition over a row of the source: as SQL, and as it is meant.
pub type Filter = (&'static str, fn(&Row) -> bool);

const FILTERS: &[Filter] = &[
    ("n % 2 = 0", |row| matches!(row[1], V::Int(n) if n % 2 == 0)),
    ("n IS NOT NULL", |row| row[1] != V::Null),
    ("stamp > 2 OR v IS NULL", |row| matches!(row[2], V::Int(n) if n > 2) || row[0] == V::Null),
    ("typeof(v) = 'text' OR n > 3", |row| matches!(row[0], V::Text(_)) || matches!(row[1], V::Int(n) if n > 3)),
    ("t <> 'b' -- or so", |row| row[3] != V::Null && row[3] != V::Text(b"b".to_vec())),
    ("n < 0", |row| matches!(row[1], V::Int(n) if n < 0)),
];

/// A rule over a whole row; what is neither true nor false holds.
const RULES: &[Filter] = &[
    ("n < 7", |row| !matches!(row[1], V::Int(n) if n >= 7)),
    ("stamp IS NULL OR stamp <> 4", |row| row[2] != V::Int(4)),
    ("v IS NOT NULL", |row| row[0] != V::Null),
];

/// What a column gets.
#[derive(Debug, Clone)]
pub enum Value {
    From(usize),
    Same(usize),
    Upper(usize),
    Required(usize),
    Constant(i64),
    More(usize),
    /// The generated column, which is one more than `n`.
    Generated,
    Or(usize),
}

impl Value {
    fn toml(&self) -> String {
        match self {
            Self::From(at) => format!("{{ from = \"{}\" }}", name(*at)),
            Self::Same(at) => format!("\"{}\"", name(*at)),
            Self::Upper(at) => format!("{{ from = \"{}\", apply = [\"upper\"] }}", name(*at)),
            Self::Required(at) => format!("{{ from = \"{}\", required = true }}", name(*at)),
            Self::Constant(value) => format!("{{ value = {value} }}"),
            Self::Generated => "{ from = \"g\" }".to_owned(),
            Self::More(at) => format!("\"coalesce({}, 0) + 1\"", name(*at)),
            Self::Or(at) => format!("\"coalesce({}, 'none') -- or none\"", name(*at)),
        }
    }

    /// Its value for a row.
    pub fn of(&self, row: &Row) -> V {
        match self {
            Self::From(at) | Self::Same(at) | Self::Required(at) => row[*at].clone(),
            Self::Generated => Self::More(1).of(row),
            Self::Upper(at) => match &row[*at] {
                V::Text(bytes) => V::Text(bytes.to_ascii_uppercase()),
                other => other.clone(),
            },
            Self::Constant(value) => V::Int(*value),
            Self::More(at) => match row[*at] {
                V::Int(value) => V::Int(value + 1),
                _ => V::Int(1),
            },
            Self::Or(at) if row[*at] == V::Null => V::Text(b"none".to_vec()),
            Self::Or(at) => row[*at].clone(),
        }
    }
}

/// The name of a column by its place.
pub fn name(at: usize) -> String {
    match at {
        0 => "v".to_owned(),
        1 => "n".to_owned(),
        2 => "stamp".to_owned(),
        3 => "t".to_owned(),
        at => format!("k{}", at - VALUES),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    Fail,
    Skip,
    Overwrite,
    /// `v` and `n`.
    Fill,
    /// By `stamp`.
    Newest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    Fail,
    Skip,
    Quarantine,
}

/// One walk over a source into a target.
#[derive(Debug, Clone)]
pub struct Piece {
    pub source: usize,
    pub target: usize,
    pub columns: Vec<(usize, Value)>,
    pub when: Option<Filter>,
    /// The key it walks by, where it is said.
    pub key: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Keep,
    Fail,
    Default,
}

#[derive(Debug, Clone)]
pub enum Work {
    Copy(Piece),
    Convert(Piece),
    Merge(Vec<Piece>),
    Split(Vec<Piece>),
    Enrich {
        columns: Vec<(usize, Value)>,
        key: Option<Vec<String>>,
    },
    LookUp {
        missing: Missing,
        first: bool,
        key: Option<Vec<String>>,
    },
    /// A convert, and then a column of every row of its target.
    Pipeline {
        first: Piece,
        then: (usize, Value),
    },
}

#[derive(Debug, Clone)]
pub struct Step {
    pub work: Work,
    pub filter: Option<Filter>,
    pub conflict: Conflict,
    pub rule: Option<Filter>,
    pub invalid: Invalid,
    pub undo: Option<&'static str>,
    pub batch: usize,
}

impl Step {
    /// A step over sources of these shapes into targets of columns like the first's.
    pub fn roll(dice: &mut Dice, sources: &[Shape]) -> Self {
        let work = work(dice, sources);
        let inserts = !matches!(work, Work::Enrich { .. } | Work::LookUp { .. });
        let all = [Conflict::Skip, Conflict::Overwrite, Conflict::Fill, Conflict::Newest];
        let conflict = match inserts {
            true if dice.percent(25) => Conflict::Fail,
            // What a piece does not give cannot be compared or filled.
            true if matches!(work, Work::Split(_)) => *dice.pick(&all[..2]),
            true => *dice.pick(&all),
            false => Conflict::Fail,
        };
        let rule = dice.percent(25).then(|| *dice.pick(RULES));
        let invalid = match dice.below(20) {
            0 => Invalid::Fail,
            1..10 => Invalid::Skip,
            _ => Invalid::Quarantine,
        };
        let undo = dice.percent(25).then_some("journal");
        Self {
            filter: dice.percent(50).then(|| *dice.pick(FILTERS)),
            batch: 1 + dice.below(7),
            work,
            conflict,
            rule,
            invalid,
            undo,
        }
    }

    /// Whether some column may refuse a row.
    pub fn is_judged(&self) -> bool {
        let required =
            |columns: &Vec<(usize, Value)>| columns.iter().any(|(_, value)| matches!(value, Value::Required(_)));
        self.rule.is_some()
            || match &self.work {
                Work::Copy(piece) | Work::Convert(piece) | Work::Pipeline { first: piece, .. } => {
                    required(&piece.columns)
                }
                Work::Merge(pieces) | Work::Split(pieces) => pieces.iter().any(|piece| required(&piece.columns)),
                Work::Enrich { columns, .. } => required(columns),
                Work::LookUp { .. } => false,
            }
    }

    /// As it stands in a stage file; tables are called by their number.
    pub fn toml(&self, id: &str, number: usize) -> String {
        let kind = match &self.work {
            Work::Copy(_) => "copy",
            Work::Convert(_) => "convert",
            Work::Merge(_) => "merge",
            Work::Split(_) => "split",
            Work::Enrich { .. } | Work::LookUp { .. } => "enrich",
            Work::Pipeline { .. } => "pipeline.do.convert",
        };
        let outer = kind.split('.').next().unwrap_or(kind);
        let mut text = format!("\n[[{outer}]]\nid = \"{id}\"\nbatch = {{ rows = {} }}\n", self.batch);
        let mut line = |line: String| writeln!(text, "{line}").expect("text");
        if let Some(undo) = self.undo {
            line(format!("undo = \"{undo}\""));
        }
        if outer != kind {
            line(format!("[[pipeline.do]]\n[{kind}]"));
        }
        if let Some((sql, _)) = self.filter {
            line(format!("where = \"{sql}\""));
        }
        if !matches!(self.work, Work::Enrich { .. } | Work::LookUp { .. }) {
            line(match self.conflict {
                Conflict::Fail => "on_conflict = \"fail\"".to_owned(),
                Conflict::Skip => "on_conflict = \"skip\"".to_owned(),
                Conflict::Overwrite => "on_conflict = \"overwrite\"".to_owned(),
                Conflict::Fill => "on_conflict = { fill = [\"v\", \"n\"] }".to_owned(),
                Conflict::Newest => "on_conflict = { newest = \"stamp\" }".to_owned(),
            });
        }
        if self.is_judged() {
            line(match self.invalid {
                Invalid::Fail => "on_invalid = \"fail\"".to_owned(),
                Invalid::Skip => "on_invalid = \"skip\"".to_owned(),
                Invalid::Quarantine => "on_invalid = \"quarantine\"".to_owned(),
            });
        }
        self.own_toml(number, kind, &mut line);
        if let Some((sql, _)) = self.rule {
            line(format!("[[{kind}.rule]]\nname = \"a rule\"\nsql = \"{sql}\""));
        }
        if let Work::Pipeline { then: (at, value), .. } = &self.work {
            line(format!("[[pipeline.do]]\n[pipeline.do.enrich]\ntable = \"t0_{number}\""));
            line(format!("[pipeline.do.enrich.columns]\n{} = {}", name(*at), value.toml()));
        }
        text
    }

    fn own_toml(&self, number: usize, kind: &str, line: &mut dyn FnMut(String)) {
        let keyed = |key: &Option<Vec<String>>| key.as_ref().map(|key| format!("key = {key:?}"));
        match &self.work {
            Work::Copy(piece) | Work::Convert(piece) | Work::Pipeline { first: piece, .. } => {
                line(format!("from = \"s{}_{number}\"\ninto = \"t{}_{number}\"", piece.source, piece.target));
                keyed(&piece.key).into_iter().for_each(&mut *line);
                if kind != "copy" {
                    line(format!("[{kind}.columns]"));
                    piece.columns.iter().for_each(|(at, value)| line(format!("{} = {}", name(*at), value.toml())));
                }
            }
            Work::Merge(pieces) => {
                let key: Vec<String> =
                    pieces[0].columns.iter().map(|(at, _)| *at).filter(|at| *at >= VALUES).map(name).collect();
                line(format!("into = \"t0_{number}\"\nkey = {key:?}"));
                for piece in pieces {
                    line(format!("[[merge.from]]\ntable = \"s{}_{number}\"", piece.source));
                    piece_toml(piece, "where", line);
                }
            }
            Work::Split(pieces) => {
                line(format!("from = \"s0_{number}\""));
                for piece in pieces {
                    line(format!("[[split.into]]\ntable = \"t{}_{number}\"", piece.target));
                    piece_toml(piece, "when", line);
                }
            }
            Work::Enrich { columns, key } => {
                line(format!("table = \"s0_{number}\""));
                keyed(key).into_iter().for_each(&mut *line);
                line("[enrich.columns]".to_owned());
                columns.iter().for_each(|(at, value)| line(format!("{} = {}", name(*at), value.toml())));
            }
            Work::LookUp { missing, first, key } => {
                let (order, many) = if *first {
                    (format!(", order = \"l_{number}.val DESC\""), "first")
                } else {
                    (String::new(), "fail")
                };
                let (missing, value) = match missing {
                    Missing::Keep => ("keep", format!("\"l_{number}.val\"")),
                    Missing::Fail => ("fail", format!("\"l_{number}.val\"")),
                    Missing::Default => ("default", format!("{{ sql = \"l_{number}.val\", default = \"none\" }}")),
                };
                line(format!(
                    "table = \"s0_{number}\"\nlookup = {{ table = \"l_{number}\", on = \"l_{number}.code = s0_{number}.n\"{order} }}"
                ));
                line(format!("on_missing = \"{missing}\"\non_many = \"{many}\""));
                keyed(key).into_iter().for_each(&mut *line);
                line(format!("[enrich.columns]\nv = {value}"));
            }
        }
    }
}

fn piece_toml(piece: &Piece, word: &str, line: &mut dyn FnMut(String)) {
    if let Some((sql, _)) = piece.when {
        line(format!("{word} = \"{sql}\""));
    }
    if let Some(key) = &piece.key {
        line(format!("key = {key:?}"));
    }
    let columns = piece.columns.iter().map(|(at, value)| format!("{} = {}", name(*at), value.toml()));
    line(format!("columns = {{ {} }}", columns.collect::<Vec<_>>().join(", ")));
}

fn work(dice: &mut Dice, sources: &[Shape]) -> Work {
    let first = &sources[0];
    let width = VALUES + first.columns.len();
    let key = first.declared_key();
    let same = |at: usize| (at, Value::From(at));
    let piece = |columns: Vec<(usize, Value)>| Piece { source: 0, target: 0, columns, when: None, key: key.clone() };
    let generated = first.generated.is_some();
    match dice.below(11) {
        0..2 => Work::Copy(piece((0..width).map(same).collect())),
        2..5 => Work::Convert(piece(columns(dice, width, generated))),
        5..7 => {
            let parts = (0..sources.len()).map(|source| Piece {
                source,
                when: dice.percent(30).then(|| *dice.pick(FILTERS)),
                key: sources[source].declared_key().filter(|_| dice.percent(50)),
                ..piece(columns(dice, width, generated))
            });
            Work::Merge(parts.collect())
        }
        7 => {
            let keys = |dice: &mut Dice| (VALUES..width).map(|at| plain(dice, at)).collect::<Vec<_>>();
            let one = Piece { columns: [vec![same(0)], keys(dice)].concat(), ..piece(Vec::new()) };
            let other = Piece {
                target: 1,
                columns: [vec![same(1), (2, Value::From(2)), (3, Value::Upper(3))], keys(dice)].concat(),
                when: dice.percent(60).then(|| *dice.pick(FILTERS)),
                ..piece(Vec::new())
            };
            Work::Split(vec![one, other])
        }
        8 => {
            let mut columns =
                vec![(0, dice.pick(&[Value::Same(1), Value::Or(0), Value::Constant(2), Value::From(1)]).clone())];
            if dice.percent(50) {
                columns.push((1, dice.pick(&[Value::More(1), Value::Constant(3)]).clone()));
            }
            if dice.percent(50) {
                columns.push((3, dice.pick(&[Value::Upper(3), Value::Required(3)]).clone()));
            }
            Work::Enrich { columns, key }
        }
        9 => {
            let then = dice.pick(&[Value::Or(0), Value::Same(1), Value::Constant(5), Value::More(1)]).clone();
            Work::Pipeline { first: piece(columns(dice, width, generated)), then: (0, then) }
        }
        _ => Work::LookUp {
            missing: *dice.pick(&[Missing::Keep, Missing::Keep, Missing::Default, Missing::Default, Missing::Fail]),
            first: dice.percent(80),
            key,
        },
    }
}

/// A column that gets the value of the same name, written one way or another.
fn plain(dice: &mut Dice, at: usize) -> (usize, Value) {
    (at, if dice.percent(50) { Value::From(at) } else { Value::Same(at) })
}

/// Columns of a convert or of a part: all of them, some changed.
fn columns(dice: &mut Dice, width: usize, generated: bool) -> Vec<(usize, Value)> {
    let one = if generated { Value::Generated } else { Value::More(1) };
    let mut columns = vec![
        (0, dice.pick(&[Value::From(0), Value::Same(0), Value::Or(0), Value::From(1), Value::Constant(7)]).clone()),
        (1, dice.pick(&[Value::From(1), Value::Same(1), Value::More(1), one]).clone()),
        (2, Value::From(2)),
        (3, dice.pick(&[Value::From(3), Value::Same(3), Value::Upper(3), Value::Required(3)]).clone()),
    ];
    columns.extend((VALUES..width).map(|at| plain(dice, at)));
    columns
}
