//! Steps that are one transaction, because nothing of them could be taken back and something may end them: how large one
//! may be.

use super::{Plan, Sources};
use crate::catalog::{OnInvalid, Transformation};
use crate::error::{Error, Result, codes};
use crate::graph::{Body, Graph, Step};
use crate::movement::{Movement, Undo};
use crate::report::Finding;

/// The finding's code.
const CODE: &str = "R812";

/// Whether a step must be one transaction.
pub fn is_at_once(declared: &Transformation, movements: &[Movement]) -> bool {
    let no_undo = movements.iter().any(|movement| movement.undo == Undo::None);
    let may_end = !declared.checks.is_empty() || declared.limit().is_some() || declared.invalid() == OnInvalid::Fail;
    no_undo && may_end
}

/// What is too large, of the steps that are chosen.
pub(super) fn findings(sources: Sources<'_>, graph: &Graph, chosen: &[usize]) -> Result<Vec<Finding>> {
    let of = |at: &usize| finding(sources, &graph.steps[*at]).transpose();
    chosen.iter().filter_map(of).collect()
}

fn finding(sources: Sources<'_>, step: &Step) -> Result<Option<Finding>> {
    let Body::Transformation(at, movements) = &step.body else { return Ok(None) };
    let declared = &sources.catalog.stages[step.stage].transformations[*at];
    if !is_at_once(declared, movements) {
        return Ok(None);
    }
    let most = sources.settings.policy.at_once;
    let mut rows = 0;
    for movement in movements {
        rows += sources.measure.rows(&movement.from.table, movement.from.filter.as_deref())?;
    }
    Ok((rows > most).then(|| Finding {
        code: CODE.to_owned(),
        severity: "error".to_owned(),
        step: Some(step.id.clone()),
        message: format!(
            "{} would move {rows} rows in one transaction, because it has no undo and a check, a limit or an invalid row \
             may end it; [policy] at_once allows {most}",
            step.id
        ),
        hint: Some(format!(
            "give it an undo, take its checks and limits out and let it skip invalid rows, narrow it by `where`, or raise \
             [policy] at_once; --allow {CODE} lets it pass this once"
        )),
        file: Some(declared.place.file.clone()),
        line: Some(declared.place.line),
    }))
}

impl Plan {
    /// Refuses a step that is too large for the one transaction it must be, but for what was allowed by name.
    pub fn refuse_too_large(&self) -> Result<()> {
        let too_large = self.report.findings.iter().find(|finding| finding.code == CODE);
        match too_large {
            Some(finding) if !self.allowed.iter().any(|code| code == CODE) => {
                Err(Error::new(codes::TOO_LARGE_AT_ONCE, finding.message.clone())
                    .hint(finding.hint.clone().unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }
}
