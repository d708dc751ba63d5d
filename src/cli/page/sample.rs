//! Reports made by hand, for the tests of the pages.

use super::{Page, Paper};
use evolve::report::*;
use evolve::risk::Risk;

/// What is written on a page of this width, without colour.
pub fn on(width: usize, verbose: bool, write: impl FnOnce(&mut Page)) -> String {
    let paper = Paper { width, colour: false, verbose };
    let mut page = Page::new(&paper);
    write(&mut page);
    page.finish()
}

/// A step by name.
pub fn name(id: &str, kind: &str, stage: &str) -> StepName {
    StepName {
        id: id.to_owned(),
        kind: kind.to_owned(),
        stage: stage.to_owned(),
        title: None,
        description: None,
        functions: Vec::new(),
        sources: Vec::new(),
    }
}

/// A run that was interrupted and is going on again.
pub fn interrupted() -> StatusReport {
    StatusReport {
        environment: Some("staging".to_owned()),
        stage: Some("mvp1".to_owned()),
        version: Some("1.0.0".to_owned()),
        partial: Some("mvp2".to_owned()),
        applied: vec![
            name("V1", "migration", "mvp1"),
            name("V2", "migration", "mvp1"),
            name("V3", "migration", "mvp2"),
        ],
        pending: vec![name("vehicles", "convert", "mvp2"), name("V4", "migration", "mvp3")],
        interrupted: Some(Interrupted {
            run: "0193b1".to_owned(),
            command: "up mvp2".to_owned(),
            stage: Some("mvp2".to_owned()),
            step: Some("vehicles".to_owned()),
            table: Some("vehicles".to_owned()),
            processed: Some(750),
            total: Some(1_000),
            percent: Some(75.0),
            last_key: Some("VEH-750".to_owned()),
            started: "2025-11-20T07:43:11Z".to_owned(),
            updated: "2025-11-20T07:45:11.5Z".to_owned(),
            host: "box".to_owned(),
            next_command: "evolve up --target mvp2".to_owned(),
        }),
        holder: Some(Holder {
            run: "0193b1".to_owned(),
            command: "up mvp2".to_owned(),
            step: Some("vehicles".to_owned()),
            host: "box".to_owned(),
            pid: 77,
            since: "2025-11-20T07:43:11Z".to_owned(),
        }),
        notes: vec![],
    }
}

/// A step of a plan: ids with a `V` are migrations, others convert.
pub fn planned(id: &str, stage: &str, title: &str, risk: Risk, reversible: Reversible) -> PlannedStep {
    let kind = if id.starts_with('V') { "migration" } else { "convert" };
    let movement = PlannedMovement {
        on_conflict: "fail".to_owned(),
        on_conflict_from: Said::Default,
        on_invalid: "fail".to_owned(),
        on_invalid_from: Said::Default,
        max_rejects: None,
        undo: "derive".to_owned(),
    };
    PlannedStep {
        id: id.to_owned(),
        kind: kind.to_owned(),
        stage: stage.to_owned(),
        title: title.to_owned(),
        description: None,
        reads: vec!["kb_entries.*".to_owned()],
        writes: vec!["incidents.title".to_owned(), "incidents.severity".to_owned()],
        rows: None,
        reversible,
        risk,
        reasons: vec![],
        estimate: None,
        findings: vec![],
        resumes: false,
        movement: (kind == "convert").then_some(movement),
        tried: Tried::default(),
    }
}

/// A place in the order of steps.
pub fn at(stage: &str, version: &str, head: &str) -> Standpoint {
    Standpoint { stage: Some(stage.to_owned()), version: Some(version.to_owned()), head: Some(head.to_owned()) }
}

/// A plan with something of everything.
pub fn plan() -> PlanReport {
    let mut dropping = planned("V7", "mvp3", "Projects", Risk::High, Reversible::Kept);
    dropping.reasons = vec!["drops kb_entries.category, which mvp2 reads".to_owned()];
    PlanReport {
        direction: Direction::Up,
        from: at("mvp1", "1.0.0", "V2"),
        to: at("mvp3", "3.0.0", "V7"),
        risk: Risk::High,
        downtime: true,
        digest: "9f2c".repeat(16),
        estimate: None,
        restore_points: vec![PlannedPoint {
            before: "V3".to_owned(),
            stage: Some("mvp2".to_owned()),
            why: "a stage begins".to_owned(),
        }],
        steps: vec![
            planned("V3", "mvp2", "Incidents and patterns", Risk::None, Reversible::Derived),
            planned("kb_to_incidents", "mvp2", "Entries become incidents", Risk::Low, Reversible::Inverse),
            dropping,
        ],
        findings: vec![Finding {
            code: "R102".to_owned(),
            severity: "warning".to_owned(),
            step: Some("V7".to_owned()),
            message: "drops kb_entries.category, which the application of mvp2 still reads".to_owned(),
            hint: Some("Keep the column for one more stage.".to_owned()),
            file: Some("migrations/V7__projects.sql".to_owned()),
            line: Some(12),
        }],
        notes: vec!["V6 is a hole in the order; refinery's own runner refuses such a database.".to_owned()],
        continues: None,
        way_back: Some("evolve down --target mvp1".to_owned()),
    }
}

/// A step of a run.
pub fn stepped(id: &str, outcome: StepOutcome, duration_ms: u64, rows: Rows) -> StepReport {
    StepReport {
        id: id.to_owned(),
        title: None,
        description: None,
        outcome,
        duration_ms,
        estimated_ms: None,
        rows,
        unknown: None,
        would_fail: Vec::new(),
        batches: None,
        warnings: vec![],
    }
}

/// A run that continued a step and began none after it.
pub fn report(outcome: Outcome) -> RunReport {
    let rows = Rows { read: 1_000, inserted: 990, skipped: 10, ..Rows::default() };
    RunReport {
        run: Some("0193b1".to_owned()),
        outcome,
        from: at("mvp1", "1.0.0", "V2"),
        to: at("mvp2", "2.0.0", "kb_to_incidents"),
        restore_points: vec![RestorePoint {
            id: "r-0193b1".to_owned(),
            stage: Some("mvp1".to_owned()),
            bytes: 1_250_000,
            verified: true,
        }],
        steps: vec![
            stepped("V3", StepOutcome::Done, 12, Rows::default()),
            stepped("kb_to_incidents", StepOutcome::Resumed, 4_250, rows),
            stepped("V4", StepOutcome::NotStarted, 0, Rows::default()),
        ],
        preserved: Vec::new(),
        notes: vec![],
    }
}
