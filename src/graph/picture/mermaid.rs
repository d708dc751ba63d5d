//! The graph as a Mermaid flowchart, for Markdown: stages as subgraphs, migrations square, transformations round.

use super::{FormatRow, heading, is_chain, plain, stages};
use crate::catalog::Catalog;
use crate::graph::{Body, Edge, Graph, Step};
use std::fmt::Write as _;

/// The format's row.
pub const ROW: FormatRow = FormatRow { key: "mermaid", means: "A Mermaid flowchart, which Markdown can show.", draw };

fn draw(graph: &Graph, catalog: &Catalog) -> String {
    let mut text = String::from("flowchart LR\n");
    let mut before: Option<usize> = None;
    for (at, stage, steps) in stages(graph, catalog).filter(|(_, _, steps)| !steps.is_empty()) {
        let (name, title) = heading(stage);
        let label = title.map_or(escaped(&name), |title| lines(&name, &title));
        let _ = writeln!(text, "    subgraph stage{at}[\"{label}\"]");
        steps.iter().for_each(|(index, step)| text += &node(*index, step));
        text += "    end\n";
        if let Some(before) = before.replace(at) {
            let _ = writeln!(text, "    stage{before} ==> stage{at}");
        }
    }
    graph.edges.iter().for_each(|edge| text += &arrow(graph, edge));
    text
}

/// Nodes are called by number: an id may hold what Mermaid takes for a word of its own.
fn node(index: usize, step: &Step) -> String {
    let label = lines(&step.id, &plain(&step.title));
    match step.body {
        Body::Migration(_) => format!("        step{index}[\"{label}\"]\n"),
        Body::Transformation(..) => format!("        step{index}([\"{label}\"])\n"),
    }
}

fn arrow(graph: &Graph, edge: &Edge) -> String {
    let line = match edge.declared {
        true => "==>",
        false if is_chain(graph, edge) => "-.->",
        false => "-->",
    };
    format!("    step{} {line}|\"{}\"| step{}\n", edge.from, escaped(&plain(&edge.why)), edge.to)
}

/// Two lines as one label.
fn lines(first: &str, second: &str) -> String {
    format!("{}<br/>{}", escaped(first), escaped(second))
}

/// What Mermaid or HTML would read as more than a letter, by its entity.
fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        match letter {
            '"' => shown += "#quot;",
            '<' => shown += "#lt;",
            '>' => shown += "#gt;",
            '&' => shown += "#amp;",
            '#' | '`' | '\\' | '$' => {
                let _ = write!(shown, "#{};", u32::from(letter));
            }
            _ => shown.push(letter),
        }
    }
    shown
}
