//! The two streams: standard output for the answer, standard error for all that is said on the way.
//!
//! A reader that went away is no failure and stops nothing (F17): every write of the command line passes through here.

use crate::cli::page::Paper;
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes the answer. A closed standard output is not an error.
pub fn answer(text: &str) -> io::Result<()> {
    let mut stream = io::stdout().lock();
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes to standard error. Where that fails there is nobody left to tell.
pub fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Standard error: words, and at most one bar beneath them.
pub struct Screen {
    paper: Paper,
    chatty: bool,
    live: bool,
    bar: ProgressBar,
    shown: AtomicBool,
}

impl Screen {
    /// Standard error; where it is not `chatty`, only errors, questions and logs are written.
    pub fn new(colour: &str, chatty: bool) -> Self {
        let paper = Paper::stderr(colour);
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let live = chatty && !dumb && io::stderr().is_terminal();
        dialoguer::console::set_colors_enabled_stderr(paper.colour);
        Self { paper, chatty, live, bar: ProgressBar::hidden(), shown: AtomicBool::new(false) }
    }

    /// What it is written on.
    pub fn paper(&self) -> &Paper {
        &self.paper
    }

    /// Whether a bar can move here.
    pub fn live(&self) -> bool {
        self.live
    }

    /// The bar, drawn from now on where it can be.
    pub fn bar(&self) -> &ProgressBar {
        if self.live && self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        &self.bar
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Says a line on the way, unless it was asked to be quiet.
    pub fn say(&self, line: &str) {
        if self.chatty {
            self.write(&format!("{line}\n"));
        }
    }

    /// Writes above the bar.
    pub fn write(&self, text: &str) {
        self.bar.suspend(|| complain(text));
    }

    /// Does something while no bar is drawn.
    pub fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        self.bar.suspend(act)
    }

    /// Remembers that the plan was shown; tells whether it was before.
    pub fn plan_shown(&self) -> bool {
        self.shown.swap(true, Ordering::Relaxed)
    }
}
