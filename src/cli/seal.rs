//! `evolve seal`: writes `evolve.sum`.

use super::page;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "seal",
    about: "Write evolve.sum, which vouches for migrations and stage files",
    arguments: |command| command,
    run: |_, shell| {
        let sealed = shell.project().and_then(|project| project.seal());
        shell.ended(sealed, |report, sheet| page::written::show(report, "Sealed", sheet))
    },
};
