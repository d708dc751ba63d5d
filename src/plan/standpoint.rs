//! Where a database stands in words of the project: the last complete stage, its version, the head.

use super::{Plan, Sources};
use crate::catalog::Catalog;
use crate::ledger::{Applied, StepState};
use crate::report::Standpoint;
use std::collections::{BTreeMap, HashSet};

/// The standpoint after these steps are in.
///
/// A stage is complete when all its steps are in; a stage that the files do not have (an older checkout) counts as
/// complete when a later one was begun, or when it is the last.
pub fn standpoint(catalog: &Catalog, applied: &[Applied]) -> Standpoint {
    let done: Vec<&Applied> = applied.iter().filter(|step| step.state == StepState::Done).collect();
    let ids: HashSet<&str> = done.iter().map(|step| step.id.as_str()).collect();
    let mut complete = None;
    for stage in &catalog.stages {
        let mut steps =
            stage.migrations.iter().map(String::as_str).chain(stage.transformations.iter().map(|it| it.id.as_str()));
        let any = !stage.migrations.is_empty() || !stage.transformations.is_empty();
        if any && steps.all(|id| ids.contains(id)) {
            complete = Some((stage.name.clone(), stage.version.clone()));
        } else if any {
            break;
        }
    }
    if let Some((name, version)) = unknown_stage(catalog, &done)
        && complete.as_ref().is_none_or(|(_, known)| version > *known)
    {
        complete = Some((name, version));
    }
    Standpoint {
        stage: complete.as_ref().map(|(name, _)| name.clone()),
        version: complete.map(|(_, version)| version.to_string()),
        head: done.last().map(|step| step.id.clone()),
    }
}

/// The latest stage of the ledger that no file declares.
fn unknown_stage(catalog: &Catalog, done: &[&Applied]) -> Option<(String, semver::Version)> {
    let stages: BTreeMap<semver::Version, String> = done
        .iter()
        .filter(|step| catalog.stage(&step.stage).is_none())
        .filter_map(|step| Some((step.stage_version.parse().ok()?, step.stage.clone())))
        .collect();
    stages.into_iter().next_back().map(|(version, name)| (name, version))
}

/// Where the database will stand once a plan is done.
pub(super) fn reached(sources: Sources<'_>, applied: &[Applied], plan: &Plan) -> Standpoint {
    let mut after: Vec<Applied> = applied.iter().filter(|step| step.state == StepState::Done).cloned().collect();
    for step in &plan.report.steps {
        let Some(stage) = sources.catalog.stage(&step.stage) else { continue };
        after.push(Applied {
            seq: 0,
            id: step.id.clone(),
            kind: step.kind.clone(),
            stage: stage.name.clone(),
            stage_version: stage.version.to_string(),
            title: String::new(),
            digest: String::new(),
            state: StepState::Done,
            reversible: String::new(),
            undo: String::new(),
            applied_at: String::new(),
        });
    }
    standpoint(sources.catalog, &after)
}

/// The stage that is begun and not complete.
pub fn partial(catalog: &Catalog, applied: &[Applied]) -> Option<String> {
    let complete = standpoint(catalog, applied).stage;
    let position = |name: &str| catalog.stages.iter().position(|stage| stage.name == name);
    let last = applied.iter().rev().find_map(|step| Some((position(&step.stage)?, &step.stage)))?;
    match complete.as_deref().and_then(position) {
        Some(complete) if last.0 <= complete => None,
        _ => Some(last.1.clone()),
    }
}
