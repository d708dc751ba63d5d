//! A TOML file with its lines counted once, so that an error's place costs little in a large file.

use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeTable;

use super::Fields;
#[cfg(feature = "sqlite")]
use crate::catalog::application::Application;
use crate::error::{Error, Place, Result, Text, codes};

/// Longer lines are refused: nobody wrote them, and their excerpts could not be shown.
const LONGEST_LINE: usize = 1 << 20;
/// Longer lines are not shown in an error.
const LONGEST_EXCERPT: usize = 4096;

/// The file a table stands in.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The whole file.
    pub text: Text,
    lines: Arc<[usize]>,
    /// Where the parsed part begins in the file.
    offset: usize,
    /// In evolve.toml the value of a key that nobody knows may be a misspelt secret: no value is shown.
    secretive: bool,
    /// What the file declares of an application's own.
    #[cfg(feature = "sqlite")]
    pub application: Arc<Application>,
}

impl Source {
    fn new(text: &Text, offset: usize, secretive: bool) -> Result<Self> {
        let starts = text.text.match_indices('\n').map(|(at, _)| at + 1);
        let lines: Arc<[usize]> = std::iter::once(0).chain(starts).collect();
        let ends = lines.iter().skip(1).copied().chain([text.text.len()]);
        if let Some((line, _)) =
            lines.iter().zip(ends).enumerate().find(|(_, (start, end))| end - *start > LONGEST_LINE)
        {
            return Err(Error::new(codes::TOO_LARGE, format!("line {} is longer than 1 MiB", line + 1))
                .at(Place::file(&*text.name)));
        }
        Ok(Self {
            text: text.clone(),
            lines,
            offset,
            secretive,
            #[cfg(feature = "sqlite")]
            application: Arc::default(),
        })
    }

    /// The place of a range of the parsed part.
    pub fn place(&self, range: Range<usize>) -> Place {
        let (start, end) = (range.start + self.offset, range.end + self.offset);
        let line = self.lines.partition_point(|at| *at <= start).saturating_sub(1);
        let from = self.lines[line];
        let to = self.lines.get(line + 1).map_or(self.text.text.len(), |next| next - 1);
        let only = Text::new(self.text.name.clone(), &self.text.text[from..to]);
        let mut place = only.place(start - from..end.min(to).max(start) - from);
        place.line = line + 1;
        self.shown(&mut place);
        place
    }

    fn shown(&self, place: &mut Place) {
        if place.excerpt.len() > LONGEST_EXCERPT {
            place.excerpt.clear();
        }
        if self.secretive {
            place.excerpt = match place.excerpt.find('=') {
                Some(at) => format!("{}= ***", &place.excerpt[..at]),
                None if place.excerpt.trim_start().starts_with('[') => std::mem::take(&mut place.excerpt),
                None => String::new(),
            };
        }
    }
}

/// A parsed TOML file.
#[derive(Debug)]
pub struct Document<'a> {
    source: Source,
    table: Spanned<DeTable<'a>>,
}

impl<'a> Document<'a> {
    /// Parses a stage file.
    pub fn parse(text: &'a Text) -> Result<Self> {
        Self::of(&text.text, Source::new(text, 0, false)?)
    }

    /// Parses evolve.toml, of which no error shows a value.
    pub fn parse_secretive(text: &'a Text) -> Result<Self> {
        Self::of(&text.text, Source::new(text, 0, true)?)
    }

    /// Parses the part of a text, such as a directive's; places are those of the whole text.
    pub fn parse_part(text: &'a Text, part: Range<usize>) -> Result<Self> {
        Self::of(&text.text[part.clone()], Source::new(text, part.start, false)?)
    }

    fn of(part: &'a str, source: Source) -> Result<Self> {
        match DeTable::parse(part) {
            Ok(table) => Ok(Self { source, table }),
            Err(error) => Err(not_toml(&source, &error)),
        }
    }

    /// Has everything that is read from now on know this.
    #[cfg(feature = "sqlite")]
    pub fn declare(&mut self, application: Application) {
        self.source.application = Arc::new(application);
    }

    /// The whole file as a table.
    pub fn fields(&self) -> Fields<'_> {
        Fields::new(self.source.clone(), String::new(), 0..0, self.table.get_ref())
    }
}

/// toml's own error shows the line, with whatever secret is in it: only its message and span are used.
fn not_toml(source: &Source, error: &toml::de::Error) -> Error {
    let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
    let failed = Error::new(codes::NOT_TOML, format!("not TOML: {message}"));
    let failed = match error.span() {
        Some(span) => failed.at(source.place(span)),
        None => failed.at(Place::file(&*source.text.name)),
    };
    match source.text.text.lines().position(|line| ["<<<<<<<", ">>>>>>>"].iter().any(|mark| line.starts_with(mark))) {
        Some(line) => failed.hint(format!("line {} is a conflict marker of git: resolve the merge", line + 1)),
        None => failed,
    }
}
