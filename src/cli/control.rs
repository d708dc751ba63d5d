//! `evolve control`: a run that is under way, told to rest, to go on, or to take other batches.

use super::page;
use super::shell::{Ended, Shell, arguments};
use clap::ArgMatches;
use evolve::ControlRequest;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "control",
    about: "Pause a run that is under way, let it go on, or change its batches",
    arguments: |command| {
        command
            .subcommand_required(true)
            .subcommand(clap::Command::new("pause").about("Rest after the batch"))
            .subcommand(clap::Command::new("resume").about("Go on"))
            .subcommand(
                clap::Command::new("batch")
                    .about("Take batches of so many rows")
                    .arg(arguments::positional_number("rows", "Rows a batch")),
            )
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let request = match typed.subcommand() {
        Some(("pause", _)) => ControlRequest::Pause,
        Some(("resume", _)) => ControlRequest::Resume,
        Some((_, typed)) => ControlRequest::Batch(typed.get_one("rows").copied().unwrap_or(1)),
        None => ControlRequest::Resume,
    };
    let told = shell.project().and_then(|project| project.control(request));
    shell.ended(told, |report, sheet| page::written::show(report, "Told", sheet))
}
