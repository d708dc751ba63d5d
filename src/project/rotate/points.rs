//! Restore points that hold values of the key before: which, and what becomes of them.
//!
//! A point is a database with a ledger of its own: it is looked through, and written anew, as the live one is.

use super::{OldPoints, RotateRequest, rotation::Under};
use crate::engine::{Copies as _, Session as _};
use crate::error::{Error, Result};
use crate::ledger::{rotations, steps};
use crate::observe::Stop;
use crate::points::{Manifest, REPLACED};
use crate::project::Project;
use crate::report::RestorePoint;
use crate::run::{fail_point, stopped};
use crate::sqlite::rotate::Rotation;
use crate::sqlite::survey::{self, Depth};
use crate::sqlite::{Connection, Handle, Location, Manners, SqliteCopies, SqliteSession, connect};
use std::path::Path;

/// Restore points that hold values of the key before.
#[derive(Default)]
pub(super) struct Old {
    pub points: Vec<Manifest>,
    /// Points that could not be looked into: the id, and why.
    pub unknown: Vec<(String, String)>,
}

impl Old {
    /// The ids of those that still need the key before, unless they were seen to.
    pub fn stay(&self, becomes: OldPoints) -> Vec<String> {
        let held = self.points.iter().map(|point| point.id.clone()).filter(|_| becomes == OldPoints::Keep);
        held.chain(self.unknown.iter().map(|(id, _)| id.clone())).collect()
    }

    /// Their ids, for people.
    pub fn shown(&self) -> String {
        self.points.iter().map(|point| point.id.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// What is to be said of them.
    pub fn notes(&self, request: &RotateRequest) -> Vec<String> {
        let key = &request.key;
        let unknown =
            self.unknown.iter().map(|(id, why)| format!("the restore point {id} could not be looked into: {why}"));
        let held = (!self.points.is_empty()).then(|| match request.points {
            OldPoints::Keep => format!(
                "restore points that hold values of the key before `{key}`: {}; `evolve rotate {key} --points rewrite` writes \
                 them anew, `--points drop` gives them up, and until then who brings one back needs that key",
                self.shown()
            ),
            OldPoints::Rewrite => format!("restore points that were written anew: {}", self.shown()),
            OldPoints::Drop => format!("restore points that were given up: {}", self.shown()),
        });
        unknown.chain(held).collect()
    }
}

impl Project {
    /// Looks into every restore point.
    pub(super) fn old_points(&self, key: &str, stop: &Stop) -> Result<Old> {
        let mut old = Old::default();
        for point in self.points().list()?.into_iter().filter(|point| point.project == self.settings.project) {
            match self.holds(&point, key, stop) {
                Ok(true) => old.points.push(point),
                Ok(false) => {}
                Err(error) => old.unknown.push((point.id, error.message().to_owned())),
            }
        }
        Ok(old)
    }

    fn holds(&self, point: &Manifest, key: &str, stop: &Stop) -> Result<bool> {
        let points = self.points();
        points.verify(point)?;
        let connection = connect::unchanging(&Location::of(&points.file(&point.id))?)?;
        let survey = survey::of_connection(&connection, Depth::Standing, &self.history_table)?;
        if survey.standing.format.is_none() {
            return Ok(false);
        }
        let session = self.session_of_copy(connection, stop)?;
        let held = self.held(&session, &survey.standing.applied, key)?;
        Ok(!Rotation::new(&session, held.turning)?.find()?.due.is_empty())
    }

    fn session_of_copy(&self, connection: Connection, stop: &Stop) -> Result<SqliteSession<'static>> {
        let manners = Manners {
            foreign_keys: false,
            double_quoted_text: true,
            lock_timeout: self.settings.policy.lock_timeout,
            lock_deadline: self.settings.policy.lock_deadline,
            history_table: self.history_table.clone(),
        };
        SqliteSession::new(Handle::Own(Box::new(connection)), manners, stop)
    }

    /// Does with old points what was asked for: those that were written anew; or where it stopped, and why.
    pub(super) fn see_to(
        &self,
        request: &RotateRequest,
        turn: &rotations::Turn,
        old: &Old,
        under: &mut Under<'_>,
    ) -> std::result::Result<Vec<RestorePoint>, (String, Error)> {
        let mut written = Vec::new();
        for point in old.points.iter().filter(|_| request.points != OldPoints::Keep) {
            let name = format!("restore point {}", point.id);
            under.tell(&name);
            let done = match request.points {
                OldPoints::Rewrite => self.rewritten(point, &request.key, turn, under.company.stop).map(Some),
                OldPoints::Keep | OldPoints::Drop => self.points().remove(point).map(|()| None),
            };
            written.extend(done.map_err(|error| (name, error))?.as_ref().map(RestorePoint::from));
            fail_point("between_batches");
        }
        Ok(written)
    }

    /// A point written anew, under the id that takes the place of its own.
    fn rewritten(&self, point: &Manifest, key: &str, turn: &rotations::Turn, stop: &Stop) -> Result<Manifest> {
        let (points, location) = (self.points(), self.location()?);
        let copies = SqliteCopies::of(&location);
        let copy = points.scratch(&copies, point)?;
        let first = point.id.split(REPLACED).next().unwrap_or(&point.id);
        let id = format!("{first}{REPLACED}{}", turn.now);
        let written = self.turn_copy(&copy, key, turn, stop);
        // Nothing of it stays in a log beside it.
        let result = written
            .and_then(|()| copies.change(&copy, &|_| Ok(())))
            .and_then(|()| points.replace(&copies, point, &id, &copy));
        if result.is_err() {
            let _ = std::fs::remove_file(&copy);
            copies.tidy(&copy);
        }
        let written = result?;
        fail_point("between_batches");
        points.remove(point)?;
        Ok(written)
    }

    fn turn_copy(&self, copy: &Path, key: &str, turn: &rotations::Turn, stop: &Stop) -> Result<()> {
        let session = self.session_of_copy(connect::writer(&Location::of(copy)?)?, stop)?;
        let held = self.held(&session, &steps::all(&session)?, key)?;
        let rotation = Rotation::new(&session, held.turning)?;
        let found = rotation.find()?;
        for mut walk in found.due {
            while rotation.batch(&mut walk, &|_| Ok(()))?.is_some() {
                if stop.requested().is_some() {
                    return Err(stopped(stop));
                }
            }
        }
        rotations::settle(&session, key, turn, found.strange.is_empty())?;
        // The copy is evolve's own: what was written over does not stay in it.
        session.outside("VACUUM")
    }
}
