//! Batches are as large on the way back as they were on the way up: as the step says it.

use crate::bed::{Heard, down_to};
use crate::rig::Project as Folder;
use evolve::observe::Stop;
use evolve::{Flags, Project, Unattended, UpRequest};

const FILES: &[(&str, &str)] = &[
    ("evolve.toml", "[project]\nname = \"rows\"\n[database]\nurl = \"sqlite:rows.db\"\n"),
    (
        "migrations/V1__tables.sql",
        "CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1), (2), (3), (4), (5);\n",
    ),
    ("plans/one.toml", "[stage]\nname = \"one\"\nversion = \"1.0.0\"\nmigrations = [\"V1\"]\n"),
    (
        "plans/two.toml",
        "[stage]\nname = \"two\"\nversion = \"2.0.0\"\n[[copy]]\nid = \"small\"\nfrom = \"a\"\ninto = \"b\"\nbatch = { rows = 2 }\n",
    ),
];

/// How far each batch got.
fn rows(heard: &Heard) -> Vec<String> {
    let lines = heard.lines.take().into_iter();
    lines.filter_map(|line| Some(line.strip_prefix("rows small ")?.split(' ').next()?.to_owned())).collect()
}

#[test]
fn a_steps_own_batch_counts_up_and_down() {
    let (folder, heard) = (Folder::empty(), Heard::default());
    let url = format!("sqlite:{}", folder.path("rows.db").display());
    let project = Project::embedded(FILES, &Flags { database: Some(url), ..Flags::default() }).expect("the project");
    project.up(&UpRequest::default(), &Unattended, &heard, &Stop::new()).into_result().expect("up");
    assert_eq!(rows(&heard), ["2", "4", "5"]);
    project.down(&down_to("one"), &Unattended, &heard, &Stop::new()).into_result().expect("down");
    assert_eq!(rows(&heard), ["2", "4", "5"]);
}
