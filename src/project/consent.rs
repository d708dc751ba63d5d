//! What is asked before something is destroyed or taken back.

use super::{Consent, Question};
use crate::error::{Error, Result, codes};
use crate::graph::Body;
use crate::movement::{Conflict, Movement, Write};
use crate::plan::{Plan, Work};
use crate::report::{Direction, PlanReport, Standpoint};
use crate::risk::Risk;
use crate::run::nobody;

/// Asks where the plan destroys or takes back; an error where the answer is no, or there is nobody to ask.
pub(super) fn ask(plan: &PlanReport, consent: &dyn Consent) -> Result<()> {
    let destroys = plan.direction == Direction::Down || plan.steps.iter().any(|step| step.risk == Risk::Critical);
    if !destroys || plan.steps.is_empty() {
        return Ok(());
    }
    let place = |standing: &Standpoint| {
        standing.stage.clone().or_else(|| standing.head.clone()).unwrap_or_else(|| "start".into())
    };
    let text = match plan.direction {
        Direction::Down => {
            let steps = if plan.steps.len() == 1 { "step" } else { "steps" };
            format!("Take back {} {steps}, from {} to {}?", plan.steps.len(), place(&plan.from), place(&plan.to))
        }
        Direction::Up => {
            let risky = plan.steps.iter().filter(|step| step.risk == Risk::Critical).count();
            let destroy = if risky == 1 { "destroys" } else { "destroy" };
            format!(
                "{risky} of {} steps {destroy} something, or cannot be taken back. Go on to {}?",
                plan.steps.len(),
                place(&plan.to)
            )
        }
    };
    match consent.given(&Question { plan: Some(plan), text, flag: "--yes" }) {
        Some(true) => Ok(()),
        Some(false) => Err(Error::new(codes::DECLINED, "nothing was done")),
        None => Err(Error::new(codes::MUST_ASK, "this plan destroys or takes back, and there is nobody to ask")
            .hint("--yes says yes")),
    }
}

/// Refuses a plan with a step that asks about its rows, where there is nobody who could answer.
pub(super) fn someone(plan: &Plan, consent: &dyn Consent) -> Result<()> {
    let Work::Up(graph, steps) = &plan.work else { return Ok(()) };
    let asks = |movement: &Movement| matches!(movement.write, Write::Insert(Conflict::Ask(_)));
    let mut steps = steps.iter().map(|step| &graph.steps[step.index]);
    let asking = steps.find(|step| matches!(&step.body, Body::Transformation(_, all) if all.iter().any(asks)));
    match asking {
        Some(step) if consent.asks().is_none() => Err(nobody(&step.id)),
        _ => Ok(()),
    }
}
