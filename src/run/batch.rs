//! How large batches are: the number that was given, or one that follows the target time.

use super::pace::SHARED;
use crate::catalog::BatchDeclared;
use crate::catalog::settings::{Batch, Said};
use std::time::Duration;

/// The size of the next batch.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    rows: u64,
    most: u64,
    target: Duration,
    fixed: bool,
}

/// The fewest rows that are worth a transaction.
const FEWEST: u64 = 100;

/// How much larger than the configured number a batch may grow where the number was not given by anyone.
const GROWTH: u64 = 8;

impl Size {
    /// As the step says it, else as the settings do; `shared` where the application stays up meanwhile. Up and down.
    pub fn of(mut batch: Batch, declared: Option<&BatchDeclared>, shared: bool) -> Self {
        if let (Some(rows), Said::Nowhere | Said::InFiles) = (declared.and_then(|it| it.rows), batch.said) {
            (batch.rows, batch.said) = (rows, Said::InFiles);
        }
        batch.target = match declared.and_then(|it| it.target) {
            Some(target) => target,
            None if shared => batch.target.min(SHARED),
            None => batch.target,
        };
        Self::new(batch)
    }

    fn new(batch: Batch) -> Self {
        Self {
            rows: batch.rows,
            most: batch.rows.saturating_mul(GROWTH),
            target: batch.target,
            fixed: batch.said != Said::Nowhere,
        }
    }

    /// All rows at once: for a step that must be one transaction.
    pub fn all() -> Self {
        Self { rows: u64::MAX / 4, most: u64::MAX / 4, target: Duration::MAX, fixed: true }
    }

    /// How many rows the next batch has.
    pub fn rows(self) -> u64 {
        self.rows
    }

    /// Somebody says how many, from now on.
    pub fn fix(&mut self, rows: u64) {
        (self.rows, self.fixed) = (rows.max(1), true);
    }

    /// Learns from how long a batch took.
    pub fn learn(&mut self, took: Duration) {
        if self.fixed {
            return;
        }
        let ratio = (self.target.as_secs_f64() / took.as_secs_f64().max(1e-4)).clamp(0.5, 2.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let next = (self.rows as f64 * ratio) as u64;
        self.rows = next.clamp(FEWEST.min(self.most), self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_number_stays_and_another_follows_the_target() {
        let batch = |said| Batch {
            rows: 1000,
            bytes: 64_000_000,
            target: Duration::from_millis(100),
            pause: Duration::ZERO,
            said,
        };
        let mut fixed = Size::new(batch(Said::InFiles));
        fixed.learn(Duration::from_secs(9));
        assert_eq!(fixed.rows(), 1000);
        let mut free = Size::new(batch(Said::Nowhere));
        free.learn(Duration::from_millis(10));
        assert_eq!(free.rows(), 2000);
        (0..20).for_each(|_| free.learn(Duration::from_secs(9)));
        assert_eq!(free.rows(), 100);
    }
}
