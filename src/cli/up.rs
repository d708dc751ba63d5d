//! `evolve up`: applies the steps to a target; an interrupted run is continued.

use super::shell::{Ended, Shell, arguments};
use clap::ArgMatches;
use evolve::UpRequest;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "up",
    about: "Go to a later stage; an interrupted run is continued",
    arguments: |command| {
        command
            .arg(arguments::target("Where to go: a stage, its version, a step, or `latest`, the default"))
            .args(arguments::restore_points())
            .arg(arguments::flag("dry-run", "Say what would happen, and change nothing"))
            .arg(arguments::allow())
            .arg(arguments::number("batch-size", "N", "Rows a transformation moves in one transaction"))
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let request = UpRequest {
        target: arguments::text(typed, "target"),
        checkpoint: arguments::checkpoint(typed),
        allow: arguments::texts(typed, "allow"),
        dry_run: typed.get_flag("dry-run"),
        batch_rows: typed.get_one("batch-size").copied(),
    };
    shell.run(request.dry_run, |project, hands| project.up(&request, &hands.consent, &hands.progress, &hands.stop))
}
