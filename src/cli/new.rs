//! `evolve new`: writes a migration, a stage file or a transformation, ready to fill in.

use super::page;
use super::shell::{Ended, Shell, arguments};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches};
use evolve::NewFile;
use evolve::kinds::KINDS;

/// What can be made: two files of their own, and every kind of transformation.
fn made() -> impl Iterator<Item = &'static str> {
    ["migration", "stage"].into_iter().chain(KINDS.iter().map(|kind| kind.key))
}

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "new",
    about: "A migration, a stage or a transformation, ready to fill in",
    arguments: |command| {
        let what = PossibleValuesParser::new(made());
        command
            .arg(Arg::new("what").value_name("WHAT").required(true).value_parser(what).help("What to make"))
            .arg(Arg::new("name").value_name("NAME").required(true).help("What it is called"))
            .arg(arguments::option("stage", "STAGE", "The stage it belongs to; the last where none is named"))
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let word = arguments::text(typed, "what").unwrap_or_default();
    let what = match made().find(|made| *made == word).expect("clap knows these words only") {
        "migration" => NewFile::Migration,
        "stage" => NewFile::Stage,
        kind => NewFile::Kind(kind),
    };
    let name = arguments::text(typed, "name").unwrap_or_default();
    let stage = arguments::text(typed, "stage");
    let written = shell.project().and_then(|project| project.new_file(what, &name, stage.as_deref()));
    shell.ended(written, |report, sheet| page::written::show(report, "Written", sheet))
}
