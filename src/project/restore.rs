//! `restore`: back to a restore point, through the engine, with the record of it in the restored state.

use super::execute::holder;
use super::runs::LOCK;
use super::{Answer, Closing, Consent, Project, Question, RestoreRequest};
use crate::engine::{Copies, Database};
use crate::error::{Error, Result, codes};
use crate::ledger;
use crate::observe::{Observer, Stop};
use crate::points::{Manifest, create_private};
use crate::report::{Outcome, RunReport, Standpoint};
use crate::run::lock::Lock;
use crate::run::new_run;
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Location, SqliteCopies};
use std::path::Path;

impl Project {
    /// Brings a restore point back, or puts it into a new file beside.
    pub fn restore(
        &self,
        request: &RestoreRequest,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Answer<RunReport> {
        self.restored(request, consent, observer, stop).unwrap_or_else(Answer::refused)
    }

    fn restored(
        &self,
        request: &RestoreRequest,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Result<Answer<RunReport>> {
        let points = self.points();
        let point = points.find(request.id.as_deref())?;
        points.verify(&point)?;
        if let Some(to) = &request.to {
            return self.restore_beside(&point, to);
        }
        let location = self.location()?;
        refuse_foreign(&point, &self.settings.project, &location)?;
        let before = self.standing_if_readable(&location);
        let needed = self.needed(&point);
        let mut text =
            format!("Put the database back to {} ({}), giving up what was written since?", point.id, point.taken);
        if !needed.is_empty() {
            text = format!("{} (note: {})", text, needed.join("; "));
        }
        match consent.given(&Question { plan: None, text, flag: "--yes" }) {
            Some(true) => {}
            Some(false) => return Err(Error::new(codes::DECLINED, "nothing was done")),
            None => {
                return Err(Error::new(
                    codes::MUST_ASK,
                    "a restore gives up what was written since, and there is nobody to ask",
                )
                .hint("--yes says yes"));
            }
        }
        let mut lock = Lock::take(&location.beside(LOCK), self.settings.policy.wait, observer, stop)?;
        let run = new_run("restore", &point.id, Vec::new(), "", "");
        lock.tell(&holder(&run, None));
        let copies = SqliteCopies::of(&location);
        let scratch = points.scratch(&copies, &point)?;
        let result = copies.change(&scratch, &|copy| record(copy, &run)).and_then(|()| put_back(&copies, &scratch));
        remove(&copies, &scratch);
        result?;
        let mut report = self.report(&point, Some(run.id.clone()), before, &location)?;
        report.notes.extend(needed);
        let mut closing = Closing::of(location, &run.id, "restored");
        closing.lock = Some(lock);
        Ok(Answer { result: Some(report), error: None, closing })
    }

    fn restore_beside(&self, point: &Manifest, to: &Path) -> Result<Answer<RunReport>> {
        let location = Location::of(to)?;
        if location.size()?.is_some() {
            return Err(Error::new(codes::EXISTS, format!("{} is there already", location.path.display()))
                .hint("name a new file"));
        }
        let points = self.points();
        let copies = SqliteCopies::of(&location);
        let scratch = points.scratch(&copies, point)?;
        let run = new_run("restore", &point.id, Vec::new(), "", "");
        let result = copies
            .change(&scratch, &|copy| record(copy, &run))
            .and_then(|()| create_private(&location.path))
            .and_then(|()| copies.again(&scratch, &location.path));
        remove(&copies, &scratch);
        result?;
        let mut report =
            self.report(point, Some(run.id.clone()), Standpoint { stage: None, version: None, head: None }, &location)?;
        report.notes.extend(self.needed(point));
        Ok(Answer { result: Some(report), error: None, closing: Closing::of(location, &run.id, "restored") })
    }

    fn standing_if_readable(&self, location: &Location) -> Standpoint {
        match survey::survey(location, Depth::Standing, &self.history_table) {
            Ok(survey) => crate::plan::standpoint(&self.catalog, &survey.standing.applied),
            Err(_) => Standpoint { stage: None, version: None, head: None },
        }
    }

    fn report(
        &self,
        point: &Manifest,
        run: Option<String>,
        from: Standpoint,
        location: &Location,
    ) -> Result<RunReport> {
        let survey = survey::survey(location, Depth::Standing, &self.history_table)?;
        Ok(RunReport {
            run,
            outcome: Outcome::Restored,
            from,
            to: crate::plan::standpoint(&self.catalog, &survey.standing.applied),
            restore_points: vec![point.into()],
            steps: Vec::new(),
            preserved: Vec::new(),
            notes: vec![format!("{} stands as it was at {}", location.path.display(), point.taken)],
        })
    }
}

fn refuse_foreign(point: &Manifest, project: &str, location: &Location) -> Result<()> {
    if point.project == project && (point.database == location.path || location.size()?.is_none()) {
        return Ok(());
    }
    let message = format!("the restore point {} is of {} ({})", point.id, point.database.display(), point.project);
    Err(Error::new(codes::FOREIGN_POINT, message).hint("--to PATH puts it into a file of its own"))
}

/// Writes the restore into the copy, so that state and record arrive together. A run that was open when the point was
/// taken is over.
fn record(copy: &dyn Database, run: &ledger::Run) -> Result<()> {
    ledger::create(copy, "")?;
    if let Some(open) = ledger::runs::open(copy)? {
        ledger::runs::end(copy, &open.id, "restored")?;
    }
    ledger::runs::begin(copy, run)
}

/// Puts the prepared state over the live database.
fn put_back(copies: &dyn Copies, scratch: &Path) -> Result<()> {
    crate::run::fail_point("before_put_back");
    copies.put_back(scratch)?;
    crate::run::fail_point("after_put_back");
    Ok(())
}

fn remove(copies: &dyn Copies, scratch: &Path) {
    let _ = std::fs::remove_file(scratch);
    copies.tidy(scratch);
}
