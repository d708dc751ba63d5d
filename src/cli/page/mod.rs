//! A page: what a person reads. Headings, fields, items and tables that fit the width, with or without colour.
//!
//! Takes words in ink, gives text. Every word passes through [`words::plain`], so that no name can steer a terminal
//! (S36). Must not know what it is about; the files beside this one do.

mod columns;
pub mod figures;
mod ink;
mod paper;
pub mod plan;
pub mod run;
#[cfg(test)]
pub mod sample;
pub mod status;
mod steps;
pub mod words;
pub mod written;

pub use columns::Columns;
pub use ink::{Ink, Words};
pub use paper::Paper;

/// Where the words of a field begin.
const FIELD: usize = 18;

/// A page that is being written.
pub struct Page<'p> {
    paper: &'p Paper,
    text: String,
}

impl<'p> Page<'p> {
    /// An empty page.
    pub fn new(paper: &'p Paper) -> Self {
        Self { paper, text: String::new() }
    }

    /// The text, ended by a line break.
    pub fn finish(self) -> String {
        self.text
    }

    /// Whether more than the essential is wanted.
    pub fn verbose(&self) -> bool {
        self.paper.verbose
    }

    /// The first line: the answer in one sentence.
    pub fn title(&mut self, words: impl Into<Words>) {
        self.line(0, 2, Words::new().and(words.into()).emphasised());
    }

    /// An empty line.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Opens a part.
    pub fn heading(&mut self, words: impl Into<Words>) {
        self.gap();
        self.opening(words);
    }

    /// Opens a part where the last one ends.
    pub fn opening(&mut self, words: impl Into<Words>) {
        self.line(0, 2, words.into().emphasised());
    }

    /// A name and what it is.
    pub fn field(&mut self, name: &str, words: impl Into<Words>) {
        if self.text.lines().count() == 1 {
            self.gap();
        }
        let label = Words::new().faint(format!("{name:<width$}", width = FIELD - 2));
        self.line(2, FIELD, label.and(words.into()));
    }

    /// A line of a part.
    pub fn item(&mut self, words: impl Into<Words>) {
        self.line(2, 4, words.into());
    }

    /// A line beneath an item.
    pub fn under(&mut self, words: impl Into<Words>) {
        self.line(4, 6, words.into());
    }

    /// Rows whose cells stand beneath each other.
    pub fn table(&mut self, rows: impl IntoIterator<Item = Vec<Words>>) {
        let rows: Vec<Vec<Words>> = rows.into_iter().collect();
        self.rows(&Columns::of(&rows), rows);
    }

    /// What the cells of each row are; but for the last, where it has a line of its own.
    pub fn names(&mut self, columns: &Columns) {
        let (line, last) = columns.line(columns.names.clone());
        self.line(2, 4, if columns.fit(self.paper.width) { line.and(last) } else { line });
    }

    /// Rows of a table in several parts. The last cell takes what is left of the width, or a line of its own.
    pub fn rows(&mut self, columns: &Columns, rows: Vec<Vec<Words>>) {
        let offset = columns.offset();
        let fit = columns.fit(self.paper.width);
        for row in rows {
            let (line, last) = columns.line(row);
            if last.width() == 0 {
                self.line(2, 4, line);
            } else if fit {
                self.line(2, offset, line.and(last));
            } else {
                self.line(2, 4, line);
                self.under(last);
            }
        }
    }

    /// What a reader should know and nothing is wrong with.
    pub fn notes(&mut self, notes: &[String]) {
        if notes.is_empty() {
            return;
        }
        self.heading("Notes");
        notes.iter().for_each(|note| self.item(format!("- {note}")));
    }

    /// The command that comes next.
    pub fn next(&mut self, command: &str) {
        self.gap();
        self.line(0, 6, Words::new().faint("Next: ").strong(command));
    }

    /// Text as it is: a picture, a script. Only what could steer a terminal is taken out.
    pub fn verbatim(&mut self, text: &str) {
        for line in text.lines() {
            self.text += &words::plain_but_tabs(line);
            self.text.push('\n');
        }
    }

    /// Words from column `first`, broken where they must be, further lines from column `hang`.
    fn line(&mut self, first: usize, hang: usize, words: Words) {
        self.text += &words.lines(self.paper, first, hang);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn paper(width: usize, colour: bool) -> Paper {
        Paper { width, colour, verbose: false }
    }

    #[test]
    fn words_are_broken_and_hang() {
        let paper = paper(40, false);
        let mut page = Page::new(&paper);
        page.title("A title that is longer than forty columns, and so goes on");
        page.field("From", "mvp1 1.0.0, and everything that came with it");
        page.item("- src/a_very_long_path_that_has_no_space_in_it_at_all.sql stays whole");
        assert_snapshot!(page.finish(), @r"
        A title that is longer than forty
          columns, and so goes on
          From            mvp1 1.0.0, and
                          everything that came
                          with it
          - src/a_very_long_path_that_has_no_space_in_it_at_all.sql
            stays whole
        ");
    }

    #[test]
    fn a_narrow_table_gives_its_last_cell_a_line() {
        let row = |id: &str, title: &str| vec![Words::from(id), Words::from("low"), Words::from(title)];
        let rows = || [row("V1", "Entries and their tags"), row("kb_to_incidents", "Entries become incidents")];
        let (wide, narrow) = (paper(60, false), paper(40, false));
        let (mut first, mut second) = (Page::new(&wide), Page::new(&narrow));
        first.table(rows());
        second.table(rows());
        assert_snapshot!(first.finish() + "\n" + &second.finish(), @r"
        V1               low  Entries and their tags
        kb_to_incidents  low  Entries become incidents

        V1               low
          Entries and their tags
        kb_to_incidents  low
          Entries become incidents
        ");
    }

    #[test]
    fn s36_a_name_cannot_steer_the_terminal() {
        let paper = paper(60, true);
        let mut page = Page::new(&paper);
        page.item(Words::ink(Ink::Bad, "V1\u{1b}[2J\n\u{202e}x\u{9b}31m"));
        assert_snapshot!(page.finish().replace('\u{1b}', "ESC"), @r"  ESC[1mESC[31mV1\u{1b}[2J\n\u{202e}x\u{9b}31mESC[0m");
    }
}
