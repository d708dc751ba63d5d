//! Whatever an application does to rows behind the cursor, by whatever statement: afterwards the target holds what the
//! source holds then, each row once, and the account says so; then all of it is taken back.

use crate::meanwhile::Case;
use crate::rig::{Project as Folder, assert_same};
use evolve::observe::{Event, Observer, Stop, StopReason};
use evolve::report::{Rows, RunReport};
use evolve::{Answer, Flags, Project, Unattended, UpRequest};
use rusqlite::Connection;
use std::cell::{Cell, RefCell};
use std::ops::Range;

/// Numbers that look random and are the same each time.
pub struct Dice(Cell<u64>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))
    }

    pub fn below(&self, most: u64) -> u64 {
        let mut next = self.0.get();
        next ^= next << 13;
        next ^= next >> 7;
        next ^= next << 17;
        self.0.set(next);
        (next >> 11) % most
    }
}

/// An application that does something between any two batches.
struct Busy<'a> {
    connection: Connection,
    dice: &'a Dice,
    said: RefCell<Vec<String>>,
    /// A column that must not be written down.
    hidden: Option<&'a str>,
}

impl std::fmt::Debug for Busy<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Busy")
    }
}

impl Busy<'_> {
    /// In how many rows that were written down this column is not NULL.
    fn noted(&self, column: &str) -> i64 {
        let number = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect(sql);
        let tables = "SELECT group_concat('SELECT ' || ?1 || ' FROM \"' || name || '\"', ' UNION ALL ') FROM sqlite_schema \
                      WHERE type = 'table' AND name GLOB 'evolve_meanwhile_*_[gm]*'";
        let all: String = self.connection.query_row(tables, [column], |row| row.get(0)).expect("the tables");
        number(&format!("SELECT count({column}) FROM ({all})"))
    }

    /// One statement; ids are from 1 to 24, the second key from a to h, so that they meet.
    fn statement(&self) -> String {
        let (id, other) = (self.dice.below(24) + 1, self.dice.below(24) + 1);
        let key =
            ["a", "B", "c", "D", "e", "F", "g", "h", "A", "b"][usize::try_from(self.dice.below(10)).expect("small")];
        let value = ["one", "two", "six", "ten", "toolong"][usize::try_from(self.dice.below(5)).expect("small")];
        match self.dice.below(12) {
            0 => format!("INSERT OR IGNORE INTO source (id, k, v) VALUES ({id}, '{key}{other}', '{value}')"),
            1 => format!("INSERT OR REPLACE INTO source (id, k, v) VALUES ({id}, '{key}', '{value}')"),
            2 => format!("REPLACE INTO source (id, k, v) VALUES ({id}, '{key}{other}', '{value}')"),
            3 => format!("UPDATE source SET v = '{value}' WHERE id = {id}"),
            4 => format!("UPDATE source SET v = '{value}' WHERE id BETWEEN {} AND {}", id.min(other), id.max(other)),
            5 => format!("UPDATE OR IGNORE source SET id = {other} WHERE id = {id}"),
            6 => format!("UPDATE OR REPLACE source SET id = {other} WHERE id = {id}"),
            7 => format!("UPDATE OR REPLACE source SET k = '{key}' WHERE id = {id}"),
            8 => format!("DELETE FROM source WHERE id = {id}"),
            9 => format!("DELETE FROM source WHERE k < '{key}' AND id > {other}"),
            10 => format!(
                "INSERT INTO source (id, k, v) VALUES ({id}, '{key}{id}', '{value}') ON CONFLICT DO UPDATE SET v = '{value}', w = w + 1"
            ),
            _ => format!(
                "DELETE FROM source WHERE id = {id}; INSERT OR IGNORE INTO source (id, k, v) VALUES ({id}, '{key}{other}', '{value}')"
            ),
        }
    }
}

