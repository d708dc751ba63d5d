//! The plan as a page: from, to, risk and downtime in words, the steps by stage, findings, restore points, the way back.

use super::{Ink, Page, Words, figures, steps, words};
use evolve::report::{Direction, Finding, PlanReport};

/// Writes the plan on the page.
pub fn show(plan: &PlanReport, page: &mut Page) {
    if plan.steps.is_empty() {
        page.title(format!("Plan: nothing to do, the database stands at {}", words::standpoint(&plan.from)));
        findings(&plan.findings, page);
        page.notes(&plan.notes);
        return;
    }
    let direction = match plan.direction {
        Direction::Up => "up",
        Direction::Down => "down",
    };
    page.title(format!("Plan: {direction}, {}", figures::count(plan.steps.len(), "step")));
    summary(plan, page);
    steps::show(plan, page);
    findings(&plan.findings, page);
    page.notes(&plan.notes);
}

fn summary(plan: &PlanReport, page: &mut Page) {
    page.field("From", words::standpoint_and_step(&plan.from));
    page.field("To", words::standpoint_and_step(&plan.to));
    if let Some(run) = &plan.continues {
        page.field("Continues", Words::from("the run that was interrupted").faint(format!(", {run}")));
    }
    let risk = Words::ink(words::risk_ink(plan.risk), plan.risk.as_str());
    page.field("Risk", risk.text(format!(": {}", why(plan))));
    page.field(
        "Downtime",
        match plan.downtime {
            true => Words::ink(Ink::Care, "needed").text(": the application must be away meanwhile"),
            false => Words::from("none: the application can go on"),
        },
    );
    page.field("Restore points", points(plan));
    match &plan.way_back {
        Some(command) => page.field("Way back", command),
        None => page.field("Way back", Words::ink(Ink::Bad, "none")),
    }
    if page.verbose() {
        page.field("Digest", Words::new().faint(&plan.digest));
    }
}

/// How many restore points will be taken, and before which steps.
fn points(plan: &PlanReport) -> String {
    const NAMED: usize = 4;
    let named: Vec<&str> = plan.restore_points.iter().take(NAMED).map(|point| point.before.as_str()).collect();
    match plan.restore_points.len() {
        0 => "none".to_owned(),
        count => {
            let more = if count > NAMED { ", …" } else { "" };
            format!("{}, before {}{more}", figures::number(count as u64), named.join(", "))
        }
    }
}

/// The riskiest step and its reason, or what the word means.
fn why(plan: &PlanReport) -> String {
    let mut riskiest = plan.steps.iter().filter(|step| step.risk == plan.risk);
    match (riskiest.next().map(|step| (step, step.reasons.first().map(|it| words::reason(it)))), riskiest.count()) {
        (Some((step, Some(reason))), 0) => format!("{} {reason}", step.id),
        (Some((step, Some(reason))), more) => {
            format!("{} {reason}, and {}", step.id, figures::count(more, "step") + " more")
        }
        _ => words::risk_means(plan.risk).to_owned(),
    }
}

fn findings(findings: &[Finding], page: &mut Page) {
    if findings.is_empty() {
        return;
    }
    page.heading("Findings");
    for finding in findings {
        let ink = match finding.severity.as_str() {
            "error" => Ink::Bad,
            "warning" => Ink::Care,
            _ => Ink::Faint,
        };
        let step = finding.step.as_ref().map_or(String::new(), |step| format!(" {step}:"));
        page.item(
            Words::ink(ink, format!("{} {}", finding.severity, finding.code))
                .text(format!("{step} {}", finding.message)),
        );
        if let Some(file) = &finding.file {
            page.under(Words::new().faint(finding.line.map_or(file.clone(), |line| format!("{file}:{line}"))));
        }
        if let Some(hint) = &finding.hint {
            page.under(hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{on, plan};
    use super::*;
    use insta::assert_snapshot;

    fn page(plan: &PlanReport, width: usize) -> String {
        on(width, false, |page| show(plan, page))
    }

    #[test]
    fn a_plan_reads_like_a_page() {
        assert_snapshot!(page(&plan(), 100), @r"
        Plan: up, 3 steps

          From            mvp1 1.0.0, last step V2
          To              mvp3 3.0.0, last step V7
          Risk            high: V7 drops kb_entries.category, which mvp2 reads
          Downtime        needed: the application must be away meanwhile
          Restore points  1, before V3
          Way back        evolve down --target mvp1

          step             risk  way back   what it does
        mvp2
          V3               none  derived    Incidents and patterns
          kb_to_incidents  low   inverse    convert: Entries become incidents

        mvp3
          V7               high  kept data  Projects

        Findings
          warning R102 V7: drops kb_entries.category, which the application of mvp2 still reads
            migrations/V7__projects.sql:12
            Keep the column for one more stage.

        Notes
          - V6 is a hole in the order; refinery's own runner refuses such a database.
        ");
    }

    #[test]
    fn a_plan_fits_sixty_columns() {
        let page = page(&plan(), 60);
        assert_snapshot!(page, @r"
        Plan: up, 3 steps

          From            mvp1 1.0.0, last step V2
          To              mvp3 3.0.0, last step V7
          Risk            high: V7 drops kb_entries.category, which
                          mvp2 reads
          Downtime        needed: the application must be away
                          meanwhile
          Restore points  1, before V3
          Way back        evolve down --target mvp1

          step             risk  way back   what it does
        mvp2
          V3               none  derived    Incidents and patterns
          kb_to_incidents  low   inverse    convert: Entries become
                                            incidents

        mvp3
          V7               high  kept data  Projects

        Findings
          warning R102 V7: drops kb_entries.category, which the
            application of mvp2 still reads
            migrations/V7__projects.sql:12
            Keep the column for one more stage.

        Notes
          - V6 is a hole in the order; refinery's own runner refuses
            such a database.
        ");
        assert!(page.lines().all(|line| line.chars().count() <= 60));
    }

    #[test]
    fn nothing_to_do_is_one_line() {
        let nothing = PlanReport { steps: vec![], findings: vec![], notes: vec![], ..plan() };
        assert_snapshot!(page(&nothing, 60), @r"Plan: nothing to do, the database stands at mvp1 1.0.0");
    }
}
