//! What commands share: how they ask, how they show an answer, and how they end.
//!
//! Takes the global arguments and a typed answer; gives a page or a document, at most one error, one exit code.
//! Must not know any one command.

pub mod arguments;
mod conflict;
mod consent;
mod document;
mod ended;
mod failure;
mod log;
mod progress;
mod screen;
pub mod signals;
pub mod usage;

use super::page::{Page, Paper};
use clap::ArgMatches;
use consent::Asking;
use ended::Shown;
pub use ended::{Ended, Spoken};
use evolve::error::{Error, Exit, Result, codes};
use evolve::observe::Stop;
use evolve::report::{Outcome, RunReport};
use evolve::{Answer, Flags, Project};
use progress::Progress;
use screen::Screen;
use serde::Serialize;
use serde_json::Value;
use std::process::ExitCode;
use std::sync::Arc;

/// What the global arguments mean.
pub struct Shell {
    /// What the library is told.
    pub flags: Flags,
    command: String,
    json: bool,
    yes: bool,
    paper: Paper,
    screen: Arc<Screen>,
}

/// What a run needs of the person at the terminal.
pub struct Hands {
    /// Asks.
    pub consent: Asking,
    /// Shows how far it is.
    pub progress: Progress,
    /// Hears Ctrl-C.
    pub stop: Stop,
}

impl Shell {
    /// The shell for these arguments, its log set up.
    pub fn new(typed: &ArgMatches) -> Result<Self, Spoken> {
        let json = typed.get_flag("json");
        let verbose = typed.get_count("verbose");
        let colour = arguments::text(typed, "color").unwrap_or_default();
        let screen = Arc::new(Screen::new(&colour, !json && !typed.get_flag("quiet")));
        let shell = Self {
            flags: arguments::flags(typed),
            command: command(typed),
            json,
            yes: typed.get_flag("yes"),
            paper: Paper::stdout(&colour, verbose > 0),
            screen: Arc::clone(&screen),
        };
        log::start(verbose, typed.get_flag("quiet"), screen).map_err(|error| shell.speak(Ended::failed(error)))?;
        Ok(shell)
    }

    /// The project that was named.
    pub fn project(&self) -> Result<Project> {
        Project::open(&self.flags)
    }

    /// Shows the library's answer to a question.
    pub fn ended<T: Serialize>(&self, answer: Result<T>, page: impl FnOnce(&T, &mut Page)) -> Ended {
        match answer {
            Ok(answer) => Ended::answered(self.show(&answer, page)),
            Err(error) => Ended::failed(error),
        }
    }

    /// Lets the library run, with someone to ask, to tell and to be stopped by, and shows what it did.
    pub fn run(&self, dry: bool, go: impl FnOnce(&Project, &Hands) -> Answer<RunReport>) -> Ended {
        let project = match self.project() {
            Ok(project) => project,
            Err(error) => return Ended::failed(error),
        };
        let stop = Stop::new();
        let consent = Asking::new(self.yes, !self.json, Arc::clone(&self.screen), stop.clone());
        if let Err(error) = signals::listen(stop.clone(), consent.asks(), Arc::clone(&self.screen)) {
            return Ended::failed(Error::new(codes::NOT_READABLE, "signals cannot be heard").cause(error));
        }
        let progress = Progress::new(Arc::clone(&self.screen));
        let hands = Hands { consent, progress, stop };
        let answer = go(&project, &hands);
        hands.progress.settle();
        self.screen.clear();
        let outcome = answer.result.as_ref().map(|report| report.outcome);
        let answered = answer.result.map_or(Shown::Nothing, |report| {
            self.show(&report, |report, page| super::page::run::show(report, &self.command, dry, page))
        });
        let mut ended = Ended::answered(answered).with(answer.error);
        ended.closing = answer.closing;
        match outcome {
            Some(Outcome::Waiting | Outcome::NeedsPerson) => ended.exit(Exit::Unfinished),
            _ => ended,
        }
    }

    fn show<T: Serialize>(&self, answer: &T, page: impl FnOnce(&T, &mut Page)) -> Shown {
        if self.json {
            return Shown::Result(serde_json::to_value(answer).unwrap_or(Value::Null));
        }
        let mut sheet = Page::new(&self.paper);
        page(answer, &mut sheet);
        Shown::Page(sheet.finish())
    }

    /// A command line for this project, as a person would type it.
    pub fn spell(&self, command: &str) -> String {
        let mut line = String::from("evolve ");
        if self.flags.project != std::path::Path::new(".") {
            line += &format!("--project {} ", self.quote(&self.flags.project.to_string_lossy()));
        }
        if let Some(environment) = &self.flags.environment {
            line += &format!("--env {} ", self.quote(environment));
        }
        line + command
    }

    /// A word as a shell takes it.
    pub fn quote(&self, word: &str) -> String {
        let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.to_owned()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    }

    /// Shows how a command ended, and leaves with its exit code. A run is closed when the last line stands, and no sooner.
    pub fn leave(&self, mut ended: Ended) -> ExitCode {
        let closing = std::mem::take(&mut ended.closing);
        let exit = self.speak(ended).leave();
        drop(closing);
        exit
    }

    fn speak(&self, ended: Ended) -> Spoken {
        if self.json { ended.documented(&self.command) } else { ended.spoken(self.screen.paper()) }
    }
}

/// The words of the command: `up`, `backup list`.
fn command(typed: &ArgMatches) -> String {
    let mut words = Vec::new();
    let mut level = typed;
    while let Some((name, below)) = level.subcommand() {
        words.push(name);
        level = below;
    }
    words.join(" ")
}
