//! `rotate`: every value that the key before encrypted is brought to the key of now, in tables, journals and kept rows.
//!
//! It needs no note of how far it has got: a value says by itself which key it is of. The run is written down as others
//! are, and each batch counts what it did in the transaction that does it.

mod held;
mod needed;
mod pending;
mod points;
mod rotation;

use super::asked::Company;
use super::execute::holder;
use super::runs::LOCK;
use super::{Answer, Closing, Consent, Project, Question, dialect};
use crate::engine::{Database as _, Session as _};
use crate::error::{Error, Result, codes};
use crate::ledger::{self, Run, events, rotations};
use crate::observe::{Observer, Stop};
use crate::report::{Outcome, RunReport, StepOutcome};
use crate::run::lock::Lock;
use crate::run::{fail_point, new_run, step_report};
use crate::sqlite::rotate::{Found, Rotation, Walk};
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Location, Manners, SqliteSession, connect};
use crate::survey::Survey;
use points::Old;
use rotation::Under;
use std::time::Duration;

/// What is asked of `rotate`.
#[derive(Debug, Clone)]
pub struct RotateRequest {
    /// The name of the key, whose declaration says which one was before it.
    pub key: String,
    /// What becomes of restore points that hold values of the key before.
    pub points: OldPoints,
}

/// What becomes of restore points that hold values of the key before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OldPoints {
    /// They are named, and stay: whoever brings one back needs that key.
    #[default]
    Keep,
    /// They are written anew, with the key of now.
    Rewrite,
    /// They are given up.
    Drop,
}

impl Project {
    /// Brings all that the key before encrypted to the key of now. A run that was stopped is continued by the same command.
    pub fn rotate(
        &self,
        request: &RotateRequest,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Answer<RunReport> {
        self.rotated(request, Company { consent, observer, stop }).unwrap_or_else(Answer::refused)
    }

    fn rotated(&self, request: &RotateRequest, company: Company<'_>) -> Result<Answer<RunReport>> {
        let key = request.key.as_str();
        let turn = self.refuse_no_previous(key)?;
        let location = self.location()?;
        let wait = self.settings.policy.wait;
        let mut lock = Some(Lock::take(&location.beside(LOCK), wait, company.observer, company.stop)?);
        let survey = survey::survey(&location, Depth::Schema, &self.history_table)?;
        self.refuse_stranger(&survey)?;
        let open = continued(&survey, key)?;
        let mut report = self.still(&survey);
        if survey.standing.format.is_none() {
            return Ok(Answer::of(report));
        }
        let session = self.session(&location, &survey, company.stop)?;
        session.leave_nothing()?;
        let held = self.held(&session, &survey.standing.applied, key)?;
        report.notes = hashes(&held.hashed, key);
        let rotation = Rotation::new(&session, held.turning)?;
        let found = rotation.find()?;
        report.notes.extend(strange(&found, key));
        let old = self.old_points(key, company.stop)?;
        let stay = old.stay(request.points);
        let idle = found.due.is_empty() && (old.points.is_empty() || request.points == OldPoints::Keep);
        if idle && open.is_none() {
            rotations::settle(&session, key, &turn, found.strange.is_empty())?;
            report.notes.extend(unused(&found, key, &stay).into_iter().chain(old.notes(request)));
            return Ok(Answer::of(report));
        }
        if open.is_none() || request.points == OldPoints::Drop {
            ask(request, &found.due, &old, company.consent)?;
        }
        let run = self.open_rotation(&session, open, key, &turn, &survey)?;
        let (over, left) = (found.strange.is_empty(), unused(&found, key, &stay));
        let left: Vec<String> = left.into_iter().chain(let_go(&session)?).chain(old.notes(request)).collect();
        let mut under = Under { session: &session, rotation: &rotation, run: &run, company, lock: &mut lock };
        let error = under.walk(found.due).and_then(|()| {
            report.restore_points = self.see_to(request, &turn, &old, &mut under)?;
            Ok(())
        });
        fail_point("before_report");
        let (failed, error) = error.err().unzip();
        report.run = Some(run.id.clone());
        report.outcome = if error.is_none() { Outcome::Done } else { Outcome::Interrupted };
        for (step, _, duration, rows) in events::of_run(&session, &run.id)? {
            let is_failed = failed.as_ref() == Some(&step);
            let outcome = if is_failed { StepOutcome::Interrupted } else { StepOutcome::Done };
            report.steps.push(step_report(&step, outcome, Duration::from_millis(duration), rows));
        }
        let mut closing = Closing::default();
        if error.is_none() {
            rotations::settle(&session, key, &turn, over)?;
            session.durable()?;
            report.notes.extend(left);
            closing = Closing::of(location, &run.id, "done");
        }
        closing.lock = lock.take();
        Ok(Answer { result: Some(report), error, closing })
    }

    /// The ids of the two keys: the one before, and the one of now.
    fn refuse_no_previous(&self, key: &str) -> Result<rotations::Turn> {
        let now = self.settings.keys.read(key)?;
        match self.settings.keys.previous(key)? {
            Some(before) if before.id() != now.id() => {
                Ok(rotations::Turn { before: before.id().to_owned(), now: now.id().to_owned() })
            }
            Some(_) => Err(Error::new(codes::BAD_VALUE, format!("the key `{key}` and the one before it are the same"))),
            None => {
                let message = format!("the key `{key}` does not say which one was before it");
                let hint = format!("{key} = {{ file = \"new.key\", previous = {{ file = \"old.key\" }} }}");
                Err(Error::new(codes::BAD_VALUE, message).hint(hint))
            }
        }
    }

    fn session(&self, location: &Location, survey: &Survey, stop: &Stop) -> Result<SqliteSession<'static>> {
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: dialect(survey).double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        SqliteSession::new(Handle::Own(Box::new(connect::writer(location)?)), manners, stop)
    }

