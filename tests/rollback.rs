//! Up, down and up again: whatever a step did, its way back gives the database back as it was, or says beforehand that it
//! cannot.

mod rig;

#[path = "rollback/alters.rs"]
mod alters;
#[path = "rollback/drops.rs"]
mod drops;
#[path = "rollback/edits.rs"]
mod edits;
#[path = "rollback/faults.rs"]
mod faults;
#[path = "rollback/files.rs"]
mod files;
#[path = "rollback/generated.rs"]
mod generated;
#[path = "rollback/keeping.rs"]
mod keeping;
#[path = "rollback/lookups.rs"]
mod lookups;
#[path = "rollback/makes.rs"]
mod makes;
#[path = "rollback/meanwhile.rs"]
mod meanwhile;
#[path = "rollback/mended.rs"]
mod mended;
#[path = "rollback/mixed.rs"]
mod mixed;
#[path = "rollback/model.rs"]
mod model;
#[path = "rollback/odd.rs"]
mod odd;
#[path = "rollback/preserving.rs"]
mod preserving;
#[path = "rollback/rows.rs"]
mod rows;
#[path = "rollback/shape.rs"]
mod shape;
#[path = "rollback/targets.rs"]
mod targets;
#[path = "rollback/triggers.rs"]
mod triggers;
#[path = "rollback/undoing.rs"]
mod undoing;
#[path = "rollback/walks.rs"]
mod walks;
