//! `evolve rules`: what a code means.

use super::page::{Page, Words};
use super::shell::{Ended, Shell, arguments, usage};
use clap::{Arg, ArgMatches};
use evolve::error::{Code, Error, codes, nearest};
use serde::Serialize;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "rules",
    about: "What a code such as E0104 means; without one, all of them",
    arguments: |command| command.arg(Arg::new("code").value_name("CODE").help("The code, as an error names it")),
    run,
};

/// What is known of codes.
#[derive(Serialize)]
struct Rules {
    rules: Vec<Rule>,
}

/// What is known of a code.
#[derive(Serialize)]
struct Rule {
    code: &'static str,
    exit: u8,
    means: &'static str,
}

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let wanted = arguments::text(typed, "code");
    let rules: Vec<Rule> = codes::CODES
        .iter()
        .filter(|row| wanted.as_ref().is_none_or(|code| code.eq_ignore_ascii_case(row.id)))
        .map(|row: &&Code| Rule { code: row.id, exit: row.exit as u8, means: row.means })
        .collect();
    match wanted {
        Some(code) if rules.is_empty() => Ended::failed(unknown(&code)),
        _ => shell.ended(Ok(Rules { rules }), show),
    }
}

fn unknown(code: &str) -> Error {
    let hint = match nearest(code, codes::CODES.iter().map(|row| row.id)) {
        Some(near) => format!("the nearest is {near}; `evolve rules` lists all"),
        None => "`evolve rules` lists all codes".to_owned(),
    };
    Error::new(codes::USAGE, format!("There is no code `{code}`")).hint(hint)
}

fn show(report: &Rules, page: &mut Page) {
    if let [rule] = report.rules.as_slice() {
        page.title(rule.code);
        page.field("Means", rule.means);
        let exit = usage::EXITS.iter().find(|(exits, _)| exits.contains(&rule.exit)).map_or("", |(_, means)| means);
        page.field("Exit", Words::from(rule.exit.to_string()).faint(format!(": {exit}")));
        return;
    }
    page.title("Codes: the exit code they lead to, and what they mean");
    page.gap();
    page.table(
        report.rules.iter().map(|rule| {
            vec![Words::from(rule.code), Words::new().faint(rule.exit.to_string()), Words::from(rule.means)]
        }),
    );
}
