//! Words in ink, and how they are broken into lines.

use super::{Paper, words};
use anstyle::{AnsiColor, Style};
use dialoguer::console::measure_text_width;

/// How words look, where they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As they are.
    Plain,
    /// What is looked for.
    Strong,
    /// What can be passed over.
    Faint,
    /// Well.
    Good,
    /// To be looked at.
    Care,
    /// Not well.
    Bad,
}

impl Ink {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Care => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// Words, each in its ink.
#[derive(Debug, Clone, Default)]
pub struct Words(Vec<(Ink, String)>);

impl Words {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Words in this ink.
    pub fn ink(ink: Ink, text: impl AsRef<str>) -> Self {
        Self::new().push(ink, text)
    }

    /// And plain words.
    #[must_use]
    pub fn text(self, text: impl AsRef<str>) -> Self {
        self.push(Ink::Plain, text)
    }

    /// And words that are looked for.
    #[must_use]
    pub fn strong(self, text: impl AsRef<str>) -> Self {
        self.push(Ink::Strong, text)
    }

    /// And words that can be passed over.
    #[must_use]
    pub fn faint(self, text: impl AsRef<str>) -> Self {
        self.push(Ink::Faint, text)
    }

    /// And these.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Plain words made strong.
    #[must_use]
    pub fn emphasised(mut self) -> Self {
        self.0.iter_mut().filter(|(ink, _)| *ink == Ink::Plain).for_each(|(ink, _)| *ink = Ink::Strong);
        self
    }

    /// How many columns they take on one line.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| measure_text_width(text)).sum()
    }

    fn push(mut self, ink: Ink, text: impl AsRef<str>) -> Self {
        self.0.push((ink, words::plain(text.as_ref())));
        self
    }

    /// The words as lines: the first from column `first`, further ones from `hang`. Runs of spaces stay, where no line
    /// ends; a word that is longer than a line stays whole.
    pub fn lines(&self, paper: &Paper, first: usize, hang: usize) -> String {
        let mut pen = Pen { paper, text: " ".repeat(first), column: first, spaces: 0, begun: false };
        for word in self.split() {
            match word {
                Word::Space(count) => pen.spaces += count,
                Word::Parts(parts) => pen.write(&parts, hang),
            }
        }
        pen.text.push('\n');
        pen.text
    }

    /// Spaces and words in turn; a word may change its ink.
    fn split(&self) -> Vec<Word<'_>> {
        let mut all: Vec<Word<'_>> = Vec::new();
        for (ink, text) in &self.0 {
            for (at, part) in text.split(' ').enumerate() {
                if at > 0 {
                    all.push(Word::Space(1));
                }
                match all.last_mut() {
                    _ if part.is_empty() => {}
                    Some(Word::Parts(parts)) => parts.push((*ink, part)),
                    _ => all.push(Word::Parts(vec![(*ink, part)])),
                }
            }
        }
        all
    }
}

enum Word<'w> {
    Space(usize),
    Parts(Vec<(Ink, &'w str)>),
}

struct Pen<'p> {
    paper: &'p Paper,
    text: String,
    column: usize,
    spaces: usize,
    begun: bool,
}

impl Pen<'_> {
    fn write(&mut self, parts: &[(Ink, &str)], hang: usize) {
        let width: usize = parts.iter().map(|(_, part)| measure_text_width(part)).sum();
        let fits = self.column + self.spaces + width <= self.paper.width;
        let never_fits = hang + width > self.paper.width;
        if self.begun && !fits && !never_fits {
            self.text.push('\n');
            self.text += &" ".repeat(hang);
            self.column = hang;
        } else {
            self.text += &" ".repeat(self.spaces);
            self.column += self.spaces;
        }
        (self.spaces, self.begun) = (0, true);
        self.column += width;
        for (ink, part) in parts {
            let style = ink.style();
            self.text += &if self.paper.colour { format!("{style}{part}{style:#}") } else { (*part).to_owned() };
        }
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self::new().text(text)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::new().text(text)
    }
}

impl From<&String> for Words {
    fn from(text: &String) -> Self {
        Self::new().text(text)
    }
}
