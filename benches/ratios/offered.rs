//! A million rows that an application offers as a source, against the same application writing them itself: one prepared
//! INSERT in one transaction.

use crate::alike::must_be_alike;
use crate::ground::{Ground, Project, say};
use crate::measure::{Cost, in_turn, run};
use crate::page::{Figure, Limit};
use evolve::sources::Offered;
use evolve::{Flags, Silent, Stop, Unattended, UpRequest, Value};
use rusqlite::{Connection, params_from_iter};
use std::process::Command;

const MOST_MEMORY: u64 = 64 << 20;
const COLUMNS: [&str; 5] = ["id", "title", "contact", "body", "amount"];

/// The first argument with which the bench is one of the two applications.
pub const AS_APPLICATION: &str = "--application";

/// Both applications, each in a process of its own.
pub fn ratio(ground: &Ground) -> Vec<Figure> {
    let rows = ground.size(1_000_000);
    say(&format!("source of an application: {rows} rows"));
    let project = ground.project();
    project.write(
        "migrations/V1__tables.sql",
        "CREATE TABLE records (id INTEGER PRIMARY KEY, title TEXT, contact TEXT, body TEXT, amount REAL);\n",
    );
    project.write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n");
    project.write(
        "plans/two.toml",
        "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n\
         [source.entries]\nversion = 1\ncolumns = [\"id\", \"title\", \"contact\", \"body\", \"amount\"]\nkey = \"id\"\n\
         [[copy]]\nid = \"records\"\nfrom = { source = \"entries\" }\ninto = \"records\"\n",
    );
    project.evolve(&["seal"]);
    project.evolve(&["up", "--target", "one", "--yes"]);
    std::fs::rename(project.path("bench.db"), project.path("base.db")).expect("the prepared database");
    let side = |way: &'static str, database: &'static str| {
        let project = &project;
        move || {
            project.copy("base.db", database);
            application(project, way, rows)
        }
    };
    let (ours, peer) = in_turn(ground.runs(5), side("offer", "bench.db"), side("insert", "peer.db"));
    must_be_alike(&project.path("bench.db"), &project.path("peer.db"));
    let name = "source of an application".to_owned();
    vec![Figure { name, ours, peer: Some(peer), limit: Limit::Said, memory: Some(MOST_MEMORY) }]
}

fn application(project: &Project<'_>, way: &str, rows: usize) -> Cost {
    let own = std::env::current_exe().expect("the bench itself");
    run(Command::new(own).args([AS_APPLICATION, way, &rows.to_string()]).current_dir(project.path("")))
}

/// The bench as one of the two applications: `offer ROWS` or `insert ROWS`.
pub fn be(mut arguments: impl Iterator<Item = String>) {
    let way = arguments.next().expect("a way");
    let count = arguments.next().and_then(|rows| rows.parse().ok()).expect("a number of rows");
    match way.as_str() {
        "offer" => offer(count),
        _ => insert(count),
    }
}

fn offer(count: i64) {
    let project = evolve::Project::open(&Flags::default()).expect("the project");
    let project = project.source("entries", 1, &COLUMNS, move || (0..count).map(row));
    let answer = project.up(&UpRequest::default(), &Unattended, &Silent, &Stop::new());
    assert_eq!(answer.into_result().expect("up").steps[0].rows.inserted, count.unsigned_abs());
}

fn insert(count: i64) {
    let mut connection = Connection::open("peer.db").expect("the database");
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL").expect("pragmas");
    let transaction = connection.transaction().expect("a transaction");
    let mut insert = transaction.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?)").expect("a statement");
    for row in (0..count).map(row) {
        insert.execute(params_from_iter(row.expect("a row").into_iter().map(value))).expect("a row");
    }
    drop(insert);
    transaction.commit().expect("a commit");
}

fn value(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) | Value::Unclear(bytes) => bytes.into(),
    }
}

/// A row of about 400 bytes.
#[allow(clippy::cast_precision_loss)]
fn row(id: i64) -> Offered {
    Ok(vec![
        Value::Integer(id),
        Value::Text(format!("entry {} of the knowledge base", id * 7919 % 1_000_000)),
        Value::Text(format!("person.{}@mail.example.org", id * 104_729 % 1_000_000)),
        Value::Text(format!("{id:09}{}", "0".repeat(300))),
        Value::Real(id as f64 * 0.25),
    ])
}
