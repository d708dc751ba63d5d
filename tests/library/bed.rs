//! A project in the test's own binary, and who listens to its runs.

use evolve::observe::{Event, Observer, Stop, StopReason};
use evolve::report::RunReport;
use evolve::{Answer, DownRequest, DownTo, Flags, Project, Unattended, UpRequest};
use rusqlite::Connection;
use std::cell::RefCell;

pub static FILES: &[(&str, &str)] = &[
    (
        "evolve.toml",
        "[project]\nname = \"diary\"\n[database]\nurl = \"sqlite:diary.db\"\n[policy]\nmax_risk = \"critical\"\n",
    ),
    (
        "migrations/V1__plants.sql",
        "CREATE TABLE plants (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\nINSERT INTO plants (name) VALUES ('fern'), ('moss'), ('ivy'), ('aloe'), ('fig');\n",
    ),
    (
        "migrations/V2__waterings.sql",
        "CREATE TABLE waterings (id INTEGER PRIMARY KEY, plant INTEGER NOT NULL REFERENCES plants (id) ON DELETE CASCADE, day TEXT);\n",
    ),
    ("migrations/V3__rooms.sql", "ALTER TABLE plants ADD COLUMN room TEXT;\nUPDATE plants SET name = upper(name);\n"),
    (
        "plans/one.toml",
        "[stage]\nname = \"one\"\nversion = \"1.0.0\"\ntitle = \"Plants\"\nmigrations = [\"V1\", \"V2\"]\n\n[[convert]]\nid = \"first\"\ntitle = \"Each plant was watered once\"\nfrom = \"plants\"\ninto = \"waterings\"\n[convert.columns]\nid = \"id * 10\"\nplant = \"id\"\nday = { value = \"2024-01-01\" }\n",
    ),
    ("plans/two.toml", "[stage]\nname = \"two\"\nversion = \"2.0.0\"\ntitle = \"Rooms\"\nmigrations = [\"V3\"]\n"),
];

/// The embedded project, its database at this URL.
pub fn project(url: &str) -> Project {
    Project::embedded(FILES, &Flags { database: Some(url.to_owned()), ..Flags::default() }).expect("the project")
}

pub fn up(project: &Project, connection: &mut Connection) -> Answer<RunReport> {
    project.up_on(connection, &UpRequest::default(), &Unattended, &Heard::default(), &Stop::new())
}

pub fn down_to(target: &str) -> DownRequest {
    DownRequest {
        to: DownTo::Target(target.to_owned()),
        changed: evolve::Changed::Refuse,
        checkpoint: evolve::Checkpoint::AsConfigured,
        allow: Vec::new(),
        dry_run: false,
    }
}

/// Writes down what it hears, and may ask for a stop when it hears something.
#[derive(Default)]
pub struct Heard {
    pub lines: RefCell<Vec<String>>,
    pub stop: Option<(&'static str, Stop, StopReason)>,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Heard")
    }
}

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        let line = match event {
            Event::Planned(plan) => format!("planned {}", plan.steps.len()),
            Event::Waiting { .. } => "waiting".to_owned(),
            Event::StageBegins { stage } => format!("stage {stage}"),
            Event::RestorePointBegins { .. } => "point begins".to_owned(),
            Event::RestorePointTaken { bytes, .. } => format!("point taken {}", bytes > 0),
            Event::StepBegins { step, index, count, .. } => format!("step {step} {index}/{count}"),
            Event::Progress(progress) => format!("rows {} {} of {:?}", progress.step, progress.current, progress.total),
            Event::StepEnds { step, outcome, .. } => format!("ends {step} {outcome:?}"),
            _ => return,
        };
        if let Some((word, stop, reason)) = &self.stop
            && line.starts_with(word)
        {
            stop.request(*reason);
        }
        self.lines.borrow_mut().push(line);
    }
}
