//! `evolve graph`: the steps and what comes before what, as text, DOT or Mermaid.

use super::shell::{Ended, Shell, arguments};
use clap::{Arg, ArgMatches};
use evolve::GraphFormat;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "graph",
    about: "The steps and what comes before what, from the files alone",
    arguments: |command| {
        let format = Arg::new("format").long("format").value_name("FORMAT").help("How to draw it");
        command.arg(format.value_parser(["text", "dot", "mermaid"]).default_value("text"))
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let format = match arguments::text(typed, "format").as_deref() {
        Some("dot") => GraphFormat::Dot,
        Some("mermaid") => GraphFormat::Mermaid,
        _ => GraphFormat::Text,
    };
    shell
        .ended(shell.project().and_then(|project| project.graph(format)), |report, page| page.verbatim(&report.picture))
}
