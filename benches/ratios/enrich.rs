//! An enrich of a million rows, against one `UPDATE … FROM` of the shell.

use crate::alike::must_be_alike;
use crate::ground::{Ground, Project, is_whole, say};
use crate::measure::in_turn;
use crate::page::{Figure, Limit};

const SCHEMA: &str = "CREATE TABLE components (name TEXT PRIMARY KEY NOT NULL, owner TEXT) WITHOUT ROWID;\n\
                      CREATE TABLE incidents (id INTEGER PRIMARY KEY, component TEXT, body TEXT, owner TEXT);\n";

/// Once with the journal that the way back needs, once without a way back.
pub fn run(ground: &Ground) -> Vec<Figure> {
    ["journal", "none"].map(|undo| one(ground, undo)).into()
}

fn one(ground: &Ground, undo: &str) -> Figure {
    let rows = ground.size(1_000_000);
    say(&format!("enrich: {rows} rows, undo = {undo}"));
    let project = prepare(ground, rows, undo);
    let update = "PRAGMA synchronous = NORMAL;\n\
                  UPDATE incidents SET owner = components.owner FROM components WHERE components.name = incidents.component;\n";
    let ours = || {
        project.copy("base.db", "bench.db");
        project.evolve(&["up", "--yes", "--no-restore-point"])
    };
    let peer = || {
        project.copy("base.db", "peer.db");
        project.shell("peer.db", update)
    };
    let (ours, peer) = in_turn(ground.runs(5), ours, peer);
    must_be_alike(&project.path("bench.db"), &project.path("peer.db"));
    let name = format!("enrich, undo = {undo}");
    Figure { name, ours, peer: Some(peer), limit: Limit::Said, memory: Some(64 << 20) }
}

fn prepare<'a>(ground: &'a Ground, rows: usize, undo: &str) -> Project<'a> {
    let project = ground.project();
    project.write("migrations/V1__tables.sql", SCHEMA);
    project.write("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n");
    project.write(
        "plans/two.toml",
        &format!(
            "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n\
             [[enrich]]\nid = \"owners\"\ntable = \"incidents\"\nundo = \"{undo}\"\n\
             lookup = {{ table = \"components\", on = \"components.name = incidents.component\" }}\n\
             on_missing = \"keep\"\non_many = \"fail\"\n[enrich.columns]\nowner = \"components.owner\"\n"
        ),
    );
    project.evolve(&["seal"]);
    project.evolve(&["up", "--target", "one", "--yes"]);
    let script = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)\n\
         INSERT INTO components SELECT printf('component %d', i), printf('team %d', i % 50) FROM n;\n\
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})\n\
         INSERT INTO incidents SELECT i, printf('component %d', i % 1100), hex(zeroblob(180)), NULL FROM n;\n\
         PRAGMA wal_checkpoint(TRUNCATE);\n"
    );
    project.shell("bench.db", &script);
    assert!(is_whole(&project.path("bench.db")), "the prepared database is in one file");
    std::fs::rename(project.path("bench.db"), project.path("base.db")).expect("the prepared database");
    project
}