    /// Writes the run down before anything is done, with what is going on in the ledger's own facts.
    fn open_rotation(
        &self,
        session: &SqliteSession<'_>,
        open: Option<Run>,
        key: &str,
        turn: &rotations::Turn,
        survey: &Survey,
    ) -> Result<Run> {
        if let Some(open) = open {
            return Ok(open);
        }
        session.begin(false)?;
        let written = || -> Result<Run> {
            ledger::create(session, &self.settings.project)?;
            rotations::begin(session, key, turn)?;
            let run = new_run("rotate", key, Vec::new(), "", survey.standing.head().unwrap_or_default());
            ledger::runs::begin(session, &run)?;
            Ok(run)
        };
        match written() {
            Ok(run) => {
                session.commit()?;
                fail_point("run_opened");
                Ok(run)
            }
            Err(error) => {
                session.rollback();
                Err(error)
            }
        }
    }

    /// The report of a run that has done nothing yet.
    fn still(&self, survey: &Survey) -> RunReport {
        let standing = crate::plan::standpoint(&self.catalog, &survey.standing.applied);
        RunReport {
            run: None,
            outcome: Outcome::NothingToDo,
            from: standing.clone(),
            to: standing,
            restore_points: Vec::new(),
            steps: Vec::new(),
            preserved: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// The run of this command that was stopped, if one was; refuses beside any other.
fn continued(survey: &Survey, key: &str) -> Result<Option<Run>> {
    match &survey.standing.open {
        None => Ok(None),
        Some(open) if open.command == "rotate" && open.target == key => Ok(Some(open.clone())),
        Some(open) => {
            let message = format!("`{} {}` is unfinished", open.command, open.target);
            Err(Error::new(codes::OPEN_RUN, message).hint("the same command continues it; rotate afterwards"))
        }
    }
}

fn hashes(columns: &[String], key: &str) -> Vec<String> {
    let note = |column: &String| {
        format!("{column} holds codes made with `{key}`: a keyed hash cannot be brought to another key")
    };
    columns.iter().map(note).collect()
}

fn strange(found: &Found, key: &str) -> Option<String> {
    (!found.strange.is_empty()).then(|| {
        format!(
            "{} holds texts of the key before `{key}` that no transformation of this project or database has made: they stay",
            found.strange.join(", ")
        )
    })
}

fn unused(found: &Found, key: &str, stay: &[String]) -> Option<String> {
    let nothing = format!("nothing in this database is of the key before `{key}` any more");
    match (found.strange.is_empty(), stay.is_empty()) {
        (false, _) => None,
        (true, true) => Some(format!("{nothing}: take `previous` out of its declaration")),
        (true, false) => Some(format!("{nothing}, and restore points are: keep that key as long as they are kept")),
    }
}

/// What the database let go of before, and its file may hold.
fn let_go(session: &SqliteSession<'_>) -> Result<Option<String>> {
    let free = session.query("SELECT freelist_count FROM pragma_freelist_count", &[])?;
    let free = free.first().and_then(|row| ledger::integer(row, 0)).unwrap_or(0);
    Ok((free > 0).then(|| {
        "pages that the database has let go of may still hold what stood there under the key before: VACUUM writes the \
         file without them"
            .to_owned()
    }))
}

fn ask(request: &RotateRequest, due: &[Walk], old: &Old, consent: &dyn Consent) -> Result<()> {
    let names = due.iter().map(Walk::shown).collect::<Vec<_>>().join(", ");
    let live = (!due.is_empty()).then(|| format!("in {names}"));
    let points = match request.points {
        _ if old.points.is_empty() => None,
        OldPoints::Keep => None,
        OldPoints::Rewrite => Some(format!("in the restore points {}", old.shown())),
        OldPoints::Drop => Some(format!("and give up the restore points {}, which hold values of it", old.shown())),
    };
    let places: Vec<String> = live.into_iter().chain(points).collect();
    let text =
        format!("Encrypt what the key before `{}` encrypted with the key of now, {}?", request.key, places.join(", "));
    match consent.given(&Question { plan: None, text, flag: "--yes" }) {
        Some(true) => Ok(()),
        Some(false) => Err(Error::new(codes::DECLINED, "nothing was done")),
        None => Err(Error::new(codes::MUST_ASK, "values would be written anew, and there is nobody to ask")
            .hint("--yes says yes")),
    }
}

/// Tells who holds the database.
fn tell(lock: &mut Option<Lock>, run: &Run, step: Option<&str>) {
    if let Some(lock) = lock {
        lock.tell(&holder(run, step));
    }
}
