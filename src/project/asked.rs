//! What is asked of a run, and by which words an interrupted one is recognised again.

use super::{Consent, DownRequest, UpRequest};
use crate::ledger::Run;
use crate::observe::{Observer, Stop};
use crate::survey::Survey;

/// What is to be run.
#[derive(Clone, Copy)]
pub(super) enum Command<'a> {
    Up(&'a UpRequest),
    Down(&'a DownRequest),
}

impl Command<'_> {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Up(_) => "up",
            Self::Down(_) => "down",
        }
    }

    pub(super) fn target(self) -> String {
        match self {
            Self::Up(request) => request.target.clone().unwrap_or_else(|| "latest".to_owned()),
            Self::Down(request) => request.to.word(),
        }
    }

    /// The target with what else says which steps are meant: by this a run is recognised again.
    pub(super) fn meant(self) -> String {
        match self {
            Self::Up(request) => self.target() + &request.choice.words(),
            Self::Down(_) => self.target(),
        }
    }

    pub(super) fn rows_per_second(self) -> Option<u64> {
        match self {
            Self::Up(request) => request.max_rows_per_second,
            Self::Down(_) => None,
        }
    }

    pub(super) fn dry_run(self) -> bool {
        match self {
            Self::Up(request) => request.dry_run,
            Self::Down(request) => request.dry_run,
        }
    }
}

/// Who listens, who is asked, and what stops it.
#[derive(Clone, Copy)]
pub(super) struct Company<'a> {
    pub(super) consent: &'a dyn Consent,
    pub(super) observer: &'a dyn Observer,
    pub(super) stop: &'a Stop,
}

/// The goal of an open run of this command, if there is one.
pub(super) fn goal(survey: &Survey, command: &str, target: &str) -> Option<Vec<String>> {
    let run = survey.standing.open.as_ref()?;
    (run.command == command && run.target == target).then(|| run.goal.clone())
}

/// The command that continues a run.
pub(super) fn command_line(run: &Run) -> String {
    match (run.command.as_str(), run.target.as_str()) {
        ("up", "latest") => "evolve up".to_owned(),
        ("up", target) if target.starts_with("latest --") => {
            format!("evolve up{}", target.trim_start_matches("latest"))
        }
        (command, target) if target.starts_with("--") => format!("evolve {command} {target}"),
        (command @ ("restore" | "rotate"), target) => format!("evolve {command} {target}"),
        (command, target) => format!("evolve {command} --target {target}"),
    }
}
