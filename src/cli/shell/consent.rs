//! Asks the person at the terminal. Nobody is asked where there is none, and no is what Enter means.

use super::screen::Screen;
use super::signals;
use crate::cli::page::{self, Page, Paper, Words, words};
use dialoguer::console::{Term, measure_text_width};
use dialoguer::{Confirm, Error};
use evolve::observe::{Stop, StopReason};
use evolve::report::PlanReport;
use evolve::{Ask, Consent, Question};
use std::io::{self, ErrorKind, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Whoever can be asked.
pub struct Asking {
    yes: bool,
    person: bool,
    pub(super) screen: Arc<Screen>,
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
        let (before, prompt) = parted(&text, self.screen.paper());
        self.heard(|| {
            before.iter().for_each(|line| self.screen.say(line));
            Confirm::new().with_prompt(prompt).default(false).wait_for_newline(true).interact()
        })
    }

    /// Asks, and leaves at Ctrl-C.
    pub(super) fn heard<T>(&self, ask: impl FnOnce() -> dialoguer::Result<T>) -> Option<T> {
        self.asks.store(true, Ordering::SeqCst);
        if let Some(reason) = self.stop.requested() {
            signals::leave(reason);
        }
        let said = ask();
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

    fn asks(&self) -> Option<&dyn Ask> {
        self.person.then_some(self as &dyn Ask)
    }
}

/// A question as lines of its own, and the rest of it that stands on one line with the answer: a prompt of two lines
/// would be written again and again.
fn parted(text: &str, paper: &Paper) -> (Vec<String>, String) {
    const ANSWER: usize = " [y/N] yes".len();
    let room = Paper { width: paper.width.saturating_sub(ANSWER), colour: false, verbose: false };
    let (before, last) = match text.rsplit_once(". ") {
        Some((before, last)) if measure_text_width(text) > room.width => (format!("{before}."), last),
        _ => (String::new(), text),
    };
    let broken = [(before.as_str(), paper), (last, &room)].map(|(text, paper)| Words::from(text).lines(paper, 0, 0));
    let mut lines: Vec<String> = broken.concat().lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let prompt = lines.pop().unwrap_or_default();
    (lines, prompt)
}

fn page_of(plan: &PlanReport, paper: &Paper) -> String {
    let mut page = Page::new(paper);
    page::plan::show(plan, &mut page);
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_one_line_with_its_answer() {
        let paper = Paper { width: 40, colour: false, verbose: false };
        let parted = |text| parted(text, &paper);
        assert_eq!(parted("Take back 3 steps?"), (vec![], "Take back 3 steps?".to_owned()));
        let (before, prompt) = parted("1 of 32 steps destroys something that is kept. Go on to mvp5?");
        assert_eq!(before, ["1 of 32 steps destroys something that is", "kept."]);
        assert_eq!(prompt, "Go on to mvp5?");
        let (before, prompt) = parted("Take back 3 steps, from a_long_stage to another?");
        assert_eq!((before, prompt.as_str()), (vec!["Take back 3 steps, from".to_owned()], "a_long_stage to another?"));
    }
}
