//! A case: tables with rows, and a step over them, all from one seed.

use super::dice::Dice;
use super::expected::{Expected, expected};
use super::limits::Limits;
use super::shape::{Apart, Shape, VALUES, values};
use super::step::{Conflict, Step, Work, name};
use crate::model::{Row, V};
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

/// Tables as they are in the database.
#[derive(Debug, Clone)]
pub struct Tables {
    pub source_shapes: Vec<Shape>,
    pub target_shapes: Vec<Shape>,
    pub sources: Vec<Vec<Row>>,
    pub targets: Vec<Vec<Row>>,
    pub lookup: Vec<(V, V)>,
}

/// A generated case, not yet in any database. Rows that a table refuses are left out when it gets there.
#[derive(Debug, Clone)]
pub struct Case {
    pub seed: u64,
    pub step: Step,
    pub tables: Tables,
}

impl Case {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed);
        let dice = &mut dice;
        let first = Shape::roll(dice);
        let mut second = Shape { apart: Shape::roll(dice).apart, ..first.clone() };
        // Both parts of a merge have the columns of the target; what may be NULL in one may be in all.
        if second.apart == Apart::WithoutRowid && first.columns.iter().any(|column| column.nullable) {
            second.apart = Apart::Nothing;
        }
        let step = Step::roll(dice, &[first.clone(), second.clone()]);
        let is_merge = matches!(step.work, Work::Merge(_));
        let source_shapes = if is_merge { vec![first, second] } else { vec![first] };
        let count = match step.work {
            Work::Split(_) => 2,
            Work::Enrich { .. } | Work::LookUp { .. } => 0,
            _ => 1,
        };
        let mut target_shapes: Vec<Shape> = (0..count).map(|_| source_shapes[0].target(dice, is_merge)).collect();
        // Which of two rows is written that stand in the way together, no rule says.
        let plain = matches!(step.conflict, Conflict::Fail | Conflict::Skip);
        target_shapes.iter_mut().for_each(|shape| shape.twice = plain && dice.percent(25));
        let row = |shape: &Shape, dice: &mut Dice| [values(dice), shape.key(dice)].concat();
        let mut fill = |shape: &Shape| {
            let count = if dice.percent(2) { 0 } else { 8 + dice.below(33) };
            (0..count).map(|_| row(shape, dice)).collect()
        };
        let sources: Vec<Vec<Row>> = source_shapes.iter().map(&mut fill).collect();
        let clash = step.conflict != Conflict::Fail || dice.percent(10);
        let targets = target_shapes.iter().map(|shape| there(dice, shape, &sources, clash)).collect();
        let lookup = (0..dice.below(9)).map(|at| {
            let code = if dice.percent(70) { at } else { dice.below(9) };
            (V::Int(i64::try_from(code).expect("small")), values(dice)[0].clone())
        });
        let lookup = lookup.filter(|(_, val)| *val != V::Null).collect();
        let (mut source_shapes, mut target_shapes) = (source_shapes, target_shapes);
        // Last of all, so that the rest is what it would be without.
        let written = if count == 0 { &mut source_shapes } else { &mut target_shapes };
        for (at, shape) in written.iter_mut().enumerate() {
            let given = match (&step.work, at) {
                (Work::Split(_), 0) => 0..1,
                (Work::Split(_), _) => 1..VALUES,
                _ => 0..VALUES,
            };
            if dice.percent(15) {
                shape.limits = Limits::roll(dice, count > 0, given);
                shape.strict |= shape.may_be_strict() && dice.percent(50);
            }
        }
        Self { seed, step, tables: Tables { source_shapes, target_shapes, sources, targets, lookup } }
    }

    /// The statements that make its tables, which are called by this number.
    fn schema(&self, number: usize) -> String {
        let sources = self.tables.source_shapes.iter().enumerate();
        let targets = self.tables.target_shapes.iter().enumerate();
        let sources = sources.map(|(at, shape)| shape.sql(&format!("s{at}_{number}"), ""));
        let targets = targets.map(|(at, shape)| shape.sql(&format!("t{at}_{number}"), ", extra TEXT DEFAULT 'x'"));
        let lookup = format!("CREATE TABLE l_{number} (code INTEGER, val);\n");
        sources.chain(targets).chain([lookup]).collect()
    }

    /// Makes its tables with their rows; what is in them then, and what must come of the step.
    pub fn put(&self, connection: &Connection, number: usize) -> (Tables, Result<Expected, &'static str>) {
        connection
            .execute_batch(&self.schema(number))
            .unwrap_or_else(|error| panic!("{}: {error}", self.schema(number)));
        let mut tables = self.tables.clone();
        for (at, shape) in self.tables.source_shapes.iter().enumerate() {
            tables.sources[at] = fill(connection, &format!("s{at}_{number}"), shape, &self.tables.sources[at], "");
        }
        for (at, shape) in self.tables.target_shapes.iter().enumerate() {
            tables.targets[at] =
                fill(connection, &format!("t{at}_{number}"), shape, &self.tables.targets[at], ", extra");
        }
        for (code, val) in &self.tables.lookup {
            let sql = format!("INSERT INTO l_{number} VALUES (?1, ?2)");
            connection.execute(&sql, [&Bound(code), &Bound(val)]).expect("a row");
        }
        let expected = expected(&self.step, &tables);
        (tables, expected)
    }

    /// Takes its tables out again.
    pub fn remove(&self, connection: &Connection, number: usize) {
        for name in self.names(number).iter().chain([&format!("l_{number}")]) {
            connection.execute_batch(&format!("DROP TABLE {name}")).expect("a table");
        }
    }

    fn names(&self, number: usize) -> Vec<String> {
        let of = |word: &'static str, count: usize| (0..count).map(move |at| format!("{word}{at}_{number}"));
        of("s", self.tables.sources.len()).chain(of("t", self.tables.targets.len())).collect()
    }

    /// What differs from what must be there; nothing where all is well.
    pub fn differs(&self, connection: &Connection, number: usize, expected: &Expected) -> Option<String> {
        for (at, shape) in self.tables.target_shapes.iter().enumerate() {
            let found = rows(connection, &format!("t{at}_{number}"), shape, ", extra");
            if lines(&found) != lines(&expected.targets[at]) {
                return Some(format!(
                    "t{at}\n is:        {:#?}\n should be: {:#?}",
                    lines(&found),
                    lines(&expected.targets[at])
                ));
            }
        }
        for (at, shape) in self.tables.source_shapes.iter().enumerate() {
            let found = lines(&rows(connection, &format!("s{at}_{number}"), shape, ""));
            let must = lines(&expected.sources[at]);
            if found != must {
                return Some(format!("s{at}\n is:        {found:#?}\n should be: {must:#?}"));
            }
        }
        None
    }

    /// The same with one row less, each way there is.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut without = |take: &dyn Fn(&mut Tables)| {
            let mut case = self.clone();
            take(&mut case.tables);
            all.push(case);
        };
        for (table, rows) in self.tables.sources.iter().enumerate() {
            (0..rows.len()).for_each(|at| without(&|tables| drop(tables.sources[table].remove(at))));
        }
        for (table, rows) in self.tables.targets.iter().enumerate() {
            (0..rows.len()).for_each(|at| without(&|tables| drop(tables.targets[table].remove(at))));
        }
        (0..self.tables.lookup.len()).for_each(|at| without(&|tables| drop(tables.lookup.remove(at))));
        all
    }

    /// All there is to know of it.
    pub fn shown(&self) -> String {
        let rows = |rows: &[Row]| rows.iter().map(|row| format!("    {row:?}\n")).collect::<String>();
        let sources = self.tables.sources.iter().map(|all| rows(all)).collect::<Vec<_>>().join("  second source\n");
        let targets = self.tables.targets.iter().map(|all| rows(all)).collect::<Vec<_>>().join("  second target\n");
        format!(
            "{}{}  source\n{sources}  target\n{targets}  lookup {:?}\n",
            self.schema(0),
            self.step.toml("m0", 0),
            self.tables.lookup
        )
    }
}

