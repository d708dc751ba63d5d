//! The graph as a page: stages as headings, steps in their order, under each what it waits for.

use super::{FormatRow, heading, is_chain, plain, stages};
use crate::catalog::{Catalog, Stage};
use crate::graph::{Graph, Step};

/// The format's row.
pub const ROW: FormatRow = FormatRow {
    key: "text",
    means: "A page: stages, their steps in order, and what each waits for. Version order goes without saying.",
    draw,
};

/// Where a line ends.
const WIDTH: usize = 80;
/// Longer ids stand on a line of their own.
const WIDEST_ID: usize = 24;

fn draw(graph: &Graph, catalog: &Catalog) -> String {
    let mut page = Page::default();
    let (steps, stages_count) = (graph.steps.len(), catalog.stages.len());
    page.words(0, 0, &format!("{} in {}, in the order they run", count(steps, "step"), count(stages_count, "stage")));
    for (_, stage, steps) in stages(graph, catalog) {
        page.stage(stage, &steps, graph, catalog);
    }
    page.text
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Lines so far.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn stage(&mut self, stage: &Stage, steps: &[(usize, &Step)], graph: &Graph, catalog: &Catalog) {
        let (name, title) = heading(stage);
        self.text.push('\n');
        self.words(0, 2, &title.map_or(name.clone(), |title| format!("{name}: {title}")));
        if steps.is_empty() {
            self.words(2, 2, "no steps");
        }
        let ids = steps.iter().map(|(_, step)| step.id.chars().count()).filter(|width| *width <= WIDEST_ID);
        let indent = 2 + ids.max().unwrap_or(0) + 2;
        let kinds = steps.iter().map(|(_, step)| step.kind(catalog).len()).max().unwrap_or(0);
        for (at, step) in steps {
            self.step(step, step.kind(catalog), indent, kinds);
            for edge in graph.edges.iter().filter(|edge| edge.to == *at && !is_chain(graph, edge)) {
                let from = &graph.steps[edge.from].id;
                let why = if edge.declared { " (declared)".to_owned() } else { format!(": {}", plain(&edge.why)) };
                self.words(indent, indent + 2, &format!("after {from}{why}"));
            }
        }
    }

    fn step(&mut self, step: &Step, kind: &str, indent: usize, kinds: usize) {
        let width = step.id.chars().count();
        self.text += &format!("  {}", step.id);
        if 2 + width + 2 > indent {
            self.text.push('\n');
            self.text += &" ".repeat(indent);
        } else {
            self.text += &" ".repeat(indent - 2 - width);
        }
        self.text += &format!("{kind:kinds$}  ");
        let column = indent + kinds + 2;
        self.filled(column, column, &plain(&step.title));
        if let Some(description) = &step.description {
            self.words(column, column, &plain(description));
        }
    }

    /// Words from column `first`, broken before the line's end; further lines begin at column `hang`.
    fn words(&mut self, first: usize, hang: usize, text: &str) {
        self.text += &" ".repeat(first);
        self.filled(first, hang, text);
    }

    /// The same, where the line has been filled up to column `at`.
    fn filled(&mut self, mut at: usize, hang: usize, text: &str) {
        let begin = at;
        for word in text.split(' ') {
            let width = word.chars().count();
            if at > begin.max(hang) && at + 1 + width > WIDTH {
                self.text.push('\n');
                self.text += &" ".repeat(hang);
                at = hang;
            } else if at > begin {
                self.text.push(' ');
                at += 1;
            }
            self.text += word;
            at += width;
        }
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_before_column_80_unless_a_word_is_longer() {
        let mut page = Page::default();
        let long = "x".repeat(90);
        page.words(4, 6, &format!("{} {long} end", "word ".repeat(20).trim_end()));
        let lines: Vec<&str> = page.text.lines().collect();
        assert!(lines.iter().all(|line| line.len() <= WIDTH || line.trim() == long), "{lines:?}");
        assert!(lines[1].starts_with("      word") && page.text.ends_with("end\n"));
    }
}
