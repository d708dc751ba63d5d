//! The sources of a step, laid where it finds them while it runs.
//!
//! Takes the application's sources; gives the digest of each. A half-done step goes on only where its sources give the same
//! rows as when it began.

use super::Runner;
use crate::catalog::Transformation;
use crate::engine::Mover;
use crate::error::Result;
use crate::movement::Movement;
use crate::observe::Event;
use crate::sources::Reading;
use crate::value::Value;
use std::collections::BTreeMap;

/// So many rows are read between two looks at the stop handle.
const ROWS_A_LOOK: usize = 1_000;

/// The digests of a step's sources, by name.
#[derive(Debug, Default)]
pub(super) struct Landed(BTreeMap<String, String>);

impl Landed {
    /// The digest of what a Movement walks: the shape of its rows, and where they are a source's the rows themselves.
    pub(super) fn of(&self, movement: &Movement, mover: &dyn Mover) -> String {
        let rows = movement.from.source.as_ref().and_then(|source| self.0.get(&source.name));
        mover.source() + rows.map_or("", String::as_str)
    }
}

impl Runner<'_> {
    /// Reads the sources of a step, each once, before anything of the step is done.
    pub(super) fn land(&self, declared: &Transformation) -> Result<Landed> {
        let mut landed = Landed::default();
        for source in &declared.sources {
            self.observer.event(Event::LooksAtRows { step: &declared.id });
            let mut reading = self.sources.open(source)?;
            self.session.land(source, &mut Stoppable { runner: self, reading: &mut reading, read: 0 })?;
            landed.0.insert(source.name.clone(), reading.digest());
        }
        Ok(landed)
    }

    /// Takes away what [`Runner::land`] laid. What cannot be taken away goes with the connection.
    pub(super) fn leave(&self, declared: &Transformation) {
        for source in &declared.sources {
            let _ = self.session.leave(source);
        }
    }
}

/// Rows, until somebody asks to stop.
struct Stoppable<'a> {
    runner: &'a Runner<'a>,
    reading: &'a mut Reading,
    read: usize,
}

impl Iterator for Stoppable<'_> {
    type Item = Result<Vec<Value>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read.is_multiple_of(ROWS_A_LOOK)
            && let Err(stopped) = self.runner.check_stop()
        {
            return Some(Err(stopped));
        }
        self.read += 1;
        self.reading.next()
    }
}
