//! `evolve up`: applies the steps to a target; an interrupted run is continued.

use super::shell::{Ended, Shell, arguments};
use clap::ArgMatches;
use evolve::{Choice, UpRequest};

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "up",
    about: "Go to a later stage; an interrupted run is continued",
    arguments: |command| {
        command
            .arg(arguments::target("Where to go: a stage, its version, a step, or `latest`, the default"))
            .args(arguments::restore_points())
            .arg(arguments::flag(
                "dry-run",
                "Say what would happen to each row, and change nothing; exit 0 also where a step would fail",
            ))
            .arg(arguments::allow())
            .args(arguments::odd_rows())
            .arg(arguments::number("batch-size", "N", "Rows a transformation moves in one transaction"))
            .arg(arguments::number("max-rows-per-second", "N", "Move no more rows a second than this"))
            .arg(arguments::list("only", "ID", "Only this step; may be said several times"))
            .arg(arguments::list("except", "ID", "Not this step; may be said several times"))
            .arg(arguments::flag("keep-going", "Go on with the other transformations of a stage when one fails"))
            .arg(arguments::flag("retry-rejects", "Try rows again that were put aside, instead of steps"))
            .arg(arguments::option(
                "where",
                "SQL",
                "With --only ID: a trial over these rows, taken back whatever it gives; with --dry-run their account",
            ))
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
        choice: Choice { only: arguments::texts(typed, "only"), except: arguments::texts(typed, "except") },
        keep_going: typed.get_flag("keep-going"),
        retry_rejects: typed.get_flag("retry-rejects"),
        trial: arguments::text(typed, "where"),
        max_rows_per_second: typed.get_one("max-rows-per-second").copied(),
    };
    shell.run(request.dry_run, |project, hands| project.up(&request, &hands.consent, &hands.progress, &hands.stop))
}
