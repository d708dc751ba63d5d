//! Pictures of the graph: one file and one row for each format.
//!
//! Takes a graph and its catalog; gives text, the same to the byte for the same files. Must not know who looks at it,
//! nor how wide a window is.

mod dot;
mod mermaid;
mod text;

use super::{Body, Edge, Graph, Step};
use crate::catalog::{Catalog, Stage};
use crate::report::{EdgeReport, GraphReport, StepName};

/// One format: its name on the command line, what it is, and how a graph is drawn in it.
#[derive(Debug)]
pub struct FormatRow {
    /// The word after `--format`.
    pub key: &'static str,
    /// What it is, in one sentence.
    pub means: &'static str,
    /// Draws a graph; the text ends with a line feed.
    pub draw: fn(&Graph, &Catalog) -> String,
}

/// The reason of an edge that only says that migrations come in the order of their versions.
const CHAIN: &str = "version order";

/// Every format.
pub const FORMATS: &[FormatRow] = &[text::ROW, dot::ROW, mermaid::ROW];

/// The row of a format.
pub fn format(key: &str) -> Option<&'static FormatRow> {
    FORMATS.iter().find(|row| row.key == key)
}

/// A picture in this format, with what it shows as values.
pub fn report(row: &FormatRow, graph: &Graph, catalog: &Catalog) -> GraphReport {
    let name = |step: &Step| StepName {
        id: step.id.clone(),
        kind: step.kind(catalog).to_owned(),
        stage: catalog.stages[step.stage].name.clone(),
        title: Some(step.title.clone()),
        description: step.description.clone(),
        functions: step.functions(catalog),
        sources: step.sources(catalog),
    };
    let edge = |edge: &Edge| EdgeReport {
        from: graph.steps[edge.from].id.clone(),
        to: graph.steps[edge.to].id.clone(),
        why: edge.why.clone(),
    };
    GraphReport {
        format: row.key.to_owned(),
        picture: (row.draw)(graph, catalog),
        order: graph.steps.iter().map(name).collect(),
        edges: graph.edges.iter().map(edge).collect(),
    }
}

/// Each stage with its steps and their indexes, in order.
fn stages<'a>(
    graph: &'a Graph,
    catalog: &'a Catalog,
) -> impl Iterator<Item = (usize, &'a Stage, Vec<(usize, &'a Step)>)> {
    catalog.stages.iter().enumerate().map(|(at, stage)| {
        let steps = graph.steps.iter().enumerate().filter(|(_, step)| step.stage == at).collect();
        (at, stage, steps)
    })
}

/// `mvp2 2.0.0` and the stage's title, if it has one.
fn heading(stage: &Stage) -> (String, Option<String>) {
    (format!("{} {}", stage.name, stage.version), stage.title.as_deref().map(plain))
}

/// Whether this only says that migrations come in the order of their versions, as everybody expects.
fn is_chain(graph: &Graph, edge: &Edge) -> bool {
    let migration = |at: usize| matches!(graph.steps[at].body, Body::Migration(_));
    !edge.declared && edge.why == CHAIN && migration(edge.from) && migration(edge.to)
}

/// A title or name in one line, without what could steer a terminal or turn the letters around.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut shown = String::new();
    for letter in words.join(" ").chars() {
        match letter {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(letter.escape_unicode())
            }
            _ if letter.is_control() => shown.extend(letter.escape_unicode()),
            _ => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests;
