//! Which restore points a plan takes, and where.

use super::Checkpoint;
use crate::catalog::settings::When;
use crate::report::{PlannedPoint, PlannedStep, Reversible};
use crate::risk::Risk;

/// The restore points before these steps.
pub fn points(steps: &[PlannedStep], checkpoint: Checkpoint, when: When, empty: bool) -> Vec<PlannedPoint> {
    let Some(first) = steps.first() else { return Vec::new() };
    let point = |step: &PlannedStep, stage: Option<&str>, why: &str| PlannedPoint {
        before: step.id.clone(),
        stage: stage.map(str::to_owned),
        why: why.to_owned(),
    };
    match checkpoint {
        Checkpoint::None => Vec::new(),
        Checkpoint::Every => {
            let begins = |index: &usize| *index == 0 || steps[*index].stage != steps[index - 1].stage;
            (0..steps.len())
                .filter(begins)
                .map(|index| point(&steps[index], Some(&steps[index].stage), "--checkpoint: before each stage"))
                .collect()
        }
        Checkpoint::AsConfigured if empty => Vec::new(),
        Checkpoint::AsConfigured => match when {
            When::Never => Vec::new(),
            When::Always => vec![point(first, None, "[restore_points] when = \"always\"")],
            When::Risky => {
                let risky = steps.iter().find(|step| is_risky(step));
                risky
                    .map(|step| point(first, None, &format!("{} destroys, or cannot be undone", step.id)))
                    .into_iter()
                    .collect()
            }
        },
    }
}

/// Whether a step destroys, or cannot be undone.
pub fn is_risky(step: &PlannedStep) -> bool {
    step.risk == Risk::Critical || matches!(step.reversible, Reversible::No | Reversible::RestorePoint)
}
