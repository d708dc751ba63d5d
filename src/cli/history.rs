//! `evolve history`: the ledger's runs, the newest last.

use super::page::{Ink, Page, Words, figures, words};
use super::shell::{Ended, Shell, arguments};
use clap::ArgMatches;
use evolve::report::{HistoryReport, RunEntry};

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "history",
    about: "What was done to this database, when, and by whom",
    arguments: |command| command.arg(arguments::number("limit", "N", "The last N runs only")),
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let report = shell.project().and_then(|project| project.history()).map(|mut report| {
        if let Some(limit) = typed.get_one::<u64>("limit") {
            let surplus = report.runs.len().saturating_sub(usize::try_from(*limit).unwrap_or(usize::MAX));
            report.runs.drain(..surplus);
        }
        report
    });
    shell.ended(report, show)
}

fn show(report: &HistoryReport, page: &mut Page) {
    page.title(match report.runs.len() {
        0 => "History: nothing has been done to this database yet".to_owned(),
        count => format!("History: {}", figures::count(count, "run")),
    });
    if report.runs.is_empty() {
        return;
    }
    page.gap();
    if page.verbose() {
        report.runs.iter().for_each(|run| show_run(run, page));
    } else {
        page.table(report.runs.iter().map(row));
    }
}

fn row(run: &RunEntry) -> Vec<Words> {
    let steps = figures::count(run.steps.len(), "step");
    let what = Words::from(format!("{}, {steps}", words::going(&run.command, &run.target)))
        .faint(format!("  {}@{}", run.who, run.host));
    vec![Words::new().faint(figures::time(&run.started)), state(run), what]
}

fn state(run: &RunEntry) -> Words {
    let ink = match run.state.as_str() {
        "done" | "restored" | "nothing_to_do" => Ink::Good,
        "step_undone" | "rolled_back" | "needs_person" => Ink::Bad,
        _ => Ink::Care,
    };
    Words::ink(ink, run.state.replace('_', " "))
}

fn show_run(run: &RunEntry, page: &mut Page) {
    page.item(Words::new().strong(words::going(&run.command, &run.target)).text("  ").and(state(run)));
    let ended = run.ended.as_ref().map_or("not ended".to_owned(), |at| format!("ended {}", figures::time(at)));
    page.under(Words::new().faint(format!("began {}, {ended}", figures::time(&run.started))));
    page.under(Words::new().faint(format!("{}@{}, evolve {}, run {}", run.who, run.host, run.tool, run.id)));
    for step in &run.steps {
        let rows = words::moved(&step.rows, step.direction == "down");
        let rows = if rows.is_empty() { rows } else { format!(": {rows}") };
        let took = figures::duration(step.duration_ms);
        page.under(Words::from(format!("{} {}{rows}", step.direction, step.id)).faint(format!(", {took}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::page::sample::on;
    use evolve::report::{Rows, StepEntry};
    use insta::assert_snapshot;

    fn entry(command: &str, target: &str, state: &str) -> RunEntry {
        let step = |id: &str, duration_ms, rows| StepEntry {
            id: id.to_owned(),
            direction: "up".to_owned(),
            at: "2025-11-20T07:43:12Z".to_owned(),
            duration_ms,
            rows,
        };
        RunEntry {
            id: "0193b1".to_owned(),
            command: command.to_owned(),
            target: target.to_owned(),
            state: state.to_owned(),
            who: "kim".to_owned(),
            host: "box".to_owned(),
            tool: "0.1.0".to_owned(),
            plan: "9f2c".to_owned(),
            started: "2025-11-20T07:43:11Z".to_owned(),
            ended: (state != "open").then(|| "2025-11-20T07:43:13.5Z".to_owned()),
            steps: vec![
                step("V1", 12, Rows::default()),
                step("tags", 1_200, Rows { read: 40, inserted: 40, ..Rows::default() }),
            ],
        }
    }

    fn page(width: usize, verbose: bool) -> String {
        let runs = vec![entry("up", "mvp3", "step_undone"), entry("down", "mvp1", "open")];
        on(width, verbose, |page| show(&HistoryReport { runs }, page))
    }

    #[test]
    fn a_run_is_a_line() {
        assert_snapshot!(page(100, false), @r"
        History: 2 runs

          2025-11-20 07:43:11 UTC  step undone  up to mvp3, 2 steps  kim@box
          2025-11-20 07:43:11 UTC  open         down to mvp1, 2 steps  kim@box
        ");
        assert_snapshot!(page(60, false), @r"
        History: 2 runs

          2025-11-20 07:43:11 UTC  step undone
            up to mvp3, 2 steps  kim@box
          2025-11-20 07:43:11 UTC  open
            down to mvp1, 2 steps  kim@box
        ");
    }

    #[test]
    fn or_all_that_is_known_of_it() {
        assert_snapshot!(page(60, true), @r"
        History: 2 runs

          up to mvp3  step undone
            began 2025-11-20 07:43:11 UTC, ended 2025-11-20 07:43:13
              UTC
            kim@box, evolve 0.1.0, run 0193b1
            up V1, 12 ms
            up tags: 40 inserted, 1.2 s
          down to mvp1  open
            began 2025-11-20 07:43:11 UTC, not ended
            kim@box, evolve 0.1.0, run 0193b1
            up V1, 12 ms
            up tags: 40 inserted, 1.2 s
        ");
    }
}
