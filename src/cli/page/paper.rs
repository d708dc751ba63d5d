//! The paper a page is written on: how wide, with or without colour, how much on it.

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use dialoguer::console::Term;

/// What a page is written on.
pub struct Paper {
    /// Columns.
    pub width: usize,
    /// Whether ink is shown.
    pub colour: bool,
    /// Whether more than the essential is wanted.
    pub verbose: bool,
}

impl Paper {
    /// Standard output; `colour` is what `--color` said.
    pub fn stdout(colour: &str, verbose: bool) -> Self {
        Self { width: width(&Term::stdout()), colour: inked(colour, &std::io::stdout()), verbose }
    }

    /// Standard error.
    pub fn stderr(colour: &str) -> Self {
        Self { width: width(&Term::stderr()), colour: inked(colour, &std::io::stderr()), verbose: false }
    }
}

fn inked(colour: &str, stream: &impl RawStream) -> bool {
    match colour {
        "always" => true,
        "never" => false,
        _ => AutoStream::choice(stream) != ColorChoice::Never,
    }
}

/// `COLUMNS`, else the terminal's, also where the page goes through a pipe to it, else 80; never less than a page needs, nor more than an eye follows.
fn width(term: &Term) -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || term.size_checked().or_else(|| Term::stderr().size_checked());
    let columns = said.or_else(|| terminal().map(|(_, columns)| usize::from(columns)));
    columns.unwrap_or(80).clamp(40, 110)
}
