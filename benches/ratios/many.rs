//! Many small migrations, from nothing.

use crate::alike::must_be_alike;
use crate::ground::{Ground, Project, say};
use crate::measure::{Cost, in_turn, least};
use crate::page::{Figure, Limit};
use std::fmt::Write as _;

/// Writes so many migrations of three statements each, sealed.
pub fn write(project: &Project<'_>, from: usize, to: usize) {
    for number in from..=to {
        project.write(&format!("migrations/V{number}__table_{number}.sql"), &text(number));
    }
    project.evolve(&["seal"]);
}

fn text(number: usize) -> String {
    format!(
        "CREATE TABLE t_{number} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount REAL, made TEXT);\n\
         CREATE INDEX t_{number}_name ON t_{number} (name);\n\
         INSERT INTO t_{number} (name, amount, made) VALUES ('first', 1.5, '2026-01-01');\n"
    )
}

/// The same files, one transaction each, in one session of the shell.
fn script(count: usize) -> String {
    let mut script = String::from("PRAGMA journal_mode = WAL;\nPRAGMA synchronous = NORMAL;\n");
    for number in 1..=count {
        let _ = writeln!(script, "BEGIN;\n.read migrations/V{number}__table_{number}.sql\nCOMMIT;");
    }
    script
}

/// A thousand, against the shell.
pub fn ratio(ground: &Ground) -> Vec<Figure> {
    vec![compare(ground, ground.size(1000), Limit::Ratio(3.0), 5)]
}

/// Fewer and more: evolve's own part must grow as the number does.
pub fn linear(ground: &Ground) -> Vec<Figure> {
    let sizes = if ground.quick { [4, 8, 16] } else { [250, 1000, 4000] };
    sizes.map(|count| compare(ground, count, Limit::Said, 3)).into()
}

fn compare(ground: &Ground, count: usize, limit: Limit, runs: usize) -> Figure {
    say(&format!("{count} migrations"));
    let project = ground.project();
    write(&project, 1, count);
    let script = script(count);
    let ours = || {
        project.remove("bench.db");
        project.evolve(&["up", "--yes"])
    };
    let peer = || {
        project.remove("peer.db");
        project.shell("peer.db", &script)
    };
    let (ours, peer) = in_turn(ground.runs(runs), ours, peer);
    must_be_alike(&project.path("bench.db"), &project.path("peer.db"));
    Figure { name: format!("{count} migrations"), ours, peer: Some(peer), limit, memory: None }
}

/// Runs evolve alone, so often.
pub fn alone(project: &Project<'_>, runs: usize, arguments: &[&str]) -> Cost {
    least((0..runs).map(|_| project.evolve(arguments)))
}
