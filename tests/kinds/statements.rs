//! Generated statements: in batches of any size they do what the database does with each of them at once, and go back.

use crate::rig::{Project, assert_same};
use crate::{down, project, rows};
use rusqlite::Connection;

/// Sources of every kind of key, each with the same columns behind it.
const SOURCES: &str = "
CREATE TABLE numbered (id INTEGER PRIMARY KEY, x TEXT, y INTEGER, z, \"odd from\" TEXT);
CREATE TABLE texts (id TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, x TEXT, y INTEGER, z, \"odd from\" TEXT) WITHOUT ROWID;
CREATE TABLE plain (id, x TEXT, y INTEGER, z, \"odd from\" TEXT);
CREATE TABLE pairs (id TEXT, x TEXT, y INTEGER, z, \"odd from\" TEXT, PRIMARY KEY (id, y));
CREATE TABLE others (id INTEGER PRIMARY KEY, kind TEXT);
INSERT INTO others VALUES (1, 'one'), (3, 'three'), (4, 'four'), (7, 'seven');
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 22)
INSERT INTO numbered SELECT i * 3 - 20, CASE WHEN i % 4 THEN 'abCé'||i % 7 END, nullif(i % 9, 5),
    CASE i % 5 WHEN 0 THEN i WHEN 1 THEN i / 3.0 WHEN 2 THEN 't' || i WHEN 3 THEN x'00ff' END, 'from ' || i FROM n;
INSERT INTO texts SELECT 'K' || (id * 7 % 100) || substr('aB', 1 + id % 2, 1), x, y, z, \"odd from\" FROM numbered;
INSERT INTO plain SELECT nullif(id % 4, 1), x, y, z, \"odd from\" FROM numbered;
INSERT INTO pairs SELECT CASE WHEN id % 5 THEN 'p' || id END, x, y, z, \"odd from\" FROM numbered;
";

const TABLES: [&str; 4] = ["numbered", "texts", "plain", "pairs"];

/// Values over a row; `@` stands for the source's name and a dot, or for nothing.
const VALUES: [&str; 22] = [
    "@x",
    "upper(@x)",
    "coalesce(@y, 0) + 1",
    "(SELECT max(o.id) FROM others AS o WHERE o.id <= @y)",
    "(SELECT count(*) FROM others, (SELECT 1))",
    "CASE WHEN @y > 3 THEN 'big' ELSE @x END",
    "CASE @y WHEN 1 THEN 2 END",
    "@x || '-' || @y",
    "CAST(@z AS INTEGER)",
    "NULL",
    "'it''s, FROM (here'",
    "typeof(@z) AS class",
    "max(@y, 3) most",
    "@y IN (SELECT id FROM others)",
    "@y IN (1, 2)",
    "@\"odd from\"",
    "@y IS NOT DISTINCT FROM @z",
    "- @y \"minus y\"",
    "@z COLLATE NOCASE",
    "1.5 /* a comma, FROM nowhere */",
    "@y ISNULL",
    "x'0aff'",
];

const FILTERS: [&str; 7] = [
    "@y > 2",
    "@x IS NOT NULL AND @y % 2",
    "EXISTS (SELECT 1 FROM others AS o WHERE o.id = @y)",
    "@x LIKE 'abc%' OR @y IS NULL -- the others",
    "@y IS DISTINCT FROM 3",
    "false",
    "@z NOT IN (SELECT kind FROM others GROUP BY kind ORDER BY 1 LIMIT 2)",
];

/// What makes a statement one that no walk does; the first `{}` is the source, the second the target.
const WHOLE: [&str; 8] = [
    "INSERT INTO {} (q, r) SELECT s.x, o.kind FROM {} AS s LEFT JOIN others AS o ON o.id = s.y",
    "INSERT INTO {} (q, r) SELECT x, count(*) FROM {} GROUP BY x",
    "INSERT INTO {} (q, r) SELECT DISTINCT x, y FROM {}",
    "INSERT INTO {} (q) SELECT sum(y) FROM {}",
    "INSERT INTO {} (q, r) SELECT y, rank() OVER (ORDER BY y) FROM {}",
    "INSERT INTO {} (q, r) SELECT x, y FROM {} UNION SELECT kind, id FROM others",
    "WITH w AS (SELECT y AS v FROM others, {1}) INSERT INTO {0} (q) SELECT v FROM w",
    "INSERT OR IGNORE INTO {} (q, r) SELECT y, z FROM {}",
];

/// Numbers by a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most as u64).expect("small")
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// A statement, the table it writes, and whether it fits a walk.
struct Made {
    sql: String,
    table: String,
    target: String,
    fits: bool,
}

fn make(dice: &mut Dice, number: usize) -> Made {
    let (source, target) = (dice.one(&TABLES), format!("t{number}"));
    let unique = dice.below(3) == 0;
    let table = format!(
        "CREATE TABLE {target} (p INTEGER PRIMARY KEY, q{}, r TEXT DEFAULT 'r', g AS (r || 1));\n",
        if unique { " UNIQUE" } else { "" }
    );
    if dice.below(4) == 0 {
        let kind = dice.below(if unique { 2 } else { WHOLE.len() });
        let words = if unique { [WHOLE[7], "INSERT INTO {} (q) SELECT max(y) FROM {}"][kind] } else { WHOLE[kind] };
        let sql = match words.contains("{1}") {
            true => words.replace("{0}", &target).replace("{1}", source),
            false => words.replacen("{}", &target, 1).replacen("{}", source, 1),
        };
        return Made { sql, table, target, fits: false };
    }
    let alias = [None, Some("a"), Some("\"a b\"")][dice.below(3)];
    let prefix = match (alias, dice.below(3)) {
        (_, 0) => String::new(),
        (Some(alias), _) => format!("{alias}."),
        (None, _) => format!("{source}."),
    };
    let from = match alias {
        None => source.to_owned(),
        Some(alias) => format!("{source} {}{alias}", if dice.below(2) == 0 { "AS " } else { "" }),
    };
    let (first, second) = (dice.one(&VALUES), dice.one(&VALUES));
    // Where it must be unique the value is the row's own.
    let first = if unique { "@\"odd from\"" } else { first };
    let (columns, values) = match dice.below(3) {
        0 => (" (q, r)", format!("{first}, {second}")),
        1 => (" (r, q)", format!("{second}, {first}")),
        _ => ("", format!("NULL, {first}, {second}")),
    };
    let mut filter = match dice.below(3) {
        0 => String::new(),
        _ => format!("\nWHERE {}", dice.one(&FILTERS)),
    };
    if dice.below(4) == 0 {
        filter = if filter.is_empty() { " WHERE true".to_owned() } else { filter };
        filter += "\nON CONFLICT DO NOTHING";
    }
    let end = ["", ";", " -- the end"][dice.below(3)];
    let sql = format!("INSERT INTO {target}{columns} SELECT {values} FROM {from}{filter}{end}");
    Made { sql: sql.replace('@', &prefix), table, target, fits: true }
}

fn contents(target: &str) -> String {
    format!("SELECT typeof(q), quote(q), typeof(r), quote(r), g FROM {target} ORDER BY 1, 2, 3, 4")
}

/// The step of a statement in a stage file.
fn step(made: &Made) -> String {
    let undo = if made.fits { "" } else { "undo = \"journal\"\n" };
    format!("[[convert]]\nid = \"to_{}\"\n{undo}sql = '''{}'''\n", made.target, made.sql)
}

/// What each target holds when the database itself has run the statements.
fn at_once(project: &Project, all: &[Made]) -> Vec<Vec<String>> {
    let twin = project.twin();
    let connection: Connection = twin.open();
    all.iter().for_each(|made| connection.execute_batch(&made.sql).unwrap_or_else(|why| panic!("{}: {why}", made.sql)));
    all.iter().map(|made| rows(&twin, &contents(&made.target))).collect()
}

#[test]
fn statements_do_in_batches_what_they_do_at_once() {
    let mut dice = Dice(20_261);
    for _ in 0..10 {
        let all: Vec<Made> = (0..30).map(|number| make(&mut dice, number)).collect();
        let tables: String = all.iter().map(|made| made.table.as_str()).collect();
        let project = project(&format!("{SOURCES}{tables}"), &all.iter().map(step).collect::<String>());
        let (before, expected) = (project.state(), at_once(&project, &all));
        let notes = project.must(&["plan", "--json"]).document()["result"]["notes"].to_string();
        for made in &all {
            let whole = notes.contains(&format!("to_{} runs as one statement", made.target));
            assert_eq!(whole, !made.fits, "{}: {notes}", made.sql);
        }
        for size in ["1", "3", "7"] {
            project.does(&["up", "--yes", "--batch-size", size]);
            for (made, expected) in all.iter().zip(&expected) {
                assert_eq!(&rows(&project, &contents(&made.target)), expected, "batches of {size}: {}", made.sql);
            }
            down(&project);
            assert_same(&format!("down from batches of {size}"), &before, &project.state());
        }
        assert!(expected.iter().filter(|rows| !rows.is_empty()).count() > 20, "most of them do something");
    }
}
