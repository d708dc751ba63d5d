//! Edges that nobody declared: from what steps create, write, read, use and destroy.
//!
//! Takes the steps of one stage, migrations first; gives edges. A declared edge wins over a derived one that
//! contradicts it.

use super::{Edge, Step};
use crate::error::{Error, Place, Result, codes};
use std::collections::BTreeSet;

/// Migrations come in the order they were read.
pub fn chain(migrations: &[Step]) -> Vec<Edge> {
    (1..migrations.len())
        .map(|to| Edge { from: to - 1, to, why: "version order".to_owned(), declared: false })
        .collect()
}

/// Adds the edges between transformations and all other steps of the stage.
pub fn derive(steps: &[Step], migrations: usize, edges: &mut Vec<Edge>) {
    let declared = Reach::of(steps.len(), edges);
    let mut derived = Vec::new();
    for later in migrations..steps.len() {
        for other in (0..steps.len()).filter(|other| *other < migrations || *other < later) {
            for (from, to) in [(other, later), (later, other)] {
                let why = reason(&steps[from], &steps[to]);
                if let Some(why) = why.filter(|_| !declared.reaches(to, from)) {
                    derived.push(Edge { from, to, why, declared: false });
                }
            }
        }
    }
    edges.extend(derived);
}

/// Why one step must come before another, if it must.
fn reason(first: &Step, then: &Step) -> Option<String> {
    let (a, b) = (&first.touches, &then.touches);
    if let Some(spot) = a.creates.meets(&b.uses()) {
        return Some(format!("creates {spot}"));
    }
    if let Some(spot) = a.writes.meets(&b.reads) {
        return Some(format!("writes {spot}"));
    }
    if let Some(spot) = a.uses().meets(&b.destroys) {
        return Some(format!("uses {spot} before it goes"));
    }
    (a.everything && !b.everything).then(|| "may touch anything".to_owned())
}

/// Two transformations that write the same, in no order, are refused by name.
pub fn refuse_ambiguity(
    steps: &[Step],
    migrations: usize,
    edges: &[Edge],
    place: impl Fn(&Step) -> Place,
) -> Result<()> {
    let reach = Reach::of(steps.len(), edges);
    for b in migrations..steps.len() {
        for a in migrations..b {
            let Some(spot) = steps[a].touches.writes.meets(&steps[b].touches.writes) else { continue };
            if reach.reaches(a, b) || reach.reaches(b, a) {
                continue;
            }
            let (first, second) = (&steps[a].id, &steps[b].id);
            return Err(Error::new(
                codes::AMBIGUOUS_ORDER,
                format!("{first} and {second} both write {spot}, and nothing says which comes first"),
            )
            .hint(format!("write needs = [\"{first}\"] in {second}, or needs = [\"{second}\"] in {first}"))
            .at(place(&steps[b])));
        }
    }
    Ok(())
}

/// Which step is reached from which.
struct Reach {
    next: Vec<Vec<usize>>,
}

impl Reach {
    fn of(steps: usize, edges: &[Edge]) -> Self {
        let mut next = vec![Vec::new(); steps];
        edges.iter().for_each(|edge| next[edge.from].push(edge.to));
        Self { next }
    }

    fn reaches(&self, from: usize, to: usize) -> bool {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(at) = waiting.pop() {
            for next in &self.next[at] {
                if *next == to {
                    return true;
                }
                if seen.insert(*next) {
                    waiting.push(*next);
                }
            }
        }
        false
    }
}
