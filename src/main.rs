//! `evolve`, the command: what was typed becomes one question to the library, the answer one page or one document.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    // A file-size limit that is reached is an error to report, not a reason to be killed.
    cli::shell::signals::survive_limits();

    // What was typed: a command and how to show what it says; or help; or a mistake, and what may have been meant.
    let (command, typed, shell) = match cli::parse(std::env::args_os()) {
        Ok(understood) => understood,
        Err(answered) => return answered.leave(),
    };

    // One function of the library answers.
    let ended = (command.run)(&typed, &shell);

    // One page or document, at most one error, one exit code.
    shell.leave(ended)
}
