//! `evolve down`: rolls back, stage by stage, each checked before the next.

use super::shell::{Ended, Shell, arguments};
use clap::ArgMatches;
use evolve::error::{Error, codes};
use evolve::{Changed, DownRequest, DownTo};

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "down",
    about: "Go back to an earlier stage, stage by stage, each checked before the next",
    arguments: |command| {
        command
            .arg(arguments::target("Where to go back to: a stage, its version, a step, or `start`"))
            .arg(arguments::staged("Go back this many stages").conflicts_with("target"))
            .arg(arguments::flag(
                "preserve-data",
                "Keep rows that were changed since in tables of their own, evolve_preserved_…, and go on",
            ))
            .arg(
                arguments::flag(
                    "discard-changed",
                    "Give up rows that were changed since; without either they stop the way down",
                )
                .conflicts_with("preserve-data"),
            )
            .args(arguments::restore_points())
            .arg(arguments::flag("dry-run", "Say what would happen, and change nothing"))
            .arg(arguments::allow())
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let to = match (typed.get_one::<u32>("staged"), arguments::text(typed, "target")) {
        (Some(stages), _) => DownTo::Staged(*stages),
        (None, Some(target)) => DownTo::Target(target),
        (None, None) => return Ended::failed(no_target()),
    };
    let request = DownRequest {
        to,
        changed: changed(typed),
        checkpoint: arguments::checkpoint(typed),
        allow: arguments::texts(typed, "allow"),
        dry_run: typed.get_flag("dry-run"),
    };
    shell.run(request.dry_run, |project, hands| project.down(&request, &hands.consent, &hands.progress, &hands.stop))
}

fn changed(typed: &ArgMatches) -> Changed {
    match (typed.get_flag("preserve-data"), typed.get_flag("discard-changed")) {
        (true, _) => Changed::Preserve,
        (_, true) => Changed::Discard,
        _ => Changed::Refuse,
    }
}

fn no_target() -> Error {
    Error::new(codes::NO_TARGET, "how far down is not said")
        .hint("`evolve down --staged 1` goes back one stage, `evolve down --target mvp1` to the end of mvp1")
}
