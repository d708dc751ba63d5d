//! Asks the person at the terminal. Nobody is asked where there is none, and no is what Enter means.

use super::screen::Screen;
use super::signals;
use crate::cli::page::{self, Page, Paper, words};
use dialoguer::console::Term;
use dialoguer::{Confirm, Error};
use evolve::observe::{Stop, StopReason};
use evolve::report::PlanReport;
use evolve::{Consent, Question};
use std::io::{self, ErrorKind, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Whoever can be asked.
pub struct Asking {
    yes: bool,
    person: bool,
    screen: Arc<Screen>,
    stop: Stop,
    asks: Arc<AtomicBool>,
}

impl Asking {
    /// Someone who has said yes already, or a person who may be asked where both streams are a terminal.
    pub fn new(yes: bool, may_ask: bool, screen: Arc<Screen>, stop: Stop) -> Self {
        let person = may_ask && io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { yes, person, screen, stop, asks: Arc::default() }
    }

    /// Whether a question stands on the screen now.
    pub fn asks(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asks)
    }

    fn ask(&self, text: String) -> Option<bool> {
        self.asks.store(true, Ordering::SeqCst);
        if let Some(reason) = self.stop.requested() {
            signals::leave(reason);
        }
        let said = Confirm::new().with_prompt(text).default(false).wait_for_newline(true).interact();
        if let Err(Error::IO(error)) = &said
            && error.kind() == ErrorKind::Interrupted
        {
            self.stopped();
        }
        self.asks.store(false, Ordering::SeqCst);
        said.ok()
    }

    /// Ctrl-C at the question: nothing is under way, so there is nothing to finish.
    fn stopped(&self) -> ! {
        // The thread that hears signals may need a moment to say which one it was.
        thread::sleep(Duration::from_millis(50));
        let _ = Term::stderr().show_cursor();
        self.screen.write("\nStopped at the question.\n");
        signals::leave(self.stop.requested().unwrap_or(StopReason::Interrupt))
    }
}

impl Consent for Asking {
    fn given(&self, question: &Question<'_>) -> Option<bool> {
        if self.yes {
            return Some(true);
        }
        if !self.person {
            return None;
        }
        if let Some(plan) = question.plan {
            self.screen.plan_shown();
            self.screen.say(page_of(plan, self.screen.paper()).trim_end());
            self.screen.say("");
        }
        self.ask(words::plain(&question.text))
    }
}

fn page_of(plan: &PlanReport, paper: &Paper) -> String {
    let mut page = Page::new(paper);
    page::plan::show(plan, &mut page);
    page.finish()
}
