//! How a command ended, and the one place where that is said and becomes an exit code.

use super::{document, failure, screen};
use crate::cli::page::Paper;
use evolve::Closing;
use evolve::error::{Error, Exit};
use serde_json::Value;
use std::process::ExitCode;

/// How a command ended, not yet shown.
#[must_use]
pub struct Ended {
    answer: Shown,
    error: Option<Error>,
    exit: Exit,
    /// What is closed once all was said.
    pub(super) closing: Closing,
}

/// An answer in the form that was asked for.
pub enum Shown {
    /// There is none.
    Nothing,
    /// For a person.
    Page(String),
    /// For `--json`.
    Result(Value),
}

impl Ended {
    /// Ended with an answer.
    pub fn answered(answer: Shown) -> Self {
        Self { answer, error: None, exit: Exit::Done, closing: Closing::default() }
    }

    /// Ended without an answer.
    pub fn failed(error: Error) -> Self {
        Self { error: Some(error), ..Self::answered(Shown::Nothing) }
    }

    /// Ends with this code where there is no error.
    pub fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Ends with this error, where it has none yet.
    pub fn with(self, error: Option<Error>) -> Self {
        Self { error: self.error.or(error), ..self }
    }

    /// Puts it into words: a page, and the error after it on `paper`.
    pub fn spoken(self, paper: &Paper) -> Spoken {
        let exit = self.leads_to();
        let answer = match self.answer {
            Shown::Page(page) => page,
            _ => String::new(),
        };
        let error = self.error.as_ref().map_or(String::new(), |error| failure::text(error, paper));
        Spoken { answer, error, exit }
    }

    /// Puts it into one document.
    pub fn documented(self, command: &str) -> Spoken {
        let exit = self.leads_to();
        let result = match self.answer {
            Shown::Result(value) => Some(value),
            _ => None,
        };
        let answer = document::document(command, result.as_ref(), self.error.as_ref());
        Spoken { answer, error: String::new(), exit }
    }

    fn leads_to(&self) -> Exit {
        self.error.as_ref().map_or(self.exit, Error::exit)
    }
}

/// Words that are ready to be said, and the exit code after them.
#[must_use]
pub struct Spoken {
    /// For standard output.
    pub answer: String,
    /// For standard error.
    pub error: String,
    /// The exit code.
    pub exit: Exit,
}

impl Spoken {
    /// Says it and leaves.
    pub fn leave(self) -> ExitCode {
        let written = screen::answer(&self.answer);
        screen::complain(&self.error);
        let exit = match (written, self.exit) {
            (Ok(()), exit) => exit,
            (Err(error), exit) => {
                screen::complain(&format!("evolve: the answer could not be written: {error}\n"));
                if exit == Exit::Done { Exit::Failed } else { exit }
            }
        };
        ExitCode::from(exit as u8)
    }
}
