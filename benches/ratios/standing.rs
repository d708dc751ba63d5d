//! Questions to a database in which ten thousand migrations are in.

use crate::ground::{Ground, say};
use crate::many;
use crate::page::{Figure, Limit};
use std::time::Duration;

/// `status` and `plan`, with nothing pending and with one migration.
pub fn run(ground: &Ground) -> Vec<Figure> {
    let count = ground.size(10_000);
    say(&format!("applying {count} migrations"));
    let project = ground.project();
    many::write(&project, 1, count);
    project.evolve(&["up", "--yes"]);
    let ask = |command: &str, pending: &str, limit: Limit| Figure {
        name: format!("{command}, {count} in, {pending} pending"),
        ours: many::alone(&project, ground.runs(7), &[command, "--json"]),
        peer: None,
        limit,
        memory: None,
    };
    let most = |millis: u64| Limit::Time(Duration::from_millis(millis));
    let mut figures = vec![ask("status", "none", most(150)), ask("plan", "none", most(250))];
    many::write(&project, count + 1, count + 1);
    // What is pending is put in order over the schema of ten thousand tables: said, not promised.
    figures.extend([ask("status", "one", Limit::Said), ask("plan", "one", most(250))]);
    figures
}
