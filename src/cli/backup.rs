//! `evolve backup`: restore points by hand; for now, which there are.

use super::page::{Ink, Page, Words, figures};
use super::shell::Shell;
use evolve::report::PointsReport;

/// The row of the table.
pub const COMMAND: super::Command = super::Command {
    name: "backup",
    about: "Restore points by hand",
    arguments: |command| {
        command
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(clap::Command::new("list").about("Which there are, the newest last"))
    },
    run: |_, shell: &Shell| {
        let points = shell.project().and_then(|project| project.restore_points());
        shell.ended(points, |report, page| {
            show(report, page);
            if let Some(newest) = report.points.last() {
                page.next(&shell.spell(&format!("restore {}", shell.quote(&newest.id))));
            }
        })
    },
};

fn show(report: &PointsReport, page: &mut Page) {
    page.title(match report.points.len() {
        0 => "Restore points: none".to_owned(),
        count => format!("Restore points: {}", figures::number(count as u64)),
    });
    if !report.points.is_empty() {
        page.gap();
    }
    page.table(report.points.iter().map(|point| {
        let verified =
            if point.verified { Words::ink(Ink::Good, "verified") } else { Words::ink(Ink::Bad, "not verified") };
        let stage = point.stage.as_deref().unwrap_or("before the first stage");
        vec![Words::from(point.id.as_str()), Words::from(stage), Words::from(figures::bytes(point.bytes)), verified]
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::page::sample::on;
    use evolve::report::RestorePoint;
    use insta::assert_snapshot;

    #[test]
    fn a_point_is_a_line() {
        let point = |id: &str, stage: Option<&str>, bytes, verified| RestorePoint {
            id: id.to_owned(),
            stage: stage.map(str::to_owned),
            bytes,
            verified,
        };
        let points = vec![point("r-0193b1", None, 1_250_000, true), point("r-0193b2", Some("mvp1"), 980, false)];
        let page = on(60, false, |page| show(&PointsReport { points }, page));
        assert_snapshot!(page, @r"
        Restore points: 2

          r-0193b1  before the first stage  1.2 MB     verified
          r-0193b2  mvp1                    980 bytes  not verified
        ");
    }
}