/// Rows that are in a target already: some with keys of the source's, some with their own.
fn there(dice: &mut Dice, shape: &Shape, sources: &[Vec<Row>], clash: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    if clash {
        for row in sources.iter().flatten() {
            if dice.percent(40) {
                let mut row = row.clone();
                if dice.percent(80) {
                    row.splice(..VALUES, values(dice));
                }
                rows.push(row);
            }
        }
        (0..dice.below(3)).for_each(|_| rows.push([values(dice), shape.key(dice)].concat()));
    }
    rows.iter_mut().for_each(|row| row.push(V::Text(b"own".to_vec())));
    rows
}

fn fill(connection: &Connection, table: &str, shape: &Shape, rows: &[Row], more: &str) -> Vec<Row> {
    let width = VALUES + shape.columns.len();
    let names = (0..width).map(name).collect::<Vec<_>>().join(", ");
    let number = shape.number(0).map(|(name, _)| format!(", {name}"));
    let marks = vec!["?"; width + usize::from(!more.is_empty()) + usize::from(number.is_some())].join(", ");
    let names = format!("{names}{more}{}", number.unwrap_or_default());
    let sql = format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})");
    let mut statement = connection.prepare(&sql).expect(&sql);
    for (at, row) in rows.iter().enumerate() {
        let number = shape.number(at).map(|(_, number)| V::Int(number));
        let values = row.iter().chain(&number).map(Bound);
        match statement.execute(params_from_iter(values)) {
            // A STRICT table refuses a value of another type whatever is said.
            Err(error) if shape.strict && error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {}
            done => drop(done.expect(&sql)),
        }
    }
    self::rows(connection, table, shape, more)
}

/// All rows, by their number where they have one.
fn rows(connection: &Connection, table: &str, shape: &Shape, more: &str) -> Vec<Row> {
    let width = VALUES + shape.columns.len();
    let names = (0..width).map(name).collect::<Vec<_>>().join(", ");
    let order = match shape.apart {
        Apart::BesideWithoutRowid => "id",
        _ if shape.has_rowid() => "rowid",
        _ => "k0",
    };
    let sql = format!("SELECT {names}{more} FROM {table} ORDER BY {order}");
    let mut statement = connection.prepare(&sql).expect(&sql);
    let width = statement.column_count();
    let mut rows = statement.query([]).expect(&sql);
    let mut all = Vec::new();
    while let Some(row) = rows.next().expect(&sql) {
        all.push((0..width).map(|at| V::of(row.get_ref(at).expect("a value"))).collect());
    }
    all
}

fn lines(rows: &[Row]) -> Vec<String> {
    crate::model::sorted(rows)
}

/// A value to be bound as it is, text that is no text too.
struct Bound<'a>(&'a V);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef;
        Ok(match self.0 {
            V::Null => ToSqlOutput::Owned(Value::Null),
            V::Int(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            V::Real(value) => ToSqlOutput::Owned(Value::Real(*value)),
            V::Text(bytes) => ToSqlOutput::Borrowed(ValueRef::Text(bytes)),
            V::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}