impl Observer for Busy<'_> {
    fn event(&self, event: Event<'_>) {
        let Event::Progress(_) = event else { return };
        let listens = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name LIKE 'evolve_meanwhile%')";
        if !self.connection.query_row(listens, [], |row| row.get::<_, bool>(0)).expect("an answer") {
            // The last batch is through.
            return;
        }
        for _ in 0..self.dice.below(4) {
            let sql = self.statement();
            // A key that is taken is the application's own affair.
            let done = self.connection.execute_batch(&sql);
            self.said.borrow_mut().push(format!("{sql} -- {done:?}"));
        }
        let plain = self.hidden.map_or(0, |column| self.noted(column));
        assert_eq!(plain, 0, "what is protected is written down");
    }
}

pub const NUMBERED: &str =
    "CREATE TABLE source (id INTEGER PRIMARY KEY, k TEXT UNIQUE COLLATE NOCASE, v TEXT, w INTEGER DEFAULT 0)";
pub const HIDDEN: &str =
    "CREATE TABLE source (id INTEGER NOT NULL UNIQUE, k TEXT COLLATE NOCASE, v TEXT, w INTEGER DEFAULT 0, UNIQUE (k))";
pub const WITHOUT: &str = "CREATE TABLE source (id INTEGER, k TEXT COLLATE NOCASE PRIMARY KEY, v TEXT, w INTEGER DEFAULT 0, UNIQUE (id)) WITHOUT ROWID";
pub const PAIR: &str = "CREATE TABLE source (id INTEGER, k TEXT COLLATE NOCASE, v TEXT, w INTEGER DEFAULT 0, PRIMARY KEY (v, id), UNIQUE (id), UNIQUE (k))";

pub const OWN: &str = "CREATE TABLE target (n INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER, k TEXT, v TEXT)";
const REUSED: &str = "CREATE TABLE target (n INTEGER PRIMARY KEY, id INTEGER, k TEXT, v TEXT)";
pub const SAME: &str = "CREATE TABLE target (id INTEGER PRIMARY KEY, k TEXT, v TEXT)";
const SOMETIMES: &str = "CREATE TABLE target (n INTEGER PRIMARY KEY, id INTEGER UNIQUE, k TEXT, v TEXT)";
const KEYED: &str = "CREATE TABLE target (id INTEGER, k TEXT NOT NULL UNIQUE COLLATE NOCASE, v TEXT)";

/// Eighteen rows.
pub const ROWS: &str = "INSERT INTO source (id, k, v) SELECT value, char(97 + value % 8) || value, substr('onetwosix', 1 + 3 * (value % 3), 3) FROM (WITH RECURSIVE s (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 18) SELECT value FROM s)";

const COLUMNS: &str = "[convert.columns]\nid = \"id\"\nk = \"lower(k)\"\nv = \"upper(v)\"\n";
const ALIKE: &str = "[convert.columns]\nv = \"upper(v)\"\n";
const SOME: &str = "where = \"v <> 'two'\"\n[convert.columns]\nid = \"id\"\nk = \"lower(k)\"\nv = \"upper(v)\"\n";
const JUDGED: &str = "on_invalid = \"quarantine\"\n[convert.columns]\nid = \"id\"\nk = \"lower(k)\"\nv = { from = \"v\", pattern = \"^...$\", apply = [\"upper\"] }\n";
const SKIPPED: &str = "on_invalid = \"skip\"\n[convert.columns]\nid = \"id\"\nk = \"lower(k)\"\nv = { from = \"v\", pattern = \"^...$\", apply = [\"upper\"] }\n";

pub fn up(folder: &Folder, dice: &Dice, batch: u64, hidden: Option<&str>) -> (Answer<RunReport>, Vec<String>) {
    let project = Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("the project");
    let connection = Connection::open(folder.database()).expect("a connection");
    if dice.below(2) == 0 {
        connection.execute_batch("PRAGMA recursive_triggers = on").expect("a pragma");
    }
    let busy = Busy { connection, dice, said: RefCell::default(), hidden };
    let request = UpRequest { batch_rows: Some(batch), ..UpRequest::default() };
    let answer = project.up(&request, &Unattended, &busy, &Stop::new());
    (answer, busy.said.into_inner())
}

