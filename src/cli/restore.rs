//! `evolve restore`: brings a restore point back, in place or into a file of its own.

use super::shell::{Ended, Shell, arguments};
use clap::{Arg, ArgMatches, value_parser};
use evolve::RestoreRequest;
use std::path::PathBuf;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "restore",
    about: "Bring a restore point back; `evolve backup list` names them",
    arguments: |command| {
        command.arg(Arg::new("id").value_name("ID").help("The restore point; the newest where none is named")).arg(
            Arg::new("to")
                .long("to")
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help("Write it to a new file, and leave the database as it is"),
        )
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let request = RestoreRequest { id: arguments::text(typed, "id"), to: typed.get_one("to").cloned() };
    shell.run(false, |project, hands| project.restore(&request, &hands.consent, &hands.progress, &hands.stop))
}
