//! `evolve plan`: the steps to a target, up or down, with findings, restore points and the way back.

use super::page;
use super::shell::{Ended, Shell, arguments};
use clap::{Arg, ArgAction, ArgMatches};
use evolve::error::Exit;
use evolve::{DownTo, PlanRequest};

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "plan",
    about: "What `up` or `down` would do: steps, risk, restore points, the way back",
    arguments: |command| {
        command
            .arg(arguments::target("Where to go: a stage, its version, a step, `latest` or `start`"))
            .arg(arguments::flag("down", "The way down to --target").requires("target"))
            .arg(arguments::staged("The way down, this many stages").conflicts_with_all(["target", "down"]))
            .arg(Arg::new("check").long("check").action(ArgAction::SetTrue).help("Exit 3 where steps are pending"))
            .arg(arguments::allow())
            .args(arguments::restore_points())
            .args(arguments::odd_rows())
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let target = arguments::text(typed, "target");
    let down = match (typed.get_one::<u32>("staged"), typed.get_flag("down")) {
        (Some(stages), _) => Some(DownTo::Staged(*stages)),
        (None, true) => target.clone().map(DownTo::Target),
        (None, false) => None,
    };
    let command = match &down {
        Some(DownTo::Staged(stages)) => format!("down --staged {stages}"),
        Some(DownTo::Target(target)) => format!("down --target {}", shell.quote(target)),
        None => target.as_ref().map_or("up".to_owned(), |target| format!("up --target {}", shell.quote(target))),
    };
    let request = PlanRequest {
        target: if down.is_some() { None } else { target },
        down,
        allow: arguments::texts(typed, "allow"),
        checkpoint: arguments::checkpoint(typed),
    };
    let plan = shell.project().and_then(|project| project.plan(&request));
    let pending = plan.as_ref().is_ok_and(|plan| !plan.steps.is_empty());
    let ended = shell.ended(plan, |plan, page| {
        page::plan::show(plan, page);
        if pending {
            page.next(&shell.spell(&command));
        }
    });
    if pending && typed.get_flag("check") { ended.exit(Exit::Unfinished) } else { ended }
}
