//! The table of figures.

use crate::measure::Cost;
use std::time::Duration;

/// One line: what was measured, and what was promised.
pub struct Figure {
    pub name: String,
    pub ours: Cost,
    pub peer: Option<Cost>,
    pub limit: Limit,
    /// The most memory that evolve may hold, in bytes.
    pub memory: Option<u64>,
}

/// What was promised.
#[derive(Clone, Copy)]
pub enum Limit {
    /// So many times the peer's time.
    Ratio(f64),
    /// So long.
    Time(Duration),
    /// Nothing: the figure is only said.
    Said,
}

impl Figure {
    fn ratio(&self) -> Option<f64> {
        self.peer.map(|peer| self.ours.time.as_secs_f64() / peer.time.as_secs_f64())
    }

    /// Whether a promise is not kept.
    pub fn lost(&self) -> bool {
        let slow = match self.limit {
            Limit::Ratio(limit) => self.ratio().is_some_and(|ratio| ratio > limit),
            Limit::Time(limit) => self.ours.time > limit,
            Limit::Said => false,
        };
        slow || self.memory.is_some_and(|most| self.ours.peak > most)
    }
}

pub fn head() {
    println!("{:<34} {:>11} {:>11} {:>7} {:>9} {:>9}", "workload", "evolve", "peer", "ratio", "limit", "peak MiB");
}

pub fn line(figure: &Figure) {
    let limit = match figure.limit {
        Limit::Ratio(limit) => format!("{limit:.2}"),
        Limit::Time(limit) => ms(limit),
        Limit::Said => "–".to_owned(),
    };
    println!(
        "{:<34} {:>11} {:>11} {:>7} {:>9} {:>9}{}",
        figure.name,
        ms(figure.ours.time),
        figure.peer.map_or_else(|| "–".to_owned(), |peer| ms(peer.time)),
        figure.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}")),
        limit,
        mib(figure),
        if figure.lost() { "  LOST" } else { "" },
    );
}

pub fn foot(lost: usize, quick: bool) {
    if quick {
        println!("(small sizes: they say that it works, not how fast it is)");
    } else if lost > 0 {
        println!("{lost} of these are not as promised");
    }
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn mib(figure: &Figure) -> String {
    let peak = figure.ours.peak.div_ceil(1 << 20);
    figure.memory.map_or_else(|| peak.to_string(), |most| format!("{peak}/{}", most >> 20))
}
