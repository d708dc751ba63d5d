//! `evolve status`: where the database stands, what is pending, what was interrupted, who holds it.

use super::page;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "status",
    about: "Where the database stands, what is pending, what was interrupted",
    arguments: |command| command,
    run: |_, shell| {
        let status = shell.project().and_then(|project| project.status());
        shell.ended(status, |report, sheet| page::status::show(report, &shell.spell("plan"), sheet))
    },
};
