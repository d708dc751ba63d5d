//! A rotation under way: table by table, batch by batch, each counted in the transaction that does it.

use super::tell;
use crate::error::{Error, Result};
use crate::ledger::{Run, events, runs};
use crate::observe::Event;
use crate::project::asked::Company;
use crate::report::{Rows, StepOutcome};
use crate::run::lock::Lock;
use crate::run::{fail_point, stopped};
use crate::sqlite::SqliteSession;
use crate::sqlite::rotate::{Rotation, Walk};
use std::time::Instant;

/// Under what a rotation is done.
pub(super) struct Under<'a> {
    pub session: &'a SqliteSession<'a>,
    pub rotation: &'a Rotation<'a>,
    pub run: &'a Run,
    pub company: Company<'a>,
    pub lock: &'a mut Option<Lock>,
}

impl Under<'_> {
    /// Goes through all of them, or until something stops it: then where, and what.
    pub fn walk(&mut self, due: Vec<Walk>) -> std::result::Result<(), (String, Error)> {
        let count = due.len();
        for (index, mut walk) in due.into_iter().enumerate() {
            let name = walk.shown();
            self.one(&mut walk, &name, (index, count)).map_err(|error| (name, error))?;
        }
        Ok(())
    }

    /// Tells others what is being done.
    pub fn tell(&mut self, what: &str) {
        tell(self.lock, self.run, Some(what));
    }

    /// One table or store to its end.
    fn one(&mut self, walk: &mut Walk, name: &str, (index, count): (usize, usize)) -> Result<()> {
        let (since, observer) = (Instant::now(), self.company.observer);
        self.tell(name);
        observer.event(Event::StepBegins { step: name, index: index + 1, count, title: "to the key of now" });
        let mut rows = Rows::default();
        let ended = self.batches(walk, name, &mut rows);
        let outcome = if ended.is_ok() { StepOutcome::Done } else { StepOutcome::Interrupted };
        observer.event(Event::StepEnds { step: name, outcome, elapsed: since.elapsed(), rows });
        ended
    }

    fn batches(&self, walk: &mut Walk, name: &str, rows: &mut Rows) -> Result<()> {
        loop {
            if self.company.stop.requested().is_some() {
                return Err(stopped(self.company.stop));
            }
            let since = Instant::now();
            let note = |turned: u64| -> Result<()> {
                if turned == 0 {
                    return Ok(());
                }
                let more = Rows { read: turned, updated: turned, ..Rows::default() };
                let took = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                let event = events::Event {
                    run: &self.run.id,
                    step: name,
                    seq: 0,
                    direction: "rotate",
                    duration_ms: took,
                    account: more,
                    nonce: "",
                };
                events::grow(self.session, &event)?;
                runs::at(self.session, &self.run.id, name)
            };
            match self.rotation.batch(walk, &note)? {
                Some(turned) => rows.add(Rows { read: turned, updated: turned, ..Rows::default() }),
                None => return Ok(()),
            }
            fail_point("between_batches");
        }
    }
}
