//! `history`: the ledger's runs and what each did.

use super::Project;
use crate::error::Result;
use crate::ledger::{events, runs};
use crate::report::{HistoryReport, PointsReport, RunEntry};
use crate::sqlite::connect;
use crate::sqlite::survey::{self, Asked, Depth};

impl Project {
    /// The runs of the ledger, the newest last.
    pub fn history(&self) -> Result<HistoryReport> {
        let location = self.location()?;
        let standing = survey::survey(&location, Depth::Standing, &self.history_table)?.standing;
        let Some((connection, _)) = connect::question(&location)?.filter(|_| standing.format.is_some()) else {
            return Ok(HistoryReport { runs: Vec::new() });
        };
        let database = Asked(&connection);
        let mut steps = events::by_run(&database)?;
        let entry = |run: runs::Run| RunEntry {
            steps: steps.remove(&run.id).unwrap_or_default(),
            state: run.state.word().to_owned(),
            id: run.id,
            command: run.command,
            target: run.target,
            who: run.who,
            host: run.host,
            tool: run.tool,
            plan: run.plan,
            started: run.started,
            ended: run.ended,
        };
        Ok(HistoryReport { runs: runs::all(&database)?.into_iter().map(entry).collect() })
    }

    /// The restore points there are, the newest last.
    pub fn restore_points(&self) -> Result<PointsReport> {
        Ok(PointsReport { points: self.points().list()?.iter().map(Into::into).collect() })
    }
}
