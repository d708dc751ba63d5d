//! `evolve init`: starts a project, or takes over a database that is there already.

use super::page;
use super::shell::{Ended, Shell, arguments};
use clap::ArgMatches;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "init",
    about: "Start a project here, or take over a database that is filled already",
    arguments: |command| {
        command
            .arg(arguments::option("name", "NAME", "The project's name; the folder's where none is given"))
            .arg(arguments::flag("adopt", "Record what the database holds already as applied").conflicts_with("name"))
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    if typed.get_flag("adopt") {
        return shell.ended(shell.project().and_then(|project| project.adopt()), |report, sheet| {
            page::run::show(report, "init --adopt", false, sheet);
        });
    }
    let written = evolve::init(&shell.flags.project, arguments::text(typed, "name").as_deref());
    shell.ended(written, |report, sheet| {
        page::written::show(report, "Written", sheet);
        sheet.next(&shell.spell("new migration NAME"));
    })
}
