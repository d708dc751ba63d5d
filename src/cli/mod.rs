//! The command line: a table of commands, one file each.
//!
//! Takes what was typed, gives a command and the [`Shell`] it speaks through. Decides nothing: a command asks one
//! function of the library and shows its typed answer. A new command is a file, its `mod` line and its row here.

pub mod page;
pub mod shell;

mod backup;
mod completions;
mod control;
mod down;
mod graph;
mod history;
mod init;
mod new;
mod plan;
mod preserved;
mod restore;
mod rotate;
mod rules;
mod seal;
mod status;
mod up;
mod verify;

use clap::ArgMatches;
use shell::{Ended, Shell, Spoken, arguments, usage};
use std::ffi::OsString;

/// A row of the table of commands.
pub struct Command {
    /// The word that is typed.
    pub name: &'static str,
    /// What it does, in one line of the help.
    pub about: &'static str,
    /// Adds its own arguments.
    pub arguments: fn(clap::Command) -> clap::Command,
    /// Asks the library.
    pub run: fn(&ArgMatches, &Shell) -> Ended,
}

/// Every command, in the order of the help: look, go, come back, prepare, explain.
pub const COMMANDS: &[&Command] = &[
    &status::COMMAND,
    &plan::COMMAND,
    &up::COMMAND,
    &down::COMMAND,
    &restore::COMMAND,
    &control::COMMAND,
    &backup::COMMAND,
    &verify::COMMAND,
    &seal::COMMAND,
    &rotate::COMMAND,
    &preserved::COMMAND,
    &history::COMMAND,
    &graph::COMMAND,
    &init::COMMAND,
    &new::COMMAND,
    &rules::COMMAND,
    &completions::COMMAND,
];

/// The whole grammar, as clap knows it.
pub fn grammar() -> clap::Command {
    let whole = clap::Command::new("evolve")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Takes a database, its data included, from one product stage to another and back.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .after_help(usage::exits())
        .args(arguments::everywhere());
    COMMANDS.iter().fold(whole, |whole, row| {
        let command = clap::Command::new(row.name).about(row.about).after_help(usage::exits());
        whole.subcommand((row.arguments)(command))
    })
}

/// The command that was typed, its arguments, and the shell it speaks through; or the answer, where help or a mistake
/// was typed.
pub fn parse(typed: impl IntoIterator<Item = OsString>) -> Result<(&'static Command, ArgMatches, Shell), Spoken> {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let mut matches = grammar().try_get_matches_from(&typed).map_err(|error| usage::answer(&error, &typed))?;
    let shell = Shell::new(&matches)?;
    let (name, arguments) = matches.remove_subcommand().expect("clap requires a command");
    let command = COMMANDS.iter().find(|row| row.name == name).expect("clap knows the table only");
    Ok((command, arguments, shell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_this_folder_is_a_row_and_every_row_a_file() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
            .filter(|name| name != "mod")
            .collect();
        let mut rows: Vec<&str> = COMMANDS.iter().map(|row| row.name).collect();
        files.sort();
        rows.sort_unstable();
        assert_eq!(files, rows);
    }

    #[test]
    fn the_grammar_holds() {
        grammar().debug_assert();
    }

    #[test]
    fn every_help_ends_with_the_exit_codes() {
        for row in COMMANDS {
            let error = grammar().try_get_matches_from(["evolve", row.name, "--help"]).unwrap_err();
            assert!(error.to_string().contains("130, 143"), "{}", row.name);
        }
    }
}
