//! `evolve rotate`: values of a key that was replaced, brought to the new one.

use super::shell::{Ended, Shell, arguments};
use clap::{Arg, ArgMatches};
use evolve::{OldPoints, RotateRequest};

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "rotate",
    about: "Bring protected values from the key before to the key of now, as its `previous` says",
    arguments: |command| {
        command.arg(Arg::new("key").value_name("KEY").required(true).help("The name of the key, as in `[keys]`")).arg(
            Arg::new("points")
                .long("points")
                .value_name("WHAT")
                .value_parser(["keep", "rewrite", "drop"])
                .default_value("keep")
                .help("What becomes of restore points that hold values of the key before"),
        )
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let points = match arguments::text(typed, "points").as_deref() {
        Some("rewrite") => OldPoints::Rewrite,
        Some("drop") => OldPoints::Drop,
        _ => OldPoints::Keep,
    };
    let request = RotateRequest { key: arguments::text(typed, "key").unwrap_or_default(), points };
    shell.run(false, |project, hands| project.rotate(&request, &hands.consent, &hands.progress, &hands.stop))
}
