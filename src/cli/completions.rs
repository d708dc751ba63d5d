//! `evolve completions`: what a shell needs to complete commands and flags.

use super::shell::{Ended, Shell};
use clap::{Arg, ArgMatches, value_parser};
use serde::Serialize;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "completions",
    about: "What bash, zsh, fish, elvish or PowerShell need to complete commands",
    arguments: |command| {
        let shell = value_parser!(clap_complete::Shell);
        command.arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(shell).help("Which shell"))
    },
    run,
};

/// A script for a shell.
#[derive(Serialize)]
struct Completions {
    shell: String,
    script: String,
}

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let &language = typed.get_one::<clap_complete::Shell>("shell").expect("clap requires it");
    let mut script = Vec::new();
    clap_complete::generate(language, &mut super::grammar(), "evolve", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    shell.ended(Ok(Completions { shell: language.to_string(), script }), |report, page| page.verbatim(&report.script))
}
