//! How wide the columns of a table are.

use super::Words;

/// No cell but the last makes its column wider than this.
const WIDEST: usize = 28;

/// The columns of a table, perhaps in several parts.
pub struct Columns {
    /// What the cells are.
    pub names: Vec<Words>,
    widths: Vec<usize>,
    last: usize,
}

impl Columns {
    /// The columns for all these rows, which have equally many cells.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r Vec<Words>>) -> Self {
        let mut widths: Vec<usize> = Vec::new();
        for row in rows {
            widths.resize(widths.len().max(row.len()), 0);
            row.iter().zip(&mut widths).for_each(|(cell, width)| *width = cell.width().max(*width));
        }
        let last = widths.pop().unwrap_or(0);
        widths.iter_mut().for_each(|width| *width = WIDEST.min(*width));
        Self { names: Vec::new(), widths, last }
    }

    /// The same, with a name over each.
    pub fn named(names: &[&str], rows: impl Iterator<Item = Vec<Words>>) -> Self {
        let names: Vec<Words> = names.iter().map(|name| Words::new().faint(name)).collect();
        let rows: Vec<Vec<Words>> = rows.chain([names.clone()]).collect();
        Self { names, ..Self::of(&rows) }
    }

    /// Where the last cell begins.
    pub fn offset(&self) -> usize {
        2 + self.widths.iter().filter(|width| **width > 0).map(|width| width + 2).sum::<usize>()
    }

    /// Whether the last cell has room enough beside the others.
    pub fn fit(&self, width: usize) -> bool {
        width.saturating_sub(self.offset()) >= self.last.min(24)
    }

    /// The cells but the last as one line, and the last.
    pub fn line(&self, row: Vec<Words>) -> (Words, Words) {
        let mut cells = row.into_iter();
        let mut line = Words::new();
        for (cell, width) in cells.by_ref().take(self.widths.len()).zip(&self.widths) {
            let gap = if *width == 0 { 0 } else { (width + 2).saturating_sub(cell.width()).max(2) };
            line = line.and(cell).text(" ".repeat(gap));
        }
        (line, cells.next().unwrap_or_default())
    }
}
