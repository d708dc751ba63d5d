//! The graph in Graphviz's DOT: stages as clusters, migrations as boxes, transformations as ellipses.

use super::{FormatRow, heading, is_chain, plain, stages};
use crate::catalog::Catalog;
use crate::graph::{Body, Edge, Graph, Step};
use std::fmt::Write as _;

/// The format's row.
pub const ROW: FormatRow = FormatRow { key: "dot", means: "Graphviz: `evolve graph --format dot | dot -Tsvg`.", draw };

const HEAD: &str = "digraph evolve {\n    rankdir = LR;\n    compound = true;\n    node [fontname = \"Helvetica\"];\n    edge [fontname = \"Helvetica\", fontsize = 10];\n";

fn draw(graph: &Graph, catalog: &Catalog) -> String {
    let mut text = HEAD.to_owned();
    let mut before: Option<(usize, &Step)> = None;
    for (at, stage, steps) in stages(graph, catalog).filter(|(_, _, steps)| !steps.is_empty()) {
        let (name, title) = heading(stage);
        let label = title.map_or(quoted(&name), |title| quoted_lines(&name, &title));
        let _ = writeln!(text, "    subgraph cluster_{at} {{\n        label = {label};");
        steps.iter().for_each(|(_, step)| text += &node(step));
        text += "    }\n";
        let (Some((_, first)), Some((_, last))) = (steps.first(), steps.last()) else { continue };
        if let Some((stage, step)) = before {
            let (from, to) = (quoted(&step.id), quoted(&first.id));
            let _ =
                writeln!(text, "    {from} -> {to} [ltail = cluster_{stage}, lhead = cluster_{at}, style = dashed];");
        }
        before = Some((at, last));
    }
    graph.edges.iter().for_each(|edge| text += &arrow(graph, edge));
    text + "}\n"
}

fn node(step: &Step) -> String {
    let shape = match step.body {
        Body::Migration(_) => "box",
        Body::Transformation(..) => "ellipse",
    };
    let label = quoted_lines(&step.id, &plain(&step.title));
    let tip = step.description.as_ref().map(|words| format!(", tooltip = {}", quoted(&plain(words))));
    format!("        {} [shape = {shape}, label = {label}{}];\n", quoted(&step.id), tip.unwrap_or_default())
}

fn arrow(graph: &Graph, edge: &Edge) -> String {
    let label = quoted(&plain(&edge.why));
    let style = match edge.declared {
        true => ", style = bold",
        false if is_chain(graph, edge) => ", style = dotted",
        false => "",
    };
    let (from, to) = (quoted(&graph.steps[edge.from].id), quoted(&graph.steps[edge.to].id));
    format!("    {from} -> {to} [label = {label}{style}];\n")
}

/// A quoted string, in which only the quote and the backslash mean something.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Two lines as one label.
fn quoted_lines(first: &str, second: &str) -> String {
    format!("\"{}\\n{}\"", escaped(first), escaped(second))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
