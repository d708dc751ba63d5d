//! `evolve preserved`: rows that `down --preserve-data` kept.

use super::page::{Page, Words, figures};
use super::shell::{Ended, Shell, arguments};
use clap::{Arg, ArgMatches};
use evolve::PreservedRequest;
use evolve::report::PreservedReport;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "preserved",
    about: "Rows that `down --preserve-data` kept: list them, or write them to a file",
    arguments: |command| {
        command
            .arg(Arg::new("table").value_name("TABLE").help("One of them, such as evolve_preserved_1_people"))
            .arg(arguments::option("to", "FILE", "Write its rows to a new file that only you can read"))
            .arg(arguments::flag("show-values", "Write protected values in the clear; their keys are needed"))
    },
    run,
};

fn run(typed: &ArgMatches, shell: &Shell) -> Ended {
    let request = PreservedRequest {
        store: arguments::text(typed, "table"),
        to: arguments::text(typed, "to").map(Into::into),
        show_values: typed.get_flag("show-values"),
    };
    let report = shell.project().and_then(|project| project.preserved(&request));
    shell.ended(report, |report, page| {
        show(report, page);
        if let (Some(first), None) = (report.stores.first(), &report.file) {
            page.next(&shell.spell(&format!("preserved {} --to FILE", shell.quote(&first.store))));
        }
    })
}

fn show(report: &PreservedReport, page: &mut Page) {
    page.title(match (&report.file, report.stores.len()) {
        (Some(file), _) => {
            format!(
                "Preserved: {} written to {file}",
                figures::count(usize::try_from(report.written.unwrap_or(0)).unwrap_or(0), "row")
            )
        }
        (None, 0) => "Preserved: no rows".to_owned(),
        (None, count) => format!("Preserved: {}", figures::count(count, "table")),
    });
    if report.file.is_none() && !report.stores.is_empty() {
        page.gap();
        page.table(report.stores.iter().map(|store| {
            let rows = figures::count(usize::try_from(store.rows).unwrap_or(usize::MAX), "row");
            vec![
                Words::from(store.store.as_str()),
                Words::from(format!("{rows} of {}, in the way of {}", store.table, store.step)),
                Words::new().faint(figures::time(&store.at)),
            ]
        }));
    }
    page.notes(&report.notes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::page::sample::on;
    use evolve::report::PreservedStore;
    use insta::assert_snapshot;

    #[test]
    fn a_table_is_a_line() {
        let store = PreservedStore {
            store: "evolve_preserved_1_people".to_owned(),
            table: "people".to_owned(),
            step: "V2".to_owned(),
            run: "0193b1".to_owned(),
            at: "2025-11-20T07:43:12Z".to_owned(),
            rows: 2,
        };
        let report = PreservedReport { stores: vec![store], file: None, written: None, notes: Vec::new() };
        assert_snapshot!(on(100, false, |page| show(&report, page)), @r"
        Preserved: 1 table

          evolve_preserved_1_people  2 rows of people, in the way of V2  2025-11-20 07:43:12 UTC
        ");
        let report = PreservedReport { file: Some("rows.jsonl".to_owned()), written: Some(2), ..report };
        assert_snapshot!(on(100, false, |page| show(&report, page)), @"Preserved: 2 rows written to rows.jsonl");
    }
}
