//! The steps of a plan as a tree: stages, and what is done in each.

use super::{Columns, Ink, Page, Words, figures, words};
use evolve::report::{PlanReport, PlannedStep, Said};
use evolve::risk::Risk;

/// Above so many steps a stage shows its first ones and those that are risky.
const MANY: usize = 40;
/// How many of a stage are shown then.
const FEW: usize = 12;

/// Writes the steps on the page, a line each, or all that is known of them.
pub fn show(plan: &PlanReport, page: &mut Page) {
    let all = page.verbose() || plan.steps.len() <= MANY;
    let risky = |step: &PlannedStep| matches!(step.risk, Risk::High | Risk::Critical);
    let shown = |at: usize, step: &PlannedStep| all || at < FEW || risky(step);
    let columns = Columns::named(&["step", "risk", "way back", "what it does"], plan.steps.iter().map(row));
    page.gap();
    if !page.verbose() {
        page.names(&columns);
    }
    for (at, stage) in plan.steps.chunk_by(|a, b| a.stage == b.stage).enumerate() {
        if at > 0 {
            page.gap();
        }
        page.opening(stage[0].stage.as_str());
        let steps = stage.iter().enumerate().filter(|(at, step)| shown(*at, step)).map(|(_, step)| step);
        let rest = stage.len() - steps.clone().count();
        if page.verbose() {
            steps.for_each(|step| in_full(step, page));
        } else {
            page.rows(&columns, steps.map(row).collect());
        }
        if rest > 0 {
            page.item(Words::new().faint(format!("… and {} more; --verbose shows them", figures::number(rest as u64))));
        }
    }
}

/// A step on one line: id, risk, way back, what it does.
fn row(step: &PlannedStep) -> Vec<Words> {
    let risk = Words::ink(words::risk_ink(step.risk), step.risk.as_str());
    vec![Words::from(step.id.as_str()), risk, words::way_back(step), what(step)]
}

/// What a step does, and what happens around it.
fn what(step: &PlannedStep) -> Words {
    let mut what = Words::new();
    if step.kind != "migration" {
        what = what.faint(format!("{}: ", step.kind));
    }
    what = what.text(&step.title);
    if let Some(rows) = step.rows {
        what = what.faint(format!(", {} rows", figures::number(rows)));
    }
    if step.resumes {
        what = what.and(Words::ink(Ink::Care, ", continued"));
    }
    what
}

/// A step with all that is known of it.
fn in_full(step: &PlannedStep, page: &mut Page) {
    page.item(Words::new().strong(&step.id).text("  ").and(what(step)));
    if let Some(description) = &step.description {
        page.under(Words::new().text(description));
    }
    let risk = Words::ink(words::risk_ink(step.risk), step.risk.as_str());
    let reasons: Vec<String> = step.reasons.iter().map(|reason| words::reason(reason)).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
    page.under(Words::new().faint("risk   ").and(risk).text(reasons));
    let why = step.tried.loss_why.as_ref().map_or(String::new(), |why| match step.tried.loss {
        Some(_) => format!(": {why}"),
        None => format!("; not tried: {why}"),
    });
    page.under(Words::new().faint("back   ").and(words::way_back(step)).text(why));
    for (label, names) in [("reads  ", &step.reads), ("writes ", &step.writes)] {
        if !names.is_empty() {
            page.under(Words::new().faint(label).text(names.join(", ")));
        }
    }
    if let Some(movement) = &step.movement {
        let conflict = said(&movement.on_conflict, movement.on_conflict_from);
        let invalid = said(&movement.on_invalid, movement.on_invalid_from);
        let most = movement.max_rejects.as_ref().map_or(String::new(), |most| format!(", at most {most} rejected"));
        let cost = if movement.undo == "journal" { " (a row more for each that is written)" } else { "" };
        page.under(
            Words::new()
                .faint("rows   ")
                .text(format!("on conflict {conflict}, on invalid {invalid}{most}, undo {}", movement.undo))
                .faint(cost),
        );
    }
}

/// A rule, and where it is said where that is not the step.
fn said(rule: &str, from: Said) -> String {
    if from == Said::Policy { format!("{rule} (policy)") } else { rule.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{on, plan, planned};
    use super::*;
    use evolve::report::Reversible;
    use insta::assert_snapshot;

    #[test]
    fn verbose_says_what_each_step_touches() {
        let steps = plan().steps;
        let plan = PlanReport { steps: steps[1..].to_vec(), findings: vec![], notes: vec![], ..plan() };
        assert_snapshot!(on(60, true, |page| show(&plan, page)), @r"
        mvp2
          kb_to_incidents  convert: Entries become incidents
            risk   low
            back   inverse
            reads  kb_entries.*
            writes incidents.title, incidents.severity
            rows   on conflict fail, on invalid fail, undo derive

        mvp3
          V7  Projects
            risk   high: drops kb_entries.category, which mvp2 reads
            back   kept data
            reads  kb_entries.*
            writes incidents.title, incidents.severity
        ");
    }

    #[test]
    fn a_long_plan_is_no_wall_of_text() {
        let migrations = (1..=1_000).map(|version| {
            let risk = if version == 777 { Risk::Critical } else { Risk::None };
            planned(&format!("V{version}"), "main", "More", risk, Reversible::Derived)
        });
        let long = PlanReport { steps: migrations.collect(), risk: Risk::Critical, way_back: None, ..plan() };
        let page = on(80, false, |page| show(&long, page));
        assert!(page.lines().count() < 50 && page.contains("V777") && page.contains("987 more"), "{page}");
    }
}
