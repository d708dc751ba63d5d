//! `rotate`: every value that the key before encrypted is brought to the key of now, in tables, journals and kept rows.
//!
//! It needs no note of how far it has got: a value says by itself which key it is of.

mod preserved;

use super::runs::LOCK;
use super::{Answer, Consent, Project, Question, dialect, engine_name};
use crate::columns::Cipher;
use crate::engine::store;
use crate::error::{Error, Result, codes};
use crate::inverse::Inverse;
use crate::ledger::{Applied, steps};
use crate::observe::{Event, Observer, Stop};
use crate::report::{Outcome, Rows, RunReport, StepOutcome, StepReport};
use crate::run::lock::Lock;
use crate::run::{Declarations, fail_point, step_report, stopped};
use crate::schema::Tables as _;
use crate::sqlite::rotate::{Column, Rotation, Store, Walk};
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Handle, Manners, SqliteSession, connect, journal_label};
use crate::survey::Survey;
use std::time::Instant;

/// What is asked of `rotate`.
#[derive(Debug, Clone)]
pub struct RotateRequest {
    /// The name of the key, whose declaration says which one was before it.
    pub key: String,
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
        self.rotated(&request.key, consent, observer, stop).unwrap_or_else(Answer::refused)
    }

    fn rotated(
        &self,
        key: &str,
        consent: &dyn Consent,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Result<Answer<RunReport>> {
        self.refuse_no_previous(key)?;
        let location = self.location()?;
        let mut lock = Some(Lock::take(&location.beside(LOCK), self.settings.policy.wait, observer, stop)?);
        let survey = survey::survey(&location, Depth::Schema, &self.history_table)?;
        self.refuse_stranger(&survey)?;
        if let Some(open) = &survey.standing.open {
            let message = format!("`{} {}` is unfinished", open.command, open.target);
            return Err(Error::new(codes::OPEN_RUN, message).hint("the same command continues it; rotate afterwards"));
        }
        let mut report = self.still(&survey);
        if !survey.exists {
            return Ok(Answer::of(report));
        }
        let manners = Manners {
            foreign_keys: self.settings.foreign_keys,
            double_quoted_text: dialect(&survey).double_quoted_text,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        let session = SqliteSession::new(Handle::Own(Box::new(connect::writer(&location)?)), manners, stop)?;
        let held = self.held(&session, &survey.standing.applied, key)?;
        report.notes = held.notes(key);
        let rotation = Rotation::new(&session, held.columns, held.stores);
        let mut due = Vec::new();
        for walk in rotation.walks()? {
            if rotation.is_due(&walk)? {
                due.push(walk);
            }
        }
        if due.is_empty() {
            report.notes.push(unused(key));
            return Ok(Answer::of(report));
        }
        ask(key, &due, consent)?;
        let mut error = None;
        report.outcome = Outcome::Done;
        let count = due.len();
        for (index, walk) in due.iter_mut().enumerate() {
            match walked(&rotation, walk, (index, count), observer, stop) {
                (step, None) => report.steps.push(step),
                (step, Some(why)) => {
                    report.steps.push(step);
                    report.outcome = Outcome::Interrupted;
                    error = Some(why);
                    break;
                }
            }
        }
        if error.is_none() {
            report.notes.push(unused(key));
        }
        let mut answer = Answer { result: Some(report), error, closing: super::Closing::default() };
        answer.closing.lock = lock.take();
        Ok(answer)
    }

    fn refuse_no_previous(&self, key: &str) -> Result<()> {
        let now = self.settings.keys.read(key)?;
        match self.settings.keys.previous(key)? {
            Some(before) if before.id() != now.id() => Ok(()),
            Some(_) => Err(Error::new(codes::BAD_VALUE, format!("the key `{key}` and the one before it are the same"))),
            None => {
                let message = format!("the key `{key}` does not say which one was before it");
                let hint = format!("{key} = {{ file = \"new.key\", previous = {{ file = \"old.key\" }} }}");
                Err(Error::new(codes::BAD_VALUE, message).hint(hint))
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

    /// Where values of a key may be, as the ledger has the steps that are in.
    fn held(&self, session: &SqliteSession<'_>, applied: &[Applied], key: &str) -> Result<Holds> {
        let (mut held, read) = (Holds::default(), Declarations::default());
        for step in applied {
            let way = steps::way_back(session, &step.id)?;
            if step.kind == "migration" {
                held.parts.extend(way.inverse.iter().filter_map(|act| match act.bare() {
                    Inverse::RemakeTable(remake) if remake.kept.is_some() => {
                        Some((step.id.clone(), remake.table.to_lowercase()))
                    }
                    _ => None,
                }));
                held.stores.extend(way.inverse.iter().filter_map(|act| self.of_act(step, act)));
                continue;
            }
            let (hides, writes, keys) = crate::run::protected(step, &way, engine_name(), session, &read)?;
            for protected in hides.protected {
                if let Some(turns) = protected.function.turning(key, &self.settings.keys, &protected.label())? {
                    let (table, name) = (protected.table.clone(), protected.column.clone());
                    if session.table(&table).is_none_or(|table| table.column(&name).is_none()) {
                        held.gone.push(protected.label());
                    }
                    held.columns.push(Column { table, name, turns });
                }
                if protected.function.hashes_with(key) {
                    held.hashed.push(protected.label());
                }
            }
            let ciphers = writes.iter().flat_map(|table| keys.iter().map(move |key| (key, journal_label(table))));
            let outer: Vec<Cipher> =
                ciphers.filter_map(|(key, label)| Cipher::of(&self.settings.keys, key, &label).ok()).collect();
            let prefix = store(step.seq, 0);
            let prefix = prefix.trim_end_matches('0');
            let own = session.names().into_iter().filter(|name| name.starts_with(prefix));
            let shapes = writes.iter().filter_map(|table| session.table(table));
            let keys: Vec<_> = shapes.flat_map(|table| table.primary_key.into_iter().enumerate()).collect();
            let of = |name| Store { name, tables: writes.clone(), keys: keys.clone(), outer: outer.clone() };
            held.stores.extend(own.map(of));
        }
        self.held_preserved(session, key, &mut held)?;
        held.refuse_parts(session)?;
        Ok(held)
    }

    /// The store that an act of a migration's way back gives from.
    fn of_act(&self, step: &Applied, act: &Inverse) -> Option<Store> {
        let name = store(step.seq, act.kept()?);
        let (table, keys) = match act.bare() {
            Inverse::MakeTable(make) => (&make.table, Vec::new()),
            Inverse::RemakeTable(remake) => (&remake.table, remake.key.iter().map(|(old, _)| old.clone()).collect()),
            Inverse::Rewind { table, key, .. } => (table, key.clone()),
            _ => return None,
        };
        let keys = keys.into_iter().enumerate().collect();
        let cipher = act.seal().and_then(|seal| Cipher::of(&self.settings.keys, &seal.key, &name).ok());
        Some(Store { tables: vec![table.to_lowercase()], keys, outer: cipher.into_iter().collect(), name })
    }
}

/// Where values of a key may be.
#[derive(Default)]
struct Holds {
    columns: Vec<Column>,
    stores: Vec<Store>,
    /// Columns with codes of it, which nothing brings over.
    hashed: Vec<String>,
    /// Columns that are not there any more under this name.
    gone: Vec<String>,
    /// Steps that keep a part of each row of a table.
    parts: Vec<(String, String)>,
}

impl Holds {
    /// A row of which a part is kept and a part is there cannot be known again when either changes.
    fn refuse_parts(&self, session: &SqliteSession<'_>) -> Result<()> {
        let is_protected = |table: &str| self.columns.iter().any(|column| column.table == table);
        match self.parts.iter().find(|(_, table)| is_protected(table)) {
            None => Ok(()),
            Some((step, table)) => {
                let table = session.table(table).map_or_else(|| table.clone(), |table| table.name);
                let message = format!("{step} keeps a part of each row of {table}, and the rest would be written anew");
                Err(Error::new(codes::NO_WAY_BACK, message).hint(format!(
                    "take {step} back, rotate, and go up again: what was kept is known again only whole"
                )))
            }
        }
    }

    fn notes(&self, key: &str) -> Vec<String> {
        let hashed = self.hashed.iter().map(|column| {
            format!("{column} holds codes made with `{key}`: a keyed hash cannot be brought to another key")
        });
        let gone = self.gone.iter().map(|column| {
            format!("{column} is not there any more: where its values went under another name, they are not rotated")
        });
        hashed.chain(gone).collect()
    }
}

fn unused(key: &str) -> String {
    format!(
        "nothing here is of the key before `{key}` any more: take `previous` out of its declaration; restore points from \
         before still need it"
    )
}

fn ask(key: &str, due: &[Walk], consent: &dyn Consent) -> Result<()> {
    let names = due.iter().map(Walk::shown).collect::<Vec<_>>().join(", ");
    let text = format!("Encrypt what the key before `{key}` encrypted with the key of now, in {names}?");
    match consent.given(&Question { plan: None, text, flag: "--yes" }) {
        Some(true) => Ok(()),
        Some(false) => Err(Error::new(codes::DECLINED, "nothing was done")),
        None => Err(Error::new(codes::MUST_ASK, "values would be written anew, and there is nobody to ask")
            .hint("--yes says yes")),
    }
}

/// One table or store to its end, or until something stops it.
fn walked(
    rotation: &Rotation<'_>,
    walk: &mut Walk,
    (index, count): (usize, usize),
    observer: &dyn Observer,
    stop: &Stop,
) -> (StepReport, Option<Error>) {
    let (since, name) = (Instant::now(), walk.shown());
    observer.event(Event::StepBegins { step: &name, index: index + 1, count, title: "to the key of now" });
    let mut rows = Rows::default();
    let ended = loop {
        if stop.requested().is_some() {
            break Some(stopped(stop));
        }
        match rotation.batch(walk) {
            Ok(Some(turned)) => rows.add(Rows { read: turned, updated: turned, ..Rows::default() }),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
        fail_point("between_batches");
    };
    let outcome = if ended.is_none() { StepOutcome::Done } else { StepOutcome::Failed };
    observer.event(Event::StepEnds { step: &name, outcome, elapsed: since.elapsed(), rows });
    (step_report(&name, outcome, since.elapsed(), rows), ended)
}
