//! The library's log, on standard error: what EVOLVE_LOG asks for, by area (`plan=debug`), or as much as `-v` does.

use super::screen::Screen;
use crate::cli::page::words;
use evolve::error::{Error, codes};
use std::io::{self, Write};
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// Starts it. `verbose` is how often `-v` was given.
pub fn start(verbose: u8, quiet: bool, screen: Arc<Screen>) -> Result<(), Error> {
    let level = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, 2) => "debug",
        _ => "trace",
    };
    let wanted = std::env::var("EVOLVE_LOG").ok().filter(|text| !text.trim().is_empty());
    let directives = wanted.as_deref().map_or_else(|| format!("evolve={level}"), areas);
    let filter = EnvFilter::try_new(directives).map_err(|error| {
        Error::new(codes::USAGE, "EVOLVE_LOG cannot be understood")
            .hint("levels by area, such as `plan=debug,run=trace`")
            .cause(error)
    })?;
    let writer = move || Lines(Arc::clone(&screen));
    // Only a test that starts it twice is told that it has been started.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).try_init();
    Ok(())
}

/// Areas are modules of evolve, so that nobody has to type `evolve::`.
fn areas(wanted: &str) -> String {
    let area = |directive: &str| match directive.split_once('=') {
        Some((area, _)) if !area.starts_with("evolve") => format!("evolve::{directive}"),
        Some(_) => directive.to_owned(),
        None => format!("evolve={directive}"),
    };
    wanted.split(',').map(str::trim).filter(|directive| !directive.is_empty()).map(area).collect::<Vec<_>>().join(",")
}

/// Writes each event as one line, whatever stands in it (S36).
struct Lines(Arc<Screen>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        self.0.write(&(words::plain(line.trim_end_matches('\n')) + "\n"));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_modules_of_evolve() {
        assert_eq!(areas("plan=debug, run=trace"), "evolve::plan=debug,evolve::run=trace");
        assert_eq!(areas("info"), "evolve=info");
        assert_eq!(areas("evolve::cli=debug"), "evolve::cli=debug");
    }
}
