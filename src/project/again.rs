//! A step that fails again and again takes one restore point, not one with each attempt.
//!
//! Takes the run and its plan; gives the point that an earlier attempt took, where it still stands for the same. F11.

use super::Project;
use crate::error::Result;
use crate::ledger::{Run, runs};
use crate::plan::Plan;
use crate::points::Manifest;
use crate::sqlite::{Location, SqliteSession};

impl Project {
    /// The newest point of a run just before this one that stood for the same plan and failed before anything of it was
    /// in, if it is as it was taken. Points that a person asks for before each stage are always taken.
    pub(super) fn point_of_failed(
        &self,
        session: &SqliteSession<'_>,
        run: &Run,
        plan: &Plan,
        location: Option<&Location>,
    ) -> Result<Option<Manifest>> {
        let wanted = plan.report.restore_points.iter().any(|point| point.stage.is_none());
        let Some(location) = location.filter(|_| wanted) else { return Ok(None) };
        let (failed, points) = (runs::failed_before(session, run)?, self.points());
        let is_of_one = |point: &Manifest| {
            failed.contains(&point.run) && point.project == self.settings.project && point.database == location.path
        };
        let mut found = points.list()?.into_iter().rev().filter(is_of_one);
        Ok(found.find(|point| points.verify(point).is_ok()))
    }
}
