//! What came of rejects that were tried again, as numbers and as words.

use crate::report::{Rows, StepOutcome, StepReport};
use crate::run::step_report;
use std::collections::BTreeMap;
use std::time::Instant;

/// How many keys are shown for one reason.
pub const SHOWN: usize = 20;

/// What came of them.
#[derive(Debug, Default)]
pub struct Tried {
    /// The rows that were tried.
    pub rows: Rows,
    /// How many of them were tried from their records.
    pub replayed: u64,
    /// Whether some were not tried because it could not come out right.
    pub refused: bool,
    /// Those that were not tried: by the reason how many they are, and what people call some of them.
    stay: BTreeMap<String, (u64, Vec<String>)>,
}

impl Tried {
    /// These rows.
    pub fn of(rows: Rows) -> Self {
        Self { rows, ..Self::default() }
    }

    /// So many that could not come out right.
    pub fn refused(why: &str, count: u64, shown: Vec<String>) -> Self {
        Self { refused: true, stay: BTreeMap::from([(why.to_owned(), (count, shown))]), ..Self::default() }
    }

    /// One that stays aside.
    pub fn stays(&mut self, why: &str, shown: &str) {
        let (count, keys) = self.stay.entry(why.to_owned()).or_default();
        *count += 1;
        if keys.len() < SHOWN {
            keys.push(shown.to_owned());
        }
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.rows.add(other.rows);
        self.replayed += other.replayed;
        self.refused |= other.refused;
        for (why, (more, shown)) in other.stay {
            let (count, keys) = self.stay.entry(why).or_default();
            *count += more;
            keys.extend(shown);
            keys.truncate(SHOWN);
        }
    }

    /// Whether there were none.
    pub fn is_nothing(&self) -> bool {
        self.rows.read == 0 && self.stay.is_empty()
    }

    /// What a reader should know of those that were tried from their records.
    pub fn note(&self, step: &str) -> Option<String> {
        (self.replayed > 0).then(|| format!("{step}: {} rejected rows were tried from their records", self.replayed))
    }

    /// The step's line in the report.
    pub fn report(&self, step: &str, since: Instant) -> StepReport {
        let mut report = step_report(step, StepOutcome::Resumed, since.elapsed(), self.rows);
        report.warnings = self.stay.iter().map(words).collect();
        report
    }
}

fn words((why, (count, shown)): (&String, &(u64, Vec<String>))) -> String {
    let more = if *count > shown.len() as u64 { "; …" } else { "" };
    let keys = if shown.is_empty() { String::new() } else { format!(": {}{more}", shown.join("; ")) };
    format!("{count} rejected rows stay aside, because {why}{keys}")
}
