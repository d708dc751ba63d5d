//! What a run did, as a page: how it ended, its steps, its rows, where the database stands now.

use super::{Ink, Page, Words, figures, words};
use evolve::report::{Outcome, Rows, RunReport, StepOutcome, StepReport};

/// So many steps at the end that were never begun are shown.
const FEW: usize = 3;

/// Above so many steps only those are shown that have something to say.
const MANY: usize = 40;

/// Writes the report of `command` on the page.
pub fn show(report: &RunReport, command: &str, dry: bool, page: &mut Page) {
    page.title(title(report, command, dry));
    if report.steps.is_empty() && report.restore_points.is_empty() {
        page.notes(&report.notes);
        return;
    }
    summary(report, dry, page);
    steps(report, page);
    page.notes(&report.notes);
    if report.outcome == Outcome::Waiting {
        page.gap();
        page.item(Words::new().strong("The same command continues."));
    }
}

fn title(report: &RunReport, command: &str, dry: bool) -> Words {
    if dry {
        return Words::from(format!("Dry run of {command}: nothing was changed"));
    }
    let at = words::standpoint(&report.to);
    match report.outcome {
        Outcome::NothingToDo => {
            Words::from(format!("{}: nothing to do, the database stands at {at}", sentence(command)))
        }
        outcome => Words::from(format!("{}: ", sentence(command))).and(words::outcome(outcome)),
    }
}

