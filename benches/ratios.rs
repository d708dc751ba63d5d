//! What evolve costs, against the stock `sqlite3` shell on the same machine in the same minute.
//!
//! Both sides run in turn, each on a fresh copy of the same database, and the least time of each counts. Their results
//! are compared value by value: a difference ends the bench. A loss is printed as a loss.
//!
//! ```text
//! cargo bench --bench ratios -- [--quick | --full] [--runs N] [--evolve PATH] [NAME…]
//! ```
//!
//! Names are those of [`WORKLOADS`], or their beginnings; without one all of them run. `--quick` takes small sizes, to
//! see that everything works; `--full` adds what takes minutes.

#![allow(clippy::print_stdout)]

#[path = "ratios/alike.rs"]
mod alike;
#[path = "ratios/convert.rs"]
mod convert;
#[path = "ratios/enrich.rs"]
mod enrich;
#[path = "ratios/ground.rs"]
mod ground;
#[path = "ratios/many.rs"]
mod many;
#[path = "ratios/measure.rs"]
mod measure;
#[path = "ratios/offered.rs"]
mod offered;
#[path = "ratios/page.rs"]
mod page;
#[path = "ratios/standing.rs"]
mod standing;

use ground::Ground;
use page::Figure;
use std::path::PathBuf;

/// One workload: its name, and what measures it.
struct Workload {
    name: &'static str,
    /// Whether it runs with `--full` only.
    long: bool,
    run: fn(&Ground) -> Vec<Figure>,
}

const WORKLOADS: &[Workload] = &[
    Workload { name: "migrations", long: false, run: many::ratio },
    Workload { name: "linear", long: false, run: many::linear },
    Workload { name: "standing", long: false, run: standing::run },
    Workload { name: "convert", long: false, run: convert::bare },
    Workload { name: "indexes", long: false, run: convert::indexes },
    Workload { name: "functions", long: false, run: convert::functions },
    Workload { name: "journal", long: false, run: convert::journal },
    Workload { name: "down", long: false, run: convert::down },
    Workload { name: "enrich", long: false, run: enrich::run },
    Workload { name: "source", long: false, run: offered::ratio },
    Workload { name: "ten_million", long: true, run: convert::ten_million },
];

/// What the command line says.
struct Asked {
    quick: bool,
    full: bool,
    runs: Option<usize>,
    evolve: PathBuf,
    names: Vec<String>,
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some(offered::AS_APPLICATION) {
        return offered::be(std::env::args().skip(2));
    }
    let asked = asked(std::env::args().skip(1));
    let ground = Ground { evolve: asked.evolve, quick: asked.quick, runs: asked.runs };
    page::head();
    let mut lost = 0;
    for workload in WORKLOADS.iter().filter(|workload| is_chosen(workload, &asked.names, asked.full)) {
        for figure in (workload.run)(&ground) {
            lost += usize::from(figure.lost());
            page::line(&figure);
        }
    }
    page::foot(lost, asked.quick);
}

fn is_chosen(workload: &Workload, names: &[String], full: bool) -> bool {
    match names {
        [] => full || !workload.long,
        names => names.iter().any(|name| workload.name.starts_with(name.as_str())),
    }
}

fn asked(mut arguments: impl Iterator<Item = String>) -> Asked {
    let evolve = PathBuf::from(env!("CARGO_BIN_EXE_evolve"));
    let mut asked = Asked { quick: false, full: false, runs: None, evolve, names: Vec::new() };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // What cargo itself adds.
            "--bench" => {}
            "--quick" => asked.quick = true,
            "--full" => asked.full = true,
            "--runs" => asked.runs = Some(arguments.next().and_then(|runs| runs.parse().ok()).expect("--runs N")),
            "--evolve" => asked.evolve = PathBuf::from(arguments.next().expect("--evolve PATH")),
            name if WORKLOADS.iter().any(|workload| workload.name.starts_with(name)) => {
                asked.names.push(argument);
            }
            unknown => panic!("there is no workload `{unknown}`"),
        }
    }
    asked
}