/// One run beside an application; what it says it did, or why it would not.
fn run(case: &Case, seed: u64) -> Result<Rows, String> {
    let dice = Dice::new(seed);
    let folder = case.folder_of(ROWS);
    let what = format!("{} {} {} seed {seed}", case.source, case.target, case.step);
    let (answer, said) = up(&folder, &dice, 1 + dice.below(5), None);
    let said = said.join("\n");
    assert_eq!(
        folder.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_meanwhile%'"),
        "0",
        "{what}\n{said}"
    );
    let report = match answer.into_result() {
        Ok(report) => report,
        Err(error) => {
            assert_eq!(folder.value("SELECT count(*) FROM target"), "0", "{error}\n{what}\n{said}");
            return Err(format!("{} {}\n{what}\n{said}", error.code().id, error.message()));
        }
    };
    let rows = report.steps.last().expect("a step").rows;
    let (valid, invalid) = match case.step {
        step if step.contains("pattern") => ("length(v) = 3", "NOT length(v) = 3"),
        step if step.contains("where") => ("v <> 'two'", "false"),
        _ => ("true", "false"),
    };
    let columns = if case.step == ALIKE { ["upper(v)", "v"] } else { ["id || lower(k) || upper(v)", "id || k || v"] };
    let all = |value: &str, table: &str, which: &str| {
        folder.value(&format!(
            "SELECT group_concat(x, ' ') FROM (SELECT {value} AS x FROM {table} WHERE {which} ORDER BY 1)"
        ))
    };
    assert_same(&format!("{what}\n{said}"), &all(columns[0], "source", valid), &all(columns[1], "target", "true"));
    let count = |which: &str| folder.value(&format!("SELECT count(*) FROM source WHERE {which}"));
    assert_eq!(rows.inserted.to_string(), count(valid), "{what}\n{said}");
    assert_eq!(rows.rejected.to_string(), count(invalid), "{what}\n{said}");
    assert!(rows.balance(), "{rows:?}");
    if case.step == JUDGED {
        let rejects = folder.value("SELECT count(DISTINCT key) || ' ' || count(*) FROM evolve_rejects");
        assert_eq!(rejects, format!("{0} {0}", count(invalid)), "{what}\n{said}");
    }
    let before = all("quote(id) || quote(k) || quote(v) || quote(w)", "source", "true");
    folder.does(&["down", "--target", "one", "--yes"]);
    assert_eq!(all("quote(id) || quote(k) || quote(v) || quote(w)", "source", "true"), before);
    Ok(rows)
}

/// Many runs of a case; how many of them were refused.
fn runs(source: &'static str, target: &'static str, step: &'static str, seeds: Range<u64>) -> u64 {
    let case = Case { source, target, step, downtime: "downtime = false" };
    let mut refused = 0;
    for seed in seeds {
        if let Err(why) = run(&case, seed) {
            println!("{why}\n");
            refused += 1;
        }
    }
    refused
}

#[test]
fn f130_whatever_is_done_behind_the_cursor_the_target_is_as_the_source() {
    let (many, mut first) = (std::env::var_os("EVOLVE_MANY").is_some(), 1);
    for source in [NUMBERED, HIDDEN, WITHOUT, PAIR] {
        for (target, step) in [
            (OWN, COLUMNS),
            (REUSED, COLUMNS),
            (SAME, COLUMNS),
            (KEYED, COLUMNS),
            (OWN, ALIKE),
            (SAME, SOME),
            (OWN, SOME),
            (OWN, JUDGED),
            (KEYED, JUDGED),
            (SAME, SKIPPED),
            (SOMETIMES, COLUMNS),
        ] {
            let seeds = if many { 1..61 } else { first..first + 1 };
            assert_eq!(runs(source, target, step, seeds), 0, "{source} {target} {step}");
            first += 1;
        }
    }
}

/// A step of several Movements in a stage whose application stays up: its tables, its file, and for each table that it
/// writes what it holds and what it is to hold.
pub struct Several {
    pub tables: &'static str,
    pub step: &'static str,
    pub holds: &'static [(&'static str, &'static str)],
}

