//! SQLite's own ways: text in double quotes, files that cannot be written, files with two names, schemas that drifted.

mod rig;

#[path = "sqlite/drift.rs"]
mod drift;
#[path = "sqlite/links.rs"]
mod links;
#[path = "sqlite/questions.rs"]
mod questions;
#[path = "sqlite/quoted.rs"]
mod quoted;
#[path = "sqlite/shut.rs"]
mod shut;
