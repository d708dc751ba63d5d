//! A convert of a million rows of about 400 bytes, against one `INSERT … SELECT` of the shell.

use crate::alike::must_be_alike;
use crate::ground::{Ground, Project, is_whole, say};
use crate::measure::{Cost, in_turn};
use crate::page::{Figure, Limit};

/// What differs from one workload to the next.
struct Case {
    name: &'static str,
    rows: usize,
    runs: usize,
    /// Statements after the tables.
    schema: &'static str,
    /// How the stage file declares title and contact, and the same in SQL.
    columns: (&'static str, &'static str),
    undo: &'static str,
    limit: Limit,
}

const MOST_MEMORY: u64 = 64 << 20;

/// Title and contact in plain SQL.
const PLAIN: (&str, &str) = ("title = \"title\"\ncontact = \"contact\"\n", "title, contact");

/// Into a table without secondary indexes.
pub fn bare(ground: &Ground) -> Vec<Figure> {
    vec![forward(ground, &case("convert", Limit::Ratio(1.1)))]
}

/// Into a table with three secondary indexes.
pub fn indexes(ground: &Ground) -> Vec<Figure> {
    let schema = "CREATE INDEX records_title ON records (title);\n\
                  CREATE INDEX records_contact ON records (contact);\n\
                  CREATE INDEX records_kind ON records (kind, made);\n";
    vec![forward(ground, &Case { schema, ..case("convert, three indexes", Limit::Ratio(0.45)) })]
}

/// With three column functions that run in Rust.
pub fn functions(ground: &Ground) -> Vec<Figure> {
    let columns = (
        "title = { from = \"title\", apply = [\"trim\", \"upper\"] }\n\
         contact = { from = \"contact\", is = \"email\" }\n",
        "upper(trim(title)), contact",
    );
    vec![forward(ground, &Case { columns, ..case("convert, three Rust functions", Limit::Ratio(1.5)) })]
}

/// With a journal of what was written.
pub fn journal(ground: &Ground) -> Vec<Figure> {
    vec![forward(ground, &Case { undo: "journal", ..case("convert, journal", Limit::Said) })]
}

/// Ten times as many rows, in the same memory.
pub fn ten_million(ground: &Ground) -> Vec<Figure> {
    let case = Case { rows: 10_000_000, runs: 1, ..case("convert, ten million", Limit::Said) };
    vec![forward(ground, &case)]
}

fn case(name: &'static str, limit: Limit) -> Case {
    Case { name, rows: 1_000_000, runs: 7, schema: "", columns: PLAIN, undo: "derive", limit }
}

/// What `peer` runs.
fn insert(columns: &str) -> String {
    format!(
        "PRAGMA synchronous = NORMAL;\n\
         INSERT INTO records (id, title, contact, body, kind, made, amount, origin)\n\
         SELECT id, {columns}, body, lower(category), made, amount * 100, 'entries' FROM entries;\n"
    )
}

/// A project whose first stage is in, filled, in `base.db`.
fn prepare<'a>(ground: &'a Ground, case: &Case) -> Project<'a> {
    let rows = ground.size(case.rows);
    say(&format!("{}: {rows} rows", case.name));
    let project = ground.project();
    let schema = format!(
        "CREATE TABLE entries (id INTEGER PRIMARY KEY, title TEXT, contact TEXT, body TEXT, category TEXT, made TEXT, \
         amount REAL);\n\
         CREATE TABLE records (id INTEGER PRIMARY KEY, title TEXT, contact TEXT, body TEXT, kind TEXT, made TEXT, \
         amount REAL, origin TEXT);\n{}",
        case.schema
    );
    project.write("migrations/V1__tables.sql", &schema);
    project.write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n");
    project.write(
        "plans/two.toml",
        &format!(
            "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n\
             [[convert]]\nid = \"records\"\nfrom = \"entries\"\ninto = \"records\"\nundo = \"{}\"\n\
             [convert.columns]\nid = \"id\"\n{}body = \"body\"\nkind = \"lower(category)\"\nmade = \"made\"\n\
             amount = \"amount * 100\"\norigin = {{ value = \"entries\" }}\n",
            case.undo, case.columns.0
        ),
    );
    project.evolve(&["seal"]);
    project.evolve(&["up", "--target", "one", "--yes"]);
    fill(&project, rows);
    std::fs::rename(project.path("bench.db"), project.path("base.db")).expect("the prepared database");
    project
}

/// Rows of about 400 bytes.
fn fill(project: &Project<'_>, rows: usize) {
    let script = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})\n\
         INSERT INTO entries SELECT i, printf('  entry %d of the knowledge base ', (i * 7919) % {rows}), \
         'person.' || ((i * 104729) % {rows}) || '@mail.example.org', printf('%09d', i) || hex(zeroblob(130)), \
         CASE i % 4 WHEN 0 THEN 'VSAM' WHEN 1 THEN 'JCL' WHEN 2 THEN 'DB2' ELSE 'CICS' END, \
         datetime(1700000000 + i, 'unixepoch'), i * 0.25 FROM n;\n\
         PRAGMA wal_checkpoint(TRUNCATE);\n"
    );
    project.shell("bench.db", &script);
    assert!(is_whole(&project.path("bench.db")), "the prepared database is in one file");
}

const UP: &[&str] = &["up", "--yes", "--no-restore-point"];

fn forward(ground: &Ground, case: &Case) -> Figure {
    let project = prepare(ground, case);
    let ours = || {
        project.copy("base.db", "bench.db");
        project.evolve(UP)
    };
    let peer = || {
        project.copy("base.db", "peer.db");
        project.shell("peer.db", &insert(case.columns.1))
    };
    let (ours, peer) = in_turn(ground.runs(case.runs), ours, peer);
    must_be_alike(&project.path("bench.db"), &project.path("peer.db"));
    figure(case, ours, peer)
}

/// The way back, by the derived inverse, against one DELETE.
pub fn down(ground: &Ground) -> Vec<Figure> {
    let case = Case { runs: 5, ..case("convert, down", Limit::Said) };
    let project = prepare(ground, &case);
    project.copy("base.db", "bench.db");
    project.evolve(UP);
    project.shell("bench.db", "PRAGMA wal_checkpoint(TRUNCATE);\n");
    std::fs::rename(project.path("bench.db"), project.path("full.db")).expect("the full database");
    let ours = || {
        project.copy("full.db", "bench.db");
        project.evolve(&["down", "--target", "one", "--yes", "--no-restore-point"])
    };
    let delete = "PRAGMA synchronous = NORMAL;\nDELETE FROM records WHERE id IN (SELECT id FROM entries);\n";
    let peer = || {
        project.copy("full.db", "peer.db");
        project.shell("peer.db", delete)
    };
    let (ours, peer) = in_turn(ground.runs(case.runs), ours, peer);
    must_be_alike(&project.path("bench.db"), &project.path("peer.db"));
    vec![figure(&case, ours, peer)]
}

fn figure(case: &Case, ours: Cost, peer: Cost) -> Figure {
    Figure { name: case.name.to_owned(), ours, peer: Some(peer), limit: case.limit, memory: Some(MOST_MEMORY) }
}