pub const SPLIT: Several = Several {
    tables: "CREATE TABLE people (id INTEGER PRIMARY KEY, k TEXT); CREATE TABLE notes (n INTEGER PRIMARY KEY AUTOINCREMENT, person INTEGER NOT NULL REFERENCES people (id), v TEXT);",
    step: "[[split]]\nid = \"moved\"\nfrom = \"source\"\n[[split.into]]\ntable = \"people\"\ncolumns = { id = \"id\", k = \"lower(k)\" }\n[[split.into]]\ntable = \"notes\"\nwhen = \"v <> 'two'\"\ncolumns = { person = \"id\", v = { from = \"v\", apply = [\"upper\"] } }\n[[split.into]]\ntable = \"notes\"\nwhen = \"v = 'two'\"\ncolumns = { person = \"id\", v = { value = \"2\" } }\n",
    holds: &[
        ("SELECT id || k FROM people", "SELECT id || lower(k) FROM source"),
        ("SELECT person || v FROM notes", "SELECT id || CASE v WHEN 'two' THEN '2' ELSE upper(v) END FROM source"),
    ],
};

const PIPELINE: Several = Several {
    tables: "CREATE TABLE middle (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE target (n INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER REFERENCES middle (id), v TEXT);",
    step: "[[pipeline]]\nid = \"moved\"\n[[pipeline.do]]\n[pipeline.do.convert]\nfrom = \"source\"\ninto = \"middle\"\n[pipeline.do.convert.columns]\nid = \"id\"\nv = { from = \"v\", apply = [\"upper\"] }\n[[pipeline.do]]\n[pipeline.do.convert]\nfrom = \"middle\"\ninto = \"target\"\n[pipeline.do.convert.columns]\nid = \"id\"\nv = { from = \"v\", apply = [\"lower\"] }\n",
    holds: &[
        ("SELECT id || v FROM middle", "SELECT id || upper(v) FROM source"),
        ("SELECT id || v FROM target", "SELECT id || lower(v) FROM source"),
    ],
};

const MERGE: Several = Several {
    tables: "CREATE TABLE other (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO other VALUES (1, 'o'), (2, 'o'), (9, 'o'); CREATE TABLE target (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, v TEXT);",
    step: "[[merge]]\nid = \"moved\"\ninto = \"target\"\nkey = [\"id\"]\n[[merge.from]]\ntable = \"source\"\ncolumns = { id = \"'s' || id\", v = { from = \"v\", apply = [\"upper\"] } }\n[[merge.from]]\ntable = \"other\"\ncolumns = { id = \"'o' || id\", v = \"v\" }\n",
    holds: &[(
        "SELECT id || v FROM target",
        "SELECT 's' || id || upper(v) FROM source UNION ALL SELECT 'o' || id || v FROM other",
    )],
};

impl Several {
    pub fn folder(&self, source: &str) -> Folder {
        let folder = Folder::of(&[
            ("migrations/V1__source.sql", &format!("{source};")),
            ("migrations/V2__target.sql", self.tables),
            ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
            (
                "plans/two.toml",
                &format!(
                    "[stage]\nname = \"two\"\nversion = \"2.0.0\"\nmigrations = [\"V2\"]\ndowntime = false\n{}",
                    self.step
                ),
            ),
        ]);
        folder.does(&["up", "--target", "one"]);
        folder.sql(ROWS);
        folder
    }

    fn run(&self, source: &str, seed: u64) {
        let (dice, folder) = (Dice::new(seed), self.folder(source));
        let (answer, said) = up(&folder, &dice, 1 + dice.below(5), None);
        let what = format!("{source} {} seed {seed}\n{}", self.step, said.join("\n"));
        let report =
            answer.into_result().unwrap_or_else(|error| panic!("{} {}\n{what}", error.code().id, error.message()));
        self.check(&folder, &report, &what);
    }

    /// Each table holds what it is to hold, the account says so, and all of it goes back.
    pub fn check(&self, folder: &Folder, report: &RunReport, what: &str) {
        let all = |sql: &str| {
            folder
                .value(&format!("WITH q (x) AS ({sql}) SELECT group_concat(x, ' ') FROM (SELECT x FROM q ORDER BY x)"))
        };
        let mut rows = 0;
        for (holds, wanted) in self.holds {
            assert_same(what, &all(wanted), &all(holds));
            rows += folder.value(&format!("SELECT count(*) FROM ({wanted})")).parse::<u64>().expect("a number");
        }
        assert_eq!(report.steps.last().expect("a step").rows.inserted, rows, "{what}");
        assert_eq!(
            folder.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'evolve_meanwhile%'"),
            "0",
            "{what}"
        );
        assert_eq!(folder.value("SELECT count(*) FROM pragma_foreign_key_check"), "0", "{what}");
        folder.does(&["down", "--target", "one", "--yes"]);
    }
}