fn sentence(command: &str) -> String {
    let mut rest = command.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

fn summary(report: &RunReport, dry: bool, page: &mut Page) {
    page.field("From", words::standpoint_and_step(&report.from));
    page.field(if dry { "To" } else { "Now" }, words::standpoint_and_step(&report.to));
    let done = report.steps.iter().filter(|step| !matches!(step.outcome, StepOutcome::NotStarted)).count();
    let took = report.steps.iter().map(|step| step.duration_ms).sum();
    if done > 0 {
        let of = if done < report.steps.len() {
            format!(" of {}", figures::number(report.steps.len() as u64))
        } else {
            String::new()
        };
        page.field("Steps", format!("{}{of} in {}", figures::number(done as u64), figures::duration(took)));
    }
    let (mut moved, mut undone) = (Rows::default(), Rows::default());
    for step in &report.steps {
        if step.outcome == StepOutcome::Undone { undone.add(step.rows) } else { moved.add(step.rows) }
    }
    if moved.read > 0 {
        page.field("Rows", words::rows(&moved));
    }
    if undone.read > 0 {
        page.field("Rows", format!("{} taken back", figures::number(undone.read)));
    }
    for kept in &report.preserved {
        let rows = figures::count(usize::try_from(kept.rows).unwrap_or(usize::MAX), "row");
        page.field("Preserved", format!("{rows} of {} in {}", kept.table, kept.store));
    }
    for point in &report.restore_points {
        let stage = point.stage.as_ref().map_or(String::new(), |stage| format!(", at {stage}"));
        let verified = if point.verified { Words::from(", verified") } else { Words::ink(Ink::Bad, ", not verified") };
        page.field(
            "Restore point",
            Words::from(format!("{}{stage}, {}", point.id, figures::bytes(point.bytes))).and(verified),
        );
    }
}

fn steps(report: &RunReport, page: &mut Page) {
    let quiet =
        |step: &StepReport| matches!(step.outcome, StepOutcome::Done | StepOutcome::Undone | StepOutcome::NotStarted);
    let all = page.verbose() || report.steps.len() <= MANY;
    let begun = |step: &&StepReport| page.verbose() || step.outcome != StepOutcome::NotStarted;
    let never = report.steps.iter().rev().take_while(|step| !begun(step)).count();
    let never = if never <= FEW || never == report.steps.len() { 0 } else { never };
    let (steps, never) = report.steps.split_at(report.steps.len() - never);
    let shown: Vec<&StepReport> = steps
        .iter()
        .filter(|step| all || !quiet(step) || step.rows != Rows::default() || !step.warnings.is_empty())
        .collect();
    if shown.is_empty() {
        return;
    }
    page.heading("Steps");
    let verbose = page.verbose();
    page.table(shown.iter().map(|step| row(step).into_iter().chain(verbose.then(|| told(step))).collect()));
    if shown.len() < steps.len() {
        let rest = figures::count(steps.len() - shown.len(), "step");
        page.item(Words::new().faint(format!("… and {rest} without rows; --verbose shows them")));
    }
    if !never.is_empty() {
        let rest = figures::count(never.len(), "step");
        page.item(Words::new().faint(format!("… and {rest} not started; --verbose shows them")));
    }
    let warnings: Vec<(&str, &String)> =
        report.steps.iter().flat_map(|step| step.warnings.iter().map(|warning| (step.id.as_str(), warning))).collect();
    if !warnings.is_empty() {
        page.heading("Warnings");
        warnings
            .iter()
            .for_each(|(step, warning)| page.item(Words::ink(Ink::Care, *step).text(format!(": {warning}"))));
    }
}

/// What a step's file says of it.
fn told(step: &StepReport) -> Words {
    let words: Vec<&str> = [&step.title, &step.description].into_iter().flatten().map(String::as_str).collect();
    Words::new().faint(words.join(": "))
}

fn row(step: &StepReport) -> Vec<Words> {
    let ink = match step.outcome {
        StepOutcome::Interrupted => Ink::Care,
        StepOutcome::Done | StepOutcome::Resumed | StepOutcome::Undone => Ink::Good,
        StepOutcome::Skipped | StepOutcome::NotStarted => Ink::Faint,
        StepOutcome::Failed => Ink::Bad,
    };
    let took = if matches!(step.outcome, StepOutcome::NotStarted) {
        String::new()
    } else {
        figures::duration(step.duration_ms)
    };
    let (ink, outcome) = match step.would_fail.is_empty() {
        true => (ink, words::step_outcome(step.outcome)),
        false => (Ink::Bad, "would fail"),
    };
    let rows = match step.unknown {
        Some(_) => "not counted".to_owned(),
        None => words::moved(&step.rows, step.outcome == StepOutcome::Undone),
    };
    vec![Words::from(step.id.as_str()), Words::ink(ink, outcome), Words::new().faint(took), Words::from(rows)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::{on, report, stepped};
    use super::*;
    use insta::assert_snapshot;

    fn page(report: &RunReport, width: usize, dry: bool) -> String {
        on(width, false, |page| show(report, "up", dry, page))
    }

    #[test]
    fn a_run_says_what_became_of_each_step() {
        let mut report = report(Outcome::Interrupted);
        report.steps[1].warnings = vec!["10 rows were there already and were skipped".to_owned()];
        assert_snapshot!(page(&report, 100, false), @r"
        Up: interrupted

          From            mvp1 1.0.0, last step V2
          Now             mvp2 2.0.0, last step kb_to_incidents
          Steps           2 of 3 in 4.2 s
          Rows            1,000 read: 990 inserted, 10 skipped
          Restore point   r-0193b1, at mvp1, 1.2 MB, verified

        Steps
          V3               done           12 ms
          kb_to_incidents  resumed, done  4.2 s  1,000 read: 990 inserted, 10 skipped
          V4               not started

        Warnings
          kb_to_incidents: 10 rows were there already and were skipped
        ");
        assert_snapshot!(page(&report, 60, false), @r"
        Up: interrupted

          From            mvp1 1.0.0, last step V2
          Now             mvp2 2.0.0, last step kb_to_incidents
          Steps           2 of 3 in 4.2 s
          Rows            1,000 read: 990 inserted, 10 skipped
          Restore point   r-0193b1, at mvp1, 1.2 MB, verified

        Steps
          V3               done           12 ms
          kb_to_incidents  resumed, done  4.2 s
            1,000 read: 990 inserted, 10 skipped
          V4               not started

        Warnings
          kb_to_incidents: 10 rows were there already and were
            skipped
        ");
    }

    #[test]
    fn nothing_to_do_is_one_line() {
        let report = RunReport { steps: vec![], restore_points: vec![], ..report(Outcome::NothingToDo) };
        assert_snapshot!(page(&report, 80, false), @r"Up: nothing to do, the database stands at mvp2 2.0.0");
    }

    #[test]
    fn a_long_run_is_no_wall_of_text() {
        let mut report = report(Outcome::Done);
        report
            .steps
            .extend((5..1_000).map(|version| stepped(&format!("V{version}"), StepOutcome::Done, 1, Rows::default())));
        assert!(page(&report, 80, false).lines().count() < 20);
    }

    #[test]
    fn what_was_never_begun_is_no_wall_of_text() {
        let mut report = report(Outcome::StepUndone);
        let never = |version| stepped(&format!("V{version}"), StepOutcome::NotStarted, 0, Rows::default());
        report.steps.extend((5..20).map(never));
        let page = page(&report, 60, false);
        assert!(page.contains("… and 16 steps not started") && !page.contains("V19"), "{page}");
    }

    #[test]
    fn what_went_back_is_told_apart() {
        let rows = Rows { read: 20, updated: 20, ..Rows::default() };
        let steps = vec![
            stepped("tags", StepOutcome::Undone, 2, rows),
            stepped("owners", StepOutcome::Interrupted, 1_200, Rows::default()),
        ];
        let report = RunReport { steps, restore_points: vec![], ..report(Outcome::Interrupted) };
        assert_snapshot!(page(&report, 60, false), @r"
        Up: interrupted

          From            mvp1 1.0.0, last step V2
          Now             mvp2 2.0.0, last step kb_to_incidents
          Steps           2 in 1.2 s
          Rows            20 taken back

        Steps
          tags    undone   2 ms   20 rows taken back
          owners  stopped  1.2 s
        ");
    }

    #[test]
    fn a_dry_run_says_so_first() {
        assert!(page(&report(Outcome::Done), 60, true).starts_with("Dry run of up: nothing was changed\n"));
    }
}
