//! What is answered when no command can run: help, the version, or what is wrong with what was typed.

use super::{Spoken, arguments, document, failure};
use crate::cli::COMMANDS;
use crate::cli::page::Paper;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use evolve::error::{Error, Exit, codes};
use serde_json::json;
use std::ffi::OsString;

/// What exit codes mean, as every help says it.
pub const EXITS: [(&[u8], &str); 10] = [
    (&[0], "done, or nothing to do"),
    (&[1], "a step failed; what was taken back and what stands is said"),
    (&[2], "bad arguments or a bad file; nothing was touched"),
    (&[3], "not finished, nothing wrong; the same command goes on"),
    (&[4], "refused; nothing was touched"),
    (&[5], "another run holds the database"),
    (&[6], "files, evolve.sum, ledger or live schema disagree"),
    (&[7], "a check failed, or changed rows stand in the way; the step was taken back"),
    (&[8], "wrong key or damaged restore point; nothing was touched"),
    (&[130, 143], "interrupted; the same command continues"),
];

/// The table of exit codes at the end of a help.
pub fn exits() -> String {
    let row = |(exits, means): (&[u8], &str)| {
        let exits: Vec<String> = exits.iter().map(u8::to_string).collect();
        format!("  {:<9} {means}\n", exits.join(", "))
    };
    format!("Exit codes:\n{}", EXITS.map(row).concat().trim_end())
}

/// Answers what clap could not make a command of.
pub fn answer(error: &clap::Error, typed: &[OsString]) -> Spoken {
    let glance = Glance::at(typed);
    let said = |text: String, exit| match glance.json {
        true => {
            let text = document::document(&glance.command, Some(&json!({ "text": text })), None);
            Spoken { answer: text, error: String::new(), exit }
        }
        false => Spoken { answer: text, error: String::new(), exit },
    };
    let rendered = if Paper::stdout(&glance.colour, false).colour && !glance.json {
        error.render().ansi().to_string()
    } else {
        error.render().to_string()
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => said(rendered, Exit::Done),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !glance.json => said(rendered, Exit::BadInput),
        _ => {
            let error = usage_error(error, &glance.command);
            let exit = error.exit();
            match glance.json {
                true => Spoken {
                    answer: document::document(&glance.command, None, Some(&error)),
                    error: String::new(),
                    exit,
                },
                false => {
                    Spoken { answer: String::new(), error: failure::text(&error, &Paper::stderr(&glance.colour)), exit }
                }
            }
        }
    }
}

/// A mistake in what was typed, with the nearest that can be typed.
fn usage_error(error: &clap::Error, command: &str) -> Error {
    let help = if command == "evolve" { "`evolve --help`".to_owned() } else { format!("`evolve {command} --help`") };
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Error::new(codes::USAGE, "no command was given").hint(format!("{help} lists them"));
    }
    let text = error.render().to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let message =
        paragraph.strip_prefix("error: ").unwrap_or(paragraph).split_whitespace().collect::<Vec<_>>().join(" ");
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| error.get(kind).and_then(first));
    let hint = match suggested {
        Some(near) => format!("`{near}` is the nearest; {help} says more"),
        None => format!("{help} says what can be typed"),
    };
    Error::new(codes::USAGE, without_credentials(&message)).hint(hint)
}

fn first(value: &ContextValue) -> Option<String> {
    match value {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

/// A URL may have been typed where none belongs; what stands before its `@` is not repeated.
pub fn without_credentials(message: &str) -> String {
    let word = |word: &str| match (word.find("://"), word.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://***{}", &word[..scheme], &word[at..]),
        _ => word.to_owned(),
    };
    message.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// What can be seen in arguments that clap does not understand.
struct Glance {
    json: bool,
    colour: String,
    command: String,
}

impl Glance {
    fn at(typed: &[OsString]) -> Self {
        let everywhere = arguments::everywhere();
        let takes_value = |word: &str| {
            let long = word.strip_prefix("--");
            everywhere.iter().any(|row| row.get_action().takes_values() && row.get_long() == long)
        };
        let mut glance = Self { json: false, colour: "auto".to_owned(), command: "evolve".to_owned() };
        let mut words =
            typed.iter().skip(1).map(|word| word.to_string_lossy()).take_while(|word| word != "--").peekable();
        while let Some(word) = words.next() {
            if word == "--json" {
                glance.json = true;
            } else if let Some(colour) = word.strip_prefix("--color=") {
                glance.colour = colour.to_owned();
            } else if takes_value(&word) {
                // What begins like a flag is one: clap takes it for no value either.
                let value = words.next_if(|next| !next.starts_with('-')).unwrap_or_default();
                if word == "--color" {
                    glance.colour = value.into_owned();
                }
            } else if glance.command == "evolve" && COMMANDS.iter().any(|row| row.name == word) {
                glance.command = word.into_owned();
            }
        }
        glance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn typed(words: &[&str]) -> Spoken {
        match crate::cli::parse(std::iter::once("evolve").chain(words.iter().copied()).map(OsString::from)) {
            Err(spoken) => spoken,
            Ok(_) => panic!("{words:?} is a command"),
        }
    }

    #[test]
    fn a_typo_names_the_nearest() {
        for (words, near) in [
            (vec!["statsu"], "`status`"),
            (vec!["up", "--dryrun"], "`--dry-run`"),
            (vec!["new", "migratoin", "x"], "`migration`"),
            (vec!["--colour", "never", "up"], "`--color`"),
        ] {
            let spoken = typed(&words);
            assert_eq!(spoken.exit, Exit::BadInput);
            assert!(spoken.error.contains(near), "{words:?}: {}", spoken.error);
        }
    }

    #[test]
    fn b77_a_usage_error_is_a_document_too() {
        for words in
            [&["--json"][..], &["--json", "statsu"], &["up", "--json", "--batch-size", "10k"], &["backup", "--json"]]
        {
            let spoken = typed(words);
            let document: Value = serde_json::from_str(&spoken.answer).unwrap();
            assert_eq!(
                (&document["error"]["code"], &document["error"]["exit"]),
                (&json!("E0901"), &json!(2)),
                "{words:?}"
            );
            assert_eq!(spoken.error, "");
        }
        let document: Value =
            serde_json::from_str(&typed(&["--project", "down", "up", "--json", "--x"]).answer).unwrap();
        assert_eq!(document["command"], "up");
        let document: Value = serde_json::from_str(&typed(&["up", "--json", "--help"]).answer).unwrap();
        assert!(document["result"]["text"].as_str().unwrap().contains("--dry-run"));
    }

    #[test]
    fn s01_credentials_are_not_repeated() {
        let spoken = typed(&["status", "postgres://me:secret@host/db"]);
        assert!(!spoken.error.contains("secret"), "{}", spoken.error);
        assert!(spoken.error.contains("postgres://***@host/db"), "{}", spoken.error);
    }
}
