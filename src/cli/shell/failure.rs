//! An error as text: the one place where that is decided.
//!
//! Takes an [`Error`] and the paper it is written on; gives what miette draws: code, message, the line with the place
//! marked, and the hint as help. The exit code is the error's own.

use super::usage::without_credentials;
use crate::cli::page::{Paper, words};
use evolve::error::{Error, Place};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeStyles,
};
use std::fmt;

/// The error as it is written to standard error.
pub fn text(error: &Error, paper: &Paper) -> String {
    if let Some(cause) = std::error::Error::source(error) {
        tracing::debug!(target: "evolve::cli", code = error.code().id, "beneath: {cause}");
    }
    let mut theme = GraphicalTheme::unicode_nocolor();
    if paper.colour {
        theme.styles = ThemeStyles::ansi();
    }
    let mut text = String::new();
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(paper.width).with_links(false).with_break_words(false);
    match handler.render_report(&mut text, &Shown::new(error, paper.width)) {
        Ok(()) => text.lines().map(|line| line.trim_end().to_owned() + "\n").collect(),
        Err(fmt::Error) => format!("{}\n", words::plain(error.to_string())),
    }
}

/// An error in words that a terminal may show.
#[derive(Debug)]
struct Shown {
    code: &'static str,
    message: String,
    hint: Option<String>,
    excerpt: Option<Excerpt>,
}

impl Shown {
    fn new(error: &Error, width: usize) -> Self {
        let room = width.saturating_sub(10);
        let excerpt = error.place().filter(|place| !place.excerpt.is_empty()).map(|place| Excerpt::new(place, room));
        let mut message = words::plain(without_credentials(error.message()));
        if let (Some(place), None) = (error.place(), &excerpt) {
            // A whole file is named; a place in it only where there is one.
            let whole = (place.line, place.column) == (1, 1);
            let place = if whole { place.file.clone() } else { place.to_string() };
            message += &format!("\n{}", words::plain(without_credentials(&place)));
        }
        Self {
            code: error.code().id,
            message,
            hint: error.hint_text().map(without_credentials).map(words::plain),
            excerpt,
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.excerpt.as_ref()?.span;
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(None, span))))
    }
}

/// One line of a file, as much of it as fits, with its true line and column.
#[derive(Debug)]
struct Excerpt {
    file: String,
    line: usize,
    column: usize,
    text: String,
    span: SourceSpan,
}

impl Excerpt {
    /// The line around the place, in at most `room` characters of it.
    fn new(place: &Place, room: usize) -> Self {
        let before = place.column - 1;
        let skipped = if place.excerpt.chars().count() > room { before.saturating_sub(room / 2) } else { 0 };
        let mut text = String::from(if skipped > 0 { "…" } else { "" });
        let (mut start, mut end) = (None, None);
        for (at, c) in place.excerpt.chars().enumerate().skip(skipped).take(room) {
            if at == before + place.length {
                end = Some(text.len());
            }
            if at == before {
                start = Some(text.len());
            }
            text += &if c == '\t' { "    ".to_owned() } else { words::plain(c.encode_utf8(&mut [0; 4])) };
        }
        let (start, end) = (start.unwrap_or(text.len()), end.unwrap_or(text.len()));
        if place.excerpt.chars().nth(skipped + room).is_some() {
            text.push('…');
        }
        let span = SourceSpan::new(start.into(), end - start);
        Self { file: words::plain(&place.file), line: place.line, column: place.column, text, span }
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let all = SourceSpan::new(0.into(), self.text.len());
        let (line, column) = (self.line - 1, self.column - 1);
        Ok(Box::new(MietteSpanContents::new_named(self.file.clone(), self.text.as_bytes(), all, line, column, 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evolve::error::{Text, codes};
    use insta::assert_snapshot;

    fn paper(width: usize) -> Paper {
        Paper { width, colour: false, verbose: false }
    }

    #[test]
    fn an_error_shows_its_line_and_the_way_out() {
        let file = Text::new("plans/mvp2.toml", "[stage]\nname = \"mvp2\"\n\nmigratoins = [\"V3\"]\n");
        let error = Error::new(codes::UNKNOWN_KEY, "`migratoins` is no key of [stage]")
            .hint("the nearest is `migrations`")
            .at(file.place(23..33));
        assert_snapshot!(text(&error, &paper(60)), @r#"
        E0004

          × `migratoins` is no key of [stage]
           ╭─[plans/mvp2.toml:4:1]
         4 │ migratoins = ["V3"]
           · ──────────
           ╰────
          help: the nearest is `migrations`
        "#);
    }

    #[test]
    fn a_long_line_is_shown_around_its_place() {
        let file = Text::new("migrations/V1__x.sql", format!("{}\tSELEC{}", "a ".repeat(200), " b".repeat(200)));
        let error = Error::new(codes::BAD_SQL, "This does not parse").at(file.place(401..406));
        assert_snapshot!(text(&error, &paper(60)), @r"
        E0203

          × This does not parse
           ╭─[migrations/V1__x.sql:1:402]
         1 │ …a a a a a a a a a a a a     SELEC b b b b b b b b b b…
           ·                              ─────
           ╰────
        ");
    }

    #[test]
    fn a_whole_file_is_named() {
        let error =
            Error::new(codes::EMPTY_MIGRATION, "There is no statement in it").at(Place::file("migrations/V1__x.sql"));
        assert_snapshot!(text(&error, &paper(60)), @r"
        E0206

          × There is no statement in it
          │ migrations/V1__x.sql
        ");
    }

    #[test]
    fn s36_no_control_character_reaches_the_terminal() {
        let file = Text::new("plans/\u{1b}[2J.toml", "na\u{1b}]0;x\u{7}me\u{9b}2J = 1\n");
        for place in [file.place(2..5), Place::file("a\nb\u{202e}")] {
            let error = Error::new(codes::BAD_NAME, "`a\u{1b}[31m\nb`").hint("not \u{7f}").at(place);
            let text = text(&error, &paper(60));
            assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
        }
    }
}
