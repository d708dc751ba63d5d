//! Where a database stands, as a page: the stage, what is pending, what was interrupted and how it goes on.

use super::{Ink, Page, Words, figures, words};
use evolve::report::{Holder, Interrupted, StatusReport, StepName};

/// Writes the status on the page; `plan` is the command that shows what is pending.
pub fn show(report: &StatusReport, plan: &str, page: &mut Page) {
    page.title(format!("Status: {}", words::stand(report.stage.as_deref(), report.version.as_deref())));
    if let Some(environment) = &report.environment {
        page.field("Environment", environment);
    }
    if let Some(partial) = &report.partial {
        page.field("Started", format!("{partial}, not complete"));
    }
    if let Some(last) = report.applied.last() {
        page.field("Last step", &last.id);
    }
    page.field("Pending", pending(&report.pending));
    stages(report, page);
    if let Some(interrupted) = &report.interrupted {
        show_interrupted(interrupted, page);
    }
    if let Some(holder) = &report.holder {
        show_holder(holder, page);
    }
    page.notes(&report.notes);
    match &report.interrupted {
        Some(interrupted) => page.next(&interrupted.next_command),
        None if report.pending.is_empty() => {}
        None => page.next(plan),
    }
}

/// How many steps are pending, and the first of them by name.
fn pending(steps: &[StepName]) -> Words {
    const NAMED: usize = 5;
    let names: Vec<&str> = steps.iter().take(NAMED).map(|step| step.id.as_str()).collect();
    match steps.len() {
        0 => Words::from("nothing"),
        count => {
            let more = if count > NAMED { ", …" } else { "" };
            Words::from(figures::count(count, "step")).faint(format!(": {}{more}", names.join(", ")))
        }
    }
}

/// A line for each stage: how much of it is in.
fn stages(report: &StatusReport, page: &mut Page) {
    let mut counts: Vec<(&str, u64, u64)> = Vec::new();
    let applied = report.applied.iter().map(|step| (step, 1, 0));
    for (step, is_in, is_not) in applied.chain(report.pending.iter().map(|step| (step, 0, 1))) {
        match counts.iter_mut().find(|(stage, ..)| *stage == step.stage) {
            Some((_, all_in, all_not)) => (*all_in, *all_not) = (*all_in + is_in, *all_not + is_not),
            None => counts.push((&step.stage, is_in, is_not)),
        }
    }
    if counts.is_empty() {
        return;
    }
    page.heading("Stages");
    page.table(counts.iter().map(|&(stage, is_in, is_not)| {
        let applied = if is_in == 0 { String::new() } else { format!("{} applied", figures::number(is_in)) };
        let rest = if is_not == 0 {
            Words::new()
        } else {
            Words::ink(Ink::Care, format!("{} pending", figures::number(is_not)))
        };
        vec![Words::from(stage), Words::from(applied), rest]
    }));
}

fn show_interrupted(run: &Interrupted, page: &mut Page) {
    page.heading("Interrupted");
    page.item(Words::ink(Ink::Care, going(&run.command)).faint(format!("  run {}", run.run)));
    let place = match (&run.step, &run.stage) {
        (Some(step), Some(stage)) => format!("in step {step} of {stage}"),
        (Some(step), None) => format!("in step {step}"),
        (None, Some(stage)) => format!("in {stage}, between two steps"),
        (None, None) => "between two steps".to_owned(),
    };
    page.item(place);
    if let (Some(table), Some(processed)) = (&run.table, run.processed) {
        let total = run.total.map_or(String::new(), |total| format!(" of {}", figures::number(total)));
        let last = run.last_key.as_ref().map_or(String::new(), |key| format!(", last {key}"));
        page.item(format!("{table}: {}{total}{last}", figures::number(processed)));
    }
    let (began, heard) = (figures::time(&run.started), figures::time(&run.updated));
    page.item(Words::new().faint(format!("began {began}, last heard of {heard}, on {}", run.host)));
}

fn show_holder(holder: &Holder, page: &mut Page) {
    page.heading("Held");
    let step = holder.step.as_ref().map_or(String::new(), |step| format!(", in step {step}"));
    page.item(Words::ink(Ink::Care, going(&holder.command)).text(step).faint(format!("  run {}", holder.run)));
    let since = figures::time(&holder.since);
    page.item(Words::new().faint(format!("since {since}, on {}, process {}", holder.host, holder.pid)));
}

/// A command with its target, as a sentence has it.
fn going(command: &str) -> String {
    command.split_once(' ').map_or(command.to_owned(), |(command, target)| words::going(command, target))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{interrupted, name, on};
    use super::*;
    use insta::assert_snapshot;

    fn page(report: &StatusReport, width: usize) -> String {
        on(width, false, |page| show(report, "evolve plan", page))
    }

    #[test]
    fn an_interrupted_run_says_where_it_is_and_what_continues_it() {
        assert_snapshot!(page(&interrupted(), 60), @r"
        Status: mvp1 1.0.0

          Environment     staging
          Started         mvp2, not complete
          Last step       V3
          Pending         2 steps: vehicles, V4

        Stages
          mvp1  2 applied
          mvp2  1 applied  1 pending
          mvp3             1 pending

        Interrupted
          up to mvp2  run 0193b1
          in step vehicles of mvp2
          vehicles: 750 of 1,000, last VEH-750
          began 2025-11-20 07:43:11 UTC, last heard of 2025-11-20
            07:45:11 UTC, on box

        Held
          up to mvp2, in step vehicles  run 0193b1
          since 2025-11-20 07:43:11 UTC, on box, process 77

        Next: evolve up --target mvp2
        ");
    }

    #[test]
    fn the_first_steps_that_are_pending_are_named() {
        let pending = (1..=1_200).map(|version| name(&format!("V{version}"), "migration", "main")).collect();
        let report = StatusReport {
            environment: None,
            stage: None,
            version: None,
            partial: None,
            applied: vec![],
            pending,
            interrupted: None,
            holder: None,
            notes: vec!["The database file is not there yet.".to_owned()],
        };
        assert_snapshot!(page(&report, 100), @r"
        Status: before the first stage

          Pending         1,200 steps: V1, V2, V3, V4, V5, …

        Stages
          main  1,200 pending

        Notes
          - The database file is not there yet.

        Next: evolve plan
        ");
    }

    #[test]
    fn where_nothing_is_pending_no_command_comes_next() {
        let mut report = interrupted();
        report.applied.append(&mut report.pending);
        (report.interrupted, report.holder, report.partial, report.environment) = (None, None, None, None);
        assert_snapshot!(page(&report, 100), @r"
        Status: mvp1 1.0.0

          Last step       V4
          Pending         nothing

        Stages
          mvp1  2 applied
          mvp2  2 applied
          mvp3  1 applied
        ");
    }
}