#[test]
fn f130_what_is_protected_is_followed_and_nowhere_written_down() {
    // A word of up to three letters is three stars.
    let step = "[convert.columns]\nid = \"id\"\nk = \"lower(k)\"\nv = { from = \"v\", protect = \"mask\" }\n";
    for (source, seed) in [NUMBERED, HIDDEN, WITHOUT].into_iter().zip(1..) {
        let case = Case { source, target: SAME, step, downtime: "downtime = false" };
        let folder = case.folder_of(ROWS);
        let (answer, said) = up(&folder, &Dice::new(seed), 2, Some("v"));
        let what = format!("{source}\n{}", said.join("\n"));
        let rows =
            answer.into_result().unwrap_or_else(|error| panic!("{} {}\n{what}", error.code().id, error.message()));
        let of = |sql: &str| folder.value(&format!("SELECT group_concat(x, ' ') FROM (SELECT {sql} ORDER BY id)"));
        let wanted = of("id || lower(k) || CASE WHEN length(v) > 3 THEN 't***g' ELSE '***' END AS x FROM source");
        assert_same(&what, &wanted, &of("id || k || v AS x FROM target"));
        assert_eq!(
            rows.steps.last().expect("a step").rows.inserted.to_string(),
            folder.value("SELECT count(*) FROM source")
        );
        folder.does(&["down", "--target", "one", "--yes"]);
    }
}

#[test]
fn f130_all_movements_of_a_step_show_one_moment() {
    let many = std::env::var_os("EVOLVE_MANY").is_some();
    for several in [SPLIT, PIPELINE, MERGE] {
        for seed in if many { 1..101 } else { 1..5 } {
            several.run(NUMBERED, seed);
            several.run(PAIR, seed);
        }
    }
}

/// Stops the run after so many batches.
#[derive(Debug)]
struct Stopping<'a> {
    left: Cell<u64>,
    stop: &'a Stop,
}

impl Observer for Stopping<'_> {
    fn event(&self, event: Event<'_>) {
        if let Event::Progress(_) = event {
            self.left.set(self.left.get().saturating_sub(1));
            if self.left.get() == 0 {
                self.stop.request(StopReason::Interrupt);
            }
        }
    }
}

#[test]
fn f130_what_is_written_while_a_step_of_several_movements_is_interrupted_is_followed_by_all_of_them() {
    for batches in [2, 5, 7, 9] {
        let folder = SPLIT.folder(NUMBERED);
        let project =
            Project::open(&Flags { project: folder.root().to_owned(), ..Flags::default() }).expect("a project");
        let stop = Stop::new();
        let stopping = Stopping { left: Cell::new(batches), stop: &stop };
        let request = UpRequest { batch_rows: Some(4), ..UpRequest::default() };
        let stopped = project.up(&request, &Unattended, &stopping, &stop);
        assert!(stopped.into_result().is_err(), "after {batches} batches");
        // New rows behind the cursor and ahead of it, changed ones, gone ones.
        folder.sql(
            "INSERT INTO source (id, k, v) VALUES (0, 'n0', 'one'), (40, 'n40', 'one'), (41, 'n41', 'two'); \
             UPDATE source SET k = 'm' || id WHERE id % 5 = 1; UPDATE source SET v = 'two' WHERE id % 5 = 2; \
             DELETE FROM source WHERE id IN (3, 9, 17); REPLACE INTO source (id, k, v) VALUES (50, 'm6', 'six')",
        );
        let report =
            project.up(&request, &Unattended, &evolve::Silent, &Stop::new()).into_result().expect("it goes on");
        SPLIT.check(&folder, &report, &format!("after {batches} batches"));
    }
}
