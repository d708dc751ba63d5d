//! The one total order: edges first; among what is free, migrations before transformations, version, id.
//!
//! Takes steps and edges; gives indexes. A circle is an error that shows it whole.

use super::{Body, Edge, Step};
use crate::catalog::Migration;
use crate::error::{Error, Place, Result, codes};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Migrations of a stage in the order they are read: by version, unless declared needs say otherwise.
pub fn sequence<'a>(migrations: &[&'a Migration], needs: &dyn Fn(&str) -> Vec<String>) -> Result<Vec<&'a Migration>> {
    let mut sorted: Vec<&Migration> = migrations.to_vec();
    sorted.sort_by(|a, b| (a.version, &a.id).cmp(&(b.version, &b.id)));
    let mut edges = Vec::new();
    for (to, migration) in sorted.iter().enumerate() {
        for need in needs(&migration.id) {
            edges.extend(sorted.iter().position(|other| other.id == need).map(|from| (from, to)));
        }
    }
    let order = kahn(sorted.len(), &edges, |index| index).map_err(|stuck| {
        let file = stuck.first().map_or("", |first| &sorted[*first].path);
        circle(&stuck, &edges, |index| sorted[index].id.clone(), |_| "needs".to_owned()).at(Place::file(file))
    })?;
    Ok(order.into_iter().map(|index| sorted[index]).collect())
}

/// The total order of a stage's steps; the first `migrations` are migrations, in their sequence.
pub fn total(steps: &[Step], migrations: usize, edges: &[Edge], place: impl Fn(&Step) -> Place) -> Result<Vec<usize>> {
    let plain: Vec<(usize, usize)> = edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let rank = |index: usize| match steps[index].body {
        Body::Migration(_) => (0, index, String::new()),
        Body::Transformation(..) => (1, 0, steps[index].id.clone()),
    };
    debug_assert!(steps.len() >= migrations);
    kahn(steps.len(), &plain, rank).map_err(|stuck| {
        let why = |pair: (usize, usize)| {
            let edge = edges.iter().find(|edge| (edge.from, edge.to) == pair);
            edge.map(|edge| edge.why.clone()).unwrap_or_default()
        };
        let first = stuck.first().copied().unwrap_or(0);
        circle(&stuck, &plain, |index| steps[index].id.clone(), why).at(place(&steps[first]))
    })
}

/// Kahn's algorithm with a heap: always the smallest that is free. What stays behind is given back.
fn kahn<R: Ord>(count: usize, edges: &[(usize, usize)], rank: impl Fn(usize) -> R) -> Result<Vec<usize>, Vec<usize>> {
    let (mut waits, mut next) = (vec![0_usize; count], vec![Vec::new(); count]);
    for (from, to) in edges {
        waits[*to] += 1;
        next[*from].push(*to);
    }
    let mut free: BinaryHeap<Reverse<(R, usize)>> =
        (0..count).filter(|index| waits[*index] == 0).map(|index| Reverse((rank(index), index))).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((_, index))) = free.pop() {
        order.push(index);
        for to in &next[index] {
            waits[*to] -= 1;
            if waits[*to] == 0 {
                free.push(Reverse((rank(*to), *to)));
            }
        }
    }
    if order.len() == count { Ok(order) } else { Err((0..count).filter(|index| waits[*index] > 0).collect()) }
}

/// The circle among the steps that are stuck, from one strongly connected part.
fn circle(
    stuck: &[usize],
    edges: &[(usize, usize)],
    name: impl Fn(usize) -> String,
    why: impl Fn((usize, usize)) -> String,
) -> Error {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = stuck.iter().map(|index| graph.add_node(*index)).collect();
    let node = |index: usize| stuck.iter().position(|it| *it == index).map(|at| nodes[at]);
    for (from, to) in edges {
        if let (Some(from), Some(to)) = (node(*from), node(*to)) {
            graph.add_edge(from, to, ());
        }
    }
    let circular = |part: &Vec<NodeIndex>| part.len() > 1 || part.iter().any(|node| graph.contains_edge(*node, *node));
    let part = tarjan_scc(&graph).into_iter().filter(circular).min_by_key(Vec::len).unwrap_or_default();
    let part: Vec<usize> = part.into_iter().map(|node| graph[node]).collect();
    let path = walk(&part, edges);
    let mut words = path.first().map(|first| name(*first)).unwrap_or_default();
    for pair in path.windows(2) {
        words.push_str(&format!(" → {} ({})", name(pair[1]), why((pair[0], pair[1]))));
    }
    Error::new(codes::CYCLE, format!("steps wait for each other: {words}"))
        .hint("take one of these reasons away, or say with `needs` which order is meant")
}

/// A closed walk through a strongly connected part, from its smallest step back to it.
fn walk(part: &[usize], edges: &[(usize, usize)]) -> Vec<usize> {
    let Some(start) = part.iter().copied().min() else { return Vec::new() };
    let mut from = vec![None; part.iter().copied().max().unwrap_or(0) + 1];
    let mut waiting = std::collections::VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for (_, to) in edges.iter().filter(|(a, b)| *a == at && part.contains(b)) {
            if *to == start {
                let mut path = vec![at];
                while let Some(before) = path.last().and_then(|at| from[*at]) {
                    path.push(before);
                }
                path.reverse();
                path.push(start);
                return path;
            }
            if from[*to].is_none() && *to != start {
                from[*to] = Some(at);
                waiting.push_back(*to);
            }
        }
    }
    vec![start, start]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_step_comes_first() {
        assert_eq!(kahn(4, &[(3, 0)], |index| index), Ok(vec![1, 2, 3, 0]));
        assert_eq!(kahn(3, &[(0, 1), (1, 2), (2, 1)], |index| index), Err(vec![1, 2]));
    }

    #[test]
    fn a_circle_is_shown_whole() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3)];
        let error = circle(&[0, 1, 2, 3], &edges, |index| format!("s{index}"), |_| "because".into());
        assert_eq!(error.message(), "steps wait for each other: s0 → s1 (because) → s2 (because) → s0 (because)");
    }
}
