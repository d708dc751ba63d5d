//! `evolve verify`: files against `evolve.sum` against the ledger against the live schema.

use super::page::{Ink, Page, Words, figures};
use super::shell::Shell;
use evolve::error::{Code, Error, Exit, codes};
use evolve::report::VerifyReport;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "verify",
    about: "Whether files, evolve.sum, ledger and live schema agree",
    arguments: |command| command,
    run: |_, shell: &Shell| {
        let report = shell.project().and_then(|project| project.verify());
        let disagreement = report.as_ref().ok().and_then(disagreement);
        shell.ended(report, show).with(disagreement)
    },
};

/// The error that a report with problems ends with: the code of the first problem, the number of all.
fn disagreement(report: &VerifyReport) -> Option<Error> {
    let first = report.problems.first()?;
    let disagrees = |code: &&&'static Code| code.id == first.code && code.exit == Exit::Disagree;
    let code = codes::CODES.iter().find(disagrees).copied().unwrap_or(codes::DRIFT);
    let found = figures::count(report.problems.len(), "problem");
    let error = Error::new(code, format!("files, evolve.sum, ledger and live schema do not agree: {found}"));
    Some(match &first.hint {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

fn show(report: &VerifyReport, page: &mut Page) {
    if report.problems.is_empty() {
        page.title(Words::ink(Ink::Good, "Verify: files, evolve.sum, ledger and live schema agree"));
    } else {
        page.title(format!("Verify: {}", figures::count(report.problems.len(), "problem")));
        page.heading("Problems");
    }
    for problem in &report.problems {
        page.item(Words::ink(Ink::Bad, &problem.code).text(format!(" {}", problem.message)));
        for more in [&problem.file, &problem.hint].into_iter().flatten() {
            page.under(Words::new().faint(more));
        }
    }
    page.notes(&report.notes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::page::sample::on;
    use evolve::report::Problem;
    use insta::assert_snapshot;

    fn page(report: &VerifyReport, width: usize) -> String {
        on(width, false, |page| show(report, page))
    }

    #[test]
    fn problems_come_with_their_file_and_the_way_out() {
        let problem = Problem {
            code: "E0302".to_owned(),
            message: "migrations/V4__incidents.sql is not as it was sealed".to_owned(),
            file: Some("migrations/V4__incidents.sql".to_owned()),
            hint: Some("`evolve seal`, if the change is meant".to_owned()),
        };
        let report =
            VerifyReport { ok: false, problems: vec![problem], notes: vec!["No migration made audit_log.".to_owned()] };
        assert_snapshot!(page(&report, 60), @r"
        Verify: 1 problem

        Problems
          E0302 migrations/V4__incidents.sql is not as it was sealed
            migrations/V4__incidents.sql
            `evolve seal`, if the change is meant

        Notes
          - No migration made audit_log.
        ");
        let error = disagreement(&report).unwrap();
        assert_eq!((error.code().id, error.exit()), ("E0302", Exit::Disagree));
    }

    #[test]
    fn a_problem_of_any_code_is_exit_6() {
        let problem = Problem { code: "E0203".to_owned(), message: "x".to_owned(), file: None, hint: None };
        let report = VerifyReport { ok: false, problems: vec![problem], notes: vec![] };
        assert_eq!(disagreement(&report).unwrap().exit(), Exit::Disagree);
        assert!(disagreement(&VerifyReport { ok: true, problems: vec![], notes: vec![] }).is_none());
    }
}
