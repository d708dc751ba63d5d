//! Which steps of a plan are wanted: `--only` and `--except`.
//!
//! Takes what was said and the steps up to the target; gives those that are wanted, or an error where that makes no sense:
//! what is not a step, what lies behind the target, what waits for something that is left out.

use super::Sources;
use super::target::Target;
use super::up::Wanted;
use crate::error::{Error, Result, codes};
use crate::graph::Graph;
use std::collections::BTreeSet;

/// Which steps of a plan are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only these; all where there are none.
    pub only: Vec<String>,
    /// Not these.
    pub except: Vec<String>,
}

impl Choice {
    /// Whether a step is chosen.
    fn takes(&self, id: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|step| step == id);
        (self.only.is_empty() || named(&self.only)) && !named(&self.except)
    }

    /// As it stands behind a target, so that a run is recognised again, in whichever order its steps are named.
    pub fn words(&self) -> String {
        let list = |flag: &str, ids: &[String]| {
            ids.iter().collect::<BTreeSet<_>>().iter().map(|id| format!(" {flag} {id}")).collect::<String>()
        };
        list("--only", &self.only) + &list("--except", &self.except)
    }
}

/// What of the steps is wanted: nothing that is wanted may wait for something that is left out.
pub(super) fn choose(sources: Sources<'_>, graph: &Graph, steps: Vec<usize>, asked: Wanted<'_>) -> Result<Vec<usize>> {
    let choice = asked.choice;
    for id in choice.only.iter().chain(&choice.except) {
        refuse_no_step(id, sources, asked.target)?;
    }
    if let Some(id) = choice.only.iter().find(|id| choice.except.contains(id)) {
        return Err(Error::new(codes::BAD_VALUE, format!("{id} is wanted by --only, and left out by --except")));
    }
    let (taken, left): (Vec<usize>, Vec<usize>) = steps.into_iter().partition(|at| choice.takes(&graph.steps[*at].id));
    let is_pending = |id: &str| graph.position(id).is_some();
    if let Some(id) =
        choice.only.iter().find(|id| is_pending(id) && !taken.iter().any(|at| graph.steps[*at].id == **id))
    {
        return Err(behind(id, asked.target));
    }
    for at in &taken {
        let waits = |other: &&usize| {
            graph.edges.iter().any(|edge| edge.from == **other && edge.to == *at)
                || graph.steps[**other].stage < graph.steps[*at].stage
        };
        if let Some(other) = left.iter().find(waits) {
            let (step, other) = (&graph.steps[*at].id, &graph.steps[*other].id);
            return Err(Error::new(codes::BAD_VALUE, format!("{step} comes after {other}, which is left out"))
                .hint(format!("take {other} in, or leave {step} out too")));
        }
    }
    Ok(taken)
}

/// Only a step can be chosen, and one that the target takes in.
fn refuse_no_step(id: &str, sources: Sources<'_>, target: &str) -> Result<()> {
    let catalog = sources.catalog;
    let Target::Step(stage, _) = Target::parse(id, catalog)? else {
        return Err(Error::new(codes::BAD_VALUE, format!("{id} is no step: --only and --except name steps"))
            .hint("--target says how far to go"));
    };
    match Target::parse(target, catalog)? {
        Target::Stage(last) | Target::Step(last, _) if stage > last => Err(behind(id, target)),
        _ => Ok(()),
    }
}

fn behind(id: &str, target: &str) -> Error {
    Error::new(codes::BAD_VALUE, format!("{id} lies behind {target}")).hint("leave one of the two out")
}
