//! Arguments that stand on every command, and those that several share.
//!
//! Gives clap's rows and reads them back. Numbers are plain decimal and nothing else (B70).

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use evolve::{Checkpoint, Flags};
use std::path::PathBuf;

/// The arguments of every command.
pub fn everywhere() -> Vec<Arg> {
    let project =
        option("project", "DIR", "The project's folder").value_parser(value_parser!(PathBuf)).default_value(".");
    let color =
        option("color", "WHEN", "Colour, where NO_COLOR does not say no").value_parser(["auto", "always", "never"]);
    let rows = [
        project,
        option("database", "URL", "The database; else EVOLVE_DATABASE_URL, else evolve.toml"),
        option("env", "NAME", "The environment of evolve.toml; else EVOLVE_ENV"),
        option("lock-wait", "TIME", "How long to wait for another run, such as 10m"),
        flag("json", "One JSON document on standard output"),
        flag("yes", "Answer yes to what would be asked; it allows nothing that the policy refuses").short('y'),
        color.default_value("auto"),
        Arg::new("verbose").short('v').long("verbose").action(ArgAction::Count).help("Say more; -vv and -vvv log more"),
        flag("quiet", "No progress and no notes while it runs").short('q'),
    ];
    rows.map(|row| row.global(true).help_heading("With every command")).into()
}

/// What the global arguments tell the library.
pub fn flags(typed: &ArgMatches) -> Flags {
    Flags {
        project: typed.get_one("project").cloned().unwrap_or_else(|| PathBuf::from(".")),
        database: text(typed, "database"),
        environment: text(typed, "env"),
        set: Vec::new(),
        lock_wait: text(typed, "lock-wait"),
        on_conflict: of_command(typed, "on-conflict"),
        on_invalid: of_command(typed, "on-invalid"),
    }
}

/// The text of an argument that only some commands take.
fn of_command(typed: &ArgMatches, name: &str) -> Option<String> {
    let (_, below) = typed.subcommand()?;
    below.try_get_one::<String>(name).ok().flatten().cloned()
}

/// `--on-conflict WORD` and `--on-invalid WORD`
pub fn odd_rows() -> [Arg; 2] {
    [
        option(
            "on-conflict",
            "WORD",
            "What a step that does not say it does where a key is there: fail, skip, overwrite, ask",
        ),
        option(
            "on-invalid",
            "WORD",
            "What a step that does not say it does with a row that is not valid: fail, skip, quarantine",
        ),
    ]
}

/// `--target T`
pub fn target(help: &'static str) -> Arg {
    option("target", "T", help)
}

/// `--staged N`
pub fn staged(help: &'static str) -> Arg {
    option("staged", "N", help).value_parser(small).allow_negative_numbers(true)
}

/// `--allow CODE`, as often as wanted
pub fn allow() -> Arg {
    option("allow", "CODE", "Let this finding pass, whatever the policy says of its risk").action(ArgAction::Append)
}

/// `--checkpoint` and `--no-restore-point`
pub fn restore_points() -> [Arg; 2] {
    [
        flag("checkpoint", "Take a verified restore point before the first step and before each stage"),
        flag("no-restore-point", "Take none, whatever evolve.toml says").conflicts_with("checkpoint"),
    ]
}

/// What `--checkpoint` and `--no-restore-point` mean.
pub fn checkpoint(typed: &ArgMatches) -> Checkpoint {
    match (typed.get_flag("checkpoint"), typed.get_flag("no-restore-point")) {
        (true, _) => Checkpoint::Every,
        (_, true) => Checkpoint::None,
        _ => Checkpoint::AsConfigured,
    }
}

/// A flag without a value.
pub fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// A flag with a value.
pub fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// A flag with a whole number from 1.
pub fn number(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).value_parser(whole).allow_negative_numbers(true)
}

/// A flag with a value, as often as wanted.
pub fn list(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).action(ArgAction::Append)
}

/// A whole number from 1 that stands by itself.
pub fn positional_number(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).required(true).help(help).value_parser(whole).allow_negative_numbers(true)
}

/// The text of an argument.
pub fn text(typed: &ArgMatches, name: &str) -> Option<String> {
    typed.get_one::<String>(name).cloned()
}

/// The texts of an argument that may come several times.
pub fn texts(typed: &ArgMatches, name: &str) -> Vec<String> {
    typed.get_many::<String>(name).into_iter().flatten().cloned().collect()
}

/// A whole number from 1, in digits: no sign, no exponent, no unit, no other base.
fn whole(typed: &str) -> Result<u64, String> {
    let digits = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
    match typed.parse() {
        Ok(number) if digits && number > 0 => Ok(number),
        _ => Err("a whole number from 1 is expected, in digits only".to_owned()),
    }
}

fn small(typed: &str) -> Result<u32, String> {
    whole(typed)?.try_into().map_err(|_| "that is more stages than there can be".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b70_numbers_are_plain_decimal() {
        for wrong in ["1e3", "0x10", "-1", "+1", "18446744073709551616", "10k", "", " 1", "1_000", "1.0", "0", "½", "١"]
        {
            assert!(whole(wrong).is_err(), "{wrong}");
        }
        assert_eq!(whole("5000"), Ok(5000));
        assert_eq!(whole("18446744073709551615"), Ok(u64::MAX));
        assert!(small("4294967296").is_err());
    }
}
